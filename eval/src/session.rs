//! Whole runs: train, take up again, evaluate, report.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use freeroam_agents::represent::{Matcher, represents};
use freeroam_agents::{AgentsError, Policy, PolicyLearner, RunConfig, learner, learns_from_rollouts};
use freeroam_envs::{Stream, World};
use freeroam_objectives::ExtrinsicConfig;
use freeroam_trainer::{
    Layer, Outcome, Run, Schedule, Table, TrainerError, Watch, checkpoint_folders, device, fit, newest_checkpoint,
    require_space,
};

use crate::EvalError;
use crate::evaluation::{Training, evaluate, samples};
use crate::file_name::file_name;
use crate::report::{AggregateReport, FinishedRun, RepresentationReport, RunReport, wall_s};
use crate::representation;

/// Where a run's settings come from and where it goes.
#[derive(Clone, Debug, Default)]
pub struct TrainOptions {
    /// Settings over defaults and preset, or over those of the run that is taken up again; in order.
    pub layers: Vec<Layer>,
    /// Run folder; `runs/ENV-OBJECTIVE-SEED-N` when absent.
    pub out: Option<PathBuf>,
    /// Run folder to take up again instead of starting one.
    pub resume: Option<PathBuf>,
    /// Run folder whose policy a new run fine-tunes, with its agent, its world and the objective `extrinsic` where `layers` do
    /// not say otherwise.
    pub init: Option<PathBuf>,
}

impl TrainOptions {
    /// Whether nothing has been trained yet. A run that is taken up again before its first checkpoint starts from the weights of
    /// `init` once more.
    pub(crate) fn is_fresh(&self) -> Result<bool, TrainerError> {
        match &self.resume {
            Some(dir) => Ok(checkpoint_folders(dir)?.is_empty()),
            None => Ok(true),
        }
    }

    /// The run that is taken up again, or a new one of this world and objective for which `space` bytes are free.
    pub(crate) fn run(
        &self,
        settings: &Table,
        [env, objective]: [&str; 2],
        seed: u64,
        space: u64,
    ) -> Result<Run, TrainerError> {
        if let Some(dir) = &self.resume {
            let mut run = Run::open(dir)?;
            run.set_config(settings)?;
            return Ok(run);
        }
        let parent = Path::new("runs");
        require_space(self.out.as_deref().unwrap_or(parent), space)?;
        let dir = match &self.out {
            Some(dir) => dir.clone(),
            None => Run::free_folder(parent, &file_name(env), objective, seed)?,
        };
        Run::create(&dir, settings)
    }

    /// All layers of settings: those of the run that is taken up again or fine-tuned, then the given ones.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when there is no such run.
    pub fn layers(&self) -> Result<Vec<Layer>, EvalError> {
        let mut layers = Vec::new();
        if let Some(dir) = &self.resume {
            layers.push(Layer::File(dir.join("config.toml")));
        }
        if let Some(dir) = &self.init {
            layers.push(if represents(&self.layers) { start_from(dir) } else { fine_tuning(dir, &self.layers)? });
        }
        layers.extend_from_slice(&self.layers);
        Ok(layers)
    }
}

/// How a training session ended.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The run folder.
    pub run: PathBuf,
    /// The report; nothing where the session was stopped before its end.
    pub report: Option<Report>,
}

/// What a run has reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A run with a policy.
    Run(Box<RunReport>),
    /// A run that learned to represent.
    Representation(RepresentationReport),
}

impl Report {
    /// The report in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Run(report) => report.sentence(),
            Self::Representation(report) => report.sentence(),
        }
    }
}

/// Metrics that a person sees while a run goes on; for [`Display::stderr`](freeroam_trainer::Display::stderr).
pub const HEADLINE: [&str; 14] = [
    "evaluate/policy_coverage",
    "evaluate/return",
    "coverage/total",
    "sac/reward",
    "ddpg/reward",
    "iql/reward",
    "ppo/reward",
    "collect/rooms",
    "collect/controlled",
    "probe/perplexity",
    "probe/accuracy",
    "probe/f1",
    "probe/similarity",
    "probe/caption_of_frame",
];

