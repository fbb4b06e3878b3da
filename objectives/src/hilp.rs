//! HILP: Park, Kreiman and Levine, "Foundation Policies with Hilbert Representations", ICML 2024.
//!
//! A map `phi` into a Hilbert space in which distance is the number of steps from a state to a goal, learned from any data as
//! the value function of reaching goals. A skill is a direction in that space:
//!
//! ```text
//! V(s, g) = -|phi(s) - phi(g)|,   two heads V_1, V_2 and their targets Vbar_1, Vbar_2
//! for each gradient step, on a batch of (s, s', g), g a later observation of the episode or one from anywhere:
//!   r, m   = 0, 0 where g is s itself, else -1, 1
//!   A      = r + gamma m min_i Vbar_i(s', g) - mean_i Vbar_i(s, g)
//!   w      = tau_e where A >= 0, else 1 - tau_e
//!   phi   <- descend  sum_i mean w (r + gamma m Vbar_i(s', g) - V_i(s, g))^2        (eq. 6)
//!   agent <- learn from r = (phi_1(s') - phi_1(s))^T z, z drawn anew for each transition, uniform on the unit sphere
//! ```
//!
//! The sign that chooses `w` is that of the targets alone; the error is that of the online value. Distances are discounted:
//! `n` steps are `(1 - gamma^n) / (1 - gamma)` apart.
//!
//! Differences from the official code: `phi` and the agent learn one after the other and not in one sum of losses, so that the
//! agent's reward is that of the new `phi`; each `z` is independent, as in the paper, where the first release repeats one.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_replay::dataset::{FutureLaw, GoalMixture};
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{NormedMlp, Trained, load_weights, polyak, save_weights, tensor};
use serde::{Deserialize, Serialize};

use crate::metra::displacement;
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of HILP. Defaults are those of the paper for goal-conditioned learning in mazes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HilpConfig {
    /// Dimension of the latent space. Official flag `skill_dim`: 32.
    pub skill_dim: usize,
    /// Width of the hidden layers of `phi`. Paper, table 5: 512.
    pub width: usize,
    /// Hidden layers of `phi`; without any it is linear. Paper, table 5: 3.
    pub layers: usize,
    /// Adam's learning rate. Paper, table 5: 3e-4.
    pub learning_rate: f64,
    /// Discount `gamma` of the distances. Paper, table 5: 0.99.
    pub discount: f64,
    /// Expectile `tau_e`. Paper, table 5: 0.95 in mazes, 0.7 in the kitchen.
    pub expectile: f64,
    /// Share by which the targets follow. Paper, table 5: 0.005.
    pub tau: f64,
    /// Share of goals that lie later in the same episode, a geometric number of steps ahead; the others come from anywhere.
    /// Official flags `p_trajgoal`, `p_randomgoal`: 0.625 and 0.375.
    pub future: f64,
    /// Share of skills that point to the goal of their transition, as prompts do; the others are uniform on the sphere. Paper,
    /// for goals: 0. Its code for rewards takes as many as half its skills from the data.
    pub prompts: f64,
}

impl Default for HilpConfig {
    fn default() -> Self {
        Self {
            skill_dim: 32,
            width: 512,
            layers: 3,
            learning_rate: 3e-4,
            discount: 0.99,
            expectile: 0.95,
            tau: 0.005,
            future: 0.625,
            prompts: 0.0,
        }
    }
}

