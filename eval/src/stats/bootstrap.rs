//! Percentile intervals by stratified bootstrap.
//!
//! A repetition draws, independently within every task, as many runs as the task has, with replacement. Tasks are never
//! drawn: the interval speaks about new runs on the same tasks.

use freeroam_envs::Stream;

use super::{Estimate, Scores, probability_of_improvement};
use crate::EvalError;

/// How an interval is made. A number stands for that many repetitions at 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Repetitions. 50,000 are plenty for a table, 2,000 for a curve.
    pub reps: usize,
    /// Share of the repetitions that lie within the interval, above 0 and below 1.
    pub confidence: f64,
}

impl From<usize> for Resampling {
    fn from(reps: usize) -> Self {
        Self { reps, confidence: 0.95 }
    }
}

impl Resampling {
    /// `value` of `scores` with the interval of what it is for draws of them. Draws for which it is no number, such as 0 / 0,
    /// do not count. There is no interval where there are no others, or where every task has a single run, so that all draws are
    /// the scores themselves.
    fn interval(self, scores: &[&Scores], value: f64, mut draws: Vec<f64>) -> Result<Estimate, EvalError> {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return Err(EvalError::Range {
                what: "confidence".into(),
                value: self.confidence,
                expected: "above 0 and below 1".into(),
            });
        }
        let (reps, single) = (draws.len(), scores.iter().all(|scores| scores.count() == scores.tasks().len()));
        draws.retain(|draw| !draw.is_nan());
        if reps > 0 && (single || draws.is_empty()) {
            return Ok(Estimate::exact(value));
        }
        draws.sort_unstable_by(f64::total_cmp);
        let percent = 100.0 * self.confidence;
        let (low, high) = (50.0 - 0.5 * percent, 50.0 + 0.5 * percent);
        Ok(Estimate::within(value, percentile(&draws, low)?, percentile(&draws, high)?))
    }
}

/// `statistic` of `scores` with its interval; without one where every task has a single run.
///
/// # Errors
/// [`EvalError::Empty`] without repetitions, [`EvalError::Range`] for a confidence that is none.
pub fn bootstrap(
    scores: &Scores,
    statistic: impl Fn(&Scores) -> f64,
    resampling: impl Into<Resampling>,
    stream: &mut Stream,
) -> Result<Estimate, EvalError> {
    let resampling = resampling.into();
    let mut drawn = scores.clone();
    let draws = (0..resampling.reps).map(|_| {
        resample(scores, &mut drawn, stream);
        statistic(&drawn)
    });
    resampling.interval(&[scores], statistic(scores), draws.collect())
}

/// [`probability_of_improvement`] of `x` over `y` with its interval; both methods are drawn independently.
///
/// # Errors
/// As [`probability_of_improvement`] and [`bootstrap`].
pub fn bootstrap_improvement(
    x: &Scores,
    y: &Scores,
    resampling: impl Into<Resampling>,
    stream: &mut Stream,
) -> Result<Estimate, EvalError> {
    let resampling = resampling.into();
    let value = probability_of_improvement(x, y)?;
    let (mut drawn_x, mut drawn_y) = (x.clone(), y.clone());
    let draws = (0..resampling.reps).map(|_| {
        resample(x, &mut drawn_x, stream);
        resample(y, &mut drawn_y, stream);
        probability_of_improvement(&drawn_x, &drawn_y)
    });
    resampling.interval(&[x, y], value, draws.collect::<Result<_, _>>()?)
}

/// The mean of `x` divided by that of `y`, with its interval. The two are pairs, such as episodes of two policies from the same
/// starts, and are drawn as pairs. Where the mean of `y` alone is 0 the ratio is infinite, where both are 0 it is NaN.
///
/// # Errors
/// [`EvalError::Length`] if there are more of the one than of the other, otherwise as [`Scores::of_task`] and [`bootstrap`].
pub fn bootstrap_ratio(
    x: &[f64],
    y: &[f64],
    resampling: impl Into<Resampling>,
    stream: &mut Stream,
) -> Result<Estimate, EvalError> {
    if x.len() != y.len() {
        let expected = format!("{}, one for each of the numerator", x.len());
        return Err(EvalError::Length { what: "the denominator of a ratio".into(), got: y.len(), expected });
    }
    let pairs = Scores::of_task((0..x.len()).map(|pair| pair as f64))?;
    let sum = |drawn: &Scores, of: &[f64]| drawn.tasks()[0].iter().map(|pair| of[*pair as usize]).sum::<f64>();
    bootstrap(&pairs, |drawn| sum(drawn, x) / sum(drawn, y), resampling, stream)
}

