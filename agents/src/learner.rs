//! The learner of skills: any intrinsic objective with any agent, collected with lanes.

use std::fs;
use std::path::Path;

use burn::tensor::Device;
use freeroam_envs::{Autoreset, CellCounter, Lanes, LanesConfig, StepBatch, World};
use freeroam_objectives::{Batch, Goals, Scalars};
use freeroam_replay::{Replay, Shape, Stream};
use freeroam_trainer::nn::tensor;
use freeroam_trainer::{Learner, Progress, Record, TrainerError};
use serde::{Deserialize, Serialize};

use crate::collect::Collector;
use crate::measured::measured;
use crate::update::{Streams, update};
use crate::{Act, AgentsError, Policy, PolicyLearner, Returns, RunConfig, Seen};

/// One epoch: every lane takes `collect.steps` steps, then `update.ratio` gradient steps per environment step follow.
pub struct SkillLearner {
    config: RunConfig,
    world: World,
    policy: Policy,
    lanes: Lanes,
    /// Current observations of the lanes.
    frames: StepBatch,
    replay: Replay,
    /// Reused host buffers of a sampled batch.
    sample: freeroam_replay::Batch,
    collector: Collector,
    streams: Streams,
    progress: Progress,
}

/// What a checkpoint holds besides networks, replay and lanes.
#[derive(Serialize, Deserialize)]
struct Saved {
    collector: Collector,
    streams: Streams,
    progress: Progress,
    frames: Vec<f32>,
}

impl SkillLearner {
    /// A fresh learner of `config` in `world` on the plain `device`.
    ///
    /// # Errors
    /// When the world cannot be made or the config does not fit it.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, AgentsError> {
        let policy = Policy::new(config, world, device)?;
        let mut lanes = Lanes::new(
            world,
            LanesConfig {
                lanes: config.collect.lanes,
                threads: config.threads(),
                seed: config.seed,
                horizon: config.collect.horizon,
                autoreset: Autoreset::SameStep,
                goals: None,
            },
        )?;
        let mut frames = lanes.batch();
        lanes.reset_into(&mut frames)?;
        let spec = lanes.spec().clone();
        let shape = Shape {
            observation: spec.observation.len(),
            action: spec.action.len(),
            task: policy.tasks().dim(),
            frame: 0,
        };
        let collector = Collector::new(&policy, &lanes, config.seed)?;
        Ok(Self {
            config: config.clone(),
            world: world.clone(),
            replay: Replay::new(shape, lanes.len(), config.collect.replay)?,
            sample: freeroam_replay::Batch::new(config.update.batch),
            policy,
            lanes,
            frames,
            collector,
            streams: Streams::new(config.seed, "replay samples"),
            progress: Progress::default(),
        })
    }

    /// Starts from the weights of the run that the settings name (`init`), if they name one; for a newly made learner.
    ///
    /// # Errors
    /// As [`Policy::initialise`].
    pub fn initialise(&mut self) -> Result<(), TrainerError> {
        match self.config.init.as_str() {
            "" => Ok(()),
            dir => self.policy.initialise(&self.config, &self.world, Path::new(dir)),
        }
    }

    /// The policy so far.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Cells visited in all of training.
    #[must_use]
    pub fn total_coverage(&self) -> &CellCounter {
        &self.collector.total
    }

    /// Distinct cells among the latest transitions (`evaluate.queue`).
    ///
    /// # Errors
    /// Never for a world's own bin.
    pub fn queue_coverage(&self) -> Result<usize, AgentsError> {
        let mut cells = CellCounter::new(self.lanes.spec().bin)?;
        for [x, y] in &self.collector.latest {
            cells.insert(f64::from(*x), f64::from(*y));
        }
        Ok(cells.len())
    }

    /// Steps that every lane takes in an epoch.
    fn epoch_steps(&self) -> u32 {
        match self.config.collect.steps {
            0 => self.lanes.horizon(),
            steps => steps,
        }
    }

    fn collect(&mut self) -> Result<(), AgentsError> {
        let act = if self.progress.gradient_steps == 0 { Act::Begin } else { Act::Explore };
        for _ in 0..self.epoch_steps() {
            let queue = self.config.evaluate.queue;
            self.collector.step((&self.policy, act), &mut self.lanes, &mut self.replay, &mut self.frames, queue)?;
            self.progress.env_steps += self.lanes.len() as u64;
        }
        Ok(())
    }

    /// Gradient steps that are due after the collection so far.
    fn due(&self) -> u64 {
        let trained_on = self.progress.env_steps.saturating_sub(self.config.collect.warmup);
        let target = (trained_on as f64 * self.config.update.ratio).floor() as u64;
        target.saturating_sub(self.progress.gradient_steps)
    }

    /// One gradient step.
    fn update(&mut self) -> Result<Scalars, AgentsError> {
        let Self { policy, streams, replay, sample, .. } = self;
        let metrics = update(policy, streams, &mut |policy, stream| batch(replay, policy, stream, sample))?;
        self.progress.gradient_steps += 1;
        Ok(metrics)
    }
}

