"""The command ``evaluate``: how good the library is at a person's own questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from docqa.console import shorten, table
from docqa.context import Context, Outcome
from docqa.errors import DocqaError
from docqa.human import count, moment, page_ranges
from docqa.measure import shape
from docqa.measure.bootstrap import Estimate
from docqa.measure.evaluation import EvaluationProgress, Miss, RetrievalReport
from docqa.measure.questions import read_questions
from docqa.measure.ranks import CUTS, Ranks
from docqa.measure.retrieval import DEPTH, Arm
from docqa.measure.summary import GAIN_CUT, Summary
from docqa.measure.web import page as web_page
from docqa.model import UNFINISHED
from docqa.workspace import Workspace

_METHODS = {"both": "search", "keywords": "keywords alone", "meaning": "meaning alone"}
_SCOPES = {"own": "in its own document", "all": "in all documents"}
_WIDTH = 96


def evaluate(context: Context) -> Outcome:
    """Measure finding with a question file; what cannot be asked is told, and exits with 1."""
    options = context.options
    questions, problems = read_questions(options.file)
    if not questions:
        reason = f" {problems[0].text}" if problems else ""
        raise DocqaError(f"There is no question in {options.file}.{reason}")
    with context.open(read_only=True) as workspace:
        context.check_scope(workspace)
        _tell_unfinished(context, workspace)
        context.console.progress("Loading the search model")
        for event in workspace.evaluate_retrieval(
            questions, problems, documents=options.documents, cancel=context.cancel
        ):
            if isinstance(event, EvaluationProgress):
                share = (event.done, event.total)
                context.console.progress("Searching", f"{event.done}/{event.total}", share)
            else:
                return _outcome(context, event)
    raise AssertionError("the evaluation did not end")


def _tell_unfinished(context: Context, workspace: Workspace) -> None:
    """Say that shares are too low as long as documents are being read."""
    names = [
        summary.document.title
        for summary in workspace.documents()
        if summary.document.status in UNFINISHED
    ]
    if names:
        context.console.hint(f"Still being read, so less is found: {', '.join(names)}")


def _outcome(context: Context, report: RetrievalReport) -> Outcome:
    data = shape.retrieval(report)
    if context.options.html is not None:
        _write(context.options.html, web_page(report, context.options.file.name))
    for problem in report.problems:
        context.console.hint(problem.text)
    lines = _lines(report, with_misses=context.options.misses)
    return Outcome(data, lines, 1 if report.problems else 0)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace")  # JSON may hold half characters
    except OSError as error:
        raise DocqaError(f"{path} cannot be written: choose another place.") from error


def _lines(report: RetrievalReport, *, with_misses: bool) -> Iterator[str]:
    yield f"{count(report.asked, 'question')} asked."
    if report.unanswerable:
        yield f"{count(report.unanswerable, 'question')} without a page left out."
    if report.elsewhere:
        yield f"{count(report.elsewhere, 'question')} about other documents left out."
    if report.problems:
        yield f"{count(len(report.problems), 'line')} could not be used."
    if report.summary is not None:
        yield from _summary(report.summary)
    missed = len(report.misses)
    if with_misses:
        for miss in report.misses:
            yield from _miss(miss)
    elif missed:
        yield ""
        yield f"{count(missed, 'question')} missed: --misses shows them."


def _summary(summary: Summary) -> Iterator[str]:
    yield ""
    yield "Share of questions whose page is among the first so many passages, in %:"
    head = ("", *(f"first {cut}" for cut in CUTS), f"95 % interval of first {GAIN_CUT}", "pages*")
    rows = [
        (
            _name(arm.arm),
            *(_percent(arm.passages[cut].value) for cut in CUTS),
            _interval(arm.passages[GAIN_CUT]),
            _percent(arm.pages[GAIN_CUT].value),
        )
        for arm in summary.arms
    ]
    yield from table(head, rows)
    yield f"* among the first {GAIN_CUT} distinct pages"
    yield ""
    for gain in summary.gains:
        low, high = gain.estimate.by_question.low, gain.estimate.by_question.high
        yield (
            f"{_name(gain.arm)}, over {_METHODS[gain.over]}: "
            f"{100 * gain.estimate.value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
        )
    yield f"A search took {moment(summary.median)}, 19 of 20 at most {moment(summary.slow)}."


def _miss(miss: Miss) -> Iterator[str]:
    yield ""
    yield f"Line {miss.line}: {shorten(miss.question, _WIDTH)}"
    yield f"  wanted: {miss.document}, page {page_ranges(miss.pages)}{_came_as(miss)}"
    if miss.unread:
        yield f"  page {page_ranges(miss.unread)} has no text that could be found"
    for number, spot in enumerate(miss.came, 1):
        yield f"  {number}. {spot.document}, page {spot.page}: {shorten(spot.text, _WIDTH - 30)}"


def _came_as(miss: Miss) -> str:
    parts = [_place(miss.ranks)]
    if miss.own is not None:
        parts.append(f"in its own document {_place(miss.own)}")
    return f" ({'; '.join(parts)})"


def _place(ranks: Ranks) -> str:
    if ranks.passage is None:
        return f"not among the first {DEPTH} passages"
    return f"came as passage {ranks.passage}"


def _name(arm: Arm) -> str:
    return f"{_METHODS[arm.method]}, {_SCOPES[arm.scope]}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"


def _interval(estimate: Estimate) -> str:
    text = f"{_span(estimate.by_question.low, estimate.by_question.high)}"
    other: Sequence[str] = ()
    if estimate.by_cluster is not None:
        other = (f"by group {_span(estimate.by_cluster.low, estimate.by_cluster.high)}",)
    return ", ".join((text, *other))


def _span(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f}"
