"""From the bytes of tokens to the text of a reply: whole characters, and stop strings."""

from __future__ import annotations

import codecs


class ReplyText:
    """Collects the bytes of a reply and gives out text that is final."""

    def __init__(self, stop: tuple[str, ...] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(text for text in stop if text)
        self._pending = ""
        self.stopped = False
        """Whether a stop string came; the reply ends before it."""

    def add(self, piece: bytes) -> str:
        """Take the bytes of a token; return the text that is certain by now."""
        self._pending += self._decoder.decode(piece)
        found = [at for text in self._stop if (at := self._pending.find(text)) >= 0]
        if found:
            self.stopped = True
            return self._give(min(found))
        return self._give(len(self._pending) - self._doubtful())

    def finish(self) -> str:
        """The rest of the text; an incomplete character at its end is dropped."""
        return "" if self.stopped else self._give(len(self._pending))

    def _doubtful(self) -> int:
        """Length of the longest end of the text that may be the beginning of a stop string."""
        longest = max((len(text) for text in self._stop), default=1) - 1
        for length in range(min(longest, len(self._pending)), 0, -1):
            end = self._pending[-length:]
            if any(text.startswith(end) for text in self._stop):
                return length
        return 0

    def _give(self, length: int) -> str:
        given, self._pending = self._pending[:length], self._pending[length:]
        return given
