"""The recogniser: where lines of text stand on a picture, and what they say (rapidocr, offline)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from docqa.ingest.ocr.picture import Pixels

Quad = NDArray[np.float32]
"""Four corners (x, y) of a line, in pixels: top left, top right, bottom right, bottom left."""

_DETECTED_AT = 1600
"""Pixels of the longer side on which lines are looked for: 99.8 % of the characters of prose pages
come out right as at full size (2339), for half the work; at 960 it was 93 %."""
_LEAST_SIDE = 4.0
"""Pixels: what is thinner is no line of text."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What one line says. ``confidence`` is 0 to 1.

    ``columns``: for each character that is not a blank, the share (0 to 1) of the line's length at
    which its middle stands.
    """

    text: str
    confidence: float
    columns: tuple[float, ...]


_NOTHING = Recognised("", 0.0, ())


class RapidOcr:
    """The models in the wheel of rapidocr; nothing is downloaded."""

    def __init__(self, threads: int) -> None:
        """Raise ImportError if rapidocr is not installed, and other errors if it is damaged."""
        import cv2
        import rapidocr

        cv2.setNumThreads(1)
        self._cv2: Any = cv2
        self._engine: Any = rapidocr.RapidOCR(params=_parameters(rapidocr, threads))

    def lines(self, pixels: Pixels) -> list[Quad]:
        """Return where lines of text stand, from the top down."""
        found = self._engine(pixels, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(found, "boxes", None)
        if boxes is None:
            return []
        quads = [np.asarray(box, dtype=np.float32) for box in boxes]
        return [quad for quad in quads if min(size(quad)) >= _LEAST_SIDE]

    def recognise(self, strip: Pixels) -> Recognised:
        """Read a picture of one line that runs from the left to the right."""
        read = self._engine(strip, use_det=False, use_cls=False, use_rec=True, return_word_box=True)
        if not getattr(read, "txts", None) or not read.txts[0].strip():
            return _NOTHING
        info = read.word_results[0]
        length = max(1.0, float(info.line_txt_len))
        columns = tuple(one / length for word in info.word_cols for one in word)
        return Recognised(read.txts[0], float(read.scores[0]), columns)

    def strip(self, pixels: Pixels, quad: Quad) -> Pixels:
        """Cut one line out of a picture and lay it straight."""
        width, height = (max(1, round(side)) for side in size(quad))
        corners = np.array([[0, 0], [width, 0], [0, height]], dtype=np.float32)
        matrix = self._cv2.getAffineTransform(quad[[0, 1, 3]], corners)
        cut: Pixels = self._cv2.warpAffine(
            pixels,
            matrix,
            (width, height),
            flags=self._cv2.INTER_CUBIC,
            borderMode=self._cv2.BORDER_REPLICATE,
        )
        return cut


def size(quad: Quad) -> tuple[float, float]:
    """Length of a line's upper edge and of its left one, in pixels."""
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    return float(np.hypot(*across)), float(np.hypot(*down))


def _parameters(rapidocr: Any, threads: int) -> dict[str, Any]:
    """All models by their paths: a name would let rapidocr look for them in the network."""
    models = Path(rapidocr.__file__).parent / "models"
    return {
        "Global.log_level": "critical",
        "Global.max_side_len": 100_000,
        "Global.text_score": 0.0,
        "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECTED_AT,
        "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
        "Rec.rec_batch_num": 1,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        # Without it, memory is taken from the system and given back for each line: 30 % slower.
        "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
    }
