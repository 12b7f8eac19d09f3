"""The facade: everything that the window and the command line can do, and the one place that wires.

All methods may be called from any thread, at the same time.
"""

from __future__ import annotations

import contextlib
import datetime
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from docqa.answer.answerer import Answerer
from docqa.answer.asking import Question
from docqa.errors import DocqaError
from docqa.host.network import refuse_network
from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.ingest.ocr.client import Ocr
from docqa.ingest.places import boxes, decode
from docqa.ingest.reader import Reader
from docqa.library import Library
from docqa.library.folders import is_missing
from docqa.library.passwords import Passwords
from docqa.library.recognising import Recognising
from docqa.library.viewing import why_not_shown
from docqa.llm.catalogue import default_embedder, default_model
from docqa.llm.client import LlamaModel
from docqa.llm.engine.states import forget, sweep
from docqa.llm.remote import RemoteModel
from docqa.model import (
    Added,
    AddProgress,
    Answer,
    AnswerEvent,
    AskRoute,
    Box,
    DocumentSummary,
    Hit,
    Note,
    NoteKind,
    NoteStatus,
    Page,
    PrepareEvent,
    Verbosity,
    WatchedFolder,
)
from docqa.paths import Paths
from docqa.prepare.preparer import PASSES, Preparer
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings, Settings, read_settings
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store

DATABASE_NAME = "workspace.db"
STATES_NAME = "states"
_SET_UP = 'run "python3 packaging/bootstrap.py run" once, or put one there yourself.'


