"""From a question file to the documents of the library: where each question's evidence stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from docqa.measure.questions import FiledQuestion, Problem
from docqa.measure.ranks import PageKey
from docqa.model import Document


@dataclass(frozen=True, slots=True)
class PlacedQuestion:
    """A question with the pages that answer it.

    ``own``: the document (or documents) that it is about. ``cluster`` is what its answer shares
    its chances with: its group, or else its document.
    """

    line: int
    text: str
    wanted: frozenset[PageKey]
    own: tuple[int, ...]
    cluster: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What becomes of a file's questions.

    ``unanswerable`` have no page and ``elsewhere`` are about documents that were not chosen: both
    are counts. ``problems`` are those that should have been asked and cannot be.
    """

    questions: tuple[PlacedQuestion, ...]
    problems: tuple[Problem, ...]
    unanswerable: int = 0
    elsewhere: int = 0


def place(
    filed: Iterable[FiledQuestion],
    documents: Sequence[Document],
    chosen: Collection[int] | None = None,
) -> Placed:
    """Look up the documents of the questions; ``chosen`` ids (None: all) are asked about only."""
    names = _Names(documents, chosen)
    questions: list[PlacedQuestion] = []
    problems: list[Problem] = []
    unanswerable = elsewhere = 0
    for one in filed:
        if not one.pages:
            unanswerable += 1
            continue
        document = names.find(one.document)
        if isinstance(document, str):
            problems.append(Problem(one.line, f"Line {one.line}: {document}"))
        elif chosen is not None and document.id not in chosen:
            elsewhere += 1
        elif one.pages[-1] > document.pages:
            text = f"{document.title!r} has no page {one.pages[-1]}, only {document.pages}."
            problems.append(Problem(one.line, f"Line {one.line}: {text}"))
        else:
            wanted = frozenset((document.id, page) for page in one.pages)
            cluster = one.group or f"document {document.id}"
            questions.append(PlacedQuestion(one.line, one.text, wanted, (document.id,), cluster))
    return Placed(tuple(questions), tuple(problems), unanswerable, elsewhere)


class _Names:
    """Finds documents by file name, title or id."""

    def __init__(self, documents: Sequence[Document], chosen: Collection[int] | None) -> None:
        self._files: dict[str, list[Document]] = {}
        self._titles: dict[str, list[Document]] = {}
        self._ids = {str(document.id): [document] for document in documents}
        self._only = [one for one in documents if chosen is None or one.id in chosen]
        for document in documents:
            path = PurePath(document.path)
            for name in {path.name.casefold(), path.stem.casefold(), str(path).casefold()}:
                self._files.setdefault(name, []).append(document)
            self._titles.setdefault(_plain(document.title), []).append(document)

    def find(self, name: str | None) -> Document | str:
        """The document, or a sentence that says why there is none."""
        if name is None:
            if len(self._only) == 1:
                return self._only[0]
            return "it names no document, and there are several."
        found = (
            self._files.get(name.casefold())
            or self._files.get(PurePath(name).name.casefold())
            or self._titles.get(_plain(name))
            or self._ids.get(name)
            or []
        )
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(document.id) for document in found)
            return f"{name[:80]!r} may be any of the documents {ids}: give its id."
        return f"there is no document {name[:80]!r} in the library."


def _plain(title: str) -> str:
    return " ".join(title.split()).casefold()
