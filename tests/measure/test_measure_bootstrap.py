"""Means and how sure they are: against known values, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docqa.measure.bootstrap import Interval, estimates


def column(values):
    return np.array(values, np.float64)[:, None]


def test_the_interval_of_a_share_is_that_of_the_binomial():
    (half,) = estimates(column([0.0, 1.0] * 50), range(100))
    assert half.value == 0.5
    assert half.by_question.low == pytest.approx(0.40, abs=0.011)
    assert half.by_question.high == pytest.approx(0.60, abs=0.011)


def test_the_interval_of_a_mean_is_two_standard_errors():
    values = np.random.default_rng(1).normal(3.0, 2.0, 400)
    (mean,) = estimates(column(values), range(400))
    error = 1.96 * values.std() / np.sqrt(400)
    assert mean.by_question.low == pytest.approx(values.mean() - error, abs=0.02)
    assert mean.by_question.high == pytest.approx(values.mean() + error, abs=0.02)


def test_a_difference_that_is_always_the_same_is_sure():
    (sure,) = estimates(column([0.25] * 7), range(7))
    assert sure.by_question == Interval(0.25, 0.25)


def test_questions_that_stand_and_fall_together_count_as_one():
    values, documents = [0.0] * 20 + [1.0] * 20, [0] * 10 + [1] * 10 + [2] * 10 + [3] * 10
    (share,) = estimates(column(values), documents)
    assert share.by_question.high - share.by_question.low < 0.35
    # Of four documents: as likely as a coin that falls on one side four times (one in 16).
    assert share.by_cluster == Interval(0.0, 1.0)


def test_documents_with_one_question_each_change_nothing():
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    (share,) = estimates(column(values), "abcdef")
    assert share.by_cluster == share.by_question


def test_one_document_alone_says_nothing_about_others():
    (share,) = estimates(column([0.0, 1.0]), ["one", "one"])
    assert share.by_cluster is None


def test_measures_of_the_same_questions_stand_side_by_side():
    values = np.array([[0.0, 1.0], [1.0, 1.0]])
    first, second = estimates(values, "ab")
    assert (first.value, second.value) == (0.5, 1.0)
    assert second.by_question == Interval(1.0, 1.0)


@pytest.mark.parametrize(
    ("values", "clusters"), [(np.empty((0, 1)), []), (column([1.0]), ["a", "b"])]
)
def test_nothing_to_measure_is_a_mistake(values, clusters):
    with pytest.raises(ValueError, match="clusters for values"):
        estimates(values, clusters)


scores = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 4)), min_size=1)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_the_interval_holds_the_share_and_stays_between_nothing_and_all(drawn):
    values = column([value for value, _ in drawn])
    clusters = [cluster for _, cluster in drawn]
    (share,) = estimates(values, clusters, resamples=500)
    for interval in filter(None, (share.by_question, share.by_cluster)):
        assert 0.0 <= interval.low <= interval.high <= 1.0
    one = share.by_question
    assert one.low - 1e-9 <= share.value <= one.high + 1e-9
    assert estimates(values, clusters, resamples=500) == [share]
