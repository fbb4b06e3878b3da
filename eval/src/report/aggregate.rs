//! The report of many runs: one row per world and objective, over seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use freeroam_envs::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use super::document::{Block, Document, Picture};
use super::metrics::{RunCurves, read_curves};
use super::normalised::{Normalised, normalised};
use super::numbers;
use super::run::{RunReport, TaskReturn};
use super::settings::differing;
use crate::EvalError;
use crate::figures::{Baseline, Curve, Row, comparison, curves};
use crate::file_name::file_name;
use crate::stats::{Estimate, Scores, bootstrap};

/// Bootstrap repetitions per interval.
const REPS: usize = 20_000;
const POLICY: &str = "evaluate/policy_coverage";
const TOTAL: &str = "coverage/total";
const QUEUE: &str = "evaluate/queue_coverage";

/// One run as the aggregate sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct FinishedRun {
    /// Its report.
    pub report: RunReport,
    /// Its coverage along the training; no points where it was not trained in that world.
    pub curves: RunCurves,
}

impl FinishedRun {
    /// Reads a run's `report.json`, and its `metrics.jsonl` where there is one.
    ///
    /// # Errors
    /// Those of [`RunReport::read`] and [`read_curves`].
    pub fn read(report: &Path, metrics: &Path) -> Result<Self, EvalError> {
        Ok(Self { report: RunReport::read(report)?, curves: read_curves(metrics, &[POLICY, TOTAL, QUEUE])? })
    }
}

/// Runs of a world and a method, one for each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Id of the world.
    pub env: String,
    /// What was trained, see [`RunReport::method`].
    pub objective: String,
    /// Seeds of the runs, ascending.
    pub seeds: Vec<u64>,
    /// Fewest and most environment steps of a run.
    pub env_steps: [u64; 2],
    /// Settings in which the runs differ, beside the seed and those that do not decide what is computed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<String>,
    /// Runs that learned skills.
    pub learned: usize,
    /// Interquartile means over runs: measure to estimate. The names are those of the run report, `coverage.policy` and
    /// so on; a measure that a run lacks is left out.
    pub measures: BTreeMap<String, Estimate>,
}

/// Many runs, grouped by world and objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AggregateReport {
    /// The groups, by world and then objective.
    pub groups: Vec<Group>,
    /// Shares of the returns of experts, by method; empty where none were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub normalised: Vec<Normalised>,
    /// Bootstrap repetitions per interval.
    pub bootstrap_reps: usize,
}

type Runs<'a> = BTreeMap<(&'a str, String), Vec<&'a FinishedRun>>;

impl AggregateReport {
    /// Groups `runs` and estimates every measure over the runs of a group, and returns as shares of those of `experts`, where there
    /// are any. A run that saw no reward has earned 0 where another run or expert of its world saw one.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] for a seed that a group has twice, [`EvalError::Empty`] without runs or for a run whose world has no
    /// expert, [`EvalError::NonFinite`] for a value that is not a number, [`EvalError::Range`] for experts whose return is not
    /// above 0.
    pub fn of(runs: &[FinishedRun], experts: &[FinishedRun]) -> Result<Self, EvalError> {
        if runs.is_empty() {
            return Err(EvalError::Empty { what: "the list of runs".into(), expected: "one run".into() });
        }
        let rewarded = rewarded(runs.iter().chain(experts));
        let [runs, experts] = [runs, experts].map(|runs| earning(runs, &rewarded));
        let groups = grouped(&runs).into_iter().map(|((env, objective), runs)| {
            let mut seeds: Vec<u64> = runs.iter().map(|run| run.report.seed).collect();
            seeds.sort_unstable();
            if let Some(twice) = seeds.windows(2).find(|pair| pair[0] == pair[1]) {
                let problem = format!("seed {} is there more than once, expected one run of each seed", twice[0]);
                return Err(TrainerError::Usage(format!("runs of {objective} in {env}: {problem}")).into());
            }
            let steps = || runs.iter().map(|run| run.report.env_steps);
            let mut measures = BTreeMap::new();
            for (name, of) in MEASURES {
                let values: Option<Vec<f64>> = runs.iter().map(|run| of(&run.report)).collect();
                if let Some(values) = values {
                    measures.insert((*name).to_owned(), over_runs(values)?);
                }
            }
            Ok(Group {
                env: env.into(),
                objective,
                seeds,
                env_steps: [steps().min().unwrap_or(0), steps().max().unwrap_or(0)],
                differing: differing(runs.iter().map(|run| run.report.settings.as_str())),
                learned: runs.iter().filter(|run| run.report.learned).count(),
                measures,
            })
        });
        let groups = groups.collect::<Result<_, EvalError>>()?;
        let normalised = if experts.is_empty() { Vec::new() } else { normalised(&runs, &experts, REPS)? };
        Ok(Self { groups, normalised, bootstrap_reps: REPS })
    }

