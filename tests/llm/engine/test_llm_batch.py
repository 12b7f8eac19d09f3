"""Parts of sequences are cut into batches that llama.cpp takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docqa.llm.engine.batch import Part, split

_parts = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 3)).map(
        lambda drawn: (drawn[0], min(drawn[0], drawn[1]))
    ),
    min_size=1,
    max_size=8,
).map(
    lambda drawn: [
        Part(sequence, list(range(length)), wanted)
        for sequence, (length, wanted) in enumerate(drawn)
    ]
)


@given(_parts, st.integers(24, 64))
def test_batches_hold_everything_in_order_and_what_is_wanted_comes_last(
    parts: list[Part], size: int
) -> None:
    batches = split(parts, size)
    for batch in batches:
        assert 0 < sum(len(part.tokens) for part in batch) <= size
    for part in parts:
        of_it = [one for batch in batches for one in batch if one.sequence == part.sequence]
        assert [token for one in of_it for token in one.tokens] == list(part.tokens)
        assert [one.wanted for one in of_it][:-1] == [0] * (len(of_it) - 1)
    last = batches[-1]
    assert [part.wanted for part in last] == [part.wanted for part in parts]
    assert all(len(part.tokens) >= part.wanted for part in last)


def test_more_logits_than_a_batch_has_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="more logits"):
        split([Part(0, [1, 2, 3], 3), Part(1, [4, 5], 2)], 4)
