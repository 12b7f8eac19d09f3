"""Which model is used by default."""

from __future__ import annotations

from pathlib import Path

import gguf
import pytest
from tiny_gguf import write_tiny_gguf

from docqa.llm.catalogue import default_embedder, default_model, find_models, is_supported

_MISTRAL = "Mistral-7B-Instruct-v0.3-Q4_K_M.gguf"
_STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"


def test_models_are_found_by_folder_then_name_and_once(tmp_path: Path) -> None:
    beside, data = tmp_path / "beside", tmp_path / "data"
    for name in ("beside/b.gguf", "beside/deep/a.gguf", "data/b.gguf", "data/c.gguf", "data/d.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for part in ("00001", "00002", "00003"):
        (data / f"large-{part}-of-00003.gguf").touch()
    found = find_models((beside, tmp_path / "missing", data))
    assert found == [
        beside / "b.gguf",
        beside / "deep/a.gguf",
        data / "c.gguf",
        data / "large-00001-of-00003.gguf",
    ]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ((_STARTER,), _STARTER),
        ((_STARTER, "Qwen2.5-1.5B.gguf"), "Qwen2.5-1.5B.gguf"),
        ((_STARTER, "Qwen2.5-1.5B.gguf", _MISTRAL), _MISTRAL),
        ((_STARTER, "mistral-7b-v0.1.gguf", _MISTRAL), _MISTRAL),
    ],
)
def test_mistral_before_others_before_the_starter(
    tmp_path: Path, names: tuple[str, ...], chosen: str
) -> None:
    for name in names:
        write_tiny_gguf(tmp_path / name, layers=1)
    assert default_model((tmp_path,)) == tmp_path / chosen


def test_what_cannot_be_used_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / _MISTRAL).write_bytes(b"half a download")
    write_tiny_gguf(tmp_path / "gemma.gguf", chat="unknown", layers=1)
    assert default_model((tmp_path,)) is None
    write_tiny_gguf(tmp_path / _STARTER, chat="chatml", layers=1)
    assert default_model((tmp_path,)) == tmp_path / _STARTER


def test_a_model_with_a_format_of_its_own_can_be_used(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "gemma.gguf", chat="turns", layers=1)
    write_tiny_gguf(tmp_path / _STARTER, chat="chatml", layers=1)
    assert default_model((tmp_path,)) == tmp_path / "gemma.gguf"


def test_a_model_in_several_files_is_listed_and_passed_over(tmp_path: Path) -> None:
    first = tmp_path / "mistral-7b-instruct-00001-of-00002.gguf"
    starter = write_tiny_gguf(tmp_path / _STARTER, layers=1)
    for count, chosen in ((1, first), (2, starter)):
        writer = gguf.GGUFWriter(first, "llama")
        writer.add_chat_template("[INST] {{ messages[0].content }} [/INST]")
        writer.add_uint16("split.count", count)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.close()
        assert find_models((tmp_path,)) == [starter, first]
        assert is_supported(first) is (count == 1)
        assert default_model((tmp_path,)) == chosen


def test_an_embedder_is_a_folder_with_modules(tmp_path: Path) -> None:
    assert default_embedder((tmp_path, tmp_path / "missing")) is None
    model = tmp_path / "all-MiniLM-L6-v2"
    model.mkdir()
    (model / "modules.json").write_text("[]")
    assert default_embedder((tmp_path / "missing", tmp_path)) == model
