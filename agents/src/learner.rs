//! The learner of skills: any intrinsic objective with any agent, collected with lanes.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_envs::{CellCounter, World};
use freeroam_objectives::{Batch, Goals, Scalars};
use freeroam_replay::{Replay, Shape, Stream, Transitions};
use freeroam_trainer::nn::tensor;
use freeroam_trainer::{Learner, Progress, Record, TrainerError};

use crate::collection::{Collection, bad};
use crate::pixels::observations;
use crate::update::{Drawn, update};
use crate::{Act, AgentsError, Eyes, Policy, PolicyLearner, Returns, RunConfig, Seen};

/// One epoch: every lane takes `collect.steps` steps, then `update.ratio` gradient steps per environment step follow.
pub struct SkillLearner {
    config: RunConfig,
    world: World,
    policy: Policy,
    collection: Collection,
    replay: Replay,
    /// Reused host buffers of a sampled batch.
    sample: freeroam_replay::Batch,
}

impl SkillLearner {
    /// A fresh learner of `config` in `world` on the plain `device`.
    ///
    /// # Errors
    /// When the world cannot be made or the config does not fit it.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, AgentsError> {
        let policy = Policy::new(config, world, device)?;
        // Features that change with what makes them are made anew from frames; others are kept.
        let (observation, frame) = match policy.trained_eyes() {
            Some(eyes) => (world.spec().observation.len(), eyes.bytes()),
            None => (policy.observation(), 0),
        };
        let shape = Shape { observation, action: policy.action(), task: policy.tasks().dim(), frame };
        let stack = policy.eyes().map_or(1, Eyes::stack);
        Ok(Self {
            config: config.clone(),
            world: world.clone(),
            replay: Replay::new(shape, config.collect.lanes, config.collect.replay)?,
            sample: freeroam_replay::Batch::with_stacks(config.update.batch, stack),
            collection: Collection::new(config, world, &policy)?,
            policy,
        })
    }

    /// Starts from the weights of the run that the settings name (`init`), if they name one; for a newly made learner.
    ///
    /// # Errors
    /// As [`Policy::initialise`].
    pub fn initialise(&mut self) -> Result<(), TrainerError> {
        self.policy.initialise_from_settings(&self.config, &self.world)
    }

    /// The policy so far.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Cells visited in all of training.
    #[must_use]
    pub fn total_coverage(&self) -> &CellCounter {
        &self.collection.collector.total
    }

    /// Distinct cells among the latest transitions (`evaluate.queue`).
    ///
    /// # Errors
    /// Never for a world's own bin.
    pub fn queue_coverage(&self) -> Result<usize, AgentsError> {
        self.collection.queue_cells()
    }

    fn collect(&mut self) -> Result<(), AgentsError> {
        let Self { config, policy, collection, replay, .. } = self;
        collection.refresh(policy);
        let act = if collection.progress.gradient_steps == 0 { Act::Begin } else { Act::Explore };
        let shape = replay.shape();
        for _ in 0..collection.epoch_steps(config.collect.steps) {
            collection.step(policy, act, &mut |step| {
                if shape.frame == 0 {
                    return replay.push(step);
                }
                let [observation, next_observation] = [step.observation, step.next_observation]
                    .map(|rows| observations(rows, step.reward.len(), shape.observation));
                replay.push(&Transitions { observation: &observation, next_observation: &next_observation, ..*step })
            })?;
        }
        Ok(())
    }

    /// One gradient step.
    fn update(&mut self) -> Result<Scalars, AgentsError> {
        let Self { policy, collection, replay, sample, .. } = self;
        let draw = &mut |policy: &Policy, stream: &mut Stream| batch(replay, policy, stream, sample);
        let metrics = update(policy, &mut collection.streams, draw)?;
        collection.progress.gradient_steps += 1;
        Ok(metrics)
    }
}

