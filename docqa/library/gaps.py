"""Says which pages of a document are missing and why, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from docqa.ingest.ocr.client import HOW_TO_GET_IT

_MOST_RANGES = 12
_ITSELF = re.compile(r"page \d+ (?=\w)", re.IGNORECASE)
_SINGULAR = re.compile(r"\b(?:was|is|has|does|needs)\b")
_PLURAL = {"was": "were", "is": "are", "has": "have", "does": "do", "needs": "need"}


def sentence_about_gaps(
    problems: Mapping[int, str], scanned: Iterable[int], *, recognises: bool
) -> str | None:
    """Group the pages by what is wrong with them; None if nothing is.

    ``problems`` has a sentence for each page that could not be read ("Page 3 is damaged."),
    ``scanned`` are pages whose text was not recognised, ``recognises`` says whether that is
    possible here.
    """
    pages_by_reason: dict[str, list[int]] = {}
    for page in sorted(problems):
        pages_by_reason.setdefault(_reason(problems[page]), []).append(page)
    clauses = [_clause(pages, reason) for reason, pages in pages_by_reason.items()]
    unread = sorted(set(scanned))
    if unread:
        clauses.append(_scanned(unread, recognises))
    if not clauses:
        return None
    return "; ".join([clauses[0][0].upper() + clauses[0][1:], *clauses[1:]]) + "."


def page_ranges(pages: Iterable[int]) -> str:
    """Page numbers in short, for a person: ``3, 5 and 7–9``."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    if len(words) > _MOST_RANGES:
        left = sum(len(run) for run in runs[_MOST_RANGES:])
        words = [*words[:_MOST_RANGES], f"{left} more"]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _reason(problem: str) -> str:
    """What is said of a page, without its number: "is damaged"."""
    text = problem.strip().rstrip(".")
    return _ITSELF.sub("", text, count=1) if _ITSELF.match(text) else f"could not be read: {text}"


def _clause(pages: list[int], reason: str) -> str:
    if len(pages) == 1:
        return f"page {pages[0]} {reason}"
    several = _SINGULAR.sub(lambda verb: _PLURAL[verb.group()], reason)
    return f"pages {page_ranges(pages)} {several}"


def _scanned(pages: list[int], recognises: bool) -> str:
    what = (
        f"page {pages[0]} is a scanned image"
        if len(pages) == 1
        else f"pages {page_ranges(pages)} are scanned images"
    )
    if recognises:
        return f"{what}, still to be read: add the file again, or leave docqa's window open"
    return f"{what}, and {HOW_TO_GET_IT}"
