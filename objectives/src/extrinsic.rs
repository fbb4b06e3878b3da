//! The world's own reward: what a policy is fine-tuned for, or learns from scratch, as a measure of what pre-training is worth.
//!
//! URLB (Laskin et al., 2021), second phase: a policy that was pre-trained with an objective is trained on with the reward
//! of a task. Nothing is learned besides the policy, which goes on to be conditioned on tasks of the law that the objective
//! of its pre-training asks for.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::registry::broken;
use crate::{Batch, Objective, Scalars, TaskLaw};

/// The laws of tasks by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tasks {
    /// No task.
    None,
    /// Uniform on the unit sphere.
    Sphere,
    /// Standard normal.
    Normal,
    /// One-hot, a new one for each episode.
    OneHot,
    /// Uniform in `[0, 1]`.
    Cube,
    /// As `cube`, or its negative.
    Signed,
    /// 0.5 in each coordinate.
    Half,
    /// One-hot, one of them drawn for the whole run.
    Always,
}

/// Settings of the world's own reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtrinsicConfig {
    /// Law of the tasks that the policy is conditioned on: `none`, `sphere`, `normal`, `onehot`, `cube`, `signed`, `half` or
    /// `always`. With `--init RUN` that which the objective of RUN asks for.
    pub tasks: Tasks,
    /// Dimension of a task; without effect for `none`. With `--init RUN` that of RUN.
    pub task_dim: usize,
    /// Steps of a task; 0 keeps one for the whole episode. With `--init RUN` that of RUN.
    pub task_steps: u32,
    /// Objective of the pre-training, for reports; empty from scratch. With `--init RUN` that of RUN.
    pub pretrained: String,
}

impl Default for ExtrinsicConfig {
    fn default() -> Self {
        Self { tasks: Tasks::None, task_dim: 0, task_steps: 0, pretrained: String::new() }
    }
}

impl ExtrinsicConfig {
    /// The settings with which a policy of `objective`, which is called `name`, is fine-tuned.
    #[must_use]
    pub fn after(objective: &dyn Objective, name: &str) -> Self {
        let law = objective.fine_tuning();
        let tasks = match law {
            // Goals and records are no tasks that fit a reward.
            TaskLaw::None | TaskLaw::Goal(_) | TaskLaw::Record(_) => Tasks::None,
            TaskLaw::Sphere(_) => Tasks::Sphere,
            TaskLaw::Normal(_) => Tasks::Normal,
            TaskLaw::OneHot(_) => Tasks::OneHot,
            TaskLaw::Cube(_) => Tasks::Cube,
            TaskLaw::Signed(_) => Tasks::Signed,
            TaskLaw::Half(_) => Tasks::Half,
            TaskLaw::Always { .. } => Tasks::Always,
        };
        let task_dim = if tasks == Tasks::None { 0 } else { law.dim() };
        Self { tasks, task_dim, task_steps: objective.task_steps(), pretrained: name.into() }
    }

    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let least = match self.tasks {
            Tasks::None => 0,
            Tasks::OneHot | Tasks::Always => 2,
            _ => 1,
        };
        broken([("task_dim", (least..=1 << 16).contains(&self.task_dim), "1 to 65536 dimensions, or 2 or more skills")])
            .collect()
    }
}

/// The objective of the world's own reward.
#[derive(Clone, Debug)]
pub struct Extrinsic {
    tasks: TaskLaw,
    task_steps: u32,
}

impl Extrinsic {
    /// With the skill of `always` from `stream`.
    #[must_use]
    pub fn new(config: &ExtrinsicConfig, stream: &mut Stream) -> Self {
        let dim = config.task_dim;
        let tasks = match config.tasks {
            Tasks::None => TaskLaw::None,
            Tasks::Sphere => TaskLaw::Sphere(dim),
            Tasks::Normal => TaskLaw::Normal(dim),
            Tasks::OneHot => TaskLaw::OneHot(dim),
            Tasks::Cube => TaskLaw::Cube(dim),
            Tasks::Signed => TaskLaw::Signed(dim),
            Tasks::Half => TaskLaw::Half(dim),
            Tasks::Always => TaskLaw::Always { skill: stream.below(dim), of: dim },
        };
        Self { tasks, task_steps: config.task_steps }
    }
}

impl Objective for Extrinsic {
    fn tasks(&self) -> TaskLaw {
        self.tasks
    }

    fn task_steps(&self) -> u32 {
        self.task_steps
    }

    fn update(&mut self, _: &Batch, _: &mut Stream) -> Scalars {
        Scalars::new()
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        batch.reward.clone()
    }

    fn save(&self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{Shapes, objectives, registry};

    /// A policy of every objective can be trained on: its input keeps its length, and laws survive their names.
    #[test]
    fn every_objective_can_be_fine_tuned() {
        let mut stream = Stream::new(0, "weights", 0);
        for (name, _) in objectives() {
            let config = registry::tests::small(name);
            let shapes = Shapes { observation: 2, action: 2, categories: None };
            let pretrained = registry::objective(&config, shapes, &mut stream, &Device::flex());
            let law = pretrained.fine_tuning();
            if matches!(law, TaskLaw::Goal(_) | TaskLaw::Record(_)) {
                continue; // a reward has neither
            }
            let config = ExtrinsicConfig::after(pretrained.as_ref(), name);
            assert!(config.problems().is_empty(), "{name}: {config:?}");
            let tuned = Extrinsic::new(&config, &mut stream);
            assert_eq!(tuned.tasks().dim(), law.dim(), "{name}");
            assert_eq!(ExtrinsicConfig::after(&tuned, name), config, "{name}");
        }
    }
}
