"""The command ``evaluate``: what it tells a person and a script, and its exit codes."""

import json

import pytest

from docqa.arguments import HelpAsked, parse
from docqa.cli import main
from docqa.errors import UsageError
from docqa.store.store import Store
from docqa.workspace import DATABASE_NAME

GOOD = {"question": "Who is the chair of the board?", "pages": [1, 2, 3, 4, 5, 6, 7, 8]}


@pytest.fixture
def evaluate(sample_copy, lent_embedder, tmp_path, monkeypatch, capsys):
    """Runs the command with these lines as question file; gives the code and what was written."""
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))

    def run(lines, *options):
        file = tmp_path / "questions.jsonl"
        file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one)
                                  for one in lines), encoding="utf-8")  # fmt: skip
        words = ["--workspace", str(sample_copy), "evaluate", "--retrieval", str(file), *options]
        code = main(words)
        return code, *capsys.readouterr()

    return run


def test_a_person_sees_shares_with_their_intervals(evaluate, tmp_path):
    page = tmp_path / "result.html"
    code, out, _ = evaluate([GOOD, {"question": "Why?"}], "--html", str(page))
    assert code == 0
    assert "1 question asked.\n1 question without a page left out.\n" in out
    assert "search, in all documents" in out
    assert "100 to 100" in out
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_misses_are_shown_with_what_came_instead(evaluate):
    # The same question with each page: five passages cannot stand on all eight of them.
    lines = [GOOD | {"pages": page} for page in range(1, 9)]
    _, out, _ = evaluate(lines, "--json")
    misses = json.loads(out)["misses"]
    assert len(misses) >= 3
    _, out, _ = evaluate(lines)
    assert f"{len(misses)} questions missed: --misses shows them." in out
    _, out, _ = evaluate(lines, "--misses")
    for miss in misses:
        assert f"Line {miss['line']}: Who is the chair of the board?" in out
        assert f", page {miss['line']} (" in out
    assert "  1. " in out


def test_a_wrong_line_fails_and_the_rest_is_measured(evaluate):
    code, out, err = evaluate([GOOD, "{not JSON", {**GOOD, "pages": [900]}], "--json")
    data = json.loads(out)
    assert code == 1
    assert data["questions"]["asked"] == 1
    assert [problem["line"] for problem in data["problems"]] == [2, 3]
    assert "Line 2: it is not JSON." in err


def test_a_file_without_questions_is_one_sentence(evaluate):
    code, out, _ = evaluate(["nothing"], "--json")
    assert code == 1
    error = json.loads(out)["error"]
    assert error.endswith('Line 1: it names the columns, but there is no "question".')


def test_half_a_character_in_a_question_is_no_obstacle(evaluate, tmp_path):
    page = tmp_path / "result.html"
    text = GOOD["question"] + " \ud800"
    code, _, _ = evaluate([GOOD | {"question": text, "pages": [n]} for n in range(1, 9)],
                          "--misses", "--html", str(page))  # fmt: skip
    assert code == 0
    assert "Who is the chair" in page.read_text("utf-8")


def test_an_unknown_document_and_a_page_that_cannot_be_written_are_told(evaluate, tmp_path):
    code, out, _ = evaluate([GOOD], "--json", "--document", "99")
    assert (code, "There is no document 99" in json.loads(out)["error"]) == (1, True)
    nowhere = tmp_path / "none" / "result.html"
    code, out, _ = evaluate([GOOD], "--json", "--html", str(nowhere))
    assert (code, "cannot be written" in json.loads(out)["error"]) == (1, True)


def test_beside_an_open_window_it_only_reads(evaluate, sample_copy):
    before = {path.name: path.read_bytes() for path in sample_copy.glob("*.db")}
    assert evaluate([GOOD])[0] == 0
    assert {path.name: path.read_bytes() for path in sample_copy.glob("*.db")} == before


def test_documents_that_are_still_read_are_told(evaluate, sample_copy):
    with Store.open(sample_copy / DATABASE_NAME) as store:
        (document,) = store.documents.all()
        store.documents.update(document.id, status="indexing")
    code, _, err = evaluate([GOOD])
    assert code == 0
    assert f"Still being read, so less is found: {document.title}" in err


def test_help_tells_how_the_file_is_written():
    with pytest.raises(HelpAsked) as caught:
        parse(["evaluate", "--help"])
    assert '{"question": "How long is the warranty?", "document"' in str(caught.value)


def test_answers_are_not_measured_yet():
    with pytest.raises(UsageError, match="--retrieval"):
        parse(["evaluate", "questions.jsonl"])
