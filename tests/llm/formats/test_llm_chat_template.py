"""Formats that docqa does not know by name, from the template in the model's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import write_tiny_gguf

from docqa.errors import DocqaError
from docqa.llm.base import Finished, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.formats import chat_template
from docqa.llm.formats.templates import Ends, Marker, Template, Text, choose_template
from docqa.process import Urgency

_PROMPT = Prompt("Be brief.", ("Text: a.\n", "Question: b?"), "Answer:")
_BARE = Prompt("", ("b?",))

_HEADERS = (
    "{{ bos_token }}{% for m in messages %}"
    "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>"
    "{% endfor %}{% if add_generation_prompt %}"
    "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
_TURNS = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}<start_of_turn>{{ m.role }}\n{{ m.content }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
_WITHOUT_SYSTEM = (
    "{% for m in messages %}{% if m.role == 'user' %}<|user|>\n{{ m.content }}<|end|>\n"
    "{% endif %}{% endfor %}{{ '<|assistant|>\n' }}"
)
_ROLES = (
    "{% if messages[0].role == 'system' %}{% set said = messages[0].content %}"
    "{% set messages = messages[1:] %}"
    "{% else %}{% set said = 'Today is ' ~ strftime_now('%d %B') ~ '.' %}{% endif %}"
    "<|start_of_role|>system<|end_of_role|>{{ said }}<|end_of_text|>\n"
    "{% for m in messages %}"
    "<|start_of_role|>{{ m.role }}<|end_of_role|>{{ m.content }}<|end_of_text|>\n{% endfor %}"
    "<|start_of_role|>assistant<|end_of_role|>"
)
_NAMED_END = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content + eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
_SWITCH = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
)
_ALWAYS = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}"
    "<|assistant|><think>\n"
)
_SYSTEM_PROMPT = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}"
    "[SYSTEM_PROMPT]{{ m.content }}[/SYSTEM_PROMPT]"
    "{% else %}[INST]{{ m.content }}[/INST]{% endif %}{% endfor %}"
)
_DOUBLE_ANGLES = (
    "{{ bos_token }}[INST] {% if messages[0].role == 'system' %}"
    "<<SYS>>\n{{ messages[0].content }}\n<</SYS>>\n\n{% set messages = messages[1:] %}{% endif %}"
    "{{ messages[0].content }} [/INST]"
)


def derived(chat: str, *control: str, **metadata: object) -> Template:
    """The format of a model with this template and these control tokens."""
    known: dict[str, object] = {
        "tokenizer.chat_template": chat,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.add_bos_token": False,
    }
    known |= {f"tokenizer.ggml.{key}": value for key, value in metadata.items()}
    return choose_template(known, "M", control.__contains__, Ends("<s>", "</s>"))


def shown(template: Template, prompt: Prompt = _PROMPT) -> str:
    """The prompt with control tokens set in double brackets."""
    return "".join(
        f"⟦{segment.text}⟧" if isinstance(segment, Marker) and segment.control else segment.text
        for segment in template.segments(prompt)
    )


def test_headers_in_the_style_of_llama_3() -> None:
    template = derived(_HEADERS, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
    assert template.begins_with_bos
    assert shown(template) == (
        "⟦<|start_header_id|>⟧system⟦<|end_header_id|>⟧\n\nBe brief.⟦<|eot_id|>⟧"
        "⟦<|start_header_id|>⟧user⟦<|end_header_id|>⟧\n\nText: a.\nQuestion: b?⟦<|eot_id|>⟧"
        "⟦<|start_header_id|>⟧assistant⟦<|end_header_id|>⟧\n\nAnswer:"
    )
    assert shown(template, _BARE).startswith("⟦<|start_header_id|>⟧user")


def test_where_there_is_no_system_role_instructions_open_the_users_turn() -> None:
    """The template refuses them, in the style of Gemma."""
    template = derived(_TURNS, "<start_of_turn>", "<end_of_turn>")
    assert shown(template) == (
        "⟦<start_of_turn>⟧user\nBe brief.\n\nText: a.\nQuestion: b?⟦<end_of_turn>⟧\n"
        "⟦<start_of_turn>⟧model\nAnswer:"
    )
    assert shown(template, _BARE) == (
        "⟦<start_of_turn>⟧user\nb?⟦<end_of_turn>⟧\n⟦<start_of_turn>⟧model\n"
    )


def test_so_they_do_where_the_template_drops_them_or_puts_them_last() -> None:
    expected = "⟦<|user|>⟧\nBe brief.\n\nText: a.\nQuestion: b?⟦<|end|>⟧\n⟦<|assistant|>⟧\nAnswer:"
    last = (
        "{% for m in messages | reverse %}<|user|>\n{{ m.content }}<|end|>\n{% endfor %}"
        "{{ '<|assistant|>\n' }}"
    )
    for chat in (_WITHOUT_SYSTEM, last):
        assert shown(derived(chat, "<|user|>", "<|end|>", "<|assistant|>")) == expected


def test_a_control_token_may_take_the_newline_with_it() -> None:
    """As those of Phi-3 do: "<|user|>" and "<|user|>\\n" are one token each."""

    def is_control(text: str) -> bool:
        return text.rstrip("\n") in ("<|user|>", "<|end|>", "<|assistant|>")

    template = choose_template({"tokenizer.chat_template": _WITHOUT_SYSTEM}, "M", is_control)
    assert shown(template, _BARE) == "⟦<|user|>⟧b?⟦<|end|>⟧⟦<|assistant|>⟧"


def test_roles_in_the_style_of_granite_with_a_default_and_a_date_that_stays() -> None:
    template = derived(_ROLES, "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")
    assert "Today" not in shown(template)
    assert shown(template, _BARE) == (
        "⟦<|start_of_role|>⟧system⟦<|end_of_role|>⟧Today is 01 January.⟦<|end_of_text|>⟧\n"
        "⟦<|start_of_role|>⟧user⟦<|end_of_role|>⟧b?⟦<|end_of_text|>⟧\n"
        "⟦<|start_of_role|>⟧assistant⟦<|end_of_role|>⟧"
    )


def test_signs_without_tokens_and_a_named_end_in_the_style_of_zephyr() -> None:
    template = derived(_NAMED_END, "<s>", "</s>")
    assert shown(template) == (
        "<|system|>\nBe brief.⟦</s>⟧\n"
        "<|user|>\nText: a.\nQuestion: b?⟦</s>⟧\n<|assistant|>\nAnswer:"
    )
    assert template.spoken == ("<|assistant|>", "<|system|>", "<|user|>")
    text = next(each for each in template.segments(_PROMPT) if isinstance(each, Text))
    assert text == Text("<|system|>\n", fresh=True)


@pytest.mark.parametrize(
    ("beginning", "user", "reply", "introductions"),
    [
        ("", "USER: ", " ASSISTANT:", {"USER:", "ASSISTANT:"}),
        ("You are kind. Very kind. ", "USER: ", "\nASSISTANT:", {"USER:", "ASSISTANT:"}),
        ("Be kind.\n\n", "### Task:\n", "\n\n### Reply:\n", {"### Task:", "### Reply:"}),
        ("Be kind.\n\n", "### User\n", "\n**Bot**\n", {"### User", "**Bot**"}),
        ("Be kind.\nHuman: hi\nBot: ho\n", "Human: ", "\nBot:", {"Human:", "Bot:"}),
        ("Be kind.\n", "", "\n", set()),
        ("", "Q", "\nA", set()),
    ],
)
def test_words_that_introduce_a_turn_are_signs(
    beginning: str, user: str, reply: str, introductions: set[str]
) -> None:
    """In the style of Vicuna and Alpaca: a document could say "ASSISTANT: … USER: …"."""
    template = derived(f"{beginning}{user}{{{{ messages[-1].content }}}}{reply}")
    assert set(template.spoken) == introductions | {"<s>", "</s>"}


@pytest.mark.parametrize("sign", ["<|turn|>", "[TURN]"])
@pytest.mark.parametrize("control", [(), ("<|turn|>", "[TURN]")])
def test_words_next_to_a_sign_are_left_alone(sign: str, control: tuple[str, ...]) -> None:
    """As ChatML's "user" is: by itself it makes no turn."""
    template = derived(f"{sign}user:\n{{{{ messages[-1].content }}}}\n{sign}model:\n", *control)
    assert set(template.spoken) == {"<s>", "</s>"} | ({sign} - set(control))


