//! CLIP: Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021.
//!
//! A caption is to be found among those of a batch by its frame, and a frame by its caption:
//!
//! ```text
//! v, t  = unit vectors of frames and captions                           [B, projection]
//! s_ij  = s v_i^T t_j,   s learned, at most 100
//! L     = mean of the cross entropies over rows and over columns        (fig. 3 of the paper)
//! feature of a frame for what comes after: before its projection
//! ```
//!
//! Differences from the paper: captions that say the same belong to all their frames, and those of which words do not
//! say whether they hold in a frame are not compared with it, since a maze has few places and many frames of each;
//! small networks and batches; `AdamW` with the betas of this program.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled};
use serde::{Deserialize, Serialize};

use super::Pairs;
use super::towers::{Matched, Towers, TowersConfig};
use crate::language::Texts;
use crate::nets::Dropout;
use crate::registry::under;
use crate::vision::{AugmentConfig, Encoder};
use crate::{Representation, Scalars};

/// Settings of CLIP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClipConfig {
    /// Both networks.
    pub towers: TowersConfig,
    /// Change of frames while training. CLIP, sec. 2.4: a random crop and nothing else.
    pub augment: AugmentConfig,
    /// Training. CLIP, tables 18 and 20: a learning rate of 5e-4, a decay of 0.2.
    pub optimizer: OptimizerConfig,
}

impl Default for ClipConfig {
    fn default() -> Self {
        Self {
            towers: TowersConfig::default(),
            augment: AugmentConfig {
                crop: 0.8,
                shift: 2.0,
                brightness: 0.0,
                contrast: 0.0,
                saturation: 0.0,
                grey: 0.0,
            },
            optimizer: OptimizerConfig { learning_rate: 5e-4, weight_decay: 0.2, ..OptimizerConfig::default() },
        }
    }
}

impl ClipConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        let towers = self.towers.problems().map(|(key, expected)| (format!("towers.{key}"), expected));
        let augment = under("augment", self.augment.problems());
        towers.chain(augment).chain(under("optimizer", self.optimizer.problems())).collect()
    }
}

/// CLIP's state.
pub struct Clip {
    config: ClipConfig,
    towers: Scheduled<Towers>,
}

impl Clip {
    /// For captions of this kind, on the plain `device`.
    #[must_use]
    pub fn new(config: &ClipConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let towers = Towers::new(&config.towers, texts, stream, &device.clone().autodiff());
        Self { config: config.clone(), towers: Scheduled::new(towers, &config.optimizer, texts.steps) }
    }
}

/// Files of its state.
pub(super) const NAME: &str = "clip";

