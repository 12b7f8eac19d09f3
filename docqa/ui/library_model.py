"""The rows of the library: what the workspace knows, and what is still on its way into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from docqa.model import UNFINISHED, Added, AddProgress, Document, DocumentSummary
from docqa.ui.tooltips import as_tooltip
from docqa.ui.words import counted

ROW = int(Qt.ItemDataRole.UserRole)
_NO_INDEX = QModelIndex()
_ROWS_NAMED = 6
"""How many page numbers a row names before it says "and more"."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the library. ``live`` is the last sign of life of an add under way."""

    path: str
    title: str
    summary: DocumentSummary | None = None
    live: AddProgress | None = None
    problem: str | None = None

    @property
    def document(self) -> Document | None:
        """The stored document, if there is one yet."""
        return self.summary.document if self.summary else None

    @property
    def share(self) -> float | None:
        """How far an add under way is in its stage (0 to 1); None when nothing is under way."""
        if self.live is None or self.live.stage == "queued":
            return None
        return self.live.done / max(1, self.live.total)

    @property
    def is_missing(self) -> bool:
        """Whether the document's file is not where it was."""
        return self.live is None and self.summary is not None and self.summary.missing


class LibraryModel(QAbstractListModel):
    """Rows in the order in which they came; one path has one row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._by_path: dict[str, int] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows."""
        return tuple(self._rows)

    def documents(self) -> list[Document]:
        """The stored documents."""
        return [row.document for row in self._rows if row.document is not None]

    def readable(self) -> int:
        """How many documents can be asked about."""
        return sum(one.status in ("indexing", "ready", "partial") for one in self.documents())

    @property
    def is_busy(self) -> bool:
        """Whether anything is being added."""
        return any(row.live is not None for row in self._rows)

    # -- what happens to rows --------------------------------------------------------------------

    def expect(self, paths: Sequence[Path]) -> None:
        """Files and folders were dropped: show them at once."""
        for path in paths:
            text = str(path)
            self._update(text, live=AddProgress(text, "queued", 0, 0), problem=None)

    def progress(self, event: AddProgress) -> bool:
        """An add goes on; a folder's row gives way to the rows of its files.

        True if it came to another stage, so that the stored document changed.
        """
        self._drop_folders_of(event.path)
        index = self._by_path.get(event.path)
        before = None if index is None else self._rows[index].live
        self._update(event.path, live=event, problem=None)
        return before is None or before.stage != event.stage

    def added(self, event: Added) -> None:
        """An add ended. What could not be stored keeps a row with the reason."""
        self._drop_folders_of(event.path)
        if event.status == "failed":
            problem = event.problem or self.tr("could not be read")
            self._update(event.path, live=None, problem=problem)
            if event.id is None:
                self._update(event.path, summary=None)
        elif event.status == "duplicate" and self._of_path(event.path) is None:
            self._drop(lambda row: row.path == event.path)
        else:
            self._update(event.path, live=None, problem=None)

    def settle(self) -> None:
        """Nothing is being added any more: forget what was only expected."""
        self._drop(lambda row: row.live is not None and row.summary is None)
        for index, row in enumerate(self._rows):
            if row.live is not None:
                self._set(index, replace(row, live=None))

    def set_documents(self, summaries: Sequence[DocumentSummary]) -> None:
        """What the workspace has now."""
        known = {summary.document.id for summary in summaries}
        self._drop(lambda row: row.document is not None and row.document.id not in known)
        by_id = {row.document.id: index for index, row in enumerate(self._rows) if row.document}
        changed: list[int] = []
        for summary in summaries:
            document = summary.document
            index = by_id.get(document.id)
            if index is None:
                index = self._by_path.get(document.path)
                if index is not None and self._rows[index].document is not None:
                    index = None  # Another document whose file was there before.
            if index is None:
                self._append(Row(document.path, document.title, summary))
                continue
            if self._rows[index].document is None and self._is_overtaken(index, document):
                continue
            row = replace(
                self._rows[index], path=document.path, title=document.title, summary=summary
            )
            if row != self._rows[index]:
                self._rows[index] = row
                changed.append(index)
        if changed:  # Told once: views look at all of them anyway.
            self._find_places()
            self.dataChanged.emit(self.index(min(changed)), self.index(max(changed)))

    def _is_overtaken(self, index: int, document: Document) -> bool:
        """Whether a document was still waiting when it was listed, and has failed since."""
        row = self._rows[index]
        return row.live is None and row.problem is not None and document.status in UNFINISHED

    def forget(self, row: Row) -> None:
        """Take a row away that has no document."""
        self._drop(lambda other: other.path == row.path and other.document is None)

    # -- Qt --------------------------------------------------------------------------------------

    def rowCount(  # noqa: N802
        self, parent: QModelIndex | QPersistentModelIndex = _NO_INDEX
    ) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        """The row itself (ROW), its title, its path and reason as a tooltip, and both as speech."""
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}, {self.state(row)}"
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return self._reason(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = filter(None, (row.path, self.state(row), self._reason(row)))
            return as_tooltip("\n".join(lines))
        return None

    def state(self, row: Row) -> str:
        """What a person wants to know about a row, in words."""
        if row.live is not None:
            return self._live_state(row.live)
        if row.problem is not None:
            return row.problem
        if row.is_missing:
            return self.tr("The file is not where it was: {0}").format(row.path)
        if row.summary is None:
            return self.tr("ready")  # Its details are on their way.
        return self._stored_state(row.summary)

    def _reason(self, row: Row) -> str:
        """Why not all of a document could be read, where its state does not say that."""
        problem = row.document.problem if row.document is not None else None
        return problem if problem is not None and problem != self.state(row) else ""

    def _live_state(self, live: AddProgress) -> str:
        if live.stage == "queued":
            return self.tr("waiting")
        if live.stage == "reading":
            if not live.total:
                return self.tr("opening")
            return self.tr("reading p. {0}/{1}").format(live.done, live.total)
        if live.stage == "recognising":
            return self.tr("reading scanned pages {0} of {1}").format(live.done, live.total)
        return self.tr("indexing {0} %").format(round(100 * live.done / max(1, live.total)))

    def _stored_state(self, summary: DocumentSummary) -> str:
        document = summary.document
        if document.status == "failed":
            return document.problem or self.tr("could not be read")
        words = [counted(document.pages, self.tr("1 page"), self.tr("{0} pages"))]
        if document.status in UNFINISHED:
            words.append(
                {"queued": self.tr("waiting"), "reading": self.tr("being read")}.get(
                    document.status, self.tr("being indexed")
                )
            )
        elif summary.prepared >= 1:
            words.append(self.tr("prepared"))
        elif summary.prepared > 0:
            words.append(self.tr("prepared {0} %").format(round(100 * summary.prepared)))
        else:
            words.append(self.tr("ready"))
        if document.status == "partial":
            words.append(self._gaps(document))
        return " · ".join(words)

    def _gaps(self, document: Document) -> str:
        pages = sorted({*document.failed_pages, *document.scanned_pages})
        if not pages:
            return document.problem or self.tr("not all pages could be read")
        named = ", ".join(str(page) for page in pages[:_ROWS_NAMED])
        more = " …" if len(pages) > _ROWS_NAMED else ""
        return self.tr("no text on p. {0}").format(named + more)

    # -- rows ------------------------------------------------------------------------------------

    def _of_path(self, path: str) -> Document | None:
        index = self._by_path.get(path)
        return None if index is None else self._rows[index].document

    def _update(self, path: str, **changes: object) -> None:
        index = self._by_path.get(path)
        if index is not None:
            self._set(index, replace(self._rows[index], **changes))  # type: ignore[arg-type]
            return
        self._append(replace(Row(path, Path(path).stem or path), **changes))  # type: ignore[arg-type]

    def _append(self, row: Row) -> None:
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._by_path[row.path] = len(self._rows)
        self._rows.append(row)
        self.endInsertRows()

    def _set(self, index: int, row: Row) -> None:
        if self._rows[index] != row:
            self._rows[index] = row
            self.dataChanged.emit(self.index(index), self.index(index))

    def _drop_folders_of(self, path: str) -> None:
        parents = {str(parent) for parent in Path(path).parents}
        if not self._by_path.keys().isdisjoint(parents):
            self._drop(lambda row: row.path in parents and row.summary is None)

    def _drop(self, unwanted: Callable[[Row], bool]) -> None:
        for index in range(len(self._rows) - 1, -1, -1):
            if unwanted(self._rows[index]):
                self.beginRemoveRows(QModelIndex(), index, index)
                del self._rows[index]
                self.endRemoveRows()
        self._find_places()

    def _find_places(self) -> None:
        self._by_path = {row.path: index for index, row in enumerate(self._rows)}
