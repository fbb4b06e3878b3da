//! Contrasting transitions with skills: the representation that CIC and MOSS measure surprise in.
//!
//! ```text
//! q_i = unit(W(z_i)),   k_i = unit(P(phi(s_i), psi(s'_i))),   T the temperature
//! L_i = -log( exp(q_i k_i / T) / (sum_j exp(q_i k_j / T) - exp(1 / T)) )
//! ```
//!
//! What is taken off the sum is the positive pair as it would be at cosine 1, so that `L` may be negative where it is not.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Mlp, Trained, numbers};

use crate::Batch;
use crate::dynamics::length;
use crate::moments::Moments;
use crate::particles::{Scale, nearest, surprise};

/// How a representation is learned and what counts as surprise in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContrastConfig {
    /// Dimension of skills and representations.
    pub(crate) dim: usize,
    /// Width of the hidden layers.
    pub(crate) width: usize,
    /// Adam's learning rate.
    pub(crate) learning_rate: f64,
    /// `T`.
    pub(crate) temperature: f64,
    /// Neighbours `k` of a state.
    pub(crate) neighbours: usize,
    /// What is taken off each scaled distance.
    pub(crate) floor: f64,
}

/// The networks as they learn, and running moments of the distances to neighbours.
pub(crate) struct Contrasted {
    config: ContrastConfig,
    networks: Trained<Contrast>,
    distance: Moments,
    device: Device,
}

impl Contrasted {
    /// For observations of `observation` numbers, on the plain `device`.
    pub(crate) fn new(config: ContrastConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let networks = Contrast::new(observation, config.dim, config.width, stream, &device.clone().autodiff());
        Self {
            networks: Trained::new(networks, config.learning_rate, device),
            distance: Moments::default(),
            device: device.clone(),
            config,
        }
    }

    /// One descent step on the mean of `L`, which it returns, `[1]`.
    pub(crate) fn descend(&mut self, batch: &Batch) -> Tensor<1> {
        let Batch { observation, next_observation, task, .. } = batch.clone();
        let loss = self.networks.module().loss(observation, next_observation, task, self.config.temperature as f32);
        let value = loss.clone().inner();
        self.networks.descend(loss);
        value
    }

    /// `phi`, `[B, observation] -> [B, dim]`, constant.
    pub(crate) fn state(&self, observation: Tensor<2>) -> Tensor<2> {
        self.networks.frozen().state(observation)
    }

    /// Distances of each of `queries`, `[Q, dim]`, to its nearest of `points`, `[P, dim]`: `[Q, k]`.
    pub(crate) fn distances(&self, queries: Tensor<2>, points: Tensor<2>) -> Tensor<2> {
        nearest(queries, points, self.config.neighbours, &self.device)
    }

    /// Takes distances into the moments.
    pub(crate) fn measure(&mut self, distances: Tensor<2>) {
        self.distance.update(&numbers(distances));
    }

    /// Running mean of the distances.
    pub(crate) fn mean_distance(&self) -> f32 {
        self.distance.mean()
    }

    /// `log(1 + mean max((d - centre) / S - floor, 0))` with the running variance `S`, `[B, k] -> [B, 1]`.
    pub(crate) fn surprise(&self, distances: Tensor<2>, centre: f32) -> Tensor<2> {
        let scale = Scale { centre, scale: self.distance.variance(), floor: self.config.floor as f32 };
        surprise(distances, scale)
    }

    /// Writes both into `dir`, as files of the objective `name`.
    pub(crate) fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.networks.save(dir, &format!("{name}-contrast"))?;
        self.distance.save(dir, &format!("{name}-distance"))
    }

    /// Reads what [`Contrasted::save`] wrote.
    pub(crate) fn load(&mut self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.networks.load(dir, &format!("{name}-contrast"))?;
        self.distance = Moments::load(dir, &format!("{name}-distance"))?;
        Ok(())
    }
}

/// The four networks, two hidden layers each.
#[derive(Module, Debug)]
struct Contrast {
    state: Mlp,
    next: Mlp,
    skill: Mlp,
    transition: Mlp,
}

impl Contrast {
    /// For observations of `observation` numbers and skills of `dim`, which is the dimension of all representations too.
    fn new(observation: usize, dim: usize, width: usize, stream: &mut Stream, device: &Device) -> Self {
        let mut network = |inputs| Mlp::orthogonal(&[inputs, width, width, dim], stream, device);
        Self {
            state: network(observation),
            next: network(observation),
            skill: network(dim),
            transition: network(2 * dim),
        }
    }

    /// `phi`, `[B, observation] -> [B, dim]`.
    fn state(&self, observation: Tensor<2>) -> Tensor<2> {
        self.state.forward(observation)
    }

    /// The mean of `L` over a batch of `s`, `s'`, `z`, `[1]`.
    fn loss(&self, state: Tensor<2>, next: Tensor<2>, skill: Tensor<2>, temperature: f32) -> Tensor<1> {
        let pair = Tensor::cat(vec![self.state.forward(state), self.next.forward(next)], 1); // [B, 2 dim]
        loss(unit(self.skill.forward(skill)), unit(self.transition.forward(pair)), temperature)
    }
}

/// The mean of `L` for unit queries and keys, `[B, D]` each.
fn loss(query: Tensor<2>, key: Tensor<2>, temperature: f32) -> Tensor<1> {
    let all = (query.clone().matmul(key.clone().transpose()) / temperature).exp().sum_dim(1); // [B, 1]
    let others = (all - temperature.recip().exp()).clamp_min(1e-6);
    let own = (query * key).sum_dim(1) / temperature; // [B, 1]
    (others.log() - own).mean()
}

/// Rows at unit length, `[B, D]`.
pub(crate) fn unit(x: Tensor<2>) -> Tensor<2> {
    let length = length(x.clone());
    x / length
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::tensor;

    use super::*;

    /// 1,024 random vectors of 64 dimensions: the first loss of networks that know nothing, and that of perfect pairs.
    #[test]
    fn losses_of_random_and_of_perfect_pairs() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "contrast", 0);
        let mut random = || {
            let mut values = vec![0.0; 1024 * 64];
            stream.fill_normal(&mut values);
            unit(tensor(values, 1024, 64, &device))
        };
        let (query, key) = (random(), random());
        let strangers: f32 = loss(query.clone(), key, 0.5).into_scalar();
        let pairs: f32 = loss(query.clone(), query, 0.5).into_scalar();
        assert!((strangers - 6.96).abs() < 0.02, "{strangers}");
        assert!((pairs - 4.96).abs() < 0.02, "{pairs}");
    }
}