/// [`Scores::profile`] with a pointwise interval at every threshold.
///
/// # Errors
/// As [`bootstrap`].
pub fn bootstrap_profile(
    scores: &Scores,
    thresholds: &[f64],
    resampling: impl Into<Resampling>,
    stream: &mut Stream,
) -> Result<Vec<Estimate>, EvalError> {
    let resampling = resampling.into();
    let mut drawn = scores.clone();
    let mut draws = vec![Vec::with_capacity(resampling.reps); thresholds.len()];
    for _ in 0..resampling.reps {
        resample(scores, &mut drawn, stream);
        for (draws, above) in draws.iter_mut().zip(drawn.profile(thresholds)) {
            draws.push(above);
        }
    }
    let profile = scores.profile(thresholds).into_iter().zip(draws);
    profile.map(|(value, draws)| resampling.interval(&[scores], value, draws)).collect()
}

/// The `percent` percentile, `0..=100`, of ascending `sorted` values, interpolated linearly between neighbours.
///
/// # Errors
/// [`EvalError::Empty`] without values.
pub fn percentile(sorted: &[f64], percent: f64) -> Result<f64, EvalError> {
    let Some(last) = sorted.len().checked_sub(1) else {
        return Err(EvalError::Empty { what: "the sample of a percentile".into(), expected: "one value".into() });
    };
    let position = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let (low, high, share) = (sorted[below], sorted[above], position - below as f64);
    // Not computed between infinities, whose difference is no number.
    Ok(if low == high || share == 0.0 { low } else { low + (high - low) * share })
}

