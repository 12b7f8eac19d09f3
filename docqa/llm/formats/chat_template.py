"""A chat format from the template in a model's own metadata, by rendering it and looking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from docqa.llm.formats.chat_format import INSTRUCTIONS, REPLY, USER, Marker, Slot, Template, Text

_Literals = tuple[str, ...]
_Layout = tuple[Marker | Text | Slot, ...]
_Message = dict[str, Any]
_IsControl = Callable[[str], bool]

# What stands for the parts when a template is rendered: nothing that a template looks for, and
# whatever it might change or escape is in it. Documents never meet these, so they need no secret.
_BRIEFING = "qZ7 Briefing «ä» <&> \"'{}%\\ i7 qZ"
_QUESTION = "qX9 Question «ß» <&> \"'{}%\\ u9 qX"
_BOS, _EOS = "qBeginOfTextq", "qEndOfTextq"

_LONGEST_SIGN = 64
"""Characters of a control token; the longest in use have some 30."""
_SIGN = re.compile(r"<[^<>\s]{1,62}>|\[[^\[\]\s]{1,62}\]")
"""What is a sign to the eye: "<|user|>", "</s>", "[INST]"."""
_BEHIND_PHRASE = re.compile(r"(?<=[\n.!?:])")
_THOUGHT = re.compile(r"[<\[][^<>\[\]\s]*think[^<>\[\]\s]*[>\]]", re.IGNORECASE)
_ANALYSIS = "<|channel|>analysis"
"""How the models of the "harmony" format think, whatever they are told."""


class NoFormat(Exception):
    """No chat format can be made of the template."""


class AlwaysThinks(NoFormat):
    """The model thinks aloud before each answer, and its template has no switch for that."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The texts of the tokens that begin and end a text, by which a template may name them."""

    bos: str = "<s>"
    eos: str = "</s>"


def derive(
    source: str, metadata: Mapping[str, object], is_control: _IsControl | None, ends: Ends
) -> Template:
    """The format that the template ``source`` describes.

    ``is_control`` says whether a text is one control token; without it (the vocabulary is not read)
    what looks like a sign counts as one, which tells no more than whether there is a format. Raises
    NoFormat.
    """
    if _ANALYSIS in source:
        raise AlwaysThinks
    instructed, bare = _renderings(source, _has_bos(metadata))
    if _is_open_thought(bare[-1]):
        raise AlwaysThinks
    signs = _Signs(is_control or _looks_like_sign, ends)
    adds_bos = "bos_token" not in source and _adds_bos(metadata)
    layouts = (
        signs.layout(instructed, (INSTRUCTIONS, USER, REPLY)),
        signs.layout(bare, (USER, REPLY)),
    )
    return Template(
        name="its own",
        begins_with_bos=adds_bos or signs.begin_with_bos(bare[0]),
        instructed=layouts[0],
        bare=layouts[1],
        spoken=signs.spoken(*layouts),
    )


# -- rendering -------------------------------------------------------------------------------------


def _renderings(source: str, has_bos: bool) -> tuple[_Literals, _Literals]:
    """What is written before, between and behind the parts, with instructions and without."""
    for as_content in (_plainly, _as_parts):
        system = {"role": "system", "content": as_content(_BRIEFING)}
        user = {"role": "user", "content": as_content(_QUESTION)}
        instructed = _cut(_render(source, [system, user], has_bos), _BRIEFING, _QUESTION)
        bare = _cut(_render(source, [user], has_bos), _QUESTION)
        if bare:
            # Without a system role, instructions open the user's turn.
            return instructed or (bare[0], "\n\n", bare[1]), bare
        if instructed:
            first, between, last = instructed
            return instructed, (first + between, last)
    raise NoFormat


def _plainly(text: str) -> object:
    return text


def _as_parts(text: str) -> object:
    return [{"type": "text", "text": text}]


def _render(source: str, messages: list[_Message], has_bos: bool) -> str:
    """The rendering, or nothing where there is none."""
    from docqa.llm.formats.sandbox import Unrenderable, render  # It imports jinja2.

    values = {"eos_token": _EOS} | ({"bos_token": _BOS} if has_bos else {})
    try:
        return render(source, messages, values)
    except Unrenderable:
        return ""


def _cut(rendered: str, *texts: str) -> _Literals:
    """What is around the texts, if each is there once and in this order; else nothing."""
    literals = []
    for text in texts:
        before, found, rendered = rendered.partition(text)
        if not found:
            return ()
        literals.append(before)
    literals.append(rendered)
    again = any(text in literal for text in (_BRIEFING, _QUESTION) for literal in literals)
    return () if again else tuple(literals)


