//! Proximal policy optimisation: Schulman, Wolski, Dhariwal, Radford and Klimov, 2017; details of Huang et al., "The 37 Implementation
//! Details of Proximal Policy Optimization", 2022.
//!
//! ```text
//! roll out T steps in N lanes; V, log pi_old and advantages A of all of them (`advantages.rs`); R = A + V
//! for each epoch, for each minibatch of (s, z, a, A, R):
//!   k     = pi(a | s, z) / pi_old(a | s, z)
//!   pi, V <- descend  mean( -min(k A, clip(k, 1 - c, 1 + c) A)                            (eq. 7)
//!                           + w/2 max((V - R)^2, (V_old + clip(V - V_old, -c', c') - R)^2)
//!                           - e H(pi) ),                      gradients cut to a common norm
//! ```
//!
//! Actions are `tanh` of a normal law whose deviation is shared by all states, or one of the state. With a memory (a gated
//! recurrent unit) minibatches are whole lanes: gradients flow through all steps of the rollout, and the memory begins anew with
//! each episode.
//!
//! Where what sees frames is trained, the same loss trains it, by a learning rate of its own and within the common norm.
//!
//! Differences from the details: actions are squashed by tanh instead of cut, so that policies export like those of SAC, and the entropy
//! is that of the squashed law, by one sample; hidden layers have ReLU; Adam's epsilon is 1e-8; the learning rate stays; time limits are
//! no ends, the value of the state that an episode would have gone on from follows.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_objectives::{ReturnScale, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Trained, load_weights, numbers, tensor};

use self::advantages::{Steps, Weights, advantages};
use self::net::Net;
use self::noise::{Known, Persistence};
use self::rows::Rows;
use crate::agent::{Returns, Sizes};
use crate::experience::{Experience, OnPolicy, pick};
use crate::export::Actor;
use crate::gaussian::{Gaussian, unsquashed};
use crate::{Act, Agent, Sight};

mod advantages;
mod net;
mod noise;
mod rows;
mod settings;
#[cfg(test)]
mod tests;

pub use settings::PpoConfig;

/// Largest logarithm of a ratio of densities, in size.
const FARTHEST: f32 = 20.0;

/// Policy and value.
pub struct Ppo {
    config: PpoConfig,
    action: usize,
    net: Trained<Net>,
    returns: ReturnScale,
    device: Device,
}

/// What is known of a rollout before it is learned from; `[rows, 1]` where nothing else is said.
struct Before {
    /// What networks see, `[rows, observation + task]`.
    input: Tensor<2>,
    /// Actions before tanh, `[rows, action]`.
    action: Tensor<2>,
    /// The noise of the steps before, where it persists.
    noise: Option<Known>,
    value: Tensor<2>,
    log_p: Tensor<2>,
    /// `A`, `[rows]`.
    advantage: Vec<f32>,
    /// `R`.
    target: Tensor<2>,
}

