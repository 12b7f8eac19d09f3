"""What was found out is remembered, for exactly the model, computer and engine it is true for."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docqa.llm.machine.threads import ThreadPlan
from docqa.llm.machine.tuning import Subject, Tuning, TuningFile, this_machine

SUBJECT = Subject("sha-1", "a computer", "0.3.36 cpu")
TUNING = Tuning(ThreadPlan(1, 2), "q8_0")


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tuning.json"


def test_what_was_saved_comes_back(file: Path) -> None:
    assert TuningFile(file).load(SUBJECT) == Tuning()
    TuningFile(file).save(SUBJECT, TUNING)
    assert TuningFile(file).load(SUBJECT) == TUNING


@pytest.mark.parametrize(
    "other",
    [
        Subject("sha-2", "a computer", "0.3.36 cpu"),
        Subject("sha-1", "a new processor", "0.3.36 cpu"),
        Subject("sha-1", "a computer", "0.3.36 cuda"),
    ],
)
def test_it_is_true_for_nothing_else(file: Path, other: Subject) -> None:
    TuningFile(file).save(SUBJECT, TUNING)
    assert TuningFile(file).load(other) == Tuning()
    TuningFile(file).save(other, Tuning(weights="original"))
    assert TuningFile(file).load(SUBJECT) == TUNING


def test_new_knowledge_replaces_old(file: Path) -> None:
    TuningFile(file).save(SUBJECT, TUNING)
    TuningFile(file).save(SUBJECT, Tuning(ThreadPlan(3, 3)))
    assert TuningFile(file).load(SUBJECT) == Tuning(ThreadPlan(3, 3))
    assert [entry.name for entry in file.parent.glob("*.new")] == []


def test_the_oldest_are_forgotten(file: Path) -> None:
    tunings = TuningFile(file)
    for number in range(101):
        tunings.save(Subject(f"sha-{number}", "m", "e"), TUNING)
    assert tunings.load(Subject("sha-0", "m", "e")) == Tuning()
    assert tunings.load(Subject("sha-1", "m", "e")) == TUNING


@pytest.mark.parametrize(
    "damaged", [b"", b"{", b"\xff\xfe", b"null", b"{}", b"[1, null, {}]", b"[" * 100_000]
)
def test_a_damaged_file_is_empty_and_can_be_saved_over(file: Path, damaged: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(damaged)
    assert TuningFile(file).load(SUBJECT) == Tuning()
    TuningFile(file).save(SUBJECT, TUNING)
    assert TuningFile(file).load(SUBJECT) == TUNING


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threads", {"decoding": 0, "prefill": 1}),
        ("threads", {"decoding": 9, "prefill": 1}),  # There are eight cores.
        ("threads", {"decoding": True, "prefill": 1}),
        ("threads", {"decoding": 1}),
        ("threads", [1, 1]),
        ("weights", "q2_k"),
        ("weights", []),
    ],
)
def test_what_makes_no_sense_is_as_if_it_was_not_there(file: Path, key: str, value: object) -> None:
    TuningFile(file).save(SUBJECT, TUNING)
    (record,) = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps([record | {key: value}]), "utf-8")
    expected = Tuning(TUNING.threads if key != "threads" else None,
                      TUNING.weights if key != "weights" else None)  # fmt: skip
    assert TuningFile(file).load(SUBJECT) == expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["model", "machine", "engine", "threads", "weights", "decoding"]), inner
    ),
)  # fmt: skip


@given(anything)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_is_too_strange(file: Path, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content), "utf-8")
    assert isinstance(TuningFile(file).load(SUBJECT), Tuning)


def test_a_place_that_cannot_be_written_forgets_in_silence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    tunings = TuningFile(tmp_path / "file" / "tuning.json")
    tunings.save(SUBJECT, TUNING)
    assert tunings.load(SUBJECT) == Tuning()


def save_many(file: Path, process: int) -> None:
    for number in range(10):
        TuningFile(file).save(Subject(f"sha-{number}", f"process {process}", "e"), TUNING)


def test_processes_that_save_at_once_lose_nothing(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(3, mp_context=context) as pool:
        list(pool.map(save_many, [file] * 3, range(3)))
    for process in range(3):
        for number in range(10):
            subject = Subject(f"sha-{number}", f"process {process}", "e")
            assert TuningFile(file).load(subject) == TUNING


def test_a_machine_is_known_by_what_speed_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = this_machine()
    assert this_machine() == usual
    total = psutil.virtual_memory().total

    class Memory:
        def __init__(self, total: float) -> None:
            self.total = total

    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(total * 4))
    assert this_machine() != usual
    # What the system keeps for itself changes with every update and says nothing.
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(15.3 * 2**30))
    sixteen = this_machine()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(15.8 * 2**30))
    assert this_machine() == sixteen
    assert "16 GB" in sixteen
    monkeypatch.setattr(psutil, "cpu_count", lambda logical=True: 4)
    assert this_machine() != sixteen
