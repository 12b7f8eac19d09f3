import subprocess
import sys

HEAVY = ("torch", "llama_cpp", "faiss", "sentence_transformers", "transformers", "numpy")


def test_importing_the_window_loads_no_heavy_library() -> None:
    program = (
        "import sys, docqa.ui.app, docqa.ui.main_window\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
