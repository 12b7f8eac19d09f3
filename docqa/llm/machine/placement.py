"""Which layers of a model a graphics card takes: what fits by calculation, and what to try next.

One card takes part at most, the one with the most free memory: a model is never split over several.
"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docqa.errors import DocqaError
from docqa.llm.formats.gguf import Header
from docqa.llm.machine.batches import BATCH, MOST_OUTPUTS
from docqa.llm.machine.device import Device, handle

CPU = "cpu"
"""The setting that forces the processor."""

_RUNTIME_BYTES = 457 * 2**20
"""What a card's runtime takes for itself: kernels, handles, staging (CUDA takes 0.3 to 0.5 GiB)."""
_SPARE_LAYERS = 2
"""Kept free, in sizes of the largest layer: for fragments, and for windows that are drawn."""
_STEPS = (1.0, 0.75, 0.5, 0.25)
"""Shares of what should fit that are tried, one after another, before the processor alone.

A failed attempt may take as long as loading does, so there are few. A card that cannot take a
quarter of what was calculated has another problem than memory.
"""
_BLOCK = re.compile(r"blk\.(\d+)\.")
_EMBEDDING, _OUTPUT = "token_embd.weight", "output.weight"
_ON_PROCESSOR = re.compile(r"token_embd|per_layer_token_embd|token_types|position_embd")
"""Tensors of the input: llama.cpp leaves them in the computer's memory."""
_SPLIT_NONE = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """The last ``layers`` of ``of`` layers are on the device; the output counts as a layer.

    The default is the processor alone, ``instead_of`` a card with too little free memory.
    """

    device: Device | None = None
    layers: int = 0
    of: int = 0
    instead_of: Device | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the device takes the whole model."""
        return self.device is not None and self.layers >= self.of


def placements(
    header: Header,
    found: Sequence[Device],
    cells: int,
    value_bytes: float = 2.0,
    *,
    available: int,
    forced_device: str | None = None,
    forced_layers: int | None = None,
) -> tuple[Placement, ...]:
    """What to try, best first; the last one is always the processor alone.

    The cache holds ``cells`` tokens, a value of it takes ``value_bytes``. ``available`` are the
    free bytes of the computer's memory, which integrated graphics share. ``forced_device`` is a
    name, a description or a number (of the graphics cards, from 0), or "cpu"; ``forced_layers``
    replaces the calculation. Raises DocqaError for a device that does not exist.
    """
    of = header.blocks + 1
    processor = Placement(None, 0, of)
    device = _choose(found, forced_device)
    if device is None or forced_layers == 0:
        return (processor,)
    if forced_layers is not None:
        layers = max(0, min(forced_layers, of))
    else:
        layers = _fitting(header, _room(device, available), cells, value_bytes)
    if layers == 0:
        return (Placement(None, 0, of, instead_of=device),)
    return *_steps(device, layers, of), processor


def device_bytes(header: Header, layers: int, cells: int, value_bytes: float = 2.0) -> int:
    """Bytes of weights and cache that lie on a device with so many layers."""
    costs = _layer_costs(header, cells, value_bytes)
    return sum(costs[-layers:]) if layers > 0 else 0


def spared_bytes(header: Header, placement: Placement, cells: int, value_bytes: float = 2.0) -> int:
    """Bytes of the computer's own memory that a placement leaves free."""
    if placement.device is None or placement.device.shares_memory:
        return 0
    copied = _copied_bytes(header) if placement.layers > 0 else 0
    return device_bytes(header, placement.layers, cells, value_bytes) - copied


def apply(native: Any, parameters: Any, placement: Placement) -> object:
    """Write a placement into llama_model_params; keep the result until the model is loaded.

    Without a device the list of devices is empty, so that no card is even opened.
    """
    pointers = () if placement.device is None else (handle(native, placement.device),)
    listed = (ctypes.c_void_p * (len(pointers) + 1))(*pointers, None)
    parameters.devices = ctypes.cast(listed, ctypes.c_void_p)
    parameters.n_gpu_layers = placement.layers
    parameters.split_mode = _SPLIT_NONE
    parameters.main_gpu = 0 if pointers else -1
    return listed


