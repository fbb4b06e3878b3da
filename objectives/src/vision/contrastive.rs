//! Contrast of views: Chen, Kornblith, Norouzi and Hinton, "A Simple Framework for Contrastive Learning of Visual
//! Representations" (SimCLR), ICML 2020.
//!
//! Two views of a frame are to be found among the views of all frames of the batch:
//!
//! ```text
//! v, w  = augment(x), augment(x)                                2 B views
//! z     = unit(projector(f(v))), .. of w                        [2 B, projection]
//! s_ij  = z_i^T z_j / T
//! L     = mean_i [ log sum_{j != i} exp s_ij - s_{i, other view of i} ]     (NT-Xent, eq. 1)
//! feature for what comes after: f(x), before the projector
//! ```
//!
//! Differences from the paper: a small network and small batches; frames of the same episode less than `horizon` steps apart
//! show nearly the same, so that they are no negatives; the projector has no batch normalisation; AdamW instead of LARS.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{ConvNet, Gain, Mlp, OptimizerConfig, Scheduled, load_weights, save_weights, tensor};
use serde::{Deserialize, Serialize};

use super::augment::AugmentConfig;
use super::encoder::Encoder;
use super::frames::{Frames, Instant};
use crate::contrast::unit;
use crate::info_nce::{info_nce, retrieval};
use crate::registry::{broken, own, under};
use crate::{Representation, Scalars};

/// Settings of the contrast of views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastiveConfig {
    /// Channels of the first convolution, a multiple of 8; features are 8 times as many. 32 for frames of 64 pixels; half of it
    /// suits 32 pixels.
    pub width: usize,
    /// Numbers that are compared. SimCLR, sec. 4.2: 128.
    pub projection: usize,
    /// Temperature `T`. SimCLR, table 5: 0.1 to 0.5; 0.1 best there.
    pub temperature: f64,
    /// Steps within which frames of one episode are no negatives of each other.
    pub horizon: u32,
    /// Views.
    pub augment: AugmentConfig,
    /// Training.
    pub optimizer: OptimizerConfig,
}

impl Default for ContrastiveConfig {
    fn default() -> Self {
        Self {
            width: 16,
            projection: 128,
            temperature: 0.1,
            horizon: 16,
            augment: AugmentConfig::default(),
            optimizer: OptimizerConfig { learning_rate: 1e-3, ..OptimizerConfig::default() },
        }
    }
}

impl ContrastiveConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        own(broken([
            ("width", self.width > 0 && self.width.is_multiple_of(8) && self.width <= 1024, "8, 16, .. 1024"),
            ("projection", (1..=4096).contains(&self.projection), "1 to 4096"),
            ("temperature", positive(self.temperature), "a positive number"),
        ]))
        .chain(under("augment", self.augment.problems()))
        .chain(under("optimizer", self.optimizer.problems()))
        .collect()
    }
}

/// The encoder `f` and the projector after it.
#[derive(Module, Debug)]
struct Net {
    encoder: ConvNet,
    projector: Mlp,
}

/// The state of the contrast of views.
pub struct Contrastive {
    config: ContrastiveConfig,
    net: Scheduled<Net>,
}

impl Contrastive {
    /// For `steps` gradient steps, with weights from `stream`, on the plain `device`.
    #[must_use]
    pub fn new(config: &ContrastiveConfig, steps: u64, stream: &mut Stream, device: &Device) -> Self {
        let (tracked, features) = (device.clone().autodiff(), ConvNet::features(config.width));
        let net = Net {
            encoder: ConvNet::new(config.width, stream, &tracked),
            projector: Mlp::new(&[features, 2 * features, config.projection], Gain(1.0), stream, &tracked),
        };
        Self { config: config.clone(), net: Scheduled::new(net, &config.optimizer, steps) }
    }

    /// Similarities of `2 B` views of the frames, and which of them belong to each other or count at all.
    fn compared(&self, net: &Net, batch: &Frames, stream: &mut Stream) -> [Tensor<2>; 3] {
        let views = (0..2).map(|_| self.config.augment.view(batch.rgb.clone(), stream)).collect();
        let features = net.encoder.forward(Tensor::cat(views, 0)); // [2 B, F]
        let z = unit(net.projector.forward(features)); // [2 B, P]
        let similarity = z.clone().matmul(z.transpose()) / self.config.temperature as f32;
        let [positive, valid] = pairs(&batch.instants, self.config.horizon, &batch.rgb.device());
        [similarity, positive, valid]
    }
}

