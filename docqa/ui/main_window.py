"""The window: library, chat and page side by side, wired to the desk that does the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QSplitter, QVBoxLayout, QWidget

from docqa.model import Document, DocumentSummary, Note
from docqa.paths import Paths
from docqa.ui.about import about_text, help_text, show_text
from docqa.ui.actions import Actions
from docqa.ui.adding import Adding
from docqa.ui.asking import Asking
from docqa.ui.chat_panel import ChatPanel
from docqa.ui.crash import CrashDialog
from docqa.ui.desk import Desk, OpenWorkspace
from docqa.ui.drop import DropHint, dropped_paths
from docqa.ui.folders import Folders
from docqa.ui.folders_dialog import FoldersDialog
from docqa.ui.library_panel import LibraryPanel
from docqa.ui.looking import Looking
from docqa.ui.message_bar import MessageBar
from docqa.ui.opening import Opening
from docqa.ui.passwords import Passwords
from docqa.ui.pdf_panel import PdfPanel
from docqa.ui.preparing import Preparing
from docqa.ui.reembedding import Reembedding
from docqa.ui.showing import Showing
from docqa.ui.theme import Theme

_SIZES = (280, 560, 440)


class MainWindow(QMainWindow):
    """Owns the panels, the desk and what is under way on it."""

    def __init__(self, open_workspace: OpenWorkspace, paths: Paths, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("docqa")
        self.setAcceptDrops(True)
        self._paths = paths
        self._settings = QSettings(
            str(paths.settings.with_name("window.ini")), QSettings.Format.IniFormat
        )
        self.ended_cleanly = True
        self._is_shut = False
        self.desk = Desk(self)
        self.library = LibraryPanel(theme)
        self.chat = ChatPanel(theme)
        self.page = PdfPanel(theme)
        self.messages = MessageBar()
        self.notice = MessageBar(closable=False)
        self.offer = MessageBar()
        self.opening = Opening(self.desk, self.notice, open_workspace, self)
        self.passwords = Passwords(self)
        self.commands = Actions(self)
        self.adding = Adding(self.desk, self.library.model, self)
        self.folders = Folders(self.desk, self.adding, self.offer, self)
        self.showing = Showing(self.desk, self.page, self.passwords, self)
        self.asking = Asking(self.desk, self.chat, self)
        self.looking = Looking(self.desk, self.chat, self)
        self.preparing = Preparing(self.desk, self.library.strip, self)
        self.reembedding = Reembedding(self.desk, self.library.index_strip, self)
        self._lay_out()
        self._connect_desk()
        self._connect_panels()
        self._connect_actions()
        self._restore()
        self.chat.composer.field.setFocus()

    def start(self) -> None:
        """Open the workspace; call it when the window is on the screen."""
        self.opening.start()

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders to the library."""
        if paths and self.opening.can_write:
            self.adding.add(paths)
            self.library.bring_into_view(paths[-1].resolve())
            if len(paths) == 1 and paths[0].is_dir():
                self.folders.offer(paths[0].resolve())
            self._suggest()

    # -- building --------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        for panel, least in ((self.library, 220), (self.chat, 330), (self.page, 330)):
            panel.setMinimumWidth(least)
            splitter.addWidget(panel)
        splitter.setChildrenCollapsible(False)
        splitter.setSizes(list(_SIZES))
        for index, stretch in enumerate((0, 3, 2)):
            splitter.setStretchFactor(index, stretch)
        self._splitter = splitter
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.messages)
        column.addWidget(self.offer)
        column.addWidget(splitter, 1)
        self.setCentralWidget(central)
        self._hint = DropHint(central)
        self.commands.fill_menus()
        self.resize(sum(_SIZES), 800)

    def _connect_desk(self) -> None:
        desk = self.desk
        self.opening.changed.connect(self._set_writable)
        desk.opened.connect(self._on_opened)
        desk.documents_read.connect(self._on_documents)
        desk.history_read.connect(self.chat.show_history)
        desk.unfinished_read.connect(self.add)
        desk.suggestions_read.connect(self._on_suggestions)
        desk.failed.connect(self.messages.tell)
        desk.told.connect(self.messages.tell)
        desk.crashed.connect(self.show_crash)
        self.adding.password_wanted.connect(self.passwords.want)
        self.passwords.given.connect(self.adding.add_protected)
        self.passwords.keyring_wanted.connect(self._find_keyring)
        for teller in (self.adding, self.folders, self.showing):
            teller.told.connect(self.messages.tell)
        self.adding.document_ready.connect(lambda _id: self._suggest())
        self.showing.changed.connect(self._on_shown)
        self.preparing.notes_found.connect(self._suggest)
        self.asking.answering.connect(self.commands.stop.setEnabled)

    def _connect_panels(self) -> None:
        composer = self.chat.composer
        composer.typed.connect(lambda _text: self._suggest())
        composer.scope_changed.connect(self._suggest)
        self.chat.place_wanted.connect(self.showing.go_to)
        self.looking.place_wanted.connect(self.showing.go_to)
        self.looking.document_wanted.connect(self.showing.open)
        self.chat.sample_wanted.connect(self._add_sample)
        self.library.add_wanted.connect(self._choose_files)
        self.library.open_wanted.connect(self.showing.open)
        self.library.password_wanted.connect(self.passwords.want)
        self.library.remove_wanted.connect(self.desk.remove)
        self.library.selection_changed.connect(
            lambda: composer.set_selected(self.library.selected())
        )

    def _connect_actions(self) -> None:
        actions = self.commands
        actions.add_files.triggered.connect(self._choose_files)
        actions.add_folder.triggered.connect(self._choose_folder)
        actions.watch_folder.triggered.connect(self._choose_folder_to_watch)
        actions.watched_folders.triggered.connect(self._show_folders)
        actions.remove.triggered.connect(self.library.remove_selected)
        actions.quit.triggered.connect(self.close)
        actions.focus_question.triggered.connect(self.chat.composer.field.setFocus)
        actions.find.triggered.connect(self.looking.focus)
        actions.stop.triggered.connect(self.asking.stop)
        actions.copy.triggered.connect(self.asking.copy_last)
        actions.prepare.triggered.connect(self.library.strip.button.click)
        actions.zoom_in.triggered.connect(self.page.zoom_in)
        actions.zoom_out.triggered.connect(self.page.zoom_out)
        actions.fit_width.triggered.connect(self.page.fit_width)
        actions.previous_page.triggered.connect(self.page.previous)
        actions.next_page.triggered.connect(self.page.next)
        actions.help.triggered.connect(lambda: show_text(self, help_text(actions)))
        actions.about.triggered.connect(self._show_about)

    def _show_about(self) -> None:
        show_text(self, about_text(is_open=self.desk.is_open, server=self.desk.server))

    # -- what the desk tells -----------------------------------------------------------------------

    def _on_opened(self) -> None:
        self.messages.hide()
        self.chat.show_server(self.desk.server)
        self.chat.composer.set_ready(True)
        if self.opening.can_write:
            self.adding.start()
            self.folders.start()
        else:
            self.adding.forget()
        self._suggest()

    def _set_writable(self, can_write: bool) -> None:
        self.library.set_writable(can_write)
        self.chat.welcome.set_writable(can_write)
        self.commands.set_writable(can_write)

    def _on_documents(self, summaries: list[DocumentSummary]) -> None:
        self.library.model.set_documents(summaries)
        self.preparing.show_documents(summaries)
        self.showing.show_documents(summaries)
        self.looking.show_documents(summaries)
        self._suggest()

    def _on_shown(self, document: Document | None) -> None:
        self.library.show_open(document)
        self.chat.composer.set_this(document)

    def _on_suggestions(self, prefix: str, notes: list[Note]) -> None:
        composer = self.chat.composer
        if prefix != composer.text:
            return
        composer.suggest(notes)
        if not prefix.strip():
            model = self.library.model
            self.chat.show_suggestions(model.readable(), notes, busy=model.is_busy)

    def _find_keyring(self) -> None:
        if self.desk.is_open:
            self.desk.find_keyring().finished.connect(self.passwords.show_keyring)

    def show_crash(self, report: str) -> None:
        """Show a crash report, one at a time, without stopping anything else."""
        if self.findChild(CrashDialog) is None:
            dialog = CrashDialog(report, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    # -- what a person does ------------------------------------------------------------------------

    def _choose_files(self) -> None:
        files, _ = QFileDialog.getOpenFileNames(
            self, self.tr("Add PDFs"), "", self.tr("PDF files (*.pdf);;All files (*)")
        )
        self.add([Path(file) for file in files])

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Add a folder of PDFs"))
        self.add([Path(folder)] if folder else [])

    def _choose_folder_to_watch(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Watch a folder of PDFs"))
        if folder and self.desk.is_open:
            self.folders.watch(Path(folder))

    def _show_folders(self) -> None:
        dialog = FoldersDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_folders(self.folders.watched)
        self.folders.read.connect(dialog.show_folders)
        dialog.watch_wanted.connect(self._choose_folder_to_watch)
        dialog.unwatch_wanted.connect(self.folders.unwatch)
        dialog.open()

    def _add_sample(self) -> None:
        self.add([self._paths.resources / "sample.pdf"])

    def _suggest(self) -> None:
        composer = self.chat.composer
        self.desk.suggest(composer.text, composer.document_ids(), 6 if not composer.text else 5)

    # -- dropping and closing ----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Files and folders are welcome everywhere."""
        if self.opening.can_write and dropped_paths(event.mimeData()):
            event.acceptProposedAction()
            self._hint.appear()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """They went away again."""
        self._hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Add what was dropped."""
        self._hint.hide()
        event.acceptProposedAction()
        self.add(dropped_paths(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Disappear at once, then stop everything; what is done is kept."""
        self.shut()
        event.accept()

    def shut(self) -> None:
        """Stop everything and remember where the window was; only the first call counts."""
        if self._is_shut:
            return
        self._is_shut = True
        self._settings.setValue("geometry", self.saveGeometry())
        self._settings.setValue("splitter", self._splitter.saveState())
        self.hide()
        self.page.close_document()
        self.folders.stop()
        self.ended_cleanly = self.desk.close()

    def _restore(self) -> None:
        geometry, splitter = self._settings.value("geometry"), self._settings.value("splitter")
        if geometry is not None:
            self.restoreGeometry(geometry)
        if splitter is not None:
            self._splitter.restoreState(splitter)
