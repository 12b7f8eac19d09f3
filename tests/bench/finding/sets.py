"""The questions of the development sets, and what they are asked about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docqa.measure.questions import FiledQuestion, parse_questions

LANGUAGES = ("en", "es", "de", "zh", "ar")


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its paragraphs, and questions as (text, paragraph from 1, answerable)."""

    title: str
    paragraphs: tuple[str, ...]
    questions: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True, slots=True)
class SeveralDocuments:
    """A question that needs several documents, by file name without its ending."""

    text: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sets:
    """The folder with the development sets."""

    root: Path

    @property
    def are_there(self) -> bool:
        """Whether they can be read."""
        return (self.root / "financebench" / "questions.jsonl").is_file()

    def pdfs(self, name: str) -> list[Path]:
        """The PDFs of a set, by name."""
        return sorted((self.root / name / "pdfs").glob("*.pdf"))

    def questions(self, name: str) -> list[FiledQuestion]:
        """The questions of a set whose evidence is text, with their pages.

        Some two name page 0, which is none: they are left out.
        """
        kept = (one for one in self._lines(name) if one.get("text_only", True))
        known = [json.dumps(one) for one in kept if 0 not in one.get("pages", ())]
        found, problems = parse_questions("\n".join(known))
        assert not problems, problems
        return [one for one in found if one.pages]

    def comparisons(self) -> list[SeveralDocuments]:
        """The questions of sec10q; no page is known of them, only the documents."""
        return [
            SeveralDocuments(one["question"], frozenset(one["source_docs"]))
            for one in self._lines("sec10q")
        ]

    def squad(self) -> list[Article]:
        """The articles of squad."""
        return _articles(self.root / "squad" / "squad2.json")

    def xquad(self, language: str) -> list[Article]:
        """The articles of xquad in one of the LANGUAGES."""
        return _articles(self.root / "xquad" / f"xquad.{language}.json")

    def _lines(self, name: str) -> Iterator[dict[str, Any]]:
        lines = (self.root / name / "questions.jsonl").read_text("utf-8").splitlines()
        return (json.loads(line) for line in lines if line.strip())


def _articles(path: Path) -> list[Article]:
    return [
        Article(
            article["title"].replace("_", " "),
            tuple(paragraph["context"] for paragraph in article["paragraphs"]),
            tuple(
                (asked["question"].strip(), number, not asked.get("is_impossible"))
                for number, paragraph in enumerate(article["paragraphs"], 1)
                for asked in paragraph["qas"]
            ),
        )
        for article in json.loads(path.read_text("utf-8"))["data"]
    ]
