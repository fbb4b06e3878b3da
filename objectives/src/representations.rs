//! Representation objectives by name. Adding one is a line in each `match`.

use burn::tensor::Device;
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::language::{Causal, CausalConfig, Mlm, MlmConfig, Rts, RtsConfig, SimCse, SimCseConfig, Texts};
use crate::nets::TransformerConfig;
use crate::pairs::{CleanClip, CleanClipConfig, Clip, ClipConfig, Pairs, TowersConfig};
use crate::registry::{own, under};
use crate::vision::{
    Clips, Contrastive, ContrastiveConfig, Cpc, CpcConfig, Frames, Scan, ScanConfig, Vjepa, VjepaConfig,
};
use crate::{Representation, Tokens};

/// The settings of one representation objective; serialises as the table named after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepresentationConfig {
    /// Masked language model.
    Mlm(MlmConfig),
    /// Random token substitution.
    Rts(RtsConfig),
    /// Causal language model.
    Causal(CausalConfig),
    /// SimCSE.
    SimCse(SimCseConfig),
    /// Contrast of views.
    Contrastive(ContrastiveConfig),
    /// CPC v2.
    Cpc(CpcConfig),
    /// SCAN.
    Scan(ScanConfig),
    /// V-JEPA.
    Vjepa(VjepaConfig),
    /// CLIP.
    Clip(ClipConfig),
    /// `CleanCLIP`.
    CleanClip(CleanClipConfig),
}

/// What an objective's batches are of; each kind has a table of settings of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKind {
    /// [`Tokens`], with the table `text`.
    Text,
    /// [`Frames`], with the table `frames`.
    Frames,
    /// [`Clips`], with the table `clips`.
    Clips,
    /// [`Pairs`], with the table `pairs`.
    Pairs,
}

/// Names and one-line descriptions of all representation objectives.
#[must_use]
pub fn representations() -> &'static [(&'static str, &'static str)] {
    &[
        ("mlm", "texts: hidden tokens from all others (Devlin et al., 2019)"),
        ("rts", "texts: which tokens were replaced (Di Liello et al., 2022)"),
        ("causal", "texts: the next token from those before (Radford et al., 2019)"),
        ("simcse", "texts: the same text twice through dropout; start from mlm (Gao et al., 2021)"),
        ("contrastive", "frames: two views of a frame among those of others (Chen et al., 2020)"),
        ("cpc", "frames: rows of patches from those above (Hénaff et al., 2020)"),
        ("scan", "frames: clusters of neighbours; start from contrastive (Van Gansbeke et al., 2020)"),
        ("vjepa", "clips: features of what is hidden (Bardes et al., 2024)"),
        ("clip", "pairs: which caption belongs to which frame (Radford et al., 2021)"),
        ("cleanclip", "pairs: the same, and each side known again by itself; start from clip (Bansal et al., 2023)"),
    ]
}

