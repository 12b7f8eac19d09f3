import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from docqa.index.embedder import ChildEmbedder
from docqa.paths import Paths
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme
from docqa.workspace import Workspace

if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "resources" / "sample.pdf"


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    threads = [one for one in gc.get_objects() if isinstance(one, QThread) and isValid(one)]
    left = [one.objectName() for one in threads if one.isRunning() and not in_open_window(one)]
    assert not left


def in_open_window(thread: QThread) -> bool:
    """A window that several tests share may keep its threads until it is closed."""
    owner = thread.parent()
    while owner is not None and not isinstance(owner, QWidget):
        owner = owner.parent()
    return isinstance(owner, QWidget) and owner.isVisible()


@pytest.fixture
def sample() -> Path:
    return SAMPLE


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light", qapp)
    theme.apply()
    return theme


@pytest.fixture
def ui_paths(tmp_path: Path) -> Paths:
    return Paths(
        resources=ROOT / "resources",
        models=(ROOT / "models",),
        workspace=tmp_path / "workspace",
        settings=tmp_path / "settings" / "settings.toml",
        logs=tmp_path / "logs",
        cache=tmp_path.parent / "cache",
    )


@pytest.fixture(scope="session")
def prepared_home(prepared_sample_home: Path) -> Path:
    """A workspace with the sample document and a verified question. Not to be changed."""
    return prepared_sample_home


@pytest.fixture
def prepared_paths(prepared_home: Path, ui_paths: Paths) -> Paths:
    """Paths with a copy of the prepared workspace for one test."""
    shutil.copytree(prepared_home, ui_paths.workspace)
    return ui_paths


class Kept:
    """An embedder that a window may close, though other tests still need it."""

    def __init__(self, embedder: ChildEmbedder) -> None:
        self._embedder = embedder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def kept_embedder(starter_embedder: ChildEmbedder) -> Iterator[None]:
    """Windows of this module do not load an embedder of their own: that takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("docqa.wiring.ChildEmbedder", lambda *_, **__: Kept(starter_embedder))
        yield


@pytest.fixture
def opened(
    qtbot: QtBot, theme: Theme, lent_embedder: None
) -> Iterator[Callable[[Paths], MainWindow]]:
    """Opens windows on real workspaces; each is closed at the end and must end cleanly.

    They share an embedder: each would load one of its own as soon as it is open.
    """
    windows: list[MainWindow] = []

    def open_on(paths: Paths) -> MainWindow:
        window = MainWindow(partial(Workspace.open, paths.workspace, paths), paths, theme)
        qtbot.addWidget(window)
        windows.append(window)
        window.show()
        with qtbot.waitSignals([window.desk.opened, window.desk.documents_read], timeout=20_000):
            window.start()
        return window

    yield open_on
    for window in windows:
        window.close()
        assert window.ended_cleanly
