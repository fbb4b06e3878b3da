//! Soft actor-critic: Haarnoja, Zhou, Hartikainen et al., "Soft Actor-Critic Algorithms and Applications", 2018.
//!
//! ```text
//! for each gradient step, on a batch of (s, a, r, s', z, d):
//!   a'    ~ pi(. | s', z)
//!   y     = r + gamma (1 - d) (min_i Qbar_i(s', z, a') - alpha log pi(a' | s', z))     (eqs. 3 and 5)
//!   Q_i   <- descend  1/2 mean (Q_i(s, z, a) - y)^2                                  (eq. 5)
//!   pi    <- descend  mean (alpha log pi(a~ | s, z) - min_i Q_i(s, z, a~)), a~ ~ pi   (eq. 9)
//!   alpha <- descend  -log(alpha) mean (log pi(a~ | s, z) + H)                       (eq. 18)
//!   Qbar  <- Qbar + tau (Q - Qbar)
//! ```
//!
//! Differences from the paper follow METRA's official code: the temperature's loss moves `log(alpha)` linearly, the target
//! entropy `H` is `-action / 2`, `alpha` starts at 0.01. The twin critics are one batched product.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{EnsembleMlp, Gain, Mlp, Scalar, Trained, load_weights, polyak, save_weights, tensor};
use serde::{Deserialize, Serialize};

use crate::agent::{Returns, Sizes, smaller};
use crate::export::Actor;
use crate::gaussian::Gaussian;
use crate::pixels::{critics_view, descend};
use crate::{Act, Agent, Glance};

/// Settings of SAC. Defaults are those of METRA's official code for state observations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SacConfig {
    /// Width of the two hidden layers of policy and critics. METRA, table 2: 1024.
    pub width: usize,
    /// Adam's learning rate of policy, critics and temperature. METRA, table 2: 1e-4.
    pub learning_rate: f64,
    /// Discount `gamma`. METRA, table 2: 0.99.
    pub discount: f64,
    /// Share `tau` by which target critics follow. METRA, table 2: 0.005.
    pub tau: f64,
    /// First temperature `alpha`. Official flag `alpha`: 0.01.
    pub initial_alpha: f64,
    /// Target entropy per action dimension, nats. Official code: -1/2.
    pub target_entropy: f64,
    /// Whether the hidden layers of the critics are normalised, between the linear map and ReLU. Official code of METRA: no;
    /// that of TLDR, and the default with it: yes.
    pub layer_norm: bool,
    /// Whether no value follows the last step of an episode that only the time limit ended. The official code of METRA
    /// stores time limits as terminal; that of CSF does not.
    pub time_limit_is_terminal: bool,
}

impl Default for SacConfig {
    fn default() -> Self {
        Self {
            width: 1024,
            learning_rate: 1e-4,
            discount: 0.99,
            tau: 0.005,
            initial_alpha: 0.01,
            target_entropy: -0.5,
            layer_norm: false,
            time_limit_is_terminal: true,
        }
    }
}

/// Policy, twin critics, their targets and the temperature.
pub struct Sac {
    sizes: Sizes,
    returns: Returns,
    tau: f32,
    /// `H`, nats.
    target_entropy: f32,
    policy: Trained<Mlp>,
    critic: Trained<EnsembleMlp>,
    // Empty only inside `follow`, where the averaged module is taken by value.
    target: Option<EnsembleMlp>,
    log_alpha: Trained<Scalar>,
    device: Device,
}

impl Sac {
    /// For vectors of the given `sizes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &SacConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let (input, width) = (sizes.observation + sizes.task, config.width);
        // A small output gain starts the mean near 0 and the standard deviation near 1.
        let policy = Mlp::new(&[input, width, width, 2 * sizes.action], Gain(0.01), stream, &tracked);
        let layers = [input + sizes.action, width, width, 1];
        let critic = EnsembleMlp::new(2, &layers, stream, &tracked);
        let critic = if config.layer_norm { critic.normalised(&layers, stream) } else { critic };
        let rate = config.learning_rate;
        Self {
            sizes,
            returns: Returns {
                steps: 1,
                discount: config.discount as f32,
                time_limit_is_terminal: config.time_limit_is_terminal,
            },
            tau: config.tau as f32,
            target_entropy: (config.target_entropy * sizes.action as f64) as f32,
            target: Some(critic.valid()),
            policy: Trained::new(policy, rate, device),
            critic: Trained::new(critic, rate, device),
            log_alpha: Trained::new(Scalar::new(config.initial_alpha.ln() as f32, stream, &tracked), rate, device),
            device: device.clone(),
        }
    }

    fn noise(&self, rows: usize, stream: &mut Stream) -> Tensor<2> {
        let mut values = vec![0.0; rows * self.sizes.action];
        stream.fill_normal(&mut values);
        tensor(values, rows, self.sizes.action, &self.device)
    }

    /// The targets `y`, `[B, 1]`, constants.
    fn targets(&self, batch: &Batch, reward: Tensor<2>, alpha: Tensor<2>, stream: &mut Stream) -> Tensor<2> {
        let input = batch.next_input();
        let gaussian = Gaussian::new(self.policy.frozen().forward(input.clone()));
        let (action, log_pi) = gaussian.sample(self.noise(batch.size(), stream));
        let target = self.target.as_ref().expect("present between steps");
        let value = smaller(target.forward(Tensor::cat(vec![input, action], 1))) - log_pi * alpha;
        reward + (-batch.terminal.clone() + 1.0) * value * batch.discount.clone()
    }

    fn critic_loss(&self, input: Tensor<2>, action: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        let q = self.critic.module().forward(Tensor::cat(vec![input, action], 1)); // [2, B, 1]
        // Both critics and the factor 1/2: twice the mean over the pair, halved.
        (q - targets.unsqueeze()).square().mean()
    }

    /// The policy's loss and the mean of `log pi`.
    fn policy_loss(&self, input: Tensor<2>, alpha: Tensor<2>, noise: Tensor<2>) -> (Tensor<1>, Tensor<1>) {
        let gaussian = Gaussian::new(self.policy.module().forward(input.clone()));
        let (action, log_pi) = gaussian.sample(noise);
        let q = self.critic.frozen().forward(Tensor::cat(vec![input.autodiff(), action], 1));
        let loss = (log_pi.clone() * alpha - smaller(q)).mean();
        (loss, log_pi.inner().mean())
    }

    fn follow(&mut self) {
        let target = self.target.take().expect("present between steps");
        self.target = Some(polyak(target, self.critic.module(), self.tau));
    }
}

