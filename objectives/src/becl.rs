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

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Mlp, Trained, numbers};
use serde::{Deserialize, Serialize};

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
            ("temperature", self.temperature.is_finite() && self.temperature > 0.0, "a positive number"),
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

/// For each row the first other one with the same skill, or itself: the rows of `features`, `[B, D]`, in that order.
fn positives(features: Tensor<2>, task: &Tensor<2>) -> Tensor<2> {
    let skills: Vec<i64> = numbers(task.clone().argmax(1).float()).into_iter().map(|skill| skill as i64).collect();
    // First and second row of each skill.
    let mut first = vec![[None; 2]; task.dims()[1]];
    for (row, skill) in skills.iter().enumerate() {
        let [one, two] = &mut first[*skill as usize];
        match (&one, &two) {
            (None, _) => *one = Some(row),
            (_, None) => *two = Some(row),
            _ => {}
        }
    }
    let positive = |(row, skill): (usize, &i64)| match first[*skill as usize] {
        [Some(one), two] if one == row => two.unwrap_or(row) as i64,
        [one, _] => one.unwrap_or(row) as i64,
    };
    let indices: Vec<i64> = skills.iter().enumerate().map(positive).collect();
    let count = indices.len();
    let indices = Tensor::from_data(TensorData::new(indices, [count]), &task.device());
    features.select(0, indices)
}

/// `[B, D]` unit features and `[B, N]` one-hot skills to `L`, `[B, 1]`.
fn urlb_loss(features: Tensor<2>, task: &Tensor<2>, temperature: f32) -> Tensor<2> {
    let positive = positives(features.clone(), task);
    let own = (features.clone() * positive).sum_dim(1) / temperature; // [B, 1]
    let all = (features.clone().matmul(features.clone().transpose()) / temperature).exp();
    let others = Tensor::eye(features.dims()[0], &task.device()) * -1.0 + 1.0; // [B, B], constants
    let sum = (all * others).sum_dim(1) + 1e-6; // [B, 1]
    -(own.exp() / sum + 1e-6).log()
}

/// As [`urlb_loss`], in the form of the mazes.
fn maze_loss(features: Tensor<2>, task: &Tensor<2>, temperature: f32) -> Tensor<2> {
    let positive = positives(features.clone(), task);
    let own = (features.clone() * positive).exp().sum_dim(1); // [B, 1]
    let all = features.clone().matmul(features.clone().transpose()) / temperature; // [B, B]
    let itself = Tensor::eye(features.dims()[0], &task.device()); // [B, B], constants
    let most = (all.clone() - itself * 1e9).max_dim(1).detach(); // [B, 1]
    let other_skill = task.clone().matmul(task.clone().transpose()) * -1.0 + 1.0; // [B, B], constants
    let sum = ((all - most).exp() * other_skill).sum_dim(1) + 1e-6; // [B, 1]
    -(own / sum + 1e-6).log()
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

    fn towards(&self, _: Tensor<2>, _: Tensor<2>) -> Option<Tensor<2>> {
        None
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

    use super::*;

    /// Skills in turn, `[rows, skills]`.
    fn tasks(rows: usize, skills: usize, device: &Device) -> Tensor<2> {
        let tasks = TaskLaw::OneHot(skills).for_evaluation(rows, &mut Stream::new(0, "tasks", 0));
        tensor(tasks, rows, skills, device)
    }

    fn mean_reward(loss: Tensor<2>) -> f32 {
        (-loss).exp().mean().into_scalar()
    }

    /// 1,024 states of 16 skills: random features, one axis per skill, the regular simplex, which is the best there is.
    #[test]
    fn rewards_of_the_urlb_form() {
        let device = Device::flex();
        let task = tasks(1024, 16, &device);
        let mut values = vec![0.0; 1024 * 16];
        Stream::new(1, "features", 0).fill_normal(&mut values);
        let random = unit(tensor(values, 1024, 16, &device));
        let simplex = unit(task.clone() - 1.0 / 16.0);
        let reward = |features| mean_reward(urlb_loss(features, &task, 0.5));
        for (features, expected) in [(random, 9.7e-4_f32), (task.clone(), 5.17e-3), (simplex, 5.64e-3)] {
            let got = reward(features);
            assert!((got / expected - 1.0).abs() < 0.05, "{got}, expected {expected}");
        }
    }

    /// 500 states of 10 skills. The positive term of equal one-hot features is e + 9; the best other one of the same skill is
    /// at cosine 1.
    #[test]
    fn rewards_of_the_maze_form() {
        let device = Device::flex();
        let task = tasks(500, 10, &device);
        let collapsed = Tensor::eye(10, &device).narrow(0, 0, 1).repeat_dim(0, 500);
        let own = 1.0_f32.exp() + 9.0;
        for (features, others) in [(task.clone(), 450.0 * (-2.0_f32).exp()), (collapsed, 450.0)] {
            let got = mean_reward(maze_loss(features, &task, 0.5));
            assert!((got / (own / others) - 1.0).abs() < 0.01, "{got}, expected {}", own / others);
        }
    }

    #[test]
    fn a_positive_is_the_first_other_state_of_the_skill() {
        let device = Device::flex();
        let task =
            Tensor::<2>::from_floats([[1., 0., 0.], [0., 1., 0.], [1., 0., 0.], [1., 0., 0.], [0., 0., 1.]], &device);
        let rows = tensor((0..5).map(|row| row as f32).collect(), 5, 1, &device);
        assert_eq!(numbers(positives(rows, &task)), [2.0, 1.0, 0.0, 0.0, 4.0]);
    }

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
