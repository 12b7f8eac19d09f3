import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from pytestqt.qtbot import QtBot

from docqa.model import Document, Note
from docqa.ui.composer import Composer
from docqa.ui.theme import Theme

ONE = Document(1, "/one.pdf", "a", "One", 3, 9, "ready")
TWO = Document(2, "/two.pdf", "b", "Two", 3, 9, "ready")
NOTES = [Note(n, 1, "question", f"What is {n}?", "It.", "verified", ()) for n in (1, 2)]


@pytest.fixture
def composer(qtbot: QtBot, theme: Theme) -> Composer:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_ready(True)
    composer.show()
    return composer


def test_enter_asks_and_shift_enter_breaks_the_line(qtbot: QtBot, composer: Composer) -> None:
    qtbot.keyClicks(composer.field, "Why")
    qtbot.keyClick(composer.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(composer.field, "not?")
    with qtbot.waitSignal(composer.asked) as signal:
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    assert signal.args == ["Why\nnot?"]


def test_nothing_is_asked_without_a_question_or_a_workspace(
    qtbot: QtBot, composer: Composer
) -> None:
    assert not composer.button.isEnabled()
    with qtbot.assertNotEmitted(composer.asked):
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)
    qtbot.keyClicks(composer.field, "Why?")
    assert composer.button.isEnabled()
    composer.set_ready(False)
    with qtbot.assertNotEmitted(composer.asked):
        qtbot.keyClick(composer.field, Qt.Key.Key_Return)


def test_the_button_becomes_stop_while_an_answer_comes(qtbot: QtBot, composer: Composer) -> None:
    composer.set_answering(True)
    assert composer.button.text() == "Stop"
    with qtbot.waitSignal(composer.stop_wanted):
        qtbot.mouseClick(composer.button, Qt.MouseButton.LeftButton)
    composer.set_answering(False)
    assert composer.button.text() == "Ask"


def test_the_field_grows_with_its_text_up_to_a_limit(qtbot: QtBot, composer: Composer) -> None:
    low = composer.field.height()
    composer.field.setPlainText("a\nb\nc")
    higher = composer.field.height()
    composer.field.setPlainText("a\n" * 50)
    assert low < higher < composer.field.height() < 8 * low


def test_suggestions_are_chosen_by_keyboard(qtbot: QtBot, composer: Composer) -> None:
    qtbot.keyClicks(composer.field, "What")
    composer.suggest(NOTES)
    assert composer.suggestions.isVisible()
    qtbot.keyClick(composer.field, Qt.Key.Key_Down)
    qtbot.keyClick(composer.suggestions, Qt.Key.Key_Down)
    with qtbot.waitSignal(composer.asked) as signal:
        qtbot.keyClick(composer.suggestions, Qt.Key.Key_Return)
    assert signal.args == ["What is 2?"]
    assert not composer.suggestions.isVisible()


def test_suggestions_go_with_the_text(qtbot: QtBot, composer: Composer) -> None:
    qtbot.keyClicks(composer.field, "What")
    composer.suggest(NOTES)
    composer.field.clear()
    assert not composer.suggestions.isVisible()


def test_the_scope_is_all_this_or_the_selected(composer: Composer) -> None:
    assert composer.document_ids() is None
    composer.set_this(ONE)
    composer.scope.setCurrentIndex(1)
    assert composer.document_ids() == [1]
    assert composer.scope.currentText() == "This document: One"
    composer.set_selected([ONE, TWO])
    composer.scope.setCurrentIndex(2)
    assert composer.document_ids() == [1, 2]
    composer.set_selected([])
    assert composer.document_ids() is None
    assert composer.scope.currentText() == "All documents"


def test_files_dropped_on_the_field_are_left_to_the_window(composer: Composer) -> None:
    files, text = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile("/a.pdf")])
    text.setText("words")
    assert not composer.field.canInsertFromMimeData(files)
    assert composer.field.canInsertFromMimeData(text)