def sentence(failed: Sequence[Placement], worked: Placement, *, forced: bool = False) -> str | None:
    """One line for the person, or None where there is nothing to tell.

    ``failed`` are the placements above it that could not be used, now or on an earlier day;
    ``forced``: the person chose the number of layers.
    """
    refused = next((placement.device for placement in failed if placement.device), None)
    if worked.instead_of is not None:
        return (
            f"The graphics card {worked.instead_of.description} has too little free memory for "
            "the model; it runs on the processor."
        )
    if worked.device is None and refused is not None:
        return (
            f"The graphics card {refused.description} could not take the model; "
            "it runs on the processor."
        )
    if worked.device is None or worked.is_whole or (forced and refused is None):
        return None
    return (
        f"{worked.layers} of {worked.of} layers run on the graphics card "
        f"{worked.device.description}; more graphics memory would make it faster."
    )


def _choose(found: Sequence[Device], forced: str | None) -> Device | None:
    """The device that was asked for, else the best one; None for the processor."""
    cards = [device for device in found if device.kind in ("gpu", "igpu")]
    if forced is None:
        # Where a driver does not say how much memory there is, nothing can be promised.
        known = [device for device in cards if device.total > 0]
        return max(known, key=lambda device: (device.kind == "gpu", device.free), default=None)
    if forced.casefold() == CPU:
        return None
    for number, device in enumerate(cards):
        names = (device.name.casefold(), device.description.casefold(), str(number))
        if forced.casefold() in names:
            return device
    there = "".join(f"{device.name} ({device.description}), " for device in cards)
    raise DocqaError(f"There is no device {forced!r} here; choose one of: {there}{CPU}.")


def _room(device: Device, available: int) -> int:
    """Free bytes that a device can really give; one that keeps silent is believed to have all."""
    free = device.free if device.total > 0 else sys.maxsize
    return min(free, available) if device.shares_memory else free


def _steps(device: Device, layers: int, of: int) -> tuple[Placement, ...]:
    counts = dict.fromkeys(int(layers * share) for share in _STEPS)
    return tuple(Placement(device, count, of) for count in counts if count > 0)


def _fitting(header: Header, room: int, cells: int, value_bytes: float) -> int:
    """How many of the last layers fit into ``room`` bytes."""
    costs = _layer_costs(header, cells, value_bytes)
    room -= (
        _RUNTIME_BYTES + _compute_bytes(header, cells) + _SPARE_LAYERS * max(costs[:-1], default=0)
    )
    layers = 0
    for cost in reversed(costs):
        room -= cost
        if room < 0:
            break
        layers += 1
    return layers


def _layer_costs(header: Header, cells: int, value_bytes: float) -> list[int]:
    """Bytes of each layer with its share of the cache; the last one is the output."""
    of = header.blocks
    costs = [-(-header.cache_bytes(cells, value_bytes) // max(1, of))] * of + [0]
    for tensor in header.tensors:
        found = _BLOCK.match(tensor.name)
        if found:
            costs[min(int(found[1]), of)] += tensor.bytes
        elif not _ON_PROCESSOR.match(tensor.name):
            costs[-1] += tensor.bytes
    costs[-1] += _copied_bytes(header)
    return costs


def _copied_bytes(header: Header) -> int:
    """Some models write with the tensor that they read with: a device gets a copy of it."""
    if any(tensor.name == _OUTPUT for tensor in header.tensors):
        return 0
    return sum(tensor.bytes for tensor in header.tensors if tensor.name == _EMBEDDING)


def _compute_bytes(header: Header, cells: int) -> int:
    """Bytes of intermediate results, at most: activations, the attention mask, logits.

    Counted for a whole batch, of which llama.cpp computes MICRO_BATCH tokens in one go.
    """
    width, wide = header.number("embedding_length"), header.number("feed_forward_length")
    words = next((each.shape[-1] for each in header.tensors if each.name == _EMBEDDING), 0)
    activations = BATCH * (6 * width + 3 * wide) * 4
    return activations + BATCH * cells * 4 + MOST_OUTPUTS * words * 4
