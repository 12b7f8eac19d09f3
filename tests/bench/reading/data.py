"""The development files that the measures read; none of them is part of the repository."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the corpus. ``characters``: what each engine found; ``ok``: all three read it."""

    path: Path
    kind: str
    password: str
    characters: tuple[int, int, int]
    ok: bool


@dataclass(frozen=True, slots=True)
class Data:
    """The folder with the sets."""

    root: Path

    @property
    def is_there(self) -> bool:
        """Whether the sets can be read."""
        return (self.root / "pdf_corpus" / "manifest.csv").is_file()

    def corpus(self) -> list[Entry]:
        """Every file of the corpus, as its manifest has them."""
        folder = self.root / "pdf_corpus"
        with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [_entry(folder / "files" / row["file"], row) for row in rows]

    def filings(self) -> list[Path]:
        """The financebench filings, by name."""
        return sorted((self.root / "financebench" / "pdfs").glob("*.pdf"))

    def questions(self, most: int) -> list[str]:
        """So many questions that people asked, about documents of all kinds."""
        found = dict.fromkeys([*self._asked(), *self._squad()])
        return list(found)[:most]

    def _asked(self) -> Iterator[str]:
        for name in ("financebench", "mmlongbench", "sec10q"):
            lines = (self.root / name / "questions.jsonl").read_text("utf-8").splitlines()
            yield from (json.loads(line)["question"] for line in lines if line.strip())

    def _squad(self) -> Iterator[str]:
        articles = json.loads((self.root / "squad" / "squad2.json").read_text("utf-8"))["data"]
        for article in articles:
            for paragraph in article["paragraphs"]:
                yield from (question["question"].strip() for question in paragraph["qas"])


def _entry(path: Path, row: dict[str, str]) -> Entry:
    engines = ("pypdf", "pdfium", "qtpdf")
    counts = [int(row[f"{engine}_chars"] or 0) for engine in engines]
    return Entry(
        path,
        row["kind"],
        row["password"],
        (counts[0], counts[1], counts[2]),
        all(row[f"{engine}_status"] == "ok" for engine in engines),
    )
