"""Writes rliable_points.json: point estimates of rliable, and correlations of scipy, on seeded scores.

    pip install rliable "pandas<3"
    python rliable_points.py > rliable_points.json

Made with rliable 1.2.0, arch 7.2.0, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3.
"""

import json

import numpy as np
from rliable import library, metrics
from scipy import stats

rng = np.random.default_rng(7)
cases = []
for runs, tasks in [(5, 1), (3, 4), (7, 3), (10, 2)]:
    x = np.round(rng.lognormal(-0.3, 0.8, (runs, tasks)), 3)
    # One decimal, so that there are ties between the methods.
    y = np.round(rng.lognormal(-0.6, 0.8, (runs + 1, tasks)), 1)
    x[0] = np.round(x[0], 1)
    thresholds = np.array([0.0, 0.2, 0.5, 1.0, 2.0])
    profile, _ = library.create_performance_profile({"x": x}, thresholds, reps=2)
    cases.append(
        {
            "x": x.T.tolist(),
            "y": y.T.tolist(),
            "iqm": metrics.aggregate_iqm(x),
            "mean": metrics.aggregate_mean(x),
            "median": metrics.aggregate_median(x),
            "optimality_gap": metrics.aggregate_optimality_gap(x),
            "probability_of_improvement": metrics.probability_of_improvement(x, y),
            "thresholds": thresholds.tolist(),
            "profile": profile["x"].tolist(),
            "pearson": stats.pearsonr(x[:, 0], y[:runs, 0]).statistic,
            "spearman": stats.spearmanr(x[:, 0], y[:runs, 0]).statistic,
        }
    )
print(json.dumps(cases, indent=1))
