"""Robust statistics over runs and tasks: point estimates of `rliable`, intervals that a seed repeats.

Scores are arrays `[runs, tasks]`, or `[runs]` of a single task; every score is finite. Agarwal et al., "Deep
Reinforcement Learning at the Edge of the Statistical Precipice", 2021.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _native

__all__ = [
    "Estimate",
    "Statistic",
    "interval",
    "iqm",
    "mean",
    "median",
    "optimality_gap",
    "performance_profile",
    "probability_of_improvement",
]

Statistic = Literal["iqm", "mean", "median", "optimality_gap", "probability_of_improvement"]


class Estimate(NamedTuple):
    """A number with its interval."""

    value: float
    low: float
    high: float


def iqm(scores: ArrayLike) -> float:
    """Interquartile mean: the mean of what is left of all scores after a quarter, rounded down, is cut off each end."""
    return _native.iqm(scores)


def mean(scores: ArrayLike) -> float:
    """Mean over tasks of the mean over runs."""
    return _native.mean(scores)


def median(scores: ArrayLike) -> float:
    """Median over tasks of the mean over runs."""
    return _native.median(scores)


def optimality_gap(scores: ArrayLike, target: float = 1.0) -> float:
    """How far the scores fall short of `target` on average; what lies above it counts as `target`."""
    return _native.optimality_gap(scores, target)


def probability_of_improvement(x: ArrayLike, y: ArrayLike) -> float:
    """Probability that a run of `x` scores higher than a run of `y` on the same task; a tie counts half.

    The mean over tasks; `x` and `y` may differ in their runs.
    """
    return _native.probability_of_improvement(x, y)


def performance_profile(scores: ArrayLike, thresholds: ArrayLike) -> NDArray[np.float64]:
    """Fraction of all scores above each of the `thresholds`, `[thresholds]`."""
    return _native.performance_profile(scores, thresholds)


def interval(
    scores: ArrayLike,
    statistic: Statistic = "iqm",
    confidence: float = 0.95,
    samples: int = 2000,
    seed: int = 0,
    *,
    other: ArrayLike | None = None,
    target: float = 1.0,
) -> Estimate:
    """A statistic with its percentile interval by stratified bootstrap.

    Each of the `samples` draws as many runs as there are, with replacement, within every task; tasks are not drawn.
    50,000 samples are plenty for a table. Equal seeds give equal intervals. Below five runs intervals cover badly.

    `other` are the scores that "probability_of_improvement" compares with, `target` is that of "optimality_gap".
    """
    return Estimate(*_native.interval(scores, statistic, confidence, samples, seed, other, target))
