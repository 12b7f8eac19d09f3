"""A model writes replies: pieces, budgets, stop strings, grammars, chance, prefix reuse."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from docqa.errors import Cancelled, ChildDied, DocqaError
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.process import Cancel, Urgency

ASKING = Urgency.ASKING
_TEXT = "The bridge over the Lune was opened in 1871. It is made of red stone."
_QUESTION = Prompt(
    "You answer questions about a text in one short sentence.",
    (f"Text: {_TEXT}\n", "Question: When was the bridge opened?"),
)
_FILLER = "".join(f"Line {number} tells how the river rose and fell. " for number in range(280))


def reply(model: LlamaModel, prompt: Prompt, **options: object) -> tuple[str, Finished]:
    options = {"max_tokens": 40, "urgency": ASKING, **options}
    *pieces, finished = model.generate(prompt, **options)
    assert isinstance(finished, Finished)
    assert all(isinstance(piece, Piece) and piece.text for piece in pieces)
    return "".join(piece.text for piece in pieces), finished


def test_the_starter_answers(starter: LlamaModel) -> None:
    text, finished = reply(starter, _QUESTION)
    assert "1871" in text
    assert "<|im_" not in text
    assert finished.reason == "stop"
    assert 0 < finished.usage.completion_tokens < 40
    assert 0 < finished.first_token <= finished.seconds


def test_the_same_prompt_is_computed_once(starter: LlamaModel) -> None:
    first, _ = reply(starter, _QUESTION)
    again, finished = reply(starter, _QUESTION)
    assert again == first
    assert finished.usage.cached_tokens == finished.usage.prompt_tokens - 1


def test_only_what_differs_is_computed(starter: LlamaModel) -> None:
    reply(starter, _QUESTION, max_tokens=1)
    other = Prompt(_QUESTION.instructions, (_QUESTION.user[0], "Question: What is it made of?"))
    text, finished = reply(starter, other)
    assert "stone" in text
    assert 0.6 < finished.usage.cached_tokens / finished.usage.prompt_tokens < 1


def test_the_reply_can_be_begun(starter: LlamaModel) -> None:
    begun = Prompt(_QUESTION.instructions, _QUESTION.user, "The bridge was opened in")
    assert reply(starter, begun)[0].strip().startswith("1871")


def test_the_budget_ends_a_reply(starter: LlamaModel) -> None:
    prompt = Prompt("", ("Count from one to one hundred.",))
    text, finished = reply(starter, prompt, max_tokens=7)
    assert finished.reason == "length"
    assert finished.usage.completion_tokens == 7
    assert reply(starter, prompt, max_tokens=12)[0].startswith(text)
    assert reply(starter, prompt, max_tokens=0)[0] == ""


def test_a_stop_string_ends_a_reply_and_is_not_part_of_it(starter: LlamaModel) -> None:
    whole, _ = reply(starter, _QUESTION)
    text, finished = reply(starter, _QUESTION, stop=("71", "ridge "))
    assert finished.reason == "stop"
    assert text == whole[: min(whole.find("71") % 999, whole.find("ridge ") % 999)]


def test_a_grammar_rules_the_reply(starter: LlamaModel) -> None:
    text, finished = reply(starter, _QUESTION, grammar='root ::= "[" [1-9] "]" ("; [" [1-9] "]")*')
    assert re.fullmatch(r"(\[[1-9]\](; |$))+", text) or finished.reason == "length"
    assert text.startswith("[")
    text, finished = reply(starter, _QUESTION, grammar='root ::= "yes" | "no"')
    assert text in ("yes", "no")
    assert finished.reason == "stop"


def test_a_grammar_holds_where_the_model_would_say_anything_else(tiny: LlamaModel) -> None:
    grammar = 'root ::= [a-f]{5} "é" "\\n" number\nnumber ::= [0-9]+ "."'
    text, _ = reply(tiny, Prompt("", ("Go",)), grammar=grammar, temperature=1.0, max_tokens=60)
    assert re.match(r"[a-f]{5}é\n[0-9]", text)


@pytest.mark.parametrize(
    "grammar",
    [
        "",
        "root ::= (",
        "start ::= 'x'",
        'root ::= "a" missing',
        'root ::= root "secret word"',
        '\0root ::= "a"',
        'root ::= "a"\0"b"',
    ],
)
def test_a_grammar_that_is_not_valid_is_an_error_and_no_crash(
    starter: LlamaModel, llm_folder: Path, grammar: str
) -> None:
    starter.load(ASKING)
    pid = starter.pid
    with pytest.raises(DocqaError, match="grammar"):
        reply(starter, _QUESTION, grammar=grammar)
    assert reply(starter, _QUESTION, max_tokens=1)
    assert starter.pid == pid
    assert "secret word" not in (llm_folder / "starter.log").read_text()


def test_chance_is_repeatable(starter: LlamaModel) -> None:
    prompt = Prompt("", ("Tell me about a colour.",))
    by_seed = [
        reply(starter, prompt, temperature=1.0, seed=seed, max_tokens=15)[0] for seed in (1, 1, 2)
    ]
    assert by_seed[0] == by_seed[1] != by_seed[2]


def test_a_random_model_never_cuts_a_character(tiny: LlamaModel) -> None:
    grammar = "root ::= [à-ÿ㐀-㿿]+"
    for budget in range(1, 8):
        text, _ = reply(
            tiny, Prompt("", ("Go",)), grammar=grammar, temperature=1.0, max_tokens=budget
        )
        assert "\ufffd" not in text


def test_a_prompt_that_does_not_fit_is_refused(starter: LlamaModel) -> None:
    with pytest.raises(DocqaError, match="do not fit the model's context of 4096 tokens"):
        reply(starter, Prompt("", (_FILLER * 2,)))
    with pytest.raises(DocqaError, match="do not fit"):
        reply(starter, _QUESTION, max_tokens=4090)
    assert "1871" in reply(starter, _QUESTION)[0]


def test_an_enormous_prompt_is_refused_soon(starter: LlamaModel) -> None:
    with pytest.raises(DocqaError, match="do not fit"):
        reply(starter, Prompt("", ("why " * 25_000,)))


# -- stopping and dying ----------------------------------------------------------------------------


def test_stop_works_in_the_middle_of_reading_a_prompt(starter: LlamaModel) -> None:
    starter.load(ASKING)
    pid, cancel = starter.pid, Cancel()
    stopped_at: list[float] = []

    def stop() -> None:
        stopped_at.append(time.monotonic())
        cancel.set()

    timer = threading.Timer(0.5, stop)
    timer.start()
    with pytest.raises(Cancelled):
        reply(starter, Prompt("", (_FILLER,)), cancel=cancel)
    # 200 ms are promised; what is asserted is that it did not wait for the prefill (seconds).
    assert time.monotonic() - stopped_at[0] < 1
    assert starter.pid == pid
    assert "1871" in reply(starter, _QUESTION)[0]


def test_stop_works_in_the_middle_of_a_reply(starter: LlamaModel) -> None:
    cancel = Cancel()
    prompt = Prompt("", ("Count from one to one hundred.",))
    call = starter.generate(prompt, max_tokens=500, urgency=ASKING, cancel=cancel)
    assert isinstance(next(call), Piece)
    cancel.set()
    with pytest.raises(Cancelled):
        list(call)
    assert "1871" in reply(starter, _QUESTION)[0]


def test_a_killed_model_answers_again(starter: LlamaModel) -> None:
    call = starter.generate(_QUESTION, max_tokens=40, urgency=ASKING)
    next(call)
    pid = starter.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ChildDied):
        list(call)
    assert "1871" in reply(starter, _QUESTION)[0]
    assert starter.pid != pid


def test_closing_gives_the_memory_back_and_the_next_call_loads_again(starter: LlamaModel) -> None:
    starter.close()
    assert starter.pid is None
    assert starter.load(ASKING) > 0
    assert starter.load(ASKING) == 0.0
    assert "1871" in reply(starter, _QUESTION)[0]


def test_the_log_has_no_text_of_prompts_or_replies(starter: LlamaModel, llm_folder: Path) -> None:
    reply(starter, _QUESTION)
    log = (llm_folder / "starter.log").read_text()
    assert "bridge" not in log
    assert "1871" not in log
