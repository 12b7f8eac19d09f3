"""Cards for tests of starting: the processor in the clothes of a graphics card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import docqa.llm.engine.starting as starting
from docqa.llm.engine.service import LlamaService, serve_model
from docqa.llm.machine.device import Device, devices
from docqa.llm.messages import Describe
from docqa.llm.order import Order
from docqa.process import Flag

DESCRIBE = Describe()


def card(native: Any) -> tuple[Device, ...]:
    """One that llama.cpp really computes on, beside the processor itself."""
    found = devices(native)
    processor = next(one for one in found if one.kind == "cpu")
    size = 8 * 2**30
    dressed = replace(
        processor, name="Test0", description="Test card", kind="gpu", free=size, total=size
    )
    return dressed, *found


def deadly_card(native: Any) -> tuple[Device, ...]:
    """One that llama.cpp does not have: it aborts when it shall compute there."""
    first, *others = card(native)
    return replace(first, index=99), *others


def serve_on_a_deadly_card(flag: Flag, order: Order) -> LlamaService:
    """Load a model in this child; called in the child."""
    starting.devices = deadly_card
    return serve_model(flag, order)
