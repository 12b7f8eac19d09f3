"""What a chat format is: signs, texts and slots in their order, and a prompt laid out by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from docqa.llm.base import Prompt


@dataclass(frozen=True, slots=True)
class Marker:
    """A sign of the format: one control token, or (``control`` false) ordinary text."""

    text: str
    control: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """Ordinary text. ``fresh``: first or behind a marker, so a word begins here (SentencePiece)."""

    text: str
    fresh: bool = False


Segment = Marker | Text


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a part of the prompt goes; ``lead`` (a blank) belongs to its first word."""

    name: Literal["instructions", "user", "reply"]
    lead: str = ""


INSTRUCTIONS, USER, REPLY = Slot("instructions"), Slot("user"), Slot("reply")


@dataclass(frozen=True, slots=True)
class Template:
    """One chat format: how a prompt with instructions is laid out, and how one without.

    ``spoken`` are signs that are no control tokens of the vocabulary: text could give the same
    tokens, so it spells each of them letter by letter.
    """

    name: str
    begins_with_bos: bool
    instructed: tuple[Marker | Text | Slot, ...]
    bare: tuple[Marker | Text | Slot, ...]
    spoken: tuple[str, ...] = ()

    @property
    def control_markers(self) -> tuple[str, ...]:
        """The markers that must be single control tokens of the vocabulary."""
        parts = (*self.instructed, *self.bare)
        return tuple({part.text for part in parts if isinstance(part, Marker) and part.control})

    def segments(self, prompt: Prompt) -> Iterator[Segment]:
        """Lay out a prompt; empty parts are left out."""
        fresh = True
        for part in self._filled(prompt):
            if isinstance(part, Marker):
                yield part
                fresh = True
            elif part:
                yield Text(part, fresh)
                fresh = False

    def _filled(self, prompt: Prompt) -> Iterator[Marker | str]:
        for part in self.instructed if prompt.instructions else self.bare:
            if isinstance(part, Marker):
                yield part
            elif isinstance(part, Text):
                yield part.text
            else:
                yield from self._parts(part, prompt)

    def _parts(self, slot: Slot, prompt: Prompt) -> Iterator[str]:
        texts = {
            "instructions": (prompt.instructions,),
            "user": prompt.user,
            "reply": (prompt.reply,),
        }[slot.name]
        lead = slot.lead
        for text in filter(None, texts):
            yield from _harmless(lead + text, self.spoken)
            lead = ""


def _harmless(text: str, spoken: tuple[str, ...]) -> Iterator[str]:
    """The text in pieces, in which each letter of a spoken sign is one of its own.

    To cut a sign once may change nothing: "</" and "s>" are often the tokens of "</s>".
    """
    cuts = {
        found.start() + at
        for sign in spoken
        for found in re.finditer(f"(?={re.escape(sign)})", text)
        for at in range(len(sign) + 1)
    }
    start = 0
    for end in sorted(cuts | {len(text)}):
        yield text[start:end]
        start = end
