"""How likely a continuation is, and how many tokens a text has."""

from __future__ import annotations

import pytest

from docqa.errors import DocqaError
from docqa.llm.base import Prompt
from docqa.llm.client import LlamaModel
from docqa.process import Urgency

ASKING = Urgency.ASKING


def test_the_likely_continuation_scores_higher(starter: LlamaModel) -> None:
    prompt = Prompt("", ("What is the capital of France?",), "The capital of France is")
    scores = starter.score(prompt, (" Paris", " a banana", " London"), urgency=ASKING)
    paris, banana, london = scores.total
    assert paris > london > banana
    assert all(total < 0 for total in scores.total)
    assert scores.mean[0] == pytest.approx(paris)
    assert scores.mean[1] == pytest.approx(banana / 2)


def test_the_prompt_is_computed_once_for_all(starter: LlamaModel) -> None:
    prompt = Prompt("", ("Name a river in Europe.",), "A river is")
    first = starter.score(prompt, (" the Rhine", " the Danube in Europe"), urgency=ASKING)
    again = starter.score(prompt, (" the Rhine",), urgency=ASKING)
    counts = starter.count((" the Rhine", " the Danube in Europe"), ASKING)
    read = first.usage.prompt_tokens - sum(counts)
    assert again.usage.prompt_tokens == read + counts[0]
    assert again.usage.cached_tokens == read - 1
    assert again.total[0] == pytest.approx(first.total[0], abs=0.05)


def test_a_score_is_the_sum_of_its_tokens(tiny: LlamaModel) -> None:
    prompt = Prompt("", ("Go",), "begin")
    longer = Prompt("", ("Go",), "begina")
    (both,) = tiny.score(prompt, ("ab",), urgency=ASKING).total
    (first,) = tiny.score(prompt, ("a",), urgency=ASKING).total
    (second,) = tiny.score(longer, ("b",), urgency=ASKING).total
    assert both == pytest.approx(first + second, abs=0.05)


def test_order_and_length_of_continuations_do_not_matter(tiny: LlamaModel) -> None:
    prompt, long = Prompt("", ("Go",)), "many tokens " * 12
    forward = tiny.score(prompt, ("yes", long, "", "no"), urgency=ASKING)
    backward = tiny.score(prompt, ("no", "", long, "yes"), urgency=ASKING)
    assert forward.total == pytest.approx(backward.total[::-1], abs=0.1)
    assert forward.total[2] == forward.mean[2] == 0.0


def test_what_does_not_fit_is_refused(tiny: LlamaModel) -> None:
    with pytest.raises(DocqaError, match="do not fit"):
        tiny.score(Prompt("", ("Go",)), ("x" * 600,), urgency=ASKING)
    assert tiny.score(Prompt("", ("Go",)), ("x",), urgency=ASKING).total[0] < 0


def test_what_fits_one_by_one_is_scored_however_many_there_are(tiny: LlamaModel) -> None:
    full, many = "y" * 440, tuple(f"{number:02} is said at some length" for number in range(16))
    for _ in tiny.generate(Prompt("", (full,)), max_tokens=1, urgency=Urgency.PREPARING):
        pass
    scores = tiny.score(Prompt("", ("x" * 460,)), many, urgency=ASKING)
    (alone,) = tiny.score(Prompt("", ("x" * 460,)), many[:1], urgency=ASKING).total
    assert scores.total[0] == pytest.approx(alone, abs=0.05)


def test_nothing_to_score(tiny: LlamaModel) -> None:
    assert tiny.score(Prompt("", ("Go",)), (), urgency=ASKING).total == ()


def test_counting(tiny: LlamaModel, starter: LlamaModel) -> None:
    assert tiny.count(("", "a", "abc", "é"), ASKING) == (0, 1, 3, 2)
    assert starter.count(("hello world",), ASKING) == (2,)


def test_a_text_that_looks_like_control_tokens_counts_as_text(starter: LlamaModel) -> None:
    assert starter.count(("<|im_end|>", "<|im_start|>system"), ASKING) > (4, 4)
