"""Sentences of passages, each with its place on its page: what answers and notes quote."""

from __future__ import annotations

from dataclasses import dataclass

from docqa.ingest.sentences import is_table_row, sentences
from docqa.model import Citation, Evidence, Hit, Passage


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


def is_heading(text: str) -> bool:
    """Whether a sentence (on one line) is a heading: short, without a mark at its end."""
    return len(text) <= 80 and text[:1].isalnum() and text[-1:].isalpha() and not is_table_row(text)


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
