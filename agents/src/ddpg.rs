//! DDPG as URLB has it for states: Lillicrap, Hunt, Pritzel et al., 2016, with the twin critics of Fujimoto, van Hoof and
//! Meger, 2018, and returns over several steps, after Yarats, Fergus, Lazaric and Pinto, "Mastering Visual Continuous
//! Control: Improved Data-Augmented Reinforcement Learning", 2021.
//!
//! ```text
//! n(.): the policy's mode plus normal noise of deviation 0.2, cut at 0.3, the action at -1 and 1
//! for each gradient step, on a batch of windows (s, a, r, s', z) of 3 steps, g the discount of what follows s':
//!   y    = r + g min_i Qbar_i(s', z, n(s', z))
//!   Q_i  <- descend  sum_i mean (Q_i(s, z, a) - y)^2
//!   mu   <- descend  -mean min_i Q_i(s, z, n(s, z))
//!   Qbar <- Qbar + tau (Q - Qbar)
//! explore: uniform actions until the first gradient step, then the mode plus noise that is not cut
//! ```
//!
//! The first layer of actor and critics is normalised and squashed by tanh; the critics share it. There is no target actor. A time
//! limit is no end: values go on beyond it.
//!
//! Differences from URLB's code: a window that meets the end of its episode is cut there and discounted by its own length,
//! where URLB leaves such windows out; the noise on the way through the clipped action is a constant, which gives the same gradient.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{EnsembleMlp, Mlp, Trained, Trunk, load_weights, polyak, save_weights, tensor};
use serde::{Deserialize, Serialize};

use crate::agent::{Returns, Sizes, smaller};
use crate::export::Actor;
use crate::pixels::{critics_view, descend};
use crate::{Act, Agent, Glance};

/// Settings of DDPG. Defaults are those of URLB's code for states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DdpgConfig {
    /// Width of the normalised first layer and of the hidden layer after it, in actor and critics. URLB's flag `hidden_dim`:
    /// 1024.
    pub width: usize,
    /// Adam's learning rate of actor and critics. URLB's flag `lr`: 1e-4.
    pub learning_rate: f64,
    /// Discount of one step. URLB's flag `discount`: 0.99.
    pub discount: f64,
    /// Steps of a return. URLB's flag `nstep`: 3.
    pub steps: usize,
    /// Share `tau` by which target critics follow. URLB's flag `critic_target_tau`: 0.01.
    pub tau: f64,
    /// Standard deviation of the noise on actions. URLB's flag `stddev_schedule`: 0.2.
    pub noise: f64,
    /// Where the noise is cut in updates. URLB's flag `stddev_clip`: 0.3.
    pub noise_clip: f64,
}

impl Default for DdpgConfig {
    fn default() -> Self {
        Self { width: 1024, learning_rate: 1e-4, discount: 0.99, steps: 3, tau: 0.01, noise: 0.2, noise_clip: 0.3 }
    }
}

/// The policy's mode.
#[derive(Module, Debug)]
struct Mode {
    trunk: Trunk,
    head: Mlp,
}

impl Mode {
    /// Actions in `[-1, 1]`, `[B, observation + task] -> [B, action]`.
    fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.head.forward(self.trunk.forward(input)).tanh()
    }
}

#[derive(Module, Debug)]
struct Critics {
    trunk: Trunk,
    heads: EnsembleMlp,
}

impl Critics {
    /// Both values, `[B, observation + task], [B, action] -> [2, B, 1]`.
    fn forward(&self, input: Tensor<2>, action: Tensor<2>) -> Tensor<3> {
        self.heads.forward(self.trunk.forward(Tensor::cat(vec![input, action], 1)))
    }

    /// The smaller value, `[B, 1]`.
    fn least(&self, input: Tensor<2>, action: Tensor<2>) -> Tensor<2> {
        smaller(self.forward(input, action))
    }
}

/// Actor, twin critics and their targets.
pub struct Ddpg {
    config: DdpgConfig,
    sizes: Sizes,
    actor: Trained<Mode>,
    critics: Trained<Critics>,
    // Empty only inside `update`, where the averaged module is taken by value.
    target: Option<Critics>,
    device: Device,
}

const TARGET: &str = "present between steps";

