"""What a script gets: the dataclasses as the plain dictionaries of the command line's contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docqa.model import (
    Added,
    Answer,
    Citation,
    Document,
    DocumentSummary,
    Evidence,
    FoundNote,
    FoundPassage,
    Hit,
    Note,
    Page,
    Prepared,
    WatchedFolder,
)
from docqa.settings import ServerSettings

Shape = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one query found, and the seconds it took (models were loaded before).

    ``notes`` fit too; ``shown`` has the hits with what matched, for a person only.
    """

    query: str
    hits: Sequence[Hit]
    seconds: float
    error: str | None = None
    notes: Sequence[FoundNote] = ()
    shown: Sequence[FoundPassage] = ()


def added(entries: Iterable[Added]) -> Shape:
    """The object of ``add``."""
    return {"documents": [_entry(entry) for entry in entries]}


def listed(summaries: Iterable[DocumentSummary]) -> Shape:
    """The object of ``list``."""
    return {
        "documents": [
            {
                **_entry(summary.document),
                "prepared": round(summary.prepared, 4),
                "notes": dict(summary.notes),
                "missing": summary.missing,
            }
            for summary in summaries
        ]
    }


def folders(watched: Iterable[WatchedFolder]) -> Shape:
    """The object of ``folders``."""
    return {
        "folders": [
            {"path": one.path, "documents": one.documents, "missing": one.missing}
            for one in watched
        ]
    }


def removed(ids: Iterable[int]) -> Shape:
    """The object of ``remove``."""
    return {"removed": list(ids)}


def page(found: Page) -> Shape:
    """The object of ``page``."""
    return {"document_id": found.document_id, "page": found.number, "text": found.text}


def search(result: SearchResult) -> Shape:
    """The object of ``search`` for one query."""
    return {
        "hits": [_hit(hit) for hit in result.hits],
        "notes": [_found_note(found) for found in result.notes],
        "seconds": _seconds(result.seconds),
    }


def searches(results: Iterable[SearchResult]) -> Shape:
    """The object of ``search --queries``; a query that failed has no hits and an ``error``."""
    shaped = []
    for result in results:
        shape = {"query": result.query, **search(result)}
        if result.error is not None:
            shape["error"] = result.error
        shaped.append(shape)
    return {"results": shaped}


def answer(given: Answer, server: ServerSettings | None = None) -> Shape:
    """The object of ``ask``; not found: ``answer`` is null and ``citations`` is empty.

    ``server`` is there only where one is set up: the computer that answers come from.
    """
    shape = _answer(given)
    return shape if server is None else shape | {"server": server.host}


def _answer(given: Answer) -> Shape:
    return {
        "answer": given.text if given.found else None,
        "found": given.found,
        "route": given.route,
        "citations": [_citation(citation) for citation in given.citations if given.found],
        "usage": {
            "prompt_tokens": given.usage.prompt_tokens,
            "cached_tokens": given.usage.cached_tokens,
            "completion_tokens": given.usage.completion_tokens,
        },
        "seconds": {
            "load": _seconds(given.seconds.load),
            "first_token": _seconds(given.seconds.first_token),
            "total": _seconds(given.seconds.total),
        },
    }


def prepared(end: Prepared) -> Shape:
    """The object of ``prepare``."""
    return {
        "steps": {
            "done": end.steps.done,
            "failed": end.steps.failed,
            "pending": end.steps.pending,
        },
        "notes": {
            "verified": end.verified,
            "rejected": end.rejected,
            "by_kind": dict(end.by_kind),
            "rejected_by_reason": dict(end.rejected_by_reason),
        },
        "tokens": {
            "prompt": end.usage.prompt_tokens,
            "cached": end.usage.cached_tokens,
            "completion": end.usage.completion_tokens,
        },
        "seconds": _seconds(end.seconds),
        "stopped": end.stopped,
    }


def notes(found: Iterable[Note]) -> Shape:
    """The object of ``notes``."""
    return {
        "notes": [
            {
                "id": note.id,
                "kind": note.kind,
                "question": note.question,
                "text": note.text,
                "status": note.status,
                "reason": note.reason,
                "evidence": [_evidence(evidence) for evidence in note.evidence],
                "pass": note.pass_number,
                "predictability": note.predictability,
            }
            for note in found
        ]
    }


def _entry(document: Added | Document) -> Shape:
    return {
        "id": document.id,
        "path": document.path,
        "title": document.title,
        "pages": document.pages,
        "passages": document.passages,
        "status": document.status,
        "problem": document.problem,
        "failed_pages": list(document.failed_pages),
        "scanned_pages": list(document.scanned_pages),
        "seconds": _seconds(document.seconds),
    }


def _hit(hit: Hit) -> Shape:
    return {
        "document_id": hit.document_id,
        "document": hit.document,
        "page": hit.page,
        "score": float(hit.score),
        "text": hit.text,
        "start": hit.start,
        "end": hit.end,
    }


def _found_note(found: FoundNote) -> Shape:
    note = found.note
    return {
        "id": note.id,
        "question": note.question,
        "text": note.text,
        "score": round(found.score, 4),
        "evidence": [_evidence(evidence) for evidence in note.evidence],
    }


def _citation(citation: Citation) -> Shape:
    return {
        "document_id": citation.document_id,
        "document": citation.document,
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def _evidence(evidence: Evidence) -> Shape:
    return {
        "document_id": evidence.document_id,
        "page": evidence.page,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
    }


def _seconds(value: float) -> float:
    """Microseconds are plenty, and keep the output readable."""
    return round(float(value), 6)
