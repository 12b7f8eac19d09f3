"""The structure of a PDF by pypdf: title, outline and page labels; and its second opinion."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from docqa.ingest.text import clean_line
from docqa.model import Section

_MOST_SECTIONS = 5000
_LONGEST_HEADING = 200
_GLYPH_NAMES = re.compile(r"(?<!\S)(?:/[A-Za-z]{1,2}\d{1,5})+(?!\S)")
"""What pypdf gives for glyphs that have numbers instead of names of letters: /g936/g1007."""
_ANY_GLYPH_NAMES = re.compile(r"(?:/[A-Za-z]{1,2}\d{1,5})+")
_MANY_NAMES = 0.1
"""Share of a page's characters: so many names are not written there, and stand for blanks, too."""

# pypdf reports what it mends, and may quote the file: logs never contain document text.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Structure:
    """What a PDF says about itself. ``labels`` has one entry a page or none at all."""

    title: str | None = None
    sections: tuple[Section, ...] = ()
    labels: tuple[str, ...] = ()
    encrypted: bool = False


class Pypdf:
    """One file, opened by pypdf. Slow but careful; any method may raise any Exception."""

    def __init__(self, path: Path, password: str | None) -> None:
        """Raise PermissionError if the password does not open the file."""
        self._reader = PdfReader(path)
        self.encrypted = self._reader.is_encrypted
        if self.encrypted and not self._reader.decrypt(password or ""):
            raise PermissionError

    def __len__(self) -> int:
        """Number of pages."""
        return len(self._reader.pages)

    def text(self, number: int) -> str:
        """Raw text of a page (1-based), with one unknown character for each glyph's name."""
        raw = self._reader.pages[number - 1].extract_text()
        if sum(map(len, _ANY_GLYPH_NAMES.findall(raw))) > _MANY_NAMES * len(raw):
            return _ANY_GLYPH_NAMES.sub(lambda names: f" {_unknown(names)} ", raw)
        return _GLYPH_NAMES.sub(_unknown, raw)

    def structure(self) -> Structure:
        """Title, outline and labels; a part that cannot be read is left out."""
        title: str | None = None
        sections: tuple[Section, ...] = ()
        labels: tuple[str, ...] = ()
        with contextlib.suppress(Exception):
            title = self._reader.metadata.title if self._reader.metadata else None
        with contextlib.suppress(Exception):
            sections = tuple(self._sections())
        with contextlib.suppress(Exception):
            labels = self._labels()
        return Structure(title, sections, labels, self.encrypted)

    def _sections(self) -> list[Section]:
        found: list[Section] = []
        for destination, level in _flat(self._reader.outline, 1):
            if len(found) == _MOST_SECTIONS:
                break
            with contextlib.suppress(Exception):
                index = self._reader.get_destination_page_number(destination)
                heading = clean_line(str(destination.title)[:1000])[:_LONGEST_HEADING]
                if heading and index is not None and index >= 0:
                    found.append(Section(heading, level, index + 1))
        return found

    def _labels(self) -> tuple[str, ...]:
        if "/PageLabels" not in self._reader.root_object:
            return ()
        return tuple(clean_line(label[:100])[:20] for label in self._reader.page_labels)


def _unknown(names: re.Match[str]) -> str:
    return "\ufffd" * names.group().count("/")


def _flat(outline: Sequence[Any], level: int) -> Iterator[tuple[Any, int]]:
    """The entries of pypdf's nested outline with their levels."""
    for entry in outline:
        if isinstance(entry, list):
            yield from _flat(entry, level + 1)
        else:
            yield entry, level
