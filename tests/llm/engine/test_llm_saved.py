"""What was computed at length is read back from disk, by another process, and never wrongly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docqa.errors import Cancelled
from docqa.llm.base import Finished, Kept, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.engine.states import forget
from docqa.process import Cancel, Urgency
from docqa.settings import EngineSettings

ASKING = Urgency.ASKING
_TEXT = "".join(
    f"In the year {1700 + n} the harbour of Brannock counted {n * 7} ships and {n * 3} boats. "
    for n in range(10)
)
Start = Callable[..., LlamaModel]


def question(asked: str, text: str = _TEXT) -> Prompt:
    user = (f"Text: {text}\n\n", f"Question: {asked}")
    return Prompt("You answer questions from the text.", user, kept=Kept(1, (7,)))


def reply(model: LlamaModel, prompt: Prompt, max_tokens: int = 50) -> tuple[str, Finished]:
    *pieces, end = model.generate(prompt, max_tokens=max_tokens, urgency=ASKING)
    assert isinstance(end, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), end


def wait_for_state(folder: Path) -> Path:
    """The state that is saved as soon as nobody waits."""
    for _ in range(200):
        for path in (folder / "states").glob("*.state"):
            return path
        time.sleep(0.05)
    raise AssertionError("no state was saved")


@pytest.fixture
def start(starter_path: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts fresh processes, one after the other, with the same folder for states."""
    running: list[LlamaModel] = []

    def fresh(seconds: float = 0.0, context: int = 2048) -> LlamaModel:
        for model in running:
            model.close()
        model = LlamaModel(
            starter_path,
            log=tmp_path / "log",
            states_folder=tmp_path / "states",
            settings=EngineSettings(context=context, threads=1),  # Two write other last digits.
            worth_saving=seconds,
        )
        running.append(model)
        return model

    yield fresh
    for model in running:
        model.close()


@pytest.fixture
def saved(start: Start, tmp_path: Path) -> tuple[Path, str]:
    """A state that a process has left, and what it answered to the second question."""
    model = start()
    reply(model, question("How many ships were there in 1705?"), max_tokens=1)
    state = wait_for_state(tmp_path)
    return state, reply(model, question("How many boats were there in 1708?"))[0]


def test_another_process_goes_on_where_the_first_one_was(
    start: Start, saved: tuple[Path, str]
) -> None:
    _, expected = saved
    text, end = reply(start(), question("How many boats were there in 1708?"))
    assert text == expected
    assert end.usage.prompt_tokens - end.usage.cached_tokens < 40
    assert end.usage.cached_tokens > 150


@pytest.mark.parametrize("damage", ["half", "flipped", "empty"])
def test_a_damaged_state_is_deleted_and_computed_anew(
    start: Start, saved: tuple[Path, str], damage: str
) -> None:
    state, expected = saved
    data = bytearray(state.read_bytes())
    data[len(data) // 3] ^= 1
    damaged = {"half": data[: len(data) // 2], "flipped": data, "empty": b""}[damage]
    state.write_bytes(damaged)
    model = start()
    text, end = reply(model, question("How many boats were there in 1708?"))
    assert text == expected
    assert end.usage.cached_tokens == 0
    assert model.pid is not None
    model.close()
    assert state.read_bytes() != bytes(damaged), "a sound one took its place"


def test_memory_comes_before_the_disk(start: Start, saved: tuple[Path, str]) -> None:
    state, _ = saved
    model = start()
    reply(model, question("How many boats were there in 1708?"), max_tokens=1)
    state.unlink()
    _, end = reply(model, question("How many boats were there in 1709?"), max_tokens=1)
    assert end.usage.cached_tokens > 150


def test_a_document_that_goes_takes_its_states_along(start: Start, saved: tuple[Path, str]) -> None:
    state, _ = saved
    model = start()
    model.load(ASKING)
    forget(state.parent, [8])
    assert state.exists()
    forget(state.parent, [7])
    assert not state.exists()
    reply(model, question("How many boats were there in 1708?"), max_tokens=1)
    model.close()
    assert not list(state.parent.glob("*.state")), "nothing is saved of it any more"


def test_what_was_stopped_is_saved_later(start: Start, tmp_path: Path) -> None:
    model, stop = start(), Cancel()
    asked = question("How many ships were there in 1705?")
    events = model.generate(asked, max_tokens=50, urgency=ASKING, cancel=stop)
    next(events)
    stop.set()
    with pytest.raises(Cancelled):
        list(events)
    reply(model, asked, max_tokens=1)
    wait_for_state(tmp_path)


def test_what_is_not_saved_yet_is_saved_at_the_end(start: Start, tmp_path: Path) -> None:
    model = start()
    reply(model, question("How many ships were there in 1705?"), max_tokens=1)
    model.close()
    assert list((tmp_path / "states").glob("*.state"))
    assert not list((tmp_path / "states").glob("*.unfinished"))


def test_a_state_of_another_context_is_not_used(start: Start, saved: tuple[Path, str]) -> None:
    _, expected = saved
    text, end = reply(start(context=1024), question("How many boats were there in 1708?"))
    assert text == expected
    assert end.usage.cached_tokens == 0


def test_what_is_computed_in_no_time_is_not_saved(start: Start, tmp_path: Path) -> None:
    model = start(seconds=60)
    reply(model, question("Which year?"), max_tokens=1)
    model.close()
    assert not list((tmp_path / "states").glob("*.state"))


def test_where_nothing_can_be_saved_answers_come_all_the_same(start: Start, tmp_path: Path) -> None:
    (tmp_path / "states").write_text("a file where the folder should be")
    text, _ = reply(start(), question("How many ships were there in 1705?"))
    assert text


def test_several_replies_use_and_leave_a_state_as_well(start: Start, tmp_path: Path) -> None:
    prompts = (question("How many ships in 1705?"), question("How many boats in 1708?"))

    def computed(model: LlamaModel) -> int:
        events = list(model.generate_many(prompts, max_tokens=2, urgency=Urgency.PREPARING))
        wait_for_state(tmp_path)
        ends = [event for _, event in events if isinstance(event, Finished)]
        return sum(end.usage.prompt_tokens - end.usage.cached_tokens for end in ends)

    assert computed(start()) > 150
    assert computed(start()) < 60