impl Ppo {
    /// For vectors of the given `sizes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &PpoConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Self {
        let net = Net::new(config, sizes, stream, &device.clone().autodiff());
        Self {
            config: config.clone(),
            action: sizes.action,
            net: Trained::new(net, config.learning_rate, device),
            returns: ReturnScale::new(config.discount),
            device: device.clone(),
        }
    }

    fn persistence(&self) -> Persistence {
        let PpoConfig { noise_correlation, recurrent, .. } = self.config;
        Persistence { correlation: noise_correlation as f32, recurrent, action: self.action }
    }

    fn noise(&self, rows: usize, stream: &mut Stream) -> Tensor<2> {
        let mut values = vec![0.0; rows * self.action];
        stream.fill_normal(&mut values);
        tensor(values, rows, self.action, &self.device)
    }

    /// Features of rows of the experience, whose `input` this is, and the memory after each; with a memory the rows are whole lanes.
    fn features(&self, net: &Net, rows: &Rows, input: Tensor<2>, experience: &Experience) -> (Tensor<2>, Tensor<2>) {
        let Experience { lanes, ended, own, .. } = experience;
        let flags = |of: &dyn Fn(usize) -> bool| {
            let flags: Vec<f32> = rows.all.iter().map(|&row| f32::from(u8::from(of(row)))).collect();
            tensor(flags, rows.all.len(), 1, &self.device)
        };
        let kept = flags(&|row| row < *lanes || !ended[row - lanes]);
        let memory = rows.first_of(&self.persistence().split(experience.memory.clone()).0);
        net.unroll(input, memory, [kept, flags(&|row| own[row])])
    }

    fn before(&self, experience: &Experience) -> Before {
        let net = self.net.frozen();
        let batch = &experience.batch;
        let rows = Rows::all(experience.reward.len(), experience.lanes);
        let input = Tensor::cat(vec![batch.observation.clone(), batch.task.clone()], 1);
        let (features, memory) = self.features(&net, &rows, input.clone(), experience);
        let value = net.value(features.clone());
        let values = numbers(value.clone());
        // Steps of which nothing may be learned pass on the value of the state before them.
        let mut after: Vec<f32> = values.clone();
        let terminal = numbers(batch.terminal.clone());
        after.iter_mut().zip(&terminal).filter(|(_, terminal)| **terminal > 0.0).for_each(|(after, _)| *after = 0.0);
        let cuts = &experience.cuts;
        if !cuts.is_empty() {
            let next = pick(&batch.next_observation, cuts);
            let x = Tensor::cat(vec![next, experience.cut_task.clone()], 1);
            let (features, _) = net.features(x, pick(&memory, cuts));
            for (&row, value) in cuts.iter().zip(numbers(net.value(features))) {
                after[row] = value;
            }
        }
        let steps = Steps {
            lanes: experience.lanes,
            reward: &experience.reward,
            value: &values,
            after: &after,
            ended: &experience.ended,
            own: &experience.own,
        };
        let advantage = advantages(steps, Weights { discount: self.config.discount, lambda: self.config.lambda });
        let target = advantage.iter().zip(&values).map(|(advantage, value)| advantage + value).collect();
        let (law, action) = (net.law(features), unsquashed(batch.action.clone()));
        let noise = self.persistence().known(experience, &law, action.clone());
        Before {
            log_p: given(law, &rows, noise.as_ref()).log_p(action.clone()),
            noise,
            input,
            action,
            target: tensor(target, values.len(), 1, &self.device),
            value,
            advantage,
        }
    }

    /// One gradient step on some rows; its metrics. With a sight of them it trains what sees too.
    fn descend(
        &mut self,
        rows: &Rows,
        (experience, before): (&Experience, &Before),
        sight: Option<&mut Sight<'_>>,
        stream: &mut Stream,
    ) -> Scalars {
        let config = &self.config;
        let count = rows.all.len();
        let own: Vec<bool> = rows.all.iter().map(|&row| experience.own[row]).collect();
        let total = own.iter().filter(|own| **own).count().max(1) as f32;
        let weight: Vec<f32> = own.iter().map(|own| if *own { total.recip() } else { 0.0 }).collect();
        let mut advantage: Vec<f32> = rows.all.iter().map(|&row| before.advantage[row]).collect();
        if config.normalise_advantages {
            let mean = advantage.iter().zip(&weight).map(|(a, w)| a * w).sum::<f32>();
            let variance = advantage.iter().zip(&weight).map(|(a, w)| (a - mean).powi(2) * w).sum::<f32>();
            let scale = 1.0 / (variance.sqrt() + 1e-8);
            advantage.iter_mut().for_each(|a| *a = (*a - mean) * scale);
        }
        let column = |values| tensor(values, count, 1, &self.device);
        let (weight, advantage) = (column(weight), column(advantage));
        let mean = |x: Tensor<2>| (x * weight.clone()).sum();

        let net = self.net.module();
        let input = match &sight {
            None => rows.of(&before.input),
            Some(sight) => Tensor::cat(vec![sight.again(&rows.all), rows.of(&experience.batch.task).autodiff()], 1),
        };
        let (features, _) = self.features(net, rows, input, experience);
        let law = net.law(features.clone());
        // What is far beyond the cut counts alike; without an end ratios overflow where the deviation has become small.
        let log_p = given(law.clone(), rows, before.noise.as_ref()).log_p(rows.of(&before.action));
        let log_ratio = log_p - rows.of(&before.log_p);
        let log_ratio = log_ratio.clamp(-FARTHEST, FARTHEST);
        let ratio = log_ratio.clone().exp();
        let cut = ratio.clone().clamp(1.0 - config.clip, 1.0 + config.clip);
        let gain = (ratio.clone() * advantage.clone()).min_pair(cut * advantage);
        let policy = -mean(gain);

        let value = net.value(features);
        let [old, target] = [&before.value, &before.target].map(|of| rows.of(of));
        let mut error = (value.clone() - target.clone()).square();
        if config.value_clip > 0.0 {
            let near = (value - old.clone()).clamp(-config.value_clip, config.value_clip) + old;
            error = error.max_pair((near - target).square());
        }
        let fit = mean(error) * 0.5;
        let entropy = -mean(law.sample(self.noise(count, stream)).1);

        let constants = ratio.inner();
        let outside = (constants.clone() - 1.0).abs().greater_elem(config.clip).float();
        let metrics = vec![
            ("ppo/loss_policy", policy.clone().inner()),
            ("ppo/loss_value", fit.clone().inner()),
            ("ppo/entropy", entropy.clone().inner()),
            ("ppo/kl", mean(constants - 1.0 - log_ratio.inner())),
            ("ppo/clipped", mean(outside)),
        ];
        let loss = policy + fit * config.value_weight - entropy * config.entropy;
        match sight {
            None => self.net.descend_within(loss, config.gradient_norm),
            Some(sight) => self.net.descend_both_within(sight.eyes.net(), loss, config.gradient_norm),
        };
        metrics
    }
}

/// The law of the actions of some rows under what is known of the noise before them.
fn given(law: Gaussian, rows: &Rows, noise: Option<&Known>) -> Gaussian {
    match noise {
        None => law,
        Some(Known { before, kept }) => law.given(rows.of(before), rows.of(kept)),
    }
}

