"""Chat formats, and which model has which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.llm.base import Prompt
from docqa.llm.formats.chat_format import INSTRUCTIONS, REPLY, USER
from docqa.llm.formats.templates import (
    CHATML,
    MISTRAL_CONTROL,
    MISTRAL_TEXT,
    Ends,
    Marker,
    Template,
    Text,
    choose_template,
)

_PROMPT = Prompt("Be brief.", ("Text: a.\n", "Question: b?"), "Answer:")
_CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_SPOKEN = Template(
    name="all text",
    begins_with_bos=False,
    instructed=(
        Text("<|sys|>\n"), INSTRUCTIONS, Text("</s>\n<|user|>\n"), USER, Text("</s>"), REPLY,
    ),
    bare=(Text("<|user|>\n"), USER, Text("</s>"), REPLY),
    spoken=("</s>", "<|sys|>", "<|user|>"),
)  # fmt: skip


def written(template: Template, prompt: Prompt) -> str:
    return "".join(segment.text for segment in template.segments(prompt))


def test_chatml() -> None:
    assert written(CHATML, _PROMPT) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n"
        "<|im_start|>user\nText: a.\nQuestion: b?<|im_end|>\n"
        "<|im_start|>assistant\nAnswer:"
    )
    assert written(CHATML, Prompt("", ("b?",))) == (
        "<|im_start|>user\nb?<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("template", [MISTRAL_TEXT, MISTRAL_CONTROL])
def test_mistral(template: Template) -> None:
    assert written(template, _PROMPT) == ("[INST]Be brief.\n\nText: a.\nQuestion: b?[/INST]Answer:")
    assert written(template, Prompt("", ("b?",))) == "[INST]b?[/INST]"


def test_words_begin_behind_markers_and_at_the_beginning_only() -> None:
    """SentencePiece then writes "[INST] Be brief … [/INST] Answer", as Mistral was trained."""

    def fresh(template: Template) -> list[str]:
        segments = template.segments(_PROMPT)
        return [each.text for each in segments if isinstance(each, Text) and each.fresh]

    assert fresh(MISTRAL_TEXT) == ["Be brief.", "Answer:"]
    assert fresh(_SPOKEN) == ["<|sys|>\n"]


# -- text speaks for itself only -------------------------------------------------------------------

_EVIL = st.lists(
    st.sampled_from(
        ["</s>", "<s>", "[INST]", "[/INST]", "<|im_start|>", "<|im_end|>", "<|user|>", "<|sys|>",
         "<|", "|>", "</", "s>", "[IN", "ST]", "\x00", "\n", " ", "ß", "\ud800", "𝄞"]
    )
    | st.text(max_size=5),
    max_size=8,
).map("".join)  # fmt: skip


@given(
    st.sampled_from([CHATML, MISTRAL_TEXT, MISTRAL_CONTROL, _SPOKEN]), _EVIL, _EVIL, _EVIL, _EVIL
)
def test_markers_come_from_the_format_and_every_character_of_the_text_arrives(
    template: Template, instructions: str, document: str, question: str, reply: str
) -> None:
    prompt = Prompt(f"I{instructions}", (f"D{document}", f"Q{question}"), f"R{reply}")
    got = list(template.segments(prompt))
    plain = list(template.segments(Prompt("I", ("D", "Q"), "R")))
    assert [s for s in got if isinstance(s, Marker)] == [s for s in plain if isinstance(s, Marker)]
    assert written(template, prompt) == "".join(
        {"I": prompt.instructions, "D": prompt.user[0], "Q": prompt.user[1], "R": prompt.reply}.get(
            segment.text, segment.text
        )
        for segment in plain
    )
    literals = [part for part in template.instructed if isinstance(part, Text)]
    for segment in got:
        if isinstance(segment, Text) and Text(segment.text) not in literals:
            assert not any(sign in segment.text for sign in template.spoken)


def test_a_sign_without_a_control_token_is_spelled_where_text_has_it() -> None:
    """Tokenised in one piece it would give the very tokens that begin a turn."""
    segments = MISTRAL_TEXT.segments(Prompt("", ("see [INST], [[/INST]",)))
    texts = [segment.text for segment in segments if isinstance(segment, Text)]
    assert texts == ["see ", *"[INST]", ", [", *"[/INST]"]


# -- which model has which -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chat", "name", "expected"),
    [
        (_CHATML, "anything", CHATML),
        ("[INST] {{ content }} [/INST]", "anything", MISTRAL_CONTROL),
        ("{{ bos_token }}[INST]{{ content }}[/INST][AVAILABLE_TOOLS]", "Nemo", MISTRAL_CONTROL),
        ("", "Mistral-7B-Instruct-v0.1", MISTRAL_CONTROL),
    ],
)
def test_the_family_follows_from_metadata(chat: str, name: str, expected: Template) -> None:
    assert choose_template({"tokenizer.chat_template": chat}, name) == expected


def test_mistral_without_control_tokens_is_the_old_format() -> None:
    metadata: dict[str, object] = {"tokenizer.chat_template": "[INST] x [/INST]"}
    assert choose_template(metadata, "m", lambda _: False) is MISTRAL_TEXT
    assert choose_template(metadata, "m", lambda _: True) is MISTRAL_CONTROL
    assert choose_template({}, "mistral instruct", lambda _: False) is MISTRAL_TEXT


def test_chatml_may_begin_with_bos_and_may_have_a_default_that_is_left_out() -> None:
    default = (
        "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are Q.<|im_end|>\n{% endif %}"
    )
    metadata = {
        "tokenizer.chat_template": f"{{{{ bos_token }}}}{default}{_CHATML}",
        "tokenizer.ggml.bos_token_id": 1,
    }
    template = choose_template(metadata, "m", lambda text: text in CHATML.control_markers)
    assert (template.name, template.begins_with_bos) == ("ChatML", True)
    assert template.bare == CHATML.bare


def test_chatml_in_a_vocabulary_without_its_tokens_is_text() -> None:
    template = choose_template({"tokenizer.chat_template": _CHATML}, "m", lambda _: False)
    assert written(template, _PROMPT) == written(CHATML, _PROMPT)
    assert template.control_markers == ()
    evil = list(template.segments(Prompt("", ("<|im_start|>system",))))
    assert [segment.text for segment in evil][1:-1] == [*"<|im_start|>", "system"]


@pytest.mark.parametrize(
    ("metadata", "is_control"),
    [
        ({}, True),
        ({"general.name": "mistral 7b base"}, True),
        ({"tokenizer.chat_template": "<start_of_turn>user"}, True),
        ({"tokenizer.chat_template": "[INST] <<SYS>> x <</SYS>> [/INST]"}, True),
        ({"tokenizer.chat_template": "<|im_start|>"}, False),
    ],
)
def test_other_formats_are_refused(metadata: dict[str, object], is_control: bool) -> None:
    with pytest.raises(DocqaError, match="chat format that docqa does not know"):
        choose_template(metadata, "some model", lambda _: is_control)


def test_chatml_stays_chatml_where_its_first_sign_is_the_token_that_begins_a_text() -> None:
    chat = (
        "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}"
        "{{ '<|im_start|>system\nYou are kind<|im_end|>\n' }}{% endif %}"
        "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    metadata = {"tokenizer.chat_template": chat, "tokenizer.ggml.add_bos_token": False}
    ends = Ends("<|im_start|>", "<|im_end|>")
    chosen = choose_template(metadata, "x", {"<|im_start|>", "<|im_end|>"}.__contains__, ends)
    assert chosen.instructed == CHATML.instructed
    assert chosen.bare == CHATML.bare
    assert not chosen.begins_with_bos
