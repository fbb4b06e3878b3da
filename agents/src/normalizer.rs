//! Observations at unit scale.

use freeroam_envs::Spec;

/// The fixed affine map from SI units to what networks see: `(x - mean) / std`, channel by channel.
///
/// Mean and standard deviation are part of a world's [`Spec`], so that every run of a world sees the same scales. They matter
/// to distance-based objectives, whose early gradients follow the largest inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalizer {
    mean: Vec<f32>,
    std: Vec<f32>,
    /// `1 / std`.
    scale: Vec<f32>,
}

impl Normalizer {
    /// The map of a world.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        Self {
            mean: spec.observation.iter().map(|channel| channel.mean).collect(),
            std: spec.observation.iter().map(|channel| channel.std).collect(),
            scale: spec.observation.iter().map(|channel| channel.std.recip()).collect(),
        }
    }

    /// Mean of each channel, SI units, `[observation]`.
    #[must_use]
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Standard deviation of each channel, SI units, `[observation]`.
    #[must_use]
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Maps rows of observations, `[B, observation]`.
    #[must_use]
    pub fn apply(&self, observations: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(observations.len());
        for row in observations.chunks_exact(self.mean.len()) {
            out.extend(row.iter().zip(&self.mean).zip(&self.scale).map(|((x, mean), scale)| (x - mean) * scale));
        }
        out
    }
}
