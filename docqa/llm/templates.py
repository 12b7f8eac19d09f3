"""Chat formats as data: how the parts of a prompt are laid out for each family of models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from docqa.errors import DocqaError
from docqa.llm.base import Prompt

_SlotName = Literal["instructions", "user", "reply"]


@dataclass(frozen=True, slots=True)
class Marker:
    """A sign of the format: one control token, or (``control`` false) ordinary text."""

    text: str
    control: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """Ordinary text. ``fresh``: it follows a marker, so a word begins here (SentencePiece)."""

    text: str
    fresh: bool = False


Segment = Marker | Text


@dataclass(frozen=True, slots=True)
class _Slot:
    name: _SlotName


@dataclass(frozen=True, slots=True)
class Template:
    """One chat format; ``head`` is left out when there are no instructions."""

    name: str
    begins_with_bos: bool
    opening: tuple[Marker | Text, ...]
    head: tuple[Marker | Text | _Slot, ...]
    body: tuple[Marker | Text | _Slot, ...]

    @property
    def control_markers(self) -> tuple[str, ...]:
        """The markers that must be single control tokens of the vocabulary."""
        parts = (*self.opening, *self.head, *self.body)
        return tuple({part.text for part in parts if isinstance(part, Marker) and part.control})

    def segments(self, prompt: Prompt) -> Iterator[Segment]:
        """Lay out a prompt; empty parts are left out."""
        head = self.head if prompt.instructions else ()
        fresh = False
        for part in _fill((*self.opening, *head, *self.body), prompt):
            if isinstance(part, Marker):
                yield part
                fresh = True
            elif part:
                yield Text(part, fresh)
                fresh = False


def _fill(parts: tuple[Marker | Text | _Slot, ...], prompt: Prompt) -> Iterator[Marker | str]:
    for part in parts:
        if isinstance(part, Marker):
            yield part
        elif isinstance(part, Text):
            yield part.text
        elif part.name == "instructions":
            yield prompt.instructions
        elif part.name == "user":
            yield from prompt.user
        else:
            yield prompt.reply


_INSTRUCTIONS, _USER, _REPLY = _Slot("instructions"), _Slot("user"), _Slot("reply")
_START, _END = Marker("<|im_start|>"), Marker("<|im_end|>")

CHATML = Template(
    name="ChatML",
    begins_with_bos=False,
    opening=(),
    head=(_START, Text("system\n"), _INSTRUCTIONS, _END, Text("\n")),
    body=(_START, Text("user\n"), _USER, _END, Text("\n"), _START, Text("assistant\n"), _REPLY),
)


def _mistral(name: str, *, control: bool) -> Template:
    """Mistral has no system role: instructions open the first user turn."""
    return Template(
        name=name,
        begins_with_bos=True,
        opening=(Marker("[INST]", control),),
        head=(_INSTRUCTIONS, Text("\n\n")),
        body=(_USER, Marker("[/INST]", control), _REPLY),
    )


MISTRAL_TEXT = _mistral("Mistral v1", control=False)
MISTRAL_CONTROL = _mistral("Mistral v3", control=True)


def choose_template(
    metadata: Mapping[str, object], name: str, is_control: Callable[[str], bool] | None = None
) -> Template:
    """The format of a model, from its GGUF metadata and whether a text is one control token.

    Without ``is_control`` (the vocabulary is not read) the metadata alone decide. Raises DocqaError
    for a format that is not known here.
    """
    chat = str(metadata.get("tokenizer.chat_template") or "")
    if "<|im_start|>" in chat:
        candidates = [CHATML]
    elif _is_mistral(chat, str(metadata.get("general.name") or name)):
        candidates = [MISTRAL_CONTROL, MISTRAL_TEXT]
    else:
        candidates = []
    for template in candidates:
        if is_control is None or all(map(is_control, template.control_markers)):
            return template
    raise DocqaError(
        f"The model {name} uses a chat format that docqa does not know; "
        "choose an instruct model of the Mistral family or one with the ChatML format."
    )


def _is_mistral(chat: str, name: str) -> bool:
    if chat:
        return "[INST]" in chat and "<<SYS>>" not in chat
    # Early files carry no chat template; their name is all there is.
    return "mistral" in name.lower() and "instruct" in name.lower()
