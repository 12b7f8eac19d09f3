"""Which layers fit on a card, in which order placements are tried, and what the person reads."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header, Tensor, read_header
from docqa.llm.machine.device import Device, devices
from docqa.llm.machine.placement import (
    Placement,
    apply,
    device_bytes,
    placements,
    sentence,
    spared_bytes,
)

MIB, GIB = 2**20, 2**30
CARD = Device(0, "CUDA0", "NVIDIA GeForce RTX 4060", "gpu", 8 * GIB, 8 * GIB)
SMALL = Device(1, "CUDA1", "NVIDIA T400", "gpu", 2 * GIB, 2 * GIB)
BUILT_IN = Device(2, "Vulkan0", "Intel Iris Xe", "igpu", 16 * GIB, 16 * GIB)
PROCESSOR = Device(3, "CPU", "A processor", "cpu", 16 * GIB, 16 * GIB)


def mistral(*, tied: bool = False) -> Header:
    """Of Mistral-7B's shape in Q4_K_M: 131 MB a layer, 110 MB for the output."""
    layers = [
        Tensor(f"blk.{number}.{name}.weight", (4096, 1), 12, 131_000_000 // 4)
        for number in range(32)
        for name in ("attn_q", "ffn_down", "ffn_gate", "ffn_up")
    ]
    ends = [
        Tensor("token_embd.weight", (4096, 32768), 12, 75_497_472),
        Tensor("output_norm.weight", (4096,), 0, 16_384),
        Tensor("output.weight", (4096, 32768), 14, 110_100_480),
    ]
    numbers = {
        "block_count": 32,
        "embedding_length": 4096,
        "feed_forward_length": 14336,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
        "context_length": 32768,
    }
    metadata = {"general.architecture": "llama", **{f"llama.{k}": v for k, v in numbers.items()}}
    return Header(metadata, 4_400_000_000, (*layers, *(ends[:2] if tied else ends)))


def layers_on(device: Device, cells: int = 8192, value_bytes: float = 2.0) -> int:
    return placements(mistral(), [device, PROCESSOR], cells, value_bytes, available=64 * GIB)[
        0
    ].layers


@pytest.mark.parametrize(
    ("gigabytes", "cells", "value_bytes", "least", "most"),
    [
        (8, 8192, 2.0, 33, 33),
        (6, 8192, 2.0, 28, 32),  # Only with a smaller cache it takes all.
        (6, 4096, 34 / 32, 33, 33),
        (4, 8192, 2.0, 15, 20),
        (1, 8192, 2.0, 0, 2),
    ],
)
def test_a_mistral_on_cards_of_usual_sizes(
    gigabytes: int, cells: int, value_bytes: float, least: int, most: int
) -> None:
    size = gigabytes * GIB
    card = replace(CARD, free=size - 300 * MIB, total=size)  # What a desktop leaves of it.
    assert least <= layers_on(card, cells, value_bytes) <= most


@given(free=st.integers(0, 12 * GIB), more=st.integers(0, 4 * GIB), cells=st.integers(1, 40_000))
def test_what_is_chosen_fits_and_more_memory_never_takes_less(
    free: int, more: int, cells: int
) -> None:
    card = replace(CARD, free=free, total=16 * GIB)
    layers = layers_on(card, cells)
    assert 0 <= layers <= 33
    assert device_bytes(mistral(), layers, cells) <= free
    assert layers_on(replace(card, free=free + more), cells) >= layers


def test_the_ladder_ends_on_the_processor() -> None:
    ladder = placements(mistral(), [PROCESSOR, CARD], 8192, available=64 * GIB)
    assert [(rung.device, rung.layers) for rung in ladder] == [
        (CARD, 33),
        (CARD, 24),
        (CARD, 16),
        (CARD, 8),
        (None, 0),
    ]
    assert [rung.is_whole for rung in ladder] == [True, False, False, False, False]


def test_without_a_card_there_is_only_the_processor() -> None:
    for found in ([], [PROCESSOR], [replace(PROCESSOR, kind="accel", name="BLAS")]):
        assert placements(mistral(), found, 512, available=GIB) == (Placement(None, 0, 33),)


def test_the_card_with_the_most_free_memory_goes_first_and_built_in_graphics_last() -> None:
    found = [BUILT_IN, SMALL, CARD, PROCESSOR]
    assert placements(mistral(), found, 512, available=64 * GIB)[0].device == CARD
    assert placements(mistral(), found[:2], 512, available=64 * GIB)[0].device == SMALL
    assert placements(mistral(), found[:1], 512, available=64 * GIB)[0].device == BUILT_IN


def test_built_in_graphics_have_no_more_than_the_computer() -> None:
    found = [BUILT_IN, PROCESSOR]
    assert placements(mistral(), found, 8192, available=12 * GIB)[0].layers == 33
    assert 0 < placements(mistral(), found, 8192, available=4 * GIB)[0].layers < 33
    apple = replace(BUILT_IN, name="MTL0", description="Apple M4", kind="gpu")
    assert 0 < placements(mistral(), [apple], 8192, available=4 * GIB)[0].layers < 33


def test_a_card_that_does_not_say_its_memory_is_used_only_when_asked_for() -> None:
    silent = replace(CARD, free=0, total=0)
    assert placements(mistral(), [silent], 512, available=GIB)[0].device is None
    asked = placements(mistral(), [silent], 512, available=GIB, forced_device="CUDA0")
    assert (asked[0].device, asked[0].layers) == (silent, 33)


@pytest.mark.parametrize("forced", ["cuda1", "NVIDIA T400", "1"])
def test_a_device_can_be_forced(forced: str) -> None:
    found = [CARD, SMALL, PROCESSOR]
    ladder = placements(mistral(), found, 512, available=GIB, forced_device=forced)
    assert ladder[0].device == SMALL
    assert ladder[-1].device is None


def test_the_processor_can_be_forced() -> None:
    alone = (Placement(None, 0, 33),)
    assert placements(mistral(), [CARD], 512, available=GIB, forced_device="CPU") == alone
    assert placements(mistral(), [CARD], 512, available=GIB, forced_layers=0) == alone


def test_a_device_that_is_not_there_is_one_sentence_naming_those_that_are() -> None:
    with pytest.raises(DocqaError) as caught:
        placements(mistral(), [CARD, PROCESSOR], 512, available=GIB, forced_device="CUDA7")
    assert str(caught.value) == (
        "There is no device 'CUDA7' here; choose one of: CUDA0 (NVIDIA GeForce RTX 4060), cpu."
    )


@pytest.mark.parametrize(("forced", "expected"), [(20, 20), (99, 33), (1, 1)])
def test_a_number_of_layers_can_be_forced(forced: int, expected: int) -> None:
    ladder = placements(mistral(), [SMALL], 8192, available=GIB, forced_layers=forced)
    assert ladder[0].layers == expected
    assert ladder[-1] == Placement(None, 0, 33)


def test_a_model_that_writes_with_what_it_reads_with_takes_a_copy() -> None:
    card = Placement(CARD, 1, 33)
    assert device_bytes(mistral(tied=True), 1, 512) == 75_497_472 + 16_384
    assert spared_bytes(mistral(tied=True), card, 512) == 16_384
    assert spared_bytes(mistral(), card, 512) == device_bytes(mistral(), 1, 512)


def test_memory_is_spared_only_by_a_card_with_its_own() -> None:
    assert spared_bytes(mistral(), Placement(BUILT_IN, 33, 33), 512) == 0
    assert spared_bytes(mistral(), Placement(None, 0, 33), 512) == 0
    whole = spared_bytes(mistral(), Placement(CARD, 33, 33), 512)
    header = mistral()
    assert whole == header.weight_bytes - 75_497_472 + header.cache_bytes(512)


def test_the_calculation_counts_every_layer_of_a_real_file(tiny_path: Path) -> None:
    header = read_header(tiny_path)
    embedding = next(t.bytes for t in header.tensors if t.name == "token_embd.weight")
    whole = device_bytes(header, 3, 512)
    assert whole == header.weight_bytes + header.cache_bytes(512)  # The embedding as a copy.
    assert device_bytes(header, 1, 512) == embedding + 64 * 4
    assert device_bytes(header, 0, 512) == 0


def test_a_whole_model_needs_no_words() -> None:
    assert sentence([], Placement(CARD, 33, 33)) is None
    assert sentence([], Placement(None, 0, 33)) is None


def test_one_line_says_what_a_card_could_not_do() -> None:
    failed = [Placement(CARD, 33, 33), Placement(CARD, 24, 33)]
    assert sentence(failed, Placement(None, 0, 33)) == (
        "The graphics card NVIDIA GeForce RTX 4060 could not take the model; "
        "it runs on the processor."
    )
    partly = (
        "27 of 33 layers run on the graphics card NVIDIA GeForce RTX 4060; "
        "more graphics memory would make it faster."
    )
    assert sentence([], Placement(CARD, 27, 33)) == partly
    assert sentence(failed[:1], Placement(CARD, 27, 33), forced=True) == partly
    assert sentence([], Placement(CARD, 27, 33), forced=True) is None


def test_a_card_without_room_for_a_single_layer_is_named() -> None:
    full = replace(SMALL, free=100 * MIB)
    (only,) = placements(mistral(), [full], 8192, available=GIB)
    assert only.device is None
    assert sentence([], only) == (
        "The graphics card NVIDIA T400 has too little free memory for the model; "
        "it runs on the processor."
    )


def test_llama_cpp_loads_with_every_placement_that_is_possible_here(tiny_path: Path) -> None:
    import llama_cpp.llama_cpp as native

    native.llama_backend_init()
    header = read_header(tiny_path)
    for placement in placements(header, devices(native), 512, available=16 * GIB):
        parameters = native.llama_model_default_params()
        kept = apply(native, parameters, placement)
        assert parameters.n_gpu_layers == placement.layers
        model = native.llama_model_load_from_file(os.fsencode(tiny_path), parameters)
        assert model
        assert native.llama_model_n_layer(model) == 2
        native.llama_model_free(model)
        assert kept is not None
