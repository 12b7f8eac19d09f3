"""How good the search were with weights that were chosen without the company asked about."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
from finding.fitting import judged, leave_one_out
from finding.libraries import Libraries, Library
from finding.sets import Sets
from table import Row

from docqa.index.fusion import WEIGHTS, Weights
from docqa.index.names import DocumentNames
from docqa.index.note_evidence import NoteEvidence
from docqa.index.passage_search import PassageSearch
from docqa.measure.places import PlacedQuestion, place
from docqa.measure.ranks import ranks, within
from docqa.process import Urgency

_SETS = ("financebench", "mmlongbench")
_CUT = 5
_TRIED = ("meaning", "keywords", "page", "name")
"""Weights that are halved and doubled; the sum does not matter, so the others are kept."""
_SCOPES = ("own", "all")

Scores = dict[Weights, list[float]]


def fitted(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Choose among the weights in use, and others near them, by all the other companies."""
    found: dict[tuple[str, str], Scores] = {}
    groups: dict[str, list[str]] = {}
    for name in _SETS:
        with libraries.pdfs(name, sets.pdfs(name)) as library:
            questions = place(sets.questions(name), library.documents).questions
            groups[name] = [f"{name}: {question.cluster}" for question in questions]
            for scope in _SCOPES:
                found[name, scope] = {}
            for weights in _candidates():
                search = _search(library, weights)
                for scope in _SCOPES:
                    found[name, scope][weights] = [_score(search, one, scope) for one in questions]
    chosen = leave_one_out(_together(found), [one for name in _SETS for one in groups[name]]).chosen
    rows = []
    for (name, scope), scores in found.items():
        value = float(np.mean(judged(scores, groups[name], chosen)))
        best = max(float(np.mean(each)) for each in scores.values())
        detail = f"as it is {np.mean(scores[WEIGHTS]):.3f}, best of {len(scores)} {best:.3f}"
        where = "own document" if scope == "own" else "all documents"
        text = f"{name}, {where}: weights fitted without the company"
        rows.append(Row(text, value, None, detail=detail))
    return tuple(rows)


def _candidates() -> Iterator[Weights]:
    yield WEIGHTS
    for name in _TRIED:
        for times in (0.5, 2.0):
            yield dataclasses.replace(WEIGHTS, **{name: times * getattr(WEIGHTS, name)})


def _together(found: dict[tuple[str, str], Scores]) -> Scores:
    """What each question of both sets scored, with its document and without."""
    return {
        weights: [
            own + all_
            for name in _SETS
            for own, all_ in zip(found[name, "own"][weights], found[name, "all"][weights],
                                 strict=True)
        ]
        for weights in _candidates()
    }  # fmt: skip


def _search(library: Library, weights: Weights) -> PassageSearch:
    semantics = library.search.side.semantics
    names = DocumentNames(library.store)
    return PassageSearch(
        library.store, semantics, names, NoteEvidence(library.store, semantics), weights
    )


def _score(search: PassageSearch, question: PlacedQuestion, scope: str) -> float:
    documents = question.own if scope == "own" else None
    hits = search.find(question.text, _CUT, documents, Urgency.ASKING, None)
    return within(ranks(hits, question.wanted).passage, _CUT)
