"""Which embedding model a workspace uses, and which one it is to use."""

from __future__ import annotations

from pathlib import Path

from docqa.errors import DocqaError
from docqa.index.embedding_models import EmbeddingModels
from docqa.store.store import Store

_USED, _CHOSEN = "embedder", "embedder chosen"
"""In the workspace's ``meta``: whose vectors are complete, and what a person chose for it."""


class Choice:
    """Reads and remembers the choice of one workspace.

    What was chosen for this workspace comes before what the settings say for all of them, and that
    before the starter. What is wanted is in use when all of it is embedded, and not before.
    """

    def __init__(self, store: Store, models: EmbeddingModels, setting: str | None) -> None:
        """``setting``: an id or a path, as the settings have it; None if they say nothing."""
        self._store = store
        self.models = models
        self._setting = setting

    def used(self) -> Path:
        """The folder of the model whose vectors answer. Raises DocqaError if there is none at all.

        An empty workspace has what is wanted, if that is there.
        """
        reference = self._store.meta.get(_USED)
        if reference:
            return self.models.resolve(reference)
        if not self._store.vectors.embedders():
            try:
                return self.wanted()
            except DocqaError:
                pass  # Who asks what is wanted is told; until then the starter serves.
        return self._default()

    def wanted(self) -> Path:
        """The folder of the model that is to be used. Raises DocqaError if it is not usable."""
        chosen = self._store.meta.get(_CHOSEN)
        if chosen:
            return self.models.resolve(chosen)
        if self._setting is not None:
            return self.models.usable(self._setting)
        return self._default()

    def settle(self) -> None:
        """Remember what is in use, so that other settings are a change and no surprise."""
        if not self._store.meta.get(_USED):
            self._settle(self.used())

    def choose(self, folder: Path) -> None:
        """Remember what a person chose for this workspace."""
        with self._store.database.write():
            self.settle()
            self._store.meta.set(_CHOSEN, self.models.reference(folder))

    def use(self, folder: Path) -> None:
        """Remember that the vectors of the model in ``folder`` are complete."""
        self._settle(folder)

    def give_up(self) -> None:
        """What was chosen here cannot be used: what is in use stays. Settings say what they say."""
        if self._store.meta.get(_CHOSEN):
            self._store.meta.set(_CHOSEN, self.models.reference(self.used()))

    def _settle(self, folder: Path) -> None:
        self._store.meta.set(_USED, self.models.reference(folder))

    def _default(self) -> Path:
        folder = self.models.default()
        if folder is None:
            raise DocqaError(self.models.how_to_begin())
        return folder
