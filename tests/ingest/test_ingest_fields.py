"""What is filled into a form is read where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from docqa.ingest.engines import Engines
from docqa.ingest.page_reader import PageReader

HEIGHT = 800.0
MakeForm = Callable[..., Path]


def annotation(
    kind: str, box: Sequence[float], flags: int = 4, **entries: object
) -> DictionaryObject:
    """An annotation of a page whose box is given from the top left: left, top, right, bottom."""
    left, top, right, bottom = box
    rect = (left, HEIGHT - bottom, right, HEIGHT - top)
    found = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(kind),
            NameObject("/Rect"): ArrayObject(map(FloatObject, rect)),
            NameObject("/F"): NumberObject(flags),
        }
    )
    for key, value in entries.items():
        if isinstance(value, int):
            found[NameObject(f"/{key}")] = NumberObject(value)
        else:
            is_name = key in ("FT", "AS")
            found[NameObject(f"/{key}")] = (
                NameObject(f"/{value}") if is_name else TextStringObject(str(value))
            )
    return found


@pytest.fixture
def make_form(tmp_path: Path) -> MakeForm:
    """A page of lines at x = 50, one every 30 points from y = 50 on, with annotations on it."""

    def make(lines: Sequence[str], annotations: Sequence[DictionaryObject], turn: int = 0) -> Path:
        pdf = FPDF(unit="pt", format=(600, HEIGHT))
        pdf.set_font("Helvetica", size=12)
        pdf.set_auto_page_break(False)
        pdf.add_page()
        for index, line in enumerate(lines):
            pdf.text(50, 60 + 30 * index, line)
        path = tmp_path / "form.pdf"
        path.write_bytes(bytes(pdf.output()))
        writer = PdfWriter(clone_from=path)
        page = writer.pages[0]
        page[NameObject("/Annots")] = ArrayObject(map(writer._add_object, annotations))
        if turn:
            page.rotate(turn)
        writer.write(path)
        return path

    return make


def lines_of(path: Path) -> list[str]:
    text = PageReader(Engines(path, None, with_pypdf=False)).read(1).text.text
    return [line for line in text.split("\n") if line]


def test_a_value_stands_behind_its_name(make_form: MakeForm) -> None:
    field = annotation("/Widget", (120, 48, 300, 64), FT="Tx", V="Ada Lovelace")
    city = annotation("/Widget", (120, 78, 300, 94), FT="Ch", V="London")
    path = make_form(["Name:", "City:", "Date:"], [city, field])
    assert lines_of(path) == ["Name: Ada Lovelace", "City: London", "Date:"]


def test_the_value_has_a_place_on_the_page(make_form: MakeForm) -> None:
    field = annotation("/Widget", (120, 48, 300, 64), FT="Tx", V="Ada Lovelace")
    page = PageReader(Engines(make_form(["Name:"], [field]), None, with_pypdf=False)).read(1).text
    [place] = [one for one in page.places if page.text[one.start : one.end] == "Ada"]
    assert 119 < place.box.left < place.box.right < 300
    assert 47 < place.box.top < place.box.bottom < 65


def test_boxes_are_checked_or_not(make_form: MakeForm) -> None:
    yes = annotation("/Widget", (30, 48, 46, 64), FT="Btn", AS="Yes")
    no = annotation("/Widget", (30, 78, 46, 94), FT="Btn", AS="Off")
    push = annotation("/Widget", (30, 108, 46, 124), FT="Btn", V="Send")
    path = make_form(["Married", "Retired", "Send"], [yes, no, push])
    assert lines_of(path) == ["☒ Married", "☐ Retired", "Send"]


def test_lines_of_a_large_field_follow_its_name(make_form: MakeForm) -> None:
    field = annotation("/Widget", (50, 65, 400, 140), FT="Tx", Ff=4096, V="First line\nand more")
    path = make_form(["Remarks:", "", "", "The end"], [field])
    assert lines_of(path) == ["Remarks:", "First line", "and more", "The end"]


def test_a_text_box_without_a_form_is_read(make_form: MakeForm) -> None:
    box = annotation("/FreeText", (50, 50, 300, 70), Contents="Paid!")
    assert lines_of(make_form([], [box])) == ["Paid!"]


def test_what_is_hidden_or_secret_or_already_there_is_not_read(make_form: MakeForm) -> None:
    hidden = annotation("/Widget", (120, 48, 300, 64), flags=2, FT="Tx", V="hidden")
    secret = annotation("/Widget", (120, 78, 300, 94), FT="Tx", Ff=8192, V="secret")
    drawn = annotation("/Widget", (45, 108, 300, 124), FT="Tx", V="drawn")
    path = make_form(["Name:", "Key:", "drawn"], [hidden, secret, drawn])
    assert lines_of(path) == ["Name:", "Key:", "drawn"]


def test_fields_of_a_turned_page_stand_where_they_are_shown(make_form: MakeForm) -> None:
    field = annotation("/Widget", (120, 48, 300, 64), FT="Tx", V="Ada")
    path = make_form(["Name:"], [field], turn=90)
    page = PageReader(Engines(path, None, with_pypdf=False)).read(1).text
    [place] = [one for one in page.places if page.text[one.start : one.end] == "Ada"]
    assert HEIGHT - 65 < place.box.left < place.box.right < HEIGHT - 47
