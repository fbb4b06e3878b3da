//! The learner of agents that learn from their own rollouts, with any objective that rewards what was just done.
//!
//! ```text
//!  Lanes ──steps in order──► Trace ──┬── batches ──► Objective::update
//!    ▲                               ├── all ──────► Objective::reward, Objective::settle
//!    └────────── actions ────────────┴── Experience ──► OnPolicy::learn
//! ```

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_envs::{CellCounter, World};
use freeroam_objectives::{Batch, Scalars, Steps};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{numbers, tensor};
use freeroam_trainer::{Learner, Progress, Record, TrainerError};

use crate::collection::{Collection, bad, read, write};
use crate::experience::{Experience, Trace, pick};
use crate::{Act, AgentsError, Policy, PolicyLearner, RunConfig, Seen, Sight};

/// One epoch: every lane takes `collect.steps` steps; the objective takes `update.ratio` gradient steps per environment step on
/// batches of them, then rewards them; the agent learns from them, and they are forgotten.
pub struct OnPolicyLearner {
    config: RunConfig,
    world: World,
    policy: Policy,
    collection: Collection,
    /// Gradient steps of the objective.
    objective_steps: u64,
    /// The transitions of the latest epoch, with the features by which they were acted.
    latest: Seen,
}

impl OnPolicyLearner {
    /// A fresh learner of `config` in `world` on the plain `device`.
    ///
    /// # Errors
    /// When the world cannot be made or the config does not fit it.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, AgentsError> {
        let policy = Policy::new(config, world, device)?;
        let collection = Collection::new(config, world, &policy)?;
        let (steps, horizon) = (collection.epoch_steps(config.collect.steps), collection.lanes.horizon());
        if policy.objective.is_ordered() && !steps.is_multiple_of(horizon) {
            let objective = &config.objective;
            return Err(TrainerError::Usage(format!(
                "`collect.steps` = {steps}: `{objective}` rewards whole episodes, expected a multiple of their {horizon} steps, or 0"
            ))
            .into());
        }
        Ok(Self {
            config: config.clone(),
            world: world.clone(),
            policy,
            collection,
            objective_steps: 0,
            latest: Seen::default(),
        })
    }

    /// Cells visited in all of training.
    #[must_use]
    pub fn total_coverage(&self) -> &CellCounter {
        &self.collection.collector.total
    }

    /// Steps all lanes through an epoch; with what was remembered of their episodes before it, `[lanes, memory]`.
    fn collect(&mut self) -> Result<(Trace, Vec<f32>), AgentsError> {
        let Self { config, policy, collection, .. } = self;
        let memory = collection.collector.memory.clone();
        let mut trace = Trace::default();
        collection.refresh(policy);
        for _ in 0..collection.epoch_steps(config.collect.steps) {
            if policy.trained_eyes().is_some() {
                trace.stacks.extend_from_slice(collection.stacks());
            }
            collection.step(policy, Act::Explore, &mut |step| {
                trace.push(step);
                Ok(())
            })?;
        }
        Ok((trace, memory))
    }

    /// The trace as tensors.
    fn batch(&self, trace: &Trace) -> Batch {
        let (policy, rows) = (&self.policy, trace.rows());
        let returns = policy.agent.returns();
        let column = |values| tensor(values, rows, 1, &policy.device);
        let ends = if returns.time_limit_is_terminal { &trace.ended } else { &trace.terminated };
        let terminal = ends.iter().zip(&trace.skip).map(|(end, skip)| f32::from(u8::from(*end && !skip))).collect();
        Batch {
            observation: policy.normalized(&trace.observation),
            action: tensor(trace.action.clone(), rows, policy.action(), &policy.device),
            next_observation: policy.normalized(&trace.next_observation),
            task: policy.task_tensor(&trace.task, rows),
            next_task: None,
            reward: column(trace.reward.clone()),
            discount: column(vec![returns.discount; rows]),
            terminal: column(terminal),
            goals: None,
        }
    }

    /// Gradient steps of the objective that are due, on batches of the trace; the metrics of the last.
    fn update_objective(&mut self, all: &Batch, trace: &Trace) -> Scalars {
        let due = self.collection.due(self.config.collect.warmup, self.config.update.ratio);
        let mut metrics = Scalars::new();
        // Steps that the physics lost lead nowhere.
        let own: Vec<usize> = (0..all.size()).filter(|&row| !trace.skip[row]).collect();
        let size = self.config.update.batch.min(own.len());
        while self.objective_steps < due && size > 0 {
            for _ in 0..self.policy.objective.updates() {
                let stream = self.collection.streams.sample();
                let chosen: Vec<usize> = (0..size).map(|_| own[stream.below(own.len())]).collect();
                let batch = self.policy.objective.relabel(rows(all, &chosen), stream);
                metrics = self.policy.objective.update(&batch, self.collection.streams.objective());
            }
            self.objective_steps += 1;
            self.collection.progress.gradient_steps += 1;
        }
        metrics
    }

    /// Rewards of all rows, by batches of rows drawn without return: rewards may depend on what else is in a batch.
    fn rewards(&mut self, all: &Batch) -> Vec<f32> {
        let mut order: Vec<usize> = (0..all.size()).collect();
        self.collection.streams.sample().shuffle(&mut order);
        let mut rewards = vec![0.0; all.size()];
        // Batches of about one size, since rewards among others depend on how many these are.
        let batches = all.size().div_ceil(self.config.update.batch).max(1);
        for chosen in order.chunks(all.size().div_ceil(batches).max(1)) {
            let found = numbers(self.policy.objective.reward(&rows(all, chosen)));
            chosen.iter().zip(found).for_each(|(&row, reward)| rewards[row] = reward);
        }
        rewards
    }

    /// What the agent learns from.
    fn experience(&self, trace: &Trace, memory: &[f32], batch: Batch, reward: Vec<f32>) -> Experience {
        let (policy, rows, lanes) = (&self.policy, trace.rows(), trace.lanes);
        let terminal = numbers(batch.terminal.clone());
        let goes_on = |row: &usize| trace.ended[*row] || row + lanes >= rows;
        let cuts: Vec<usize> =
            (0..rows).filter(goes_on).filter(|&row| terminal[row] == 0.0 && !trace.skip[row]).collect();
        let (dim, width) = (policy.tasks().dim(), policy.observation());
        let mut cut_task = Vec::with_capacity(cuts.len() * dim);
        for &row in &cuts {
            let at = cut_task.len();
            cut_task.extend_from_slice(&trace.task[row * dim..(row + 1) * dim]);
            policy.see(&mut cut_task[at..], &trace.next_observation[row * width..(row + 1) * width]);
        }
        Experience {
            batch,
            reward,
            lanes,
            ended: trace.ended.clone(),
            own: trace.skip.iter().map(|skip| !skip).collect(),
            memory: policy.memory_tensor(memory, lanes),
            cut_task: policy.task_tensor(&cut_task, cuts.len()),
            cuts,
        }
    }
}

