//! Point estimates equal those of rliable, and correlations those of scipy, on the scores of `golden/rliable_points.json`.

use freeroam_eval::stats::{Scores, pearson, probability_of_improvement, spearman};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    iqm: f64,
    mean: f64,
    median: f64,
    optimality_gap: f64,
    probability_of_improvement: f64,
    thresholds: Vec<f64>,
    profile: Vec<f64>,
    pearson: f64,
    spearman: f64,
}

#[track_caller]
fn equal(what: &str, got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-12, "{what}: {got}, expected {expected}");
}

#[test]
fn point_estimates_equal_the_golden_ones() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("golden/rliable_points.json")).expect("valid JSON");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let runs = case.x[0].len();
        equal("pearson", pearson(&case.x[0], &case.y[0][..runs]).expect("pairs"), case.pearson);
        equal("spearman", spearman(&case.x[0], &case.y[0][..runs]).expect("pairs"), case.spearman);
        let (x, y) = (Scores::new(case.x).expect("valid"), Scores::new(case.y).expect("valid"));
        equal("iqm", x.iqm(), case.iqm);
        equal("mean", x.mean(), case.mean);
        equal("median", x.median(), case.median);
        equal("optimality gap", x.optimality_gap(1.0), case.optimality_gap);
        let better = probability_of_improvement(&x, &y).expect("same tasks");
        equal("probability of improvement", better, case.probability_of_improvement);
        assert_eq!(x.profile(&case.thresholds), case.profile);
    }
}
