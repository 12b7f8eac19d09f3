from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from pytestqt.qtbot import QtBot

from docqa.model import Box, Document, Page
from docqa.ui.pdf_panel import PdfPanel
from docqa.ui.sight import Place, Sight
from docqa.ui.theme import Theme


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> PdfPanel:
    panel = PdfPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(440, 700)
    panel.show()
    return panel


@pytest.fixture
def document(sample: Path) -> Document:
    return Document(1, str(sample), "hash", "Sample", 8, 30, "ready")


def show(
    panel: PdfPanel,
    document: Document,
    page: int = 1,
    quote: str = "",
    boxes: tuple[Box, ...] = (),
    why_not: str | None = None,
    **of_page: object,
) -> None:
    """Show a page as if the workspace knew this of it."""
    text = str(of_page.pop("text", quote))
    start = text.find(quote)
    place = Place(document.id, page, quote, start, start + len(quote))
    known = Page(document.id, page, text, **of_page)  # type: ignore[arg-type]
    panel.show_sight(document, Sight(place, known, boxes, why_not))


def words_of(panel: PdfPanel, page: int) -> str:
    return " ".join(panel._pdf.getAllText(page - 1).text().split())


def test_a_quote_is_marked_on_its_page_and_in_sight(panel: PdfPanel, document: Document) -> None:
    show(panel, document)
    quote = words_of(panel, 5)[200:300]
    show(panel, document, 5, quote)
    assert panel.page == 5
    assert panel.view.marked_page == 4
    viewport = QRectF(panel.view.viewport().rect())
    regions = panel.view.marked_regions()
    assert regions
    assert all(viewport.contains(region) for region in regions)
    assert panel.note.isHidden()


def test_the_mark_is_yellow_on_the_screen(
    qtbot: QtBot, panel: PdfPanel, document: Document
) -> None:
    show(panel, document)
    show(panel, document, 2, words_of(panel, 2)[100:160])

    def share_of_yellow() -> float:
        image = panel.view.viewport().grab().toImage()
        region = panel.view.marked_regions()[0].toAlignedRect().adjusted(2, 2, -2, -2)
        colours = [
            image.pixelColor(x, y)
            for x in range(region.left(), region.right())
            for y in range(region.top(), region.bottom())
        ]
        yellow = [one for one in colours if one.red() > 200 and one.blue() < 140]
        return len(yellow) / len(colours)

    qtbot.waitUntil(lambda: share_of_yellow() > 0.4)


def test_a_quote_that_is_not_there_still_opens_the_page(
    panel: PdfPanel, document: Document
) -> None:
    show(panel, document, 3, "These words stand on no page of this document at all.")
    assert panel.page == 3
    assert panel.view.marked_page == -1
    assert "could not be marked" in panel.note.text()


def test_pages_are_turned_by_buttons_and_by_number(
    qtbot: QtBot, panel: PdfPanel, document: Document
) -> None:
    show(panel, document)
    assert not panel.controls.back.isEnabled()
    qtbot.mouseClick(panel.controls.forward, Qt.MouseButton.LeftButton)
    assert panel.page == 2
    panel.controls.number.setValue(7)
    assert panel.page == 7
    qtbot.mouseClick(panel.controls.back, Qt.MouseButton.LeftButton)
    assert panel.page == 6


def test_zooming_keeps_the_page_and_the_mark(panel: PdfPanel, document: Document) -> None:
    show(panel, document)
    show(panel, document, 4, words_of(panel, 4)[50:120])
    small = panel.view.layout_of_pages.scale
    panel.view.zoom_in()
    panel.view.zoom_in()
    assert panel.view.layout_of_pages.scale > 1.3 * small
    assert panel.page == 4
    assert panel.view.marked_regions()
    panel.view.fit_width()
    assert panel.view.layout_of_pages.scale == pytest.approx(small)


def test_known_places_are_marked_where_they_are(panel: PdfPanel, document: Document) -> None:
    show(panel, document, 2, "not on that page", (Box(72, 100, 300, 112), Box(72, 115, 180, 127)))
    layout = panel.view.layout_of_pages
    first, second = panel.view.marked_regions()
    assert first.width() == pytest.approx(228 * layout.scale)
    assert second.top() - first.top() == pytest.approx(15 * layout.scale)
    assert panel.note.isHidden()


