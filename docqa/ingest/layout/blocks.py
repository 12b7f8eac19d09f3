"""What a page is made of in reading order: blocks, and in them rows of words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from docqa.ingest.layout.page_text import Word

BlockKind = Literal["text", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a block as a person reads it.

    ``cells``: of a row of a table, the index of the first word of each cell.
    """

    words: tuple[Word, ...]
    cells: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together: a paragraph or a stretch of a column, or a table."""

    kind: BlockKind
    rows: tuple[Row, ...]
