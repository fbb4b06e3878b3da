//! The learner of data sets: any intrinsic objective with any agent of single steps, without a world.
//!
//! ```text
//!  npz ──► GoalSampler ──Batch, tasks and goals drawn anew──► Objective ──reward──► Agent::update
//! ```
//!
//! Observations and actions are those of the world, which is there for the scales and for evaluation. The data stays where it
//! is: a checkpoint holds its checksum.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use freeroam_envs::{CellCounter, Lanes, LanesConfig, World};
use freeroam_objectives::{Batch, Goals, ObjectiveConfig, Scalars};
use freeroam_replay::Stream;
use freeroam_replay::dataset::{Dataset, GoalBatch, GoalMixture, GoalSampler, TASKS, ogbench};
use freeroam_trainer::nn::tensor;
use freeroam_trainer::{Learner, Progress, Record, TrainerError};
use serde::{Deserialize, Serialize};

use crate::agent::{Returns, learns_from_rollouts};
use crate::fingerprint::fingerprint;
use crate::measured::measured;
use crate::update::{Drawn, Streams, update};
use crate::{AgentsError, Policy, PolicyLearner, RunConfig, Seen};

/// One epoch: [`OfflineLearner::EPOCH`] gradient steps.
pub struct OfflineLearner {
    config: RunConfig,
    world: World,
    policy: Policy,
    sampler: GoalSampler,
    /// Reused host buffers of a sampled batch.
    sample: GoalBatch,
    checksum: u64,
    /// Steps of an episode of evaluation.
    horizon: u32,
    /// Distinct cells of all states, and of the latest (`evaluate.queue`).
    cells: [usize; 2],
    streams: Streams,
    progress: Progress,
}

/// What a checkpoint holds besides networks.
#[derive(Serialize, Deserialize)]
struct Saved {
    streams: Streams,
    progress: Progress,
    checksum: u64,
}

impl OfflineLearner {
    /// Gradient steps of an epoch.
    pub const EPOCH: u64 = 100;

    /// A fresh learner of `config` on the plain `device`; the data set is that of the settings, and its observations and
    /// actions are those of `world`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the data set cannot be read or does not fit the world or the settings.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, AgentsError> {
        let policy = Policy::new(config, world, device)?;
        if learns_from_rollouts(&config.agent) {
            let agent = &config.agent;
            let reason =
                format!("the agent `{agent}` learns from its own rollouts, expected one that learns from batches");
            return Err(refused(config, &reason).into());
        }
        if policy.eyes().is_some() {
            let plain = config.env.replace("-Pixels", "");
            let reason =
                format!("it has no frames of `{}`, expected the same world without frames, `{plain}`", config.env);
            return Err(refused(config, &reason).into());
        }
        let dataset = read(config, world, &policy)?;
        let spec = world.spec();
        let mut cells = [0, 0];
        if !spec.position.is_empty() {
            let rows = dataset.columns().observations.values.chunks_exact(spec.observation.len());
            for (count, latest) in cells.iter_mut().zip([usize::MAX, config.evaluate.queue]) {
                let mut counter = CellCounter::new(spec.bin)?;
                for row in rows.clone().rev().take(latest) {
                    let [x, y] = spec.place(row);
                    counter.insert(x, y);
                }
                *count = counter.len();
            }
        }
        let checksum = checksum(&dataset);
        let lanes = Lanes::new(world, LanesConfig { horizon: config.collect.horizon, ..LanesConfig::default() })?;
        Ok(Self {
            config: config.clone(),
            world: world.clone(),
            policy,
            sampler: GoalSampler::new(dataset).map_err(|error| refused(config, &error))?,
            sample: GoalBatch::new(config.update.batch),
            checksum,
            horizon: lanes.horizon(),
            cells,
            streams: Streams::new(config.seed, "data samples"),
            progress: Progress::default(),
        })
    }

    /// One gradient step.
    fn update(&mut self) -> Result<Scalars, AgentsError> {
        let Self { policy, streams, sampler, sample, .. } = self;
        let metrics = update(policy, streams, &mut |policy, stream| batch(sampler, policy, stream, sample))?;
        self.progress.gradient_steps += 1;
        Ok(metrics)
    }
}

/// Transitions of the data, normalised, on the policy's device; `sample` are the reused buffers.
fn batch(
    sampler: &GoalSampler,
    policy: &Policy,
    stream: &mut Stream,
    sample: &mut GoalBatch,
) -> Result<Drawn, AgentsError> {
    let goals = policy.objective.goals();
    let mixture = goals.unwrap_or(GoalMixture::EXPLORE);
    sampler.sample(mixture, GoalMixture::EXPLORE, stream, sample)?;
    let rows = sample.size;
    let columns = sampler.dataset().columns();
    let of_rows = |value: &dyn Fn(usize) -> f32| sample.rows.iter().map(|&row| value(row as usize)).collect();
    let column = |values: Vec<f32>| tensor(values, rows, 1, &policy.device);
    let dim = policy.tasks().dim();
    let task = match columns.extras.get(TASKS).filter(|tasks| tasks.width == dim) {
        Some(tasks) => {
            let row = |&row: &u32| tasks.values[row as usize * dim..][..dim].to_vec();
            sample.rows.iter().flat_map(row).collect()
        }
        // Of objectives that have no tasks, or give them to transitions themselves.
        None => vec![0.0; rows * dim],
    };
    let Returns { discount, time_limit_is_terminal, .. } = policy.agent.returns();
    let is_terminal = |row: usize| columns.terminated[row] || time_limit_is_terminal && columns.truncated[row];
    let batch = Batch {
        observation: policy.normalized(&sample.observation),
        action: tensor(sample.action.clone(), rows, columns.actions.width, &policy.device),
        next_observation: policy.normalized(&sample.next_observation),
        task: policy.task_tensor(&task, rows),
        next_task: policy.next_tasks(&task, &sample.next_observation),
        reward: column(of_rows(&|row| columns.rewards.as_ref().map_or(0.0, |rewards| rewards[row]))),
        discount: column(vec![discount; rows]),
        terminal: column(of_rows(&|row| f32::from(u8::from(is_terminal(row))))),
        goals: goals.map(|_| Goals {
            observation: policy.normalized(&sample.value.observation),
            reached: column(sample.success.clone()),
        }),
    };
    Ok(Drawn { batch, glance: None })
}