/// Transitions from the replay, normalised, on the policy's device; `sample` are the reused buffers.
fn batch(
    replay: &Replay,
    policy: &Policy,
    stream: &mut Stream,
    sample: &mut freeroam_replay::Batch,
) -> Result<Batch, AgentsError> {
    let Returns { steps, discount, time_limit_is_terminal } = policy.agent.returns();
    replay.sample_returns(stream, steps, discount, sample)?;
    let goals = policy.objective.goals();
    if let Some(mixture) = goals {
        replay.draw_goals(mixture, stream, sample)?;
    }
    let rows = sample.size;
    let terminal = if time_limit_is_terminal { &sample.last } else { &sample.terminated };
    let column = |values: &Vec<f32>| tensor(values.clone(), rows, 1, &policy.device);
    Ok(Batch {
        observation: policy.normalized(&sample.observation),
        action: tensor(sample.action.clone(), rows, policy.action(), &policy.device),
        next_observation: policy.normalized(&sample.next_observation),
        task: policy.task_tensor(&sample.task, rows),
        reward: column(&sample.reward),
        discount: column(&sample.discount),
        terminal: column(terminal),
        goals: goals.map(|_| Goals {
            observation: policy.normalized(&sample.goal),
            reached: column(&sample.goal_steps.iter().map(|&steps| f32::from(u8::from(steps == 0))).collect()),
        }),
    })
}

impl PolicyLearner for SkillLearner {
    fn policy(&self) -> &Policy {
        self.policy()
    }

    fn initialise(&mut self) -> Result<(), TrainerError> {
        self.initialise()
    }

    fn total_cells(&self) -> usize {
        self.collector.total.len()
    }

    fn queue_cells(&self) -> Result<usize, AgentsError> {
        self.queue_coverage()
    }

    fn seen(&self, count: usize, stream: &mut Stream) -> Result<Option<Seen>, AgentsError> {
        if self.replay.is_empty() {
            return Ok(None);
        }
        let mut batch = freeroam_replay::Batch::new(count);
        self.replay.sample(stream, &mut batch)?;
        Ok(Some(Seen { observation: batch.observation, next_observation: batch.next_observation }))
    }
}

impl Learner for SkillLearner {
    fn step(&mut self) -> Result<Record, TrainerError> {
        self.collect()?;
        let mut scalars = Scalars::new();
        for _ in 0..self.due() {
            scalars = self.update()?;
        }
        // Reading a number waits for the device, so only the last gradient step of an epoch is read.
        let mut record = Record::default();
        for (key, value) in scalars {
            record.set(key, f64::from(value.into_scalar::<f32>()));
        }
        record.set("coverage/total", self.collector.total.len() as f64);
        record.set("collect/episodes", self.collector.episodes as f64);
        record.set("collect/diverged", self.lanes.diverged_total() as f64);
        self.progress.steps += 1;
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir)?;
        let io = |name: &str| {
            let path = dir.join(name);
            move |source| TrainerError::Io { path, source }
        };
        let mut file = std::io::BufWriter::new(fs::File::create(dir.join(REPLAY)).map_err(io(REPLAY))?);
        self.replay.save(&mut file).map_err(AgentsError::from)?;
        file.into_inner().map_err(|error| io(REPLAY)(error.into_error()))?;
        fs::write(dir.join(LANES), self.lanes.save()).map_err(io(LANES))?;
        let saved = Saved {
            collector: self.collector.clone(),
            streams: self.streams.clone(),
            progress: self.progress,
            frames: self.frames.observation.clone(),
        };
        let bytes = postcard::to_stdvec(&saved).expect("plain numbers serialise");
        fs::write(dir.join(STATE), bytes).map_err(io(STATE))
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        let bad = |name: &str, reason: String| TrainerError::Checkpoint { path: dir.join(name), reason };
        let read = |name: &str| fs::read(dir.join(name)).map_err(|error| bad(name, error.to_string()));
        self.policy.load(dir)?;
        let file = fs::File::open(dir.join(REPLAY)).map_err(|error| bad(REPLAY, error.to_string()))?;
        let replay =
            Replay::load(&mut std::io::BufReader::new(file)).map_err(|error| bad(REPLAY, error.to_string()))?;
        if (replay.shape(), replay.lanes()) != (self.replay.shape(), self.replay.lanes()) {
            return Err(bad(REPLAY, "it was written by a run of another shape".into()));
        }
        self.lanes.load(&read(LANES)?).map_err(|error| bad(LANES, error.to_string()))?;
        let saved: Saved = postcard::from_bytes(&read(STATE)?).map_err(|error| bad(STATE, error.to_string()))?;
        if saved.frames.len() != self.frames.observation.len() {
            return Err(bad(STATE, "it was written by a run of another shape".into()));
        }
        self.replay = replay;
        self.frames.observation = saved.frames;
        (self.collector, self.streams, self.progress) = (saved.collector, saved.streams, saved.progress);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        let parts = (&self.config, &self.world, &self.policy);
        let mut record = measured(parts, self.lanes.horizon(), self.progress.clock())?;
        record.set("evaluate/queue_coverage", self.queue_coverage()? as f64);
        record.set("evaluate/total_coverage", self.collector.total.len() as f64);
        Ok(record)
    }
}

/// The replay in the folder of a learner, a snapshot of [`Replay::save`].
pub const REPLAY: &str = "replay.bin";
const LANES: &str = "lanes.bin";
const STATE: &str = "state.bin";
