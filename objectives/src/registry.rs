//! Objectives by name. Adding one is a line in each `match`.

use burn::tensor::Device;
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::{Diayn, DiaynConfig, Lsd, LsdConfig, Metra, MetraConfig, Objective, Random, RandomConfig, Skills};

/// The settings of one objective; serialises as the table named after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectiveConfig {
    /// METRA.
    Metra(MetraConfig),
    /// DIAYN.
    Diayn(DiaynConfig),
    /// LSD.
    Lsd(LsdConfig),
    /// Uniform actions.
    Random(RandomConfig),
}

/// Names and one-line descriptions of all objectives.
#[must_use]
pub fn objectives() -> &'static [(&'static str, &'static str)] {
    &[
        ("metra", "directions in a latent space that measures time (Park et al., 2024)"),
        ("diayn", "skills that a discriminator tells apart (Eysenbach et al., 2019)"),
        ("lsd", "directions in a latent space that is Lipschitz in the observation (Park et al., 2022)"),
        ("random", "uniform actions, nothing learned"),
    ]
}

impl ObjectiveConfig {
    /// The default settings of the objective `name`, or nothing when there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "metra" => Self::Metra(MetraConfig::default()),
            "diayn" => Self::Diayn(DiaynConfig::default()),
            "lsd" => Self::Lsd(LsdConfig::default()),
            "random" => Self::Random(RandomConfig::default()),
            _ => return None,
        })
    }

    /// Keys that are out of range, each with what was expected.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Metra(config) => config.problems(),
            Self::Diayn(config) => config.problems(),
            Self::Lsd(config) => config.problems(),
            Self::Random(_) => Vec::new(),
        }
    }
}

/// The rules that every objective with skills and one network shares.
pub(crate) fn skill_rules(
    skills: Skills,
    skill_dim: usize,
    width: usize,
    learning_rate: f64,
) -> [(&'static str, bool, &'static str); 3] {
    let least = if skills == Skills::Discrete { 2 } else { 1 };
    [
        ("skill_dim", (least..=4096).contains(&skill_dim), "1 to 4096 dimensions, or 2 to 4096 discrete skills"),
        ("width", (1..=1 << 16).contains(&width), "1 to 65536"),
        ("learning_rate", learning_rate.is_finite() && learning_rate > 0.0, "a positive number"),
    ]
}

/// The rules that do not hold.
pub(crate) fn broken<const N: usize>(
    rules: [(&'static str, bool, &'static str); N],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key, expected))
}

/// Makes the objective for observations of `observation` numbers, with weights from `stream`, on the plain `device`.
#[must_use]
pub fn objective(
    config: &ObjectiveConfig,
    observation: usize,
    stream: &mut Stream,
    device: &Device,
) -> Box<dyn Objective> {
    match config {
        ObjectiveConfig::Metra(config) => Box::new(Metra::new(config, observation, stream, device)),
        ObjectiveConfig::Diayn(config) => Box::new(Diayn::new(config, observation, stream, device)),
        ObjectiveConfig::Lsd(config) => Box::new(Lsd::new(config, observation, stream, device)),
        ObjectiveConfig::Random(_) => Box::new(Random),
    }
}
