from __future__ import annotations

import pytest

from docqa.ingest.hyphens import Vocabulary


@pytest.mark.parametrize(
    ("first", "second", "between"),
    [
        ("elec", "tricity", ""),
        ("non", "GAAP", "-"),
        ("e", "commerce", "-"),
        ("COVID", "19", "-"),
        ("Ober", "und", "- "),
    ],
)
def test_words_not_seen_before(first: str, second: str, between: str) -> None:
    assert Vocabulary().join(first, second) == between


@pytest.mark.parametrize(
    ("seen", "first", "second", "between"),
    [
        ("a long time, a term", "long", "term", "-"),
        ("The net worth of work in the network", "net", "work", ""),
        ("A well-being", "Well", "being", "-"),
        ("Hundreds, thousands, a thousand", "thous", "and", ""),
    ],
)
def test_the_words_of_the_document_tell_compounds_from_cut_words(
    seen: str, first: str, second: str, between: str
) -> None:
    vocabulary = Vocabulary()
    vocabulary.learn(seen)
    assert vocabulary.join(first, second) == between


def test_a_document_that_cuts_no_words_keeps_its_hyphens() -> None:
    vocabulary = Vocabulary()
    vocabulary.learn("long term, third party, full price")
    assert vocabulary.join("mono", "brand") == ""
    for first, second in (("long", "term"), ("third", "party"), ("full", "price")):
        assert vocabulary.join(first, second) == "-"
    assert vocabulary.join("mono", "brand") == "-"


def test_a_document_that_cuts_words_goes_on_doing_so() -> None:
    vocabulary = Vocabulary()
    vocabulary.learn("long term, third party, full price, association")
    for first, second in (
        ("asso", "ciation"),
        ("long", "term"),
        ("third", "party"),
        ("full", "price"),
    ):
        vocabulary.join(first, second)
    assert vocabulary.join("confer", "ence") == ""
