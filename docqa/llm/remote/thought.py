"""A model that thinks aloud before it replies: its thought is no part of the reply."""

from __future__ import annotations

_TAGS = {"<think>": "</think>", "<thought>": "</thought>", "[THINK]": "[/THINK]"}
"""How DeepSeek and Qwen, Gemma's kin, and Magistral put a thought into the text of a reply."""


class Thought:
    """Takes the thought at the beginning out of a text that comes piece by piece."""

    def __init__(self) -> None:
        self._held = ""
        self._end: str | None = None
        self._is_over = False

    @property
    def is_inside(self) -> bool:
        """Whether a thought has begun and not ended."""
        return self._end is not None

    def add(self, text: str) -> str:
        """Take the next text; return what surely belongs to the reply by now."""
        if self._is_over:
            return text
        self._held += text
        if self._end is not None:
            return self._think(self._end)
        begun = self._held.lstrip()
        for tag, end in _TAGS.items():
            if begun.startswith(tag):
                self._held, self._end = begun[len(tag) :], end
                return self._think(end)
        if any(tag.startswith(begun) for tag in _TAGS):
            return ""
        return self.finish()

    def finish(self) -> str:
        """The rest, when nothing more comes; nothing inside a thought."""
        held, self._held, self._is_over = self._held, "", True
        return "" if self.is_inside else held

    def _think(self, end: str) -> str:
        _, found, rest = self._held.partition(end)
        if not found:
            self._held = self._held[1 - len(end) :]  # It may hold a part of the end.
            return ""
        self._held, self._end, self._is_over = "", None, True
        return rest
