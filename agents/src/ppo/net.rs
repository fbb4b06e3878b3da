//! Policy and value, with or without a memory of the episode.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{Gain, Gru, Mlp, param};

use super::PpoConfig;
use crate::agent::Sizes;
use crate::gaussian::Gaussian;

/// The networks of PPO. With a memory `h`, policy and value see `[x, h']`, `h'` being the memory after `x`.
#[derive(Module, Debug)]
pub(super) struct Net {
    policy: Mlp,
    /// Logarithm of the deviation, `[action]`; with a deviation by state the policy's own second half.
    log_std: Option<Param<Tensor<1>>>,
    value: Mlp,
    memory: Option<Gru>,
}

impl Net {
    pub(super) fn new(config: &PpoConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Self {
        let (input, width) = (sizes.observation + sizes.task, config.width);
        let memory = (config.recurrent > 0).then(|| Gru::new(input, config.recurrent, stream, device));
        let input = input + config.recurrent;
        let outputs = if config.state_std { 2 * sizes.action } else { sizes.action };
        let hidden = Gain(std::f32::consts::SQRT_2);
        let mut mlp =
            |outputs, gain| Mlp::scaled(&[input, width, width, outputs], [hidden, Gain(gain)], &mut *stream, device);
        let (policy, value) = (mlp(outputs, 0.01), mlp(1, 1.0));
        let log_std = (!config.state_std).then(|| param(Tensor::zeros([sizes.action], device), stream));
        Self { policy, log_std, value, memory }
    }

    /// What policy and value see, `[B, input]`, and the memory after it, `[B, memory]`.
    pub(super) fn features(&self, x: Tensor<2>, memory: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        match &self.memory {
            None => (x, memory),
            Some(gru) => {
                let after = gru.step(gru.prepare(x.clone()), memory);
                (Tensor::cat(vec![x, after.clone()], 1), after)
            }
        }
    }

    /// As [`Net::features`] for sequences side by side, `row = step * sequences + sequence`: `memory` is that before the first step,
    /// `[sequences, memory]`. `kept` is 0 where a step begins an episode, `own` 1 where the agent took it, `[rows, 1]` each.
    /// Also the memory after each row, `[rows, memory]`.
    pub(super) fn unroll(
        &self,
        x: Tensor<2>,
        mut memory: Tensor<2>,
        [kept, own]: [Tensor<2>; 2],
    ) -> (Tensor<2>, Tensor<2>) {
        let [rows, _] = x.dims();
        let Some(gru) = &self.memory else {
            let memory = Tensor::zeros([rows, 0], &x.device());
            return (x, memory);
        };
        let sequences = memory.dims()[0];
        let prepared = gru.prepare(x.clone());
        let mut all = Vec::with_capacity(rows / sequences);
        for at in (0..rows).step_by(sequences) {
            let part = |of: &Tensor<2>| of.clone().narrow(0, at, sequences);
            let before = memory * part(&kept);
            let after = gru.step(part(&prepared), before.clone());
            memory = before.clone() + (after - before) * part(&own);
            all.push(memory.clone());
        }
        let all = Tensor::cat(all, 0); // [rows, memory]
        (Tensor::cat(vec![x, all.clone()], 1), all)
    }

    /// The law of actions for features `[B, input]`.
    pub(super) fn law(&self, features: Tensor<2>) -> Gaussian {
        let output = self.policy.forward(features);
        match &self.log_std {
            None => Gaussian::new(output),
            Some(log_std) => {
                let rows = output.dims()[0];
                let log_std: Tensor<2> = log_std.val().unsqueeze();
                Gaussian::of(output, log_std.repeat_dim(0, rows))
            }
        }
    }

    /// Values of features, `[B, 1]`.
    pub(super) fn value(&self, features: Tensor<2>) -> Tensor<2> {
        self.value.forward(features)
    }

    /// The layers of the policy, the last one giving mean and logarithm of the deviation; nothing where it has a memory.
    pub(super) fn layers(&self) -> Option<Vec<Linear>> {
        let mut layers = self.policy.layers().to_vec();
        if let (Some(log_std), Some(last)) = (&self.log_std, layers.last_mut()) {
            let log_std = log_std.val();
            let wider = |weight: Tensor<2>| Tensor::cat(vec![weight.clone(), weight.zeros_like()], 1);
            last.weight = last.weight.clone().map(wider);
            last.bias = last.bias.take().map(|bias| bias.map(|bias| Tensor::cat(vec![bias, log_std], 0)));
        }
        self.memory.is_none().then_some(layers)
    }

    /// This network with the values of another one of its kind.
    pub(super) fn with_value_of(self, other: &Self) -> Self {
        Self { value: other.value.clone(), ..self }
    }
}
