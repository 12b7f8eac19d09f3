import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from docqa.model import Answer, AnswerSentence, Citation
from docqa.ui.answer_view import AnswerView
from docqa.ui.sight import Place
from docqa.ui.theme import Theme

NASTY = (
    "<b>bold</b> <img src='file:///etc/hostname'> ![i](file:///etc/hostname) [x](http://a.example)"
)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> AnswerView:
    view = AnswerView(theme)
    qtbot.addWidget(view)
    view.resize(400, 100)
    view.show()
    return view


def answer(text: str) -> Answer:
    cited = Citation(1, "Report", 3, "It is so.", 40, 49)
    return Answer("?", text, True, "passages", (cited,), (AnswerSentence(text, (1,)),))


def links(view: AnswerView) -> set[str]:
    found = set()
    block = view.document().begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            found.add(pieces.fragment().charFormat().anchorHref())
            pieces += 1
        block = block.next()
    return found - {""}


def test_streamed_text_appears_and_is_replaced_by_the_answer(
    qtbot: QtBot, view: AnswerView
) -> None:
    for word in ("It ", "is ", "so", "."):
        view.append(word)
    qtbot.waitUntil(lambda: "It is so." in view.toPlainText())
    view.show_answer(answer("It is so."))
    assert view.toPlainText().startswith("It is so. 1")
    assert "Report, p. 3" in view.toPlainText()


def test_model_output_stays_text(view: AnswerView) -> None:
    view.show_answer(answer(NASTY))
    assert "<b>bold</b>" in view.toPlainText()
    assert "![i](file:///etc/hostname)" in view.toPlainText()
    assert links(view) == {"cite:0"}


def test_nothing_is_ever_loaded(view: AnswerView) -> None:
    kind = QTextDocument.ResourceType.ImageResource.value
    assert view.loadResource(kind, QUrl("file:///etc/hostname")) is None
    view.setSource(QUrl("file:///etc/hostname"))
    assert view.toPlainText() == ""


def test_a_click_on_a_citation_asks_for_its_place(qtbot: QtBot, view: AnswerView) -> None:
    view.show_answer(answer("It is so."))
    with qtbot.waitSignal(view.place_wanted) as signal:
        view.anchorClicked.emit(QUrl("cite:0"))
    assert signal.args == [Place(1, 3, "It is so.", 40, 49)]
    with qtbot.assertNotEmitted(view.place_wanted):
        view.anchorClicked.emit(QUrl("http://a.example"))


def test_it_is_as_high_as_its_text(view: AnswerView) -> None:
    view.show_answer(answer("Short."))
    short = view.height()
    view.show_answer(answer("A rather long sentence that needs many lines. " * 20))
    assert view.height() > 3 * short
    assert view.verticalScrollBar().maximum() == 0


def test_stopping_keeps_what_was_there_and_says_so(view: AnswerView) -> None:
    view.append("Half a sen")
    view.show_stopped()
    assert view.toPlainText().startswith("Half a sen")
    assert "Stopped" in view.toPlainText()