/// Trains a run to its end and evaluates it, or until `watch` asks it to stop.
///
/// # Errors
/// [`EvalError::Trainer`] with [`TrainerError::Usage`] or [`TrainerError::Checkpoint`] for what the user has to change, other
/// errors for what failed on the way.
pub fn train(options: &TrainOptions, watch: &mut Watch<'_>) -> Result<Trained, EvalError> {
    if let Some(dir) = &options.resume {
        keeps_objective(dir, &options.layers)?;
    }
    let layers = options.layers()?;
    if represents(&layers) {
        return representation::train(options, &layers, watch);
    }
    let (config, _) = RunConfig::resolve(&layers)?;
    let world = config.world()?;
    let device = device(&config.device)?;
    // Before a folder is made: weights that do not fit are refused like settings.
    let mut learner = learner(&config, &world, &device)?;
    if options.is_fresh()? {
        learner.initialise()?;
    }
    let named = [config.env.as_str(), config.objective.as_str()];
    let mut run = options.run(&config.table(), named, config.seed, space(&config, &world, learner.policy()))?;
    let dir = run.dir().to_path_buf();
    let outcome = fit(&mut *learner, &mut run, &schedule(&config), watch)?;
    // Who asks for a stop during the last step does not wait for the evaluation either; a resume makes up for it.
    let report = match outcome {
        Outcome::Finished if !watch.stop.is_set() => {
            Some(finished(&config, &world, &*learner, None, [dir.as_path(); 2])?)
        }
        _ => None,
    };
    Ok(Trained { run: dir, report })
}

/// The settings with which a representation objective starts from the run in `dir`.
fn start_from(dir: &Path) -> Layer {
    let values = Table::from_iter([("init".to_owned(), dir.display().to_string().into())]);
    Layer::Values { origin: format!("--init {}", dir.display()), values }
}

/// The settings with which the policy of the run in `dir` is fine-tuned, below those `given`.
fn fine_tuning(dir: &Path, given: &[Layer]) -> Result<Layer, EvalError> {
    let (policy, config, _) = Policy::of_run(dir, None, Some("cpu"))?;
    let mut values = Table::new();
    let keep = ["env", "robot", "agent", "sac", "ddpg", "ppo", "iql", "encoder", "observation_scale"];
    values.extend(config.table().into_iter().filter(|(key, _)| keep.contains(&key.as_str())));
    values.insert("init".into(), dir.display().to_string().into());
    let objective = given.iter().rev().find_map(|layer| layer.text("objective"));
    if objective.is_none_or(|objective| objective == "extrinsic") {
        // What is tuned once more is still called by what it was pre-trained with.
        let name = config.pretrained().unwrap_or(&config.objective);
        let settings = ExtrinsicConfig::after(policy.objective.as_ref(), name);
        values.insert("objective".into(), "extrinsic".into());
        values.insert("extrinsic".into(), toml::Value::try_from(settings).expect("settings are plain values"));
    }
    Ok(Layer::Values { origin: format!("--init {}", dir.display()), values })
}

/// Refuses another objective for the run in `dir`: its settings have the table of the one that it has.
fn keeps_objective(dir: &Path, layers: &[Layer]) -> Result<(), TrainerError> {
    let settings = freeroam_trainer::run_config(dir)?;
    let has = settings.get("objective").and_then(toml::Value::as_str).unwrap_or_default();
    for layer in layers {
        let Some(other) = layer.text("objective").filter(|other| other != has) else { continue };
        let origin = layer
            .keys()
            .into_iter()
            .find(|(key, _)| key == "objective")
            .map_or_else(|| "config file".into(), |(_, origin)| origin);
        return Err(TrainerError::Usage(format!(
            "`objective` = \"{other}\" ({origin}): the objective of a run cannot change, {} has \"{has}\"",
            dir.display()
        )));
    }
    Ok(())
}

