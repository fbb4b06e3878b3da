//! Whole runs: train, take up again, evaluate, report.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use freeroam_agents::{AgentsError, RunConfig, SkillLearner};
use freeroam_envs::{World, world};
use freeroam_trainer::{
    Display, Learner, Outcome, Record, Run, Schedule, StopFlag, TrainerError, Watch, device, fit, newest_checkpoint,
    read_metrics, require_space,
};

use crate::EvalError;
use crate::evaluation::{Training, evaluate};
use crate::report::{AggregateReport, FinishedRun, RunReport};

/// Where a run's settings come from and where it goes.
#[derive(Clone, Debug, Default)]
pub struct TrainOptions {
    /// Config file over defaults and preset.
    pub config: Option<PathBuf>,
    /// `key=value` over all of them, in order.
    pub sets: Vec<String>,
    /// Run folder; `runs/ENV-OBJECTIVE-SEED-N` when absent.
    pub out: Option<PathBuf>,
    /// Run folder to take up again instead of starting one.
    pub resume: Option<PathBuf>,
}

/// How a training session ended.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The run folder.
    pub run: PathBuf,
    /// The report; nothing where the session was stopped before its end.
    pub report: Option<RunReport>,
}

/// Metrics that a person sees while a run goes on.
const HEADLINE: [&str; 3] = ["evaluate/policy_coverage", "coverage/total", "sac/reward"];

/// Trains a run to its end, or until `stop`, and evaluates it.
///
/// # Errors
/// [`EvalError::Trainer`] with [`TrainerError::Usage`] or [`TrainerError::Checkpoint`] for what the user has to change, other
/// errors for what failed on the way.
pub fn train(options: &TrainOptions, stop: StopFlag, visible: bool) -> Result<Trained, EvalError> {
    let settings = options.resume.as_ref().map(|dir| dir.join("config.toml"));
    if let Some(dir) = &options.resume {
        // Says what is wrong with the folder before its settings are read.
        freeroam_trainer::run_config(dir)?;
    }
    let (config, _) = RunConfig::resolve(settings.as_deref().or(options.config.as_deref()), &options.sets)?;
    let world = world(&config.env)?;
    let device = device(&config.device)?;
    let mut run = match &options.resume {
        Some(dir) => {
            let mut run = Run::open(dir)?;
            run.set_config(&config.table())?;
            run
        }
        None => {
            let dir = options
                .out
                .clone()
                .unwrap_or_else(|| Run::free_name(Path::new("runs"), &config.env, &config.objective, config.seed));
            require_space(&dir, space(&config, &world))?;
            Run::create(&dir, &config.table())?
        }
    };
    let mut learner = SkillLearner::new(&config, &world, &device)?;
    let display = if visible { Display::stderr(&HEADLINE) } else { Display::hidden() };
    let mut watch = Watch { stop, display, probe: None };
    let dir = run.dir().to_path_buf();
    let report = match fit(&mut learner, &mut run, &schedule(&config), &mut watch)? {
        Outcome::Stopped => None,
        Outcome::Finished => Some(finish(&config, &world, &learner, &dir)?),
    };
    Ok(Trained { run: dir, report })
}

/// Evaluates the newest checkpoint of the run in `dir`; `sets` may change the settings under `evaluate`, device and threads.
///
/// # Errors
/// As [`train`].
pub fn evaluate_run(dir: &Path, sets: &[String]) -> Result<RunReport, EvalError> {
    let may_change = |set: &&String| !["evaluate.", "device", "threads"].iter().any(|key| set.trim().starts_with(key));
    if let Some(set) = sets.iter().find(may_change) {
        let expected = "expected a setting under `evaluate`, `device` or `threads`; the others belong to the training";
        return Err(TrainerError::Usage(format!("--set {set}: {expected}")).into());
    }
    let checkpoint = newest_checkpoint(dir)?;
    let (config, _) = RunConfig::resolve(Some(&dir.join("config.toml")), sets)?;
    let world = world(&config.env)?;
    let learner = restored(&config, &world, &device(&config.device)?, &checkpoint.learner())?;
    finish(&config, &world, &learner, dir)
}

/// Gathers the reports of finished runs into one, written to `out`.
///
/// # Errors
/// When a run has no report yet or a file cannot be read or written.
pub fn report_runs(runs: &[PathBuf], out: &Path) -> Result<AggregateReport, EvalError> {
    let read = |dir: &PathBuf| {
        let report = dir.join("report.json");
        if !report.exists() {
            let dir = dir.display();
            return Err(
                TrainerError::Usage(format!("run {dir} has no report.json; make one with `evaluate {dir}`")).into()
            );
        }
        FinishedRun::read(&report, &dir.join("metrics.jsonl"))
    };
    let runs = runs.iter().map(read).collect::<Result<Vec<_>, EvalError>>()?;
    let aggregate = AggregateReport::of(&runs)?;
    aggregate.write(out, &runs)?;
    Ok(aggregate)
}

fn schedule(config: &RunConfig) -> Schedule {
    Schedule {
        env_steps: config.env_steps,
        gradient_steps: 0,
        log_every: config.log_every,
        evaluate_every: config.evaluate_every,
        checkpoint_every: config.checkpoint_every,
        keep_checkpoints: config.keep_checkpoints,
    }
}

fn restored(config: &RunConfig, world: &World, device: &Device, dir: &Path) -> Result<SkillLearner, EvalError> {
    let mut learner = SkillLearner::new(config, world, device)?;
    learner.load(dir)?;
    Ok(learner)
}

fn finish(config: &RunConfig, world: &World, learner: &SkillLearner, dir: &Path) -> Result<RunReport, EvalError> {
    let metrics = dir.join("metrics.jsonl");
    let wall = |(_, record): &(_, Record)| record.get("time/wall_s");
    let wall_s = if metrics.exists() { read_metrics(&metrics)?.iter().rev().find_map(wall) } else { None };
    let training = Training {
        progress: learner.progress(),
        wall_s: wall_s.unwrap_or(0.0),
        queue: learner.queue_coverage()?,
        total: learner.total_coverage().len(),
    };
    evaluate(config, world, learner.policy(), training, dir)
}

/// Bytes that a run's checkpoints take at most, with one being written beside those kept.
fn space(config: &RunConfig, world: &World) -> u64 {
    let spec = world.spec();
    let (observation, action) = (spec.observation.len() as u64, spec.action.len() as u64);
    // Observation, action, task (at most a few numbers beside the others), reward and the links of a row.
    let row = 4 * (observation + action + 4) + 8;
    let rows = (config.collect.replay as u64).min(config.env_steps + config.env_steps / 100);
    let width = config.sac.width as u64;
    // Policy, two critics with targets, the objective's network; three numbers each with Adam's moments.
    let weights = 4 * 3 * 8 * width * (width + observation + action + 8);
    (rows * row + weights) * (config.keep_checkpoints as u64 + 1)
}

/// The exit code of an error: 2 for what the user has to change, 1 for what failed while running.
#[must_use]
pub fn exit_code(error: &EvalError) -> u8 {
    match error {
        EvalError::Trainer(error) | EvalError::Agents(AgentsError::Trainer(error)) => error.exit_code(),
        _ => 1,
    }
}
