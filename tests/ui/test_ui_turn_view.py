import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from docqa.model import Answer, Usage
from docqa.ui.answer_text import costs
from docqa.ui.theme import Theme
from docqa.ui.turn_view import TurnView

ANSWER = Answer("Why?", "So.", True, "prepared", (), ())


@pytest.mark.parametrize("width", [280, 330, 500, 900])
def test_what_an_answer_cost_is_shown_whole_at_every_width(
    qtbot: QtBot, theme: Theme, width: int
) -> None:
    turn = TurnView("Why?", theme)
    qtbot.addWidget(turn)
    turn.resize(width, 300)
    turn.show_answer(ANSWER)
    turn.show()
    foot = next(one for one in turn.findChildren(QLabel) if one.text() == costs(ANSWER))
    badge = next(one for one in turn.findChildren(QLabel) if one.text() == "prepared and checked")
    qtbot.waitUntil(lambda: foot.width() >= foot.fontMetrics().horizontalAdvance(foot.text()))
    assert not foot.geometry().intersects(badge.geometry())
    assert turn.rect().contains(foot.geometry())
    assert badge.width() >= badge.sizeHint().width()


def test_one_token_is_one_token() -> None:
    assert costs(Answer("?", "So.", True, "passages", usage=Usage(1, 0, 0))).endswith("1 token")
    assert costs(Answer("?", "So.", True, "passages", usage=Usage(1, 0, 1))).endswith("2 tokens")
