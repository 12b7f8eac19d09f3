"""Tooltips for words that are not ours: Qt would take them for HTML if they look like it."""

from __future__ import annotations

from html import escape


def as_tooltip(text: str) -> str:
    """A tooltip that shows exactly ``text``, wrapped; empty for an empty text."""
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>" if text else ""
