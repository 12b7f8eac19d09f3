"""Opens the window: on the screen first, the workspace after, the models in the background."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from docqa.errors import DocqaError
from docqa.paths import Paths
from docqa.ui.crash import CrashHooks
from docqa.ui.main_window import MainWindow
from docqa.ui.theme import Scheme, Theme

if TYPE_CHECKING:
    from docqa.workspace import Workspace


def open_window(directory: Path, paths: Paths, *, scheme: Scheme | None = None) -> int:
    """Show the window for the workspace in ``directory`` until it is closed; return the exit code.

    Raises DocqaError where there is no screen.
    """
    _require_screen()

    def open_workspace(*, read_only: bool = False) -> Workspace:
        # Imported here, on a thread: the window is on the screen before that.
        from docqa.workspace import Workspace

        return Workspace.open(directory, paths, read_only=read_only)

    application = _application()
    theme = Theme(scheme, application)
    theme.apply()
    window = MainWindow(open_workspace, paths, theme)
    hooks = CrashHooks()
    hooks.crashed.connect(window.show_crash, Qt.ConnectionType.QueuedConnection)
    hooks.install()
    window.show()
    QTimer.singleShot(0, window, window.start)
    # Ctrl-C ends the program at once: Python would notice it only at the next event.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        code = application.exec()
    finally:
        window.shut()
        hooks.remove()
    if not window.ended_cleanly:
        # A thread hangs in a call that cannot be stopped. Everything done is in the database, and
        # the children follow; ending a running QThread in any other way would abort.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _application() -> QApplication:
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("docqa")
    application.setApplicationDisplayName("docqa")
    application.setDesktopFileName("docqa")
    return application


def _require_screen() -> None:
    """Qt would abort without a word that helps."""
    chosen = os.environ.get("QT_QPA_PLATFORM")
    on_linux = sys.platform.startswith("linux")
    if on_linux and not chosen and not _has_screen():
        raise DocqaError(
            "There is no screen to open a window on; use the commands instead, see: docqa --help"
        )


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
