//! How an episode begins.

use crate::Stream;

/// The state in which an episode begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// The generalized positions without noise.
    pub qpos: Vec<f32>,
    /// Added to each of them, quaternions included.
    pub position_noise: Noise,
    /// The generalized velocities.
    pub velocity_noise: Noise,
}

/// A law of random numbers around 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// Always 0; draws nothing.
    None,
    /// Uniform in plus or minus this.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
}

impl Noise {
    fn draw(self, stream: &mut Stream) -> f32 {
        match self {
            Self::None => 0.0,
            Self::Uniform(half) => stream.uniform(-half, half) as f32,
            Self::Normal(deviation) => (deviation * stream.normal()) as f32,
        }
    }
}

impl Start {
    /// Draws a start state into `qpos` and `qvel`.
    pub(super) fn draw(&self, stream: &mut Stream, qpos: &mut [f32], qvel: &mut [f32]) {
        for (value, pose) in qpos.iter_mut().zip(&self.qpos) {
            *value = pose + self.position_noise.draw(stream);
        }
        qvel.fill_with(|| self.velocity_noise.draw(stream));
    }
}
