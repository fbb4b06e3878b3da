"""Statistics: the point estimates of rliable, intervals that a seed repeats."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import freeroam
from freeroam import stats

GOLDEN = Path(__file__).parents[2] / "eval" / "tests" / "golden" / "rliable_points.json"


@pytest.mark.parametrize("case", json.loads(GOLDEN.read_text()))
def test_point_estimates_are_those_of_rliable(case: dict[str, Any]) -> None:
    x, y = np.transpose(case["x"]), np.transpose(case["y"])
    assert stats.iqm(x) == pytest.approx(case["iqm"], abs=1e-12)
    assert stats.mean(x) == pytest.approx(case["mean"], abs=1e-12)
    assert stats.median(x) == pytest.approx(case["median"], abs=1e-12)
    assert stats.optimality_gap(x) == pytest.approx(case["optimality_gap"], abs=1e-12)
    assert stats.probability_of_improvement(x, y) == pytest.approx(case["probability_of_improvement"], abs=1e-12)
    np.testing.assert_array_equal(stats.performance_profile(x, case["thresholds"]), case["profile"])
    for statistic in ("iqm", "mean", "median", "optimality_gap"):
        assert stats.interval(x, statistic, samples=10).value == pytest.approx(case[statistic], abs=1e-12)


SCORES = np.transpose([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], [0.9, 1.0, 1.1, 5.0]])


def test_the_interval_of_known_scores() -> None:
    estimate = stats.interval(SCORES, samples=20_000)
    assert estimate.value == pytest.approx(0.65)
    assert estimate.low == pytest.approx(0.567, abs=0.01) and estimate.high == pytest.approx(0.733, abs=0.01)


def test_intervals_follow_seed_and_confidence() -> None:
    estimate = stats.interval(SCORES, "mean", seed=1)
    assert estimate == stats.interval(SCORES, "mean", seed=1) != stats.interval(SCORES, "mean", seed=2)
    narrow = stats.interval(SCORES, "mean", 0.5, seed=1)
    assert estimate.low < narrow.low < narrow.value < narrow.high < estimate.high
    assert stats.interval(np.full((4, 2), 0.3), samples=100) == (0.3, 0.3, 0.3)


def test_improvement_is_compared_with_another_method() -> None:
    x, y = [1.0, 2.0, 3.0, 4.0], [0.0, 2.0, 3.5]
    value, low, high = stats.interval(x, "probability_of_improvement", other=y)
    assert value == stats.probability_of_improvement(x, y) == 0.625
    assert low < value < high <= 1.0
    gap = stats.interval(SCORES, "optimality_gap", target=5.0)
    assert gap.value == stats.optimality_gap(SCORES, 5.0)


def test_what_cannot_be_used_is_named() -> None:
    calls: list[tuple[Any, str]] = [
        (lambda: stats.iqm([[1.0, np.nan]]), "task 1, run 0 is NaN, expected a finite number"),
        (lambda: stats.iqm([]), "expected at least one run"),
        (lambda: stats.mean(np.zeros((2, 2, 2))), r"scores have shape \(2, 2, 2\), expected \(runs, tasks\)"),
        (lambda: stats.probability_of_improvement([1.0], [[1.0, 2.0]]), "2 elements, expected 1 tasks"),
        (lambda: stats.interval([1.0], confidence=95.0), "confidence is 95, expected above 0 and below 1"),
        (lambda: stats.interval([1.0], samples=0), "sample"),
        (lambda: stats.interval([1.0], "mode"), "statistic is `mode`, expected iqm"),  # type: ignore[arg-type]
        (lambda: stats.interval([1.0], "probability_of_improvement"), "`other` is missing"),
        (lambda: stats.interval([1.0], other=[1.0]), "`other` is for `probability_of_improvement`"),
    ]
    for call, message in calls:
        with pytest.raises(freeroam.InputError, match=message):
            call()
