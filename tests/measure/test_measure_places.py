"""From the names in a question file to the documents of the library."""

import pytest

from docqa.measure.places import place
from docqa.measure.questions import FiledQuestion
from docqa.model import Document

LIBRARY = (
    Document(3, "/pdfs/Orchard 2021.pdf", "a", "The Orchard", 12, 40, "ready"),
    Document(5, "/pdfs/ferry.pdf", "b", "Timetable", 4, 9, "ready"),
    Document(8, "/old/ferry-2.pdf", "c", "Timetable", 4, 9, "ready"),
)


def filed(document, pages=(2,), group=None):
    return FiledQuestion(7, "Why?", document, pages, group)


@pytest.mark.parametrize(
    "name",
    ["Orchard 2021.pdf", "orchard 2021", "/pdfs/Orchard 2021.pdf", "x/Orchard 2021.pdf",
     "the  orchard", "3"],
)  # fmt: skip
def test_a_document_is_known_by_file_title_or_id(name):
    (found,) = place([filed(name)], LIBRARY).questions
    assert found.own == (3,)
    assert found.wanted == {(3, 2)}
    assert found.cluster == "document 3"


def test_a_group_says_what_belongs_together():
    (found,) = place([filed("3", group="Acme")], LIBRARY).questions
    assert found.cluster == "Acme"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (filed("none.pdf"), "Line 7: there is no document 'none.pdf' in the library."),
        (filed("Timetable"), "Line 7: 'Timetable' may be any of the documents 5, 8: give its id."),
        (filed(None), "Line 7: it names no document, and there are several."),
        (filed("ferry", (4, 5)), "Line 7: 'Timetable' has no page 5, only 4."),
    ],
)
def test_what_cannot_be_asked_is_told(question, reason):
    placed = place([question], LIBRARY)
    assert placed.questions == ()
    assert [problem.text for problem in placed.problems] == [reason]


def test_the_only_document_needs_no_name():
    assert place([filed(None)], LIBRARY[:1]).questions[0].own == (3,)
    assert place([filed(None)], LIBRARY, chosen=[5]).questions[0].own == (5,)


def test_questions_without_pages_and_about_other_documents_are_counted():
    placed = place([filed("ferry", ()), filed("3"), filed("ferry")], LIBRARY, chosen=[5])
    assert (placed.unanswerable, placed.elsewhere) == (1, 1)
    assert [question.own for question in placed.questions] == [(5,)]
    assert placed.problems == ()
