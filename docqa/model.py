"""The nouns of the program, as frozen dataclasses.

Pages are 1-based. ``start`` and ``end`` are half-open offsets in code points into the stored text
of one page, and ``quote`` (or ``text``) equals that slice exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DocumentStatus = Literal["queued", "reading", "indexing", "ready", "partial", "failed"]
"""``indexing``: the text is stored and found by keywords, its vectors are not complete yet."""

UNFINISHED: tuple[DocumentStatus, ...] = ("queued", "reading", "indexing")
"""Of a document that is still being read, or whose reading was interrupted."""

AddStatus = Literal["ready", "partial", "failed", "duplicate"]
NoteKind = Literal["question", "fact", "summary", "link", "conflict", "gap", "profile"]
NoteStatus = Literal["candidate", "verified", "rejected", "stale", "superseded"]
Route = Literal["prepared", "notes", "passages", "deep", "not_found"]
AskRoute = Literal["auto", "prepared", "notes", "passages", "deep"]
Verbosity = Literal["brief", "normal", "detailed"]
StepState = Literal["pending", "done", "failed"]
StopReason = Literal["complete", "budget", "cancelled"]

NOTE_KINDS: tuple[NoteKind, ...] = (
    "question", "fact", "summary", "link", "conflict", "gap", "profile",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF that the workspace knows. ``path`` is absolute; ``pages`` counts pages.

    ``viewable``: its pages may be shown by a viewer in the window's own process.
    """

    id: int
    path: str
    sha256: str
    title: str
    pages: int
    passages: int
    status: DocumentStatus
    problem: str | None = None
    failed_pages: tuple[int, ...] = ()
    scanned_pages: tuple[int, ...] = ()
    seconds: float = 0.0
    viewable: bool = False


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a file looks like from outside: bytes, and when it was changed (ns since 1970).

    ``modified`` None: it was changed so recently that this says nothing.
    """

    size: int
    modified: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a document: its level (1 is the highest) and the page it starts on."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page as it is shown: points (1/72 inch) from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page's stored text. ``label`` ("iv") is only for display.

    ``scanned``: shows text, mostly as an image, that only OCR can read and has not read yet.
    ``confidence`` (0 to 1) is that of OCR, None for a page that it did not read. ``places`` says
    where the words of ``text`` stand, encoded by docqa.ingest.places; empty if that is not known.
    """

    document_id: int
    number: int
    text: str
    label: str = ""
    problem: str | None = None
    scanned: bool = False
    confidence: float | None = None
    places: bytes = b""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one page's text, the unit of retrieval; ``context`` is indexed, never quoted."""

    id: int
    document_id: int
    page: int
    start: int
    end: int
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where something stands: document, page, character span and the verbatim quote."""

    document_id: int
    page: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Note:
    """A thing the model wrote in advance. ``id`` is 0 until it is stored."""

    id: int
    document_id: int
    kind: NoteKind
    question: str | None
    text: str
    status: NoteStatus
    evidence: tuple[Evidence, ...]
    reason: str | None = None
    pass_number: int = 1
    predictability: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The unit of preparation: one look through one lens (``kind``) at one passage (``unit``)."""

    id: int
    document_id: int
    kind: str
    unit: int
    pass_number: int
    input_hash: str
    state: StepState = "pending"
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more model calls; ``cached_tokens`` of the prompt were not computed."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Seconds:
    """Wall-clock seconds; only ``load`` (one warm-up call included) has model loading in it."""

    load: float = 0.0
    first_token: float = 0.0
    total: float = 0.0