impl Agent for Sac {
    fn returns(&self) -> Returns {
        self.returns
    }

    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let rows = observation.dims()[0];
        let gaussian = Gaussian::new(self.policy.frozen().forward(Tensor::cat(vec![observation, task], 1)));
        match act {
            Act::Mode => gaussian.mean.tanh(),
            Act::Begin | Act::Explore => gaussian.sample(self.noise(rows, stream)).0,
        }
    }

    fn update(&mut self, batch: &Batch, reward: Tensor<2>, glance: Option<Glance<'_>>, stream: &mut Stream) -> Scalars {
        let alpha = self.log_alpha.module().exp(); // [1, 1]
        let input = Tensor::cat(vec![batch.observation.clone(), batch.task.clone()], 1);
        let mut metrics: Scalars =
            vec![("sac/alpha", alpha.clone().reshape([1])), ("sac/reward", reward.clone().mean())];

        let targets = self.targets(batch, reward, alpha.clone(), stream);
        metrics.push(("sac/target", targets.clone().mean()));
        let (seen, action, net) = critics_view(batch, &input, glance);
        let loss = self.critic_loss(seen, action, targets);
        metrics.push(("sac/loss_critic", loss.clone().inner()));
        descend(&mut self.critic, net, loss);

        let noise = self.noise(batch.size(), stream);
        let (loss, log_pi) = self.policy_loss(input, alpha, noise);
        metrics.push(("sac/loss_policy", loss.clone().inner()));
        metrics.push(("sac/entropy", -log_pi.clone()));
        self.policy.descend(loss);

        let loss = -(self.log_alpha.module().value() * (log_pi + self.target_entropy));
        self.log_alpha.descend(loss);

        self.follow();
        metrics
    }

    fn learns_to_see(&self) -> bool {
        true
    }

    fn actor(&self) -> Option<Actor> {
        Some(Actor { layers: self.policy.frozen().layers().to_vec(), norm: None, noise: None, cut: false })
    }

    /// The policy alone: values of another reward say nothing about this one.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        *self.policy.module_mut() = load_weights(self.policy.module().clone(), dir, "sac-policy")?;
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.save(dir, "sac-policy")?;
        self.critic.save(dir, "sac-critic")?;
        self.log_alpha.save(dir, "sac-log-alpha")?;
        save_weights(self.target.as_ref().expect("present between steps"), dir, "sac-target")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.policy.load(dir, "sac-policy")?;
        self.critic.load(dir, "sac-critic")?;
        self.log_alpha.load(dir, "sac-log-alpha")?;
        let target = self.target.clone().expect("present between steps");
        self.target = Some(load_weights(target, dir, "sac-target")?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;

    use super::*;
    use crate::{EncoderConfig, EyeNet, Eyes};

    /// The network in front goes one step down the critics' loss, and no other.
    #[test]
    fn what_sees_is_trained_by_the_critics_alone() {
        let device = Device::flex();
        let config = SacConfig { width: 8, ..SacConfig::default() };
        let world = world("PointMaze-UMaze-Pixels-v0").expect("is registered");
        let looks = EncoderConfig { features: 4, trained: true, ..EncoderConfig::default() };
        let make = || {
            let sizes = Sizes { observation: 4, task: 1, action: 2 };
            let sac = Sac::new(&config, sizes, &mut Stream::new(0, "agent", 0), &device);
            (sac, Eyes::new(&looks, &world, 0, &device).expect("fits").expect("has frames"))
        };
        let frames: Vec<u8> = (0..3 * 64 * 64 * 3_usize).map(|at| (at / 7 % 256) as u8).collect();
        let weights = |net: &Trained<EyeNet>| {
            let rgb = freeroam_objectives::vision::planes(&frames, 3, [64; 2], &device);
            freeroam_trainer::nn::numbers(net.frozen().forward(rgb))
        };
        let (mut sac, mut eyes) = make();
        let before = weights(eyes.net());
        let observation = eyes.tracked(&frames);
        let task = Tensor::ones([3, 1], &device);
        let constants = observation.clone().inner();
        let batch = Batch::of_steps(constants.clone(), Tensor::zeros([3, 2], &device), constants, task.clone());
        let reward = Tensor::ones([3, 1], &device);
        let stream = || Stream::new(1, "noise", 0);
        sac.update(&batch, reward.clone(), Some(Glance { observation, net: eyes.net() }), &mut stream());

        let (other, mut alone) = make();
        let alpha = other.log_alpha.module().exp();
        let targets = other.targets(&batch, reward, alpha, &mut stream());
        let seen = Tensor::cat(vec![alone.tracked(&frames), task.autodiff()], 1);
        let loss = other.critic_loss(seen, batch.action.clone().autodiff(), targets);
        alone.net().descend(loss);
        assert_eq!(weights(eyes.net()), weights(alone.net()));
        assert_ne!(weights(eyes.net()), before);
    }
}
