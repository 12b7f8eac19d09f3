"""What a saved beginning of a prompt is worth, and that it changes nothing."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from table import Row

from docqa.llm.base import Finished, Kept, Piece, Prompt
from docqa.llm.client import LlamaModel
from docqa.process import Urgency
from engine.rig import Rig

_BEGINNING = 2000
_QUESTION = 30
_COMPARED = 50
_PATIENCE = 60.0
"""Seconds for saving, once nobody waits."""
_COMPUTED, _RESTORED = 2, 5
"""How often each is measured; computing takes a minute each on a slow processor."""


def saved(rig: Rig) -> tuple[Row, ...]:
    """Compare the first token with a restored beginning and without, and what is written then."""
    base = Prompt("You answer questions.", (rig.text(_BEGINNING, 7), ""), kept=Kept(1, (1,)))
    other = Prompt("You answer questions.", (rig.text(_BEGINNING, 8), ""))
    computed = [_ask(rig.model, _question(rig, other, 0)).first_token]
    _ask(rig.model, _question(rig, base, 0))
    if not _wait_for_state(rig):
        reason = "nothing was saved: it is computed too fast, or the disk is too full"
        return (
            Row("restored / computed, first token", None, 25.0 if rig.big else None, detail=reason),
            Row("restored state, same 50 tokens", None, None, detail=reason),
        )
    restored, same = [], 0
    for number in range(1, _RESTORED + 1):
        question = _question(rig, base, number)
        expected, known = _reply(rig.model, question)
        rig.model.close()
        rig.model.load(Urgency.ASKING)
        written, finished = _reply(rig.model, question)
        # As many tokens must be left to read, or rounding differs.
        if finished.usage.cached_tokens != known.usage.cached_tokens:
            raise RuntimeError("the state was not restored, or not all of it")
        restored.append(finished.first_token)
        same += written == expected
    for number in range(1, _COMPUTED):
        fresh = replace(other, user=(rig.text(_BEGINNING, 8 + number), ""))
        computed.append(_ask(rig.model, _question(rig, fresh, 0)).first_token)
    slow, fast = statistics.median(computed), statistics.median(restored)
    detail = f"{slow:.2f} s computed, {fast:.3f} s restored from disk"
    bar = 25.0 if rig.big else None
    return (
        Row("restored / computed, first token", slow / fast, bar, unit="x", detail=detail),
        Row("restored state, same 50 tokens", same / _RESTORED, 1.0,
            detail=f"{same} of {_RESTORED}"),
    )  # fmt: skip


def _question(rig: Rig, prompt: Prompt, number: int) -> Prompt:
    """The prompt with a question whose first token no other question has."""
    return replace(prompt, user=(prompt.user[0], rig.text(_QUESTION, 100 + number)))


def _ask(model: LlamaModel, prompt: Prompt) -> Finished:
    """Get the first token only, nothing of which was read before."""
    events = list(model.generate(prompt, max_tokens=1, urgency=Urgency.ASKING))
    last = events[-1]
    assert isinstance(last, Finished)
    return last


def _reply(model: LlamaModel, prompt: Prompt) -> tuple[str, Finished]:
    """The next greedy tokens as text, and how it ended."""
    *pieces, last = model.generate(prompt, max_tokens=_COMPARED, urgency=Urgency.ASKING)
    assert isinstance(last, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Piece)), last


def _wait_for_state(rig: Rig) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if any(rig.states.glob("*.state")):
            return True
        time.sleep(0.1)
    return False
