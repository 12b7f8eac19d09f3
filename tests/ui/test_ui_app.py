import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from docqa.paths import Paths
from docqa.ui.app import open_window
from docqa.ui.main_window import MainWindow

base = Path(sys.argv[1])
default = Paths.default()
folders = [base / name for name in ("w", "s.toml", "logs", "cache")]
paths = Paths(default.resources, default.models, *folders)
application = QApplication([])

def look():
    (window,) = [one for one in application.topLevelWidgets() if isinstance(one, MainWindow)]
    assert window.isVisible()
    window.repaint()
    print("seconds", time.perf_counter() - started)
    window.desk.opened.connect(lambda: (print("opened"), window.close()))

QTimer.singleShot(0, look)
sys.exit(open_window(base / "w", paths))
"""


def test_the_window_is_there_soon_and_the_workspace_after_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("\n")[:2]
    # About one second on an idle machine; this bound only notices something heavy on the way.
    assert float(first.split()[1]) < 10
    assert second == "opened"
    assert "QThread" not in done.stderr


def test_without_a_screen_there_is_one_sentence(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from docqa.errors import DocqaError\n"
        "from docqa.ui import app\n"
        "for name in ('QT_QPA_PLATFORM', 'DISPLAY', 'WAYLAND_DISPLAY'):\n"
        "    os.environ.pop(name, None)\n"
        "sys.platform = 'linux'\n"
        "try:\n"
        "    app.open_window(None, None)\n"
        "except DocqaError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("There is no screen")
