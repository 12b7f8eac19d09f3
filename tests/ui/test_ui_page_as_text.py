import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from docqa.ui.page_as_text import PageAsText


@pytest.fixture
def page(qtbot: QtBot) -> PageAsText:
    page = PageAsText()
    qtbot.addWidget(page)
    page.resize(400, 200)
    page.show()
    return page


def test_a_passage_is_marked_and_in_sight(page: PageAsText) -> None:
    lines = [f"Line {number} of a long page." for number in range(200)]
    text = "\n".join(lines)
    start = text.index("Line 150")
    page.show_text(text, start, start + len(lines[150]) + 1 + len(lines[151]))
    assert page.marked_text() == f"{lines[150]}\n{lines[151]}"
    assert page.rect().contains(page.cursorRect())
    page.show_text(text)
    assert page.marked_text() == ""
    assert page.verticalScrollBar().value() == 0


def test_words_of_a_page_are_never_markup(page: PageAsText) -> None:
    page.show_text("<b>bold</b> <img src='file:///etc/passwd'>")
    assert page.toPlainText() == "<b>bold</b> <img src='file:///etc/passwd'>"


def test_it_can_be_copied_but_not_changed(page: PageAsText) -> None:
    page.show_text("Some words.")
    assert page.isReadOnly()
    page.moveCursor(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    assert page.textCursor().selectedText() == "Some words."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    before=st.text("aä😀字\u0301\n", max_size=12),
    marked=st.text("bß🚢界\n", min_size=1, max_size=12),
    after=st.text("cç\n", max_size=12),
)
def test_offsets_count_characters_of_any_kind(
    page: PageAsText, before: str, marked: str, after: str
) -> None:
    page.show_text(before + marked + after, len(before), len(before) + len(marked))
    assert page.marked_text() == marked


def test_windows_line_ends_count_twice_in_the_text_and_once_on_the_screen(page: PageAsText) -> None:
    page.show_text("one\r\ntwo\r\nthree", 10, 15)
    assert page.marked_text() == "three"