    /// Reads the numbers that [`AggregateReport::write`] wrote.
    ///
    /// # Errors
    /// [`EvalError::Io`] if the file cannot be read, [`EvalError::Content`] if it is not such a report.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        numbers::read(path)
    }

    /// Writes `report.json`, `report.md`, `report.html` and the figures of `runs` into `folder`, which is created.
    ///
    /// # Errors
    /// [`EvalError::Io`] if a file cannot be written, [`EvalError::Figure`] if a figure cannot be drawn.
    pub fn write(&self, folder: &Path, runs: &[FinishedRun]) -> Result<(), EvalError> {
        let pictures = self.pictures(runs)?;
        self.document(&pictures).write(folder)?;
        numbers::write(self, folder)
    }

    /// The report in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let runs: usize = self.groups.iter().map(|group| group.seeds.len()).sum();
        let learned: usize = self.groups.iter().map(|group| group.learned).sum();
        let best = |measure: &str| {
            let with = self.groups.iter().filter_map(|group| Some((group, *group.measures.get(measure)?)));
            with.max_by(|a, b| a.1.value.total_cmp(&b.1.value))
        };
        let mut sentence = format!("Skills were learned in {learned} of {runs} runs");
        if let Some((group, coverage)) = best("coverage.policy") {
            sentence += &format!("; most policy coverage: {} in {}, {coverage} cells", group.objective, group.env);
            if let Some(random) = group.measures.get("coverage.random_policy") {
                sentence += &format!(" against {random} of a random policy");
            }
        }
        sentence + "."
    }

    fn document<'a>(&self, pictures: &'a [Picture]) -> Document<'a> {
        let shown = [
            ("coverage.policy", "policy coverage"),
            ("coverage.random_policy", "random"),
            ("coverage.untrained_policy", "untrained"),
            ("coverage.total", "total coverage"),
            ("goals.success", "goals reached"),
            ("goals.final_distance", "final distance (m)"),
            ("return.policy", "return"),
        ];
        // What no run has is not shown.
        let shown =
            shown.into_iter().filter(|(name, _)| self.groups.iter().any(|group| group.measures.contains_key(*name)));
        let shown: Vec<(&str, &str)> = shown.collect();
        let first = ["world", "objective", "runs", "seeds", "learned"];
        let header = first.into_iter().chain(shown.iter().map(|(_, name)| *name)).collect();
        let row = |group: &Group| {
            let value = |name: &str| group.measures.get(name).map_or_else(String::new, Estimate::to_string);
            let seeds = group.seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let counts = [group.seeds.len().to_string(), seeds, group.learned.to_string()];
            let first = [group.env.clone(), group.objective.clone()].into_iter().chain(counts);
            first.chain(shown.iter().map(|(name, _)| value(name))).collect()
        };
        let fewest = self.groups.iter().map(|group| group.seeds.len()).min().unwrap_or(0);
        let steps = |pick: fn(&Group) -> u64| self.groups.iter().map(pick);
        let (least, most) = (steps(|group| group.env_steps[0]).min(), steps(|group| group.env_steps[1]).max());
        let mut notes = vec![
            format!(
                "Numbers are interquartile means over runs with 95 % percentile intervals of a bootstrap over runs with {} \
                 repetitions.",
                self.bootstrap_reps
            ),
            format!("Environment steps per run: {} to {}.", least.unwrap_or(0), most.unwrap_or(0)),
        ];
        if fewest < 5 {
            notes.push(format!("Fewest runs of a group: {fewest}; intervals over fewer than five cover badly."));
        }
        for Group { env, objective, differing, .. } in self.groups.iter().filter(|group| !group.differing.is_empty()) {
            let keys = differing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            notes.push(format!("Runs of {objective} in {env} differ in {keys}."));
        }
        let mut blocks = vec![Block::Heading("Numbers"), Block::Table(header, self.groups.iter().map(row).collect())];
        if !self.normalised.is_empty() {
            blocks.extend([Block::Heading("Returns as shares of an expert's"), self.shares()]);
            notes.push("Shares: the return of a run over the mean return of the experts in its world; the bootstrap draws runs within \
                        worlds. The gap is the mean of what is lacking to 1.".into());
        }
        blocks.extend([Block::Heading("How it was measured"), Block::List(notes), Block::Heading("Figures")]);
        blocks.extend(pictures.iter().map(Block::Picture));
        let runs: usize = self.groups.iter().map(|group| group.seeds.len()).sum();
        Document { lead: self.sentence(), title: format!("{runs} runs"), blocks }
    }

    fn shares<'a>(&self) -> Block<'a> {
        let header = vec!["method", "interquartile mean", "mean over worlds", "optimality gap", "by world (runs)"];
        let row = |of: &Normalised| {
            let worlds = of.worlds.iter().map(|(env, runs, share)| format!("{env} {share:.2} ({runs})"));
            let [iqm, mean, gap] = [of.iqm, of.mean, of.optimality_gap].map(|estimate| estimate.to_string());
            vec![of.method.clone(), iqm, mean, gap, worlds.collect::<Vec<_>>().join(", ")]
        };
        Block::Table(header, self.normalised.iter().map(row).collect())
    }

    fn pictures(&self, runs: &[FinishedRun]) -> Result<Vec<Picture>, EvalError> {
        let mut by_env: BTreeMap<&str, Vec<(String, Vec<&FinishedRun>)>> = BTreeMap::new();
        for ((env, objective), runs) in grouped(runs) {
            by_env.entry(env).or_default().push((objective, runs));
        }
        let mut pictures = Vec::new();
        if !self.normalised.is_empty() {
            let share =
                |of: &Normalised| row(&of.method, of.iqm, of.worlds.iter().map(|(_, _, share)| *share).collect());
            let mut rows: Vec<Row> = self.normalised.iter().map(share).collect();
            rows.sort_by(|a, b| b.estimate.value.total_cmp(&a.estimate.value));
            let figure = comparison("normalised", "Return beside an expert's", "share of the expert's return", &rows)?;
            let caption =
                "Returns as shares of an expert's: interquartile mean over all runs; a dot is the mean of a world.";
            pictures.push(Picture::figure(figure, caption));
        }
        for (env, groups) in by_env {
            let all: Vec<&FinishedRun> = groups.iter().flat_map(|(_, runs)| runs.iter().copied()).collect();
            let over = |of: fn(&RunReport) -> f64| over_runs(all.iter().map(|run| of(&run.report)).collect());
            let random = over(|report| report.coverage.random_policy.value)?;
            let untrained = over(|report| report.coverage.untrained_policy.value)?;
            let bin = all[0].report.protocol.bin_m;
            let measure = format!("cells of {bin} m");

            let mut rows = Vec::new();
            for (objective, runs) in &groups {
                let values: Vec<f64> = runs.iter().map(|run| run.report.coverage.policy.value).collect();
                rows.push(row(objective, over_runs(values.clone())?, values));
            }
            rows.sort_by(|a, b| b.estimate.value.total_cmp(&a.estimate.value));
            // Where there are runs of random actions, these are the row.
            if groups.iter().all(|(objective, _)| objective != "random") {
                rows.push(row("random", random, Vec::new()));
            }
            rows.push(row("untrained", untrained, Vec::new()));
            let name = file_name(env);
            let figure = comparison(&format!("coverage_{name}"), &format!("Policy coverage, {env}"), &measure, &rows)?;
            pictures
                .push(Picture::figure(figure, format!("Policy coverage in {env} after training; a dot is one run.")));

            for (key, what) in [(POLICY, "Policy"), (QUEUE, "Queue"), (TOTAL, "Total")] {
                let points =
                    |run: &FinishedRun| run.curves.points.get(key).filter(|points| !points.is_empty()).cloned();
                let curve = |(objective, runs): &(String, Vec<&FinishedRun>)| Curve {
                    label: objective.clone(),
                    method: objective.clone(),
                    runs: runs.iter().filter_map(|run| points(run)).collect(),
                };
                let lines: Vec<Curve> = groups.iter().map(curve).collect();
                let axes: BTreeSet<&str> =
                    all.iter().filter(|run| points(run).is_some()).map(|run| run.curves.axis).collect();
                if axes.is_empty() {
                    continue;
                }
                // Runs on data have no environment steps to be drawn along.
                let axis = axes.into_iter().collect::<Vec<_>>().join(" or ");
                // Random rollouts compare with rollouts of the policy only, not with the training's own transitions.
                let baseline = (key == POLICY).then(|| Baseline { label: "random policy".into(), level: random });
                let (file, title) =
                    (format!("{}_curve_{name}", what.to_lowercase()), format!("{what} coverage, {env}"));
                let figure = curves(&axis, [&file, &title, &measure], &lines, baseline.as_ref())?;
                let caption =
                    format!("{what} coverage in {env} during training: interquartile mean and 95 % interval.");
                pictures.push(Picture::figure(figure, caption));
            }
        }
        Ok(pictures)
    }
}

