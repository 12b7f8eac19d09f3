"""The facade: everything that the window and the command line can do, and the one place that wires.

All methods may be called from any thread, at the same time.
"""

from __future__ import annotations

import contextlib
import datetime
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from docqa.answer.answerer import Answerer
from docqa.answer.asking import Question
from docqa.errors import DocqaError
from docqa.host.network import refuse_network
from docqa.index.choice import Choice
from docqa.index.embedder import ChildEmbedder
from docqa.index.embedders import CurrentEmbedder, Embedders
from docqa.index.search import Search
from docqa.ingest.ocr.client import Ocr
from docqa.ingest.places import boxes, decode
from docqa.ingest.reader import Reader
from docqa.library import Library
from docqa.library.folders import is_missing
from docqa.library.passwords import Passwords
from docqa.library.recognising import Recognising
from docqa.library.reembedding import Reembedding
from docqa.library.viewing import why_not_shown
from docqa.llm.client import LlamaModel
from docqa.llm.engine.states import forget
from docqa.llm.remote import RemoteModel
from docqa.measure.evaluation import Evaluation, EvaluationProgress, RetrievalReport
from docqa.measure.questions import FiledQuestion, Problem
from docqa.model import (
    Added,
    AddProgress,
    Answer,
    AnswerEvent,
    AskRoute,
    Box,
    DocumentSummary,
    Embedding,
    Found,
    FoundPassage,
    Hit,
    Note,
    NoteKind,
    NoteStatus,
    Page,
    PrepareEvent,
    Rebuilding,
    Verbosity,
    WatchedFolder,
)
from docqa.paths import Paths
from docqa.prepare.ends import seconds_left
from docqa.prepare.preparer import PASSES, Preparer
from docqa.process import Cancel, Urgency
from docqa.settings import ServerSettings, Settings, read_settings
from docqa.store.lock import WorkspaceLock
from docqa.store.store import Store
from docqa.wiring import DATABASE_NAME, STATES_NAME, open_parts

__all__ = ["DATABASE_NAME", "Workspace"]


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
        embedders: Embedders | None = None,
        choice: Choice | None = None,
    ) -> None:
        """Wire the parts; ``lock`` is None for a workspace that is only read.

        Without ``ocr`` scanned pages stay unread; without ``embedders`` and the ``choice`` among
        them, the ``embedder`` is there for good.
        """
        self.directory = directory
        self.server = server
        """The server that ``model`` is on, when answers leave this computer."""
        self._store = store
        self._lock = lock
        self._embedder = embedder
        self._embedders = embedders
        self._choice = choice
        self._model = model
        self._search = Search(store, embedder, directory)
        self._ocr = ocr
        passwords = Passwords()
        recogniser = None if ocr is None else Recognising(store, ocr, passwords)
        self._library = Library(store, self._search, reader, recogniser, passwords)
        self._reembedding = None
        if embedders is not None and choice is not None:
            self._reembedding = Reembedding(store, self._search, embedders, choice)
        current = CurrentEmbedder(lambda: self._search.side.embedder)
        self._answerer = Answerer(store, self._search, current, model)
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
        parts = open_parts(directory, paths, settings, read_only=read_only)
        return cls(
            directory,
            parts.store,
            parts.lock,
            parts.embedder,
            parts.model,
            parts.reader,
            settings.server,
            parts.ocr,
            parts.embedders,
            parts.choice,
        )

    @property
    def read_only(self) -> bool:
        """Whether nothing is recorded here."""
        return self._lock is None

    @property
    def children(self) -> dict[str, int]:
        """Process ids of the children that run now, by what they do."""
        pids = {"llama": self._model.pid, "embedder": self._embedder.pid}
        if self._embedders is not None:
            pids |= self._embedders.pids
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

    # -- the embedding model -------------------------------------------------------------------

    @property
    def embedder_folder(self) -> Path:
        """Where the embedding model lies whose vectors answer now."""
        return self._embedder.folder if self._choice is None else self._choice.used()

    def choose_embedder(self, wanted: str) -> None:
        """Choose the embedding model by its id, or by the path of its folder.

        :meth:`reembed` carries it out. Raises DocqaError, with what to do, if it is not there, is
        damaged, or nothing may be written here.
        """
        if self._choice is None or self.read_only:
            raise DocqaError("Another docqa has this library open: choose the model there.")
        self._choice.choose(self._choice.models.usable(wanted))

    def rebuild(self, *, cancel: Cancel | None = None) -> Iterator[Rebuilding]:
        """Tell how far the index of vectors is that is missing or damaged; nothing if it is there.

        It is made anew by itself, while words find everything. Raises Cancelled and DocqaError.
        """
        cancel = cancel or Cancel()
        for done, total in self._search.rebuild():
            cancel.raise_if_set()
            if total:
                yield Rebuilding(done, total)

    def reembed(self, *, cancel: Cancel | None = None) -> Iterator[Embedding]:
        """Bring all vectors up to what was chosen; yield how far it is, or nothing if all is done.

        Passages without a vector get one. Where another embedding model was chosen, here or in the
        settings, all passages and notes are embedded anew, while the former vectors answer; then
        they go. It takes turns with questions, may be killed at any time, and goes on where it
        was. Call it after opening and after each choice, where adding is done too.

        Raises Cancelled, and DocqaError with a sentence for the person if the model cannot be
        used: the former one stays.
        """
        if self._reembedding is None or self.read_only:
            return
        yield from self._reembedding.run(cancel or Cancel())

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

    def look_up(
        self,
        text: str,
        *,
        documents: Sequence[int] | None = None,
        limit: int = 8,
        by_meaning: bool = False,
        cancel: Cancel | None = None,
    ) -> Found:
        """What a text finds while it is typed: documents by name, notes and ``limit`` passages.

        At once by words, the last of which may be a beginning; ``by_meaning`` as :meth:`search`
        does, which waits for the embedder. A ``limit`` of 0 leaves the passages out. Raises
        Cancelled.
        """
        return self._search.look_up(
            text, documents=documents, limit=limit, by_meaning=by_meaning, cancel=cancel
        )

    def shown(self, text: str, hits: Sequence[Hit]) -> tuple[FoundPassage, ...]:
        """These hits, each with a piece of its text in which the words of ``text`` are marked."""
        return self._search.shown(text, hits)

    def evaluate_retrieval(
        self,
        questions: Sequence[FiledQuestion],
        problems: Sequence[Problem] = (),
        *,
        documents: Sequence[int] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[EvaluationProgress | RetrievalReport]:
        """Measure how often the questions of a file find their pages; no language model is used.

        Yields progress and, last, the report, with the ``problems`` of the file. Raises Cancelled.
        """
        return Evaluation(self._store, self._search).run(questions, problems, documents, cancel)

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
            seconds_left=seconds_left(minutes, until),
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
        seconds = self._search.side.embedder.load(Urgency.READING, cancel)
        return seconds + self._model.load(Urgency.READING, cancel)

    def close(self) -> None:
        """Stop the children, keep the index and let others write."""
        self._model.close()
        self._embedder.close()
        if self._embedders is not None:
            self._embedders.close()
        if self._ocr is not None:
            self._ocr.close()
        try:
            if not self.read_only:
                self._store.tidy()
            self._search.close()
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
