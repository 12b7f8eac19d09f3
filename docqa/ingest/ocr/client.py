"""Recognises scanned pages in a child process of low priority; no page can harm the program."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from docqa.errors import ChildDied, ChildNotStarted, ChildTimeout, DocqaError
from docqa.host.cores import physical_cores
from docqa.ingest.events import PageRead
from docqa.ingest.files import check_readable
from docqa.ingest.memory_watch import MemoryWatch
from docqa.ingest.ocr.events import ReadScan, failed
from docqa.process import Cancel, Child, Flag, Service, Urgency

HOW_TO_GET_IT = 'the part of docqa that reads them is not installed: pip install "docqa[ocr]"'
_NICENESS = 10


def ocr_available() -> bool:
    """Whether the optional packages that OCR needs are installed; nothing is loaded."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


@dataclass(frozen=True, slots=True)
class OcrLimits:
    """What one page may cost.

    ``seconds`` are those of an otherwise idle computer: the processor's time is measured, because a
    page must not fail only because somebody else is busy. ``silence``: seconds without a sign of
    life until the child is stopped. ``memory``: bytes that may be resident; 0.7 GB are usual, and
    1.2 GB were the most of a page of 3,400 by 3,400 pixels full of small print.
    """

    seconds: float = 60.0
    silence: float = 50.0
    memory: int = 3 << 30


class Ocr:
    """Recognises one page at a time; any thread may use it. The child starts at first use."""

    def __init__(self, tokenizer_file: Path, log: Path, limits: OcrLimits | None = None) -> None:
        """``tokenizer_file`` is the embedder's ``tokenizer.json``; it measures the passages."""
        self._limits = limits or OcrLimits()
        arguments = (tokenizer_file, physical_cores(), self._limits.seconds)
        self._child = Child("reader of scanned pages", start_ocr, arguments, log)

    @property
    def pid(self) -> int | None:
        """Process id of the child, or None while none runs."""
        return self._child.pid

    def read(self, scan: ReadScan, cancel: Cancel | None = None) -> PageRead:
        """Return the page as OCR reads it: text, places, confidence, and its passages.

        One that cannot be recognised is still ``scanned`` and has a problem. Raises DocqaError if
        OCR or the file cannot be used at all, and Cancelled.
        """
        check_readable(Path(scan.path))
        if not ocr_available():
            raise DocqaError(f"Scanned pages were not read, because {HOW_TO_GET_IT}.")
        cancel = cancel or Cancel()
        self._child.load(Urgency.PREPARING, cancel)
        with MemoryWatch(self._child.pid, self._limits.memory) as watch:
            try:
                return self._call(scan, cancel)
            except ChildNotStarted:
                raise
            except ChildTimeout:
                return failed(scan, "took too long to be recognised")
            except ChildDied:
                what = "needs too much memory to be recognised"
                stopped = "stopped the program that recognises scanned pages"
                return failed(scan, what if watch.exceeded else stopped)

    def close(self) -> None:
        """End the child; a page that is being read raises Cancelled in its thread."""
        self._child.close()

    def _call(self, scan: ReadScan, cancel: Cancel) -> PageRead:
        *_, page = self._child.call(scan, Urgency.PREPARING, cancel, self._limits.silence)
        assert isinstance(page, PageRead)
        return page


def start_ocr(flag: Flag, tokenizer_file: Path, threads: int, seconds: float) -> Service:
    """Load the models in the child, behind all other programs; DocqaError if that is impossible."""
    _step_back()
    from docqa.ingest.ocr.service import OcrService

    try:
        return OcrService(flag, tokenizer_file, threads, seconds)
    except DocqaError:
        raise
    except ImportError as error:
        raise DocqaError(f"Scanned pages were not read, because {HOW_TO_GET_IT}.") from error
    except Exception as error:
        raise DocqaError(
            f"The models that read scanned pages cannot be loaded ({type(error).__name__}): set "
            "docqa up again."
        ) from error


def _step_back() -> None:
    """Give way to whatever else the computer does, for good: nobody waits for this process.

    Before any library starts threads, because they inherit it.
    """
    if sys.platform == "win32":
        psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(_NICENESS)
