"""How a model is to be run: what the parent tells the child that loads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from docqa.llm.identity import file_identity
from docqa.settings import EngineSettings

WORTH_SAVING = 1.0
"""Seconds: reading a state back takes 0.1 to 0.5 s, and the disk has better uses than trifles."""


@dataclass(frozen=True, slots=True)
class Order:
    """A model file, the folders ``cache`` and ``states`` (None: save none), and the settings.

    ``worth_saving``: the seconds that it must take to compute a state for it to be kept on disk.
    """

    path: Path
    cache: Path
    states: Path | None
    settings: EngineSettings
    worth_saving: float

    def identity(self) -> str:
        """SHA-256 of the model file; takes seconds for gigabytes, the first time.

        Where the cache cannot be written it takes them each time: ask once and pass it on.
        """
        return file_identity(self.path, self.hashes)

    @property
    def hashes(self) -> Path:
        """The file that remembers identities."""
        return self.cache / "model-hashes.json"

    @property
    def attempts(self) -> Path:
        """The file that remembers what graphics cards could not take."""
        return self.cache / "graphics-cards.json"

    @property
    def tunings(self) -> Path:
        """The file that remembers what runs fastest."""
        return self.cache / "tunings.json"
