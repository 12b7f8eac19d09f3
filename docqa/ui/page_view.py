"""A scrolled view of a PDF's pages, rendered off the main thread, with a passage marked."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtPdf import QPdfDocument, QPdfDocumentRenderOptions, QPdfPageRenderer
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from docqa.ui.page_layout import PageLayout, fit_width, lay_out
from docqa.ui.theme import Theme

_KEPT_PAGES = 10
_ZOOM_STEP = 1.2
_MEASURE_SECONDS = 0.01
_SMALLEST, _LARGEST = 0.25, 6.0
_IN_SIGHT = 0.9
"""Share of the viewport that a marked passage may fill and still be shown as a whole."""
MARK = QColor(255, 226, 89)
"""The colour of a marked passage."""


class PageView(QAbstractScrollArea):
    """Shows one QPdfDocument; pages count from 0 here, as in Qt."""

    page_changed = Signal(int)

    def __init__(self, document: QPdfDocument, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._renderer = QPdfPageRenderer(self)
        self._renderer.setRenderMode(QPdfPageRenderer.RenderMode.MultiThreaded)
        self._renderer.setDocument(document)
        self._renderer.pageRendered.connect(self._on_rendered)
        self._options = QPdfDocumentRenderOptions()
        # Else what was filled into a form, and notes on a page, would not be seen.
        self._options.setRenderFlags(QPdfDocumentRenderOptions.RenderFlag.Annotations)
        self._images: OrderedDict[int, QImage] = OrderedDict()
        self._requested: dict[int, tuple[int, QSize]] = {}
        self._sizes: list[QSizeF] = []
        self._layout = PageLayout((), QSize(), 1.0)
        self._unmeasured: list[int] = []
        self._measuring = QTimer(self, interval=0)
        self._measuring.timeout.connect(self._measure)
        self._zoom: float | None = None
        self._page = 0
        self._marked_page = -1
        self._marks: list[QRectF] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Page of the document"))
        self.verticalScrollBar().setSingleStep(24)
        self.verticalScrollBar().valueChanged.connect(self._tell_page)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        theme.changed.connect(self.viewport().update)

    @property
    def page(self) -> int:
        """The page that is being looked at."""
        return self._page

    @property
    def marked_page(self) -> int:
        """The page with the marked passage, or -1."""
        return self._marked_page if self._marks else -1

    @property
    def layout_of_pages(self) -> PageLayout:
        """Where the pages lie, in pixels of the content."""
        return self._layout

    def marked_regions(self) -> list[QRectF]:
        """Boxes of the marked passage, one a line, in pixels of the viewport."""
        offset = self._offset()
        return [box.translated(-offset) for box in self._mark_boxes()]

    def reset(self) -> None:
        """The document was loaded anew (or closed): forget its pages."""
        self._images.clear()
        self._requested.clear()
        count = self._document.pageCount()
        self._sizes = [self._document.pagePointSize(0)] * count
        self._unmeasured = list(range(count - 1, 0, -1))
        self._measuring.start()
        self._page = 0
        self._marks, self._marked_page = [], -1
        self._lay_out()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def mark(self, page: int, boxes: Sequence[QRectF]) -> None:
        """Mark a passage of ``page`` by its boxes in points; none removes the mark."""
        self._marked_page, self._marks = page, list(boxes)
        self.viewport().update()

    def go_to(self, page: int) -> None:
        """Scroll to a page, or to the passage marked on it."""
        if not 0 <= page < len(self._layout.boxes):
            return
        self._measure_page(page)
        box = self._layout.boxes[page]
        target = box.top() - 4
        if page == self._marked_page and self._marks:
            boxes = self._mark_boxes()
            target = max(target, _height_to_show(boxes, self.viewport().height()))
            self._show_column(boxes[0])
        self.verticalScrollBar().setValue(round(target))
        self._page = page
        self.page_changed.emit(page)
        self.viewport().update()

    def zoom_in(self) -> None:
        """Make the page larger."""
        self._set_zoom(self._layout.scale * _ZOOM_STEP)

    def zoom_out(self) -> None:
        """Make the page smaller."""
        self._set_zoom(self._layout.scale / _ZOOM_STEP)

    def fit_width(self) -> None:
        """Let the page fill the width, also when that changes."""
        self._set_zoom(None)

    # -- geometry ------------------------------------------------------------------------------

    def _set_zoom(self, scale: float | None) -> None:
        self._zoom = None if scale is None else min(_LARGEST, max(_SMALLEST, scale))
        self._lay_out()
        self.viewport().update()

    def _lay_out(self) -> None:
        """Place the pages anew and keep the place that was looked at."""
        page, share = self._place()
        width = self.viewport().width()
        scale = self._zoom or fit_width(self._sizes, width)
        self._layout = lay_out(self._sizes, scale, width)
        height = self.viewport().height()
        self.verticalScrollBar().setPageStep(height)
        self.verticalScrollBar().setRange(0, max(0, self._layout.size.height() - height))
        self.horizontalScrollBar().setPageStep(width)
        self.horizontalScrollBar().setRange(0, max(0, self._layout.size.width() - width))
        if page < len(self._layout.boxes):
            box = self._layout.boxes[page]
            self.verticalScrollBar().setValue(round(box.top() + share * box.height()))

    def _place(self) -> tuple[int, float]:
        if not self._layout.boxes:
            return 0, 0.0
        top = self.verticalScrollBar().value()
        page = self._layout.page_at(top)
        box = self._layout.boxes[page]
        return page, (top - box.top()) / max(1.0, box.height())

    def _show_column(self, marked: QRectF) -> None:
        bar = self.horizontalScrollBar()
        if not bar.value() <= marked.left() <= bar.value() + self.viewport().width() * 0.8:
            bar.setValue(round(marked.left() - 40))

    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def _mark_boxes(self) -> list[QRectF]:
        if not 0 <= self._marked_page < len(self._layout.boxes):
            return []
        return [self._layout.on_page(self._marked_page, box) for box in self._marks]

    def _measure(self) -> None:
        """Measure some more pages, not longer than a frame lasts; until then all are alike."""
        until = time.perf_counter() + _MEASURE_SECONDS
        changed = False
        while self._unmeasured and time.perf_counter() < until:
            page = self._unmeasured.pop()
            size = self._document.pagePointSize(page)
            changed = changed or size != self._sizes[page]
            self._sizes[page] = size
        if not self._unmeasured:
            self._measuring.stop()
        if changed:
            self._lay_out()
            self.viewport().update()

    def _measure_page(self, page: int) -> None:
        size = self._document.pagePointSize(page)
        if size != self._sizes[page]:
            self._sizes[page] = size
            self._lay_out()

    def _tell_page(self) -> None:
        if not self._layout.boxes:
            return
        page = self._layout.page_at(
            self.verticalScrollBar().value() + self.viewport().height() * 0.4
        )
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint what is visible; pages that are not rendered yet are white."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(self._theme.tokens.paper_ground))
        offset = self._offset()
        seen = QRectF(self.viewport().rect()).translated(offset)
        painter.translate(-offset)
        for page, box in enumerate(self._layout.boxes):
            if box.intersects(seen):
                self._paint_page(painter, page, box)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(MARK)
        for marked in self._mark_boxes():
            painter.drawRect(marked.adjusted(-1, -1, 1, 1))
        painter.end()

    def _paint_page(self, painter: QPainter, page: int, box: QRectF) -> None:
        painter.fillRect(box, Qt.GlobalColor.white)
        wanted = (box.size() * self.devicePixelRatioF()).toSize()
        image = self._images.get(page)
        if image is not None:
            self._images.move_to_end(page)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, image)
        if image is not None and image.size() == wanted:
            return
        _, requested = self._requested.get(page, (0, QSize()))
        if requested != wanted:
            request = self._renderer.requestPage(page, wanted, self._options)
            self._requested[page] = (request, wanted)

    def _on_rendered(
        self,
        page: int,
        _size: QSize,
        image: QImage,
        _options: QPdfDocumentRenderOptions,
        request: int,
    ) -> None:
        if self._requested.get(page, (0, QSize()))[0] != request:
            return  # Asked for again since, in another size or of another document.
        del self._requested[page]
        self._images[page] = image
        while len(self._images) > _KEPT_PAGES:
            self._images.popitem(last=False)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lay the pages out for the new width."""
        super().resizeEvent(event)
        self._lay_out()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:  # noqa: N802
        """Paint anew at the new place."""
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom with Ctrl held, scroll otherwise."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y() > 0:
                self.zoom_in()
            else:
                self.zoom_out()
            event.accept()
            return
        super().wheelEvent(event)


def _height_to_show(boxes: Sequence[QRectF], viewport: int) -> float:
    """Where to scroll for the whole marked passage; if that is too high, for its beginning.

    It may go on at the top of the next column, above where it begins.
    """
    top, bottom = min(map(QRectF.top, boxes)), max(map(QRectF.bottom, boxes))
    if bottom - top > _IN_SIGHT * viewport:
        return boxes[0].top() - viewport / 3
    return max(top - viewport / 3, bottom - (1 + _IN_SIGHT) / 2 * viewport)
