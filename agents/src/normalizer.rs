//! Observations at unit scale.

use freeroam_envs::{Categories, Spec};

/// The fixed map from a world's observations to what networks see: categories one-hot, then `(x - mean) / std` channel by channel.
/// Channels that are for measuring alone ([`Roles::measured`](freeroam_envs::Roles::measured)) are left out.
///
/// Mean and standard deviation are part of a world's [`Spec`], so that every run of a world sees the same scales. They matter
/// to distance-based objectives, whose early gradients follow the largest inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalizer {
    categories: Option<Categories>,
    /// Channels of an observation.
    channels: usize,
    /// The scaled channels.
    at: Vec<usize>,
    mean: Vec<f32>,
    std: Vec<f32>,
    /// `1 / std`.
    scale: Vec<f32>,
}

impl Normalizer {
    /// The map of a world, whose scaled channels have the deviation `scale` instead of 1.
    #[must_use]
    pub fn new(spec: &Spec, scale: f64) -> Self {
        let roles = &spec.roles;
        let first = roles.categories.map_or(0, |categories| categories.channels);
        let at: Vec<usize> = (first..spec.observation.len()).filter(|at| !roles.measured.contains(at)).collect();
        let scale = scale as f32;
        let of = |number: &dyn Fn(usize) -> f32| at.iter().map(|&at| number(at)).collect();
        Self {
            categories: roles.categories,
            channels: spec.observation.len(),
            mean: of(&|at| spec.observation[at].mean),
            std: of(&|at| spec.observation[at].std / scale),
            scale: of(&|at| scale / spec.observation[at].std),
            at,
        }
    }

    /// The map of rows in a world with frames, whose last `features` numbers are features at unit scale: it leaves out the
    /// `observation` numbers before them.
    #[must_use]
    pub fn of_features(observation: usize, features: usize) -> Self {
        Self {
            categories: None,
            channels: observation + features,
            at: (observation..observation + features).collect(),
            mean: vec![0.0; features],
            std: vec![1.0; features],
            scale: vec![1.0; features],
        }
    }

    /// The first channels, where they are categories.
    #[must_use]
    pub fn categories(&self) -> Option<Categories> {
        self.categories
    }

    /// Numbers that networks see of an observation.
    #[must_use]
    pub fn width(&self) -> usize {
        self.categories.map_or(0, Categories::width) + self.at.len()
    }

    /// Mean of each scaled channel, SI units.
    #[must_use]
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Standard deviation of each scaled channel, SI units.
    #[must_use]
    pub fn std(&self) -> &[f32] {
        &self.std
    }

    /// Maps rows of observations, `[B, observation]` to `[B, width]`.
    #[must_use]
    pub fn apply(&self, observations: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(observations.len() / self.channels * self.width());
        for row in observations.chunks_exact(self.channels) {
            if let Some(categories) = self.categories {
                for &number in &row[..categories.channels] {
                    let start = out.len();
                    out.resize(start + categories.classes, 0.0);
                    out[start + categories.class(number)] = 1.0;
                }
            }
            let scaled = self.at.iter().zip(&self.mean).zip(&self.scale);
            out.extend(scaled.map(|((&at, mean), scale)| (row[at] - mean) * scale));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;

    use super::*;

    #[test]
    fn what_is_for_measuring_is_left_out_and_categories_are_one_hot() {
        let spec = world("Rooms-Noisy-v0").expect("is registered").spec().clone();
        let normalizer = Normalizer::new(&spec, 1.0);
        let categories = spec.roles.categories.expect("rays see classes");
        assert_eq!(normalizer.width(), categories.width() + 2);
        let mut observation = vec![3.0; spec.observation.len()];
        let seen = normalizer.apply(&observation);
        assert_eq!(seen.len(), normalizer.width());
        assert!(
            seen[..categories.width()]
                .chunks(categories.classes)
                .all(|hot| hot[3] == 1.0 && hot.iter().sum::<f32>() == 1.0)
        );
        observation[spec.roles.measured.clone()].fill(-100.0);
        assert_eq!(normalizer.apply(&observation), seen, "the place and the counts cannot be seen");
    }
}