/// Evaluates the newest checkpoint of the run in `dir`: the report, and the folder that it went into. `layers` may change the
/// settings under `evaluate`, device and threads. In another world than the run's (`evaluate.env`) the folder is one of that name
/// in `dir`, otherwise `dir` itself. With the folder of a run on pairs (`words`), also with goals in words.
///
/// # Errors
/// As [`train`].
pub fn evaluate_run(dir: &Path, layers: &[Layer], words: Option<&Path>) -> Result<(Report, PathBuf), EvalError> {
    let layers = evaluation_layers(dir, layers)?;
    if represents(&layers) {
        return match words {
            None => Ok((Report::Representation(representation::evaluate_run(dir, &layers)?), dir.into())),
            Some(_) => Err(no_policy(dir).into()),
        };
    }
    let (config, world, learner) = opened(dir, &layers)?;
    let matcher = words.map(|words| Matcher::of_run(words, &device(&config.device)?)).transpose()?;
    let name = words.map(|words| words.display().to_string()).unwrap_or_default();
    let matched = matcher.as_ref().map(|matcher| (matcher, name.as_str()));
    let env = config.evaluate.env.clone();
    if env.is_empty() {
        return Ok((finished(&config, &world, &*learner, matched, [dir; 2])?, dir.into()));
    }
    let elsewhere = RunConfig { env, ..config };
    let unknown = |error| TrainerError::Usage(format!("`evaluate.env` = \"{}\": {error}", elsewhere.env));
    let held_out = elsewhere.world().map_err(unknown)?;
    acts_alike(&world, &held_out)?;
    let folder = dir.join(file_name(&elsewhere.env));
    Ok((finished(&elsewhere, &held_out, &*learner, matched, [dir, &folder])?, folder))
}

/// The error for words beside the run of a representation objective.
pub(crate) fn no_policy(dir: &Path) -> TrainerError {
    let reason = "it is a run of a representation objective, which has no policy to send to goals in words";
    TrainerError::Usage(format!("run {}: {reason}", dir.display()))
}

/// The run of some layers at its newest checkpoint.
pub(crate) fn opened(dir: &Path, layers: &[Layer]) -> Result<(RunConfig, World, Box<dyn PolicyLearner>), EvalError> {
    let checkpoint = newest_checkpoint(dir)?;
    let (config, _) = RunConfig::resolve(layers)?;
    let world = config.world()?;
    let learner = restored(&config, &world, &device(&config.device)?, &checkpoint.learner())?;
    Ok((config, world, learner))
}

/// The settings of the run in `dir` under `layers`, which change its evaluation alone.
pub(crate) fn evaluation_layers(dir: &Path, layers: &[Layer]) -> Result<Vec<Layer>, TrainerError> {
    let bound = |(key, _): &(String, String)| {
        !["evaluate", "device", "threads"].contains(&key.as_str()) && !key.starts_with("evaluate.")
    };
    if let Some((key, origin)) = layers.iter().flat_map(Layer::keys).find(bound) {
        let expected = "expected a setting under `evaluate`, `device` or `threads`; the others belong to the training";
        return Err(TrainerError::Usage(format!("`{key}` ({origin}): {expected}")));
    }
    Ok([&[Layer::File(dir.join("config.toml"))], layers].concat())
}

