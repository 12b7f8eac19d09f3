"""The viewer in a process of its own, because some files hang it: QtPdf, asked line by line.

As a script it is that process: it reads jobs from standard input and answers each, as JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).resolve().parents[3]
_HIT = 0.9
"""Share of a quote's letters that must stand under its boxes."""


class Viewer:
    """QtPdf, started again whenever it hangs or dies."""

    def __init__(self, patience: float = 30.0) -> None:
        """``patience``: seconds for one job."""
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer to a job, or ``{"trouble": "hangs" | "dies"}``."""
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        try:
            line = self._answers.get(timeout=self._patience)
        except queue.Empty:
            self._end()
            return {"trouble": "hangs"}
        if line is None:
            self._end()
            return {"trouble": "dies"}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        )
        self._process, self._answers = process, queue.Queue()
        threading.Thread(target=_pump, args=(process, self._answers), daemon=True).start()
        return process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None


def _pump(process: subprocess.Popen[str], answers: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(ValueError):  # It was closed.
        for line in process.stdout:
            answers.put(line)
    answers.put(None)


def _serve() -> None:
    """Answer jobs until there are no more."""
    sys.path[:0] = [str(_ROOT), str(_ROOT / "tests" / "bench")]
    from PySide6.QtGui import QGuiApplication

    application = QGuiApplication([])
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)  # noqa: T201
    del application


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    from PySide6.QtPdf import QPdfDocument

    document = QPdfDocument()
    if job.get("password"):
        document.setPassword(job["password"])
    error = document.load(job["path"])
    answer: dict[str, Any] = {"error": error.name, "found": []}
    for number in range(min(document.pageCount(), job.get("show", 0))):
        _show(document, number)
    if error == QPdfDocument.Error.None_:
        answer["found"] = [_found(document, quote) for quote in job.get("quotes", ())]
    document.close()
    return answer


def _show(document: Any, number: int) -> None:
    """What the window does with a page."""
    from PySide6.QtCore import QSize

    document.getAllText(number).text()
    size = document.pagePointSize(number)
    longest = max(size.width(), size.height())
    if longest > 0:
        scale = 1000 / longest
        document.render(
            number, QSize(max(1, int(size.width() * scale)), max(1, int(size.height() * scale)))
        )


def _found(document: Any, quote: dict[str, Any]) -> str:
    """How a quote is located: by its stored ``boxes``, as the viewer's ``text``, or not ("").

    ``filled``: by its boxes, which are those of a form's fields as far as it is filled into them.
    """
    from docqa.ui.matching import find
    from reading.similarity import distance, letters

    wanted = letters(quote["text"])
    under = letters("".join(_under(document, quote["page"], box) for box in quote["boxes"]))
    if under and (wanted in under or distance(wanted, under) <= (1 - _HIT) * len(wanted)):
        return "boxes"
    text = document.getAllText(quote["page"] - 1).text()
    if find(text, quote["text"], quote["start"]):
        return "text"
    return _by_words(document, quote)


def _by_words(document: Any, quote: dict[str, Any]) -> str:
    """The same word by word: across the cells of a row, a selection takes in other rows."""
    from reading.similarity import letters

    counts = {"boxes": 0, "filled": 0, "": 0}
    for text, box, is_filled in quote["words"]:
        word, under = letters(text), letters(_under(document, quote["page"], box))
        how = "boxes" if word in under and len(under) <= 2 * len(word) + 4 else ""
        counts["filled" if is_filled else how] += len(word)
    if sum(counts.values()) == 0 or counts[""] > (1 - _HIT) * sum(counts.values()):
        return ""
    return "filled" if counts["filled"] else "boxes"


def _under(document: Any, page: int, box: list[float]) -> str:
    """The text under a box of one line."""
    from PySide6.QtCore import QPointF

    left, top, right, bottom = box
    middle = (top + bottom) / 2
    start, end = QPointF(left + 0.3, middle), QPointF(right + 0.3, middle)
    text: str = document.getSelection(page - 1, start, end).text()
    return text


if __name__ == "__main__":
    _serve()
