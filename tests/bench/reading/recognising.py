"""Characters that OCR gets right; what it is measured on is in reading/ocr.py."""

from __future__ import annotations

from table import Row

from reading.rig import Rig


def characters(rig: Rig) -> tuple[Row, ...]:
    """Share of characters that are right on pages rendered at 200 dpi."""
    try:
        from reading import ocr
    except ImportError as error:
        return (Row("characters right by OCR", None, 97, unit=" %", detail=str(error)),)
    rows: tuple[Row, ...] = ocr.characters(rig)
    return rows
