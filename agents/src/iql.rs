//! Implicit Q-learning: Kostrikov, Nair and Levine, "Offline Reinforcement Learning with Implicit Q-Learning", ICLR 2022, for
//! policies with a task, as in HILP.
//!
//! ```text
//! for each gradient step, on a batch of (s, a, r, s', z, d):
//!   u    = min_i Qbar_i(s, z, a) - V(s, z)
//!   V   <- descend  mean w u^2,   w = tau_s where u >= 0, else 1 - tau_s                  (eq. 5)
//!   Q_i <- descend  sum_i mean (r + gamma (1 - d) V(s', z) - Q_i(s, z, a))^2              (eq. 6)
//!   pi  <- descend  -mean min(exp(beta u), 100) log pi(a | s, z)                          (eq. 7)
//!   Qbar <- Qbar + tau (Q - Qbar), Q as it was before this step
//! ```
//!
//! It asks for values of actions of the data only, so that it learns from a data set that nothing is added to. The policy is a
//! normal law around the network's output whose deviation is the same everywhere; actions are cut at -1 and 1.
//!
//! Differences from HILP's code: no value follows a terminal state; each network has an Adam of its own, which is the same, since
//! no loss reaches two networks.

use std::f32::consts::PI;
use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Scalars, expectile_weight};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{
    EnsembleMlp, Gain, Mlp, Trained, load_weights, numbers, param, polyak, save_weights, tensor,
};
use serde::{Deserialize, Serialize};

use crate::agent::{Returns, Sizes, smaller};
use crate::export::Actor;
use crate::pixels::{critics_view, descend};
use crate::{Act, Agent, Glance};

/// Settings of IQL. Defaults are those of HILP for mazes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IqlConfig {
    /// Width of the three hidden layers of policy, values and critics. HILP, table 5: 512.
    pub width: usize,
    /// Adam's learning rate of all of them. HILP, table 5: 3e-4.
    pub learning_rate: f64,
    /// Discount `gamma`. HILP, table 5: 0.99.
    pub discount: f64,
    /// Share `tau` by which target critics follow. HILP, table 5: 0.005.
    pub tau: f64,
    /// Expectile `tau_s` of the values. HILP's flag `skill_expectile`: 0.9.
    pub expectile: f64,
    /// Factor `beta` on advantages in the policy's weights. HILP's flag `skill_temperature`: 10.
    pub temperature: f64,
}

impl Default for IqlConfig {
    fn default() -> Self {
        Self { width: 512, learning_rate: 3e-4, discount: 0.99, tau: 0.005, expectile: 0.9, temperature: 10.0 }
    }
}

/// Largest weight of an action.
const HEAVIEST: f32 = 100.0;
/// `log(sigma)` stays within these, nats.
const LOG_STD: (f32, f32) = (-5.0, 2.0);

/// The policy: the mean of its law by the network, and the logarithm of its deviation.
#[derive(Module, Debug)]
struct Normal {
    mean: Mlp,
    log_std: Param<Tensor<1>>,
}

impl Normal {
    /// `log(sigma)`, `[1, action]`.
    fn log_std(&self) -> Tensor<2> {
        self.log_std.val().clamp(LOG_STD.0, LOG_STD.1).unsqueeze()
    }

    /// `log pi(a | s, z)`, `[B, observation + task], [B, action] -> [B, 1]`.
    fn log_density(&self, input: Tensor<2>, action: Tensor<2>) -> Tensor<2> {
        let log_std = self.log_std();
        let away = (self.mean.forward(input) - action) / log_std.clone().exp();
        (away.square() * -0.5 - log_std - 0.5 * (2.0 * PI).ln()).sum_dim(1)
    }
}

/// Policy, value, twin critics and their targets.
pub struct Iql {
    config: IqlConfig,
    sizes: Sizes,
    policy: Trained<Normal>,
    value: Trained<Mlp>,
    critics: Trained<EnsembleMlp>,
    // Empty only inside `update`, where the averaged module is taken by value.
    target: Option<EnsembleMlp>,
    device: Device,
}

const TARGET: &str = "present between steps";

impl Iql {
    /// For vectors of the given `sizes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &IqlConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let (input, width, rate) = (sizes.observation + sizes.task, config.width, config.learning_rate);
        let hidden = |inputs, outputs| [inputs, width, width, width, outputs];
        let policy = Normal {
            mean: Mlp::new(&hidden(input, sizes.action), Gain(0.01), stream, &tracked),
            log_std: param(Tensor::zeros([sizes.action], &tracked), stream),
        };
        let value = Mlp::new(&hidden(input, 1), Gain(1.0), stream, &tracked);
        let critics = EnsembleMlp::new(2, &hidden(input + sizes.action, 1), stream, &tracked);
        Self {
            config: config.clone(),
            sizes,
            target: Some(critics.valid()),
            policy: Trained::new(policy, rate, device),
            value: Trained::new(value, rate, device),
            critics: Trained::new(critics, rate, device),
            device: device.clone(),
        }
    }

    /// `min_i Qbar_i(s, z, a)`, `[B, 1]`, a constant.
    fn least(&self, input: Tensor<2>) -> Tensor<2> {
        smaller(self.target.as_ref().expect(TARGET).forward(input))
    }
}