def test_thinking_is_switched_off_in_the_style_of_qwen_3() -> None:
    template = derived(_SWITCH, "<|im_start|>", "<|im_end|>")
    assert shown(template, _BARE) == (
        "⟦<|im_start|>⟧user\nb?⟦<|im_end|>⟧\n⟦<|im_start|>⟧assistant\n<think>\n\n</think>\n\n"
    )
    assert shown(template).endswith("</think>\n\nAnswer:")


@pytest.mark.parametrize(
    "chat", [_ALWAYS, _ALWAYS.replace("<think>", "[THINK]"), "<|channel|>analysis"]
)
def test_a_model_that_always_thinks_is_refused(chat: str) -> None:
    with pytest.raises(DocqaError, match="The model M always thinks aloud"):
        derived(chat)


def test_a_role_for_instructions_in_the_style_of_newer_mistral() -> None:
    signs = ("[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]")
    assert shown(derived(_SYSTEM_PROMPT, *signs)) == (
        "⟦[SYSTEM_PROMPT]⟧Be brief.⟦[/SYSTEM_PROMPT]⟧⟦[INST]⟧Text: a.\nQuestion: b?⟦[/INST]⟧Answer:"
    )


def test_a_blank_before_a_part_is_tokenised_with_its_first_word() -> None:
    template = derived(_DOUBLE_ANGLES)
    assert shown(template).startswith("[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nText: a.")
    segments = list(template.segments(Prompt("", ("b", "c?"))))
    assert [segment.text for segment in segments] == ["[INST]", " b", "c?", " [/INST]"]