/// Transitions from the replay, normalised, on the policy's device; `sample` are the reused buffers.
fn batch(
    replay: &Replay,
    policy: &Policy,
    stream: &mut Stream,
    sample: &mut freeroam_replay::Batch,
) -> Result<Drawn, AgentsError> {
    let Returns { steps, discount, time_limit_is_terminal } = policy.agent.returns();
    replay.sample_returns(stream, steps, discount, sample)?;
    let goals = policy.objective.goals();
    if let Some(mixture) = goals {
        replay.draw_goals(mixture, stream, sample)?;
    }
    let rows = sample.size;
    let terminal = if time_limit_is_terminal { &sample.last } else { &sample.terminated };
    let column = |values: &Vec<f32>| tensor(values.clone(), rows, 1, &policy.device);
    let shown = match policy.trained_eyes() {
        Some(eyes) => Shown::of_frames(eyes, sample, stream),
        None => Shown::of_rows(policy, sample),
    };
    let batch = Batch {
        observation: shown.observation,
        action: tensor(sample.action.clone(), rows, policy.action(), &policy.device),
        next_observation: shown.next_observation,
        task: policy.task_tensor(&sample.task, rows),
        next_task: policy.next_tasks(&sample.task, &sample.next_observation),
        reward: column(&sample.reward),
        discount: column(&sample.discount),
        terminal: column(terminal),
        goals: shown.goal.map(|observation| Goals {
            observation,
            reached: column(&sample.goal_steps.iter().map(|&steps| f32::from(u8::from(steps == 0))).collect()),
        }),
    };
    Ok(Drawn { batch, glance: shown.glance })
}

/// What networks see of a batch.
struct Shown {
    observation: Tensor<2>,
    next_observation: Tensor<2>,
    /// Where goals were drawn.
    goal: Option<Tensor<2>>,
    /// The observation, tracked, where the agent trains what sees it.
    glance: Option<Tensor<2>>,
}

impl Shown {
    fn of_rows(policy: &Policy, sample: &freeroam_replay::Batch) -> Self {
        Self {
            observation: policy.normalized(&sample.observation),
            next_observation: policy.normalized(&sample.next_observation),
            goal: (!sample.goal.is_empty()).then(|| policy.normalized(&sample.goal)),
            glance: None,
        }
    }

    /// The frames of both observations are shifted by chance, each stack by itself.
    fn of_frames(eyes: &Eyes, sample: &freeroam_replay::Batch, stream: &mut Stream) -> Self {
        let mut stacks = [sample.stacks(), sample.next_stacks()];
        stacks.iter_mut().for_each(|stacks| eyes.shift(stacks, stream));
        let glance = eyes.tracked(&stacks[0]);
        Self {
            observation: glance.clone().inner(),
            next_observation: eyes.seen(&stacks[1]),
            goal: (!sample.goal_frames.is_empty()).then(|| eyes.seen(&sample.goal_frames)),
            glance: Some(glance),
        }
    }
}

impl PolicyLearner for SkillLearner {
    fn policy(&self) -> &Policy {
        self.policy()
    }

    fn initialise(&mut self) -> Result<(), TrainerError> {
        self.initialise()
    }

    fn total_cells(&self) -> usize {
        self.total_coverage().len()
    }

    fn queue_cells(&self) -> Result<usize, AgentsError> {
        self.queue_coverage()
    }

    fn seen(&self, count: usize, stream: &mut Stream) -> Result<Option<Seen>, AgentsError> {
        if self.replay.is_empty() {
            return Ok(None);
        }
        let mut seen = Seen::default();
        let Some(eyes) = self.policy.trained_eyes() else {
            let mut batch = freeroam_replay::Batch::new(count);
            self.replay.sample(stream, &mut batch)?;
            (seen.observation, seen.next_observation) = (batch.observation, batch.next_observation);
            return Ok(Some(seen));
        };
        // Frames take much more room than what is made of them.
        for first in (0..count).step_by(FRAMES) {
            let mut batch = freeroam_replay::Batch::with_stacks(FRAMES.min(count - first), eyes.stack());
            self.replay.sample(stream, &mut batch)?;
            seen.observation.extend(rows(eyes, &batch.observation, &batch.stacks()));
            seen.next_observation.extend(rows(eyes, &batch.next_observation, &batch.next_stacks()));
        }
        Ok(Some(seen))
    }
}

