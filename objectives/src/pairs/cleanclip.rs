//! `CleanCLIP`: Bansal, Singhi, Yang, Yin, Grover and Chang, "`CleanCLIP`: Mitigating Data Poisoning Attacks in
//! Multimodal Contrastive Learning", ICCV 2023.
//!
//! A mark on few frames with a false caption is enough for CLIP to read the mark instead of the frame. Each side also
//! being known again by itself, through changes of colour and wording, takes that shortcut away:
//!
//! ```text
//! v, t    frames and captions,  v', t'  a view of each frame, other words for each caption       [B, projection]
//! L_self  = mean of the cross entropies of s v_i^T v'_j and of s t_i^T t'_j over j
//! L       = w_clip L_CLIP(v, t) + w_self L_self
//! ```
//!
//! Differences from the official code: other words come from the grammar of the world, or are another caption of the
//! file, in place of synonyms from a dictionary, and lose and swap some tokens; views are those of this crate in place
//! of learned policies; the masks of [`Clip`](super::Clip) hold here too.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled, tensor};
use serde::{Deserialize, Serialize};

use super::Pairs;
use super::noise::garbled;
use super::towers::{Matched, Towers, TowersConfig};
use crate::info_nce::info_nce;
use crate::language::Texts;
use crate::nets::Dropout;
use crate::registry::{broken, own, under};
use crate::vision::{AugmentConfig, Encoder};
use crate::{Representation, Scalars};

/// Settings of `CleanCLIP`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CleanClipConfig {
    /// Weight of frames against captions. Official default: 1.
    pub clip_weight: f64,
    /// Weight of each side against itself. Official default: 1.
    pub self_weight: f64,
    /// Chance with which a token of the other words is left out. EDA: 0.1.
    pub deleted: f64,
    /// Chance with which two neighbours of them are swapped. EDA: 0.1.
    pub swapped: f64,
    /// Views of frames. Changes of colour stay below those between episodes, and colour never goes, since it tells
    /// places.
    pub augment: AugmentConfig,
    /// Both networks.
    pub towers: TowersConfig,
    /// Training. Official script, from a trained start: a learning rate of 1e-5; 1e-4 suits networks of this size.
    pub optimizer: OptimizerConfig,
}

impl Default for CleanClipConfig {
    fn default() -> Self {
        Self {
            clip_weight: 1.0,
            self_weight: 1.0,
            deleted: 0.1,
            swapped: 0.1,
            augment: AugmentConfig {
                brightness: 0.2,
                contrast: 0.2,
                saturation: 0.2,
                grey: 0.0,
                ..AugmentConfig::default()
            },
            towers: TowersConfig::default(),
            optimizer: OptimizerConfig { learning_rate: 1e-4, weight_decay: 0.1, ..OptimizerConfig::default() },
        }
    }
}

impl CleanClipConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        let weight = |x: f64| x.is_finite() && x >= 0.0;
        let broken = broken([
            ("clip_weight", weight(self.clip_weight), "0 or more"),
            ("self_weight", weight(self.self_weight), "0 or more"),
            ("deleted", (0.0..1.0).contains(&self.deleted), "0 or more, below 1"),
            ("swapped", (0.0..=1.0).contains(&self.swapped), "0 to 1"),
        ]);
        own(broken)
            .chain(under("augment", self.augment.problems()))
            .chain(self.towers.problems().map(|(key, expected)| (format!("towers.{key}"), expected)))
            .chain(under("optimizer", self.optimizer.problems()))
            .collect()
    }
}

/// `CleanCLIP`'s state.
pub struct CleanClip {
    config: CleanClipConfig,
    towers: Scheduled<Towers>,
}

impl CleanClip {
    /// For captions of this kind, on the plain `device`.
    #[must_use]
    pub fn new(config: &CleanClipConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let towers = Towers::new(&config.towers, texts, stream, &device.clone().autodiff());
        Self { config: config.clone(), towers: Scheduled::new(towers, &config.optimizer, texts.steps) }
    }

    /// Frames against captions, and each side against itself: `L_self`, `[1]`.
    fn compared(&self, towers: &Towers, batch: &Pairs, stream: &mut Stream) -> (Matched, Tensor<1>) {
        let CleanClipConfig { deleted, swapped, augment, towers: sizes, .. } = &self.config;
        let views = augment.view(batch.frames.rgb.clone(), stream);
        let other = garbled(&batch.reworded, *deleted, *swapped, stream);
        let mut dropout = Dropout::new(sizes.net.dropout, stream);
        let frames = [batch.frames.rgb.clone(), views].map(|rgb| towers.see(rgb)); // [B, projection]
        let captions = [&batch.captions, &other].map(|captions| towers.read(captions, &mut dropout));
        let scale = towers.scale();
        let device = batch.frames.rgb.device();
        let count = batch.size();
        let sides =
            [&frames, &captions].map(|[one, other]| one.clone().matmul(other.clone().transpose()) * scale.clone());
        let [same, compared] = batch.masks(&device);
        // A frame is itself alone, whatever else is said of others, and not compared with a second drawing of it; a caption is also
        // every other one that says the same.
        let [seen, read] = sides;
        let instants = &batch.frames.instants;
        let again = |at: usize| at / count != at % count && instants[at / count] == instants[at % count];
        let others = (0..count * count).map(|at| f32::from(u8::from(!again(at)))).collect();
        let own = info_nce(seen, Tensor::eye(count, &device), tensor(others, count, count, &device));
        let own = (own + info_nce(read, same, compared)) / 2.0;
        let [frames, _] = frames;
        let [captions, _] = captions;
        (Matched::of(frames, captions, scale, batch), own)
    }
}

