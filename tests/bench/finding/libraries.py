"""Libraries to ask: PDFs added as the program adds them, and articles stored as it stores text."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from finding.sets import Article

from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.ingest.cutting import Cutter
from docqa.ingest.pieces import plain_layout
from docqa.ingest.tokens import TokenCounter
from docqa.llm.catalogue import default_embedder
from docqa.model import Document, Page, Passage
from docqa.paths import Paths
from docqa.process import Urgency
from docqa.settings import Settings
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

ROOT = Path(__file__).resolve().parents[3]
_READING = ROOT / "docqa" / "ingest"
"""What a stored text depends on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Library:
    """A library that can be asked."""

    store: Store
    search: Search
    documents: tuple[Document, ...]
    passages: int


class Libraries:
    """Makes libraries in a folder, or takes those that are there if they are read as today."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def model(self) -> Path:
        """The folder of the starter embedder."""
        found = default_embedder((ROOT / "models",))
        assert found is not None
        return found

    @cached_property
    def version(self) -> str:
        """Changes whenever files may be read otherwise, or the embedder is another one."""
        digest = hashlib.sha256(self.embedder.identity.encode())
        for file in sorted(_READING.rglob("*.py")):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:12]

    @cached_property
    def embedder(self) -> ChildEmbedder:
        """One embedder for all libraries."""
        made = ChildEmbedder(self.model, self.folder / "logs" / "embedder.log")
        self._stack.callback(made.close)
        return made

    def directory(self, name: str) -> Path:
        """The workspace of the library of that name."""
        return self.folder / f"{name}-{self.version}"

    @contextmanager
    def pdfs(self, name: str, files: Sequence[Path]) -> Iterator[Library]:
        """A library of PDFs."""
        directory = self.directory(name)
        paths = dataclasses.replace(
            Paths.default(),
            models=(ROOT / "models",),
            workspace=directory,
            settings=self.folder / "settings.toml",
            logs=self.folder / "logs",
        )
        # What is there already is only recognised, which takes no time.
        with Workspace.open(directory, paths, settings=Settings()) as workspace:
            for _ in workspace.add(files):
                pass
        with self._open(directory) as library:
            yield library

    @contextmanager
    def articles(self, name: str, articles: Sequence[Article]) -> Iterator[Library]:
        """A library of articles, each a document with one page a paragraph."""
        directory = self.directory(name)
        with self._open(directory) as library:
            if not library.documents:
                self._store(directory, articles)
            for _ in library.search.index_passages():  # all, or what a stop has left
                pass
        with self._open(directory) as library:
            yield library

    def _store(self, directory: Path, articles: Sequence[Article]) -> None:
        with Store.open(directory / DATABASE_NAME) as store, store.database.write():
            count = TokenCounter(self.model / "tokenizer.json")
            for article in articles:
                id = store.documents.create(f"/articles/{article.title}", "", article.title)
                pages, passages = _cut(article, count)
                store.pages.replace(id, pages, [], passages)
                store.documents.update(id, status="ready", pages=len(pages))

    @contextmanager
    def _open(self, directory: Path) -> Iterator[Library]:
        with Store.open(directory / DATABASE_NAME) as store:
            search = Search(store, self.embedder, directory)
            search.load(Urgency.ASKING)
            search.open()
            yield Library(store, search, tuple(store.documents.all()), store.passages.count())
            search.close()


def _cut(article: Article, count: TokenCounter) -> tuple[list[Page], list[Passage]]:
    cutter = Cutter(article.title, (), count)
    pages = [Page(0, number, text) for number, text in enumerate(article.paragraphs, 1)]
    cuts = [cutter.cut(page, plain_layout(page.text)) for page in pages]
    return pages, [passage for cut in cuts for passage in cut.passages]