/// Mean reward of the agent's own steps.
fn own_mean(experience: &Experience) -> f32 {
    let own = experience.reward.iter().zip(&experience.own).filter(|(_, own)| **own);
    let (sum, count) = own.fold((0.0, 0_usize), |(sum, count), (reward, _)| (sum + reward, count + 1));
    sum / count.max(1) as f32
}

/// Share of the targets' variance that the values explain.
fn explained(experience: &Experience, before: &Before) -> f32 {
    let (targets, values) = (numbers(before.target.clone()), numbers(before.value.clone()));
    let own = || (0..targets.len()).filter(|&row| experience.own[row]);
    let variance = |of: &dyn Fn(usize) -> f32| {
        let count = own().count().max(1) as f32;
        let mean = own().map(of).sum::<f32>() / count;
        own().map(|row| (of(row) - mean).powi(2)).sum::<f32>() / count
    };
    1.0 - variance(&|row| targets[row] - values[row]) / variance(&|row| targets[row]).max(1e-12)
}

impl OnPolicy for Ppo {
    fn learn(
        &mut self,
        experience: &Experience,
        mut sight: Option<&mut Sight<'_>>,
        stream: &mut Stream,
    ) -> (Scalars, u64) {
        let earned = own_mean(experience);
        let mut scaled = experience.clone();
        if self.config.scale_rewards {
            let Experience { lanes, ended, own, .. } = experience;
            self.returns.scale(*lanes, ended, &|row| own[row], &mut scaled.reward);
        }
        let experience = &scaled;
        let before = self.before(experience);
        let (total, lanes) = (experience.reward.len(), experience.lanes);
        let recurrent = self.config.recurrent > 0;
        // What is drawn from: lanes, or rows.
        let mut drawn: Vec<usize> =
            if recurrent { (0..lanes).collect() } else { (0..total).filter(|&row| experience.own[row]).collect() };
        let size =
            if recurrent { (self.config.minibatch * lanes / total.max(1)).max(1) } else { self.config.minibatch };
        let (mut sums, mut steps) = (Scalars::new(), 0);
        for _ in 0..self.config.epochs {
            stream.shuffle(&mut drawn);
            for chosen in drawn.chunks(size) {
                let rows = if recurrent { Rows::of_lanes(chosen, total, lanes) } else { Rows::single(chosen) };
                let metrics = self.descend(&rows, (experience, &before), sight.as_deref_mut(), stream);
                steps += 1;
                sums = if sums.is_empty() {
                    metrics
                } else {
                    sums.into_iter().zip(metrics).map(|((key, sum), (_, value))| (key, sum + value)).collect()
                };
            }
        }
        let mut metrics: Scalars = sums.into_iter().map(|(key, sum)| (key, sum / steps.max(1) as f32)).collect();
        let number = |value: f32| Tensor::<1>::from_floats([value], &self.device);
        metrics.push(("ppo/reward", number(earned)));
        metrics.push(("ppo/explained", number(explained(experience, &before))));
        (metrics, steps)
    }
}

impl Agent for Ppo {
    fn returns(&self) -> Returns {
        Returns {
            steps: 1,
            discount: self.config.discount as f32,
            time_limit_is_terminal: self.config.time_limit_is_terminal,
        }
    }

    /// That of the recurrent unit, and the latest noise where it is correlated.
    fn memory(&self) -> usize {
        self.config.recurrent + self.persistence().width()
    }

    /// As at the start of an episode.
    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let nothing = Tensor::zeros([observation.dims()[0], self.memory()], &self.device);
        self.act_on(observation, task, nothing, act, stream).0
    }

    fn act_on(
        &self,
        observation: Tensor<2>,
        task: Tensor<2>,
        memory: Tensor<2>,
        act: Act,
        stream: &mut Stream,
    ) -> (Tensor<2>, Tensor<2>) {
        let rows = observation.dims()[0];
        let net = self.net.frozen();
        let (remembered, noise) = self.persistence().split(memory);
        let (features, remembered) = net.features(Tensor::cat(vec![observation, task], 1), remembered);
        let law = net.law(features);
        let (action, noise) = match act {
            Act::Mode => (law.mean.tanh(), noise),
            Act::Begin | Act::Explore => {
                let noise = self.persistence().next(noise, self.noise(rows, stream));
                (law.sample(noise.clone()).0, noise)
            }
        };
        let memory = if self.persistence().width() > 0 { Tensor::cat(vec![remembered, noise], 1) } else { remembered };
        (action, memory)
    }

    fn learns_to_see(&self) -> bool {
        true
    }

    fn on_policy(&mut self) -> Option<&mut dyn OnPolicy> {
        Some(self)
    }

    fn actor(&self) -> Option<Actor> {
        self.net.frozen().layers().map(|layers| Actor { layers, norm: None, noise: None, cut: false })
    }

    /// The policy alone: values of another reward say nothing about this one.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        let own = self.net.module().clone();
        *self.net.module_mut() = load_weights(own.clone(), dir, "ppo")?.with_value_of(&own);
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.net.save(dir, "ppo")?;
        self.returns.save(dir, "ppo-returns")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.net.load(dir, "ppo")?;
        self.returns.load(dir, "ppo-returns")
    }
}
