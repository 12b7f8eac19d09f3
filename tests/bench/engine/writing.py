"""How fast replies are written: against a bare loop, with a grammar, several together."""

from __future__ import annotations

import statistics

from table import Row

from docqa.llm.base import Finished, Prompt
from docqa.process import Urgency
from engine.bare import Bare
from engine.rig import Rig, finish, seconds_per_token

GRAMMAR = r"""
root ::= item item+
item ::= "- " [A-Z] [A-Za-z0-9 ,.;:()-]+ "\n"
"""
"""A list without end, so that only the budget ends it."""
_MOST_TRIES = 3
"""A reply that ends by itself at once is tried with another prompt, so often."""


def decode(rig: Rig) -> tuple[Row, ...]:
    """Compare the speed of writing with a bare loop of llama_decode and argmax."""
    ratios, speeds = [], []
    with Bare(rig.file) as bare:
        for seed in range(rig.rounds):
            finished, ours = _write(rig, seed)
            prompt = finished.usage.prompt_tokens
            theirs = bare.seconds_per_token(prompt, rig.tokens, rig.threads)
            ratios.append(theirs / ours)
            speeds.append(1 / ours)
    detail = f"{statistics.median(speeds):.1f} tokens a second"
    return (Row("decode / bare loop", statistics.median(ratios), 0.95, detail=detail),)


def constrained(rig: Rig) -> tuple[Row, ...]:
    """Compare the time per token with a grammar and without."""
    ratios = []
    for seed in range(rig.rounds):
        _, free = _write(rig, seed)
        _, bound = _write(rig, seed, GRAMMAR)
        ratios.append(bound / free)
    return (Row("constrained / free, per token", statistics.median(ratios), 1.15, at_most=True),)


def many(rig: Rig) -> tuple[Row, ...]:
    """Compare the tokens a second of several replies together with one alone.

    Once for writing alone, behind a beginning that is in memory already, and once for whole calls
    on a text that is new: what they share is read once.
    """
    bar = 1.8 if rig.big else None
    ratios: dict[int, list[float]] = {4: [], 16: []}
    speeds, whole = [], []
    for seed in range(rig.rounds):
        prompts = _questions(rig, seed)
        _together(rig, prompts[:1])  # Now the shared beginning is in memory for all.
        alone = _together(rig, prompts[:1])
        speeds.append(alone)
        for count, found in ratios.items():
            found.append(_together(rig, prompts[:count]) / alone)
        single = _whole_call(rig, _questions(rig, 300 + seed)[:1])
        whole.append(_whole_call(rig, _questions(rig, 600 + seed)[:4]) / single)
    detail = f"{statistics.median(speeds):.1f} tokens a second alone"
    return (
        Row("4 replies / 1, writing alone", statistics.median(ratios[4]), bar, detail=detail),
        Row("16 replies / 1, writing alone", statistics.median(ratios[16]), None),
        Row("4 replies / 1, reading included", statistics.median(whole), bar),
    )


def _write(rig: Rig, seed: int, grammar: str | None = None) -> tuple[Finished, float]:
    for again in range(_MOST_TRIES):
        finished = finish(rig.model, rig.prompt(seed + 1000 * again), rig.tokens, grammar)
        seconds = seconds_per_token(finished)
        if seconds is not None:
            return finished, seconds
    raise RuntimeError("the model's replies are too short to measure")


def _questions(rig: Rig, seed: int) -> tuple[Prompt, ...]:
    text = rig.text(200, seed)
    return tuple(
        Prompt("You write long texts.", (f"{text}\n\n", f"Write chapter {number} at length."))
        for number in range(1, 17)
    )


def _together(rig: Rig, prompts: tuple[Prompt, ...]) -> float:
    """Tokens a second, from the first tokens on."""
    ends = _ends(rig, prompts)
    written = sum(end.usage.completion_tokens - 1 for end in ends)
    started = min(end.first_token for end in ends)
    return written / (max(end.seconds for end in ends) - started)


def _whole_call(rig: Rig, prompts: tuple[Prompt, ...]) -> float:
    """Tokens a second, with the time for reading."""
    ends = _ends(rig, prompts)
    return sum(end.usage.completion_tokens for end in ends) / max(end.seconds for end in ends)


def _ends(rig: Rig, prompts: tuple[Prompt, ...]) -> list[Finished]:
    events = rig.model.generate_many(prompts, max_tokens=rig.tokens, urgency=Urgency.ASKING)
    return [event for _, event in events if isinstance(event, Finished)]
