//! Objectives by name. Adding one is a line in each `match`.

use burn::tensor::Device;
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::{
    Diayn, DiaynConfig, Lsd, LsdConfig, Metra, MetraConfig, Objective, Random, RandomConfig,
};

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
