"""A measurement as one page for a browser, with everything in it and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from docqa.measure.bootstrap import Estimate
from docqa.measure.evaluation import Miss, RetrievalReport
from docqa.measure.ranks import CUTS
from docqa.measure.summary import GAIN_CUT, ArmSummary, Gain, Summary

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { padding: .25em .8em; text-align: left; border-bottom: 1px solid #8884; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.track { position: relative; width: 16em; height: 1em; background: #8882; }
.fill { position: absolute; inset: 0 auto 0 0; background: #4a7ebb; }
.span { position: absolute; top: .35em; height: .3em; background: #000a; }
.small { opacity: .75; font-size: 90%; }
"""
_METHODS = {"both": "search", "keywords": "keywords alone", "meaning": "meaning alone"}
_SCOPES = {"own": "its own document", "all": "all documents"}
_SHOWN = 300
"""Characters of a passage that came instead."""


def page(report: RetrievalReport, name: str) -> str:
    """The whole page; ``name`` is the question file's."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>Finding: {escape(name)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Finding: {escape(name)}</h1>",
        f"<p>{report.asked} questions asked; {report.unanswerable} without a page and "
        f"{report.elsewhere} about other documents left out.</p>",
        *(f"<p>{escape(problem.text)}</p>" for problem in report.problems),
        *(_summary(report.summary) if report.summary else ()),
        "<h2>Missed</h2>" if report.misses else "",
        *(_miss(miss) for miss in report.misses),
        "</body></html>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _summary(summary: Summary) -> Iterator[str]:
    yield f"<h2>Page among the first {GAIN_CUT} passages</h2>"
    head = ("", "", "%", "95 %", *(f"first {cut}" for cut in CUTS), "MRR", "questions")
    yield _table(head, (_arm(arm) for arm in summary.arms))
    yield '<p class="small">The dark line is the 95 % interval by question.</p>'
    if summary.gains:
        yield "<h2>Gains, question by question</h2>"
        yield _table(("", "over", "points", "95 %"), (_gain(gain) for gain in summary.gains))
    yield (
        f"<p>A search took {1000 * summary.median:.0f} ms, "
        f"19 of 20 at most {1000 * summary.slow:.0f} ms.</p>"
    )


def _table(head: Iterable[str], rows: Iterable[str]) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f"<table><tr>{names}</tr>\n{chr(10).join(rows)}</table>"


def _arm(summary: ArmSummary) -> str:
    share = summary.passages[GAIN_CUT]
    cells = (
        f"<td>{_METHODS[summary.arm.method]}, {_SCOPES[summary.arm.scope]}</td>",
        f"<td>{_bar(share)}</td>",
        _number(f"{100 * share.value:.1f}"),
        _number(_span(share)),
        *(_number(f"{100 * summary.passages[cut].value:.1f}") for cut in CUTS),
        _number(f"{summary.mrr.value:.3f}"),
        _number(str(summary.questions)),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _gain(gain: Gain) -> str:
    cells = (
        f"<td>{_METHODS[gain.arm.method]}, {_SCOPES[gain.arm.scope]}</td>",
        f"<td>{_METHODS[gain.over]}</td>",
        _number(f"{100 * gain.estimate.value:+.1f}"),
        _number(_span(gain.estimate)),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _bar(share: Estimate) -> str:
    low, high = share.by_question.low, share.by_question.high
    return (
        f'<div class="track"><div class="fill" style="width:{100 * share.value:.1f}%"></div>'
        f'<div class="span" style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></div>'
        "</div>"
    )


def _number(text: str) -> str:
    return f'<td class="n">{text}</td>'


def _span(estimate: Estimate) -> str:
    return f"{100 * estimate.by_question.low:.0f} to {100 * estimate.by_question.high:.0f}"


def _miss(miss: Miss) -> str:
    pages = ", ".join(map(str, miss.pages))
    place = "not found" if miss.ranks.passage is None else f"came as passage {miss.ranks.passage}"
    came = "".join(
        f"<li>{escape(spot.document)}, page {spot.page}: "
        f'<span class="small">{escape(" ".join(spot.text.split())[:_SHOWN])}</span></li>'
        for spot in miss.came
    )
    return (
        f"<p><b>{escape(miss.question)}</b> (line {miss.line})<br>"
        f"wanted: {escape(miss.document)}, page {pages}; {place}</p><ol>{came}</ol>"
    )
