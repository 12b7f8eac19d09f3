"""Which embedding models there are: those that docqa knows, and those that lie on this computer."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docqa.errors import DocqaError
from docqa.index import model_folder
from docqa.llm.catalogue import default_embedder, find_embedders

CATALOGUE_NAME = "embedding_models.toml"
_MARKER = "modules.json"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of the catalogue; ``question`` and ``passage`` are put before such texts."""

    id: str
    name: str
    made_by: str
    languages: str
    megabytes: int
    licence: str
    dimensions: int
    tokens: int
    pooling: Literal["mean", "cls"]
    origin: str
    question: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model, known or not: ``folder`` is where it lies, None if it is not on this computer.

    ``problem``: why the folder cannot be used, in a sentence.
    """

    id: str
    known: KnownModel | None
    folder: Path | None
    problem: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it is here and whole, as far as that is seen without loading it."""
        return self.folder is not None and self.problem is None


class EmbeddingModels:
    """The embedding models of one installation."""

    def __init__(self, catalogue: Sequence[KnownModel], folders: Sequence[Path]) -> None:
        """``folders``: where models are looked for, the first one first."""
        self.catalogue = tuple(catalogue)
        self._folders = tuple(folders)

    @classmethod
    def of(cls, resources: Path, folders: Sequence[Path]) -> EmbeddingModels:
        """Read the catalogue in ``resources``. Raises DocqaError if it is missing or damaged."""
        return cls(read_catalogue(resources / CATALOGUE_NAME), folders)

    def all(self) -> list[FoundModel]:
        """Those of the catalogue, in its order, then others that lie in the folders, by name."""
        here = {folder.name: folder for folder in reversed(find_embedders(self._folders))}
        found = [self._found(known.id, here.pop(known.id, None)) for known in self.catalogue]
        return found + [self._found(name, here[name]) for name in sorted(here)]

    def default(self) -> Path | None:
        """The folder of the starter or, without it, of the first model that is there."""
        return default_embedder(self._folders)

    def find(self, wanted: str) -> FoundModel:
        """The model of an id, or in a folder whose path is given; it need not be usable.

        Raises DocqaError if ``wanted`` is neither.
        """
        for model in self.all():
            if model.id.casefold() == wanted.casefold():
                return model
        path = _as_folder(wanted)
        if path is None:
            ids = ", ".join(model.id for model in self.all())
            raise DocqaError(
                f'There is no embedding model "{wanted}": give one of {ids}, '
                "or the path of a folder with a sentence-transformers model."
            )
        return self._found(path.name, path)

    def usable(self, wanted: str) -> Path:
        """The folder of a model that is here and whole; DocqaError says what to do otherwise."""
        model = self.find(wanted)
        if model.folder is None:
            raise DocqaError(self.how_to_get(model))
        if model.problem is not None:
            raise DocqaError(model.problem)
        return model.folder

    def how_to_get(self, model: FoundModel) -> str:
        """A sentence that says how a model of the catalogue comes onto this computer."""
        origin = "" if model.known is None else f" from {model.known.origin}"
        return (
            f'The embedding model "{model.id}" is not on this computer: download all of its files'
            f'{origin} into the folder "{self._folders[-1] / model.id}", or give the path of the '
            "folder in which they are."
        )

    def how_to_begin(self) -> str:
        """A sentence that says what to do where there is no model at all."""
        return (
            f"There is no embedding model in {self._folders[0]}: "
            'run "python3 packaging/bootstrap.py run" once, or put one there yourself.'
        )

    def reference(self, folder: Path) -> str:
        """How a folder is remembered: by its name below the folders for models, else its path.

        So it is found again when the program, and its folder with it, has moved.
        """
        folder = folder.absolute()
        if any(folder == place.absolute() / folder.name for place in self._folders):
            return folder.name
        return str(folder)

    def resolve(self, reference: str) -> Path:
        """The folder that is remembered under ``reference``, whether or not it is still there."""
        if Path(reference).is_absolute():
            return Path(reference)
        places = [place / reference for place in self._folders]
        return next((place for place in places if (place / _MARKER).is_file()), places[0])

    def prompts(self, folder: Path) -> model_folder.Prompts:
        """What the model wants before questions and passages: as its folder says, or as is known.

        Raises DocqaError if the folder cannot be read.
        """
        own = model_folder.prompts(folder)
        known = self._known(folder)
        if own is not None or known is None:
            return own or model_folder.Prompts()
        return model_folder.Prompts(known.question, known.passage)

    def _found(self, id: str, folder: Path | None) -> FoundModel:
        if folder is None:
            return FoundModel(id, self._by_id(id), None)
        problem = None
        try:
            model_folder.check(folder)
        except DocqaError as error:
            problem = str(error)
        return FoundModel(id, self._known(folder), folder, problem)

    def _known(self, folder: Path) -> KnownModel | None:
        """The model of the catalogue that a folder is named after."""
        names = [folder.name]
        # How the Hugging Face hub names what it keeps: models--OWNER--NAME/snapshots/HASH.
        names += [folder.parents[1].name.rpartition("--")[2]] if len(folder.parents) > 1 else []
        return next((known for name in names if (known := self._by_id(name))), None)

    def _by_id(self, id: str) -> KnownModel | None:
        matches = (known for known in self.catalogue if known.id.casefold() == id.casefold())
        return next(matches, None)


def read_catalogue(file: Path) -> list[KnownModel]:
    """The catalogue in a TOML file. Raises DocqaError if it is missing or damaged."""
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
        return [KnownModel(**one) for one in values["model"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DocqaError(
            f'The list of embedding models "{file}" is missing or damaged: install docqa again.'
        ) from error


def _as_folder(text: str) -> Path | None:
    try:
        path = Path(text).expanduser().absolute()
        return path if path.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # an unknown "~name"; what no path can hold
        return None
