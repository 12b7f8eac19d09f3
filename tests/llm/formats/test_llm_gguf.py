"""Headers of GGUF files, damaged ones included."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import write_tiny_gguf

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header, read_header
from docqa.llm.machine.memory import required_bytes


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
    assert header.cache_bytes(4096, 34 / 32) == header.cache_bytes(4096) * 17 / 32


def test_the_memory_that_is_needed(starter_path: Path) -> None:
    header = read_header(starter_path)
    whole = header.weight_bytes + header.cache_bytes(4096)
    rest = required_bytes(header, 4096) - whole
    assert 0 < rest < 400 * 2**20
    assert required_bytes(header, 4096, elsewhere=50_000_000) == whole + rest - 50_000_000
    assert required_bytes(header, 4096, 34 / 32) < required_bytes(header, 4096)


def test_the_tensors_are_those_that_the_reference_reader_finds(tiny_path: Path) -> None:
    expected = {
        tensor.name: (tuple(map(int, tensor.shape)), int(tensor.tensor_type), int(tensor.n_bytes))
        for tensor in gguf.GGUFReader(tiny_path).tensors
    }
    header = read_header(tiny_path)
    assert {each.name: (each.shape, each.kind, each.bytes) for each in header.tensors} == expected
    assert header.size > header.weight_bytes > 0.9 * header.size
    assert header.blocks == 2


@pytest.mark.parametrize("kind", list(gguf.GGML_QUANT_SIZES))
def test_every_type_of_tensor_has_its_size(tmp_path: Path, kind: gguf.GGMLQuantizationType) -> None:
    values, size = gguf.GGML_QUANT_SIZES[kind]
    path = tmp_path / "types.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    raw = np.zeros((3, 256 // values * size), dtype=np.uint8)
    writer.add_tensor("some.weight", raw, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (tensor,) = read_header(path).tensors
    assert (tensor.shape, tensor.bytes) == ((256, 3), raw.nbytes)


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


@pytest.mark.parametrize("missing", [1, 5_000, 150_000])
def test_a_file_that_lacks_some_of_its_weights_is_damaged(
    tiny_path: Path, tmp_path: Path, missing: int
) -> None:
    data = tiny_path.read_bytes()
    path = tmp_path / "half.gguf"
    path.write_bytes(data)
    read_header(path)
    path.write_bytes(data[: len(data) - _padding(data) - missing])
    with pytest.raises(DocqaError, match=r"half\.gguf is damaged: .*download it again"):
        read_header(path)


def _padding(data: bytes) -> int:
    """Zeros behind the last tensor, which nobody needs."""
    return len(data) - len(data.rstrip(b"\0"))


@given(
    tensors=st.integers(50, 2**64 - 1),
    keys=st.integers(50, 2**64 - 1),
    rest=st.binary(max_size=200),
)
def test_absurd_counts_are_refused_at_once(
    content: tuple[Path, bytes], tensors: int, keys: int, rest: bytes
) -> None:
    path, _ = content
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + rest)
    with pytest.raises(DocqaError):
        read_header(path)


# -- files made to cost time and memory ------------------------------------------------------------

_STRING, _ARRAY, _BYTE = 8, 9, 0


def string(content: bytes) -> bytes:
    return struct.pack("<Q", len(content)) + content


def text(key: str, content: bytes) -> bytes:
    return string(key.encode()) + struct.pack("<I", _STRING) + string(content)


def array(key: str, kind: int, count: int, content: bytes) -> bytes:
    return string(key.encode()) + struct.pack("<IIQ", _ARRAY, kind, count) + content


def header(folder: Path, *values: bytes) -> Header:
    """Read a file without tensors."""
    path = folder / "made.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(values)) + b"".join(values))
    return read_header(path)


_LAST = text("last", b"here")


def test_strings_too_long_to_be_of_use_are_skipped(tmp_path: Path) -> None:
    longest, longer = text("longest", b"x" * 2**20), text("longer", b"x" * (2**20 + 1))
    metadata = header(tmp_path, longest, longer, _LAST).metadata
    assert {key: len(str(value)) for key, value in metadata.items()} == {
        "longest": 2**20,
        "last": 4,
    }


def test_a_key_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match="not a GGUF model"):
        header(tmp_path, text("k" * (2**20 + 1), b""), _LAST)


def test_the_strings_that_are_kept_are_bounded_in_all(tmp_path: Path) -> None:
    texts = [text(f"{at:02}", b"x" * (2**20 - 2)) for at in range(32)]
    assert len(header(tmp_path, *texts).metadata) == 32
    with pytest.raises(DocqaError, match="not a GGUF model"):
        header(tmp_path, *texts, _LAST)


def test_the_strings_in_all_arrays_are_bounded_together(tmp_path: Path) -> None:
    few = array("few", _STRING, 5, string(b"ab") * 5)
    assert header(tmp_path, few, few, _LAST).metadata == {"last": "here"}
    many = array("many", _STRING, 2_000_000, string(b"") * 2_000_000)
    with pytest.raises(DocqaError, match="not a GGUF model"):
        header(tmp_path, few, many, _LAST)


def test_a_header_is_bounded_whatever_the_size_of_the_file(tmp_path: Path) -> None:
    """The file has holes: it takes next to no room on the disk."""
    path = tmp_path / "vast.gguf"
    for size, is_refused in ((127 * 2**20, False), (129 * 2**20, True)):
        start = b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + array("vast", _BYTE, size, b"")
        with path.open("wb") as file:
            file.write(start)
            file.seek(len(start) + size)
            file.write(_LAST)
        with pytest.raises(DocqaError) if is_refused else contextlib.nullcontext():
            assert read_header(path).metadata == {"last": "here"}


# -- what else is refused --------------------------------------------------------------------------


def test_a_model_in_several_files_is_refused_with_what_to_do(tmp_path: Path) -> None:
    def split(count: int) -> bytes:
        return string(b"split.count") + struct.pack("<IH", 2, count)

    assert header(tmp_path, _LAST).parts == 1
    assert header(tmp_path, split(1)).parts == 1
    with pytest.raises(
        DocqaError, match=r"made\.gguf is one of 3 files .* llama-gguf-split --merge"
    ):
        header(tmp_path, split(3))


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocqaError, match=r"cannot be read \(embedded null") as caught:
        read_header(tmp_path / "a\0b.gguf")
    assert "\0" not in str(caught.value)


@given(blocks=st.integers(-(2**63), 2**64 - 1))
def test_an_absurd_number_of_layers_is_bounded(blocks: int) -> None:
    header = Header({"general.architecture": "llama", "llama.block_count": blocks}, 100)
    assert 0 <= header.blocks <= 100_000