/// Transitions whose frames are drawn at once for evaluation.
const FRAMES: usize = 256;

/// Rows of observations and their stacks of frames.
fn rows(eyes: &Eyes, observations: &[f32], stacks: &[u8]) -> Vec<f32> {
    let features = eyes.features(stacks);
    let rows = stacks.len() / (eyes.stack() * eyes.bytes());
    let pairs = observations.chunks_exact(observations.len() / rows).zip(features.chunks_exact(features.len() / rows));
    pairs.flat_map(|(observation, features)| [observation, features].concat()).collect()
}

impl Learner for SkillLearner {
    fn step(&mut self) -> Result<Record, TrainerError> {
        self.collect()?;
        let (collect, ratio) = (&self.config.collect, self.config.update.ratio);
        let due = self.collection.due(collect.warmup, ratio);
        let mut scalars = Scalars::new();
        while self.collection.progress.gradient_steps < due {
            scalars = self.update()?;
        }
        // Reading a number waits for the device, so only the last gradient step of an epoch is read.
        let mut record = Record::default();
        for (key, value) in scalars {
            record.set(key, f64::from(value.into_scalar::<f32>()));
        }
        self.collection.report(&mut record);
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.collection.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir)?;
        let io = |source| TrainerError::Io { path: dir.join(REPLAY), source };
        let mut file = std::io::BufWriter::new(fs::File::create(dir.join(REPLAY)).map_err(io)?);
        self.replay.save(&mut file).map_err(AgentsError::from)?;
        file.into_inner().map_err(|error| io(error.into_error()))?;
        self.collection.save(dir)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.load(dir)?;
        let file = fs::File::open(dir.join(REPLAY)).map_err(|error| bad(dir, REPLAY, error.to_string()))?;
        let replay =
            Replay::load(&mut std::io::BufReader::new(file)).map_err(|error| bad(dir, REPLAY, error.to_string()))?;
        if (replay.shape(), replay.lanes()) != (self.replay.shape(), self.replay.lanes()) {
            return Err(bad(dir, REPLAY, "it was written by a run of another shape".into()));
        }
        self.collection.load(dir)?;
        self.replay = replay;
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        self.collection.evaluate(&self.config, &self.world, &self.policy)
    }
}

/// The replay in the folder of a learner, a snapshot of [`Replay::save`].
pub const REPLAY: &str = "replay.bin";

#[cfg(test)]
mod tests {
    use freeroam_trainer::Layer;
    use freeroam_trainer::nn::numbers;

    use super::*;

    /// Values at `s'` are those under the record that has taken `s'` in.
    #[test]
    fn records_go_on_with_the_step() {
        let sets =
            ["env=Point-v0", "objective=smirl", "agent=sac", "collect.horizon=8", "collect.lanes=2", "threads=1"];
        let layers = sets.map(|set| Layer::Set(set.into()));
        let (config, _) = RunConfig::resolve(&layers).expect("valid settings");
        let world = config.world().expect("is registered");
        let mut learner = SkillLearner::new(&config, &world, &Device::flex()).expect("fits");
        learner.collect().expect("collects");
        let SkillLearner { policy, replay, sample, .. } = &mut learner;
        let batch = batch(replay, policy, &mut Stream::new(0, "samples", 0), sample).expect("has transitions").batch;
        let mut expected = numbers(batch.task.clone());
        policy.see(&mut expected, &sample.next_observation);
        let [before, after] = [batch.task.clone(), batch.next_task.clone().expect("is a record")].map(numbers);
        assert!(after == expected && after != before);
        assert_eq!(batch.next_input().dims()[1], batch.next_observation.dims()[1] + batch.task.dims()[1]);
    }
}
