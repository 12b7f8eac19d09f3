"""Brings prompts into the model: from memory first, from disk second, by computing last.

Used in the child only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from docqa.errors import DocqaError
from docqa.llm.engine.batch import Part
from docqa.llm.engine.layout import Laid, common_prefix
from docqa.llm.engine.llama import ASKING, BRANCHES, PREPARING, Llama
from docqa.llm.engine.state_file import Check
from docqa.llm.engine.states import StateFiles

_RESIDENT = (ASKING, PREPARING)
_SPARE = BRANCHES[-1]
_RECORD_BYTES = 600
"""What is written about a state behind it, at most."""


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """A sequence whose beginning is to be saved when nobody waits."""

    sequence: int
    laid: Laid


@dataclass(frozen=True, slots=True)
class _Begun:
    """A beginning that was only read in part, and the seconds that took so far."""

    tokens: tuple[int, ...]
    seconds: float


class PromptReader:
    """Knows what the model has read, in its sequences and on disk."""

    def __init__(
        self,
        llama: Llama,
        states: StateFiles | None,
        worth_saving: float,
        raise_if_stopped: Check,
    ) -> None:
        """``worth_saving``: the seconds that computing a state must take for it to be saved.

        ``raise_if_stopped`` raises Cancelled when the work under way was called off.
        """
        self._worth_saving = worth_saving
        self._llama = llama
        self._states = states
        self._raise_if_stopped = raise_if_stopped
        self._unsaved: _Unsaved | None = None
        self._begun: dict[int, _Begun] = {}

    def require_room(self, laid: Laid, room: int) -> None:
        """Raise DocqaError when a prompt and ``room`` more tokens exceed the context."""
        if len(laid.tokens) + room > self._llama.context:
            raise DocqaError(
                f"The prompt of {len(laid.tokens)} tokens and a reply of up to {room} do not fit "
                f"the model's context of {self._llama.context} tokens; ask for less at once."
            )

    def recall(self, sequence: int, laid: Laid, most: int, room: int) -> int:
        """Let a sequence hold what is at hand of the first ``most`` tokens; return how many.

        Of a prompt that is kept in part, no more than that. Nothing is computed. There is room for
        all ``most`` and ``room`` further tokens afterwards.
        """
        needed = most + room
        # A kept beginning ends a batch: what follows is then computed alike, whether the beginning
        # was computed, remembered or read from disk, and the same question gets the same answer.
        most = min(most, laid.kept or most)
        tokens = laid.tokens[:most]
        donor = max(_RESIDENT, key=lambda one: (self._shared(one, tokens), one == sequence))
        shared = self._shared(donor, tokens)
        if donor == sequence:
            self._llama.keep(sequence, shared)
        else:
            self._llama.copy(donor, sequence, shared)
        self._make_room(sequence, needed - shared)
        if self._states is not None and laid.kept > shared:
            self._states.restore(
                tokens,
                shared,
                lambda path, length: self._llama.restore(sequence, path, length),
                self._raise_if_stopped,
            )
        return len(self._llama.held(sequence))

    def read(self, sequence: int, laid: Laid, most: int, room: int = 0) -> int:
        """Let a sequence hold the first ``most`` tokens; return how many were not computed.

        ``room`` is as in :meth:`recall`. Raises Cancelled; what was computed until then is at hand
        the next time.
        """
        cached = self.recall(sequence, laid, most, room)
        for end in (min(laid.kept, most), most):
            held = len(self._llama.held(sequence))
            if held < end:
                started = time.perf_counter()
                try:
                    self._llama.decode([Part(sequence, laid.tokens[held:end], 0)])
                finally:
                    if end <= laid.kept:
                        self._note(sequence, laid, time.perf_counter() - started)
        return cached

    def _note(self, sequence: int, laid: Laid, seconds: float) -> None:
        """Remember to save a beginning if computing it took long, stops in between included."""
        kept = laid.tokens[: laid.kept]
        begun = self._begun.get(sequence)
        if begun is not None and begun.tokens == kept:
            seconds += begun.seconds
        self._begun[sequence] = _Begun(kept, seconds)
        is_whole = len(self._llama.held(sequence)) >= laid.kept
        if is_whole and seconds >= self._worth_saving:
            self._unsaved = _Unsaved(sequence, laid)

    def save(self, check: Check) -> None:
        """Save what is worth it and still there; called when nobody waits.

        ``check`` raises Cancelled when somebody does after all; then this may be called again. The
        stop of the last request does not count: it may still be set.
        """
        if self._unsaved is not None and self._states is not None:
            self._save(self._unsaved, self._states, check)
        self._unsaved = None

    def _save(self, unsaved: _Unsaved, states: StateFiles, check: Check) -> None:
        laid = unsaved.laid
        wanted = laid.tokens[: laid.kept]
        if self._shared(unsaved.sequence, wanted) < laid.kept:
            return
        self._llama.copy(unsaved.sequence, _SPARE, laid.kept)
        try:
            states.save(
                wanted,
                laid.owners,
                self._llama.state_bytes(_SPARE) + _RECORD_BYTES,
                lambda path: self._llama.save(_SPARE, path),
                check,
            )
        finally:
            self._llama.keep(_SPARE, 0)

    def forget(self) -> None:
        """Empty the sequences; what is saved stays."""
        for sequence in _RESIDENT:
            self._llama.keep(sequence, 0)

    def free_for(self, sequence: int, needed: int) -> int:
        """Cells free for branches, after forgetting the other resident if ``needed`` asks so."""
        self._make_room(sequence, needed)
        return self.free()

    def free(self) -> int:
        """Cells that nothing lies in."""
        return self._llama.cells - self._used()

    def _shared(self, sequence: int, tokens: tuple[int, ...]) -> int:
        return common_prefix(self._llama.held(sequence), tokens)

    def _used(self) -> int:
        """Cells that are taken, at most: those that residents share are counted twice."""
        return sum(len(self._llama.held(one)) for one in _RESIDENT)

    def _make_room(self, sequence: int, needed: int) -> None:
        if self._used() + needed > self._llama.cells:
            for other in _RESIDENT:
                if other != sequence:
                    self._llama.keep(other, 0)