impl Agent for Iql {
    fn returns(&self) -> Returns {
        Returns { steps: 1, discount: self.config.discount as f32, time_limit_is_terminal: false }
    }

    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let rows = observation.dims()[0];
        let policy = self.policy.frozen();
        let mean = policy.mean.forward(Tensor::cat(vec![observation, task], 1));
        let action = match act {
            Act::Mode => mean,
            Act::Begin | Act::Explore => {
                let mut noise = vec![0.0; rows * self.sizes.action];
                stream.fill_normal(&mut noise);
                mean + tensor(noise, rows, self.sizes.action, &self.device) * policy.log_std().exp()
            }
        };
        action.clamp(-1.0, 1.0)
    }

    fn update(&mut self, batch: &Batch, reward: Tensor<2>, glance: Option<Glance<'_>>, _: &mut Stream) -> Scalars {
        let input = Tensor::cat(vec![batch.observation.clone(), batch.task.clone()], 1);
        let next = batch.next_input();
        let acted = Tensor::cat(vec![input.clone(), batch.action.clone()], 1);

        let advantage = -(self.value.module().forward(input.clone()) - self.least(acted)); // u, [B, 1]
        let plain = advantage.clone().inner();
        let weight = expectile_weight(plain.clone(), self.config.expectile as f32);
        let loss_value = (advantage.square() * weight).mean();

        let follows = (-batch.terminal.clone() + 1.0) * batch.discount.clone();
        let target = reward.clone() + follows * self.value.frozen().forward(next);
        let (seen, action, net) = critics_view(batch, &input, glance);
        let values = self.critics.module().forward(Tensor::cat(vec![seen, action], 1)); // [2, B, 1]
        let loss_critic = (values - target.clone().unsqueeze()).square().mean() * 2.0;

        let weight = (plain.clone() * self.config.temperature as f32).exp().clamp_max(HEAVIEST);
        let loss_policy = -(self.policy.module().log_density(input, batch.action.clone()) * weight.clone()).mean();

        let metrics = vec![
            ("iql/reward", reward.mean()),
            ("iql/target", target.mean()),
            ("iql/advantage", plain.mean()),
            ("iql/weight", weight.mean()),
            ("iql/loss_value", loss_value.clone().inner()),
            ("iql/loss_critic", loss_critic.clone().inner()),
            ("iql/loss_policy", loss_policy.clone().inner()),
        ];
        let target = self.target.take().expect(TARGET);
        self.target = Some(polyak(target, self.critics.module(), self.config.tau as f32));
        self.value.descend(loss_value);
        descend(&mut self.critics, net, loss_critic);
        self.policy.descend(loss_policy);
        metrics
    }

    fn learns_to_see(&self) -> bool {
        true
    }

    fn actor(&self) -> Option<Actor> {
        let Normal { mean, .. } = self.policy.frozen();
        let noise = Some(numbers(self.policy.frozen().log_std().exp()));
        Some(Actor { layers: mean.layers().to_vec(), norm: None, noise, cut: true })
    }

    /// The policy alone: values of another reward say nothing about this one.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        *self.policy.module_mut() = load_weights(self.policy.module().clone(), dir, "iql-policy")?;
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir, "iql-policy")?;
        self.value.save(dir, "iql-value")?;
        self.critics.save(dir, "iql-critics")?;
        save_weights(self.target.as_ref().expect(TARGET), dir, "iql-target")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.load(dir, "iql-policy")?;
        self.value.load(dir, "iql-value")?;
        self.critics.load(dir, "iql-critics")?;
        let target = self.target.clone().expect(TARGET);
        self.target = Some(load_weights(target, dir, "iql-target")?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One state, actions uniform in `[-1, 1]`, reward `-(a - 0.4 z)^2`, episodes of one step: the mode finds the best action
    /// of each task among those of the data, and the value is near the best reward, not the mean one.
    #[test]
    fn the_best_actions_of_the_data_are_imitated() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "iql", 0);
        let config = IqlConfig { width: 32, learning_rate: 1e-3, tau: 0.05, ..IqlConfig::default() };
        let mut iql = Iql::new(&config, Sizes { observation: 1, task: 1, action: 1 }, &mut stream, &device);
        let zeros = || Tensor::<2>::zeros([256, 1], &device);
        let column = |values: Vec<f32>| tensor(values, 256, 1, &device);
        let tasks = || column((0..256).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect());
        for _ in 0..1500 {
            let mut actions = vec![0.0; 256];
            stream.fill_uniform(-1.0, 1.0, &mut actions);
            let action = column(actions);
            let reward = -(action.clone() - tasks() * 0.4).square();
            let batch = Batch { terminal: zeros().ones_like(), ..Batch::of_steps(zeros(), action, zeros(), tasks()) };
            iql.update(&batch, reward, None, &mut stream);
        }
        let action = iql.act(zeros(), tasks(), Act::Mode, &mut stream);
        let away: f32 = (action - tasks() * 0.4).abs().mean().into_scalar();
        let value: f32 = iql.value.frozen().forward(Tensor::cat(vec![zeros(), tasks()], 1)).mean().into_scalar();
        assert!(away < 0.1, "the mode is {away} away from the best action");
        assert!((-0.2..=0.02).contains(&value), "the value is {value}, the best reward 0, the mean one -0.49");
        let drawn = iql.act(zeros(), tasks(), Act::Explore, &mut stream);
        assert!(drawn.abs().max().into_scalar::<f32>() <= 1.0, "actions are cut");
    }
}
