from __future__ import annotations

import re
import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from docqa.ingest.layout.page_text import Line, PageText
from docqa.ingest.passages import MAX_TOKENS, Heading, passages
from docqa.ingest.sentences import sentences
from docqa.ingest.tokens import TokenCounter
from docqa.model import Page, Passage
from docqa.paths import Paths

SPECIAL_TOKENS = 2
COUNT = TokenCounter(
    next(found for folder in Paths.default().models for found in folder.glob("*/tokenizer.json"))
)
SENTENCE = "The harbour was quiet on that morning, and nobody saw the ship. "


def tokens_of(passage: Passage) -> int:
    return COUNT([f"{passage.context}\n{passage.text}"])[0] + SPECIAL_TOKENS


def test_a_short_page_is_one_passage_with_its_context() -> None:
    page = Page(3, 7, "The harbour was quiet.")
    assert passages(page, "Log", (Heading(0, "March: Week 2"),), COUNT) == [
        Passage(0, 3, 7, 0, 22, "The harbour was quiet.", "Log — March: Week 2 — page 7")
    ]


def test_a_long_page_is_cut_between_sentences_into_even_passages() -> None:
    page = Page(0, 1, (SENTENCE * 40).strip())
    found = passages(page, "Log", (), COUNT)
    sizes = [tokens_of(passage) for passage in found]
    assert len(found) == 3
    assert max(sizes) <= MAX_TOKENS
    assert min(sizes) > max(sizes) / 2
    assert all(passage.text.endswith("ship.") for passage in found)


def test_a_page_is_cut_before_a_heading_rather_than_elsewhere() -> None:
    text = SENTENCE * 12 + "\nThe second part\n" + SENTENCE * 8
    start = text.index("The second part")
    headings = (Heading(0, "One"), Heading(start, "Two"))
    found = passages(Page(0, 1, text), "Log", headings, COUNT)
    assert [passage.start for passage in found] == [0, start]
    assert [passage.context for passage in found] == ["Log — One — page 1", "Log — Two — page 1"]


def test_a_table_stays_whole_with_the_line_above_it() -> None:
    table = "Table 1: Electricity by source\nWind 4,210 5,630\nSolar 2,150 2,240\nTidal 1,690 1,710"
    text = f"{SENTENCE * 9}\n{table}\n{SENTENCE * 9}"
    assert any(table in passage.text for passage in passages(Page(0, 1, text), "", (), COUNT))


def test_rows_are_guessed_in_a_text_whose_places_are_not_known() -> None:
    rows = "\n".join(f"Wind in the year of {number} 4,210 5,630" for number in range(40))
    known = PageText(rows, tuple(Line(*match.span()) for match in re.finditer(".+", rows)))
    for layout in (None, known):
        found = passages(Page(0, 1, rows), "Log", (), COUNT, layout)
        assert len(found) > 1
        assert all(passage.text.startswith("Wind") for passage in found)


def test_an_endless_sentence_is_cut_between_words() -> None:
    page = Page(0, 1, "word and " * 1000)
    found = passages(page, "", (), COUNT)
    assert all(tokens_of(passage) <= MAX_TOKENS for passage in found)
    assert " ".join(passage.text for passage in found) == page.text.strip()


def test_a_blank_page_has_no_passage() -> None:
    assert passages(Page(0, 1, " \n — \n"), "Log", (), COUNT) == []


def test_a_long_title_leaves_room_for_the_text() -> None:
    found = passages(Page(0, 1, SENTENCE), "年報" * 300, (Heading(0, "章" * 300),), COUNT)
    assert len(found) == 1
    assert tokens_of(found[0]) <= 100


def test_a_very_long_page_takes_time_in_proportion() -> None:
    def seconds(length: int) -> float:
        page = Page(0, 1, SENTENCE * length)
        started = time.process_time()
        passages(page, "", (), COUNT)
        return time.process_time() - started

    seconds(10)
    assert seconds(4000) < 30 * max(0.01, seconds(400))


WORDS = st.sampled_from(
    [
        "harbour",
        "Energy.",
        "12,345",
        "67%",
        "\n",
        "\n\n",
        "年報。",
        "é",
        "…",
        "Why?",
        "a" * 120,
        "字" * 400,
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=400), st.integers(0, 500))
def test_passages_are_small_slices_that_cover_the_page(words: list[str], start: int) -> None:
    text = " ".join(words)
    headings = (Heading(0, "One"), Heading(min(start, len(text)), "Two"))
    found = passages(Page(0, 1, text), "Title", headings, COUNT)
    for passage in found:
        assert passage.text == text[passage.start : passage.end]
        assert passage.text.strip() == passage.text
        assert tokens_of(passage) <= MAX_TOKENS
    assert all(first.end <= second.start for first, second in pairwise(found))
    if any(character.isalnum() for character in text):
        kept = "".join(passage.text for passage in found)
        wanted = "".join(text[a:b] for a, b in sentences(text))
        assert "".join(kept.split()) == "".join(wanted.split())
