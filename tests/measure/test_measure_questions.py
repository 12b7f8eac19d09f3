"""Question files: what is understood, and what is told about lines that are wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.measure.questions import FiledQuestion, parse_questions, read_questions


def parse_one(**fields):
    questions, problems = parse_questions(json.dumps(fields))
    assert not problems
    return questions[0]


def test_a_line_of_json_is_a_question():
    found = parse_one(question=" How long? ", document="a.pdf", pages=[12, 3], group="Acme")
    assert found == FiledQuestion(1, "How long?", "a.pdf", (3, 12), "Acme")


@pytest.mark.parametrize(
    "fields",
    [
        {"pages": [3, 5, 6, 7]},
        {"pages": "3, 5-7"},
        {"pages": "[3; 5–7]"},
        {"page": ["3", "5-7"]},
        {"evidence": [{"page": 3, "text": "…"}, {"page": 5}, {"page": 6}, {"page": 7}]},
    ],
)
def test_pages_may_be_written_in_several_ways(fields):
    assert parse_one(question="q", **fields).pages == (3, 5, 6, 7)


def test_other_names_are_understood():
    found = parse_one(question="q", file="b.pdf", company="Acme", page=2)
    assert (found.document, found.group, found.pages) == ("b.pdf", "Acme", (2,))
    assert parse_one(question="q", document=7).document == "7"


@pytest.mark.parametrize(
    "fields", [{}, {"pages": []}, {"pages": ""}, {"pages": [4], "unanswerable": True}]
)
def test_without_a_page_nothing_answers_it(fields):
    assert parse_one(question="q", **fields).pages == ()


def test_csv_has_names_in_its_first_line():
    text = 'Question,file,Pages\n"How long,\nand why?",a.pdf,"3, 5-6"\n\nWho?,b.pdf,\n'
    questions, problems = parse_questions(text)
    assert problems == []
    assert questions == [
        FiledQuestion(2, "How long,\nand why?", "a.pdf", (3, 5, 6)),
        FiledQuestion(5, "Who?", "b.pdf", ()),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_of_a_spreadsheet_in_other_countries(delimiter):
    lines = [("question", "document", "pages"), ("Wie lange, genau?", "a.pdf", "3,5")]
    questions, problems = parse_questions("\n".join(map(delimiter.join, lines)))
    assert not problems
    assert questions == [FiledQuestion(2, "Wie lange, genau?", "a.pdf", (3, 5))]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"question": "q"', "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ("[" * 100_000, "it is not JSON"),
        ('{"pages": [1]}', "it has no question"),
        ('{"question": 5}', "it has no question"),
        ('{"question": "q", "pages": [0]}', "pages begin with 1"),
        ('{"question": "q", "pages": [true]}', "its pages are no numbers"),
        ('{"question": "q", "pages": [1.5]}', "its pages are no numbers"),
        ('{"question": "q", "pages": "iv"}', "'iv' is no page"),
        ('{"question": "q", "pages": "9-7"}', "'9-7' are no pages"),
        ('{"question": "q", "pages": "1-9999999"}', "'1-9999999' are no pages"),
        ('{"question": "q", "document": [1], "pages": 1}', '"document" must be a text'),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_the_others_stay(line, reason):
    good = '{"question": "good", "pages": [1]}'
    questions, (problem,) = parse_questions(f"{good}\n\n{line}\n{good}\n")
    assert [question.line for question in questions] == [1, 4]
    assert problem.line == 3
    assert problem.text.startswith(f"Line 3: {reason}")


def test_wrong_lines_of_csv():
    questions, problems = parse_questions("question,pages\na,1,2,3\nb,x\nc,4\n")
    assert [question.text for question in questions] == ["c"]
    assert [problem.line for problem in problems] == [2, 3]
    questions, (problem,) = parse_questions("what,where\na,b\n")
    assert not questions
    assert problem.text == 'Line 1: it names the columns, but there is no "question".'


def test_a_cell_that_is_too_long_for_csv_is_a_wrong_line():
    questions, (problem,) = parse_questions(f"question,pages\nq,1\n{'x' * 200_000},2\n")
    assert [question.text for question in questions] == ["q"]
    assert problem.text == "Line 3: it is not CSV."


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00question"])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, content):
    path = tmp_path / "questions.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DocqaError, match=r"questions\.jsonl cannot be read: give a UTF-8 file"):
        read_questions(path)


def test_a_byte_order_mark_does_not_matter(tmp_path):
    path = tmp_path / "questions.csv"
    path.write_text("question,pages\nq,3\n", encoding="utf-8-sig")
    assert read_questions(path) == ([FiledQuestion(2, "q", None, (3,))], [])


@given(st.text())
def test_no_text_breaks_it(text):
    parse_questions(text)
    parse_questions("{" + text)


@given(st.lists(st.tuples(st.text().filter(str.strip), st.sets(st.integers(1, 9999)))))
def test_what_was_written_as_json_is_read_again(questions):
    lines = [
        json.dumps({"question": text, "pages": list(pages)}, ensure_ascii=False)
        for text, pages in questions
    ]
    found, problems = parse_questions("\n".join(lines))
    assert not problems
    expected = [(text.strip(), tuple(sorted(pages))) for text, pages in questions]
    assert [(one.text, one.pages) for one in found] == expected