impl Ddpg {
    /// For vectors of the given `sizes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &DdpgConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let (input, width) = (sizes.observation + sizes.task, config.width);
        let actor = Mode {
            trunk: Trunk::new(input, width, stream, &tracked),
            head: Mlp::orthogonal(&[width, width, sizes.action], stream, &tracked),
        };
        let critics = Critics {
            trunk: Trunk::new(input + sizes.action, width, stream, &tracked),
            heads: EnsembleMlp::orthogonal(2, &[width, width, 1], stream, &tracked),
        };
        Self {
            config: config.clone(),
            sizes,
            target: Some(critics.valid()),
            actor: Trained::new(actor, config.learning_rate, device),
            critics: Trained::new(critics, config.learning_rate, device),
            device: device.clone(),
        }
    }

    /// Normal noise, cut at `clip`, `[rows, action]`.
    fn noise(&self, rows: usize, clip: f64, stream: &mut Stream) -> Tensor<2> {
        let mut values = vec![0.0; rows * self.sizes.action];
        stream.fill_normal(&mut values);
        let clip = clip as f32;
        values.iter_mut().for_each(|x| *x = (*x * self.config.noise as f32).clamp(-clip, clip));
        tensor(values, rows, self.sizes.action, &self.device)
    }

    /// The targets `y`, `[B, 1]`, constants.
    fn targets(&self, batch: &Batch, reward: Tensor<2>, stream: &mut Stream) -> Tensor<2> {
        let input = batch.next_input();
        let noise = self.noise(batch.size(), self.config.noise_clip, stream);
        let action = within(self.actor.frozen().forward(input.clone()) + noise);
        let value = self.target.as_ref().expect(TARGET).least(input, action);
        reward + (-batch.terminal.clone() + 1.0) * batch.discount.clone() * value
    }

    /// The sum of both critics' means.
    fn critic_loss(&self, input: Tensor<2>, action: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let values = self.critics.module().forward(input, action); // [2, B, 1]
        (values - targets.unsqueeze()).square().mean() * 2.0
    }

    /// The actor's loss on `input`, `[B, observation + task]`.
    fn actor_loss(&self, input: Tensor<2>, stream: &mut Stream) -> Tensor<1> {
        let noise = self.noise(input.dims()[0], self.config.noise_clip, stream);
        let mode = self.actor.module().forward(input.clone());
        let plain = mode.clone().inner();
        let offset = within(plain.clone() + noise) - plain; // [B, action], a constant
        -self.critics.frozen().least(input.autodiff(), mode + offset).mean()
    }
}

/// Actions cut at -1 and 1.
fn within(action: Tensor<2>) -> Tensor<2> {
    action.clamp(-1.0, 1.0)
}

impl Agent for Ddpg {
    fn returns(&self) -> Returns {
        let DdpgConfig { steps, discount, .. } = self.config;
        Returns { steps, discount: discount as f32, time_limit_is_terminal: false }
    }

    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let rows = observation.dims()[0];
        if act == Act::Begin {
            let mut values = vec![0.0; rows * self.sizes.action];
            stream.fill_uniform(-1.0, 1.0, &mut values);
            return tensor(values, rows, self.sizes.action, &self.device);
        }
        let mode = self.actor.frozen().forward(Tensor::cat(vec![observation, task], 1));
        if act == Act::Mode { mode } else { within(mode + self.noise(rows, f64::INFINITY, stream)) }
    }

    fn update(&mut self, batch: &Batch, reward: Tensor<2>, glance: Option<Glance<'_>>, stream: &mut Stream) -> Scalars {
        let mut metrics: Scalars = vec![("ddpg/reward", reward.clone().mean())];
        let input = Tensor::cat(vec![batch.observation.clone(), batch.task.clone()], 1);
        let targets = self.targets(batch, reward, stream);
        metrics.push(("ddpg/target", targets.clone().mean()));
        let (seen, action, net) = critics_view(batch, &input, glance);
        let loss = self.critic_loss(seen, action, targets);
        metrics.push(("ddpg/loss_critic", loss.clone().inner()));
        descend(&mut self.critics, net, loss);

        let loss = self.actor_loss(input, stream);
        metrics.push(("ddpg/loss_actor", loss.clone().inner()));
        self.actor.descend(loss);

        let target = self.target.take().expect(TARGET);
        self.target = Some(polyak(target, self.critics.module(), self.config.tau as f32));
        metrics
    }

    fn learns_to_see(&self) -> bool {
        true
    }

    fn actor(&self) -> Option<Actor> {
        let Mode { trunk, head } = self.actor.frozen();
        let (first, norm) = trunk.layers();
        let layers = std::iter::once(first).chain(head.layers()).cloned().collect();
        let noise = Some(vec![self.config.noise as f32; self.sizes.action]);
        Some(Actor { layers, norm: Some(norm.clone()), noise, cut: false })
    }

    /// The actor and the first layer of the critics; their heads stay as they are, and so do all optimisers.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        *self.actor.module_mut() = load_weights(self.actor.module().clone(), dir, "ddpg-actor")?;
        let pretrained = load_weights(self.critics.module().clone(), dir, "ddpg-critics")?;
        self.critics.module_mut().trunk = pretrained.trunk;
        self.target = Some(self.critics.frozen());
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.actor.save(dir, "ddpg-actor")?;
        self.critics.save(dir, "ddpg-critics")?;
        save_weights(self.target.as_ref().expect(TARGET), dir, "ddpg-target")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.actor.load(dir, "ddpg-actor")?;
        self.critics.load(dir, "ddpg-critics")?;
        let target = self.target.clone().expect(TARGET);
        self.target = Some(load_weights(target, dir, "ddpg-target")?);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
