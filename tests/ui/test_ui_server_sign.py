"""Where answers leave this computer, the window says so, always and in full."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.settings import ServerSettings
from docqa.ui.about import about_text
from docqa.ui.chat_panel import ChatPanel
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme

LONG = ServerSettings(
    f"http://{'node' * 15}.{'cluster' * 8}.example:8000/v1", "mistralai/" + "Mistral" * 12
)
PROMISE = "nothing leaves this computer"


@pytest.fixture
def chat(qtbot: QtBot, theme: Theme) -> ChatPanel:
    chat = ChatPanel(theme)
    qtbot.addWidget(chat)
    chat.resize(700, 500)
    chat.show()
    return chat


def promises(chat: ChatPanel) -> bool:
    return PROMISE in chat.welcome._text.text()


def test_there_is_no_sign_without_a_server(chat: ChatPanel) -> None:
    chat.show_server(None)
    assert not chat.sign.isVisible()
    assert promises(chat)
    assert "leaves this computer" in about_text(is_open=True, server=None)[1]


def test_nothing_is_promised_before_the_settings_are_known(chat: ChatPanel) -> None:
    assert not promises(chat)
    assert "leaves this computer" not in about_text(is_open=False, server=None)[1]


def test_with_a_server_it_stands_above_the_question(chat: ChatPanel) -> None:
    chat.show_server(ServerSettings("http://gpu.lan:8080/v1", "mistral"))
    assert chat.sign.isVisible()
    sentence = "Answers leave this computer: they are written by mistral on gpu.lan."
    assert chat.sign.accessibleName() == sentence
    assert chat.sign.text().replace("\u200b", "") == sentence
    assert "http://gpu.lan:8080/v1" in chat.sign.toolTip()
    assert not promises(chat)
    assert "gpu.lan" in about_text(is_open=True, server=ServerSettings("http://gpu.lan/v1"))[1]
    chat.show_server(None)
    assert not chat.sign.isVisible()
    assert promises(chat)


@pytest.mark.parametrize("width", [330, 700, 1400])
def test_long_names_are_never_cut(chat: ChatPanel, qapp: QApplication, width: int) -> None:
    chat.resize(width, 500)
    chat.show_server(ServerSettings("http://gpu.lan:8080/v1"))
    qapp.processEvents()
    low = chat.sign.height()
    chat.show_server(LONG)
    qapp.processEvents()
    sign = chat.sign
    assert sign.height() == sign.heightForWidth(sign.width()) > low
    longest = max(sign.text().split("\u200b"), key=sign.fontMetrics().horizontalAdvance)
    assert sign.fontMetrics().horizontalAdvance(longest) < sign.contentsRect().width()
    place = QRect(sign.mapTo(chat, sign.rect().topLeft()), sign.size())
    assert chat.rect().contains(place)
    assert not place.intersects(
        QRect(chat.composer.mapTo(chat, chat.rect().topLeft()), chat.composer.size())
    )


def test_the_window_shows_it_as_soon_as_one_can_ask(
    opened: Callable[[Paths], MainWindow], ui_paths: Paths
) -> None:
    ui_paths.settings.parent.mkdir()
    ui_paths.settings.write_text('[server]\nurl = "http://127.0.0.1:9/v1"\nmodel = "mistral"')
    window = opened(ui_paths)
    assert window.chat.sign.isVisible()
    assert "mistral on 127.0.0.1" in window.chat.sign.accessibleName()
