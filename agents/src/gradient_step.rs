//! One gradient step of METRA on fixed random data: the workload of the speed comparison.

use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Metra, MetraConfig, Objective};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{numbers, tensor};

use crate::{Agent, Sac, SacConfig, Sizes};

/// Transitions per step.
const BATCH: usize = 256;
/// The ant's sizes with a two-dimensional skill.
const SIZES: Sizes = Sizes { observation: 29, task: 2, action: 8 };

/// A closure that makes one gradient step: `phi`, dual variable, twin critics, policy, temperature, target critics, all
/// networks with two hidden layers of `width`. Each call waits for the device.
pub fn metra_step(width: usize, device: &Device) -> impl FnMut() + use<> {
    let mut stream = Stream::new(0, "gradient step", 0);
    let metra = MetraConfig { width, skill_dim: SIZES.task, ..MetraConfig::default() };
    let mut objective = Metra::new(&metra, SIZES.observation, &mut stream, device);
    let mut agent = Sac::new(&SacConfig { width, ..SacConfig::default() }, SIZES, &mut stream, device);
    let mut normal = |columns: usize| {
        let mut values = vec![0.0; BATCH * columns];
        stream.fill_normal(&mut values);
        tensor(values, BATCH, columns, device)
    };
    let batch = Batch {
        observation: normal(SIZES.observation),
        action: normal(SIZES.action).tanh(),
        next_observation: normal(SIZES.observation),
        task: normal(SIZES.task),
        reward: Tensor::zeros([BATCH, 1], device),
        discount: Tensor::ones([BATCH, 1], device) * 0.99,
        terminal: Tensor::zeros([BATCH, 1], device),
        goals: None,
    };
    move || {
        objective.update(&batch, &mut stream);
        let reward = objective.reward(&batch);
        let scalars = agent.update(&batch, reward, &mut stream);
        for (_, value) in scalars.into_iter().take(1) {
            let _ = numbers(value);
        }
    }
}
