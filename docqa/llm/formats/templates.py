"""The chat formats known by name, and which format a model has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from docqa.errors import DocqaError
from docqa.llm.formats.chat_format import INSTRUCTIONS, REPLY, USER, Marker, Segment, Template, Text
from docqa.llm.formats.chat_template import AlwaysThinks, Ends, NoFormat, derive

__all__ = [
    "CHATML", "MISTRAL_CONTROL", "MISTRAL_TEXT", "Ends", "Marker", "Segment", "Template", "Text",
    "choose_template",
]  # fmt: skip

_START, _END = Marker("<|im_start|>"), Marker("<|im_end|>")
_CHATML_TURN = (
    _START, Text("user\n"), USER, _END, Text("\n"), _START, Text("assistant\n"), REPLY,
)  # fmt: skip

CHATML = Template(
    name="ChatML",
    begins_with_bos=False,
    instructed=(_START, Text("system\n"), INSTRUCTIONS, _END, Text("\n"), *_CHATML_TURN),
    bare=_CHATML_TURN,
)


def _mistral(name: str, *, control: bool) -> Template:
    """Mistral has no system role: instructions open the first user turn."""
    start, end = Marker("[INST]", control), Marker("[/INST]", control)
    return Template(
        name=name,
        begins_with_bos=True,
        instructed=(start, INSTRUCTIONS, Text("\n\n"), USER, end, REPLY),
        bare=(start, USER, end, REPLY),
        spoken=() if control else (start.text, end.text),
    )


MISTRAL_TEXT = _mistral("Mistral v1", control=False)
MISTRAL_CONTROL = _mistral("Mistral v3", control=True)

_NOT_PLAIN_MISTRAL = ("<<SYS>>", "[SYSTEM_PROMPT]", "[THINK]", "<|im_start|>")
"""Signs of formats that have "[INST]" too, or mean another one by it."""


def choose_template(
    metadata: Mapping[str, object],
    name: str,
    is_control: Callable[[str], bool] | None = None,
    ends: Ends | None = None,
) -> Template:
    """The format of a model, from its GGUF metadata and whether a text is one control token.

    Mistral and ChatML are known here; any other is derived from the model's own template, which may
    name the texts of the vocabulary's ``ends`` (default: the most usual ones). Without
    ``is_control`` (the vocabulary is not read) the metadata alone decide. Raises DocqaError for a
    model without a format or with one that docqa cannot use.
    """
    chat = str(metadata.get("tokenizer.chat_template") or "")
    if _is_mistral(chat, str(metadata.get("general.name") or name)):
        if is_control is None or all(map(is_control, MISTRAL_CONTROL.control_markers)):
            return MISTRAL_CONTROL
        if not chat or metadata.get("tokenizer.ggml.model", "llama") == "llama":
            return MISTRAL_TEXT
    try:
        derived = derive(chat, metadata, is_control, ends or Ends())
    except AlwaysThinks as error:
        raise DocqaError(
            f"The model {name} always thinks aloud before it answers, which takes too long here; "
            "choose an instruct model that answers at once."
        ) from error
    except NoFormat as error:
        raise DocqaError(
            f"The model {name} uses a chat format that docqa does not know; "
            "choose an instruct model of the Mistral family or one with the ChatML format."
        ) from error
    if derived.begins_with_bos and derived.instructed == CHATML.instructed[1:]:
        # Its text begins with the token that also begins a turn (as with SmolLM2): once is enough.
        return replace(CHATML, spoken=derived.spoken)
    if derived.instructed == CHATML.instructed:
        # What the model's maker says where nobody says anything is left out.
        return replace(CHATML, begins_with_bos=derived.begins_with_bos, spoken=derived.spoken)
    return derived


def _is_mistral(chat: str, name: str) -> bool:
    if chat:
        return "[INST]" in chat and not any(sign in chat for sign in _NOT_PLAIN_MISTRAL)
    # Early files carry no chat template; their name is all there is.
    return "mistral" in name.lower() and "instruct" in name.lower()