def _is_open_thought(tail: str) -> bool:
    """Whether the reply would begin inside a thought that the template opened."""
    signs = _THOUGHT.findall(tail)
    return bool(signs) and "/" not in signs[-1] and "END" not in signs[-1].upper()


# -- the beginning of a text -----------------------------------------------------------------------


def _has_bos(metadata: Mapping[str, object]) -> bool:
    return "tokenizer.ggml.bos_token_id" in metadata or _is_sentencepiece(metadata)


def _adds_bos(metadata: Mapping[str, object]) -> bool:
    adds = metadata.get("tokenizer.ggml.add_bos_token", _is_sentencepiece(metadata))
    return bool(adds) and _has_bos(metadata)


def _is_sentencepiece(metadata: Mapping[str, object]) -> bool:
    return metadata.get("tokenizer.ggml.model") == "llama"


# -- control tokens --------------------------------------------------------------------------------


class _Signs:
    """Finds the control tokens in what a template writes."""

    def __init__(self, is_control: _IsControl, ends: Ends) -> None:
        self._is_control = is_control
        self._ends = ends

    def begin_with_bos(self, literal: str) -> bool:
        """Whether the token that begins a text comes first."""
        return literal.startswith((_BOS, self._ends.bos))

    def layout(self, literals: _Literals, slots: tuple[Slot, ...]) -> _Layout:
        """The literals split into control tokens and text, each followed by its slot."""
        parts: list[Marker | Text | Slot] = []
        # The token that begins a text is set by its number, once.
        first = literals[0].removeprefix(_BOS).removeprefix(self._ends.bos)
        for literal, slot in zip((first, *literals[1:]), slots, strict=True):
            named = literal.replace(_BOS, self._ends.bos).replace(_EOS, self._ends.eos)
            text = named.removesuffix(" ")
            # Split off, that blank would make the word behind it another token than usual.
            parts += [*self._split(text), replace(slot, lead=named[len(text) :])]
        return tuple(parts)

    def _split(self, literal: str) -> Iterator[Marker | Text]:
        start = at = 0
        while at < len(literal):
            end = self._end_of_sign(literal, at)
            if end is None:
                at += 1
                continue
            if start < at:
                yield Text(literal[start:at])
            yield Marker(literal[at:end])
            start = at = self._behind(literal, at, end)
        if start < len(literal):
            yield Text(literal[start:])

    def _end_of_sign(self, literal: str, at: int) -> int | None:
        """Where the longest control token that begins at ``at`` ends."""
        if not _is_edge(literal[at]):
            return None
        for end in range(min(len(literal), at + _LONGEST_SIGN), at + 2, -1):
            if _is_edge(literal[end - 1]) and self._is_control(literal[at:end]):
                return end
        return None

    def _behind(self, literal: str, at: int, end: int) -> int:
        """Where the text behind a control token begins: some take blanks and newlines with them."""
        space = len(literal) - end - len(literal[end:].lstrip())
        swallows = space > 0 and self._is_control(literal[at : end + space])
        return end + space if swallows else end

    def spoken(self, *layouts: _Layout) -> tuple[str, ...]:
        """The signs that are no control tokens; the end of a text is one to every model."""
        found = {
            sign for layout in layouts for run in _between_slots(layout) for sign in _spoken_in(run)
        }
        ends = {text for text in (self._ends.bos, self._ends.eos) if not self._is_control(text)}
        return tuple(sorted(found | ends))


def _between_slots(layout: _Layout) -> Iterator[list[Marker | Text]]:
    run: list[Marker | Text] = []
    for part in layout:
        if isinstance(part, Slot):
            yield run
            run = []
        else:
            run.append(part)


def _spoken_in(run: list[Marker | Text]) -> list[str]:
    """The signs in what leads to a slot; the words that introduce it where there are none at all.

    Next to a sign, words such as ChatML's "user" make no turn by themselves.
    """
    texts = [part.text for part in run if isinstance(part, Text)]
    signs = [sign for text in texts for sign in _SIGN.findall(text)]
    if signs or len(texts) < len(run):
        return signs
    return [words for text in texts for words in _introductions(text)]


def _introductions(text: str) -> list[str]:
    """What introduces a turn: words with a colon, and the last ones if they end no sentence."""
    *phrases, last = map(str.strip, _BEHIND_PHRASE.split(text.rstrip()))
    words = [phrase for phrase in phrases if phrase.endswith(":")]
    if not last.endswith((".", "!", "?")):
        words.append(last)
    # A single letter is spelled already.
    return [each for each in words if len(each) > 1]


def _is_edge(character: str) -> bool:
    """Whether a control token may begin or end so: all in use have brackets of some kind."""
    return not character.isalnum() and not character.isspace()


def _looks_like_sign(text: str) -> bool:
    return _SIGN.fullmatch(text) is not None
