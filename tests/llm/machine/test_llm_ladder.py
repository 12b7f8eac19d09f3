"""What was tried on a card, with deaths: nothing kills twice."""

from __future__ import annotations

import itertools
import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docqa.llm.machine.device import Device
from docqa.llm.machine.ladder import Attempt, Ladder, blame, withdraw
from docqa.llm.machine.placement import Placement

GIB = 2**30
CARD = Device(0, "CUDA0", "NVIDIA GeForce RTX 4060", "gpu", 6 * GIB, 8 * GIB)
MODEL = "model 1"


class Computer:
    """Processes that start and end; each child tries what the ladder offers."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.running: set[str] = set()
        self._started = 0
        self.program = self.start()

    def start(self) -> str:
        self._started += 1
        name = f"{self._started}:1.0"
        self.running.add(name)
        return name

    def restart_program(self) -> None:
        self.running = {self.start()}
        (self.program,) = self.running

    def child(self, device: Device = CARD, fit: int = 33, model: str = MODEL) -> Ladder:
        attempt = Attempt(self.start(), self.program)
        self.last = attempt.process
        return Ladder(
            self.file,
            rungs(device, fit),
            model,
            attempt=attempt,
            is_running=lambda name: name in self.running,
        )

    def die(self) -> None:
        self.running.remove(self.last)


def rungs(device: Device = CARD, fit: int = 33) -> tuple[Placement, ...]:
    counts = dict.fromkeys(int(fit * share) for share in (1, 0.75, 0.5, 0.25))
    return *(Placement(device, count, 33) for count in counts if count), Placement(None, 0, 33)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path / "new folder" / "devices.json")


def layers(ladder: Ladder) -> list[int]:
    return [rung.layers for rung in ladder.open]


def die_trying(computer: Computer, **child: object) -> int:
    """A child tries the best placement and is killed by it; returns its layers."""
    ladder = computer.child(**child)  # type: ignore[arg-type]
    best = ladder.open[0]
    ladder.trying(best)
    computer.die()
    return best.layers


def test_at_first_everything_is_open_and_nothing_is_written(computer: Computer) -> None:
    ladder = computer.child()
    assert layers(ladder) == [33, 24, 16, 8, 0]
    ladder.trying(ladder.open[-1])
    ladder.worked(ladder.open[-1])
    assert not computer.file.exists()


def test_every_death_leads_one_step_down(computer: Computer) -> None:
    assert [die_trying(computer) for _ in range(4)] == [33, 24, 16, 8]
    ladder = computer.child()
    assert layers(ladder) == [0]


def test_the_processor_is_tried_for_ever(computer: Computer) -> None:
    for _ in range(4):
        die_trying(computer)
    assert [die_trying(computer) for _ in range(3)] == [0, 0, 0]


def test_what_worked_is_where_the_next_one_begins(computer: Computer) -> None:
    die_trying(computer)
    ladder = computer.child()
    ladder.trying(ladder.open[0])
    ladder.worked(ladder.open[0])
    computer.die()
    computer.restart_program()
    assert layers(computer.child()) == [24, 16, 8, 0]


def load(computer: Computer, **child: object) -> int:
    """A child loads the best placement, which works; returns its layers."""
    ladder = computer.child(**child)  # type: ignore[arg-type]
    best = ladder.open[0]
    ladder.trying(best)
    ladder.worked(best)
    return best.layers


def die_computing(computer: Computer) -> None:
    """The child that was started last dies of what it computes, and the program sees it."""
    computer.die()
    blame(computer.file, computer.program)


def test_a_death_after_loading_is_forgiven_once(computer: Computer) -> None:
    began_with = []
    for _ in range(5):
        began_with.append(load(computer))
        die_computing(computer)
    assert began_with == [33, 33, 24, 24, 16]


def test_deaths_after_loading_are_counted_beyond_the_end_of_the_program(computer: Computer) -> None:
    load(computer)
    die_computing(computer)
    computer.restart_program()
    load(computer)
    die_computing(computer)
    assert load(computer) == 24


def test_the_processor_is_never_to_blame(computer: Computer) -> None:
    for _ in range(4):
        die_trying(computer)
    for _ in range(3):
        assert load(computer) == 0
        die_computing(computer)
    assert layers(computer.child()) == [0]


def test_only_what_ran_is_to_blame(computer: Computer) -> None:
    load(computer, model="model 2")
    computer.die()  # Nobody waited for it: it was idle, say.
    load(computer)
    die_computing(computer)
    load(computer)
    die_computing(computer)
    assert load(computer) == 24
    assert load(computer, model="model 2") == 33


def test_what_runs_is_not_to_blame_for_the_death_of_another(tmp_path: Path) -> None:
    file = tmp_path / "devices.json"
    alive = Attempt.of_this_process()
    for _ in range(3):
        ladder = Ladder(file, rungs(), MODEL, attempt=alive)
        ladder.worked(ladder.open[0])
        blame(file, alive.parent)
    assert layers(Ladder(file, rungs(), MODEL, attempt=alive)) == [33, 24, 16, 8, 0]


def test_who_ends_a_child_on_purpose_does_not_blame_it_later(computer: Computer) -> None:
    for _ in range(3):
        load(computer)
        computer.die()
        withdraw(computer.file, computer.program)
        blame(computer.file, computer.program)
    assert load(computer) == 33


def test_blaming_without_a_card_writes_nothing(computer: Computer) -> None:
    blame(computer.file, computer.program)
    assert not computer.file.parent.exists()


@given(
    frees=st.lists(st.integers(4 * GIB, 8 * GIB), min_size=6, max_size=6),
    fits=st.lists(st.integers(1, 33), min_size=6, max_size=6),
)
@settings(deadline=None, max_examples=30)
def test_two_deaths_never_repeat_a_placement(
    tmp_path_factory: pytest.TempPathFactory, frees: list[int], fits: list[int]
) -> None:
    computer = Computer(tmp_path_factory.mktemp("ladder") / "devices.json")
    died = [
        die_trying(computer, device=replace(CARD, free=free), fit=fit)
        for free, fit in zip(frees, fits, strict=True)
    ]
    on_card = [count for count in died if count > 0]
    assert all(later <= earlier * 0.75 for earlier, later in itertools.pairwise(on_card))


def test_what_was_refused_is_tried_again_with_more_memory(computer: Computer) -> None:
    ladder = computer.child()
    for rung in ladder.open[:2]:
        ladder.trying(rung)
        ladder.refused(rung)
    ladder.worked(ladder.open[0])
    assert layers(computer.child()) == [16, 8, 0]
    assert layers(computer.child(replace(CARD, free=CARD.free + GIB // 10))) == [16, 8, 0]
    assert layers(computer.child(replace(CARD, free=CARD.free + GIB))) == [33, 24, 16, 8, 0]


def test_a_program_that_was_killed_while_loading_gives_the_card_one_more_chance(
    computer: Computer,
) -> None:
    def load_below() -> None:
        ladder = computer.child()
        assert layers(ladder)[0] == 24
        ladder.trying(ladder.open[0])
        ladder.worked(ladder.open[0])

    die_trying(computer)
    computer.restart_program()
    load_below()
    assert die_trying(computer) == 33
    computer.restart_program()  # Twice is no accident.
    for _ in range(3):
        load_below()


def test_a_second_program_that_loads_at_this_moment_is_no_death(computer: Computer) -> None:
    first = computer.child()
    first.trying(first.open[0])
    assert layers(computer.child()) == [33, 24, 16, 8, 0]


def test_ending_a_child_on_purpose_is_not_the_cards_fault(computer: Computer) -> None:
    die_trying(computer)
    withdraw(computer.file, "9:9.9")
    withdraw(computer.file, computer.program)
    assert layers(computer.child()) == [33, 24, 16, 8, 0]
    withdraw(computer.file.with_name("missing.json"), computer.program)


def test_another_model_card_or_driver_begins_anew(computer: Computer) -> None:
    die_trying(computer)
    assert layers(computer.child(model="model 2")) == [33, 24, 16, 8, 0]
    assert layers(computer.child(replace(CARD, description="RTX 5060"))) == [33, 24, 16, 8, 0]
    assert layers(computer.child()) == [24, 16, 8, 0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{ half",
        b"[]",
        b"\xff\xfe",
        b'{"x": 1}',
        b'{"x": {"trying": 5, "failed": []}}',
        b'{"x": {"trying": null, "failed": [{"layers": 3, "why": [], "free": 0}]}}',
        b'{"x": {"trying": null, "failed": [], "running": 1, "blamed": 0}}',
    ],
)
def test_a_damaged_file_is_ignored(computer: Computer, content: bytes) -> None:
    computer.file.parent.mkdir()
    computer.file.write_bytes(content)
    assert die_trying(computer) == 33
    assert layers(computer.child()) == [24, 16, 8, 0]


def test_a_place_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert die_trying(Computer(tmp_path / "file" / "devices.json")) == 33


def test_only_the_newest_records_are_kept(computer: Computer) -> None:
    for number in range(60):
        die_trying(computer, model=f"model {number}")
    assert layers(computer.child(model="model 59"))[0] == 24
    assert layers(computer.child(model="model 0"))[0] == 33


def remember_many(file: Path, process: int) -> None:
    for number in range(10):
        attempt = Attempt.of_this_process()
        ladder = Ladder(file, rungs(), f"{process}, {number}", attempt=attempt)
        ladder.refused(ladder.open[0])


def test_processes_that_load_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "devices.json"
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        list(pool.map(remember_many, [file] * 3, range(3)))
    for process, number in itertools.product(range(3), range(10)):
        circumstances = f"{process}, {number}"
        ladder = Ladder(file, rungs(), circumstances, attempt=Attempt.of_this_process())
        assert layers(ladder) == [24, 16, 8, 0]


_TRY_AND_DIE = """
import os, sys
from pathlib import Path
from docqa.llm.machine.device import Device
from docqa.llm.machine.ladder import Attempt, Ladder
from docqa.llm.machine.placement import Placement
card = Device(0, "CUDA0", "A card", "gpu", 6, 8)
rungs = [Placement(card, 33, 33), Placement(card, 8, 33), Placement(None, 0, 33)]
ladder = Ladder(Path(sys.argv[1]), rungs, "model", attempt=Attempt.of_this_process())
ladder.trying(ladder.open[0])
print(ladder.open[0].layers, flush=True)
os.abort()
"""


def test_real_processes_that_abort(tmp_path: Path) -> None:
    tried = [
        subprocess.run(
            [sys.executable, "-c", _TRY_AND_DIE, str(tmp_path / "devices.json")],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[3],
            check=False,
        ).stdout.strip()
        for _ in range(3)
    ]
    assert tried == ["33", "8", "0"]
