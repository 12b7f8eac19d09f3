"""What becomes of the files of the corpus: an end, a reason, text, and the text of PDFium."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from contextlib import closing, suppress

import pypdf
import pypdfium2
from table import Row, sample

from docqa.workspace import Workspace
from reading.data import Entry
from reading.rig import Outcome, Rig
from reading.similarity import letters, similarity

_PAGES = 60
"""Of a file that are compared: the manifest counts these, too."""
_TECHNICAL = re.compile(
    r"internal error|Traceback|Exception|Error\b|0x[0-9a-f]+|\berrno\b|did not start", re.I
)


def crashes(rig: Rig) -> tuple[Row, ...]:
    """Files that crash, hang or leave a child behind."""
    bad = [one for one in rig.outcomes if one.trouble or one.left]
    names = [f"{one.entry.path.name} ({one.trouble or 'left a child'})" for one in bad]
    return (
        Row(
            "files that crash, hang, leave a child", len(bad), 0, at_most=True, detail=sample(names)
        ),
    )


def ends(rig: Rig) -> tuple[Row, ...]:
    """Files that end in ready, partial, or failed with a sentence, within the time."""
    good = [one for one in rig.outcomes if _ends_well(one)]
    bad = [_how(one) for one in rig.outcomes if not _ends_well(one)]
    share = 100 * len(good) / len(rig.outcomes)
    slowest = max(rig.outcomes, key=lambda one: one.seconds)
    states = [one.added.status if one.added else "none" for one in rig.outcomes]
    counts = ", ".join(f"{states.count(name)} {name}" for name in sorted(set(states)))
    took = f"slowest {slowest.seconds:.1f} s ({slowest.entry.path.name}); {counts}"
    detail = "; ".join(filter(None, [took, sample(bad)]))
    return (Row("files that end in a state or a sentence", share, 100, unit=" %", detail=detail),)


def text_yield(rig: Rig) -> tuple[Row, ...]:
    """Files that yield text, of those that any engine gets characters from: all, and with text."""
    wanted = [one for one in rig.outcomes if max(one.entry.characters) > 0]
    with rig.workspace("corpus") as workspace:
        without = [one for one in wanted if not stored(workspace, one).strip()]
    blank = [one for one in without if holds_blanks_only(one.entry)]
    bad = [one for one in without if one not in blank]
    every = f"with {len(blank)} that hold blanks only {_share(without, wanted):.1f} %"
    names = [f"{one.entry.path.name} {one.entry.characters}" for one in bad]
    blanks = [f"{one.entry.path.name} {one.entry.characters}" for one in blank]
    text = [one for one in wanted if one not in blank]
    detail = "; ".join(filter(None, [f"of {len(text)}", every, sample(names)]))
    return (
        Row("files with text that yield text", _share(bad, text), 99, unit=" %", detail=detail),
        Row("files that hold blanks only", len(blank), None, detail=sample(blanks)),
    )


def _share(bad: Sequence[Outcome], of: Sequence[Outcome]) -> float:
    return 100 * (1 - len(bad) / max(1, len(of)))


def holds_blanks_only(entry: Entry) -> bool:
    """Whether the characters that engines get from a file are blanks, all of them."""
    texts = []
    with suppress(pypdfium2.PdfiumError):
        texts.append(pdfium_text(entry))
    with suppress(Exception):  # It raises anything on damaged files.
        reader = pypdf.PdfReader(entry.path, password=entry.password or None)
        texts += [page.extract_text() for page in reader.pages[:_PAGES]]
    return any(texts) and not any(text.strip() for text in texts)


def agreement(rig: Rig) -> tuple[Row, ...]:
    """Edit similarity with PDFium's text, over files that all three engines read."""
    found: list[tuple[float, str]] = []
    with rig.workspace("corpus") as workspace:
        for one in rig.outcomes:
            if one.entry.ok and min(one.entry.characters) > 0:
                theirs = letters(pdfium_text(one.entry))
                ours = letters(stored(workspace, one))
                if theirs:
                    found.append((similarity(ours, theirs), one.entry.path.name))
    value = statistics.median(score for score, _ in found) if found else None
    low = sum(score < 0.9 for score, _ in found)
    worst = ", ".join(f"{name} {score:.2f}" for score, name in sorted(found)[:6])
    detail = f"{len(found)} files, {low} below 0.9: {worst}"
    return (Row("agreement with PDFium's text, median", value, 0.97, detail=detail),)


def stored(workspace: Workspace, one: Outcome) -> str:
    """The text that is stored of a file's first pages."""
    if one.added is None or one.added.id is None:
        return ""
    id, pages = one.added.id, min(_PAGES, one.added.pages)
    return "\n".join(workspace.page(id, number).text for number in range(1, pages + 1))


def pdfium_text(entry: Entry) -> str:
    """What PDFium gives without any care."""
    texts = []
    with closing(pypdfium2.PdfDocument(entry.path, password=entry.password or None)) as document:
        for number in range(min(_PAGES, len(document))):
            try:
                texts.append(document[number].get_textpage().get_text_range())
            except pypdfium2.PdfiumError:
                continue
    return "\n".join(texts)


def _ends_well(one: Outcome) -> bool:
    asked = one.without is None or _is_told(one.without.status, one.without.problem)
    if one.added is None or one.trouble or one.seconds > 60:
        return False
    return asked and _is_told(one.added.status, one.added.problem)


def _is_told(status: str, problem: str | None) -> bool:
    if status in ("ready", "duplicate"):
        return True
    sentence = problem or ""
    return sentence.endswith(".") and len(sentence) > 15 and not _TECHNICAL.search(sentence)


def _how(one: Outcome) -> str:
    if one.seconds > 60:
        return f"{one.entry.path.name} ({one.seconds:.0f} s)"
    said = one.added.problem if one.added else one.trouble
    return f"{one.entry.path.name} ({said})"
