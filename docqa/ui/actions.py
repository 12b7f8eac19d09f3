"""Everything that menus and shortcuts can do, in one place; the help text is made from it."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

_Keys = QKeySequence.StandardKey


class Actions(QObject):
    """Named actions with shortcuts; whoever builds the window connects them."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.add_files = self._action(self.tr("Add PDFs …"), _Keys.Open)
        self.add_folder = self._action(self.tr("Add folder …"), "Ctrl+Shift+O")
        self.watch_folder = self._action(self.tr("Watch a folder …"), "")
        self.watched_folders = self._action(self.tr("Watched folders …"), "")
        self.remove = self._action(self.tr("Remove from library …"), "")
        self.quit = self._action(self.tr("Quit"), "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.focus_question = self._action(self.tr("Go to the question"), "Ctrl+L")
        self.find = self._action(self.tr("Find words …"), _Keys.Find)
        self.stop = self._action(self.tr("Stop answering"), "Esc")
        self.stop.setEnabled(False)
        self.copy = self._action(self.tr("Copy the last answer"), "Ctrl+Shift+C")
        self.prepare = self._action(self.tr("Prepare overnight"), "Ctrl+Shift+P")
        self.zoom_in = self._action(self.tr("Zoom in"), _Keys.ZoomIn)
        self.zoom_out = self._action(self.tr("Zoom out"), _Keys.ZoomOut)
        self.fit_width = self._action(self.tr("Fit the width"), "Ctrl+0")
        self.previous_page = self._action(self.tr("Previous page"), "Ctrl+PgUp")
        self.next_page = self._action(self.tr("Next page"), "Ctrl+PgDown")
        self.help = self._action(self.tr("Help"), _Keys.HelpContents)
        self.about = self._action(self.tr("About docqa"), "")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)

    def fill_menus(self) -> None:
        """Build the menu bar."""
        bar = self._window.menuBar()
        bar.setAccessibleName(self.tr("Menu"))
        for title, actions in self._menus():
            menu = bar.addMenu(title)
            for action in actions:
                if action is None:
                    menu.addSeparator()
                else:
                    menu.addAction(action)

    def set_writable(self, can_write: bool) -> None:
        """Whether what changes the workspace is offered."""
        for action in (
            self.add_files, self.add_folder, self.watch_folder, self.watched_folders, self.remove,
            self.prepare,
        ):  # fmt: skip
            action.setEnabled(can_write)

    def shortcuts(self) -> list[tuple[str, str]]:
        """Pairs of keys and what they do, for the help text."""
        return [
            (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), action.text())
            for _, actions in self._menus()
            for action in actions
            if action is not None and not action.shortcut().isEmpty()
        ]

    def _menus(self) -> list[tuple[str, list[QAction | None]]]:
        return [
            (
                self.tr("&Library"),
                [
                    self.add_files, self.add_folder, None,
                    self.watch_folder, self.watched_folders, None,
                    self.remove, None, self.quit,
                ],
            ),
            (
                self.tr("&Question"),
                [self.focus_question, self.stop, self.copy, None, self.find, None, self.prepare],
            ),
            (
                self.tr("&Page"),
                [
                    self.previous_page, self.next_page, None,
                    self.zoom_in, self.zoom_out, self.fit_width,
                ],
            ),
            (self.tr("&Help"), [self.help, self.about]),
        ]  # fmt: skip

    def _action(self, text: str, keys: QKeySequence.StandardKey | str) -> QAction:
        action = QAction(text, self._window)
        if keys:
            action.setShortcut(QKeySequence(keys))
        self._window.addAction(action)
        return action
