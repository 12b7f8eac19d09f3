"""What is known of a place, also of one in an answer that is older than the page's text."""

import pytest

from docqa.model import Box, Page
from docqa.ui.sight import Place, look

TEXT = "The dogs guard the gate. The pump moves forty litres."


class Workspace:
    """Knows one page; where words stand is told by their offsets."""

    def page(self, document_id: int, number: int) -> Page:
        return Page(document_id, number, TEXT)

    def where(self, document_id: int, number: int, start: int, end: int) -> list[Box]:
        return [Box(start, 0, end, 10)]

    def may_show(self, document_id: int) -> str | None:
        return None


@pytest.mark.parametrize("start", [25, 0, 40])
def test_words_are_marked_where_they_stand_now(start: int) -> None:
    quote = "The pump moves forty litres."
    sight = look(Workspace(), Place(1, 1, quote, start, start + len(quote)))  # type: ignore[arg-type]
    assert sight.boxes == (Box(25, 0, 53, 10),)
    assert TEXT[sight.place.start : sight.place.end] == quote


def test_no_other_words_are_marked_instead() -> None:
    sight = look(Workspace(), Place(1, 1, "Cats sleep on the roof.", 0, 23))  # type: ignore[arg-type]
    assert sight.boxes == ()
    assert (sight.place.start, sight.place.end) == (0, 0)
    assert sight.place.quote == "Cats sleep on the roof."


def test_a_page_without_a_quote() -> None:
    sight = look(Workspace(), Place(1, 1))  # type: ignore[arg-type]
    assert sight.boxes == ()