def test_a_passage_over_two_columns_is_in_sight_as_a_whole(
    panel: PdfPanel, document: Document
) -> None:
    end_of_column, next_column = Box(72, 700, 290, 760), Box(310, 100, 520, 140)
    show(panel, document, 3, "over two columns", (end_of_column, next_column))
    viewport = QRectF(panel.view.viewport().rect())
    assert all(viewport.contains(region) for region in panel.view.marked_regions())
    panel.view.zoom_in()
    panel.view.zoom_in()
    show(panel, document, 3, "over two columns", (end_of_column, next_column))
    beginning, _ = panel.view.marked_regions()  # More than that has no room now.
    assert viewport.top() < beginning.top() < beginning.bottom() < viewport.bottom()


def test_a_file_that_may_not_be_drawn_is_shown_as_text(panel: PdfPanel, document: Document) -> None:
    show(panel, document, 1)
    text = "Before it.\nThe words that are cited,\nin two lines. After it."
    quote = "The words that are cited,\nin two lines."
    show(panel, document, 3, quote, text=text, why_not="The file is not where it was: /a.pdf.")
    assert panel.shows_text
    assert panel.page == 3
    assert panel.reason.text().startswith("The file is not where it was: /a.pdf.")
    assert panel.text.toPlainText() == text
    assert panel.text.marked_text() == quote
    assert panel._pdf.pageCount() == 0  # Qt's reader has let go of the file.
    show(panel, document, 3)
    assert not panel.shows_text


def test_pages_of_text_are_asked_for_when_they_are_turned(
    qtbot: QtBot, panel: PdfPanel, document: Document
) -> None:
    show(panel, document, 7, text="Seven.", why_not="No.")
    with qtbot.waitSignal(panel.page_wanted) as signal:
        qtbot.mouseClick(panel.controls.forward, Qt.MouseButton.LeftButton)
    assert signal.args == [8]
    show(panel, document, 8, text="Eight.", label="vi", why_not="No.")
    assert not panel.controls.forward.isEnabled()
    with qtbot.waitSignal(panel.page_wanted) as signal:
        panel.controls.number.setValue(2)
    assert signal.args == [2]


def test_letters_grow_where_a_page_is_text(panel: PdfPanel, document: Document) -> None:
    show(panel, document, text="Some text.", why_not="No.")
    usual = panel.text.font().pointSizeF()
    panel.zoom_in()
    panel.zoom_in()
    assert panel.text.font().pointSizeF() == usual + 2
    panel.fit_width()
    assert panel.text.font().pointSizeF() == usual


def test_a_protected_file_can_be_opened_with_its_password(
    qtbot: QtBot, panel: PdfPanel, make_pdf: Callable[..., Path]
) -> None:
    path = make_pdf(["A secret."], password="sesame")
    locked = Document(4, str(path), "hash", "Locked", 1, 1, "ready")
    known = Page(4, 1, "A secret.")
    sight = Sight(Place(4, 1), known, (), None)
    panel.show_sight(locked, sight)
    assert panel.is_locked
    assert panel.shows_text
    with qtbot.waitSignal(panel.password_wanted):
        qtbot.mouseClick(panel.unlock, Qt.MouseButton.LeftButton)
    panel.show_sight(locked, sight, "wrong")
    assert panel.is_locked
    panel.show_sight(locked, sight, "sesame")
    assert not panel.is_locked
    assert not panel.shows_text
    assert "A secret." in words_of(panel, 1)


def test_the_panel_says_how_a_page_was_read(panel: PdfPanel, document: Document) -> None:
    show(panel, document, 1, scanned=True)
    assert panel.note.text() == "This page is a scan; its text has not been read yet."
    panel.tell_about(document, Page(document.id, 1, "Read now.", confidence=0.934))
    assert panel.note.text() == "Read by OCR, 93 % sure."
    show(panel, document, 1)
    assert panel.note.isHidden()


def test_what_is_said_of_a_page_goes_with_it(
    qtbot: QtBot, panel: PdfPanel, document: Document
) -> None:
    show(panel, document, 1, scanned=True)
    with qtbot.waitSignal(panel.page_looked_at) as signal:
        panel.next()
    assert signal.args == [2]
    assert panel.note.isHidden()
    panel.tell_about(document, Page(document.id, 1, "", scanned=True))  # It came too late.
    assert panel.note.isHidden()


def test_a_file_that_is_gone_is_told(panel: PdfPanel, tmp_path: Path) -> None:
    gone = Document(2, str(tmp_path / "gone.pdf"), "hash", "Gone", 1, 1, "ready")
    show(panel, gone, text="What it said.")
    assert "not where it was" in panel.reason.text()
    assert panel.text.toPlainText() == "What it said."


def test_closing_forgets_everything(panel: PdfPanel, document: Document) -> None:
    show(panel, document, 3)
    panel.close_document()
    assert panel.document is None
    assert panel.page == 0
