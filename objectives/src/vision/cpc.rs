//! CPC v2: Hénaff et al., "Data-Efficient Image Recognition with Contrastive Predictive Coding", ICML 2020.
//!
//! The rows of a frame below are predicted from those above, each patch seen by itself:
//!
//! ```text
//! z_ij  = f(patch_ij)                            7 x 7 patches that overlap by half, each changed by itself
//! c_ij  = masked convolutions of z               sees the rows up to i
//! L_k   = mean -log exp(W_k c_ij . z_{i+k,j} / sqrt(d)) / sum over z' of exp(W_k c_ij . z' / sqrt(d)),   k = 2, 3, 4
//!         z' the 49 patches of the same frame and `others` patches of other frames of the batch
//! L     = mean of L_k over k and over four directions: down, up, right, left; own context, same f
//! feature for what comes after: mean of c over the frame, of the four contexts
//! ```
//!
//! Differences from the paper: `f` is three convolutions instead of a deep residual network; the candidates are those of the
//! same frame and a drawn set of others instead of all patches of the batch; `1 / sqrt(d)` instead of 0.1 scales
//! predictions; patches are changed by three of the paper's changes (colour channels, brightness and contrast, shear); features
//! are of contexts, as van den Oord et al. ("Representation Learning with Contrastive Predictive Coding", 2018, sec. 2.2) have it
//! for what needs more than a patch, instead of the mean of `z`, which does not hold how patches lie to each other.

mod context; // masked convolutions over the grid
mod grid; // patches and contexts, what is trained
mod patches; // patches and their encoder

use std::path::Path;

use burn::tensor::{Device, Int, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled, tensor};
use serde::{Deserialize, Serialize};

use self::context::Context;
pub use self::grid::Grid;
use self::grid::turned;
use self::patches::{CELLS, GRID, augmented, patches};
use super::encoder::Encoder;
use super::frames::Frames;
use crate::info_nce::{info_nce, retrieval};
use crate::registry::{broken, own, under};
use crate::{Representation, Scalars};

/// Rows ahead that are predicted. The next row overlaps in pixels, which would be trivial.
const AHEAD: [usize; 3] = [2, 3, 4];

/// Settings of CPC v2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CpcConfig {
    /// Channels of the first convolution of a patch.
    pub width: usize,
    /// Numbers of a patch; a feature has four times as many. Paper, app. A: 4096 of a deep network.
    pub dim: usize,
    /// Channels within the blocks of the context. Paper, app. A: 256.
    pub hidden: usize,
    /// Blocks of the context. Paper, app. A: 5.
    pub blocks: usize,
    /// Patches of other frames among the candidates, beside the 49 of the same frame.
    pub others: usize,
    /// Patches are changed by themselves before they are encoded. Paper, sec. 4.1: without it 4 to 5 points are lost.
    pub augment: bool,
    /// Training. Paper, app. A: Adam at 4e-4.
    pub optimizer: OptimizerConfig,
}

impl Default for CpcConfig {
    fn default() -> Self {
        let optimizer = OptimizerConfig { learning_rate: 1e-3, weight_decay: 0.01, ..OptimizerConfig::default() };
        Self { width: 16, dim: 64, hidden: 32, blocks: 5, others: 79, augment: true, optimizer }
    }
}

impl CpcConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        own(broken([
            ("width", (1..=1024).contains(&self.width), "1 to 1024"),
            ("dim", (1..=4096).contains(&self.dim), "1 to 4096"),
            ("hidden", (1..=4096).contains(&self.hidden), "1 to 4096"),
            ("blocks", (1..=64).contains(&self.blocks), "1 to 64"),
            ("others", (1..=1 << 16).contains(&self.others), "1 to 65536"),
        ]))
        .chain(under("optimizer", self.optimizer.problems()))
        .collect()
    }
}

/// CPC's state.
pub struct Cpc {
    config: CpcConfig,
    net: Scheduled<Grid>,
}

impl Cpc {
    /// For `steps` gradient steps, with weights from `stream`, on the plain `device`.
    #[must_use]
    pub fn new(config: &CpcConfig, steps: u64, stream: &mut Stream, device: &Device) -> Self {
        let net = Grid::new(config, stream, &device.clone().autodiff());
        Self { config: config.clone(), net: Scheduled::new(net, &config.optimizer, steps) }
    }

    /// The loss and the share of patches that were found, `[1]` each.
    fn loss(&self, net: &Grid, batch: &Frames, stream: &mut Stream) -> (Tensor<1>, Tensor<1>) {
        let mut seen = patches(batch.rgb.clone());
        if self.config.augment {
            seen = augmented(seen, stream);
        }
        let candidates = Candidates::draw(batch.size(), self.config.others, stream, &batch.rgb.device());
        let z = net.encode(seen);
        let each = |(direction, context)| candidates.loss(context, turned(z.clone(), direction));
        let (losses, found): (Vec<_>, Vec<_>) = net.contexts().enumerate().map(each).unzip();
        (Tensor::cat(losses, 0).mean(), Tensor::cat(found, 0).mean())
    }
}

impl Representation<Frames> for Cpc {
    fn update(&mut self, batch: &Frames, stream: &mut Stream) -> Scalars {
        let (loss, found) = self.loss(self.net.module(), batch, stream);
        let value = loss.clone().inner();
        let norm = self.net.descend(loss);
        vec![("cpc/loss", value), ("cpc/retrieval", found), ("cpc/gradient_norm", norm)]
    }

    /// Of the patches unchanged.
    fn embed(&self, batch: &Frames) -> Tensor<2> {
        self.net.frozen().forward(batch.rgb.clone())
    }

    fn encoder(&self) -> Option<Encoder> {
        Some(Encoder::Patches(self.net.module().clone()))
    }

