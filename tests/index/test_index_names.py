"""Documents are named by words, beginnings, abbreviations and times of their names."""

from __future__ import annotations

from index_library import Library

from docqa.index.names import DocumentNames


def best(library: Library, question: str, documents: list[int] | None = None) -> list[int]:
    """The documents that are named most clearly."""
    named = DocumentNames(library.store).named(question, documents)
    most = max(named.values(), default=0.0)
    return sorted(id for id, share in named.items() if share == most)


def editions(library: Library) -> dict[str, int]:
    names = ("NORTHSEA_2021_10K", "NORTHSEA_2022_10K", "NORTHSEA_2022Q3_10Q", "ZENITH_2022_10K")
    return {name: library.add(name, ["Something is said."]) for name in names}


def test_the_year_and_the_quarter_choose_among_editions(library: Library) -> None:
    ids = editions(library)
    asked = "What did North Sea earn in {}?"
    assert best(library, asked.format("FY2021")) == [ids["NORTHSEA_2021_10K"]]
    assert best(library, asked.format("Q3 of 2022")) == [ids["NORTHSEA_2022Q3_10Q"]]
    assert best(library, asked.format("the third quarter of 2022")) == [ids["NORTHSEA_2022Q3_10Q"]]


def test_growth_over_years_is_in_the_last_ones_edition(library: Library) -> None:
    ids = editions(library)
    found = best(library, "How did Zenith grow from 2021 to 2022?")
    assert found == [ids["ZENITH_2022_10K"]]


def test_the_latest_edition_is_the_newest_of_those_named(library: Library) -> None:
    ids = editions(library)
    found = best(library, "What does the latest filing of Northsea say?")
    assert found == [ids["NORTHSEA_2022Q3_10Q"]]


def test_the_beginning_of_a_name_and_capitals_are_enough(library: Library) -> None:
    mill = library.add("MGMRESORTS brochure", ["Rooms."])
    library.add("Orchard handbook", ["Trees."])
    library.add("Net fishing", ["Nets."])
    assert best(library, "How many rooms does MGM have?") == [mill]


def test_an_abbreviation_may_stand_on_the_first_page_only(library: Library) -> None:
    company = library.add("Johnson and Sons 10K", ["Trading symbol: JNS", "More."])
    other = library.add("Orchard handbook", ["Trees.", "See JNS for tools."])
    named = DocumentNames(library.store).named("How many people work for JNS?")
    assert named[company] > 0
    assert other not in named


def test_small_letters_name_documents_as_well(library: Library) -> None:
    ids = editions(library)
    assert best(library, "zenith earnings") == [ids["ZENITH_2022_10K"]]


def test_chance_words_do_not_name_a_document_clearly(library: Library) -> None:
    ids = [library.add(f"Report {letter}", ["Text."]) for letter in "ABCDEFGHIJ"]
    guide = library.add("The steps of the pilgrims", ["Text."])
    named = DocumentNames(library.store).named("How many steps are needed to replace the filter?")
    assert named.get(guide, 0.0) < 0.5
    assert not named.keys() & set(ids)


def test_new_titles_are_noticed_with_the_next_document(library: Library) -> None:
    names = DocumentNames(library.store)
    library.add("Orchard", ["Trees."])
    library.add("Ferry", ["Boats."])
    assert not names.named("What about the Windmill?")
    windmill = library.add("Windmill", ["Sails."])
    assert names.named("What about the Windmill?").keys() == {windmill}
    library.store.documents.remove([windmill])
    assert not names.named("What about the Windmill?")


def test_only_documents_of_the_scope_are_named_and_compared(library: Library) -> None:
    ids = editions(library)
    scope = [ids["NORTHSEA_2021_10K"], ids["NORTHSEA_2022_10K"]]
    named = DocumentNames(library.store).named("What did Zenith or Northsea earn in 2022?", scope)
    assert max(named, key=lambda id: named[id]) == ids["NORTHSEA_2022_10K"]
    assert named.keys() <= set(scope)