fn resample(scores: &Scores, drawn: &mut Scores, stream: &mut Stream) {
    for (runs, drawn) in scores.tasks().iter().zip(drawn.tasks_mut()) {
        for slot in drawn {
            *slot = runs[stream.below(runs.len())];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Stream {
        Stream::new(0, "bootstrap", 0)
    }

    #[track_caller]
    fn close(got: Option<f64>, expected: f64, within: f64) {
        assert!(got.is_some_and(|got| (got - expected).abs() <= within), "{got:?}, expected {expected}");
    }

    #[test]
    fn interval_of_the_iqm_is_the_known_one() {
        let tasks = vec![vec![0.1, 0.2, 0.3, 0.4], vec![0.5, 0.6, 0.7, 0.8], vec![0.9, 1.0, 1.1, 5.0]];
        let scores = Scores::new(tasks).expect("valid");
        let iqm = bootstrap(&scores, Scores::iqm, 20_000, &mut stream()).expect("reps");
        close(iqm.low, 0.567, 0.01);
        close(iqm.high, 0.733, 0.01);
        let again = bootstrap(&scores, Scores::iqm, 20_000, &mut stream()).expect("reps");
        assert_eq!(iqm, again, "the same stream gives the same interval");
    }

    #[test]
    fn constant_scores_have_no_width() {
        let scores = Scores::new(vec![vec![0.3; 4]; 2]).expect("valid");
        let iqm = bootstrap(&scores, Scores::iqm, 100, &mut stream()).expect("reps");
        assert_eq!(iqm, Estimate::within(0.3, 0.3, 0.3));
        assert!(bootstrap(&scores, Scores::iqm, 0, &mut stream()).is_err());
    }

    #[test]
    fn a_single_run_of_each_task_has_no_interval() {
        let scores = |tasks: &[&[f64]]| Scores::new(tasks.iter().map(|runs| runs.to_vec()).collect()).expect("valid");
        let mean = |scores: &Scores| bootstrap(scores, Scores::mean, 100, &mut stream()).expect("reps");
        assert_eq!(mean(&scores(&[&[1.0], &[3.0]])), Estimate::exact(2.0));
        assert!(mean(&scores(&[&[1.0], &[3.0, 4.0]])).low.is_some());
        assert!(bootstrap(&scores(&[&[1.0]]), Scores::mean, 0, &mut stream()).is_err(), "no repetitions");
        let alone = bootstrap_ratio(&[3.0], &[2.0], 100, &mut stream()).expect("reps");
        assert_eq!(alone, Estimate::exact(1.5));
    }

    #[test]
    fn more_confidence_is_wider() {
        let scores = Scores::of_task([1.0, 2.0, 3.0, 4.0]).expect("valid");
        let at = |confidence| bootstrap(&scores, Scores::mean, Resampling { reps: 2000, confidence }, &mut stream());
        let [half, most] = [0.5, 0.95].map(|confidence| at(confidence).expect("valid"));
        assert!(most.lower() < half.lower() && half.upper() < most.upper(), "{half} {most}");
        assert_eq!(most, bootstrap(&scores, Scores::mean, 2000, &mut stream()).expect("valid"));
        for wrong in [0.0, 1.0, 95.0, f64::NAN] {
            let message = at(wrong).expect_err("is none").to_string();
            assert!(message.contains("expected above 0 and below 1"), "{message}");
        }
    }

    #[test]
    fn intervals_of_methods_contain_their_value() {
        let x = Scores::of_task([1.0, 2.0, 3.0, 4.0]).expect("valid");
        let y = Scores::of_task([0.0, 2.0, 3.5]).expect("valid");
        let better = bootstrap_improvement(&x, &y, 2000, &mut stream()).expect("one task each");
        assert!(better.lower() < 0.625 && better.upper() > 0.625 && better.upper() <= 1.0, "{better}");
        let profile = bootstrap_profile(&x, &[0.5, 2.5, 4.0], 2000, &mut stream()).expect("reps");
        assert_eq!(profile[0], Estimate::within(1.0, 1.0, 1.0));
        assert!(profile[1].lower() < 0.5 && profile[1].upper() > 0.5);
        assert_eq!(profile[2].value, 0.0);
    }

    #[test]
    fn ratios_are_of_pairs() {
        let ratio = |x: &[f64], y: &[f64]| bootstrap_ratio(x, y, 2000, &mut stream()).expect("reps");
        let some = ratio(&[1.0, 2.0, 3.0, 4.0], &[0.0, 2.0, 3.5, 0.5]);
        assert!((some.value - 10.0 / 6.0).abs() < 1e-9 && some.lower() < some.value && some.value < some.upper());
        assert_eq!(ratio(&[2.0, 6.0, 9.0], &[1.0, 3.0, 4.5]), Estimate::within(2.0, 2.0, 2.0), "twice in every pair");
        let message = bootstrap_ratio(&[1.0], &[], 10, &mut stream()).expect_err("no pair").to_string();
        assert_eq!(message, "the denominator of a ratio has 0 elements, expected 1, one for each of the numerator");
    }

    #[test]
    fn nothing_over_nothing_is_no_advantage() {
        let ratio = |x: &[f64], y: &[f64]| bootstrap_ratio(x, y, 2000, &mut stream()).expect("reps");
        let nothing = ratio(&[0.0, 0.0], &[0.0, 0.0]);
        assert!(nothing.value.is_nan() && nothing.low.is_none() && nothing.high.is_none(), "{nothing}");
        assert_eq!(ratio(&[1.0, 2.0], &[0.0, 0.0]), Estimate::within(f64::INFINITY, f64::INFINITY, f64::INFINITY));
        // A quarter of the draws has the first pair alone, and does not count.
        assert_eq!(ratio(&[0.0, 1.0], &[0.0, 1.0]), Estimate::within(1.0, 1.0, 1.0));
    }

    #[test]
    fn percentiles_interpolate() {
        assert_eq!(percentile(&[1.0, 2.0, 4.0], 75.0).expect("values"), 3.0);
        assert_eq!(percentile(&[7.0], 2.5).expect("values"), 7.0);
        assert_eq!(percentile(&[1.0, f64::INFINITY, f64::INFINITY], 75.0).expect("values"), f64::INFINITY);
        assert!(percentile(&[], 50.0).is_err());
    }
}
