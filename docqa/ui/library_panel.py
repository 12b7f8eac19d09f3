"""The library on the left: every document with its live state, and the preparation strip."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from docqa.ingest.files import wants_password
from docqa.model import Document
from docqa.ui.index_strip import IndexStrip
from docqa.ui.library_delegate import LibraryDelegate
from docqa.ui.library_model import ROW, LibraryModel, Row
from docqa.ui.prepare_strip import PrepareStrip
from docqa.ui.theme import Theme


class LibraryPanel(QFrame):
    """Rows to select, open and remove; files may be dropped anywhere in the window."""

    add_wanted = Signal()
    open_wanted = Signal(object)
    remove_wanted = Signal(object)
    password_wanted = Signal(str, str)
    """The path of a protected file that is not in the library, and its problem."""
    selection_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library")
        self._can_write = True
        self.model = LibraryModel(self)
        self.strip = PrepareStrip()
        self.index_strip = IndexStrip()
        self._delegate = LibraryDelegate(self.model, theme, self)
        self.view = self._make_view()
        theme.changed.connect(self.view.viewport().update)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_header())
        layout.addWidget(self._stack, 1)
        bottom = QVBoxLayout()
        bottom.setContentsMargins(12, 8, 12, 12)
        bottom.setSpacing(8)
        bottom.addWidget(self.index_strip)
        bottom.addWidget(self.strip)
        layout.addLayout(bottom)
        for signal in (self.model.rowsInserted, self.model.rowsRemoved, self.model.dataChanged):
            signal.connect(self._show_state)
        self._show_state()

    def selected(self) -> list[Document]:
        """The selected documents, in the order of the list."""
        return [row.document for row in self.selected_rows() if row.document is not None]

    def selected_rows(self) -> list[Row]:
        """The selected rows, in the order of the list."""
        indexes = sorted(self.view.selectionModel().selectedIndexes(), key=QModelIndex.row)
        return [index.data(ROW) for index in indexes]

    def select(self, document_id: int) -> None:
        """Select the row of one document."""
        for number, row in enumerate(self.model.rows):
            if row.document is not None and row.document.id == document_id:
                self.view.selectionModel().setCurrentIndex(
                    self.model.index(number), QItemSelectionModel.SelectionFlag.ClearAndSelect
                )

    def bring_into_view(self, path: Path) -> None:
        """Scroll to the row of a file or folder: what was just added stands below all others."""
        for number, row in enumerate(self.model.rows):
            if row.path == str(path):
                self.view.scrollTo(self.model.index(number))

    def show_open(self, document: Document | None) -> None:
        """Mark the document whose pages are shown."""
        self._delegate.open_document = document.id if document else 0
        self.view.viewport().update()

    def remove_selected(self) -> None:
        """Ask, then remove; rows that never became documents go at once."""
        for row in self.selected_rows():
            if row.document is None and row.live is None:
                self.model.forget(row)
        documents = self.selected()
        if documents:
            self._confirm(documents)

    def set_writable(self, can_write: bool) -> None:
        """Whether documents can be added, removed and prepared."""
        self._can_write = can_write
        self._add.setEnabled(can_write)
        self._remove.setEnabled(can_write)
        for label in self._invitation:
            label.setVisible(can_write)
        self._show_state()

    # -- parts ---------------------------------------------------------------------------------

    def _make_header(self) -> QHBoxLayout:
        title = QLabel(self.tr("Library"))
        title.setProperty("role", "title")
        self._count = QLabel()
        self._count.setProperty("role", "small")
        self._add = QPushButton(self.tr("Add PDFs …"))
        self._add.setAccessibleName(self.tr("Add PDFs"))
        self._add.clicked.connect(self.add_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(16, 12, 12, 8)
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self._add)
        return row

    def _make_view(self) -> QListView:
        view = QListView()
        view.setObjectName("documents")
        view.setAccessibleName(self.tr("Documents"))
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setMouseTracking(True)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.activated.connect(self._open_index)
        view.selectionModel().selectionChanged.connect(self.selection_changed)
        self._open = QAction(self.tr("Open"), view)
        self._open.triggered.connect(lambda: self._open_index(view.currentIndex()))
        self._remove = QAction(self.tr("Remove from library …"), view)
        self._remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self._remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._remove.triggered.connect(self.remove_selected)
        view.addAction(self._open)
        view.addAction(self._remove)
        return view

    def _make_empty(self) -> QWidget:
        empty = QWidget()
        text = QLabel(self.tr("Drop PDFs here"))
        text.setProperty("role", "title")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        more = QLabel(
            self.tr("Files or whole folders. They stay where they are, on this computer.")
        )
        more.setProperty("role", "muted")
        more.setWordWrap(True)
        more.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._invitation = (text, more)
        layout = QVBoxLayout(empty)
        layout.setContentsMargins(20, 0, 20, 0)
        layout.setSpacing(10)
        layout.addStretch(1)
        layout.addWidget(text)
        layout.addWidget(more)
        layout.addStretch(1)
        return empty

    # -- what a person does --------------------------------------------------------------------

    def _open_index(self, index: QModelIndex) -> None:
        row: Row | None = index.data(ROW)
        if row is None:
            return
        if row.problem is not None and wants_password(Path(row.path), row.problem):
            self.password_wanted.emit(row.path, row.problem)
        elif row.document is not None:
            self.open_wanted.emit(row.document)

    def _show_menu(self, place: QPoint) -> None:
        rows = self.selected_rows()
        if not rows:
            return
        locked = wants_password(Path(rows[0].path), rows[0].problem)
        self._open.setText(self.tr("Enter the password …") if locked else self.tr("Open"))
        self._open.setEnabled(len(rows) == 1 and (locked or rows[0].document is not None))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._open, self._remove])
        menu.popup(self.view.viewport().mapToGlobal(place))

    def _confirm(self, documents: list[Document]) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setObjectName("confirmRemove")
        box.setWindowTitle(self.tr("Remove from library"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        if len(documents) == 1:
            box.setText(self.tr("Remove {0} from the library?").format(documents[0].title))
        else:
            box.setText(self.tr("Remove {0} documents from the library?").format(len(documents)))
        box.setInformativeText(
            self.tr("What was prepared goes too. Nothing happens to the files themselves.")
        )
        yes = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(QMessageBox.StandardButton.Cancel)
        for button in (yes, no):
            button.setAccessibleName(button.text())
        box.setDefaultButton(no)
        ids = [document.id for document in documents]
        box.accepted.connect(lambda: self.remove_wanted.emit(ids))
        box.open()

    def _show_state(self) -> None:
        count = self.model.rowCount()
        self._stack.setCurrentIndex(int(count > 0))
        self._count.setText(str(count) if count else "")
        self.strip.set_startable(self._can_write and bool(self.model.documents()))
