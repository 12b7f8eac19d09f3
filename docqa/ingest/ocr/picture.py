"""Renders a page for OCR, as a person sees it, and knows where its pixels stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from docqa.model import Box

Pixels = NDArray[np.uint8]
"""Height by width by blue, green and red."""

_DPI = 200
"""At 150 dpi, 1.3 % of the characters of prose pages were wrong instead of 0.1 %."""
_MOST_PIXELS = 3400
"""Of the longer side: A3 at 200 dpi. What is larger is rendered smaller."""
_LEAST_PIXELS = 1000
"""Of the longer side: images on tiny pages have more pixels than points."""
_LARGEST_SCALE = 8.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A rendered page, turned by so many quarters counterclockwise, and the page's own size.

    ``width`` and ``height`` are those of the page as shown, in points.
    """

    pixels: Pixels
    width: float
    height: float
    turns: int = 0

    @property
    def upright_size(self) -> tuple[float, float]:
        """Width and height of the turned page, in points."""
        return (self.height, self.width) if self.turns % 2 else (self.width, self.height)

    @property
    def scale(self) -> tuple[float, float]:
        """Points per pixel of the turned page, across and down."""
        rows, columns = self.pixels.shape[:2]
        width, height = self.upright_size
        return width / columns, height / rows

    def turned(self, quarters: int) -> Picture:
        """The page turned counterclockwise by quarters."""
        pixels = np.ascontiguousarray(np.rot90(self.pixels, quarters))
        return Picture(pixels, self.width, self.height, (self.turns + quarters) % 4)

    def on_page(self, box: Box) -> Box:
        """Where on the page, as it is shown, something on the turned page stands (points)."""
        corners = [self._unturned(box.left, box.top), self._unturned(box.right, box.bottom)]
        (x0, x1), (y0, y1) = map(sorted, zip(*corners, strict=True))
        return Box(x0, y0, x1, y1)

    def _unturned(self, x: float, y: float) -> tuple[float, float]:
        match self.turns:
            case 1:
                return self.width - y, x
            case 2:
                return self.width - x, self.height - y
            case 3:
                return y, self.height - x
        return x, y


def render(path: Path, password: str | None, number: int) -> Picture:
    """Render a page (1-based) with what its forms and annotations show.

    Raises PermissionError if the password does not open the file, else pypdfium2.PdfiumError.
    """
    try:
        document = pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            raise PermissionError from error
        raise
    try:
        document.init_forms()
        page = document[number - 1]
        try:
            return _render(page)
        finally:
            page.close()
    finally:
        document.close()


def _render(page: Any) -> Picture:
    width, height = page.get_size()
    bitmap = page.render(scale=_scale(width, height), may_draw_forms=True, draw_annots=True)
    try:
        pixels = np.array(bitmap.to_numpy()[:, :, :3], order="C")
    finally:
        bitmap.close()
    return Picture(pixels, width, height)


def _scale(width: float, height: float) -> float:
    """Pixels per point."""
    longer = max(width, height, 1.0)
    scale = min(_DPI / 72, _MOST_PIXELS / longer)
    return min(max(scale, _LEAST_PIXELS / longer), _LARGEST_SCALE)