/// The data set of the settings, whose shapes are those of `world`.
fn read(config: &RunConfig, world: &World, policy: &Policy) -> Result<Dataset, TrainerError> {
    let path = file(Path::new(&config.data));
    let dataset = ogbench::read(&path).map_err(|error| refused(config, &error))?;
    let (spec, columns) = (world.spec(), dataset.columns());
    let steps = policy.agent.returns().steps;
    if steps > 1 {
        let agent = &config.agent;
        return Err(refused(config, &format!("the agent `{agent}` learns from windows of {steps} steps, expected 1")));
    }
    if matches!(config.objective_config, ObjectiveConfig::Extrinsic(_)) && columns.rewards.is_none() {
        return Err(refused(config, &format!("it has no rewards, which `{}` learns from", config.objective)));
    }
    let world = format!("those of {}", spec.id);
    let mut fits = vec![
        ("observations", columns.observations.width, spec.observation.len(), world.clone()),
        ("actions", columns.actions.width, spec.action.len(), world),
    ];
    if !policy.objective.relabels() {
        let tasks = columns.extras.get(TASKS).map_or(0, |tasks| tasks.width);
        let expected = policy.tasks().dim();
        // What has no tasks does not look at those of the data.
        if expected > 0 {
            fits.push(("tasks", tasks, expected, format!("those of the objective `{}`", config.objective)));
        }
    }
    match fits.into_iter().find(|(_, got, expected, _)| got != expected) {
        Some((what, got, expected, whose)) => {
            Err(refused(config, &format!("its {what} have {got} numbers, expected {expected}, {whose}")))
        }
        None => Ok(dataset),
    }
}

/// The npz that a path means: in a folder of `dataset`, the one that is not for validation.
fn file(path: &Path) -> PathBuf {
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let of_training = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".npz") && !name.ends_with("-val.npz")
    };
    entries.filter(of_training).min().unwrap_or_else(|| path.to_path_buf())
}

fn refused(config: &RunConfig, reason: &impl std::fmt::Display) -> TrainerError {
    TrainerError::Usage(format!("`data` = {}: {reason}", config.data))
}

/// A number that differs between data sets, over all that may be learned from.
fn checksum(dataset: &Dataset) -> u64 {
    let columns = dataset.columns();
    let tasks = columns.extras.get(TASKS).map(|tasks| &tasks.values);
    let numbers = [Some(&columns.observations.values), Some(&columns.actions.values), columns.rewards.as_ref(), tasks];
    let numbers = numbers.into_iter().flatten().flatten().map(|x| u64::from(x.to_bits()));
    let flags = columns.terminated.iter().zip(&columns.truncated).map(|(a, b)| u64::from(*a) | u64::from(*b) << 1);
    fingerprint(numbers.chain(flags).chain(columns.starts.iter().map(|&start| start as u64)))
}

impl PolicyLearner for OfflineLearner {
    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn initialise(&mut self) -> Result<(), TrainerError> {
        self.policy.initialise_from_settings(&self.config, &self.world)
    }

    fn total_cells(&self) -> usize {
        self.cells[0]
    }

    fn queue_cells(&self) -> Result<usize, AgentsError> {
        Ok(self.cells[1])
    }

    fn seen(&self, count: usize, stream: &mut Stream) -> Result<Option<Seen>, AgentsError> {
        let mut batch = GoalBatch::new(count);
        self.sampler.sample(GoalMixture::EXPLORE, GoalMixture::EXPLORE, stream, &mut batch)?;
        Ok(Some(Seen { observation: batch.observation, next_observation: batch.next_observation }))
    }
}

impl Learner for OfflineLearner {
    fn step(&mut self) -> Result<Record, TrainerError> {
        let due = Self::EPOCH.min(self.config.gradient_steps.saturating_sub(self.progress.gradient_steps)).max(1);
        let mut scalars = Scalars::new();
        for _ in 0..due {
            scalars = self.update()?;
        }
        // Reading a number waits for the device, so only the last gradient step of an epoch is read.
        let mut record = Record::default();
        for (key, value) in scalars {
            record.set(key, f64::from(value.into_scalar::<f32>()));
        }
        self.progress.steps += 1;
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir)?;
        let saved = Saved { streams: self.streams.clone(), progress: self.progress, checksum: self.checksum };
        let bytes = postcard::to_stdvec(&saved).expect("plain numbers serialise");
        let path = dir.join(STATE);
        fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        let bad = |reason: String| TrainerError::Checkpoint { path: dir.join(STATE), reason };
        self.policy.load(dir)?;
        let bytes = fs::read(dir.join(STATE)).map_err(|error| bad(error.to_string()))?;
        let saved: Saved = postcard::from_bytes(&bytes).map_err(|error| bad(error.to_string()))?;
        if saved.checksum != self.checksum {
            let data = &self.config.data;
            return Err(bad(format!("it was learned from other data than `data` = {data} holds now")));
        }
        (self.streams, self.progress) = (saved.streams, saved.progress);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        Ok(measured((&self.config, &self.world, &self.policy), self.horizon, self.progress.clock())?)
    }
}

const STATE: &str = "state.bin";
