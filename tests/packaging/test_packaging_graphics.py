"""What llama.cpp is compiled for on computers of every kind."""

from pathlib import Path

import pytest
from checkout import Checkout, SetupError
from graphics import Computer, Graphics, found, keep, kept, remark, wished


class Parts:
    """A computer that is put together in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs: set[str] = set()
        self.environ: dict[str, str] = {}

    def computer(self, system: str = "linux") -> Computer:
        return Computer(
            self.environ,
            system,
            lambda name: f"/bin/{name}" if name in self.programs else None,
            self.root,
        )

    def file(self, name: str, text: str = "") -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def nvidia(self, *models: str) -> None:
        for number, model in enumerate(models):
            text = f"Model: \t\t {model}\nIRQ:   40\n"
            self.file(f"proc/driver/nvidia/gpus/0000:0{number}:00.0/information", text)

    def vulkan_kit(self, below: str = "usr", *, header: str = "VK_EXT_layer_settings") -> None:
        self.programs.add("glslc")
        self.file(f"{below}/include/vulkan/vulkan_core.h", f"#define {header} 1\n")
        self.file(f"{below}/share/cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


def test_a_plain_computer_gets_the_processor_without_a_word(parts: Parts) -> None:
    computer = parts.computer()
    assert found(computer) == Graphics("none")
    assert found(computer).flags("linux") == ""
    assert remark(found(computer), computer) is None


def test_cuda_needs_the_compiler_and_a_card(parts: Parts) -> None:
    parts.programs.add("nvcc")
    parts.nvidia("NVIDIA GeForce RTX 4060", "NVIDIA T400")
    graphics = found(parts.computer())
    assert graphics == Graphics("cuda", ("NVIDIA GeForce RTX 4060", "NVIDIA T400"))
    assert graphics.flags() == "-DGGML_CUDA=ON"
    assert graphics.title.startswith("with CUDA")
    assert remark(graphics, parts.computer()) is None


def test_a_compiler_without_a_card_is_told_and_not_used(parts: Parts) -> None:
    parts.programs.add("nvcc")
    graphics = found(parts.computer())
    assert graphics.kind == "none"
    sentence = remark(graphics, parts.computer())
    assert sentence is not None
    assert "no NVIDIA graphics card" in sentence
    assert "`--gpu cuda`" in sentence


def test_a_card_without_a_compiler_is_told(parts: Parts) -> None:
    parts.nvidia("NVIDIA T400")
    sentence = remark(found(parts.computer()), parts.computer())
    assert sentence is not None
    assert "install the CUDA Toolkit" in sentence


def test_who_asked_for_the_processor_is_not_told_anything(parts: Parts) -> None:
    parts.programs.add("nvcc")
    assert remark(wished("none", parts.computer()), parts.computer()) is None


@pytest.mark.parametrize("device", ["dev/nvidiactl", "dev/dxg"])
def test_containers_and_wsl_have_a_card_too(parts: Parts, device: str) -> None:
    parts.programs |= {"nvcc", "nvidia-smi"}
    parts.file(device)
    assert found(parts.computer()).kind == "cuda"
    parts.programs.remove("nvidia-smi")
    assert found(parts.computer()).kind == "none"


def test_the_compiler_may_lie_beside_the_path(parts: Parts) -> None:
    parts.file("usr/local/cuda/bin/nvcc")
    assert parts.computer().nvcc() == str(parts.root / "usr/local/cuda/bin/nvcc")
    parts.file("kit/bin/nvcc.exe")
    parts.environ["CUDA_PATH"] = str(parts.root / "kit")
    assert parts.computer("win32").nvcc() == str(parts.root / "kit/bin/nvcc.exe")


def test_windows_has_a_card_where_its_driver_is(parts: Parts) -> None:
    parts.environ["SystemRoot"] = str(parts.root / "Windows")
    parts.programs.add("nvcc")
    assert found(parts.computer("win32")).kind == "none"
    parts.file("Windows/System32/nvcuda.dll")
    assert found(parts.computer("win32")).kind == "cuda"


def test_vulkan_needs_its_kit_and_a_card(parts: Parts) -> None:
    parts.vulkan_kit()
    assert found(parts.computer()).kind == "none"
    parts.file("dev/dri/renderD128")
    assert found(parts.computer()) == Graphics("vulkan")
    assert found(parts.computer()).flags() == "-DGGML_VULKAN=ON"


def test_a_vulkan_kit_of_its_own_folder_counts(parts: Parts) -> None:
    parts.environ["VULKAN_SDK"] = str(parts.root / "sdk")
    parts.vulkan_kit("sdk")
    assert parts.computer().vulkan_problem() is None


def test_vulkan_headers_that_llama_cpp_does_not_compile_with_are_too_old(parts: Parts) -> None:
    parts.vulkan_kit(header="VK_EXT_other")
    parts.file("dev/dri/renderD128")
    assert found(parts.computer()).kind == "none"
    with pytest.raises(SetupError, match=r"newer Vulkan headers.*`--gpu none`"):
        wished("vulkan", parts.computer())


def test_cuda_goes_before_vulkan(parts: Parts) -> None:
    parts.vulkan_kit()
    parts.file("dev/dri/renderD128")
    parts.nvidia("NVIDIA T400")
    assert found(parts.computer()).kind == "vulkan"
    parts.programs.add("nvcc")
    assert found(parts.computer()).kind == "cuda"


def test_macos_takes_metal_unless_told_otherwise(parts: Parts) -> None:
    mac = parts.computer("darwin")
    assert found(mac) == Graphics("metal")
    assert found(mac).flags("darwin") == ""  # It is what llama.cpp does by itself.
    assert wished("none", mac).flags("darwin") == "-DGGML_METAL=OFF"


def test_own_arguments_for_a_card_go_first(parts: Parts) -> None:
    parts.programs.add("nvcc")
    parts.nvidia("NVIDIA T400")
    parts.environ["CMAKE_ARGS"] = "-DGGML_HIP=ON -DX=1"
    own = found(parts.computer())
    assert own == Graphics("own", asked=True)
    assert own.flags("linux") == own.flags("darwin") == ""
    assert own.title == "with your own CMAKE_ARGS"
    assert remark(own, parts.computer()) is None
    parts.environ["CMAKE_ARGS"] = "-DX=1"
    assert found(parts.computer()).kind == "cuda"


@pytest.mark.parametrize(
    ("kind", "expected"), [("cuda", "CUDA Toolkit"), ("vulkan", "glslc"), ("metal", "macOS only")]
)
def test_a_wish_that_cannot_be_had_is_one_sentence(parts: Parts, kind: str, expected: str) -> None:
    with pytest.raises(SetupError, match=expected):
        wished(kind, parts.computer())


def test_cuda_can_be_had_without_a_card(parts: Parts) -> None:
    parts.programs.add("nvcc")
    graphics = wished("cuda", parts.computer())
    assert graphics == Graphics("cuda", (), asked=True)
    assert "CMAKE_CUDA_ARCHITECTURES=75-virtual;" in graphics.flags()
    assert "-DGGML_CUDA_NO_VMM=ON" in graphics.flags()  # There is no driver to link with.


def test_what_was_decided_is_kept(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    assert kept(checkout) is None
    for graphics in (Graphics("cuda", ("NVIDIA T400",), asked=True), Graphics("none")):
        keep(checkout, graphics)
        assert kept(checkout) == graphics


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "magic"}', '{"kind": []}', "\0"])
def test_a_damaged_decision_is_decided_again(tmp_path: Path, content: str) -> None:
    checkout = Checkout(tmp_path)
    checkout.work.mkdir()
    (checkout.work / "gpu").write_text(content)
    assert kept(checkout) is None
