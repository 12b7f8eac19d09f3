"""Settings are judged by what they were not fitted to."""

import pytest
from bench.finding.fitting import judged, leave_one_out


def test_a_setting_that_is_good_everywhere_is_chosen_everywhere():
    results = {"plain": [0, 0, 0, 1], "good": [1, 1, 1, 1]}
    fitted = leave_one_out(results, ["a", "a", "b", "c"])
    assert fitted.value == fitted.optimistic == 1.0
    assert fitted.best == "good"
    assert set(fitted.chosen.values()) == {"good"}


def test_luck_with_one_company_does_not_count_for_it():
    # Each setting is good for one company only, so what the others choose is always wrong.
    results = {"x": [1, 1, 0, 0], "y": [0, 0, 1, 1]}
    fitted = leave_one_out(results, ["a", "a", "b", "b"])
    assert fitted.chosen == {"a": "y", "b": "x"}
    assert fitted.value == 0.0
    assert fitted.optimistic == 0.5


def test_another_measure_is_judged_by_the_same_choice():
    other = {"x": [0.1, 0.2], "y": [0.3, 0.4]}
    assert judged(other, ["a", "b"], {"a": "y", "b": "x"}) == [0.3, 0.2]


def test_of_equals_the_first_is_chosen():
    assert leave_one_out({"simple": [1, 0], "other": [1, 0]}, ["a", "b"]).best == "simple"


@pytest.mark.parametrize(
    ("results", "groups"), [({}, ["a", "b"]), ({"x": [1, 1]}, ["a", "a"]), ({"x": [1]}, ["a", "b"])]
)
def test_what_cannot_be_fitted_is_a_mistake(results, groups):
    with pytest.raises(ValueError, match="setting"):
        leave_one_out(results, groups)