/// Some rows of a batch.
fn rows(all: &Batch, chosen: &[usize]) -> Batch {
    let pick = |of: &Tensor<2>| pick(of, chosen);
    Batch {
        observation: pick(&all.observation),
        action: pick(&all.action),
        next_observation: pick(&all.next_observation),
        task: pick(&all.task),
        next_task: None,
        reward: pick(&all.reward),
        discount: pick(&all.discount),
        terminal: pick(&all.terminal),
        goals: None,
    }
}

impl PolicyLearner for OnPolicyLearner {
    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn initialise(&mut self) -> Result<(), TrainerError> {
        self.policy.initialise_from_settings(&self.config, &self.world)
    }

    fn total_cells(&self) -> usize {
        self.total_coverage().len()
    }

    fn queue_cells(&self) -> Result<usize, AgentsError> {
        self.collection.queue_cells()
    }

    /// Of the latest epoch.
    fn seen(&self, count: usize, stream: &mut Stream) -> Result<Option<Seen>, AgentsError> {
        let width = self.policy.observation();
        let rows = self.latest.observation.len() / width;
        if rows == 0 {
            return Ok(None);
        }
        let mut out = Seen::default();
        for _ in 0..count {
            let at = stream.below(rows) * width;
            out.observation.extend_from_slice(&self.latest.observation[at..at + width]);
            out.next_observation.extend_from_slice(&self.latest.next_observation[at..at + width]);
        }
        Ok(Some(out))
    }
}

impl Learner for OnPolicyLearner {
    fn step(&mut self) -> Result<Record, TrainerError> {
        let (trace, memory) = self.collect()?;
        let batch = self.batch(&trace);
        let mut scalars = self.update_objective(&batch, &trace);
        let mut reward = self.rewards(&batch);
        let mut steps = Steps { lanes: trace.lanes, task: &trace.task, ended: &trace.ended, reward: &mut reward };
        let settled = self.policy.objective.settle(&mut steps);
        let experience = self.experience(&trace, &memory, batch, reward);
        let Policy { agent, eyes, .. } = &mut self.policy;
        let mut sight =
            eyes.as_mut().filter(|eyes| eyes.are_trained()).map(|eyes| Sight { stacks: &trace.stacks, eyes });
        let learns = agent.on_policy().expect("the learner is chosen by the agent");
        let (metrics, taken) = learns.learn(&experience, sight.as_mut(), self.collection.streams.agent());
        scalars.extend(metrics);
        self.collection.progress.gradient_steps += taken;
        let mut record = Record::default();
        for (key, value) in scalars {
            record.set(key, f64::from(value.into_scalar::<f32>()));
        }
        for (key, value) in settled {
            record.set(key, value);
        }
        self.collection.report(&mut record);
        self.latest = Seen { observation: trace.observation, next_observation: trace.next_observation };
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.collection.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir)?;
        let latest = postcard::to_stdvec(&(self.objective_steps, &self.latest)).expect("plain numbers serialise");
        write(dir, LATEST, latest)?;
        self.collection.save(dir)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.load(dir)?;
        self.collection.load(dir)?;
        let latest = postcard::from_bytes(&read(dir, LATEST)?);
        (self.objective_steps, self.latest) = latest.map_err(|error| bad(dir, LATEST, error.to_string()))?;
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        self.collection.evaluate(&self.config, &self.world, &self.policy)
    }
}

const LATEST: &str = "latest.bin";
