"""Which weights are laid out anew for the processor."""

from __future__ import annotations

import pytest

from docqa.llm.formats.gguf import Header, Tensor
from docqa.llm.machine.kernels import lays_out_anew

Q4_0, Q4_K, Q6_K, Q8_0 = 2, 12, 14, 8


def header(**megabytes: int) -> Header:
    kinds = {"q4_0": Q4_0, "q4_k": Q4_K, "q6_k": Q6_K, "q8_0": Q8_0}
    tensors = [Tensor(name, (1,), kinds[name], size) for name, size in megabytes.items()]
    return Header({}, sum(megabytes.values()), tuple(tensors))


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_k_quants_are_fast_as_they_are_on_x86(machine: str) -> None:
    assert not lays_out_anew(header(q4_k=3400, q6_k=900), machine)
    assert not lays_out_anew(header(q4_k=600, q4_0=400), machine)


@pytest.mark.parametrize("machine", ["arm64", "aarch64"])
def test_on_arm_all_gain(machine: str) -> None:
    assert lays_out_anew(header(q4_k=3400, q6_k=900), machine)


def test_other_formats_gain_everywhere() -> None:
    assert lays_out_anew(header(q4_0=4000), "x86_64")
    assert lays_out_anew(header(q8_0=100, q6_k=20), "x86_64")
    assert lays_out_anew(header(), "x86_64")
