"""Sentences of passages, each with its place on its page: what answers and notes quote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docqa.ingest.sentences import is_table_row, sentences
from docqa.model import Citation, Evidence, Hit, Passage

_PRONOUN = re.compile(
    r"(?:\w+ (?:\w+ )?)?(?:it|its|this|that|these|they|their|he|his|she|her|him)\b", re.IGNORECASE
)
_LIST_MARK = re.compile(r"^(?:[•·▪◦●‣*–—-]+|\(?\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a page; ``quote`` is the page's text from ``start`` to ``end``."""

    document_id: int
    page: int
    start: int
    end: int
    quote: str

    @property
    def text(self) -> str:
        """The quote on one line, as a person (or a model) reads it."""
        return " ".join(self.quote.split())

    @property
    def said(self) -> str:
        """The text without the bullet or number of a list item."""
        return _LIST_MARK.sub("", self.text)

    def evidence(self) -> Evidence:
        """This sentence as the evidence of a note."""
        return Evidence(self.document_id, self.page, self.start, self.end, self.quote)

    def citation(self, title: str) -> Citation:
        """This sentence as a citation of the document called ``title``."""
        return Citation(self.document_id, title, self.page, self.quote, self.start, self.end)


def sentences_of(passage: Passage | Hit) -> list[Sentence]:
    """The sentences of a passage, in order, with offsets into the page."""
    return [
        Sentence(
            passage.document_id,
            passage.page,
            passage.start + start,
            passage.start + end,
            passage.text[start:end],
        )
        for start, end in sentences(passage.text)
    ]


def follows(first: Sentence, second: Sentence) -> bool:
    """Whether ``second`` comes right behind ``first`` on the same page."""
    same_page = (first.document_id, first.page) == (second.document_id, second.page)
    return same_page and 0 <= second.start - first.end <= 3


def leans(text: str) -> bool:
    """Whether a sentence begins with a word that means something in the sentence before it."""
    return _PRONOUN.match(text) is not None


def is_prose(sentence: Sentence) -> bool:
    """Whether this is a sentence that says something, not a heading, a row or a footer."""
    text = sentence.text
    return (
        20 <= len(text) <= 400
        and len(text.split()) >= 4
        and text.rstrip("\"'”’)»")[-1:] in ".!"
        and not is_table_row(text)
        and sum(char.isalpha() for char in text) >= 0.6 * len(text.replace(" ", ""))
    )


def is_fragment(sentence: Sentence) -> bool:
    """Whether this is neither a whole sentence nor a row of a table."""
    return not is_prose(sentence) and not is_table_row(sentence.text)