/// Refuses a world whose observations and actions have other names than those of the run's, or whose frames are others.
fn acts_alike(own: &World, other: &World) -> Result<(), TrainerError> {
    let names = |world: &World| {
        let seen = world.spec().observation.iter().map(|channel| channel.name.clone());
        seen.chain(world.spec().action.clone()).collect::<Vec<_>>()
    };
    let (id, own_id) = (&other.spec().id, &own.spec().id);
    let frames = |world: &World| world.spec().frames.map(|frames| (frames.shape(), frames.stack));
    let expected = if names(own) != names(other) {
        format!("expected a world with the observations and actions of {own_id}")
    } else if frames(own) != frames(other) {
        format!("expected a world with frames such as those of {own_id}, or without where that has none")
    } else {
        return Ok(());
    };
    Err(TrainerError::Usage(format!("`evaluate.env` = \"{id}\": {expected}")))
}

/// Gathers the reports of finished runs into one, written to `out`; with `experts`, returns also as shares of theirs.
///
/// # Errors
/// When a run has no report yet or a file cannot be read or written.
pub fn report_runs(runs: &[PathBuf], experts: &[PathBuf], out: &Path) -> Result<AggregateReport, EvalError> {
    let read = |dir: &PathBuf| {
        let report = dir.join("report.json");
        if !report.exists() {
            let dir = dir.display();
            return Err(
                TrainerError::Usage(format!("run {dir} has no report.json; make one with `evaluate {dir}`")).into()
            );
        }
        if represents(&[Layer::File(dir.join("config.toml"))]) {
            let dir = dir.display();
            return Err(TrainerError::Usage(format!(
                "run {dir} is one of a representation objective, expected runs with a policy; its own report is {dir}/report.html"
            ))
            .into());
        }
        FinishedRun::read(&report, &dir.join("metrics.jsonl"))
    };
    let read = |dirs: &[PathBuf]| dirs.iter().map(read).collect::<Result<Vec<_>, EvalError>>();
    let (runs, experts) = (read(runs)?, read(experts)?);
    let aggregate = AggregateReport::of(&runs, &experts)?;
    aggregate.write(out, &runs)?;
    Ok(aggregate)
}

fn schedule(config: &RunConfig) -> Schedule {
    let collects = config.data.is_empty();
    Schedule {
        env_steps: if collects { config.env_steps } else { 0 },
        gradient_steps: if collects { 0 } else { config.gradient_steps },
        log_every: config.log_every,
        evaluate_every: config.evaluate_every,
        checkpoint_every: config.checkpoint_every,
        keep_checkpoints: config.keep_checkpoints,
    }
}

fn restored(
    config: &RunConfig,
    world: &World,
    device: &Device,
    dir: &Path,
) -> Result<Box<dyn PolicyLearner>, EvalError> {
    let mut learner = learner(config, world, device)?;
    learner.load(dir)?;
    Ok(learner)
}

/// Evaluates the run in the folder `dir` and writes the report into `folder`, which is another one in another world than the run's.
fn finished(
    config: &RunConfig,
    world: &World,
    learner: &dyn PolicyLearner,
    words: Option<(&Matcher, &str)>,
    [dir, folder]: [&Path; 2],
) -> Result<Report, EvalError> {
    let own = dir == folder;
    let training = Training {
        progress: learner.progress(),
        wall_s: wall_s(&dir.join("metrics.jsonl"))?,
        queue: if own { Some(learner.queue_cells()?) } else { None },
        total: own.then(|| learner.total_cells()),
        seen: match samples(config) {
            0 => None,
            count => learner.seen(count, &mut Stream::new(config.seed, "evaluation states", 0))?,
        },
    };
    Ok(Report::Run(Box::new(evaluate(config, world, learner.policy(), training, words, folder)?)))
}

/// Bytes that a run's checkpoints take at most, with one being written beside those kept.
fn space(config: &RunConfig, world: &World, policy: &Policy) -> u64 {
    let spec = world.spec();
    let (observation, action) = (policy.observation() as u64, spec.action.len() as u64);
    // Observation, action, task (at most a few numbers beside the others), reward and the links of a row.
    let row = 4 * (observation + action + 4) + 8 + if config.encoder.trained { spec.frame_bytes() as u64 } else { 0 };
    let rows = (config.collect.replay as u64).min(config.env_steps + config.env_steps / 100);
    let rows = if config.data.is_empty() && !learns_from_rollouts(&config.agent) { rows } else { 0 };
    let width = config.agent_width() as u64;
    // Policy, two critics with targets, the objective's network; three numbers each with Adam's moments.
    let weights = 4 * 3 * 8 * width * (width + observation + action + 8);
    (rows * row + weights) * (config.keep_checkpoints as u64 + 1)
}