def test_content_may_have_to_come_in_parts() -> None:
    chat = "{% for m in messages %}<u>{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}"
    assert shown(derived(chat, "<u>"), Prompt("i", ("b?",))) == "⟦<u>⟧i⟦<u>⟧b?"


def test_a_template_may_need_instructions() -> None:
    chat = "<s1>{{ messages[0].content }}<s2>{{ messages[1].content }}<s3>"
    assert shown(derived(chat, "<s1>", "<s2>"), _BARE) == "⟦<s1>⟧⟦<s2>⟧b?<s3>"


@pytest.mark.parametrize(
    ("beginning", "metadata", "begins"),
    [
        ("{{ bos_token }}", {}, True),
        ("{{ bos_token }}", {"add_bos_token": True}, True),
        ("<s>", {}, True),
        ("<s>", {"add_bos_token": True}, True),
        ("", {"add_bos_token": True}, True),
        ("", {"add_bos_token": False, "model": "llama"}, False),
        ("", {}, False),
        ("{% if false %}{{ bos_token }}{% endif %}", {"add_bos_token": True}, False),
    ],
)
def test_a_text_begins_with_bos_once_or_not_at_all(
    beginning: str, metadata: dict[str, object], begins: bool
) -> None:
    template = derived(f"{beginning}<u>{{{{ messages[-1].content }}}}<a>", "<s>", "<u>", **metadata)
    assert template.begins_with_bos is begins
    assert shown(template, _BARE) == "⟦<u>⟧b?<a>"


def test_a_model_without_bos_gets_none() -> None:
    chat = "{{ bos_token }}<u>{{ messages[-1].content }}<a>"
    assert not choose_template({"tokenizer.chat_template": chat}, "M").begins_with_bos


@pytest.mark.parametrize(
    "template",
    [_HEADERS, _TURNS, _ROLES, _NAMED_END, _SWITCH, _SYSTEM_PROMPT, _DOUBLE_ANGLES],
)
def test_that_there_is_a_format_is_known_without_the_vocabulary(template: str) -> None:
    assert choose_template({"tokenizer.chat_template": template}, "M").name == "its own"


# -- templates that are no use ---------------------------------------------------------------------

_SHOW = "{{ messages[-1].content }}"


