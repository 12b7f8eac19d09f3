"""Titles, questions and quotes come from strangers: they are shown, never interpreted."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from docqa.model import Document, DocumentSummary, Note
from docqa.ui.library_panel import LibraryPanel
from docqa.ui.theme import Theme
from docqa.ui.tooltips import as_tooltip
from docqa.ui.turn_view import TurnView
from docqa.ui.welcome import Welcome

HTML = "<img src='file:///etc/passwd'><b>Bold</b> & more"


def test_a_tooltip_shows_html_as_characters() -> None:
    assert as_tooltip(HTML) == (
        "<qt>&lt;img src=&#x27;file:///etc/passwd&#x27;&gt;&lt;b&gt;Bold&lt;/b&gt; &amp; more</qt>"
    )
    assert as_tooltip("two\nlines") == "<qt>two<br>lines</qt>"
    assert as_tooltip("") == ""


def test_a_title_is_plain_in_the_list_and_in_the_question_about_it(
    qtbot: QtBot, theme: Theme
) -> None:
    panel = LibraryPanel(theme)
    qtbot.addWidget(panel)
    document = Document(1, "/a/<i>b</i>.pdf", "hash", HTML, 3, 9, "ready")
    panel.model.set_documents([DocumentSummary(document, 0.0)])
    tooltip = panel.model.index(0).data(int(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;i&gt;b&lt;/i&gt;" in tooltip
    panel.select(1)
    panel.remove_selected()
    box = panel.findChild(QMessageBox, "confirmRemove")
    assert box is not None
    assert box.textFormat() == Qt.TextFormat.PlainText
    box.close()


def test_a_question_is_plain_in_chat_and_on_its_button(qtbot: QtBot, theme: Theme) -> None:
    turn = TurnView(HTML, theme)
    qtbot.addWidget(turn)
    label = next(one for one in turn.findChildren(QLabel) if one.text() == HTML)
    assert label.textFormat() == Qt.TextFormat.PlainText

    welcome = Welcome()
    qtbot.addWidget(welcome)
    note = Note(1, 1, "question", HTML, "It.", "verified", ())
    welcome.show_state(1, [note], busy=False)
    (button,) = welcome.buttons
    assert button.toolTip() == as_tooltip(HTML)
    with qtbot.waitSignal(welcome.chosen) as signal:
        button.click()
    assert signal.args == [HTML]