/// The exit code of an error: 2 for what the user has to change, 1 for what failed while running.
#[must_use]
pub fn exit_code(error: &EvalError) -> u8 {
    match error {
        EvalError::Trainer(error) | EvalError::Agents(AgentsError::Trainer(error)) => error.exit_code(),
        // Runs, experts or files that do not do for what was asked.
        EvalError::Empty { .. } | EvalError::Range { .. } | EvalError::Content { .. } => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod by_frames; // policies that act by frames

#[cfg(test)]
mod tests {
    use freeroam_replay::dataset::{Compression, ogbench};

    use super::*;

    #[test]
    fn a_stop_in_the_last_step_leaves_the_report_to_a_resume() {
        let root = tempfile::tempdir().expect("temporary folder");
        let dir = root.path().join("run");
        let sets = ["env=Point-v0", "env_steps=400", "collect.lanes=4", "sac.width=8", "metra.width=8", "threads=1"];
        let small = ["evaluate.rollouts=4", "evaluate.repeats=2", "evaluate.goals=2", "evaluate.resamples=10"];
        let layers = sets.into_iter().chain(small).map(|set| Layer::Set(set.into())).collect();
        let fresh = TrainOptions { layers, out: Some(dir.clone()), ..TrainOptions::default() };
        let mut watch = Watch::default();
        let stop = watch.stop.clone();
        watch.on_record = Some(Box::new(move |_, _| stop.set()));
        let trained = train(&fresh, &mut watch).expect("trains");
        assert!(trained.report.is_none() && !dir.join("report.json").exists());
        let again = TrainOptions { resume: Some(dir), ..TrainOptions::default() };
        let report = train(&again, &mut Watch::default()).expect("evaluates").report.expect("is finished");
        assert!(matches!(report, Report::Run(report) if report.env_steps == 400));
    }

    #[test]
    fn a_run_on_a_data_set_is_taken_up_again_and_ends_with_tasks_and_rewards() {
        let root = tempfile::tempdir().expect("temporary folder");
        let (data, dir) = (root.path().join("data.npz"), root.path().join("run"));
        let made = ["env=PointMaze-UMaze-v0", "episodes=4", "steps=100", "validation=0", "threads=1"];
        let made: Vec<Layer> = made.map(|set| Layer::Set(set.into())).into();
        let (settings, world) = crate::dataset::DatasetConfig::resolve(&made).expect("valid settings");
        let [training, _] = crate::dataset::generate(&settings, &world).expect("is made");
        ogbench::write(&training, &data, Compression::Stored).expect("writes");
        let sets = ["env=PointMaze-UMaze-v0", "objective=hilp", "gradient_steps=200", "checkpoint_every=100"];
        let small = ["hilp.width=8", "iql.width=8", "update.batch=16", "threads=1", "collect.horizon=20"];
        let evaluated = ["evaluate.rollouts=4", "evaluate.repeats=2", "evaluate.goals=2", "evaluate.resamples=10"];
        let more = ["evaluate.episodes=1", "evaluate.midpoints=2", "evaluate.midpoint_states=50"];
        let sets = sets.into_iter().chain(small).chain(evaluated).chain(more).map(str::to_owned);
        let layers = sets.chain([format!("data={}", data.display())]).map(Layer::Set).collect();
        let fresh = TrainOptions { layers, out: Some(dir.clone()), ..TrainOptions::default() };
        let mut watch = Watch::default();
        let stop = watch.stop.clone();
        watch.on_step = Some(Box::new(move || stop.set()));
        assert!(train(&fresh, &mut watch).expect("trains").report.is_none());
        let again = TrainOptions { resume: Some(dir.clone()), ..TrainOptions::default() };
        let report = train(&again, &mut Watch::default()).expect("evaluates").report;
        let Some(Report::Run(report)) = report else { panic!("is a finished run with a policy") };
        assert_eq!((report.env_steps, report.gradient_steps), (0, 200));
        let tasks = report.tasks.as_ref().expect("the maze has tasks");
        assert!(tasks.each.len() == 5 && tasks.by_midpoints.is_some(), "{tasks:?}");
        assert_eq!(report.prompts.len(), 3);
        assert!(report.prompts.iter().any(|prompt| prompt.by_midpoints.is_some()), "{:?}", report.prompts);
        assert!(report.coverage.total.is_some_and(|cells| cells.value > 10.0), "cells of the data");
        let text = std::fs::read_to_string(dir.join("report.md")).expect("is written");
        assert!(text.contains("Trained on the data set") && text.contains("reward `corner`"), "{text}");
        assert!(text.contains("Rewards by way of midpoints"), "{text}");
        assert!(text.contains("Distinct cells visited against gradient steps."), "{text}");
        let (Report::Run(again), _) = evaluate_run(&dir, &[], None).expect("evaluates") else { panic!("has a policy") };
        assert_eq!(again, report, "a second evaluation says the same");
    }

    #[test]
    fn a_policy_of_rooms_is_measured_in_rooms_of_another_kind() {
        let root = tempfile::tempdir().expect("temporary folder");
        let dir = root.path().join("run");
        let sets = ["env=Rooms-Noisy-v0", "objective=adversarial", "env_steps=512", "collect.lanes=2", "threads=1"];
        let small = ["ppo.width=8", "evaluate.rollouts=4", "evaluate.repeats=2", "evaluate.resamples=10"];
        let layers = sets.into_iter().chain(small).map(|set| Layer::Set(set.into())).collect();
        let fresh = TrainOptions { layers, out: Some(dir.clone()), ..TrainOptions::default() };
        let report = train(&fresh, &mut Watch::default()).expect("trains").report.expect("is finished");
        let Report::Run(report) = report else { panic!("has a policy") };
        assert_eq!(report.gauges.first().map(|gauge| gauge.name.as_str()), Some("rooms"));
        assert!(report.gauges[0].policy.value >= 1.0 && report.goals.is_none());
        let elsewhere = |env: &str| evaluate_run(&dir, &[Layer::Set(format!("evaluate.env={env}"))], None);
        let (held_out, folder) = elsewhere("Rooms-Balls-v0").expect("evaluates");
        let Report::Run(held_out) = held_out else { panic!("has a policy") };
        assert_eq!((held_out.env.as_str(), report.env.as_str()), ("Rooms-Balls-v0", "Rooms-Noisy-v0"));
        assert_eq!(folder, dir.join("Rooms-Balls-v0"));
        assert!(folder.join("report.md").exists() && held_out.gauges[0].policy.value >= 1.0);
        assert_eq!((held_out.time, held_out.coverage.queue, held_out.coverage.total), (report.time, None, None));
        let gathered = report_runs(&[folder], &[], &root.path().join("gathered")).expect("without curves");
        assert!(!gathered.groups[0].measures.contains_key("coverage.total"));
        let unknown = elsewhere("Rooms-Bals-v0").expect_err("is no world");
        assert!(exit_code(&unknown) == 2 && unknown.to_string().contains("`evaluate.env` = \"Rooms-Bals-v0\""));
        let refused = elsewhere("Point-v0").expect_err("is another body").to_string();
        assert!(refused.contains("the observations and actions of Rooms-Noisy-v0"), "{refused}");
    }
}
