"""Asking the sample document, from the question to the citation."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docqa.answer.route import EVIDENCE_TOKENS
from docqa.errors import Cancelled, DocqaError
from docqa.model import NO_SOURCE, Added, Answer, Delta, Evidence, Note, Usage
from docqa.process import Cancel
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME, Workspace

QUESTIONS = Path(__file__).resolve().parents[2] / "resources" / "sample_questions.jsonl"
CHAIR = "Who is the chair of the board?"


@pytest.fixture(scope="module")
def workspace(sample_home, opener, tmp_path_factory) -> Iterator[Workspace]:
    """The sample document without any notes."""
    directory = shutil.copytree(sample_home, tmp_path_factory.mktemp("asked") / "workspace")
    workspace, let_go = opener(directory)
    yield workspace
    let_go()


def ask(workspace: Workspace, question: str, **options) -> Answer:
    *pieces, answer = workspace.ask(question, **options)
    assert all(isinstance(piece, Delta) for piece in pieces)
    assert isinstance(answer, Answer)
    return answer


def assert_verbatim(workspace: Workspace, answer: Answer) -> None:
    for citation in answer.citations:
        page = workspace.page(citation.document_id, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote != ""


def assert_marked(answer: Answer) -> None:
    """What has no source is marked in the text, and numbers point to citations."""
    assert answer.text is not None
    assert answer.text.count(NO_SOURCE) == sum(not s.citations for s in answer.sentences)
    used = {number for sentence in answer.sentences for number in sentence.citations}
    assert used == set(range(1, len(answer.citations) + 1))


def test_the_checked_in_questions(workspace):
    questions = [json.loads(line) for line in QUESTIONS.read_text().splitlines()]
    right_page, not_found = [], []
    for question in questions:
        answer = ask(workspace, question["question"], verbosity="brief")
        if answer.found:
            assert answer.citations
            assert answer.route == "passages"
            assert_verbatim(workspace, answer)
            assert_marked(answer)
            assert 0 < answer.usage.prompt_tokens <= EVIDENCE_TOKENS + 120
        else:
            assert (answer.text, answer.route, answer.citations) == (None, "not_found", ())
            assert 0 < len(answer.nearest) <= 3
        if question["kind"] == "not_found":
            not_found.append(not answer.found)
        else:
            right_page.append(question["page"] in {c.page for c in answer.citations})
    assert (len(right_page), len(not_found)) == (14, 6)
    assert sum(right_page) >= 11
    assert sum(not_found) >= 5


def test_the_answer_is_written_piece_by_piece(workspace):
    *pieces, answer = workspace.ask(CHAIR)
    assert len(pieces) > 2
    assert answer.found
    assert "Ingrid Halloran" in answer.text
    assert 0 < answer.seconds.first_token <= answer.seconds.total
    assert answer.usage.completion_tokens > 0
    assert workspace.history()[-1] == answer


@pytest.mark.parametrize(
    ("question", "options", "sentence"),
    [
        ("", {}, "The question is empty: type what you want to know."),
        (" \n ", {}, "The question is empty: type what you want to know."),
        ("???", {}, "The question has no words: type a question."),
        ("x" * 100_000, {}, "The question has 100,000 characters: ask it in at most 2,000."),
        (CHAIR, {"documents": [77]}, "There is no document 77: see the list of documents."),
        (CHAIR, {"route": "notes"}, "Answering from notes alone is not there yet"),
        (CHAIR, {"route": "deep"}, "The deep route is not there yet"),
    ],
)
def test_a_question_that_cannot_be_asked(workspace, question, options, sentence):
    before = workspace.history()
    with pytest.raises(DocqaError) as caught:
        list(workspace.ask(question, **options))
    assert str(caught.value).startswith(sentence)
    assert workspace.history() == before


def test_an_empty_workspace_says_what_to_do(open_workspace, tmp_path):
    workspace = open_workspace(tmp_path / "workspace")
    with pytest.raises(DocqaError, match="There are no documents yet"):
        list(workspace.ask(CHAIR))


def test_the_prepared_route_without_notes_finds_nothing(workspace):
    answer = ask(workspace, CHAIR, route="prepared")
    assert (answer.found, answer.route, answer.usage) == (False, "not_found", Usage())


def test_no_document_at_all_in_scope(workspace):
    assert not ask(workspace, CHAIR, documents=[]).found


def test_cancelled_in_mid_answer_the_next_question_works(workspace):
    cancel, before = Cancel(), workspace.history()
    events = workspace.ask(CHAIR, verbosity="detailed", cancel=cancel)
    assert isinstance(next(events), Delta)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert workspace.history() == before
    assert ask(workspace, CHAIR, verbosity="brief").found


def test_stopped_before_it_began(workspace):
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        list(workspace.ask(CHAIR, cancel=cancel))


def test_several_ask_at_once(workspace):
    answers: dict[str, Answer] = {}

    def asking(question: str) -> None:
        answers[question] = ask(workspace, question, verbosity="brief")

    questions = (CHAIR, "How many volunteers are in the Night Watch?")
    threads = [threading.Thread(target=asking, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answers[question].question for question in questions] == list(questions)
    assert "Halloran" in str(answers[CHAIR].text)
    assert "36" in str(answers[questions[1]].text)


def test_a_document_removed_in_mid_answer_is_cited_once_more(open_workspace, sample_copy):
    workspace = open_workspace(sample_copy)
    events = workspace.ask(CHAIR, verbosity="brief")
    next(events)
    workspace.remove([1])
    *_, answer = events
    assert answer.found
    assert answer.citations[0].document.startswith("Harbour Lights")
    assert workspace.history() == []


# -- prepared ------------------------------------------------------------------------------------


@pytest.fixture
def prepared(open_workspace: Callable[..., Workspace], prepared_sample_copy: Path) -> Workspace:
    return open_workspace(prepared_sample_copy)


def test_a_prepared_question_word_for_word(prepared):
    for note in prepared.notes(kind="question"):
        answer = ask(prepared, note.question)
        assert (answer.route, answer.text, answer.usage) == ("prepared", note.text, Usage())
        assert answer.note_id == note.id
        assert [(c.page, c.quote) for c in answer.citations] == [
            (e.page, e.quote) for e in note.evidence
        ]
        assert_verbatim(prepared, answer)


def test_case_and_punctuation_do_not_matter(prepared):
    (note, *_) = prepared.notes(kind="question")
    assert ask(prepared, note.question.upper().replace("?", " ...")).note_id == note.id


def test_notes_are_left_aside_where_the_person_says_so(prepared):
    (note, *_) = prepared.notes(kind="question")
    answer = ask(prepared, note.question, verbosity="brief", with_notes=False)
    assert answer.route == "passages"
    assert answer.note_id is None
    assert answer.usage.prompt_tokens > 0


def test_a_prepared_answer_is_never_given_for_another_document(prepared, make_pdf):
    (note, *_) = prepared.notes(kind="question")
    *_, added = prepared.add([make_pdf(["Cats sleep all day."])])
    assert isinstance(added, Added)
    assert ask(prepared, note.question, documents=[added.id]).route == "not_found"
    assert ask(prepared, note.question, documents=[1]).route == "prepared"
    assert ask(prepared, note.question).route == "prepared"


LOAN = "When will the loan be repaid?"


def prepared_by_hand(directory: Path, question: str, text: str, quote: str) -> None:
    """A verified note about page 5 of the sample."""
    with Store.open(directory / DATABASE_NAME) as store:
        page = store.pages.get(1, 5)
        assert page is not None
        start = page.text.index(quote)
        evidence = Evidence(1, 5, start, start + len(quote), quote)
        store.notes.add([Note(0, 1, "question", question, text, "verified", (evidence,))])


def test_two_documents_that_answer_otherwise(open_workspace, sample_copy, make_pdf):
    prepared_by_hand(sample_copy, LOAN, "By 2037.", "will be repaid by 2037.")
    workspace = open_workspace(sample_copy)
    assert ask(workspace, LOAN).route == "prepared"
    list(workspace.add([make_pdf(["The loan of the ferry company will be repaid in May 2041."])]))
    assert ask(workspace, LOAN, documents=[1]).route == "prepared"
    assert ask(workspace, LOAN, verbosity="brief").route != "prepared"


def test_a_note_about_the_wrong_thing_is_not_served(open_workspace, sample_copy):
    prepared_by_hand(sample_copy, LOAN, "By 2037.", "will be repaid by 2037.")
    workspace = open_workspace(sample_copy)
    for other in ("When will the battery be repaid?", "When will the loan not be repaid?"):
        assert ask(workspace, other, route="prepared").route == "not_found"


def test_a_rejected_note_is_not_served(open_workspace, sample_copy):
    prepared_by_hand(sample_copy, LOAN, "By 2037.", "will be repaid by 2037.")
    with Store.open(sample_copy / DATABASE_NAME) as store:
        store.notes.set_status(1, "rejected", "form")
    assert ask(open_workspace(sample_copy), LOAN, route="prepared").route == "not_found"
