//! BeCL: Yang, Bai, Guo et al., "Behavior Contrastive Learning for Unsupervised Skill Discovery", ICML 2023.
//!
//! Two states of one skill are views of the same behaviour: a state is rewarded for being near the states of its skill and
//! far from those of others, in a representation that learns just that:
//!
//! ```text
//! z one of N skills, drawn anew every 50 steps;  f = unit(e(s')),  p(i) another state of the batch with the skill of i
//!   urlb:  L_i = -log( exp(f_i f_p / T) / (sum_{j != i} exp(f_i f_j / T) + 1e-6) + 1e-6 )
//!   maze:  L_i = -log( sum_d exp(f_id f_pd) / (sum_{z_j != z_i} exp(f_i f_j / T - m_i) + 1e-6) + 1e-6 ),
//!          m_i = max_{j != i} f_i f_j / T
//! three times per gradient step of the agent, each on a batch of its own:
//!   e     <- descend  mean L
//! agent <- learn from r = exp(-L) on the last of these batches with the new e
//! ```
//!
//! The authors released two forms of the loss, one with their code for URLB and one with that for mazes, whose positive term
//! stays nearly constant and which therefore mostly repels. Differences from their code: in the maze form `p(i)` is drawn as in the
//! form for URLB, the first other state of the batch with that skill, instead of the last state of the trajectory. A state
//! whose skill appears only once in the batch is its own positive.

mod loss; // both forms of the loss

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Mlp, Trained};
use serde::{Deserialize, Serialize};

use self::loss::{maze_loss, urlb_loss};
use crate::contrast::unit;
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// The two forms of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BeclForm {
    /// The similarity of the pair at the temperature, against all other states.
    Urlb,
    /// The sum over dimensions of exponentials, against states of other skills.
    Maze,
}

/// Settings of BeCL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BeclConfig {
    /// `urlb` or `maze`: the form of the loss. Paper, eq. 7: `urlb`.
    pub form: BeclForm,
    /// Number of skills `N`. Official flag `skill_dim`: 16 in URLB, 10 in mazes.
    pub skill_dim: usize,
    /// Steps of a skill; 0 keeps one for the whole episode. Official flag `update_skill_every_step`: 50.
    pub skill_steps: u32,
    /// Temperature `T`. Paper: 0.5.
    pub temperature: f64,
    /// Gradient steps of the representation for one of the agent. Official flag `contrastive_update_rate`: 3.
    pub updates: usize,
    /// Dimension of the representation. Official code: 16, the number of skills.
    pub features: usize,
    /// Width of the hidden layers. Official code: 1024.
    pub width: usize,
    /// Adam's learning rate. Official code: 1e-4.
    pub learning_rate: f64,
}

impl Default for BeclConfig {
    fn default() -> Self {
        Self {
            form: BeclForm::Urlb,
            skill_dim: 16,
            skill_steps: 50,
            temperature: 0.5,
            updates: 3,
            features: 16,
            width: 1024,
            learning_rate: 1e-4,
        }
    }
}

impl BeclConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let own = [
            ("skill_dim", (2..=4096).contains(&self.skill_dim), "2 to 4096"),
            ("temperature", self.temperature.is_finite() && self.temperature >= 0.02, "0.02 or more"),
            ("updates", (1..=1024).contains(&self.updates), "1 to 1024"),
            dimension_rule("features", self.features),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// Two hidden layers to the representation, then one more to what is contrasted.
#[derive(Module, Debug)]
struct Encoder {
    body: Mlp,
    head: Mlp,
}

impl Encoder {
    fn forward(&self, observation: Tensor<2>) -> Tensor<2> {
        unit(self.head.forward(self.body.forward(observation)))
    }
}

/// BeCL's state: the representation `e`.
pub struct Becl {
    form: BeclForm,
    skills: usize,
    skill_steps: u32,
    temperature: f32,
    updates: usize,
    encoder: Trained<Encoder>,
}

impl Becl {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &BeclConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let BeclConfig { width, features, .. } = *config;
        let encoder = Encoder {
            body: Mlp::orthogonal(&[observation, width, width, features], stream, &tracked),
            head: Mlp::orthogonal(&[features, width, features], stream, &tracked),
        };
        Self {
            form: config.form,
            skills: config.skill_dim,
            skill_steps: config.skill_steps,
            temperature: config.temperature as f32,
            updates: config.updates,
            encoder: Trained::new(encoder, config.learning_rate, device),
        }
    }

    fn loss(&self, features: Tensor<2>, task: &Tensor<2>) -> Tensor<2> {
        match self.form {
            BeclForm::Urlb => urlb_loss(features, task, self.temperature),
            BeclForm::Maze => maze_loss(features, task, self.temperature),
        }
    }
}

impl Objective for Becl {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::OneHot(self.skills)
    }

    fn task_steps(&self) -> u32 {
        self.skill_steps
    }

    fn updates(&self) -> usize {
        self.updates
    }

    fn fine_tuning(&self) -> TaskLaw {
        TaskLaw::Always { skill: 0, of: self.skills }
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let features = self.encoder.module().forward(batch.next_observation.clone());
        let loss = self.loss(features, &batch.task).mean();
        let metrics = vec![("becl/loss", loss.clone().inner())];
        self.encoder.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let features = self.encoder.frozen().forward(batch.next_observation.clone());
        (-self.loss(features, &batch.task)).exp()
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.encoder.frozen().forward(observation))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.encoder.save(dir, "becl-encoder")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.encoder.load(dir, "becl-encoder")
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::tensor;

    use super::loss::tests::tasks;
    use super::*;

    /// States of four skills in four places: the representation tells them apart, and reward rises.
    #[test]
    fn skills_in_places_of_their_own_are_rewarded() {
        let device = Device::flex();
        let mut stream = Stream::new(2, "states", 0);
        for form in [BeclForm::Urlb, BeclForm::Maze] {
            let config =
                BeclConfig { form, skill_dim: 4, features: 4, width: 32, learning_rate: 1e-3, ..BeclConfig::default() };
            let mut becl = Becl::new(&config, 2, &mut stream, &device);
            let task = tasks(64, 4, &device);
            let mut noise = vec![0.0; 128];
            stream.fill_normal(&mut noise);
            let corners = Tensor::<2>::from_floats([[1., 1.], [1., -1.], [-1., 1.], [-1., -1.]], &device);
            let next = task.clone().matmul(corners) + tensor(noise, 64, 2, &device) * 0.1;
            let batch = Batch::of_steps(next.clone(), next.clone(), next, task);
            let reward = |becl: &Becl| becl.reward(&batch).mean().into_scalar::<f32>();
            let before = reward(&becl);
            for _ in 0..150 {
                becl.update(&batch, &mut stream);
            }
            let after = reward(&becl);
            assert!(after > 1.2 * before, "{form:?}: {before} became {after}");
        }
    }
}
