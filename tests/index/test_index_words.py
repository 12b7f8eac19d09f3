"""Questions become words that FTS5 cannot misunderstand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_library import FERRY, ORCHARD, Library

from docqa.index import words
from docqa.index.keywords import Keywords, any_of

HOSTILE = (
    '"',
    '""',
    "'; DROP TABLE passages; --",
    'apple" OR "1"="1',
    "NEAR(apple pear)",
    "apple NEAR/3 pear AND NOT OR",
    "text : apple",
    "{text context} : apple",
    "- apple + ^pear *",
    "^",
    "*",
    "apple*",
    "(((",
    "\0apple\0",
    "\ud800 apple",
    "ａｐｐｌｅ \u202e apple \u200b",
    "苹果 사과 التفاح яблоко",
    "e\u0301tudes naïves ﬁrm",
    "🍏🍎",
    "a" * 5000,
    "apple " * 1500,
    " ".join(f"word{n}" for n in range(1000)),
)


def finder(library: Library) -> Keywords:
    return Keywords(library.store.fulltext, library.store.passages)


@pytest.mark.parametrize("question", HOSTILE)
def test_no_question_is_an_expression(library: Library, question: str) -> None:
    library.add("Orchard", ORCHARD)
    keywords = finder(library)
    found = keywords.candidates(question)
    has_apple = "apple" in words.split(question) or "ａｐｐｌｅ" in question
    assert bool(found) == has_apple
    (share,) = keywords.overlaps(question, [ORCHARD[0]])
    assert 0.0 <= share <= 1.0


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.text('"*^:(){}+-ANDORT EAR', max_size=40))
def test_any_text_makes_a_valid_expression(text: str) -> None:
    expression = any_of(words.content_words(text))
    assert SCRATCH.match(expression) is not None


class _Scratch:
    """An FTS5 table in memory with the tokenizer of the store."""

    def __init__(self) -> None:
        import sqlite3

        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE t USING fts5 (x, tokenize = 'porter unicode61')"
        )
        self._connection.execute("INSERT INTO t VALUES ('and or not near apple')")

    def match(self, expression: str) -> list[tuple[int]]:
        if not expression:
            return []
        sql = "SELECT rowid FROM t WHERE t MATCH ?"
        return self._connection.execute(sql, (expression,)).fetchall()


SCRATCH = _Scratch()


def test_stop_words_are_left_out_unless_there_is_nothing_else() -> None:
    asked = [word.text for word in words.content_words("What is the price of the apples?")]
    assert asked == ["price", "apples"]
    assert [word.text for word in words.content_words("Who is it?")] == ["who", "is", "it"]
    assert words.content_words(" ?! ") == []


def test_numbers_stay_whole_and_names_have_emphasis() -> None:
    asked = words.content_words("Did Lindqvist sell 1,250.5 tonnes in FY2021? Apples sold.")
    emphasis = {word.text: word.emphasis for word in asked}
    assert emphasis == {
        "lindqvist": 1.5,
        "sell": 1.0,
        "1,250.5": 1.5,
        "tonnes": 1.0,
        "fy2021": 1.5,
        "apples": 1.0,
        "sold": 1.0,
    }
    variants = {word.text: word.variants for word in asked if word.variants}
    assert variants == {"1,250.5": ("1250.5",), "fy2021": ("2021",)}


def test_identifiers_are_what_signs_divide() -> None:
    asked = "Is the 10-K of AT&T well-known in the U.S. in Q3-2023, or part AB-1234/7 v2.3.1?"
    found = [word.text for word in words.identifiers(asked)]
    assert found == ["10-k", "at&t", "u.s", "q3-2023", "ab-1234/7"]
    assert words.identifiers("e.g. and/or 14.50 well-known") == []


@given(st.text(max_size=80))
def test_identifiers_of_any_text_have_parts(text: str) -> None:
    assert all(len(words.split(word.text)) > 1 for word in words.identifiers(text))


def test_rare_words_find_more_than_common_ones(library: Library) -> None:
    library.add("Ferry", [*FERRY, "Passengers like the ferry.", "The ferry is white."])
    found = finder(library).candidates("Is the ferry cancelled?")
    texts = library.store.passages.get(found)
    assert texts[max(found, key=lambda id: found[id])].text == FERRY[2]


def test_overlap_is_the_share_of_rare_words(library: Library) -> None:
    library.add("Orchard", ORCHARD)
    library.add("Ferry", FERRY)
    keywords = finder(library)

    def shares(question: str) -> list[float]:
        return [round(share, 2) for share in keywords.overlaps(question, [*ORCHARD, *FERRY])]

    assert shares("How many apple trees has Greta Lindqvist?")[0] == 1.0
    assert max(shares("How many apple trees has Greta Lindqvist?")[1:]) < 0.4
    assert max(shares("Who won the chess championship in Reykjavik?")) == 0.0
    # The harvest is there, but neither the year nor the name.
    assert max(shares("Who did Petersen pay in the harvest of 1987?")) < 0.5
    # Other forms of a word count, other numbers do not.
    assert shares("pressing ciders")[3] == 1.0
    assert shares("1250 trees")[0] == 1.0
    assert shares("50")[1] == 0.0
    assert shares("in FY2019")[2] == 1.0


def test_neighbours_count_as_present_where_the_text_joins_them(library: Library) -> None:
    library.add("BESTBUY_2017_10K", ["Revenue grew."])
    share, other = finder(library).overlaps(
        "Best Buy revenue", ["BESTBUY_2017_10K\nRevenue grew.", "Walmart\nRevenue grew."]
    )
    assert share == 1.0
    assert other < 0.5


def test_overlaps_of_nothing(library: Library) -> None:
    assert finder(library).overlaps("apple", []) == []
    assert finder(library).overlaps("?", ["apple"]) == [0.0]
