"""How often the right page is found: the starter embedder, no notes, no language model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np
from finding.libraries import Libraries, Library
from finding.sets import LANGUAGES, Article, Sets
from finding.textbook import Bm25
from numpy.typing import NDArray
from table import Row

from docqa.measure.bootstrap import Estimate, estimates
from docqa.measure.places import PlacedQuestion, place
from docqa.measure.retrieval import ARMS, Arm, Asked, Scope, ask, usual_seconds
from docqa.measure.summary import GAIN_CUT, gain, summarise_arm

_BARS: dict[str, dict[Scope, float]] = {
    "financebench": {"own": 0.70, "all": 0.55},
    "mmlongbench": {"own": 0.88, "all": 0.75},
}
_SQUAD_GAIN = 0.03
_ALL = tuple(arm for arm in ARMS if arm.scope == "all")
_BOTH = Arm("all", "both")
_FIRST = 8
"""Passages whose documents count where several are asked for."""


def financebench(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Filings, each question with its own document, and with all of them."""
    return _pages("financebench", sets, libraries)


def mmlongbench(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Long documents of all kinds, questions that text answers."""
    return _pages("mmlongbench", sets, libraries)


def squad(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """The paragraph among those of all articles; those that answer decide."""
    articles = sets.squad()
    with libraries.articles("squad", articles) as library:
        asked = _asked(library, _placed(articles, library), _ALL)
    answerable = [ok for article in articles for _, _, ok in article.questions]
    answered = [one for one, ok in zip(asked, answerable, strict=True) if ok]
    plain = _by_textbook(articles)
    return (
        _against_alone("squad", answered, bar=True),
        _against_alone("squad, unanswerable ones too", asked, bar=True),
        Row("squad: by textbook BM25", float(np.mean(plain[answerable])), None,
            detail=f"unanswerable ones too {_short(plain.mean())}"),
    )  # fmt: skip


def _by_textbook(articles: Sequence[Article]) -> NDArray[np.float64]:
    """For each question whether its paragraph is in the first five (1 or 0)."""
    places = [(one, number) for one in articles for number, _ in enumerate(one.paragraphs, 1)]
    ranking = Bm25([article.paragraphs[number - 1] for article, number in places])
    found = [
        (article, number) in [places[i] for i in ranking.first(text, GAIN_CUT)]
        for article in articles
        for text, number, _ in article.questions
    ]
    return np.array(found, np.float64)


def xquad(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """The same paragraphs and questions in five languages; for information."""
    rows = []
    for language in LANGUAGES:
        articles = sets.xquad(language)
        with libraries.articles(f"xquad-{language}", articles) as library:
            asked = _asked(library, _placed(articles, library), _ALL)
        rows.append(_against_alone(f"xquad {language}", asked, bar=False))
    return tuple(rows)


def sec10q(sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    """Which documents are among the first passages, where one or several are needed."""
    one: list[float] = []
    several: list[float] = []
    complete: list[float] = []
    with libraries.pdfs("sec10q", sets.pdfs("sec10q")) as library:
        names = {document.id: PurePath(document.path).stem for document in library.documents}
        for question in sets.comparisons():
            hits = library.search.search(question.text, k=_FIRST)
            found = {names[hit.document_id] for hit in hits}
            share = len(question.documents & found) / len(question.documents)
            if len(question.documents) > 1:
                several.append(share)
                complete.append(float(share == 1.0))
            else:
                first = [names[hit.document_id] for hit in hits[:1]]
                one.append(float(set(first) == question.documents))
    texts = (
        (one, "sec10q: first passage of the one document asked about"),
        (several, f"sec10q: documents asked about among the first {_FIRST}"),
        (complete, f"sec10q: all of them among the first {_FIRST}"),
    )
    return tuple(
        Row(text, float(np.mean(shares)), None, detail=_sure(_single(shares)))
        for shares, text in texts
    )


def _pages(name: str, sets: Sets, libraries: Libraries) -> tuple[Row, ...]:
    with libraries.pdfs(name, sets.pdfs(name)) as library:
        placed = place(sets.questions(name), library.documents)
        if placed.problems:
            return (Row(name, None, 1.0, detail=placed.problems[0].text),)
        seconds = [usual_seconds(library.search, one.text, None) for one in placed.questions]
        asked = _asked(library, placed.questions, ARMS)
    rows = [_bar_row(name, asked, scope, bar) for scope, bar in _BARS[name].items()]
    slow, middle = (1000 * float(np.quantile(seconds, part)) for part in (0.95, 0.5))
    detail = f"95 %: {slow:.0f} ms; {len(asked)} questions, embedding included"
    rows.append(Row(f"{name}: a search, median", middle, None, unit=" ms", detail=detail))
    return tuple(rows)


def _bar_row(name: str, asked: Sequence[Asked], scope: Scope, bar: float) -> Row:
    """The share with a page among the first five passages, and what else there is to say of it."""
    found = summarise_arm(asked, Arm(scope, "both"))
    alone = (summarise_arm(asked, Arm(scope, method)) for method in ("keywords", "meaning"))
    words, meaning = (one.passages[GAIN_CUT].value for one in alone)
    pages = " ".join(f"{cut}: {_short(one.value)}" for cut, one in found.pages.items())
    detail = (
        f"{_sure(found.passages[GAIN_CUT])}; keywords {_short(words)}, meaning {_short(meaning)}; "
        f"gain {_gains(asked, scope)}; in the first pages {pages}; MRR {_short(found.mrr.value)}; "
        f"{len(asked)} questions"
    )
    where = "own document" if scope == "own" else "all documents"
    return Row(f"{name}, {where}: page in the first 5", found.passages[GAIN_CUT].value, bar,
               detail=detail)  # fmt: skip


def _against_alone(name: str, asked: Sequence[Asked], *, bar: bool) -> Row:
    """The share of the search against the better of its two legs."""
    shares = {arm.method: summarise_arm(asked, arm).passages for arm in _ALL}
    found, words, meaning = (shares[method] for method in ("both", "keywords", "meaning"))
    best = max(words[GAIN_CUT].value, meaning[GAIN_CUT].value)
    alone = (
        f"{cut}: {_short(found[cut].value)}, keywords {_short(words[cut].value)}, "
        f"meaning {_short(meaning[cut].value)}"
        for cut in (GAIN_CUT, 1)
    )
    detail = (
        f"{_sure(found[GAIN_CUT])}; in the first {'; in the first '.join(alone)}; "
        f"gain {_gains(asked, 'all')}; {len(asked)} questions"
    )
    return Row(
        f"{name}: paragraph in the first {GAIN_CUT}",
        found[GAIN_CUT].value,
        best + _SQUAD_GAIN if bar else None,
        detail=detail,
    )


def _gains(asked: Sequence[Asked], scope: Scope) -> str:
    arm = Arm(scope, "both")
    words, meaning = (gain(asked, arm, over).estimate for over in ("keywords", "meaning"))
    return f"over keywords {_signed(words)}, over meaning {_signed(meaning)}"


def _placed(articles: Sequence[Article], library: Library) -> list[PlacedQuestion]:
    ids = {document.title: document.id for document in library.documents}
    return [
        PlacedQuestion(0, text, frozenset({(ids[article.title], page)}), (ids[article.title],),
                       article.title)
        for article in articles
        for text, page, _ in article.questions
    ]  # fmt: skip


def _asked(
    library: Library, questions: Sequence[PlacedQuestion], arms: Sequence[Arm]
) -> list[Asked]:
    return [ask(library.search, question, arms) for question in questions]


def _single(values: Sequence[float]) -> Estimate:
    return estimates(np.array(values)[:, None], range(len(values)))[0]


def _sure(estimate: Estimate) -> str:
    """The intervals: by question, and by document."""
    one, other = estimate.by_question, estimate.by_cluster
    text = f"{_short(one.low)}–{_short(one.high)}"
    return (
        text if other is None else f"{text} (by document {_short(other.low)}–{_short(other.high)})"
    )


def _signed(estimate: Estimate) -> str:
    low, high = estimate.by_question.low, estimate.by_question.high
    return f"{estimate.value:+.3f} ({low:+.2f} to {high:+.2f})"


def _short(value: float) -> str:
    return f"{value:.3f}".lstrip("0") if 0 <= value < 1 else f"{value:.3f}"