impl HilpConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let inside = |x: f64| x > 0.0 && x < 1.0;
        let own = [
            dimension_rule("skill_dim", self.skill_dim),
            ("layers", self.layers <= 16, "0 to 16"),
            ("discount", inside(self.discount), "above 0 and below 1"),
            ("expectile", inside(self.expectile), "above 0 and below 1"),
            ("tau", self.tau > 0.0 && self.tau <= 1.0, "above 0, at most 1"),
            ("future", (0.0..=1.0).contains(&self.future), "0 to 1"),
            ("prompts", (0.0..=1.0).contains(&self.prompts), "0 to 1"),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// Both heads.
#[derive(Module, Debug)]
struct Heads {
    phi: Vec<NormedMlp>,
}

impl Heads {
    /// `V_1` and `V_2` from observations to goals, `[B, observation]` each to two of `[B, 1]`.
    fn values(&self, from: Tensor<2>, goal: Tensor<2>) -> [Tensor<2>; 2] {
        let rows = from.dims()[0];
        let both = Tensor::cat(vec![from, goal], 0); // [2 B, observation]
        [0, 1].map(|head| {
            let phi = self.phi[head].forward(both.clone()); // [2 B, D]
            value(phi.clone().narrow(0, 0, rows), phi.narrow(0, rows, rows))
        })
    }

    /// The values of two batches of observations for the same goals.
    fn values_of_both(&self, [from, next]: [Tensor<2>; 2], goal: Tensor<2>) -> [[Tensor<2>; 2]; 2] {
        let rows = from.dims()[0];
        let all = Tensor::cat(vec![from, next, goal], 0); // [3 B, observation]
        let [first, second] = [0, 1].map(|head| {
            let phi = self.phi[head].forward(all.clone()); // [3 B, D]
            let part = |k: usize| phi.clone().narrow(0, k * rows, rows);
            [value(part(0), part(2)), value(part(1), part(2))]
        });
        let ([first, first_next], [second, second_next]) = (first, second);
        [[first, second], [first_next, second_next]]
    }
}

/// `-|a - b|`, `[B, D]` each to `[B, 1]`; the floor keeps the slope finite where they meet.
fn value(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    -(a - b).square().sum_dim(1).clamp_min(1e-6).sqrt()
}

/// HILP's state: the heads and their targets.
pub struct Hilp {
    config: HilpConfig,
    heads: Trained<Heads>,
    // Empty only inside `update`, where the averaged module is taken by value.
    target: Option<Heads>,
}

const TARGET: &str = "present between steps";

impl Hilp {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &HilpConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let sizes: Vec<usize> = std::iter::once(observation)
            .chain(std::iter::repeat_n(config.width, config.layers))
            .chain([config.skill_dim])
            .collect();
        let heads = Heads { phi: (0..2).map(|_| NormedMlp::new(&sizes, stream, &tracked)).collect() };
        Self {
            config: config.clone(),
            target: Some(heads.valid()),
            heads: Trained::new(heads, config.learning_rate, device),
        }
    }

    /// `w`, and the targets of both heads, `[B, 1]` each, constants.
    fn targets(&self, batch: &Batch, goal: Tensor<2>, reached: Tensor<2>) -> (Tensor<2>, [Tensor<2>; 2]) {
        let states = [batch.observation.clone(), batch.next_observation.clone()];
        let [now, next] = self.target.as_ref().expect(TARGET).values_of_both(states, goal);
        let mask = (-reached.clone() + 1.0) * self.config.discount as f32; // gamma m
        let reward = reached - 1.0;
        let [first, second] = next.clone();
        let advantage = reward.clone() + first.min_pair(second) * mask.clone()
            - now.into_iter().reduce(|a, b| a + b).expect("two") / 2.0;
        (expectile_weight(advantage, self.config.expectile as f32), next.map(|v| reward.clone() + v * mask.clone()))
    }
}

/// The weight of a squared error by its sign, `[B, 1]`: `expectile` where it is 0 or more, else the rest to 1 (Kostrikov et al.,
/// 2022, eq. 5).
#[must_use]
pub fn expectile_weight(error: Tensor<2>, expectile: f32) -> Tensor<2> {
    error.greater_equal_elem(0.0).float() * (2.0 * expectile - 1.0) + (1.0 - expectile)
}