# Adding ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddProgress:
    """A sign of life while adding: ``done`` of ``total`` pages, or passages while indexing.

    ``recognising``: OCR reads the scanned pages.
    """

    path: str
    stage: Literal["queued", "reading", "indexing", "recognising"]
    done: int
    total: int
    document_id: int | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one PDF or unusable path; ``id`` is None if nothing was stored."""

    id: int | None
    path: str
    title: str
    pages: int
    passages: int
    status: AddStatus
    problem: str | None = None
    failed_pages: tuple[int, ...] = ()
    scanned_pages: tuple[int, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A row of the library: ``prepared`` is the share (0 to 1) of this document's steps done.

    ``missing``: its file is not where it was; the document with its notes is there all the same.
    """

    document: Document
    prepared: float
    notes: dict[NoteKind, int] = field(default_factory=dict)
    missing: bool = False


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder whose PDFs belong in the library; ``path`` is absolute.

    ``documents`` of the library lie in it or below, and the files of ``missing`` of them are gone.
    """

    path: str
    documents: int = 0
    missing: int = 0


# Finding and answering -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``score`` is the fused rank value (higher is better).

    ``similarity`` is the cosine to the question (-1 when the passage has no vector yet) and
    ``overlap`` the share (0 to 1) of the question's weight in rare words that the passage has.
    """

    passage_id: int
    document_id: int
    document: str
    page: int
    score: float
    text: str
    start: int
    end: int
    context: str = ""
    similarity: float = -1.0
    overlap: float = 0.0


@dataclass(frozen=True, slots=True)
class Marked:
    """A text to be shown, and what in it was looked for: half-open spans, ascending and apart."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class FoundDocument:
    """A document whose title or file name has the words; ``file``: without its ending."""

    document: Document
    title: Marked
    file: Marked


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A verified note that fits. ``score``: 0 to 1, the share of what was asked that it has.

    ``heading`` is its question, empty for a note without one; ``text`` a piece of what it says.
    """

    note: Note
    document: str
    score: float
    heading: Marked
    text: Marked


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage, and a piece of its text around the best match, with single blanks only."""

    hit: Hit
    snippet: Marked


@dataclass(frozen=True, slots=True)
class Found:
    """What a text that somebody types finds, best first. ``by_meaning``: not by words alone."""

    text: str
    documents: tuple[FoundDocument, ...] = ()
    notes: tuple[FoundNote, ...] = ()
    passages: tuple[FoundPassage, ...] = ()
    by_meaning: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing."""
        return not (self.documents or self.notes or self.passages)


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote of a page that supports an answer; ``document`` is the title."""

    document_id: int
    document: str
    page: int
    quote: str
    start: int
    end: int


NO_SOURCE = "[no source]"
"""Stands in an answer's text behind each sentence that no passage supports."""


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """One sentence of an answer and the numbers (1-based) of its citations; none: no source."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer while it is being written."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``text`` is None when not found; ``nearest`` then shows where to look."""

    question: str
    text: str | None
    found: bool
    route: Route
    citations: tuple[Citation, ...] = ()
    sentences: tuple[AnswerSentence, ...] = ()
    usage: Usage = Usage()
    seconds: Seconds = Seconds()
    nearest: tuple[Hit, ...] = ()
    still_reading: tuple[str, ...] = ()
    note_id: int | None = None


AnswerEvent = Delta | Answer


# Preparing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepCounts:
    """How many steps of preparation are done, failed and pending."""

    done: int = 0
    failed: int = 0
    pending: int = 0


@dataclass(frozen=True, slots=True)
class PrepareProgress:
    """After each step: whose step it was, the counts so far and the notes it brought."""

    document_id: int
    document: str
    steps: StepCounts
    verified: int
    rejected: int
    notes: tuple[Note, ...]
    seconds: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """The end of a preparation and what it brought."""

    steps: StepCounts
    verified: int
    rejected: int
    by_kind: dict[str, int]
    rejected_by_reason: dict[str, int]
    usage: Usage
    seconds: float
    stopped: StopReason


PrepareEvent = PrepareProgress | Prepared


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Progress, in vectors, of making the index anew; until then words find everything."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Embedding:
    """Progress of giving all passages their vectors; ``model`` is the embedding model's name."""

    model: str
    done: int
    total: int
