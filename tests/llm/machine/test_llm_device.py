"""The devices that this build of llama.cpp finds."""

from __future__ import annotations

import pytest

from docqa.llm.machine.device import Device, devices, driver, handle


@pytest.fixture(scope="module")
def native() -> object:
    import llama_cpp.llama_cpp as native

    native.llama_backend_init()
    return native


def test_the_processor_is_always_there(native: object) -> None:
    found = devices(native)
    assert [device.index for device in found] == list(range(len(found)))
    (processor,) = (device for device in found if device.kind == "cpu")
    assert processor.name == "CPU"
    assert processor.description
    assert processor.total > 2**28
    assert handle(native, processor) == handle(native, processor) != 0


def test_asking_leaves_the_bindings_as_they_are(native: object) -> None:
    library = native._lib  # type: ignore[attr-defined]
    before = library.ggml_backend_dev_count.restype
    devices(native)
    assert library.ggml_backend_dev_count.restype is before


@pytest.mark.parametrize(
    ("name", "kind", "shares"),
    [
        ("CUDA0", "gpu", False),
        ("Vulkan0", "gpu", False),
        ("Vulkan0", "igpu", True),
        ("MTL0", "gpu", True),
    ],
)
def test_who_shares_the_computers_memory(name: str, kind: str, shares: bool) -> None:
    assert Device(0, name, "A card", kind, 1, 1).shares_memory is shares  # type: ignore[arg-type]


def test_the_driver_has_a_stable_name() -> None:
    assert driver() == driver() != ""