type Measure = (&'static str, fn(&RunReport) -> Option<f64>);

const MEASURES: &[Measure] = &[
    ("coverage.policy", |report| Some(report.coverage.policy.value)),
    ("return.policy", |report| Some(report.task_return?.policy.value)),
    ("return.random_policy", |report| Some(report.task_return?.random_policy.value)),
    ("coverage.queue", |report| Some(report.coverage.queue?.value)),
    ("coverage.total", |report| Some(report.coverage.total?.value)),
    ("coverage.random_policy", |report| Some(report.coverage.random_policy.value)),
    ("coverage.untrained_policy", |report| Some(report.coverage.untrained_policy.value)),
    ("coverage.reachable_fraction", |report| Some(report.coverage.reachable_fraction?.value)),
    ("goals.success", |report| Some(report.goals?.success.value)),
    ("goals.final_distance", |report| Some(report.goals?.final_distance.value)),
    ("goals.random_final_distance", |report| Some(report.goals?.random_final_distance.value)),
    ("goals.untrained_final_distance", |report| Some(report.goals?.untrained_final_distance.value)),
    ("distance.spearman", |report| Some(report.distance?.spearman.value)),
    ("distance.pearson", |report| Some(report.distance?.pearson.value)),
    ("time.wall_s", |report| Some(report.time.wall_s)),
];

fn grouped(runs: &[FinishedRun]) -> Runs<'_> {
    let mut groups = Runs::new();
    for run in runs {
        groups.entry((run.report.env.as_str(), run.report.method())).or_default().push(run);
    }
    groups
}

/// Worlds in which any of `runs` saw a reward.
fn rewarded<'a>(runs: impl Iterator<Item = &'a FinishedRun>) -> BTreeSet<&'a str> {
    runs.filter(|run| run.report.task_return.is_some()).map(|run| run.report.env.as_str()).collect()
}

/// `runs`, of which those without a return have earned 0 in `rewarded` worlds.
fn earning(runs: &[FinishedRun], rewarded: &BTreeSet<&str>) -> Vec<FinishedRun> {
    let mut runs = runs.to_vec();
    for RunReport { env, task_return, .. } in runs.iter_mut().map(|run| &mut run.report) {
        if rewarded.contains(env.as_str()) {
            task_return.get_or_insert(TaskReturn::NOTHING);
        }
    }
    runs
}

/// Interquartile mean over runs.
fn over_runs(values: Vec<f64>) -> Result<Estimate, EvalError> {
    bootstrap(&Scores::of_task(values)?, Scores::iqm, REPS, &mut Stream::new(0, "aggregate", 0))
}

fn row(name: &str, estimate: Estimate, runs: Vec<f64>) -> Row {
    Row { label: name.into(), method: name.into(), estimate, runs }
}

#[cfg(test)]
mod tests;
