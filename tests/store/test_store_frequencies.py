"""How common words are: counted in small libraries, known from a sample in large ones."""

from __future__ import annotations

import pytest

from docqa.store import frequencies
from docqa.store.frequencies import Frequencies


@pytest.fixture
def large(monkeypatch):
    """Libraries of ten passages are large ones."""
    monkeypatch.setattr(frequencies, "_SMALL", 10)


def known(store) -> dict[str, float]:
    return dict(store.database.read().execute("SELECT term, share FROM common_words").fetchall())


def test_a_small_library_knows_no_common_words(store, add_document):
    add_document(pages=2)
    assert known(store) == {}
    assert store.fulltext.frequencies.of(["pump", "litr", "none"]) == {
        "pump": 6,
        "litr": 2,
        "none": 0,
    }


@pytest.mark.usefixtures("large")
def test_adding_to_a_large_library_samples_its_words(store, add_document):
    add_document(pages=20)
    shares = known(store)
    assert shares["pump"] == 1.0  # in the context line of each
    assert 0.2 < shares["litr"] < 0.45
    found = store.fulltext.frequencies.of(["pump", "litr", "paper", "unheard"])
    assert found["pump"] == found["paper"] == 60
    assert 12 <= found["litr"] <= 27
    assert found["unheard"] == 0


@pytest.mark.usefixtures("large")
def test_gaps_that_removed_passages_left_do_not_thin_the_sample(store, add_document):
    with store.database.write() as connection:
        connection.execute("INSERT INTO sqlite_sequence VALUES ('passages', 10000000)")
    add_document(pages=20)
    assert known(store)["pump"] == 1.0
    assert 0.2 < known(store)["litr"] < 0.45


@pytest.mark.usefixtures("large")
def test_they_are_counted_again_when_the_library_has_grown_by_a_quarter(store, add_document):
    add_document(pages=20)
    before = known(store)
    add_document(pages=4, sentences=("Zebras.", "Zebras!", "Zebras?"))
    assert known(store) == before
    add_document(pages=4, sentences=("Zebras.", "Zebras!", "Zebras?"))
    assert known(store)["zebra"] > 0.1


@pytest.mark.usefixtures("large")
def test_words_of_a_removed_document_are_forgotten(store, add_document):
    add_document(pages=20)
    zebras = add_document(pages=10, sentences=("Zebras.", "Zebras!", "Zebras?"))
    assert "zebra" in known(store)
    store.documents.remove([zebras])
    assert "zebra" not in known(store)
    assert store.fulltext.frequencies.of(["zebra", "pump"]) == {"zebra": 0, "pump": 60}
    Frequencies(store.database).refresh()
    assert "pump" in known(store)


def test_passages_are_counted_without_being_looked_at(store, add_document):
    first = add_document(pages=3)
    add_document(pages=2)
    assert store.passages.count() == 15
    assert store.passages.count(first) == 9
    store.pages.replace_page(first, store.pages.get(first, 1), [])
    assert (store.passages.count(), store.passages.count(first)) == (12, 6)
    store.documents.remove([first])
    assert store.passages.count() == 6
