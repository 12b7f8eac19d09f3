"""Keywords in libraries of any size, in scripts with and without blanks, within a scope."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_library import Library

from docqa.index import keywords, pruning
from docqa.index.keywords import Keywords
from docqa.store import fulltext

CHINESE = (
    "北京是中华人民共和国的首都，人口超过两千万。",
    "上海是中国最大的城市之一，位于长江入海口。",
    "iPhone手机的价格是 5,999 元。",
)


def finder(library: Library) -> Keywords:
    return Keywords(library.store.fulltext, library.store.passages)


def texts(library: Library, found: Iterable[int]) -> list[str]:
    passages = library.store.passages.get(found)
    return [passages[id].text for id in found]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of ten passages is a large one, of which five may be scored."""
    monkeypatch.setattr(keywords, "SMALL", 10)
    monkeypatch.setattr(pruning, "_SCORED", 5)


FILLING = [f"The total of report {n} is known to the company." for n in range(30)]


@pytest.mark.usefixtures("large")
def test_common_words_count_for_what_rare_ones_find(library: Library) -> None:
    library.add("A", [*FILLING, "Gannets dive.", "A total of six gannets.", "The gannet total."])
    found = finder(library).candidates("total of gannets")
    assert texts(library, found)[-1] == "Gannets dive."
    assert set(texts(library, found)[:2]) == {"A total of six gannets.", "The gannet total."}


@pytest.mark.usefixtures("large")
def test_common_words_alone_find_passages_that_have_all_of_them(library: Library) -> None:
    library.add("A", [f"The total {n}." for n in range(20)])
    library.add("B", [f"The company {n}." for n in range(20)])
    library.add("C", ["The total of the company."])
    found = finder(library).candidates("company total", limit=1)
    assert texts(library, found) == ["The total of the company."]


@pytest.mark.usefixtures("large")
def test_a_single_common_word_finds_something(library: Library) -> None:
    library.add("A", FILLING)
    found = texts(library, finder(library).candidates("company"))
    assert found
    assert all("company" in text for text in found)


@pytest.mark.usefixtures("large")
def test_a_word_that_nobody_wrote_does_not_hide_the_others(library: Library) -> None:
    library.add("A", [*FILLING, "Of the company."])
    assert finder(library).candidates("companies quetzalcoatl")


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("narrow", [0, 40, 1000])
def test_common_words_are_found_in_any_scope(
    library: Library, monkeypatch: pytest.MonkeyPatch, narrow: int
) -> None:
    monkeypatch.setattr(fulltext, "_NARROW", narrow)
    first = library.add("A", FILLING)
    library.add("B", FILLING)
    third = library.add("C", ["Gannets dive.", *FILLING[:5]])
    for scope in ([first], [third], [first, third]):
        for question in ("company", "total company", "gannet company"):
            found = finder(library).candidates(question, documents=scope)
            passages = library.store.passages.get(found).values()
            assert {passage.document_id for passage in passages} <= set(scope)
            if narrow:
                assert passages


WORDS = ("gannet", "heron", "total", "company", "北京", "人口", "AB-12", "2023", "the", "café")


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    question=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    scope=st.lists(st.integers(1, 4), max_size=3),
    small=st.sampled_from([0, 1000]),
    narrow=st.sampled_from([0, 7, 1000]),
)
def test_the_scope_is_always_respected(
    many: Library, question: list[str], scope: list[int], small: int, narrow: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keywords, "SMALL", small)
        patch.setattr(pruning, "_SCORED", 4)
        patch.setattr(fulltext, "_NARROW", narrow)
        found = finder(many).candidates(" ".join(question), documents=scope, limit=5)
        passages = many.store.passages.get(found)
        assert passages.keys() == found.keys()
        assert {passage.document_id for passage in passages.values()} <= set(scope)
        assert len(found) <= 5
        assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.fixture
def many(library: Library) -> Library:
    """Three documents with the same words."""
    sentences = [f"{one} {other}." for one in WORDS for other in WORDS[:4]]
    for name in "ABC":
        library.add(name, sentences)
    return library


def test_chinese_questions_find_their_paragraph(library: Library) -> None:
    library.add("城市", CHINESE)
    for question, number in (("北京的人口是多少？", 0), ("长江在哪里入海？", 1), ("手机价格", 2)):
        found = texts(library, finder(library).candidates(question))
        assert found[0] == CHINESE[number]
    assert texts(library, finder(library).candidates("元"))[0] == CHINESE[2]


def test_scripts_may_be_mixed_and_of_any_width(library: Library) -> None:
    library.add("城市", [*CHINESE, "ＩＰＨＯＮＥ ２０２３"])
    library.add("Cities", ["The iPhone is sold in Shanghai.", "Nothing of that."])
    found = texts(library, finder(library).candidates("iPhone 价格"))
    assert set(found[:2]) == {CHINESE[2], "The iPhone is sold in Shanghai."}
    assert CHINESE[2] in texts(library, finder(library).candidates("iPhone"))
    assert texts(library, finder(library).candidates("ｉＰｈｏｎｅ２０２３手机"))[0] == CHINESE[2]


def test_overlap_of_chinese_is_that_of_its_pairs(library: Library) -> None:
    library.add("城市", CHINESE)
    right, wrong, other = finder(library).overlaps("北京的人口超过多少？", CHINESE)
    assert right > 0.4
    assert max(wrong, other) < 0.15
    assert finder(library).overlaps("北京", CHINESE) == [1.0, 0.0, 0.0]


def test_thai_and_japanese_are_found(library: Library) -> None:
    library.add("A", ["ประเทศไทยมีเมืองหลวงคือกรุงเทพมหานคร", "東京タワーの高さは333メートルです。"])
    assert texts(library, finder(library).candidates("เมืองหลวงของไทย"))[0].startswith("ประเทศ")
    assert texts(library, finder(library).candidates("東京タワー"))[0].startswith("東京")
    assert texts(library, finder(library).candidates("ﾀﾜｰの高さ"))[0].startswith("東京")


@pytest.mark.parametrize(
    ("question", "exact"),
    [
        ("What does ISO-9001 demand?", "ISO-9001 demands little."),
        ("form 10-K", "The form 10-K is long."),
        ("part AB-1234/7", "Part AB-1234/7 fits."),
        ("results of Q3-2023", "Results of Q3-2023 were good."),
        ("version v2.3.1", "Version v2.3.1 is out."),
        ("1,577.5 million", "It was 1,577.5 million."),
        ("revenue of AT&T", "Revenue of AT&T fell."),
    ],
)
def test_an_identifier_comes_before_its_parts(library: Library, question: str, exact: str) -> None:
    parts = [
        "ISO demands 9001 things, ISO and 9001.",
        "The form of K and the 10 forms, K, 10.",
        "Part 1234 of AB 7, part AB 1234 and 7.",
        "Results of 2023 and of Q3, results, Q3 of 2023.",
        "Version v2 and 3 and 1, version v2, 1, 3.",
        "Million 577, 1 and 5 million, 577 and 1 and 5.",
        "Revenue of T at 5, revenue of T.",
    ]
    library.add("A", [*parts, exact])
    assert texts(library, finder(library).candidates(question))[0] == exact
