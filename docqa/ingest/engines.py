"""The two engines that read one file: PDFium for its text, pypdf for the rest and in its place."""

from __future__ import annotations

from pathlib import Path

from docqa.errors import DocqaError
from docqa.ingest.files import looks_like_pdf
from docqa.ingest.pdfium import Pdfium
from docqa.ingest.structure import Pypdf

_MOST_PAGES = 50_000


class Engines:
    """One open PDF. ``pdfium`` is None if it cannot open the file."""

    def __init__(self, path: Path, password: str | None, *, with_pypdf: bool) -> None:
        """Raise DocqaError if neither engine can open the file."""
        self._path, self._password = path, password
        self._pypdf: Pypdf | None = None
        self._pypdf_failed = not with_pypdf
        self.pdfium, refused = self._open_pdfium()
        engine = self.pdfium or self.pypdf()
        if engine is None:
            raise self._cannot_open(refused)
        self._pages = len(engine)
        if self._pages > _MOST_PAGES:
            raise DocqaError(
                f'"{path.name}" says that it has {self._pages:,} pages, which is more than docqa '
                f"reads ({_MOST_PAGES:,}); split it."
            )

    def __len__(self) -> int:
        """Number of pages."""
        return self._pages

    def close(self) -> None:
        """Let go of the file. Afterwards no page can be read."""
        if self.pdfium is not None:
            self.pdfium.close()

    def pypdf(self) -> Pypdf | None:
        """Pypdf, opened at most once; None if it cannot or counts the pages in another way."""
        if self._pypdf is None and not self._pypdf_failed:
            try:
                engine = Pypdf(self._path, self._password)
                wanted = len(self.pdfium) if self.pdfium is not None else max(1, len(engine))
                self._pypdf = engine if len(engine) == wanted else None
            except Exception:  # It raises anything on damaged files.
                self._pypdf = None
            self._pypdf_failed = self._pypdf is None
        return self._pypdf

    def _open_pdfium(self) -> tuple[Pdfium | None, bool]:
        """PDFium if it opens the file, and whether it was for want of the password."""
        try:
            engine = Pdfium(self._path, self._password)
            return (engine, False) if len(engine) else (None, False)
        except PermissionError:
            return None, True
        except Exception:  # Whatever it is, the other engine is asked.
            return None, False

    def _cannot_open(self, refused: bool) -> DocqaError:
        name = self._path.name
        if refused and self._password:
            return DocqaError(f'The password does not open "{name}"; check it and add it again.')
        if refused:
            return DocqaError(f'"{name}" is protected; add it again together with its password.')
        try:
            if not looks_like_pdf(self._path):
                return DocqaError(f'"{name}" is not a PDF; choose another file.')
        except DocqaError:
            return DocqaError(f'"{name}" can no longer be opened; check that it is still there.')
        return DocqaError(f'"{name}" is damaged and cannot be read; get another copy of it.')