impl RepresentationConfig {
    /// The default settings of the objective `name`, or nothing when there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "mlm" => Self::Mlm(MlmConfig::default()),
            "rts" => Self::Rts(RtsConfig::default()),
            "causal" => Self::Causal(CausalConfig::default()),
            "simcse" => Self::SimCse(SimCseConfig::default()),
            "contrastive" => Self::Contrastive(ContrastiveConfig::default()),
            "cpc" => Self::Cpc(CpcConfig::default()),
            "scan" => Self::Scan(ScanConfig::default()),
            "vjepa" => Self::Vjepa(VjepaConfig::default()),
            "clip" => Self::Clip(ClipConfig::default()),
            "cleanclip" => Self::CleanClip(CleanClipConfig::default()),
            _ => return None,
        })
    }

    /// What its batches are of.
    #[must_use]
    pub fn data(&self) -> DataKind {
        match self {
            Self::Mlm(_) | Self::Rts(_) | Self::Causal(_) | Self::SimCse(_) => DataKind::Text,
            Self::Contrastive(_) | Self::Cpc(_) | Self::Scan(_) => DataKind::Frames,
            Self::Vjepa(_) => DataKind::Clips,
            Self::Clip(_) | Self::CleanClip(_) => DataKind::Pairs,
        }
    }

    /// Keys that are out of range, each with what was expected.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, &'static str)> {
        let (broken, net, optimizer) = match self {
            Self::Mlm(MlmConfig { share, net, optimizer }) | Self::Rts(RtsConfig { share, net, optimizer }) => {
                ((!(*share > 0.0 && *share <= 1.0)).then_some(("share", "above 0, at most 1")), net, optimizer)
            }
            Self::Causal(CausalConfig { net, optimizer }) => (None, net, optimizer),
            Self::SimCse(SimCseConfig { temperature, net, optimizer }) => {
                let positive = temperature.is_finite() && *temperature > 0.0;
                ((!positive).then_some(("temperature", "a positive number")), net, optimizer)
            }
            Self::Contrastive(config) => return config.problems(),
            Self::Cpc(config) => return config.problems(),
            Self::Scan(config) => return config.problems(),
            Self::Vjepa(config) => return config.problems(),
            Self::Clip(config) => return config.problems(),
            Self::CleanClip(config) => return config.problems(),
        };
        own(broken.into_iter())
            .chain(under("net", net.problems()))
            .chain(under("optimizer", optimizer.problems()))
            .collect()
    }

    /// The transformer of an objective on texts.
    #[must_use]
    pub fn transformer(&self) -> Option<&TransformerConfig> {
        match self {
            Self::Mlm(config) => Some(&config.net),
            Self::Rts(config) => Some(&config.net),
            Self::Causal(config) => Some(&config.net),
            Self::SimCse(config) => Some(&config.net),
            _ => None,
        }
    }

    /// The networks of an objective on pairs.
    #[must_use]
    pub fn towers(&self) -> Option<&TowersConfig> {
        match self {
            Self::Clip(config) => Some(&config.towers),
            Self::CleanClip(config) => Some(&config.towers),
            _ => None,
        }
    }
}

/// Makes an objective on texts, with weights from `stream`, on the plain `device`; nothing where it is one on other batches.
#[must_use]
pub fn text_representation(
    config: &RepresentationConfig,
    texts: Texts,
    stream: &mut Stream,
    device: &Device,
) -> Option<Box<dyn Representation<Tokens>>> {
    Some(match config {
        RepresentationConfig::Mlm(config) => Box::new(Mlm::new(config, texts, stream, device)),
        RepresentationConfig::Rts(config) => Box::new(Rts::new(config, texts, stream, device)),
        RepresentationConfig::Causal(config) => Box::new(Causal::new(config, texts, stream, device)),
        RepresentationConfig::SimCse(config) => Box::new(SimCse::new(config, texts, stream, device)),
        _ => return None,
    })
}

/// Makes an objective on frames for `steps` gradient steps, as [`text_representation`].
#[must_use]
pub fn frames_representation(
    config: &RepresentationConfig,
    steps: u64,
    stream: &mut Stream,
    device: &Device,
) -> Option<Box<dyn Representation<Frames>>> {
    Some(match config {
        RepresentationConfig::Contrastive(config) => Box::new(Contrastive::new(config, steps, stream, device)),
        RepresentationConfig::Cpc(config) => Box::new(Cpc::new(config, steps, stream, device)),
        RepresentationConfig::Scan(config) => Box::new(Scan::new(config, steps, stream, device)),
        _ => return None,
    })
}

/// Makes an objective on clips for `steps` gradient steps, as [`text_representation`].
#[must_use]
pub fn clips_representation(
    config: &RepresentationConfig,
    steps: u64,
    stream: &mut Stream,
    device: &Device,
) -> Option<Box<dyn Representation<Clips>>> {
    match config {
        RepresentationConfig::Vjepa(config) => Some(Box::new(Vjepa::new(config, steps, stream, device))),
        _ => None,
    }
}

/// Makes an objective on pairs whose captions are of this kind, as [`text_representation`].
#[must_use]
pub fn pairs_representation(
    config: &RepresentationConfig,
    texts: Texts,
    stream: &mut Stream,
    device: &Device,
) -> Option<Box<dyn Representation<Pairs>>> {
    Some(match config {
        RepresentationConfig::Clip(config) => Box::new(Clip::new(config, texts, stream, device)),
        RepresentationConfig::CleanClip(config) => Box::new(CleanClip::new(config, texts, stream, device)),
        _ => return None,
    })
}
