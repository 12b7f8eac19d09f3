"""Headers of GGUF files, damaged ones included."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import write_tiny_gguf

from docqa.errors import DocqaError
from docqa.llm.gguf import read_header
from docqa.llm.memory import required_bytes


def test_a_header_tells_what_the_model_is(tiny_path: Path) -> None:
    header = read_header(tiny_path)
    assert header.metadata["general.name"] == "Tiny mistral"
    assert header.training_context == 512
    assert header.size == tiny_path.stat().st_size
    assert "tokenizer.ggml.tokens" not in header.metadata


def test_the_cache_of_the_starter(starter_path: Path) -> None:
    header = read_header(starter_path)
    # 30 layers, 3 heads of 64, keys and values, 2 bytes each.
    assert header.cache_bytes(4096) == 4096 * 30 * 3 * 64 * 2 * 2
    assert required_bytes(header, 4096) > header.size + header.cache_bytes(4096)
    assert required_bytes(header, 10**9) == required_bytes(header, 8192)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    path = write_tiny_gguf(tmp_path_factory.mktemp("gguf") / "m.gguf")
    return path.with_name("damaged.gguf"), path.read_bytes()[:12_000]


@settings(max_examples=150, deadline=None)
@given(length=st.integers(0, 4000))
def test_a_header_cut_off_anywhere_is_refused(content: tuple[Path, bytes], length: int) -> None:
    path, data = content
    path.write_bytes(data[:length])
    with pytest.raises(DocqaError, match="not a GGUF model"):
        read_header(path)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 1500), junk=st.binary(min_size=1, max_size=16))
def test_a_damaged_header_is_read_or_refused(
    content: tuple[Path, bytes], at: int, junk: bytes
) -> None:
    path, data = content
    path.write_bytes(data[:at] + junk + data[at + len(junk) :])
    with contextlib.suppress(DocqaError):
        read_header(path)