class Workspace:
    """A folder with everything docqa knows. Use :meth:`open`, end with :meth:`close`."""

    def __init__(
        self,
        directory: Path,
        store: Store,
        lock: WorkspaceLock | None,
        embedder: ChildEmbedder,
        model: LlamaModel | RemoteModel,
        reader: Reader,
        server: ServerSettings | None = None,
        ocr: Ocr | None = None,
    ) -> None:
        """Wire the parts; ``lock`` is None for a workspace that is only read.

        Without ``ocr`` scanned pages stay unread.
        """
        self.directory = directory
        self.server = server
        """The server that ``model`` is on, when answers leave this computer."""
        self._store = store
        self._lock = lock
        self._embedder = embedder
        self._model = model
        self._search = Search(store, embedder, directory)
        self._ocr = ocr
        passwords = Passwords()
        recogniser = None if ocr is None else Recognising(store, ocr, passwords)
        self._library = Library(store, self._search, reader, recogniser, passwords)
        self._answerer = Answerer(store, self._search, embedder, model)
        self._preparer = Preparer(store, self._search, model)

    @classmethod
    def open(
        cls,
        directory: Path,
        paths: Paths,
        *,
        read_only: bool = False,
        settings: Settings | None = None,
    ) -> Workspace:
        """Open (or make) the workspace in ``directory``; models are loaded at first use.

        ``settings`` None: those of the file. Raises WorkspaceBusy if another docqa writes to it,
        and DocqaError if it cannot be used.
        """
        refuse_network()
        directory = directory.expanduser().absolute()
        settings = settings or read_settings(paths.settings)
        states = None if read_only else directory / STATES_NAME
        model = _language_model(settings, paths, states)
        embedder = default_embedder(paths.models)
        if embedder is None:
            raise DocqaError(f"There is no embedding model in {paths.models[0]}: {_SET_UP}")
        lock = None
        if not read_only:
            lock = WorkspaceLock(directory)
            lock.acquire()
        try:
            store = Store.open(directory / DATABASE_NAME, read_only=read_only)
            if states is not None:
                sweep(states, (document.id for document in store.documents.all()))
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(
            directory,
            store,
            lock,
            ChildEmbedder(embedder, paths.logs / "embedder.log"),
            model,
            Reader(embedder / "tokenizer.json", paths.logs / "readers.log"),
            settings.server,
            Ocr(embedder / "tokenizer.json", paths.logs / "ocr.log"),
        )

    @property
    def read_only(self) -> bool:
        """Whether nothing is recorded here."""
        return self._lock is None

    @property
    def children(self) -> dict[str, int]:
        """Process ids of the children that run now, by what they do."""
        pids = {"llama": self._model.pid, "embedder": self._embedder.pid}
        if self._ocr is not None:
            pids["ocr"] = self._ocr.pid
        return {name: pid for name, pid in pids.items() if pid is not None}

    @property
    def engine_note(self) -> str | None:
        """One line for the person about how the model runs, once it is loaded; mostly None.

        Such as that a graphics card could not take the model.
        """
        return self._model.note

    # -- documents -----------------------------------------------------------------------------

    def add(
        self,
        paths: Sequence[Path],
        *,
        password: str | None = None,
        remember: bool = False,
        recognise_until: float = math.inf,
        cancel: Cancel | None = None,
    ) -> Iterator[AddProgress | Added]:
        """Add PDFs and the PDFs in folders; yield progress and one Added per PDF or unusable path.

        ``password`` opens those that are protected; with ``remember`` it is kept in the system's
        keyring. What was interrupted before is completed, and what changed is read anew. Raises
        Cancelled; every failure of a file is told in its Added.

        After ``recognise_until`` seconds spent on a document, no further scanned page of it is
        begun: those that are left wait for another ``add``.
        """
        return self._library.add(
            paths,
            password,
            cancel or Cancel(),
            remember=remember,
            recognise_until=recognise_until,
        )

    def recognise(
        self, document_id: int, seconds: float, *, cancel: Cancel | None = None
    ) -> Iterator[AddProgress | Added]:
        """Read scanned pages of a document that are left, as :meth:`add` does.

        None is begun after so many ``seconds``. Yields nothing if none are left, the document was
        removed, or its file is another one now. Raises Cancelled.
        """
        return self._library.recognise(document_id, seconds, cancel or Cancel())

    def unfinished(self) -> list[Path]:
        """Files whose adding was interrupted; adding them again completes it."""
        return self._library.unfinished()

    def documents(self) -> list[DocumentSummary]:
        """Every document, in the order they were added, with how far it is prepared."""
        shares = self._store.steps.prepared_shares()
        notes = self._store.notes.counts_by_document()
        return [
            DocumentSummary(
                document,
                shares.get(document.id, 0.0),
                notes.get(document.id, {}),
                is_missing(document),
            )
            for document in self._store.documents.all()
        ]

    def watch(self, path: Path) -> Path:
        """Remember a folder whose PDFs belong in the library; return it as it is kept.

        Its PDFs come in with the next :meth:`rescan`. Raises DocqaError if it is no folder.
        """
        return self._library.folders.watch(path)

    def unwatch(self, path: Path) -> bool:
        """Forget a watched folder; its documents stay. False if it was not watched."""
        return self._library.folders.unwatch(path)

    def watched(self) -> list[WatchedFolder]:
        """The watched folders, in the order in which they came."""
        return self._library.folders.watched()

    def rescan(
        self,
        folders: Sequence[Path] | None = None,
        *,
        recognise_until: float = math.inf,
        cancel: Cancel | None = None,
    ) -> Iterator[AddProgress | Added]:
        """Take in what changed in watched folders (None: all of them), as :meth:`add` does.

        New and changed PDFs are read; of files that only moved the path is set. What is as it was
        is not told. Raises Cancelled.
        """
        return self._library.rescan(folders, cancel or Cancel(), recognise_until=recognise_until)

    def password_of(self, document_id: int) -> str | None:
        """The password that opens a document's file, as far as it is known; None mostly.

        The one that was given in this process, or the one in the system's keyring, which may take
        seconds to answer: call it off the main thread.
        """
        return self._library.password_of(document_id)

    def can_keep_passwords(self) -> bool:
        """Whether there is a keyring on this computer; call it off the main thread."""
        return self._library.passwords.can_keep()

    def keep_password(self, document_id: int, password: str) -> str | None:
        """Keep the password that opens a document's file in the system's keyring.

        Returns a sentence for the person if that fails. It may wait for the person to unlock the
        keyring: call it off the main thread.
        """
        return self._library.keep_password(document_id, password)

    def remove(self, ids: Sequence[int]) -> list[int]:
        """Remove documents with all that was made of them; DocqaError if one is unknown."""
        removed = self._library.remove(ids)
        forget(self.directory / STATES_NAME, removed)
        return removed

    def page(self, document_id: int, number: int) -> Page:
        """One page (1-based); DocqaError if there is no such page."""
        document = self._store.documents.get(document_id)
        if document is None:
            raise DocqaError(f"There is no document {document_id}: see the list of documents.")
        page = self._store.pages.get(document_id, number)
        if page is None:
            raise DocqaError(
                f"Document {document_id} has no page {number}: its pages are 1 to {document.pages}."
            )
        return page

    def where(self, document_id: int, number: int, start: int, end: int) -> list[Box]:
        """Where a span of a page's text stands, one box a line; empty if that is not known."""
        page = self._store.pages.get(document_id, number)
        return boxes(decode(page.places), start, end) if page is not None else []

    def may_show(self, document_id: int) -> str | None:
        """Why a viewer may not draw the document's file, in a sentence; None if it may.

        It looks at the file, which may wait for a disk: call it off the main thread.
        """
        document = self._store.documents.get(document_id)
        if document is None:
            return "That document is not in the library any more."
        return why_not_shown(document, self._store.documents.stamp(document_id))

    # -- finding and answering -----------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        k: int = 8,
        documents: Sequence[int] | None = None,
        cancel: Cancel | None = None,
    ) -> list[Hit]:
        """The ``k`` passages that fit best, best first. Raises DocqaError for an empty query."""
        return self._search.search(query, k=k, documents=documents, cancel=cancel)

    def ask(
        self,
        question: str,
        *,
        documents: Sequence[int] | None = None,
        route: AskRoute = "auto",
        verbosity: Verbosity = "normal",
        with_notes: bool = True,
        cancel: Cancel | None = None,
    ) -> Iterator[AnswerEvent]:
        """Yield the answer as it is written and, last, the whole Answer, which is then recorded.

        Raises DocqaError for a question that cannot be asked, and Cancelled (nothing recorded).
        """
        scope = None if documents is None else tuple(documents)
        asked = Question(question, scope, route, verbosity, with_notes)
        for event in self._answerer.ask(asked, cancel or Cancel()):
            if isinstance(event, Answer) and not self.read_only:
                # An answer that cannot be recorded, as on a full disk, is an answer all the same.
                with contextlib.suppress(DocqaError):
                    self._record(event)
            yield event

    def suggestions(
        self, prefix: str = "", *, documents: Sequence[int] | None = None, limit: int = 6
    ) -> list[Note]:
        """Prepared questions for what somebody begins to type; a varied few for nothing."""
        return self._search.suggest(prefix, documents=documents, limit=limit)

    def history(self, limit: int = 50) -> list[Answer]:
        """The latest answers, oldest first."""
        return self._store.turns.recent(limit)

    def _record(self, answer: Answer) -> None:
        cited = {citation.document_id for citation in answer.citations}
        with self._store.database.write():
            self._store.turns.add(answer)
            self._store.ledger.record(
                "ask",
                answer.route,
                cited.pop() if len(cited) == 1 else None,
                answer.usage,
                answer.seconds.first_token,
                answer.seconds.total,
            )
            if answer.note_id is not None:
                self._store.notes.hit(answer.note_id)

    # -- preparing -----------------------------------------------------------------------------

    def prepare(
        self,
        *,
        documents: Sequence[int] | None = None,
        minutes: float | None = None,
        until: datetime.time | None = None,
        passes: int | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[PrepareEvent]:
        """Write notes in advance; yield progress after each step and, last, Prepared.

        Each of the ``passes`` (None: all) looks through another lens.

        Ends when nothing is left, after ``minutes``, at the next ``until`` (local time), or when
        cancelled, which is no error. Raises DocqaError if nothing can be prepared.
        """
        return self._preparer.prepare(
            documents=documents,
            passes=PASSES if passes is None else passes,
            seconds_left=_seconds_left(minutes, until),
            cancel=cancel or Cancel(),
        )

    def notes(
        self,
        *,
        documents: Sequence[int] | None = None,
        kind: NoteKind | None = None,
        status: NoteStatus | None = "verified",
    ) -> list[Note]:
        """Notes in the order they were made; ``status`` None means any."""
        return self._store.notes.list(documents=documents, kind=kind, status=status)

    # -- beginning and end ---------------------------------------------------------------------

    def warm_up(self, cancel: Cancel | None = None) -> float:
        """Load both models, so that the first question need not; return the seconds.

        Raises Cancelled, and DocqaError if a model cannot be loaded.
        """
        seconds = self._embedder.load(Urgency.READING, cancel)
        return seconds + self._model.load(Urgency.READING, cancel)

    def close(self) -> None:
        """Stop the children, keep the index and let others write."""
        self._model.close()
        self._embedder.close()
        if self._ocr is not None:
            self._ocr.close()
        try:
            if not self.read_only:
                self._store.tidy()
                self._search.save()
        finally:
            self._store.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _language_model(
    settings: Settings, paths: Paths, states: Path | None
) -> LlamaModel | RemoteModel:
    """The model of the person's server, or else the one on this computer."""
    if settings.server is not None:
        return RemoteModel(settings.server)
    path = settings.engine.model or default_model(paths.models)
    if path is None:
        raise DocqaError(f"There is no language model in {paths.models[0]}: {_SET_UP}")
    return LlamaModel(
        path,
        log=paths.logs / "llama.log",
        cache=paths.cache,
        states_folder=states,
        settings=settings.engine,
    )


def _seconds_left(minutes: float | None, until: datetime.time | None) -> Callable[[], float]:
    """A function that tells the seconds until the first end; by the wall clock for ``until``."""
    ends: list[Callable[[], float]] = [lambda: math.inf]
    if minutes is not None:
        end = time.monotonic() + 60 * minutes
        ends.append(lambda: end - time.monotonic())
    if until is not None:
        now = datetime.datetime.now().astimezone()
        moment = now.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
        if moment <= now:
            moment += datetime.timedelta(days=1)
        ends.append(lambda: (moment - datetime.datetime.now().astimezone()).total_seconds())
    return lambda: min(left() for left in ends)
