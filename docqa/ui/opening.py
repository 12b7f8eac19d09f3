"""Opening the workspace: to write, only to read beside another docqa, or not at all (yet)."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from docqa.ui.desk import Desk, OpenWorkspace
from docqa.ui.message_bar import MessageBar


class Opening(QObject):
    """Tries, says on its bar what came of it, and tries again."""

    changed = Signal(bool)
    """Whether documents can be added, removed and prepared from now on."""

    def __init__(
        self,
        desk: Desk,
        bar: MessageBar,
        open_workspace: OpenWorkspace,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bar = bar
        self._open_workspace = open_workspace
        self._reads_only = False
        self.can_write = True  # So it looks until the contrary is known.
        desk.opened.connect(self._on_opened)
        desk.open_failed.connect(self._on_failed)
        bar.action_wanted.connect(self.start)

    def start(self) -> None:
        """Open the workspace, or open it again to write."""
        self._bar.disable_action()
        self._desk.open(self._open_workspace)

    def _on_opened(self) -> None:
        again, self._reads_only = self._reads_only, self._desk.read_only
        if not self._reads_only:
            self._bar.hide()
        else:
            sentence = (
                self.tr(
                    "Another docqa is still writing to this workspace: here you can read and ask, "
                    "but not add or prepare."
                )
                if again
                else self.tr(
                    "Another docqa is writing to this workspace: here you can read and ask, but "
                    "not add or prepare."
                )
            )
            self._bar.tell(sentence, "calm", self.tr("Try again"))
        self._set_writable(not self._reads_only)

    def _on_failed(self, sentence: str) -> None:
        self._bar.tell(sentence, "error", self.tr("Try again"))
        self._set_writable(self._desk.is_open and not self._desk.read_only)

    def _set_writable(self, can_write: bool) -> None:
        self.can_write = can_write
        self.changed.emit(can_write)