impl Representation<Frames> for Contrastive {
    fn update(&mut self, batch: &Frames, stream: &mut Stream) -> Scalars {
        let [similarity, positive, valid] = self.compared(self.net.module(), batch, stream);
        let loss = info_nce(similarity.clone(), positive.clone(), valid.clone());
        let value = loss.clone().inner();
        let retrieval = retrieval(similarity, positive, valid);
        let norm = self.net.descend(loss);
        vec![("contrastive/loss", value), ("contrastive/retrieval", retrieval), ("contrastive/gradient_norm", norm)]
    }

    fn embed(&self, batch: &Frames) -> Tensor<2> {
        self.net.frozen().encoder.forward(batch.rgb.clone())
    }

    fn encoder(&self) -> Option<Encoder> {
        Some(Encoder::Conv(self.net.module().encoder.clone()))
    }

    fn score(&self, batch: &Frames, stream: &mut Stream) -> Scalars {
        let [similarity, positive, valid] = self.compared(&self.net.frozen(), batch, stream);
        vec![("contrastive/loss", info_nce(similarity, positive, valid))]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        save_weights(&self.net.module().encoder, dir, ENCODER)?;
        self.net.save(dir, NAME)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.net.load(dir, NAME)
    }
}

/// Files of its state.
const NAME: &str = "contrastive";
/// The encoder alone, for objectives that start from it.
const ENCODER: &str = "contrastive-encoder";

/// The encoder of the state that a run of this objective saved in `dir`; `encoder` has its form.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when a file is missing or does not fit.
pub(super) fn encoder(encoder: ConvNet, dir: &Path) -> Result<ConvNet, TrainerError> {
    load_weights(encoder, dir, ENCODER)
}

/// Which of `2 B` views belong to each other, and which are compared at all, both `[2 B, 2 B]`.
fn pairs(instants: &[Instant], horizon: u32, device: &Device) -> [Tensor<2>; 2] {
    let (count, rows) = (instants.len(), 2 * instants.len());
    let (mut positive, mut valid) = (vec![0.0; rows * rows], vec![1.0; rows * rows]);
    for i in 0..rows {
        for j in 0..rows {
            let (own, other) = (i % count, j % count);
            if i != j && own == other {
                positive[i * rows + j] = 1.0;
            } else if i == j || instants[own].is_near(instants[other], horizon) {
                valid[i * rows + j] = 0.0;
            }
        }
    }
    [positive, valid].map(|mask| tensor(mask, rows, rows, device))
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::vision::Meta;
    use crate::vision::checks::{changed, fall, frames, learn, resumes};

    fn small(seed: u64) -> Contrastive {
        let config = ContrastiveConfig { width: 8, projection: 16, ..ContrastiveConfig::default() };
        Contrastive::new(&config, 60, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn the_loss_falls_and_every_weight_learns() {
        let batch = frames(16, 32, &Device::flex());
        let mut objective = small(0);
        let before = objective.net.frozen();
        let losses = learn(&mut objective, (&batch, "contrastive/loss"), 40, &mut Stream::new(0, "views", 0));
        let [learned, all] = changed(&before, &objective.net.frozen());
        assert_eq!(learned, all);
        assert!(fall(&losses) < 0.7, "{losses:?}");
    }

    #[test]
    fn it_resumes_exactly_and_never_looks_at_what_frames_show() {
        let batch = frames(6, 32, &Device::flex());
        resumes(|seed| Box::new(small(seed)), &batch);
        let loss = |meta: Meta| {
            let batch = Frames { meta: vec![meta; 6], ..batch.clone() };
            learn(&mut small(0), (&batch, "contrastive/loss"), 2, &mut Stream::new(0, "views", 0))
        };
        let noise = Meta { place: [7.0, f32::NAN], velocity: [3.0; 2], room: 9 };
        assert_eq!(loss(Meta::default()), loss(noise));
    }

    #[test]
    fn frames_near_in_time_are_no_negatives() {
        let at = |episode, step| Instant { episode, step };
        let instants = [at(0, 0), at(0, 5), at(1, 0)];
        let [positive, valid] = pairs(&instants, 10, &Device::flex());
        let row = |mask: &Tensor<2>, row: usize| numbers(mask.clone())[6 * row..6 * row + 6].to_vec();
        assert_eq!(row(&positive, 0), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(row(&valid, 0), [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
        assert_eq!(row(&valid, 5), [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        let [_, valid] = pairs(&instants, 5, &Device::flex());
        assert_eq!(row(&valid, 0), [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }
}
