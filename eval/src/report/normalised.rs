//! Returns as shares of what an expert earns in the same world, over worlds and seeds.
//!
//! URLB (Laskin et al., 2021): a return is divided by that of an expert, an agent trained for the reward alone and for long.
//! Shares of different tasks are then of one kind, and Agarwal et al. ("Deep Reinforcement Learning at the Edge of the
//! Statistical Precipice", 2021) say how to sum them up: by the interquartile mean over all runs of all tasks, with a bootstrap
//! that draws runs within tasks.

use std::collections::BTreeMap;

use freeroam_envs::Stream;
use serde::{Deserialize, Serialize};

use super::aggregate::FinishedRun;
use crate::EvalError;
use crate::stats::{Estimate, Scores, bootstrap};

/// Shares of an expert's return of one method, over worlds and seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalised {
    /// What was trained, see [`super::RunReport::method`].
    pub method: String,
    /// Id of each world, its runs and the mean of their shares.
    pub worlds: Vec<(String, usize, f64)>,
    /// Interquartile mean over all runs.
    pub iqm: Estimate,
    /// Mean over worlds of the mean over runs.
    pub mean: Estimate,
    /// Mean of what is lacking to 1.
    pub optimality_gap: Estimate,
}

/// Shares of the mean return of `experts` in the same world, by method; intervals with `reps` repetitions.
///
/// # Errors
/// [`EvalError::Range`] for an expert whose return is not above 0, [`EvalError::Empty`] for a run whose world has no expert, and
/// for one without a return.
pub(super) fn normalised(
    runs: &[FinishedRun],
    experts: &[FinishedRun],
    reps: usize,
) -> Result<Vec<Normalised>, EvalError> {
    let mut best: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for expert in experts {
        best.entry(&expert.report.env).or_default().push(earned(expert)?);
    }
    let mut methods: BTreeMap<String, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for run in runs {
        let env = run.report.env.as_str();
        let Some(returns) = best.get(env) else {
            return Err(EvalError::Empty { what: format!("the list of experts in {env}"), expected: "one".into() });
        };
        let expert = returns.iter().sum::<f64>() / returns.len() as f64;
        if expert <= 0.0 {
            let what = format!("the mean return of the experts in {env}");
            return Err(EvalError::Range { what, value: expert, expected: "above 0".into() });
        }
        let of_method = methods.entry(run.report.method()).or_default();
        of_method.entry(env).or_default().push(earned(run)? / expert);
    }
    let summed_up = methods.into_iter().map(|(method, shares)| {
        let (worlds, shares): (Vec<&str>, Vec<Vec<f64>>) = shares.into_iter().unzip();
        let mean = |shares: &Vec<f64>| shares.iter().sum::<f64>() / shares.len() as f64;
        let worlds = worlds.into_iter().zip(&shares).map(|(env, of)| (env.to_owned(), of.len(), mean(of))).collect();
        let scores = Scores::new(shares)?;
        let over = |statistic: fn(&Scores) -> f64| {
            bootstrap(&scores, statistic, reps, &mut Stream::new(0, "normalised returns", 0))
        };
        let optimality_gap = over(|scores| scores.optimality_gap(1.0))?;
        Ok(Normalised { method, worlds, iqm: over(Scores::iqm)?, mean: over(Scores::mean)?, optimality_gap })
    });
    summed_up.collect()
}

/// The mean return of the policy of a run.
fn earned(run: &FinishedRun) -> Result<f64, EvalError> {
    let report = &run.report;
    report.task_return.map(|earned| earned.policy.value).ok_or_else(|| EvalError::Empty {
        what: format!("the list of rewards of {} in {}, seed {}", report.method(), report.env, report.seed),
        expected: "one reward that is not 0".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::RunCurves;
    use crate::report::run::TaskReturn;
    use crate::report::run::tests::example;

    fn run(pretrained: &str, env: &str, seed: u64, earned: f64) -> FinishedRun {
        let mut report = example("extrinsic", seed, 10.0);
        (report.env, report.pretrained) = (env.into(), pretrained.into());
        let [policy, random_policy, untrained_policy] = [earned, 1.0, 1.0].map(Estimate::exact);
        report.task_return = Some(TaskReturn { policy, random_policy, untrained_policy });
        FinishedRun { report, curves: RunCurves { axis: "environment steps", points: BTreeMap::new() } }
    }

    #[test]
    fn returns_are_shares_of_the_experts() {
        let experts = [run("", "A", 0, 80.0), run("", "A", 1, 120.0), run("", "B", 0, 10.0)];
        let runs = [run("cic", "A", 0, 50.0), run("cic", "A", 1, 70.0), run("cic", "B", 0, 9.0), run("", "A", 0, 20.0)];
        let all = normalised(&runs, &experts, 200).expect("experts everywhere");
        let [scratch, cic] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((scratch.method.as_str(), scratch.mean), ("extrinsic", Estimate::exact(0.2)));
        assert_eq!(cic.method, "extrinsic after cic");
        assert_eq!(cic.worlds, [("A".to_owned(), 2, 0.6), ("B".to_owned(), 1, 0.9)]);
        assert!((cic.mean.value - 0.75).abs() < 1e-12 && (cic.iqm.value - 0.7).abs() < 1e-9, "{cic:?}");
    }

    #[test]
    fn what_cannot_be_divided_is_named() {
        let refused = |runs: &[FinishedRun], experts: &[FinishedRun]| {
            normalised(runs, experts, 10).expect_err("refused").to_string()
        };
        let lost = refused(&[run("cic", "A", 0, 1.0)], &[run("", "B", 0, 1.0)]);
        assert_eq!(lost, "the list of experts in A is empty, expected at least one");
        let worthless = refused(&[run("cic", "A", 0, 1.0)], &[run("", "A", 0, -1.0)]);
        assert_eq!(worthless, "the mean return of the experts in A is -1, expected above 0");
        let mut silent = run("cic", "A", 3, 1.0);
        silent.report.task_return = None;
        let silent = refused(&[silent], &[run("", "A", 0, 1.0)]);
        assert!(silent.contains("rewards of extrinsic after cic in A, seed 3 is empty"), "{silent}");
    }
}
