"""Above the page: the document's title, which page it is, and buttons to turn and to zoom."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QToolButton, QVBoxLayout, QWidget

from docqa.ui.labels import ElidedLabel
from docqa.ui.tooltips import as_tooltip


class PageControls(QWidget):
    """Tells what a person wants; shows what it is told. Pages count from 1."""

    page_wanted = Signal(int)
    larger_wanted = Signal()
    smaller_wanted = Signal()
    fit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel()
        self._title.setProperty("role", "title")
        self.back = _button("", self.tr("Previous page"))
        self.back.setArrowType(Qt.ArrowType.LeftArrow)
        self.back.clicked.connect(lambda: self.page_wanted.emit(self.number.value() - 1))
        self.number: QSpinBox = self._make_number()
        self._count = QLabel()
        self._count.setProperty("role", "muted")
        self.forward = _button("", self.tr("Next page"))
        self.forward.setArrowType(Qt.ArrowType.RightArrow)
        self.forward.clicked.connect(lambda: self.page_wanted.emit(self.number.value() + 1))
        smaller = _button("\N{MINUS SIGN}", self.tr("Zoom out"))
        smaller.clicked.connect(self.smaller_wanted)
        larger = _button("+", self.tr("Zoom in"))
        larger.clicked.connect(self.larger_wanted)
        self._fit = _button(self.tr("Fit"), self.tr("Fit the width"))
        self._fit.clicked.connect(self.fit_wanted)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.back, self.number, self._count, self.forward):
            row.addWidget(widget)
        row.addStretch(1)
        for button in (smaller, larger, self._fit):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addLayout(row)

    def show_document(self, title: str, path: str) -> None:
        """Name the document."""
        self._title.setText(title)
        self._title.setToolTip(as_tooltip(path))

    def show_page(self, page: int, pages: int, label: str) -> None:
        """Say which page is shown, and what is printed on it where that differs."""
        self.number.blockSignals(True)
        self.number.setRange(1, max(1, pages))
        self.number.setValue(page)
        self.number.blockSignals(False)
        printed = "" if label in ("", str(page)) else self.tr(" (printed: {0})").format(label)
        self._count.setText(self.tr("of {0}").format(pages) + printed)
        self.back.setEnabled(page > 1)
        self.forward.setEnabled(page < pages)

    def show_as_text(self, as_text: bool) -> None:
        """Whether the page is shown as text: the buttons then mean its letters."""
        name = self.tr("Usual size of letters") if as_text else self.tr("Fit the width")
        self._fit.setText(self.tr("Reset") if as_text else self.tr("Fit"))
        self._fit.setToolTip(name)
        self._fit.setAccessibleName(name)

    def _make_number(self) -> QSpinBox:
        number = QSpinBox()
        number.setAccessibleName(self.tr("Page number"))
        number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        number.setKeyboardTracking(False)
        number.setMinimumSize(46, 28)
        number.valueChanged.connect(self.page_wanted)
        return number


def _button(text: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(name)
    button.setAccessibleName(name)
    return button
