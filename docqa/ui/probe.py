"""Whether the window can be made at all, without a screen: for the self-test."""

from __future__ import annotations

import os

from PySide6.QtWidgets import QApplication

from docqa.errors import DocqaError
from docqa.paths import Paths
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Theme
from docqa.workspace import Workspace


def window_can_be_made(paths: Paths) -> bool:
    """Make, show and close the window off the screen; call it in a process of its own."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    application = QApplication(["docqa"])
    theme = Theme(None, application)
    theme.apply()
    window = MainWindow(_no_workspace, paths, theme)
    window.show()
    application.processEvents()
    shown = window.isVisible()
    window.close()
    application.processEvents()
    return shown and window.ended_cleanly


def _no_workspace(*, read_only: bool = False) -> Workspace:
    raise DocqaError("This window is only a try.")
