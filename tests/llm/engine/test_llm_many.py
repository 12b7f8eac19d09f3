"""Several replies are written in step: shared beginnings, joining and leaving, cancelling."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf

from docqa.errors import Cancelled, DocqaError
from docqa.llm.base import Finished, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.process import Cancel, Urgency
from docqa.settings import EngineSettings

ASKING, PREPARING = Urgency.ASKING, Urgency.PREPARING
_TEXT = "The bridge over the Lune was opened in 1871. It is made of red stone."
_FILLER = "".join(f"Line {number} tells how the river rose and fell. " for number in range(100))


def ask(*questions: str, text: str = _TEXT) -> tuple[Prompt, ...]:
    instructions = "You answer questions about a text in one short sentence."
    return tuple(Prompt(instructions, (f"Text: {text}\n", f"Question: {q}")) for q in questions)


def write(
    model: LlamaModel, prompts: tuple[Prompt, ...], **options: object
) -> tuple[list[str], list[Finished]]:
    options = {"max_tokens": 30, "urgency": PREPARING, **options}
    texts: dict[int, str] = defaultdict(str)
    ends: dict[int, Finished] = {}
    for index, event in model.generate_many(prompts, **options):
        assert index not in ends, "nothing comes behind the end of a reply"
        if isinstance(event, Piece):
            texts[index] += event.text
        else:
            ends[index] = event
    assert sorted(ends) == list(range(len(prompts)))
    return [texts[i] for i in range(len(prompts))], [ends[i] for i in range(len(prompts))]


def test_replies_say_what_each_says_alone(starter: LlamaModel) -> None:
    prompts = ask("When was the bridge opened?", "What is it made of?", "Which river is it over?")
    together, ends = write(starter, prompts)
    assert "1871" in together[0]
    assert "stone" in together[1]
    assert "Lune" in together[2]
    assert {end.reason for end in ends} == {"stop"}


def test_what_all_begin_with_is_computed_once(starter: LlamaModel) -> None:
    fresh = f"{time.time_ns()} {_TEXT}"
    prompts = ask("When was the bridge opened?", "What is it made of?", text=fresh)
    _, (first, second) = write(starter, prompts)
    assert first.usage.cached_tokens < 25, "only the instructions were known"
    assert second.usage.cached_tokens > 0.7 * second.usage.prompt_tokens
    _, (again, _) = write(starter, prompts)
    assert again.usage.cached_tokens == second.usage.cached_tokens


def test_more_replies_than_go_together_take_turns(tiny: LlamaModel) -> None:
    prompts = tuple(Prompt("Say.", (f"number {n}",)) for n in range(40))
    texts, ends = write(tiny, prompts, max_tokens=6)
    assert len(texts) == 40
    assert all(0 < end.usage.completion_tokens <= 6 for end in ends)


def test_the_order_of_pieces_is_kept_whatever_runs_beside(starter: LlamaModel) -> None:
    prompts = ask("When was the bridge opened?")
    (alone,), _ = write(starter, prompts)
    many, _ = write(starter, prompts * 20)
    # Sums in another order may tip the balance between two words, so not all need agree.
    assert max(many.count(text) for text in set(many)) >= 15
    assert "1871" in alone


def test_chance_differs_by_prompt_and_repeats_by_seed(starter: LlamaModel) -> None:
    prompts = (Prompt("", ("Tell a story.",)),) * 3
    first, _ = write(starter, prompts, temperature=1.0, seed=5, max_tokens=12)
    again, _ = write(starter, prompts, temperature=1.0, seed=5, max_tokens=12)
    assert len(set(first)) == 3
    assert first == again


def test_one_and_none(tiny: LlamaModel) -> None:
    assert list(tiny.generate_many((), max_tokens=5, urgency=PREPARING)) == []
    _, (end,) = write(tiny, (Prompt("", ("x",)),), max_tokens=5)
    assert end.usage.completion_tokens <= 5


def test_equal_prompts_are_no_special_case(tiny: LlamaModel) -> None:
    _, ends = write(tiny, (Prompt("", ("same",)),) * 5, max_tokens=3)
    assert {end.usage.prompt_tokens for end in ends} == {ends[0].usage.prompt_tokens}


def test_each_reply_keeps_to_its_own_grammar_state(starter: LlamaModel) -> None:
    prompts = ask("When was the bridge opened?", "How old are you?", "How many stones?")
    texts, ends = write(starter, prompts, grammar='root ::= "in " [0-9]{4} "."', max_tokens=12)
    for text, end in zip(texts, ends, strict=True):
        assert len(text) == 8
        assert text.startswith("in ")
        assert end.reason == "stop"


def test_an_invalid_grammar_is_refused_and_the_model_lives(tiny: LlamaModel) -> None:
    prompts = (Prompt("", ("a",)), Prompt("", ("b",)))
    with pytest.raises(DocqaError, match="grammar"):
        write(tiny, prompts, grammar="root ::= (")
    write(tiny, prompts, max_tokens=2)


def test_a_prompt_that_does_not_fit_is_refused_with_its_count(tiny: LlamaModel) -> None:
    with pytest.raises(DocqaError, match=r"prompt of \d+ tokens .* context of 512"):
        write(tiny, (Prompt("", ("short",)), Prompt("", ("x" * 600,))))


def test_a_crowded_context_writes_fewer_at_a_time(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "m.gguf", context=256)
    model = LlamaModel(path, log=tmp_path / "log", settings=EngineSettings(context=256))
    prompts = tuple(Prompt("", ("shared ", f"{n} " * 60)) for n in range(10, 22))
    texts, ends = write(model, prompts, max_tokens=40)
    assert len(texts) == len(ends) == 12
    model.close()


def test_walking_away_leaves_the_model_as_it_was(starter: LlamaModel) -> None:
    prompts = ask("When was the bridge opened?", "What is it made of?")
    expected, _ = write(starter, prompts)
    events = starter.generate_many(prompts, max_tokens=30, urgency=PREPARING)
    next(events)
    events.close()
    assert write(starter, prompts)[0] == expected


def test_a_question_interrupts_and_what_was_read_stays(starter: LlamaModel) -> None:
    started = time.perf_counter()
    write(starter, ask("Who?", "Why?", text=f"Once. {_FILLER}"), max_tokens=1)
    seconds = time.perf_counter() - started
    prompts = ask("When was the bridge opened?", "What is it made of?", text=_FILLER)
    seen: list[BaseException] = []

    def prepare() -> None:
        try:
            write(starter, prompts, max_tokens=200)
        except Cancelled as cancelled:
            seen.append(cancelled)

    thread = threading.Thread(target=prepare)
    thread.start()
    time.sleep(0.7 * seconds)
    *_, end = starter.generate(*ask("What is it made of?"), max_tokens=5, urgency=ASKING)
    assert isinstance(end, Finished)
    thread.join()
    assert len(seen) == 1
    _, (first, _) = write(starter, prompts, max_tokens=1)
    assert first.usage.cached_tokens > 50, "what was read before the question came is still there"


def test_preparing_leaves_what_a_person_asked_in_memory(starter: LlamaModel) -> None:
    (question,) = ask("When was the bridge opened?")
    list(starter.generate(question, max_tokens=5, urgency=ASKING))
    write(starter, ask("Why?", "Who?", text="Something else entirely."), max_tokens=5)
    *_, end = starter.generate(question, max_tokens=5, urgency=ASKING)
    assert isinstance(end, Finished)
    assert end.usage.cached_tokens == end.usage.prompt_tokens - 1


def test_cancelled_in_the_middle(starter: LlamaModel) -> None:
    cancel = Cancel()
    prompts = ask("When was the bridge opened?", "What is it made of?")
    events = starter.generate_many(prompts, max_tokens=100, urgency=PREPARING, cancel=cancel)
    next(events)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
