"""Finding as one types: documents, notes and passages."""

from __future__ import annotations

import pytest
from index_library import FERRY, ORCHARD, Library

from docqa.index.embedder import ChildEmbedder
from docqa.index.search import Search
from docqa.model import Found


@pytest.fixture
def search(library: Library, no_embedder: ChildEmbedder) -> Search:
    orchard = library.add("Orchard", ORCHARD)
    ferry = library.add("Aurora ferry_2021", FERRY)
    library.add_note(orchard, "When was the frost?", "It was in April 2019.")
    library.add_note(orchard, None, "Pickers earn 14.50 euros.", kind="fact")
    library.add_note(ferry, "What happens in a frosty storm?", status="rejected")
    return library.search(no_embedder)


def pages(found: Found) -> list[tuple[str, int]]:
    return [(one.hit.document, one.hit.page) for one in found.passages]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apple tr", [("Orchard", 1)]),
        ("blosso", [("Orchard", 3)]),
        ("departur", [("Aurora ferry_2021", 3)]),
        ("departin", []),
        ("operatin", []),
        ("tickets ", [("Aurora ferry_2021", 2)]),
        ("the oak bar", [("Orchard", 4)]),
        ("wind machine", [("Orchard", 3)]),
        ("14.5", [("Orchard", 2)]),
        ("zzz", []),
        ("", []),
        ("…", []),
        ('" OR *', []),
    ],
)
def test_passages_by_words_and_beginnings(
    search: Search, text: str, expected: list[tuple[str, int]]
) -> None:
    assert pages(search.look_up(text)) == expected


def test_a_beginning_that_is_longer_than_the_stem_finds_the_word(
    library: Library, no_embedder: ChildEmbedder
) -> None:
    library.add("Report", ["The filings of 2021 were late.", "They operated the mill.", "A file."])
    search = library.search(no_embedder)
    for text in ("filin", "filing", "operat", "operate"):
        assert len(pages(search.look_up(text))) == 1, text


def test_words_of_a_language_without_blanks(library: Library, no_embedder: ChildEmbedder) -> None:
    library.add("東京都の報告", ["大阪の城は古い。", "新しい東京都庁は一九九一年に完成した。"])
    search = library.search(no_embedder)
    found = search.look_up("東京都")
    assert pages(found)[0] == ("東京都の報告", 2)
    (start, end), *_ = found.passages[0].snippet.marks
    assert found.passages[0].snippet.text[start:end] == "東京都"
    assert [one.document.title for one in found.documents] == ["東京都の報告"]


def test_words_side_by_side_come_first_and_some_of_them_last(
    library: Library, no_embedder: ChildEmbedder
) -> None:
    texts = ["The flow of ink needs cash.", "Cash is king.", "It has free cash flow in plenty."]
    library.add("Report", texts)
    found = library.search(no_embedder).look_up("cash flow")
    assert [page for _, page in pages(found)] == [3, 1, 2]


def test_each_passage_shows_what_matched(search: Search) -> None:
    (one,) = search.look_up("harvest pick").passages
    text = one.snippet.text
    assert text == ORCHARD[1]
    assert [text[start:end] for start, end in one.snippet.marks] == ["Pick", "harvest"]


def test_documents_by_title_and_file_name(search: Search, library: Library) -> None:
    (found,) = search.look_up("auro").documents
    assert (found.title.text, found.title.marks) == ("Aurora ferry_2021", ((0, 4),))
    assert [one.document.title for one in search.look_up("ferry 2021").documents] == [
        "Aurora ferry_2021"
    ]
    assert search.look_up("rchard").documents == ()
    library.store.documents.remove([found.document.id])
    assert search.look_up("auro").documents == ()


def test_verified_notes_of_all_kinds_with_their_evidence(search: Search) -> None:
    (question,) = search.look_up("frost").notes
    assert question.heading.text == "When was the frost?"
    assert question.heading.marks == ((13, 18),)
    assert (question.document, question.note.evidence[0].page) == ("Orchard", 1)
    (fact,) = search.look_up("picker").notes
    assert (fact.heading.text, fact.text.text) == ("", "Pickers earn 14.50 euros.")
    assert 0.0 < fact.score <= 1.0


def test_a_note_with_most_of_the_words_fits_unless_a_number_differs(search: Search) -> None:
    assert len(search.look_up("pickers earn well ").notes) == 1
    assert len(search.look_up("pickers earn 14.50 ").notes) == 1
    assert search.look_up("pickers earn 15.50 ").notes == ()


def test_the_scope_is_respected_by_everything(search: Search) -> None:
    for text in ("frost", "orchard", "picker"):
        assert search.look_up(text, documents=[2]).is_empty
        assert not search.look_up(text, documents=[1]).is_empty
        assert search.look_up(text, documents=[]).is_empty


def test_meaning_adds_to_words_where_there_is_an_embedder(
    library: Library, embedder: ChildEmbedder
) -> None:
    orchard = library.add("Orchard", ORCHARD)
    library.add("Ferry", FERRY)
    note = library.add_note(orchard, "How much do pickers earn in an hour?")
    search = library.search(embedder)
    for _ in search.index_passages():
        pass
    search.index_notes()
    wages = "hourly wage of a picker"
    assert search.look_up(wages).notes == ()
    found = search.look_up(wages, by_meaning=True)
    assert found.by_meaning
    assert pages(found)[0] == ("Orchard", 2)
    assert [one.note.id for one in found.notes] == [note]
    assert search.look_up("zqx vbw", by_meaning=True).is_empty
    assert search.look_up(wages, limit=0, by_meaning=True).passages == ()


def test_without_an_embedder_meaning_adds_nothing(search: Search) -> None:
    assert pages(search.look_up("apple", by_meaning=True)) == [("Orchard", 1)]


def test_a_long_text_is_cut_and_not_refused(search: Search) -> None:
    found = search.look_up("apple " * 5000, by_meaning=True)
    assert pages(found)[0] == ("Orchard", 1)
