"""The checked-in sample is what its script makes, and answers the questions that go with it."""

from __future__ import annotations

import json
import runpy

import pytest

from docqa.ingest.reader import Opened, PageRead, Reader
from docqa.paths import Paths

RESOURCES = Paths.default().resources
QUESTIONS = [
    json.loads(line) for line in (RESOURCES / "sample_questions.jsonl").read_text().splitlines()
]


@pytest.fixture
def pages(reader: Reader) -> dict[int, str]:
    events = list(reader.read(RESOURCES / "sample.pdf"))
    return {event.page.number: event.page.text for event in events if isinstance(event, PageRead)}


def test_the_script_makes_the_same_bytes() -> None:
    script = runpy.run_path(str(RESOURCES / "make_sample.py"))
    assert script["make"]() == (RESOURCES / "sample.pdf").read_bytes()


def test_the_sample_has_a_title_an_outline_and_text_on_each_page(reader: Reader) -> None:
    opened, *read = list(reader.read(RESOURCES / "sample.pdf"))
    assert isinstance(opened, Opened)
    assert opened.title == "Harbour Lights Community Energy - Annual Report 2025"
    assert opened.page_count == len(read) == 8
    assert [section.page for section in opened.sections if section.level == 1] == list(range(1, 9))
    assert all(isinstance(event, PageRead) and event.passages for event in read)


def test_every_answer_stands_on_its_page(pages: dict[int, str]) -> None:
    found = [question for question in QUESTIONS if question["kind"] == "found"]
    assert len(found) == 14
    for question in found:
        text = " ".join(pages[question["page"]].split())
        for word in question["answer"].split():
            number_in_table = word in {"thousand", "pounds"}
            assert word in text or number_in_table, (question["question"], word)


def test_six_questions_have_no_answer_in_it() -> None:
    unanswered = [question for question in QUESTIONS if question["kind"] == "not_found"]
    assert len(unanswered) == 6
    assert all(question["page"] is None for question in unanswered)
