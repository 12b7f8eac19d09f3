"""Model files: good ones, and every kind of bad one."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from tiny_gguf import write_tiny_gguf

from docqa.errors import DocqaError
from docqa.llm.base import Finished, Prompt
from docqa.llm.client import LlamaModel
from docqa.llm.identity import file_identity, present_identities
from docqa.process import Urgency
from docqa.settings import EngineSettings

ASKING = Urgency.ASKING


def test_info_needs_no_loading(tiny_path: Path, tmp_path: Path) -> None:
    model = LlamaModel(tiny_path, log=tmp_path / "log", settings=EngineSettings(context=300))
    info = model.info()
    assert info.name == "tiny ö"
    assert info.context == 300
    assert info.identity == hashlib.sha256(tiny_path.read_bytes()).hexdigest()
    assert LlamaModel(tiny_path, log=tmp_path / "log").info().context == 512
    assert model.pid is None


def test_a_file_is_hashed_once_until_it_changes(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "m.gguf", seed=1)
    memory = tmp_path / "cache" / "model-hashes.json"

    def identity() -> str:
        return LlamaModel(path, log=tmp_path / "log", cache=tmp_path / "cache").info().identity

    first = identity()
    (key,) = json.loads(memory.read_text())
    memory.write_text(json.dumps({key: "remembered"}))
    assert identity() == "remembered"
    write_tiny_gguf(path, seed=2)
    assert identity() not in ("remembered", first)
    memory.write_text("{ damaged")
    assert identity() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_models_that_are_gone_or_changed_are_not_present(tmp_path: Path) -> None:
    memory = tmp_path / "hashes.json"
    assert present_identities(memory) == frozenset()
    stays, goes, changes = (tmp_path / name for name in ("stays | ö.gguf", "goes", "changes"))
    for file in (stays, goes, changes):
        file.write_text(file.name)
    identities = [file_identity(file, memory) for file in (stays, goes, changes)]
    assert present_identities(memory) == set(identities)
    goes.unlink()
    changes.write_text("something else")
    assert present_identities(memory) == {identities[0]}
    for damaged in ("[]", '{"": 1, "x": "y", "|": "", "\\u0000|1|1": "z"}'):
        memory.write_text(damaged)
        assert present_identities(memory) == frozenset()


def test_the_context_is_at_most_what_the_model_was_trained_for(tiny: LlamaModel) -> None:
    with pytest.raises(DocqaError, match="context of 512 tokens"):
        list(tiny.generate(Prompt("", ("x" * 600,)), max_tokens=1, urgency=ASKING))


@pytest.mark.parametrize("chat", ["mistral", "mistral-text", "chatml"])
def test_every_known_format_generates(tmp_path: Path, chat: str) -> None:
    path = write_tiny_gguf(tmp_path / "m.gguf", chat=chat)
    model = LlamaModel(path, log=tmp_path / "log")
    *_, finished = model.generate(Prompt("Be kind.", ("Hello",)), max_tokens=5, urgency=ASKING)
    assert isinstance(finished, Finished)
    assert finished.usage.prompt_tokens > len("Be kind.Hello")
    model.close()


def refusal(path: Path, tmp_path: Path, **options: int) -> str:
    model = LlamaModel(path, log=tmp_path / "log", settings=EngineSettings(**options))
    with pytest.raises(DocqaError) as caught:
        model.load(ASKING)
    assert model.pid is None
    return str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.gguf", tmp_path)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"%PDF-1.7\n" * 100, b"GGUF" + b"\xff" * 100])
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    assert "not a GGUF model" in refusal(path, tmp_path)


def test_a_truncated_model(tiny_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(tiny_path.read_bytes()[:-100_000])
    assert "download it again" in refusal(path, tmp_path)


def test_a_format_that_is_not_known(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "gemma.gguf", chat="unknown")
    assert "chat format that docqa does not know" in refusal(path, tmp_path)


def test_an_architecture_that_llama_cpp_does_not_know(tiny_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "strange.gguf"
    path.write_bytes(tiny_path.read_bytes().replace(b"llama", b"lemma"))
    sentence = refusal(path, tmp_path)
    assert sentence.startswith("The model strange.gguf cannot be loaded")
    assert "of a kind that this llama.cpp does not know" in sentence
    assert sentence.count(". ") == 0
    good = LlamaModel(tiny_path, log=tmp_path / "log")  # The program lives.
    assert good.count(("a",), ASKING) == (1,)
    good.close()


def test_a_model_that_does_not_fit_the_memory(tmp_path: Path) -> None:
    path = write_tiny_gguf(tmp_path / "huge.gguf", context=2_000_000_000)
    assert "GB of memory" in refusal(path, tmp_path, context=2_000_000_000)


_PARENT = """
from pathlib import Path
from docqa.llm.base import Prompt
from docqa.llm.client import LlamaModel
from docqa.process import Urgency

if __name__ == "__main__":
    model = LlamaModel(Path({path!r}), log=Path({log!r}))
    model.load(Urgency.ASKING)
    print(model.pid, flush=True)
    prompt = Prompt("", ("The river rises and falls. " * 500,))
    list(model.generate(prompt, max_tokens=1, urgency=Urgency.ASKING))
    print("finished", flush=True)
"""


def test_the_child_dies_with_its_parent_in_mid_prefill(starter_path: Path, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT.format(path=str(starter_path), log=str(tmp_path / "log")))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    child = psutil.Process(pid)
    before = child.cpu_times().user
    while child.cpu_times().user - before < 0.2:  # It computes now.
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    rest, _ = parent.communicate()
    assert rest == b""
    until = time.monotonic() + 1
    while psutil.pid_exists(pid) and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, "the child lives on"
        time.sleep(0.02)
