"""The pace of embedding: short parts, whatever the computer and the texts."""

from __future__ import annotations

from docqa.index.pace import Pace


def test_a_slower_computer_gets_less_at_a_time() -> None:
    assert Pace(10.0).tokens == 64
    assert Pace(2_000.0).tokens == 180
    assert Pace(1e9).tokens == 512


def test_it_learns_both_ways() -> None:
    pace = Pace(3_000.0)
    for _ in range(20):
        pace.learn(200, 2.0)
    assert pace.tokens_per_second < 110
    for _ in range(20):
        pace.learn(200, 0.02)
    assert pace.tokens_per_second > 9_000


def test_short_questions_say_nothing_about_speed() -> None:
    pace = Pace(3_000.0)
    pace.learn(12, 0.5)
    assert pace.tokens_per_second == 3_000.0
