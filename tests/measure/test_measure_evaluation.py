"""The whole measurement, with a real search over a few short documents."""

import json

import pytest

from docqa.errors import Cancelled
from docqa.index.contents import Sizes
from docqa.index.search import Search
from docqa.index.shelf import Shelf
from docqa.measure import shape
from docqa.measure.evaluation import Evaluation, EvaluationProgress
from docqa.measure.questions import FiledQuestion, Problem
from docqa.measure.ranks import Ranks
from docqa.measure.retrieval import Arm
from docqa.measure.web import page as web_page
from docqa.model import Page, Passage
from docqa.process import Cancel
from docqa.store.store import Store

ORCHARD = (
    "The orchard of Greta Lindqvist has 1,250 apple trees and 340 pear trees.",
    "Pickers are paid 14.50 euros an hour in the harvest of 2021.",
    "Frost in April destroyed half of the blossoms, so that wind machines were bought.",
    "Cider is pressed on the farm and kept in oak barrels for eleven months.",
    "The barn was built in 1890 from stones of the old mill.",
    "Honey is sold at the gate on Sundays.",
    "",
)
FERRY = (
    "The ferry Aurora carries 600 passengers and 90 cars across the strait in 45 minutes.",
    "A ticket for adults costs 18 euros; children under six travel for free.",
)


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "workspace" / "workspace.db") as store:
        yield store


@pytest.fixture
def evaluation(store, starter_embedder, tmp_path):
    for title, texts in (("Orchard", ORCHARD), ("Ferry", FERRY)):
        id = store.documents.create(f"/pdfs/{title}.pdf", title, title)
        pages = [Page(id, number, text) for number, text in enumerate(texts, 1)]
        passages = [
            Passage(0, id, p.number, 0, len(p.text), p.text, title) for p in pages if p.text
        ]
        store.pages.replace(id, pages, [], passages)
        store.documents.update(id, pages=len(pages), status="ready")
    search = Search(store, starter_embedder, tmp_path / "workspace")
    for _ in search.index_passages():
        pass
    return Evaluation(store, search)


def question(line, text, document, *pages):
    return FiledQuestion(line, text, document, pages)


EASY = (
    question(1, "What does a ticket for adults cost?", "Ferry", 2),
    question(2, "How many apple trees are there?", "Orchard.pdf", 1),
    question(3, "How long is cider kept in barrels?", "Orchard", 4),
)


def report_of(evaluation, questions, **options):
    *progress, report = evaluation.run(questions, **options)
    assert progress == [
        EvaluationProgress(number, len(progress)) for number in range(1, len(progress) + 1)
    ]
    return report


def test_easy_questions_are_found_by_every_way(evaluation):
    report = report_of(evaluation, EASY)
    assert (report.asked, report.problems, report.misses) == (3, (), ())
    assert len(report.summary.arms) == 6
    for arm in report.summary.arms:
        assert arm.questions == 3
        assert arm.passages[5].value == arm.pages[5].value == 1.0
    assert {(gain.arm.scope, gain.over) for gain in report.summary.gains} == {
        (scope, over) for scope in ("own", "all") for over in ("keywords", "meaning")
    }
    assert all(gain.estimate.value == 0.0 for gain in report.summary.gains)
    assert 0 < report.summary.median <= report.summary.slow


def test_a_miss_says_what_was_wanted_and_what_came_instead(evaluation):
    wrong = question(4, "How many passengers does the ferry Aurora carry?", "Orchard", 7)
    report = report_of(evaluation, [*EASY, wrong])
    (miss,) = report.misses
    assert (miss.line, miss.document, miss.pages, miss.unread) == (4, "Orchard", (7,), (7,))
    assert miss.ranks == miss.own == Ranks(None, None)
    assert (miss.came[0].document, miss.came[0].page) == ("Ferry", 1)
    share = next(one for one in report.summary.arms if one.arm == Arm("all", "both"))
    assert share.passages[5].value == 0.75


@pytest.mark.usefixtures("evaluation")
def test_all_vectors_are_read_before_it_is_measured(store, starter_embedder, tmp_path, monkeypatch):
    monkeypatch.setattr("docqa.index.shelf.Sizes", lambda: Sizes(at_once=1))
    monkeypatch.setattr(Shelf, "_begin_to_rebuild", lambda shelf: None)
    search = Search(store, starter_embedder, tmp_path / "workspace")
    report = report_of(Evaluation(store, search), EASY)
    (arm,) = (one for one in report.summary.arms if one.arm == Arm("all", "meaning"))
    assert arm.passages[5].value == 1.0


def test_the_ways_differ_where_no_word_is_the_same(evaluation):
    meant = question(1, "Price for grown-ups?", "Ferry", 2)
    report = report_of(evaluation, [meant])
    arms = [one for one in report.summary.arms if one.arm.scope == "all"]
    shares = {one.arm.method: one.passages[1].value for one in arms}
    assert shares == {"keywords": 0.0, "meaning": 1.0, "both": 1.0}
    gains = {one.over: one.estimate.value for one in report.summary.gains if one.arm.scope == "all"}
    assert gains == {"keywords": 1.0, "meaning": 0.0}


def test_a_document_alone_is_not_compared_with_itself(evaluation, store):
    (ferry,) = [one.id for one in store.documents.all() if one.title == "Ferry"]
    report = report_of(evaluation, EASY, documents=[ferry])
    assert (report.asked, report.elsewhere) == (1, 2)
    assert {one.arm.scope for one in report.summary.arms} == {"all"}


def test_problems_come_in_the_order_of_the_lines(evaluation):
    early = Problem(1, "Line 1: it is not JSON.")
    filed = [question(3, "Why?", "nowhere", 1), question(2, "???", "Ferry", 1)]
    report = report_of(evaluation, filed, problems=[early])
    assert [problem.line for problem in report.problems] == [1, 2, 3]
    assert report.problems[1].text == "Line 2: The question has no words: type a question."
    assert (report.asked, report.summary) == (0, None)
    assert shape.retrieval(report)["arms"] == []


def test_it_can_be_stopped(evaluation):
    cancel = Cancel()
    events = evaluation.run(EASY, cancel=cancel)
    next(events)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)


def test_a_script_gets_plain_values(evaluation):
    report = report_of(evaluation, EASY)
    data = json.loads(json.dumps(shape.retrieval(report), allow_nan=False))
    first = data["arms"][0]
    assert (first["scope"], first["method"]) == ("own", "keywords")
    assert first["passages"]["5"] == {
        "value": 1.0, "interval": [1.0, 1.0], "interval_by_group": [1.0, 1.0]
    }  # fmt: skip
    assert data["questions"] == {"asked": 3, "unanswerable": 0, "elsewhere": 0}


def test_the_page_for_a_browser_shows_all_and_runs_nothing(evaluation):
    hostile = question(4, "Where is <script>alert(1)</script> the mill?", "Ferry", 2)
    text = web_page(report_of(evaluation, [*EASY, hostile]), "my <b>.jsonl")
    assert "<h1>Finding: my &lt;b&gt;.jsonl</h1>" in text
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "search, all documents" in text
