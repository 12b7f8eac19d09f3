"""Watched folders: which there are, and what lies in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from docqa.errors import DocqaError
from docqa.ingest.files import is_folder, is_there, located, pdfs_in
from docqa.model import Document, WatchedFolder
from docqa.store.store import Store


class WatchedFolders:
    """The folders whose PDFs belong in the library."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def watch(self, path: Path) -> Path:
        """Remember a folder and return its absolute path; DocqaError if it is none."""
        folder = located(path)
        if not is_folder(folder):
            raise DocqaError(f'"{path}" is not a folder; choose one to watch.')
        self._store.folders.add(str(folder))
        return folder

    def unwatch(self, path: Path) -> bool:
        """Forget a folder; its documents stay. False if it was not watched."""
        return self._store.folders.remove(str(located(path)))

    def watched(self) -> list[WatchedFolder]:
        """The folders, in the order in which they came."""
        documents = self._store.documents.all()
        return [_counted(folder, documents) for folder in self._store.folders.all()]

    def files(self, folders: Sequence[Path] | None) -> list[Path]:
        """The PDFs in these watched folders (None: all), those first that the library has not got.

        A file that moved is so met where it is now before anything is made of what took its place.
        A folder that is away, such as on a disk that is not plugged in, has no files.
        """
        watched = [Path(folder) for folder in self._store.folders.all()]
        wanted = None if folders is None else {located(folder) for folder in folders}
        found: dict[Path, None] = {}
        for folder in watched:
            if wanted is None or folder in wanted:
                found.update(dict.fromkeys(_files(folder)))
        known = {document.path for document in self._store.documents.all()}
        return sorted(found, key=lambda file: str(located(file)) in known)

    def leave_out(self, documents: Iterable[Document]) -> None:
        """Remember removed documents, so that these folders do not bring them back.

        Also those that lie elsewhere: a folder may have copies of them, or links to them.
        """
        if self._store.folders.all():
            self._store.folders.leave_out((one.path, one.sha256) for one in documents)


def is_missing(document: Document) -> bool:
    """Whether the document's file is not where it was; some microseconds on a local disk."""
    return not is_there(Path(document.path))


def _files(folder: Path) -> list[Path]:
    try:
        return pdfs_in(folder)
    except DocqaError:
        return []


def _counted(folder: str, documents: Sequence[Document]) -> WatchedFolder:
    inside = [document for document in documents if _lies_in(document.path, folder)]
    return WatchedFolder(folder, len(inside), sum(map(is_missing, inside)))


def _lies_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)