/// Files of its state.
pub(super) const NAME: &str = "cleanclip";

impl Representation<Pairs> for CleanClip {
    fn update(&mut self, batch: &Pairs, stream: &mut Stream) -> Scalars {
        let (matched, own) = self.compared(self.towers.module(), batch, stream);
        let temperature = self.towers.module().scale().inner().recip().reshape([1]);
        let loss = matched.loss.clone() * self.config.clip_weight + own.clone() * self.config.self_weight;
        let mut metrics = vec![("cleanclip/loss", loss.clone().inner()), ("cleanclip/self_loss", own.inner())];
        let names = ["cleanclip/clip_loss", "cleanclip/caption_of_frame", "cleanclip/frame_of_caption"];
        metrics.extend(matched.scalars(names));
        let norm = self.towers.descend(loss);
        self.towers.replace(self.towers.module().clone().capped());
        metrics.extend([("cleanclip/temperature", temperature), ("cleanclip/gradient_norm", norm)]);
        metrics
    }

    fn embed(&self, batch: &Pairs) -> Tensor<2> {
        self.towers.frozen().features(batch.frames.rgb.clone())
    }

    fn encoder(&self) -> Option<Encoder> {
        Some(self.towers.module().encoder())
    }

    fn sides(&self, batch: &Pairs) -> Option<[Tensor<2>; 2]> {
        Some(self.towers.frozen().sides(batch))
    }

    fn score(&self, batch: &Pairs, stream: &mut Stream) -> Scalars {
        let (matched, own) = self.compared(&self.towers.frozen(), batch, stream);
        vec![("cleanclip/clip_loss", matched.loss), ("cleanclip/self_loss", own)]
    }

    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.towers.replace(self.towers.module().clone().start_from(dir)?);
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.towers.save(dir, NAME)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.towers.load(dir, NAME)
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::super::checks::{LENGTH, VOCABULARY, pairs};
    use super::super::{Clip, ClipConfig};
    use super::*;
    use crate::nets::TransformerConfig;
    use crate::vision::checks::{changed, fall, learn, resumes};

    const TEXTS: Texts = Texts { vocabulary: VOCABULARY, length: LENGTH, steps: 60 };

    fn towers() -> TowersConfig {
        let net = TransformerConfig { width: 16, blocks: 1, heads: 2, dropout: 0.1 };
        TowersConfig { width: 8, projection: 16, net, ..TowersConfig::default() }
    }

    fn small(seed: u64) -> CleanClip {
        let optimizer = OptimizerConfig { learning_rate: 5e-3, weight_decay: 0.0, ..OptimizerConfig::default() };
        let config = CleanClipConfig { towers: towers(), optimizer, ..CleanClipConfig::default() };
        CleanClip::new(&config, TEXTS, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn both_losses_fall_and_every_weight_learns() {
        let batch = pairs(16, 32, &Device::flex());
        for key in ["cleanclip/clip_loss", "cleanclip/self_loss"] {
            let mut objective = small(0);
            let before = objective.towers.frozen();
            let losses = learn(&mut objective, (&batch, key), 60, &mut Stream::new(0, "views", 0));
            let [learned, all] = changed(&before, &objective.towers.frozen());
            assert_eq!(learned, all);
            assert!(fall(&losses) < 0.8, "{key}: {losses:?}");
        }
    }

    #[test]
    fn it_resumes_exactly() {
        resumes(|seed| Box::new(small(seed)), &pairs(6, 32, &Device::flex()));
    }

    #[test]
    fn it_starts_from_a_run_of_clip() {
        let (batch, dir) = (pairs(4, 32, &Device::flex()), tempfile::tempdir().expect("temporary folder"));
        let config = ClipConfig { towers: towers(), ..ClipConfig::default() };
        let clip = Clip::new(&config, TEXTS, &mut Stream::new(7, "weights", 0), &Device::flex());
        clip.save(dir.path()).expect("writes");
        let mut objective = small(0);
        let sides = |objective: &dyn Representation<Pairs>| objective.sides(&batch).expect("two sides").map(numbers);
        assert_ne!(sides(&clip), sides(&objective));
        objective.initialise(dir.path()).expect("fits");
        assert_eq!(sides(&clip), sides(&objective));
        let nothing = tempfile::tempdir().expect("temporary folder");
        let error = objective.initialise(nothing.path()).expect_err("is empty").to_string();
        assert!(error.contains("starts from a run of `clip` or `cleanclip`"), "{error}");
    }
}
