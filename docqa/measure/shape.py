"""What a script gets of a measurement: plain dictionaries, as the command line's contract says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docqa.measure.bootstrap import Estimate, Interval
from docqa.measure.evaluation import Miss, RetrievalReport
from docqa.measure.ranks import Ranks
from docqa.measure.summary import GAIN_CUT, ArmSummary, Gain

Shape = dict[str, Any]


def retrieval(report: RetrievalReport) -> Shape:
    """The object of ``evaluate --retrieval``; without a question that was asked, ``arms`` is []."""
    summary = report.summary
    return {
        "questions": {
            "asked": report.asked,
            "unanswerable": report.unanswerable,
            "elsewhere": report.elsewhere,
        },
        "problems": [{"line": one.line, "problem": one.text} for one in report.problems],
        "arms": [_arm(arm) for arm in summary.arms] if summary else [],
        "gains": [_gain(gain) for gain in summary.gains] if summary else [],
        "seconds": {
            "p50": round(summary.median, 6) if summary else None,
            "p95": round(summary.slow, 6) if summary else None,
        },
        "misses": [_miss(miss) for miss in report.misses],
    }


def _arm(summary: ArmSummary) -> Shape:
    return {
        "scope": summary.arm.scope,
        "method": summary.arm.method,
        "questions": summary.questions,
        "passages": _cuts(summary.passages),
        "pages": _cuts(summary.pages),
        "mrr": _estimate(summary.mrr),
    }


def _cuts(by_cut: Mapping[int, Estimate]) -> Shape:
    return {str(cut): _estimate(estimate) for cut, estimate in by_cut.items()}


def _gain(gain: Gain) -> Shape:
    return {
        "scope": gain.arm.scope,
        "method": gain.arm.method,
        "over": gain.over,
        "passages": GAIN_CUT,
        **_estimate(gain.estimate),
    }


def _estimate(estimate: Estimate) -> Shape:
    clustered = estimate.by_cluster
    return {
        "value": round(estimate.value, 6),
        "interval": _interval(estimate.by_question),
        "interval_by_group": None if clustered is None else _interval(clustered),
    }


def _interval(interval: Interval) -> list[float]:
    return [round(interval.low, 6), round(interval.high, 6)]


def _miss(miss: Miss) -> Shape:
    return {
        "line": miss.line,
        "question": miss.question,
        "document_id": miss.document_id,
        "document": miss.document,
        "pages": list(miss.pages),
        "pages_without_text": list(miss.unread),
        "rank": _rank(miss.ranks),
        "rank_in_own_document": None if miss.own is None else _rank(miss.own),
        "came": [
            {
                "document_id": spot.document_id,
                "document": spot.document,
                "page": spot.page,
                "text": spot.text,
            }
            for spot in miss.came
        ],
    }


def _rank(ranks: Ranks) -> Shape:
    return {"passage": ranks.passage, "page": ranks.page}
