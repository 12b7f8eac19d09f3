"""What a person reads in the terminal."""

from docqa import human
from docqa.model import (
    Added,
    Answer,
    AnswerSentence,
    Citation,
    Document,
    DocumentSummary,
    Evidence,
    FoundNote,
    FoundPassage,
    Hit,
    Marked,
    Note,
    Prepared,
    Seconds,
    StepCounts,
    Usage,
    WatchedFolder,
)
from docqa.report import SearchResult

CITATION = Citation(1, "Report", 3, "It falls due within 45 days.", 10, 38)
ANSWER = Answer(
    "q",
    "It is 45 days.",
    True,
    "passages",
    citations=(CITATION,),
    sentences=(AnswerSentence("It is 45 days.", (1,)),),
    usage=Usage(300, 100, 12),
    seconds=Seconds(0, 0.25, 0.75),
)


def test_an_answer_shows_its_source_and_its_cost():
    assert list(human.answer(ANSWER)) == [
        "It is 45 days. [1]",
        "",
        "[1] Report, page 3",
        "    “It falls due within 45 days.”",
        "(read just now; 300 tokens read (100 remembered), 12 written; "
        "first word after 0.25 s, 0.75 s in all)",
    ]


def test_an_answer_that_was_streamed_is_not_repeated_unless_it_changed():
    assert "It is 45 days. [1]" not in list(human.answer(ANSWER, streamed="It is 45 days.\n"))
    corrected = list(human.answer(ANSWER, streamed="It is 54"))
    assert corrected[:2] == ["Checked against the pages, the answer is:", "It is 45 days. [1]"]


def test_not_found_says_where_to_look():
    nearest = (Hit(7, 1, "Report", 3, 0.2, "some text", 0, 9),)
    lines = list(human.answer(Answer("q", None, False, "not_found", nearest=nearest)))
    assert lines[:2] == ["Not found in your documents.", "  nearest: Report, page 3: some text"]


def test_an_added_document_says_what_is_missing():
    problem = "Page 1 is damaged and could not be read."
    entry = Added(1, "/x.pdf", "X", 9, 20, "partial", problem, (1,), (), 2.0)
    assert list(human.added(entry)) == [
        "Partly  X (id 1): 9 pages, 20 passages, 2.0 s",
        "        Page 1 is damaged and could not be read.",
    ]


def test_a_failed_path_says_why():
    entry = Added(None, "/x.pdf", "x", 0, 0, "failed", "There is no such file.")
    assert list(human.added(entry)) == ["Failed  /x.pdf", "        There is no such file."]


def test_an_empty_library_says_what_to_do():
    assert "docqa add" in next(human.listed([]))


def test_the_library_is_a_table():
    document = Document(4, "/x.pdf", "ab", "X", 8, 40, "ready")
    summary = DocumentSummary(document, 0.5, {"question": 3, "fact": 1})
    assert list(human.listed([summary])) == [
        "id  title  pages  state  prepared  notes",
        " 4  X          8  ready      50 %  3 questions, 1 fact",
    ]


def test_a_document_whose_file_is_missing_says_so():
    document = Document(4, "/x.pdf", "ab", "X", 8, 40, "ready")
    *_, last = human.listed([DocumentSummary(document, 0.0, missing=True)])
    assert last == "4: Its file is not where it was: /x.pdf"


def test_a_file_that_went_away_is_told():
    document = Document(4, "/x.pdf", "ab", "X", 8, 40, "ready")
    assert human.missing(document) == "Missing X (id 4): /x.pdf"


def test_a_passage_shows_where_the_words_stand():
    hit = Hit(7, 1, "Report", 3, 0.2, "text", 0, 4)
    snippet = Marked("… It has free cash flow in plenty.", ((9, 13), (14, 18), (27, 33)))
    shown = [FoundPassage(hit, snippet)]
    lines = list(human.found(SearchResult("q", [hit], 0.01, shown=shown)))
    assert lines == [
        "1. Report, page 3  (score 0.20)",
        "   … It has *free cash* flow in *plenty*.",
        "",
        "1 passage in 10 ms",
    ]


def test_passages_without_any_of_the_words_are_told_as_such():
    hit = Hit(7, 1, "Report", 3, 0.2, "text", 0, 4)
    shown = [FoundPassage(hit, Marked("Something else."))]
    first = next(human.found(SearchResult("q", [hit], 0.01, shown=shown)))
    assert first == "No passage has these words; the nearest in meaning:"


def test_notes_that_fit_come_after_the_passages():
    evidence = Evidence(1, 3, 10, 13, "cut")
    asked = Note(9, 1, "question", "Was it cut?", "It was cut.", "verified", (evidence,))
    fact = Note(10, 1, "fact", None, "It is cut.", "verified", (evidence,))
    found = [
        FoundNote(asked, "Report", 0.5, Marked("Was it cut?", ((7, 10),)), Marked("It was cut.")),
        FoundNote(fact, "Report", 0.5, Marked(""), Marked("It is cut.")),
    ]
    assert list(human.found(SearchResult("cut", [], 0.01, notes=found)))[:4] == [
        "Prepared answers",
        "- Was it *cut*?",
        "  It was cut. (Report, page 3)",
        "- It is cut. (Report, page 3)",
    ]


def test_watched_folders():
    assert "docqa watch" in next(human.folders([]))
    folders = [WatchedFolder("/a", 1, 0), WatchedFolder("/b", 3, 2)]
    assert list(human.folders(folders)) == ["/a: 1 document", "/b: 3 documents, 2 missing"]


def test_a_preparation_says_what_it_kept_and_why_not_the_rest():
    end = Prepared(
        StepCounts(1, 0, 2), 3, 2, {"fact": 3}, {"number differs": 2}, Usage(9, 4, 2), 61, "budget"
    )
    assert list(human.prepared(end)) == [
        "Prepared for 1:01 min: 1 step done, 0 failed, 2 pending (the time is used up).",
        "3 notes kept (3 facts), 2 rejected.",
        "     2 rejected: number differs",
        "9 tokens read (4 remembered), 2 written.",
    ]


def test_several_added_files_are_summed_up():
    entries = [
        Added(number, "/x.pdf", "x", 1, 1, status)
        for number, status in enumerate(("ready", "failed", "ready"))
    ]
    assert list(human.added_all(entries)) == ["2 added, 1 failed."]
    assert list(human.added_all(entries[:1])) == []


def test_a_note_names_each_page_once():
    evidence = (Evidence(4, 2, 0, 2, "A\nB"), Evidence(4, 2, 5, 7, "C"))
    note = Note(1, 4, "question", "Q?", "A.", "rejected", evidence, reason="form")
    assert list(human.notes([note])) == [
        "   1  question rejected (form)  document 4, page 2",
        "      Q?",
        "      A.",
        "          “A B”",
        "          “C”",
    ]


def test_short_times_are_told_in_milliseconds():
    assert [human.moment(seconds) for seconds in (1.254, 0.042, 0.0001)] == [
        "1.25 s",
        "42 ms",
        "0.1 ms",
    ]
