from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from pytestqt.qtbot import QtBot

from docqa.model import Document
from docqa.ui.pdf_panel import PdfPanel
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


def words_of(panel: PdfPanel, page: int) -> str:
    return " ".join(panel._pdf.getAllText(page - 1).text().split())


def test_a_quote_is_marked_on_its_page_and_in_sight(panel: PdfPanel, document: Document) -> None:
    panel.show_page(document)
    quote = words_of(panel, 5)[200:300]
    panel.show_page(document, 5, quote)
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
    panel.show_page(document)
    panel.show_page(document, 2, words_of(panel, 2)[100:160])

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
    panel.show_page(document, 3, "These words stand on no page of this document at all.")
    assert panel.page == 3
    assert panel.view.marked_page == -1
    assert "could not be marked" in panel.note.text()


def test_pages_are_turned_by_buttons_and_by_number(
    qtbot: QtBot, panel: PdfPanel, document: Document
) -> None:
    panel.show_page(document)
    assert not panel._back.isEnabled()
    qtbot.mouseClick(panel._forward, Qt.MouseButton.LeftButton)
    assert panel.page == 2
    panel._number.setValue(7)
    assert panel.page == 7
    qtbot.mouseClick(panel._back, Qt.MouseButton.LeftButton)
    assert panel.page == 6


def test_zooming_keeps_the_page_and_the_mark(panel: PdfPanel, document: Document) -> None:
    panel.show_page(document)
    panel.show_page(document, 4, words_of(panel, 4)[50:120])
    small = panel.view.layout_of_pages.scale
    panel.view.zoom_in()
    panel.view.zoom_in()
    assert panel.view.layout_of_pages.scale > 1.3 * small
    assert panel.page == 4
    assert panel.view.marked_regions()
    panel.view.fit_width()
    assert panel.view.layout_of_pages.scale == pytest.approx(small)


def test_a_file_that_is_gone_is_told(panel: PdfPanel, tmp_path: Path) -> None:
    gone = Document(2, str(tmp_path / "gone.pdf"), "hash", "Gone", 1, 1, "ready")
    panel.show_page(gone)
    assert panel.document is None
    assert "not there any more" in panel.note.text()


def test_closing_forgets_everything(panel: PdfPanel, document: Document) -> None:
    panel.show_page(document, 3)
    panel.close_document()
    assert panel.document is None
    assert panel.page == 0
