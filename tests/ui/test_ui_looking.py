"""Finding words in the window, as a person does it, on a prepared sample."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEventLoop, Qt, QThread
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docqa.model import Evidence, Found, FoundNote, Marked, Note
from docqa.paths import Paths
from docqa.ui.found_rows import FoundRow
from docqa.ui.found_rows import rows as rows_of
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme
from docqa.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000


@pytest.fixture(scope="module")
def shared(
    qapp: QApplication,
    prepared_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
    kept_embedder: None,
) -> Iterator[MainWindow]:
    """One window for all tests here: its models are loaded once."""
    base = tmp_path_factory.mktemp("looking")
    shutil.copytree(prepared_home, base / "workspace")
    paths = Paths(
        resources=ROOT / "resources",
        models=(ROOT / "models",),
        workspace=base / "workspace",
        settings=base / "s.toml",
        logs=base / "logs",
        cache=base.parent / "cache",
    )
    theme = Theme("light", qapp)
    theme.apply()
    window = MainWindow(partial(Workspace.open, paths.workspace, paths), paths, theme)
    window.show()
    read = QEventLoop()
    window.desk.documents_read.connect(read.quit)
    window.start()
    # The language model is not needed to find something.
    window.desk._warm_up = lambda: None  # type: ignore[method-assign]
    read.exec()
    yield window
    window.close()
    assert window.ended_cleanly


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    """The window with nothing looked for."""
    shared.activateWindow()
    shared.chat.search.clear()
    shared.chat.composer.scope.setCurrentIndex(0)
    shared.chat.composer.field.setFocus()
    return shared


def type_in(qtbot: QtBot, window: MainWindow, text: str) -> list[FoundRow]:
    """Type into the search field and wait for what is found by words."""
    window.commands.find.trigger()
    QTest.keyClicks(window.chat.search, text)
    qtbot.waitUntil(lambda: shown(window).text == text, timeout=LONG)
    return rows(window)


def shown(window: MainWindow) -> Found:
    return window.chat.found.found


def rows(window: MainWindow) -> list[FoundRow]:
    return window.chat.found.list.found.rows


def test_typing_finds_passages_at_once_and_the_click_opens_the_page(
    qtbot: QtBot, window: MainWindow
) -> None:
    found = type_in(qtbot, window, "tidal turb")
    assert window.chat.shows_found
    passage = next(row for row in found if row.kind == "passage")
    marked = {passage.text.text[start:end].lower() for start, end in passage.text.marks}
    assert marked == {"tidal", "turb"}
    view = window.chat.found.list
    place = view.visualRect(view.found.index(found.index(passage))).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert passage.place is not None
    page = passage.place.page
    qtbot.waitUntil(lambda: window.page.view.marked_page == page - 1, timeout=LONG)
    assert window.chat.shows_found


def test_a_prepared_answer_leads_to_its_evidence(qtbot: QtBot, window: MainWindow) -> None:
    question = window.chat.welcome.buttons[0].accessibleName()
    found = type_in(qtbot, window, question[:30])
    assert found[0].title.text == "Prepared answers"
    assert found[1].title.text == question
    QTest.keyClick(window.chat.search, Qt.Key.Key_Return)
    assert found[1].place is not None
    page = found[1].place.page
    qtbot.waitUntil(lambda: window.page.view.marked_page == page - 1, timeout=LONG)


def test_the_keyboard_leads_into_the_list_and_back(qtbot: QtBot, window: MainWindow) -> None:
    found = type_in(qtbot, window, "families")
    view = window.chat.found.list
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Down)
    qtbot.waitUntil(view.hasFocus)
    assert [view.currentIndex().row(), found[0].kind, found[1].kind != "heading"] == [
        1, "heading", True,
    ]  # fmt: skip
    chosen = []
    for _ in range(len(found)):
        chosen.append(found[view.currentIndex().row()].kind)
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert "heading" not in chosen
    qtbot.keyClick(view, Qt.Key.Key_Home)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.waitUntil(window.chat.search.hasFocus)
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(window.chat.composer.field.hasFocus)
    assert window.chat.search.text() == ""
    assert not window.chat.shows_found


def test_who_types_in_the_list_goes_on_with_the_text(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "famil")
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Down)
    QTest.keyClicks(window.chat.found.list, "i")
    assert window.chat.search.hasFocus()
    assert window.chat.search.text() == "famili"


def test_esc_gives_the_focus_back_to_where_it_was(qtbot: QtBot, window: MainWindow) -> None:
    window.library.view.setFocus()
    type_in(qtbot, window, "families")
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Down)
    qtbot.keyClick(window.chat.found.list, Qt.Key.Key_Escape)
    qtbot.waitUntil(window.library.view.hasFocus)


def test_what_was_found_for_an_earlier_text_is_never_shown(
    qtbot: QtBot, window: MainWindow
) -> None:
    told: list[str] = []
    window.chat.found.changed.connect(lambda found: told.append(found.text))
    window.commands.find.trigger()
    for text in ("tidal", "families", "cooperative"):
        window.chat.search.setText(text)
        window.looking.flush()
    qtbot.waitUntil(lambda: shown(window).text == "cooperative", timeout=LONG)
    qtbot.wait(50)
    assert set(told) == {"cooperative"}


def test_a_pause_brings_what_means_the_same(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "electricity from the sea ")
    qtbot.waitUntil(lambda: shown(window).by_meaning, timeout=LONG)
    assert any(row.kind == "passage" for row in rows(window))


def test_nothing_moves_while_somebody_chooses(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "families")
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Down)
    qtbot.waitUntil(window.chat.found.list.hasFocus)
    before = rows(window)
    qtbot.wait(500)
    assert rows(window) is before


def test_nothing_moves_after_something_was_opened(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "families")
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Return)
    before = rows(window)
    qtbot.wait(600)
    assert rows(window) is before
    assert not shown(window).by_meaning


def test_nothing_found_offers_to_ask(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "zzqxv")
    qtbot.waitUntil(lambda: shown(window).by_meaning, timeout=LONG)
    assert "Nothing has these words." in window.chat.found.text
    asked: list[str] = []
    window.chat.asked.disconnect(window.asking.ask)
    window.chat.asked.connect(asked.append)
    qtbot.keyClick(window.chat.search, Qt.Key.Key_Return)
    window.chat.asked.disconnect(asked.append)
    window.chat.asked.connect(window.asking.ask)
    assert asked == ["zzqxv"]
    assert not window.chat.shows_found


def test_the_scope_of_questions_counts_until_everything_is_wanted(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: window.page.document is not None, timeout=LONG)
    window.chat.composer.scope.setCurrentIndex(1)
    type_in(qtbot, window, "families")
    panel = window.chat.found
    assert "This document" in panel.text
    assert panel.everywhere.isVisible()
    qtbot.mouseClick(panel.everywhere, Qt.MouseButton.LeftButton)
    assert "All documents" in panel.text
    assert not panel.everywhere.isVisible()
    # Opening what was found there makes another document the open one; the list stays.
    document = window.page.document
    assert document is not None
    window.chat.composer.set_this(replace(document, id=document.id + 1))
    assert "All documents" in panel.text
    window.chat.composer.set_this(document)
    window.chat.composer.scope.setCurrentIndex(0)
    window.chat.composer.scope.setCurrentIndex(1)
    assert "This document" in panel.text


def test_opening_another_document_is_no_other_scope(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.page.document is not None, timeout=LONG)
    document = window.page.document
    assert document is not None
    composer = window.chat.composer
    composer.set_selected([document])
    composer.scope.setCurrentIndex(2)
    type_in(qtbot, window, "families")
    window.looking._look_everywhere()
    composer.set_this(replace(document, id=document.id + 1))
    assert "All documents" in window.chat.found.text
    composer.set_this(document)
    composer.set_selected([])


def test_without_documents_nothing_is_asked(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "zzqxv")
    qtbot.waitUntil(lambda: window.chat.found.is_empty, timeout=LONG)
    panel = window.chat.found
    panel.show_library(has_documents=False)
    assert "no documents yet" in panel.text
    assert panel.ask.isHidden()
    assert not panel.can_ask
    panel.show_library(has_documents=True)
    assert panel.can_ask


def test_a_library_that_is_still_being_read_says_so(window: MainWindow) -> None:
    summary = window.desk._there().documents()[0]
    reading = replace(summary, document=replace(summary.document, status="reading"))
    window.looking.show_documents([reading])
    assert "still being read" in window.chat.found.text
    window.looking.show_documents([summary])
    assert "still being read" not in window.chat.found.text


def test_asking_shows_the_conversation(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "families")
    window.chat.begin("A question?").show_stopped()
    assert not window.chat.shows_found
    window.commands.find.trigger()
    assert window.chat.shows_found


def test_screen_readers_hear_what_a_row_is(qtbot: QtBot, window: MainWindow) -> None:
    type_in(qtbot, window, "families")
    model = window.chat.found.list.found
    spoken = [
        model.data(model.index(row), int(Qt.ItemDataRole.AccessibleTextRole))
        for row in range(model.rowCount())
    ]
    assert any(str(text).startswith("Passage: ") and ", p. " not in str(text) for text in spoken)
    assert "Passages" in spoken


def test_nothing_is_looked_up_on_the_main_thread(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = window.desk._there()
    look_up = workspace.look_up
    threads: set[str] = set()

    def watched(*arguments: Any, **options: Any) -> Found:
        threads.add(QThread.currentThread().objectName())
        return look_up(*arguments, **options)

    monkeypatch.setattr(workspace, "look_up", watched)
    type_in(qtbot, window, "the tidal turbine of the cooperative")
    qtbot.waitUntil(lambda: shown(window).by_meaning, timeout=LONG)
    assert threads == {"finding", "refining"}


def test_a_note_opens_the_quote_that_says_it() -> None:
    evidence = (
        Evidence(1, 5, 10, 37, "The loan paid for the boat."),
        Evidence(1, 5, 40, 70, "It will be repaid by 2037."),
    )
    note = Note(1, 1, "question", "When?", "The loan will be repaid 2037.", "verified", evidence)
    found = Found("loan", notes=(FoundNote(note, "Report", 1.0, Marked("When?"), Marked("2037")),))
    place = rows_of(found)[1].place
    assert place is not None
    assert place.start == 40
