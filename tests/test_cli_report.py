"""The command line's contract, key by key and in order."""

from docqa import report
from docqa.model import (
    Added,
    Answer,
    Citation,
    Document,
    DocumentSummary,
    Evidence,
    FoundNote,
    Hit,
    Marked,
    Note,
    Page,
    Prepared,
    Seconds,
    StepCounts,
    Usage,
    WatchedFolder,
)
from docqa.report import SearchResult
from docqa.settings import ServerSettings

ENTRY = ["id", "path", "title", "pages", "passages", "status", "problem", "failed_pages"]
ENTRY += ["scanned_pages", "seconds"]
HIT = Hit(7, 1, "Report", 3, 0.75, "cut", 10, 13, similarity=0.6, overlap=0.5)


def test_add():
    entry = Added(None, "/x.pdf", "x", 0, 0, "failed", "No such file.", (), (2, 3), 0.25)
    (shape,) = report.added([entry])["documents"]
    assert list(shape) == ENTRY
    assert shape["id"] is None
    assert shape["scanned_pages"] == [2, 3]


def test_list():
    document = Document(4, "/x.pdf", "ab", "X", 8, 40, "ready")
    summary = DocumentSummary(document, 0.5, {"question": 3})
    (shape,) = report.listed([summary])["documents"]
    assert list(shape) == [*ENTRY, "prepared", "notes", "missing"]
    assert (shape["prepared"], shape["notes"]) == (0.5, {"question": 3})


def test_folders():
    shape = report.folders([WatchedFolder("/a", 3, 1)])
    assert shape == {"folders": [{"path": "/a", "documents": 3, "missing": 1}]}


def test_remove_and_page():
    assert report.removed([1, 3]) == {"removed": [1, 3]}
    page = Page(4, 2, "text", label="ii")
    assert report.page(page) == {"document_id": 4, "page": 2, "text": "text"}


def test_search():
    shape = report.search(SearchResult("q", [HIT], 0.01))
    assert list(shape) == ["hits", "notes", "seconds"]
    assert shape["hits"] == [
        {
            "document_id": 1,
            "document": "Report",
            "page": 3,
            "score": 0.75,
            "text": "cut",
            "start": 10,
            "end": 13,
        }
    ]


def test_many_queries_keep_their_order_and_their_failures():
    results = [SearchResult("b", [HIT], 0.1), SearchResult("a", [], 0.0, "Too long.")]
    first, second = report.searches(results)["results"]
    assert list(first) == ["query", "hits", "notes", "seconds"]
    assert second == {"query": "a", "hits": [], "notes": [], "seconds": 0.0, "error": "Too long."}


def test_search_tells_notes_with_their_evidence():
    evidence = Evidence(1, 3, 10, 13, "cut")
    note = Note(9, 1, "question", "Was it cut?", "It was cut.", "verified", (evidence,))
    found = FoundNote(note, "Report", 0.5, Marked("Was it cut?"), Marked("It was cut."))
    assert report.search(SearchResult("cut", [], 0.01, notes=[found]))["notes"] == [
        {
            "id": 9,
            "question": "Was it cut?",
            "text": "It was cut.",
            "score": 0.5,
            "evidence": [{"document_id": 1, "page": 3, "start": 10, "end": 13, "quote": "cut"}],
        }
    ]


def test_ask():
    given = Answer(
        "q",
        "45 days.",
        True,
        "passages",
        citations=(Citation(1, "Report", 3, "within 45 days", 10, 24),),
        usage=Usage(300, 100, 12),
        seconds=Seconds(1.5, 0.25, 0.75),
    )
    assert report.answer(given) == {
        "answer": "45 days.",
        "found": True,
        "route": "passages",
        "citations": [
            {
                "document_id": 1,
                "document": "Report",
                "page": 3,
                "quote": "within 45 days",
                "start": 10,
                "end": 24,
            }
        ],
        "usage": {"prompt_tokens": 300, "cached_tokens": 100, "completion_tokens": 12},
        "seconds": {"load": 1.5, "first_token": 0.25, "total": 0.75},
    }


def test_not_found_has_neither_an_answer_nor_citations():
    shape = report.answer(Answer("q", None, False, "not_found", nearest=(HIT,)))
    assert (shape["answer"], shape["found"], shape["citations"]) == (None, False, [])
    assert shape["route"] == "not_found"


def test_prepare():
    end = Prepared(
        StepCounts(5, 1, 2), 7, 3, {"fact": 7}, {"unsupported": 3}, Usage(9, 4, 2), 61.0, "budget"
    )
    assert report.prepared(end) == {
        "steps": {"done": 5, "failed": 1, "pending": 2},
        "notes": {
            "verified": 7,
            "rejected": 3,
            "by_kind": {"fact": 7},
            "rejected_by_reason": {"unsupported": 3},
        },
        "tokens": {"prompt": 9, "cached": 4, "completion": 2},
        "seconds": 61.0,
        "stopped": "budget",
    }


def test_notes():
    note = Note(1, 4, "question", "Q?", "A.", "verified", (Evidence(4, 2, 0, 2, "A."),))
    (shape,) = report.notes([note])["notes"]
    assert shape == {
        "id": 1,
        "kind": "question",
        "question": "Q?",
        "text": "A.",
        "status": "verified",
        "reason": None,
        "evidence": [{"document_id": 4, "page": 2, "start": 0, "end": 2, "quote": "A."}],
        "pass": 1,
        "predictability": None,
    }


def test_an_answer_names_the_server_only_where_there_is_one():
    given = Answer("q", None, False, "not_found")
    assert "server" not in report.answer(given)
    server = ServerSettings("http://gpu.lan:8080/v1", api_key="secret")
    assert report.answer(given, server) == report.answer(given) | {"server": "gpu.lan"}