impl Objective for Hilp {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Sphere(self.config.skill_dim)
    }

    fn relabels(&self) -> bool {
        true
    }

    /// Every transition under a direction of its own.
    fn relabel(&self, batch: Batch, stream: &mut Stream) -> Batch {
        let (rows, law, device) = (batch.size(), self.tasks(), batch.observation.device());
        let mut tasks = vec![0.0; rows * law.dim()];
        tasks.chunks_exact_mut(law.dim()).for_each(|task| law.draw(stream, task));
        let drawn = tensor(tasks, rows, law.dim(), &device);
        let prompts = self.config.prompts;
        let prompted = batch.goals.as_ref().filter(|_| prompts > 0.0).and_then(|goals| {
            let shares = (0..rows).map(|_| f32::from(u8::from(stream.uniform(0.0, 1.0) < prompts))).collect();
            // No way leads to itself.
            let chosen: Tensor<2> = (-goals.reached.clone() + 1.0) * tensor(shares, rows, 1, &device);
            let towards = self.towards(batch.observation.clone(), goals.observation.clone())?;
            Some(towards * chosen.clone() + drawn.clone() * (-chosen + 1.0))
        });
        Batch { task: prompted.unwrap_or(drawn), ..batch }
    }

    fn goals(&self) -> Option<GoalMixture> {
        let HilpConfig { future, discount, .. } = self.config;
        Some(GoalMixture { current: 0.0, future, law: FutureLaw::Geometric { discount } })
    }

    /// # Panics
    /// When the batch comes without goals.
    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let goals = batch.goals.clone().expect("the learner gives the goals that were asked for");
        let (weight, [first, second]) = self.targets(batch, goals.observation.clone(), goals.reached);
        let [one, two] = self.heads.module().values(batch.observation.clone(), goals.observation);
        let distance = -one.clone().inner().mean();
        let loss = (((first - one).square() + (second - two).square()) * weight.clone()).mean();
        let metrics =
            vec![("hilp/loss", loss.clone().inner()), ("hilp/distance", distance), ("hilp/weight", weight.mean())];
        let target = self.target.take().expect(TARGET);
        self.target = Some(polyak(target, self.heads.module(), self.config.tau as f32));
        self.heads.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let heads = self.heads.frozen();
        (displacement(|s| heads.phi[0].forward(s), batch) * batch.task.clone()).sum_dim(1)
    }

    fn telescopes(&self) -> bool {
        true
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.heads.frozen().phi[0].forward(observation))
    }

    fn towards(&self, observation: Tensor<2>, goal: Tensor<2>) -> Option<Tensor<2>> {
        let heads = self.heads.frozen();
        let [from, to] = [observation, goal].map(|s| heads.phi[0].forward(s));
        Some(self.tasks().along(to - from))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.heads.save(dir, "hilp-phi")?;
        save_weights(self.target.as_ref().expect(TARGET), dir, "hilp-target")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.heads.load(dir, "hilp-phi")?;
        let target = self.target.clone().expect(TARGET);
        self.target = Some(load_weights(target, dir, "hilp-target")?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::Goals;

    /// Skills are those of prompts where all are asked for, but where the goal is the state itself; else they are drawn.
    #[test]
    fn skills_point_to_goals_as_prompts_do() {
        let device = Device::flex();
        let skills = |prompts: f64| {
            let config = HilpConfig { skill_dim: 3, width: 8, prompts, ..HilpConfig::default() };
            let hilp = Hilp::new(&config, 2, &mut Stream::new(0, "weights", 0), &device);
            let rows = |values: [[f32; 2]; 2]| Tensor::<2>::from_floats(values, &device);
            let (from, to) = (rows([[0.1, 0.2], [1.0, -1.0]]), rows([[0.9, -0.4], [1.0, -1.0]]));
            let goals = Goals { observation: to.clone(), reached: Tensor::from_floats([[0.0], [1.0]], &device) };
            let batch = Batch::of_steps(from.clone(), rows([[0.0; 2]; 2]), to.clone(), Tensor::zeros([2, 3], &device));
            let batch = hilp.relabel(Batch { goals: Some(goals), ..batch }, &mut Stream::new(1, "skills", 0));
            let [skills, towards] = [batch.task, hilp.towards(from, to).expect("points to goals")].map(numbers);
            (skills, towards)
        };
        let [(drawn, _), (prompted, towards)] = [0.0, 1.0].map(skills);
        assert_eq!(prompted[..3], towards[..3]);
        assert_eq!(prompted[3..], drawn[3..]);
        assert_ne!(drawn[..3], towards[..3]);
    }

    #[test]
    fn errors_weigh_by_their_sign() {
        let errors = Tensor::<2>::from_floats([[-0.1], [0.0], [3.0]], &Device::flex());
        let weights: Vec<f32> = numbers(expectile_weight(errors, 0.9));
        let expected = [0.1, 0.9, 0.9];
        assert!(weights.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-6), "{weights:?}");
    }
}
