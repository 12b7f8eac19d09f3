"""From a prompt's typed parts to its tokens. Used in the child only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docqa.llm.base import Prompt
from docqa.llm.engine.vocabulary import Vocabulary
from docqa.llm.formats.templates import Marker, Template


@dataclass(frozen=True, slots=True)
class Laid:
    """A prompt as tokens, of which the first ``kept`` are worth saving (0: none).

    ``owners`` are the ids of the documents whose text is in those.
    """

    tokens: tuple[int, ...]
    kept: int = 0
    owners: tuple[int, ...] = ()


class Layout:
    """Lays out prompts in a model's chat format; control tokens come from the format alone."""

    def __init__(self, vocabulary: Vocabulary, template: Template) -> None:
        self._vocabulary = vocabulary
        self._template = template

    def lay(self, prompt: Prompt) -> Laid:
        """The tokens of a prompt."""
        tokens = self._tokens(prompt)
        if prompt.kept is None:
            return Laid(tokens)
        # Each part is tokenised by itself, so both agree up to the end of the last kept part.
        start = replace(prompt, user=prompt.user[: prompt.kept.parts], reply="")
        return Laid(tokens, common_prefix(tokens, self._tokens(start)), prompt.kept.owners)

    def _tokens(self, prompt: Prompt) -> tuple[int, ...]:
        tokens = [self._vocabulary.bos] if self._template.begins_with_bos else []
        for segment in self._template.segments(prompt):
            if isinstance(segment, Marker) and segment.control:
                marker = self._vocabulary.marker(segment.text)
                assert marker is not None  # The template was chosen for it.
                tokens.append(marker)
            else:
                fresh = isinstance(segment, Marker) or segment.fresh
                tokens += self._vocabulary.tokenize(segment.text, fresh=fresh)
        return tuple(tokens)


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    length = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        length += 1
    return length