impl Representation<Pairs> for Clip {
    fn update(&mut self, batch: &Pairs, stream: &mut Stream) -> Scalars {
        let frames = self.config.augment.view(batch.frames.rgb.clone(), stream);
        let towers = self.towers.module();
        let captions = towers.read(&batch.captions, &mut Dropout::new(self.config.towers.net.dropout, stream));
        let matched = Matched::of(towers.see(frames), captions, towers.scale(), batch);
        let temperature = towers.scale().inner().recip().reshape([1]);
        let loss = matched.loss.clone();
        let mut metrics = matched.scalars(["clip/loss", "clip/caption_of_frame", "clip/frame_of_caption"]);
        let norm = self.towers.descend(loss);
        self.towers.replace(self.towers.module().clone().capped());
        metrics.extend([("clip/temperature", temperature), ("clip/gradient_norm", norm)]);
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

    fn score(&self, batch: &Pairs, _: &mut Stream) -> Scalars {
        let towers = self.towers.frozen();
        let [frames, captions] = towers.sides(batch);
        vec![("clip/loss", Matched::of(frames, captions, towers.scale(), batch).loss)]
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

    use super::super::Agreement;
    use super::super::checks::{LENGTH, VOCABULARY, pairs};
    use super::*;
    use crate::nets::TransformerConfig;
    use crate::vision::Meta;
    use crate::vision::checks::{changed, fall, learn, resumes};

    fn config() -> ClipConfig {
        let net = TransformerConfig { width: 16, blocks: 1, heads: 2, dropout: 0.1 };
        let towers = TowersConfig { width: 8, projection: 16, net, ..TowersConfig::default() };
        let optimizer = OptimizerConfig { learning_rate: 5e-3, weight_decay: 0.0, ..OptimizerConfig::default() };
        ClipConfig { towers, optimizer, ..ClipConfig::default() }
    }

    fn small(seed: u64) -> Clip {
        let texts = Texts { vocabulary: VOCABULARY, length: LENGTH, steps: 60 };
        Clip::new(&config(), texts, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn the_loss_falls_and_every_weight_learns() {
        let batch = pairs(16, 32, &Device::flex());
        let mut objective = small(0);
        let before = objective.towers.frozen();
        let losses = learn(&mut objective, (&batch, "clip/loss"), 60, &mut Stream::new(0, "views", 0));
        let [learned, all] = changed(&before, &objective.towers.frozen());
        assert_eq!(learned, all);
        assert!(fall(&losses) < 0.5, "{losses:?}");
    }

    #[test]
    fn it_resumes_exactly_and_never_looks_at_what_frames_show() {
        let batch = pairs(6, 32, &Device::flex());
        resumes(|seed| Box::new(small(seed)), &batch);
        let loss = |meta: Meta| {
            let mut batch = batch.clone();
            batch.frames.meta = vec![meta; 6];
            learn(&mut small(0), (&batch, "clip/loss"), 2, &mut Stream::new(0, "views", 0))
        };
        let noise = Meta { place: [7.0, f32::NAN], velocity: [3.0; 2], room: 9 };
        assert_eq!(loss(Meta::default()), loss(noise));
    }

    #[test]
    fn the_temperature_is_learned_and_never_below_a_hundredth() {
        let batch = pairs(8, 32, &Device::flex());
        let mut settings = config();
        (settings.towers.temperature, settings.optimizer.learning_rate) = (0.0101, 1e-2);
        let texts = Texts { vocabulary: VOCABULARY, length: LENGTH, steps: 400 };
        let mut objective = Clip::new(&settings, texts, &mut Stream::new(0, "weights", 0), &Device::flex());
        let stream = &mut Stream::new(0, "views", 0);
        let temperatures = learn(&mut objective, (&batch, "clip/temperature"), 40, stream);
        assert!(temperatures.iter().all(|x| *x > 0.00999), "{temperatures:?}");
        assert!(temperatures[0] != temperatures[39], "{temperatures:?}");
    }

    #[test]
    fn captions_that_say_the_same_are_no_negatives() {
        let device = Device::flex();
        let loss = |agreement: Agreement| {
            let mut batch = pairs(2, 32, &device);
            batch.captions.ids = [&batch.captions.ids[..5], &batch.captions.ids[..5]].concat();
            (batch.agreement[1], batch.agreement[2]) = (agreement, agreement);
            numbers(small(0).score(&batch, &mut Stream::new(0, "noise", 0))[0].1.clone())[0]
        };
        assert!(loss(Agreement::Same).abs() < 1e-5 && loss(Agreement::Open).abs() < 1e-5);
        assert!(loss(Agreement::Other) > 0.5, "equal captions as negatives cost at least the logarithm of two");
    }

    #[test]
    fn a_caption_means_the_same_beside_longer_ones() {
        let (objective, batch) = (small(0), pairs(2, 32, &Device::flex()));
        let mut longer = batch.clone();
        longer.captions = crate::Tokens::of(&[batch.captions.ids[..5].to_vec(), vec![1, 5, 10, 11, 12, 13, 2]], LENGTH);
        let first = |batch: &Pairs| {
            let [_, captions] = objective.sides(batch).expect("two sides");
            numbers(captions.narrow(0, 0, 1))
        };
        assert!(first(&batch).iter().zip(first(&longer)).all(|(a, b)| (a - b).abs() < 1e-5));
        let length: f32 = first(&batch).iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-4);
    }
}