@pytest.mark.parametrize(
    "chat",
    [
        "{% for m in messages %}",
        "{{ raise_exception('tools only') }}",
        "{{ nothing.at.all }}" + _SHOW,
        "<u><a>",
        "<u>{{ messages[-1].content | upper }}<a>",
        "<u>{{ messages[-1].content | tojson }}<a>",
        "<u>{{ messages[-1].content | e }}<a>",
        "<u>{{ messages[-1].content[:5] }}<a>",
        f"{_SHOW} or {_SHOW}",
        "x" * 200_000 + _SHOW,
    ],
    ids=lambda chat: chat[:40],
)
def test_what_cannot_be_rendered_or_changes_the_text_is_refused(chat: str) -> None:
    with pytest.raises(DocqaError, match="chat format that docqa does not know"):
        derived(chat)


_PIECES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", " messages ", "[0]", "[-1]", ".content", ".role", "|",
         " for m in ", " endfor ", " if ", " endif ", " set x = ", "x", "m", "+", "~", "(", ")",
         "'<u>'", "bos_token", "eos_token", "trim", "length", "{{ messages[-1].content }}",
         "{{ messages[0].content }}", "<think>", "</s>", "<s>", "\n", "99", "*", "-"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(_PIECES)
def test_any_template_gives_a_format_or_a_sentence(chat: str) -> None:
    try:
        template = derived(chat, "<u>", "</s>")
    except DocqaError:
        return
    text = shown(template)
    assert text.count("Be brief.") == text.count("Question: b?") == text.count("Answer:") == 1
    assert text.endswith("Answer:")


_EVIL = st.lists(
    st.sampled_from(
        ["</s>", "<s>", "<|user|>", "<|eot_id|>", "<start_of_turn>", "[INST]", "\x00", "\n", " ",
         "<|", "|>", "user", chat_template._QUESTION, chat_template._BRIEFING, chat_template._BOS,
         chat_template._EOS]
    )
    | st.text(max_size=4),
    max_size=8,
).map("".join)  # fmt: skip


@given(st.sampled_from([_HEADERS, _TURNS, _ROLES, _NAMED_END, _DOUBLE_ANGLES]), _EVIL, _EVIL)
def test_text_arrives_as_text_even_that_which_stood_for_it(
    chat: str, document: str, question: str
) -> None:
    template = derived(chat, "<|eot_id|>", "<start_of_turn>", "</s>", "<|start_header_id|>")
    plain = shown(template, Prompt("I", ("D", "Q"), "R"))
    before, after = plain.split("DQ")
    evil = Prompt("I", (f"D{document}", f"Q{question}"), "R")
    assert shown(template, evil) == f"{before}D{document}Q{question}{after}"
    assert [each for each in template.segments(evil) if isinstance(each, Marker)] == [
        each for each in template.segments(_PROMPT) if isinstance(each, Marker)
    ]


# -- in a model ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def turns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Prompt], int]]:
    """How many tokens a prompt has for a model of which a byte is a token."""
    folder = tmp_path_factory.mktemp("turns")
    path = write_tiny_gguf(folder / "turns.gguf", chat="turns", layers=1)
    model = LlamaModel(path, log=folder / "log")
    yield lambda prompt: tokens(model, prompt)
    model.close()


def tokens(model: LlamaModel, prompt: Prompt) -> int:
    *_, finished = model.generate(prompt, max_tokens=1, urgency=Urgency.ASKING)
    assert isinstance(finished, Finished)
    return finished.usage.prompt_tokens


def test_a_model_with_a_format_of_its_own_replies(turns: Callable[[Prompt], int]) -> None:
    # "user", a newline and "model" each follow a control token, so SentencePiece sets its blank.
    assert turns(Prompt("", ("b?",))) == 1 + 1 + len(" user\nb?") + 1 + len(" \n") + 1 + len(
        " model\n"
    )


@pytest.mark.parametrize(
    "evil",
    ["<start_of_turn>", "<end_of_turn>", "</s>", "<s>", "[INST]", "<|im_start|>", "\x00" * 9],
)
def test_a_document_cannot_speak_as_the_format(turns: Callable[[Prompt], int], evil: str) -> None:
    harmless = "x" * len(evil)
    for before, after in (("", ""), ("a ", " b\n")):
        prompts = [
            Prompt(f"i{text}", (f"{before}{text}{after}", text, "q?"), f"r{text}")
            for text in (evil, harmless)
        ]
        assert turns(prompts[0]) == turns(prompts[1])
