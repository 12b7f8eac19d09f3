"""llama.cpp's wheel: compiled for a graphics card, for the processor where that fails, and kept."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from checkout import Checkout, SetupError
from commands import NO_COMPILER, CommandError
from engine import LLAMA_FLAGS, Engine
from environment import Environment
from graphics import Computer, Graphics, kept

CARD = Graphics("cuda", ("NVIDIA T400",))


class Pip(Environment):
    """An environment whose pip compiles in no time, or fails where it is told to."""

    def __init__(self, checkout: Checkout, said: list[str]) -> None:
        super().__init__(checkout, said.append)
        self.failing: dict[str, str | None] = {}
        self.built: list[Mapping[str, str]] = []
        self.installed: list[str] = []
        self.stamps: set[str] = set()

    def pip(self, log: str, action: str, *arguments: str, env: Mapping[str, str] = {}) -> None:
        for flag, cause in self.failing.items():
            if flag in env["CMAKE_ARGS"]:
                raise CommandError(cause or "cicc died", cause, self.checkout.log(log))
        self.built.append(env)
        folder = Path(arguments[arguments.index("--wheel-dir") + 1])
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "llama_cpp_python-0.3.36-py3-none-any.whl", "w") as wheel:
            wheel.writestr("flags", env["CMAKE_ARGS"])

    def install(self, log: str, *arguments: str) -> None:
        with zipfile.ZipFile(arguments[-1]) as wheel:
            self.installed.append(wheel.read("flags").decode())

    def fresh(self, name: str, *inputs: object) -> bool:
        return repr((name, inputs)) in self.stamps

    def stamp(self, name: str, *inputs: object) -> None:
        self.stamps.add(repr((name, inputs)))


@pytest.fixture
def pip(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    checkout = Checkout(tmp_path / "checkout")
    checkout.temporary.mkdir(parents=True)
    return Pip(checkout, said)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """One with an NVIDIA card and nvcc."""
    folder = tmp_path / "root" / "proc/driver/nvidia/gpus/0"
    folder.mkdir(parents=True)
    (folder / "information").write_text("Model: NVIDIA T400\n")
    programs = {"nvcc": "/opt/nvcc"}
    return Computer(os.environ, "linux", programs.get, tmp_path / "root")


def plain(tmp_path: Path) -> Computer:
    return Computer(os.environ, "linux", lambda _: None, tmp_path / "nothing")


def test_it_is_compiled_for_what_is_here_and_says_so(
    pip: Pip, computer: Computer, said: list[str]
) -> None:
    engine = Engine(pip, None, computer)
    assert engine.graphics == CARD
    engine.install()
    assert pip.installed == [f"{LLAMA_FLAGS} -DGGML_CUDA=ON"]
    assert pip.built[0]["CUDACXX"] == "/opt/nvcc"
    assert said[-1].strip().startswith("Built: llama.cpp with CUDA")
    assert engine.installed()


def test_the_processor_alone_is_compiled_as_ever(
    pip: Pip, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DX=1")
    Engine(pip, None, plain(tmp_path)).install()
    assert pip.installed == [f"{LLAMA_FLAGS} -DX=1"]
    assert said[-1].strip() == "Built: llama.cpp for this processor."


def test_own_arguments_for_a_card_are_told_and_hold_while_they_are_there(
    pip: Pip, computer: Computer, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_HIP=ON")
    own = Engine(pip, None, computer)
    own.install()
    own.keep_choice()
    assert pip.installed == [f"{LLAMA_FLAGS} -DGGML_HIP=ON"]
    assert said[-1].strip() == "Built: llama.cpp with your own CMAKE_ARGS."
    assert Engine(pip, None, computer).installed()
    monkeypatch.delenv("CMAKE_ARGS")
    assert Engine(pip, None, computer).graphics == CARD


def test_own_arguments_that_do_not_compile_are_an_error_that_names_them(
    pip: Pip, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_HIP=ON")
    pip.failing = {"GGML_HIP": None}
    with pytest.raises(SetupError, match="Without CMAKE_ARGS"):
        Engine(pip, None, computer).install()


def test_what_cannot_be_compiled_for_the_card_is_for_the_processor(
    pip: Pip, computer: Computer, said: list[str]
) -> None:
    for cause in (None, NO_COMPILER):
        pip.failing = {"GGML_CUDA": cause}
        engine = Engine(pip, None, computer)
        engine.install()
        assert pip.installed[-1] == LLAMA_FLAGS
        assert engine.graphics == Graphics("none")
        assert sum("could not be compiled" in line for line in said) == 1
        assert "llama-build-cuda.log" in "".join(said)
        engine.keep_choice()
        assert Engine(pip, None, computer).installed()  # It is not tried again at every start.
        (pip.checkout.work / "gpu").unlink()
        said.clear()


def test_what_would_hinder_the_processor_too_is_an_error(pip: Pip, computer: Computer) -> None:
    pip.failing = {"GGML_CUDA": "The disk is full."}
    with pytest.raises(SetupError, match="disk is full"):
        Engine(pip, None, computer).install()


def test_a_wish_that_fails_is_an_error_and_not_something_else(pip: Pip, computer: Computer) -> None:
    pip.failing = {"GGML_CUDA": None}
    with pytest.raises(SetupError, match="`--gpu none`"):
        Engine(pip, "cuda", computer).install()
    assert pip.installed == []


def test_a_wish_stays_until_the_next_one(pip: Pip, computer: Computer, tmp_path: Path) -> None:
    def install(gpu: str | None, on: Computer) -> str:
        engine = Engine(pip, gpu, on)
        if not engine.installed():
            engine.install()
        engine.keep_choice()
        return engine.graphics.kind

    assert install("none", computer) == "none"
    assert install(None, computer) == "none"
    assert install("auto", computer) == "cuda"
    assert install(None, plain(tmp_path)) == "cuda"  # The card is away for a day.
    assert len(pip.built) == len(pip.installed) == 2
    assert install("none", computer) == "none"
    assert kept(pip.checkout) == Graphics("none", asked=True)


def test_every_kind_has_its_own_wheel_in_the_cache(pip: Pip, computer: Computer) -> None:
    Engine(pip, "cuda", computer).install()
    Engine(pip, "none", computer).install()
    Engine(pip, "cuda", computer).install()
    assert len(pip.built) == 2
    assert pip.installed[0] == pip.installed[2] != pip.installed[1]


def test_another_card_needs_another_wheel(pip: Pip, computer: Computer) -> None:
    first = Engine(pip, "auto", computer).inputs
    information = computer.root / "proc/driver/nvidia/gpus/0/information"
    information.write_text("Model: NVIDIA GeForce RTX 5060\n")
    assert Engine(pip, "auto", computer).inputs != first


def test_what_a_person_may_wonder_about_is_said_when_it_is_decided(
    pip: Pip, tmp_path: Path, said: list[str]
) -> None:
    no_card = Computer(os.environ, "linux", {"nvcc": "/opt/nvcc"}.get, tmp_path / "nothing")
    engine = Engine(pip, None, no_card)
    engine.explain()
    assert "no NVIDIA graphics card" in said.pop()
    engine.keep_choice()
    Engine(pip, None, no_card).explain()
    assert said == []
    Engine(pip, "auto", no_card).explain()
    assert "no NVIDIA graphics card" in said.pop()


def test_an_engine_that_does_not_load_gives_way_to_the_processor_once(
    pip: Pip, computer: Computer
) -> None:
    engine = Engine(pip, None, computer)
    assert engine.step_back("It does not load")
    assert not engine.step_back("It does not load")
    assert not Engine(pip, "cuda", computer).step_back("It does not load")
