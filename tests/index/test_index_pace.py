"""The pace of embedding: short calls, whatever the computer and the texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from docqa.index.pace import Pace


@given(st.lists(st.integers(0, 5000), max_size=80).map(sorted), st.floats(10.0, 1e6))
def test_groups_keep_the_order_and_lose_nothing(lengths: list[int], speed: float) -> None:
    groups = list(Pace(speed).groups(range(len(lengths)), lengths))
    assert [index for group in groups for index in group] == list(range(len(lengths)))
    assert all(group for group in groups)


def test_a_slower_computer_gets_less_at_a_time() -> None:
    def largest(speed: float) -> int:
        groups = Pace(speed).groups(range(100), [900] * 100)
        return max(len(group) for group in groups)

    assert largest(1_000.0) == 1
    assert 5 <= largest(60_000.0) <= 7
    assert largest(1e9) == 64


def test_it_learns_both_ways_also_from_single_texts() -> None:
    pace = Pace(30_000.0)
    for _ in range(20):
        pace.learn([1000], 1.0)
    assert pace.characters_per_second < 1_100
    for _ in range(20):
        pace.learn([1000], 0.01)
    assert pace.characters_per_second > 90_000


def test_short_questions_say_nothing_about_speed() -> None:
    pace = Pace(30_000.0)
    pace.learn([50], 0.5)
    assert pace.characters_per_second == 30_000.0


def test_groups_follow_what_is_learned_on_the_way() -> None:
    pace = Pace(30_000.0)
    groups = pace.groups(range(100), [900] * 100)
    first = next(groups)
    for _ in range(20):
        pace.learn([900], 10.0)
    next(groups)
    assert len(next(groups)) == 1 < len(first)
