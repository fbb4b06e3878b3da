//! What a run exports: actions for observations and tasks, and the geometry of its latent space.

use burn::tensor::{Device, Tensor};
use freeroam_envs::{Spec, World};
use freeroam_objectives::{Objective, TaskLaw, objective};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{numbers, tensor};

use crate::agent::{Sizes, agent};
use crate::{Act, Agent, Normalizer, RunConfig};

/// An agent with its objective, in SI units and host memory.
pub struct Policy {
    /// What acts.
    pub agent: Box<dyn Agent>,
    /// What gives tasks and distances.
    pub objective: Box<dyn Objective>,
    normalizer: Normalizer,
    observation: usize,
    device: Device,
}

impl Policy {
    /// A fresh, untrained policy of `config` in `world`, on the plain `device`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the config names an unknown agent.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, TrainerError> {
        let spec: &Spec = world.spec();
        let observation = spec.observation.len();
        let mut weights = Stream::new(config.seed, "objective weights", 0);
        let objective = objective(&config.objective_config, observation, &mut weights, device);
        let sizes = Sizes { observation, task: objective.tasks().dim(), action: spec.action.len() };
        let mut weights = Stream::new(config.seed, "agent weights", 0);
        let agent = agent(&config.agent, &config.sac, sizes, &mut weights, device)
            .ok_or_else(|| TrainerError::Usage(format!("unknown agent `{}`", config.agent)))?;
        Ok(Self { agent, objective, normalizer: Normalizer::new(spec), observation, device: device.clone() })
    }

    /// The law of its tasks.
    #[must_use]
    pub fn tasks(&self) -> TaskLaw {
        self.objective.tasks()
    }

    /// Numbers of an observation.
    #[must_use]
    pub fn observation(&self) -> usize {
        self.observation
    }

    /// Rows of raw observations as a normalised tensor, `[B, observation]`.
    #[must_use]
    pub fn normalized(&self, observations: &[f32]) -> Tensor<2> {
        let rows = observations.len() / self.observation;
        tensor(self.normalizer.apply(observations), rows, self.observation, &self.device)
    }

    /// Actions in `[-1, 1]`, `[B, action]`, for raw observations `[B, observation]` and tasks `[B, task]`.
    #[must_use]
    pub fn act(&self, observations: &[f32], tasks: &[f32], act: Act, stream: &mut Stream) -> Vec<f32> {
        let observation = self.normalized(observations);
        let task = self.task_tensor(tasks, observation.dims()[0]);
        numbers(self.agent.act(observation, task, act, stream))
    }

    /// Latent places of raw observations, `[B, latent]` row by row, and the latent dimension.
    #[must_use]
    pub fn embed(&self, observations: &[f32]) -> Option<(Vec<f32>, usize)> {
        let latent = self.objective.embed(self.normalized(observations))?;
        let dim = latent.dims()[1];
        Some((numbers(latent), dim))
    }

    /// Tasks that lead from raw observations to raw goals, `[B, task]` row by row.
    #[must_use]
    pub fn towards(&self, observations: &[f32], goals: &[f32]) -> Option<Vec<f32>> {
        self.objective.towards(self.normalized(observations), self.normalized(goals)).map(numbers)
    }

    /// Tasks as a tensor, `[rows, task]`.
    pub(crate) fn task_tensor(&self, tasks: &[f32], rows: usize) -> Tensor<2> {
        tensor(tasks.to_vec(), rows, self.tasks().dim(), &self.device)
    }
}