    fn score(&self, batch: &Frames, stream: &mut Stream) -> Scalars {
        vec![("cpc/loss", self.loss(&self.net.frozen(), batch, stream).0)]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.net.save(dir, NAME)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.net.load(dir, NAME)
    }
}

/// Files of its state.
const NAME: &str = "cpc";

/// The patches among which predictions are to be found: the own frame's and some of others.
struct Candidates {
    frames: usize,
    /// Rows of `[B 49]`, drawn from the whole batch.
    others: Tensor<1, Int>,
    /// 1 where a drawn patch is of another frame than that of the row, `[B, others]`.
    foreign: Tensor<2>,
}

impl Candidates {
    fn draw(frames: usize, others: usize, stream: &mut Stream, device: &Device) -> Self {
        let drawn: Vec<usize> = (0..others).map(|_| stream.below(frames * CELLS)).collect();
        let foreign = (0..frames).flat_map(|frame| drawn.iter().map(move |at| f32::from(at / CELLS != frame)));
        let foreign = tensor(foreign.collect(), frames, others, device);
        let rows: Vec<i64> = drawn.iter().map(|at| *at as i64).collect();
        Self { frames, others: Tensor::from_data(TensorData::new(rows, [others]), device), foreign }
    }

    /// The loss of one direction, `[1]`, and the share of predictions that were found, `[1]`, constant.
    fn loss(&self, context: &Context, grid: Tensor<4>) -> (Tensor<1>, Tensor<1>) {
        let ([frames, dim, ..], device) = (grid.dims(), grid.device());
        let rows = |grid: Tensor<4>| grid.permute([0, 2, 3, 1]).reshape([frames, CELLS, dim]);
        let targets = rows(grid.clone()); // [B, 49, dim]
        let pool = targets.clone().reshape([frames * CELLS, dim]).select(0, self.others.clone()); // [others, dim]
        let seen = rows(context.forward(grid)); // [B, 49, dim]
        let scale = (dim as f32).sqrt().recip();
        let (mut loss, mut found) = (Vec::new(), Vec::new());
        for (which, ahead) in AHEAD.into_iter().enumerate() {
            let cells = (GRID - ahead) * GRID;
            let count = frames * cells;
            let from = seen.clone().narrow(1, 0, cells).reshape([count, dim]);
            let prediction = context.predict(which, from) * scale; // [B cells, dim]
            let own = prediction.clone().reshape([frames, cells, dim]).matmul(targets.clone().swap_dims(1, 2));
            let others = prediction.matmul(pool.clone().transpose()); // [B cells, others]
            let similarity = Tensor::cat(vec![own.reshape([count, CELLS]), others], 1);
            let (positive, valid) = self.masks(cells, ahead, &device);
            found.push(retrieval(similarity.clone(), positive.clone(), valid.clone()));
            loss.push(info_nce(similarity, positive, valid));
        }
        (Tensor::cat(loss, 0).mean(), Tensor::cat(found, 0).mean())
    }

    /// Which candidate is right and which count, `[B cells, 49 + others]`: cell `n` predicts cell `n + 7 ahead`.
    fn masks(&self, cells: usize, ahead: usize, device: &Device) -> (Tensor<2>, Tensor<2>) {
        let ([frames, others], first) = (self.foreign.dims(), ahead * GRID);
        let right = (0..cells * CELLS).map(|at| f32::from(at % CELLS == at / CELLS + first)).collect();
        let right = tensor(right, cells, CELLS, device).repeat_dim(0, self.frames); // [B cells, 49]
        let none = Tensor::zeros([frames * cells, others], device);
        let foreign = self.foreign.clone().reshape([frames, 1, others]).expand([frames, cells, others]);
        let valid = vec![Tensor::ones([frames * cells, CELLS], device), foreign.reshape([frames * cells, others])];
        (Tensor::cat(vec![right, none], 1), Tensor::cat(valid, 1))
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::vision::checks::{changed, fall, frames, learn, resumes};

    fn small(seed: u64) -> Cpc {
        let optimizer = OptimizerConfig { learning_rate: 5e-3, ..OptimizerConfig::default() };
        let config = CpcConfig { width: 8, dim: 16, hidden: 8, blocks: 2, others: 31, augment: false, optimizer };
        Cpc::new(&config, 60, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn the_loss_falls_and_every_weight_learns() {
        let batch = frames(8, 32, &Device::flex());
        let mut objective = small(0);
        let before = objective.net.frozen();
        let losses = learn(&mut objective, (&batch, "cpc/loss"), 60, &mut Stream::new(0, "patches", 0));
        let [learned, all] = changed(&before, &objective.net.frozen());
        assert_eq!(learned, all);
        assert!(fall(&losses) < 0.9, "{losses:?}");
    }

    #[test]
    fn it_resumes_exactly() {
        resumes(|seed| Box::new(small(seed)), &frames(3, 32, &Device::flex()));
    }

    #[test]
    fn the_right_candidate_is_as_many_rows_below() {
        let device = Device::flex();
        let candidates = Candidates::draw(2, 5, &mut Stream::new(0, "candidates", 0), &device);
        let (positive, valid) = candidates.masks(35, 2, &device);
        assert_eq!(positive.dims(), [70, 54]);
        let (positive, valid) = (numbers(positive), numbers(valid));
        for row in 0..70 {
            let right: Vec<usize> = (0..54).filter(|at| positive[row * 54 + at] == 1.0).collect();
            assert_eq!(right, [row % 35 + 14]);
            assert!((0..49).all(|at| valid[row * 54 + at] == 1.0));
        }
        let foreign = numbers(candidates.foreign);
        assert_eq!(&valid[49..54], &foreign[..5]);
        assert_eq!(&valid[69 * 54 + 49..70 * 54], &foreign[5..]);
    }
}
