//! Point estimates over runs and tasks.

use crate::EvalError;

/// Scores of one method: for every task the scores of its runs. Tasks may have different numbers of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    tasks: Vec<Vec<f64>>,
}

impl Scores {
    /// Scores from one list of runs per task.
    ///
    /// # Errors
    /// [`EvalError::Empty`] without tasks or for a task without runs, [`EvalError::NonFinite`] for a score that is not a
    /// number.
    pub fn new(tasks: Vec<Vec<f64>>) -> Result<Self, EvalError> {
        if tasks.is_empty() {
            return Err(EvalError::Empty { what: "the list of tasks".into(), expected: "one task".into() });
        }
        for (task, runs) in tasks.iter().enumerate() {
            if runs.is_empty() {
                return Err(EvalError::Empty { what: format!("task {task}"), expected: "one run".into() });
            }
            if let Some(index) = runs.iter().position(|score| !score.is_finite()) {
                return Err(EvalError::NonFinite { what: format!("task {task}, run"), index, value: runs[index] });
            }
        }
        Ok(Self { tasks })
    }

    /// Scores of the runs of a single task.
    ///
    /// # Errors
    /// As [`Scores::new`].
    pub fn of_task(runs: impl IntoIterator<Item = f64>) -> Result<Self, EvalError> {
        Self::new(vec![runs.into_iter().collect()])
    }

    /// The runs of every task, `[tasks][runs]`.
    #[must_use]
    pub fn tasks(&self) -> &[Vec<f64>] {
        &self.tasks
    }

    /// Number of scores over all tasks.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tasks.iter().map(Vec::len).sum()
    }

    /// Interquartile mean: the mean of what is left of all scores after a quarter, rounded down, is cut off each end.
    #[must_use]
    pub fn iqm(&self) -> f64 {
        let mut all = self.tasks.concat();
        all.sort_unstable_by(f64::total_cmp);
        let cut = all.len() / 4;
        average(&all[cut..all.len() - cut])
    }

    /// Mean over tasks of the mean over runs.
    #[must_use]
    pub fn mean(&self) -> f64 {
        average(&self.task_means())
    }

    /// Median over tasks of the mean over runs.
    #[must_use]
    pub fn median(&self) -> f64 {
        let mut means = self.task_means();
        means.sort_unstable_by(f64::total_cmp);
        let middle = means.len() / 2;
        if means.len() % 2 == 1 { means[middle] } else { 0.5 * (means[middle - 1] + means[middle]) }
    }

    /// How far the scores fall short of `target` on average: `target - mean(min(score, target))` over all scores.
    #[must_use]
    pub fn optimality_gap(&self, target: f64) -> f64 {
        target - self.tasks.iter().flatten().map(|score| score.min(target)).sum::<f64>() / self.count() as f64
    }

    /// Performance profile: for every threshold the fraction of all scores strictly above it.
    #[must_use]
    pub fn profile(&self, thresholds: &[f64]) -> Vec<f64> {
        let mut all = self.tasks.concat();
        all.sort_unstable_by(f64::total_cmp);
        let above = |threshold: &f64| all.len() - all.partition_point(|score| score <= threshold);
        thresholds.iter().map(|threshold| above(threshold) as f64 / all.len() as f64).collect()
    }

    pub(super) fn tasks_mut(&mut self) -> &mut [Vec<f64>] {
        &mut self.tasks
    }

    fn task_means(&self) -> Vec<f64> {
        self.tasks.iter().map(|runs| average(runs)).collect()
    }
}

/// Probability that a run of `x` scores higher than a run of `y` on the same task, averaged over tasks; a tie counts half.
///
/// # Errors
/// [`EvalError::Length`] if `x` and `y` have different numbers of tasks.
pub fn probability_of_improvement(x: &Scores, y: &Scores) -> Result<f64, EvalError> {
    if x.tasks.len() != y.tasks.len() {
        return Err(EvalError::Length {
            what: "the compared method".into(),
            got: y.tasks.len(),
            expected: format!("{} tasks", x.tasks.len()),
        });
    }
    let task = |(x, y): (&Vec<f64>, &Vec<f64>)| {
        let wins: f64 = x
            .iter()
            .flat_map(|a| y.iter().map(move |b| if a > b { 1.0 } else { f64::from(u8::from(a == b)) * 0.5 }))
            .sum();
        wins / (x.len() * y.len()) as f64
    };
    Ok(average(&x.tasks.iter().zip(&y.tasks).map(task).collect::<Vec<_>>()))
}

/// The mean of `values`, which are not empty.
fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_tasks() -> Vec<Vec<f64>> {
        vec![vec![0.1, 0.2, 0.3, 0.4], vec![0.5, 0.6, 0.7, 0.8], vec![0.9, 1.0, 1.1, 5.0]]
    }

    #[track_caller]
    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 5e-4, "{got}, expected {expected}");
    }

    #[test]
    fn known_point_estimates() {
        let scores = Scores::new(three_tasks()).expect("valid");
        close(scores.iqm(), 0.650);
        close(scores.mean(), 0.967);
        close(scores.median(), 0.650);
        close(scores.optimality_gap(1.0), 0.375);
        assert_eq!(scores.profile(&[0.0, 0.4, 1.0, 5.0]), [1.0, 8.0 / 12.0, 2.0 / 12.0, 0.0]);
    }

    #[test]
    fn iqm_ignores_how_good_the_best_run_is() {
        let mut tasks = three_tasks();
        let before = Scores::new(tasks.clone()).expect("valid").iqm();
        tasks[2][3] *= 10.0;
        assert_eq!(Scores::new(tasks).expect("valid").iqm().to_bits(), before.to_bits());
    }

    #[test]
    fn improvement_counts_wins_and_half_ties() {
        let one = |runs: &[f64]| Scores::of_task(runs.iter().copied()).expect("valid");
        let of = |x: &Scores, y: &Scores| probability_of_improvement(x, y).expect("same tasks");
        close(of(&one(&[1.0, 2.0, 3.0, 4.0]), &one(&[0.0, 2.0, 3.5])), 0.625);
        let scores = Scores::new(three_tasks()).expect("valid");
        close(of(&scores, &scores), 0.5);
        assert!(probability_of_improvement(&scores, &one(&[1.0])).is_err());
    }

    #[test]
    fn unusable_scores_are_refused_by_position() {
        assert!(Scores::new(vec![]).is_err());
        assert!(Scores::new(vec![vec![1.0], vec![]]).is_err());
        let error = Scores::new(vec![vec![1.0], vec![2.0, f64::NAN]]).expect_err("not a number");
        assert_eq!(error.to_string(), "task 1, run 1 is NaN, expected a finite number");
    }
}
