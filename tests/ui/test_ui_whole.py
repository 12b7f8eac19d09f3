"""The window with a real workspace and the starter models, as a person uses it."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from docqa.model import Answer
from docqa.paths import Paths
from docqa.ui.main_window import MainWindow
from docqa.ui.quote import letters
from docqa.ui.theme import Theme
from docqa.workspace import Workspace

Open = Callable[[Paths], MainWindow]
ROOT = Path(__file__).resolve().parents[2]
LONG = 120_000


def drop(window: MainWindow, *files: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    window.dropEvent(
        QDropEvent(
            QPointF(500, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def states(window: MainWindow) -> list[str]:
    model = window.library.model
    return [model.state(row) for row in model.rows]


def ask(qtbot: QtBot, window: MainWindow, question: str) -> Answer:
    window.chat.composer.field.setPlainText(question)
    qtbot.keyClick(window.chat.composer.field, Qt.Key.Key_Return)
    assert window.asking.is_answering
    qtbot.waitUntil(lambda: not window.asking.is_answering, timeout=LONG)
    answer = window.chat.turns[-1].answer
    assert answer is not None
    return answer


@pytest.fixture(scope="module")
def window(
    qapp: QApplication, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainWindow]:
    """One window for the tests that only ask: its models are loaded once."""
    base = tmp_path_factory.mktemp("shared")
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
    read.exec()
    yield window
    window.close()
    assert window.ended_cleanly


@pytest.fixture
def a_question() -> str:
    lines = (ROOT / "resources/sample_questions.jsonl").read_text(encoding="utf-8").splitlines()
    return str(json.loads(lines[0])["question"])


@pytest.fixture
def a_prepared_question(qtbot: QtBot, window: MainWindow) -> str:
    qtbot.waitUntil(lambda: bool(window.chat.welcome.buttons))
    return window.chat.welcome.buttons[0].accessibleName()


def test_a_dropped_file_becomes_ready_and_is_shown(
    qtbot: QtBot, opened: Open, ui_paths: Paths, sample: Path, tmp_path: Path
) -> None:
    window = opened(ui_paths)
    (tmp_path / "notes.txt").write_text("not a PDF", encoding="utf-8")
    drop(window, sample, tmp_path / "notes.txt")
    assert states(window) == ["waiting", "waiting"]
    qtbot.waitUntil(
        lambda: "ready" in states(window)[0] and "pages" in states(window)[0], timeout=LONG
    )
    qtbot.waitUntil(lambda: not window.library.model.is_busy, timeout=LONG)
    assert "PDF" in states(window)[1]
    qtbot.waitUntil(lambda: window.page.document is not None)
    assert window.library.strip.button.isEnabled()


def test_an_answer_streams_and_its_citation_opens_the_page(
    qtbot: QtBot, window: MainWindow, a_question: str
) -> None:
    answer = ask(qtbot, window, a_question)
    assert answer.found
    view = window.chat.turns[-1].answer_view
    assert letters(answer.sentences[0].text)[0] in letters(view.toPlainText())[0]
    view.anchorClicked.emit(QUrl("cite:0"))
    cited = answer.citations[0]
    qtbot.waitUntil(lambda: window.page.view.marked_page == cited.page - 1)
    assert window.page.page == cited.page
    assert window.page.view.marked_regions()


def test_what_the_document_does_not_say_is_not_found(qtbot: QtBot, window: MainWindow) -> None:
    answer = ask(qtbot, window, "Which spices go into a Hungarian goulash?")
    assert not answer.found
    assert "Not found in your documents" in window.chat.turns[-1].answer_view.toPlainText()


def test_stop_works_at_once_and_the_next_question_is_answered(
    qtbot: QtBot, window: MainWindow, a_question: str
) -> None:
    field = window.chat.composer.field
    field.setPlainText("Please describe in great detail everything that happened in the year.")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.wait(50)
    window.commands.stop.trigger()
    assert not window.asking.is_answering
    assert window.chat.composer.button.text() == "Ask"
    assert "Stopped" in window.chat.turns[-1].answer_view.toPlainText()
    qtbot.waitUntil(lambda: not window.desk.answering.is_busy, timeout=5000)
    assert ask(qtbot, window, a_question).question == a_question


def test_a_prepared_question_is_answered_from_the_night(
    qtbot: QtBot, window: MainWindow, a_prepared_question: str
) -> None:
    window.chat.welcome.chosen.emit(a_prepared_question)
    qtbot.waitUntil(lambda: not window.asking.is_answering, timeout=LONG)
    answer = window.chat.turns[-1].answer
    assert answer is not None
    assert (answer.question, answer.route) == (a_prepared_question, "prepared")


def test_typing_finds_prepared_questions(
    qtbot: QtBot, window: MainWindow, a_prepared_question: str
) -> None:
    composer = window.chat.composer
    qtbot.keyClicks(composer.field, a_prepared_question[:12])
    qtbot.waitUntil(lambda: a_prepared_question in composer.suggestions.questions())
    composer.clear()


def test_prepare_overnight_brings_notes_until_it_is_pressed_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    button, strip = window.library.strip.button, window.library.strip
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.text() == "Stop preparing"
    qtbot.waitUntil(lambda: "kept" in strip.text(), timeout=LONG)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button.text() == "Prepare overnight", timeout=5000)
    assert "steps are left for next time" in strip.text()


def test_earlier_turns_are_there_again(
    qtbot: QtBot, opened: Open, prepared_paths: Paths, a_prepared_question: str
) -> None:
    first = opened(prepared_paths)
    ask(qtbot, first, a_prepared_question)
    first.close()
    second = opened(prepared_paths)
    qtbot.waitUntil(lambda: len(second.chat.turns) == 1)
    qtbot.waitUntil(lambda: "% prepared" in second.library.strip.text())
    assert second.chat.turns[0].answer is not None
    assert second.chat.turns[0].answer.question == a_prepared_question


def test_a_removed_document_is_gone_everywhere(
    qtbot: QtBot, opened: Open, prepared_paths: Paths
) -> None:
    window = opened(prepared_paths)
    qtbot.waitUntil(lambda: window.page.document is not None)
    window.library.remove_wanted.emit([window.library.model.documents()[0].id])
    qtbot.waitUntil(lambda: not window.library.model.rows)
    assert window.page.document is None
    qtbot.waitUntil(lambda: not window.chat.welcome.buttons)


def test_an_add_interrupted_by_closing_goes_on_by_itself(
    qtbot: QtBot, opened: Open, ui_paths: Paths, sample: Path
) -> None:
    first = opened(ui_paths)
    drop(first, sample)
    qtbot.waitUntil(lambda: bool(first.library.model.documents()), timeout=LONG)
    assert first.library.model.is_busy
    first.close()
    assert first.ended_cleanly
    second = opened(ui_paths)
    qtbot.waitUntil(lambda: states(second) == ["8 pages · ready"], timeout=LONG)
