//! The report of many runs: one row per world and objective, over seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use freeroam_envs::Stream;
use freeroam_trainer::{Table, TrainerError, file_name};
use serde::{Deserialize, Serialize};

use super::document::{Block, Document, Picture};
use super::metrics::{clock_of, read_curves};
use super::normalised::{Normalised, normalised};
use super::numbers;
use super::run::RunReport;
use crate::EvalError;
use crate::figures::{Baseline, Curve, Row, comparison, curves_along};
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
    /// Metric to points (clock, value), see [`read_curves`].
    pub curves: BTreeMap<String, Vec<[f64; 2]>>,
}

impl FinishedRun {
    /// Reads a run's `report.json` and `metrics.jsonl`.
    ///
    /// # Errors
    /// Those of [`RunReport::read`] and [`read_curves`].
    pub fn read(report: &Path, metrics: &Path) -> Result<Self, EvalError> {
        Ok(Self { report: RunReport::read(report)?, curves: read_curves(metrics, &[POLICY, TOTAL, QUEUE])? })
    }
}

/// Runs of a world and a method, which are taken to differ in their seed alone.
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
    /// Runs that learned skills.
    pub learned: usize,
    /// Interquartile means over runs: measure to estimate. The names are those of the run report, `coverage.policy` and
    /// so on; a measure that a run lacks is left out. No run lacks a return where one of its world has one: it earned nothing.
    pub measures: BTreeMap<String, Estimate>,
    /// Settings of the training, beside the seed, that are not the same in all runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differ: Vec<String>,
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
    /// are any.
    ///
    /// # Errors
    /// [`EvalError::Empty`] without runs or for a run whose world has no expert, [`EvalError::NonFinite`] for a value that is not a
    /// number, [`EvalError::Range`] for an expert whose return is not above 0, [`TrainerError::Usage`] for a run that is there twice.
    pub fn of(runs: &[FinishedRun], experts: &[FinishedRun]) -> Result<Self, EvalError> {
        if runs.is_empty() {
            return Err(EvalError::Empty { what: "the list of runs".into(), expected: "one run".into() });
        }
        let with_return = runs.iter().filter(|run| run.report.task_return.is_some());
        let rewarded: BTreeSet<&str> = with_return.map(|run| run.report.env.as_str()).collect();
        let groups = grouped(runs).into_iter().map(|((env, objective), runs)| {
            let mut seeds: Vec<u64> = runs.iter().map(|run| run.report.seed).collect();
            seeds.sort_unstable();
            let differ = differing(&runs.iter().map(|run| settings(&run.report)).collect::<Vec<_>>());
            if differ.is_empty()
                && let Some(twice) = seeds.windows(2).find(|pair| pair[0] == pair[1])
            {
                let seed = twice[0];
                let reason =
                    "is there twice with the same settings; the same run again is no further evidence, name it once";
                return Err(TrainerError::Usage(format!("{objective} in {env}: seed {seed} {reason}")).into());
            }
            let steps = || runs.iter().map(|run| run.report.env_steps);
            let mut measures = BTreeMap::new();
            for (name, of) in MEASURES {
                let nothing = (name.starts_with("return.") && rewarded.contains(env)).then_some(0.0);
                let values: Option<Vec<f64>> = runs.iter().map(|run| of(&run.report).or(nothing)).collect();
                if let Some(values) = values {
                    measures.insert((*name).to_owned(), over_runs(values)?);
                }
            }
            Ok(Group {
                env: env.into(),
                objective,
                seeds,
                env_steps: [steps().min().unwrap_or(0), steps().max().unwrap_or(0)],
                learned: runs.iter().filter(|run| run.report.learned).count(),
                measures,
                differ,
            })
        });
        let groups = groups.collect::<Result<_, EvalError>>()?;
        let normalised = if experts.is_empty() { Vec::new() } else { normalised(runs, experts, REPS)? };
        Ok(Self { groups, normalised, bootstrap_reps: REPS })
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
        let header =
            ["world", "objective", "runs", "learned"].into_iter().chain(shown.iter().map(|(_, name)| *name)).collect();
        let row = |group: &Group| {
            let value = |name: &str| group.measures.get(name).map_or_else(String::new, Estimate::to_string);
            let first =
                [group.env.clone(), group.objective.clone(), group.seeds.len().to_string(), group.learned.to_string()];
            first.into_iter().chain(shown.iter().map(|(name, _)| value(name))).collect()
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
        for Group { env, objective, differ, .. } in self.groups.iter().filter(|group| !group.differ.is_empty()) {
            let keys = differ.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            notes.push(format!("Runs of {objective} in {env} differ in more than their seed: {keys}."));
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
            let figure = comparison(
                &format!("coverage_{}", file_name(env)),
                &format!("Policy coverage, {env}"),
                &measure,
                &rows,
            )?;
            pictures
                .push(Picture::figure(figure, format!("Policy coverage in {env} after training; a dot is one run.")));

            for (key, name) in [(POLICY, "Policy"), (QUEUE, "Queue"), (TOTAL, "Total")] {
                let curve = |(objective, runs): &(String, Vec<&FinishedRun>)| Curve {
                    label: objective.clone(),
                    method: objective.clone(),
                    runs: runs.iter().filter_map(|run| run.curves.get(key)).cloned().collect(),
                };
                let lines: Vec<Curve> = groups.iter().map(curve).collect();
                if lines.iter().flat_map(|line| &line.runs).all(Vec::is_empty) {
                    continue;
                }
                // Random rollouts compare with rollouts of the policy only, not with the training's own transitions.
                let baseline = (key == POLICY).then(|| Baseline { label: "random policy".into(), level: random });
                let file = format!("{}_curve_{}", name.to_lowercase(), file_name(env));
                let clock = clock_of(&all.iter().map(|run| !run.report.data.is_empty()).collect::<Vec<_>>());
                let text = [file.as_str(), &format!("{name} coverage, {env}"), &measure];
                let figure = curves_along(clock, text, &lines, baseline.as_ref())?;
                let caption =
                    format!("{name} coverage in {env} during training: interquartile mean and 95 % interval.");
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
    ("coverage.queue", |report| Some(report.coverage.queue.value)),
    ("coverage.total", |report| Some(report.coverage.total.value)),
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

/// The settings of a run that decide what it learns, `table.key` to value.
fn settings(report: &RunReport) -> BTreeMap<String, String> {
    fn flat(prefix: &str, table: &Table, out: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            match value {
                toml::Value::Table(inner) => flat(&format!("{prefix}{key}."), inner, out),
                value => _ = out.insert(format!("{prefix}{key}"), value.to_string()),
            }
        }
    }
    let mut out = BTreeMap::new();
    flat("", &toml::from_str(&report.settings).unwrap_or_default(), &mut out);
    let beside = ["seed", "device", "threads", "keep_checkpoints", "init"];
    out.retain(|key, _| !beside.contains(&key.as_str()) && !key.ends_with("_every") && !key.starts_with("evaluate."));
    out
}

/// Keys that not all runs have, or not with the same value.
fn differing(runs: &[BTreeMap<String, String>]) -> Vec<String> {
    let keys: BTreeSet<&String> = runs.iter().flat_map(BTreeMap::keys).collect();
    let same = |key: &String| runs.windows(2).all(|pair| pair[0].get(key) == pair[1].get(key));
    keys.into_iter().filter(|key| !same(key)).cloned().collect()
}

/// Interquartile mean over runs.
fn over_runs(values: Vec<f64>) -> Result<Estimate, EvalError> {
    let scores = Scores::of_task(values)?;
    bootstrap(&scores, Scores::iqm, REPS, &mut Stream::new(0, "aggregate", 0))
}

fn row(name: &str, estimate: Estimate, runs: Vec<f64>) -> Row {
    Row { label: name.into(), method: name.into(), estimate, runs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::TaskReturn;
    use crate::report::run::tests::example;

    fn runs() -> Vec<FinishedRun> {
        let run = |objective: &str, seed, cells| {
            let curve = |top: f64| (0..=10).map(|k| [1e5 * f64::from(k), top * f64::from(k) / 10.0]).collect();
            let curves = [(POLICY, cells), (QUEUE, 1.5 * cells), (TOTAL, 2.0 * cells)]
                .map(|(key, top)| (key.to_owned(), curve(top)));
            FinishedRun { report: example(objective, seed, cells), curves: curves.into() }
        };
        let metra = [(2, 220.0), (0, 200.0), (1, 210.0)].map(|(seed, cells)| run("metra", seed, cells));
        let diayn = [(0, 30.0), (1, 80.0)].map(|(seed, cells)| run("diayn", seed, cells));
        metra.into_iter().chain(diayn).collect()
    }

    #[test]
    fn groups_are_estimated_over_their_runs() {
        let report = AggregateReport::of(&runs(), &[]).expect("runs");
        assert_eq!(report.groups.len(), 2);
        let metra = &report.groups[1];
        assert_eq!((metra.objective.as_str(), metra.seeds.as_slice(), metra.learned), ("metra", &[0, 1, 2][..], 3));
        assert_eq!(metra.measures["coverage.policy"], Estimate::within(210.0, 200.0, 220.0));
        assert_eq!(report.groups[0].learned, 1);
        assert!(report.sentence().starts_with("Skills were learned in 4 of 5 runs; most policy coverage: metra in"));
        assert!(AggregateReport::of(&[], &[]).is_err());
    }

    #[test]
    fn the_same_run_twice_is_refused_and_other_settings_are_told() {
        let mut all = runs();
        all.push(all[1].clone());
        let message = AggregateReport::of(&all, &[]).expect_err("twice").to_string();
        assert!(message.contains("metra in PointPlane-v0: seed 0 is there twice"), "{message}");
        let settings = |tau: &str| format!("seed = 0\nlog_every = {tau}0\n[sac]\ntau = {tau}\n");
        all[1].report.settings = settings("0.1");
        all[5].report.settings = settings("0.2");
        all.truncate(6);
        let report = AggregateReport::of(&all[5..6].iter().chain(&all[1..2]).cloned().collect::<Vec<_>>(), &[]);
        assert_eq!(report.expect("other settings").groups[0].differ, ["sac.tau"]);
    }

    #[test]
    fn a_run_that_earned_nothing_counts_where_others_earned() {
        let mut all = runs();
        let [policy, random_policy, untrained_policy] = [4.0, 1.0, 1.0].map(Estimate::exact);
        all[0].report.task_return = Some(TaskReturn { policy, random_policy, untrained_policy });
        let report = AggregateReport::of(&all, &[]).expect("runs");
        assert_eq!(report.groups[0].measures["return.policy"].value, 0.0);
        assert!(report.groups[1].measures["return.policy"].value > 0.0);
    }

    #[test]
    fn files_are_complete_and_pages_stand_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = runs();
        AggregateReport::of(&runs, &[]).expect("runs").write(folder.path(), &runs).expect("writes");
        let page = std::fs::read_to_string(folder.path().join("report.html")).expect("written");
        assert!(
            page.matches("<figure>").count() == 4 && !page.contains("src=\"coverage"),
            "figures are inside the page"
        );
        let text = std::fs::read_to_string(folder.path().join("report.md")).expect("written");
        for part in ["coverage_PointPlane-v0.png", "policy_curve_PointPlane-v0.png", "Fewest runs of a group: 2;"] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
        for file in ["figures/coverage_PointPlane-v0.png", "figures/total_curve_PointPlane-v0.svg", "report.json"] {
            assert!(folder.path().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn finished_runs_are_read_from_their_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let report = example("metra", 0, 200.0);
        report.write(folder.path(), &[]).expect("writes");
        let metrics = folder.path().join("metrics.jsonl");
        let line = "{\"step\":1,\"env_steps\":5,\"gradient_steps\":1,\"coverage/total\":3}\n";
        std::fs::write(&metrics, line).expect("writes");
        let run = FinishedRun::read(&folder.path().join("report.json"), &metrics).expect("reads");
        assert_eq!((run.report, run.curves[TOTAL].as_slice()), (report, &[[5.0, 3.0]][..]));
    }
}
