"""Watched folders in the window: what comes, goes and moves in them is taken in by itself."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from docqa.paths import Paths
from docqa.ui.folders_dialog import FoldersDialog
from docqa.ui.main_window import MainWindow
from docqa.workspace import Workspace

pytestmark = pytest.mark.usefixtures("lent_embedder")

Open = Callable[[Paths], MainWindow]
LONG = 60_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "Contracts"
    path.mkdir()
    return path


@pytest.fixture
def put(folder: Path, make_pdf: Callable[..., Path]) -> Callable[[str], Path]:
    """Puts a PDF of that name into the folder."""

    def put_pdf(name: str) -> Path:
        made = make_pdf([f"What {name} says is said nowhere else."], f"made-{name}")
        return Path(shutil.move(made, folder / name))

    return put_pdf


def states(window: MainWindow) -> dict[str, str]:
    model = window.library.model
    return {Path(row.path).name: model.state(row) for row in model.rows}


def test_a_watched_folder_is_looked_through_now_and_when_something_comes(
    qtbot: QtBot, opened: Open, ui_paths: Paths, folder: Path, put: Callable[[str], Path]
) -> None:
    put("lease.pdf")
    window = opened(ui_paths)
    window.folders.watch(folder)
    qtbot.waitUntil(lambda: states(window) == {"lease.pdf": "1 page · ready"}, timeout=LONG)
    put("letter.pdf")
    qtbot.waitUntil(lambda: states(window).get("letter.pdf") == "1 page · ready", timeout=LONG)
    assert window.folders.watched[0].path == str(folder)
    window.close()
    assert window.ended_cleanly


def test_what_came_while_the_window_was_closed_is_taken_in_at_the_start(
    qtbot: QtBot, opened: Open, ui_paths: Paths, folder: Path, put: Callable[[str], Path]
) -> None:
    with Workspace.open(ui_paths.workspace, ui_paths) as workspace:
        workspace.watch(folder)
    put("lease.pdf")
    window = opened(ui_paths)
    qtbot.waitUntil(lambda: "lease.pdf" in states(window), timeout=LONG)


def test_nothing_is_asked_about_files_that_nobody_waits_for(
    qtbot: QtBot, opened: Open, ui_paths: Paths, folder: Path, make_pdf: Callable[..., Path]
) -> None:
    shutil.move(make_pdf(["A secret."], "locked.pdf", "sesame"), folder / "locked.pdf")
    window = opened(ui_paths)
    window.folders.watch(folder)
    qtbot.waitUntil(lambda: "is protected" in states(window).get("locked.pdf", ""), timeout=LONG)
    assert window.passwords._dialog is None


def test_an_added_folder_is_offered_to_be_watched(
    qtbot: QtBot, opened: Open, ui_paths: Paths, folder: Path
) -> None:
    window = opened(ui_paths)
    window.add([folder])
    assert "Contracts" in window.offer.text
    window.offer.action_wanted.emit()
    qtbot.waitUntil(lambda: window.folders.is_watched(folder / "deeper"), timeout=LONG)
    assert window.offer.text == ""
    window.add([folder])
    assert window.offer.text == ""


def test_a_folder_is_listed_and_left_alone_again(
    qtbot: QtBot, opened: Open, ui_paths: Paths, folder: Path
) -> None:
    window = opened(ui_paths)
    window.folders.watch(folder)
    qtbot.waitUntil(lambda: window.folders.is_watched(folder), timeout=LONG)
    window.commands.watched_folders.trigger()
    dialog = window.findChild(FoldersDialog)
    assert dialog is not None
    dialog.list.setCurrentRow(0)
    dialog.unwatch.click()
    qtbot.waitUntil(lambda: dialog.list.count() == 0)
    assert window.folders.watched == ()
    dialog.close()


def test_a_folder_that_cannot_be_watched_is_told(
    qtbot: QtBot, opened: Open, ui_paths: Paths, tmp_path: Path
) -> None:
    window = opened(ui_paths)
    window.folders.watch(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: "is not a folder" in window.messages.text)
