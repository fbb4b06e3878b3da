//! V-JEPA: Bardes et al., "Revisiting Feature Prediction for Learning Visual Representations from Video", 2024.
//!
//! What is hidden of a clip is predicted from what is seen, in features instead of pixels:
//!
//! ```text
//! clip      T frames cut into tubes of 2 frames and patch x patch pixels, fixed positions in time and space
//! masks     eight small blocks, and two large ones, over space, kept through all frames
//! for each of the two masks:
//!   h       = E(tubes that are seen)
//!   L       = mean | P(h, positions of the hidden) - norm(E'(all tubes))_hidden |       (eq. 1, L1)
//! E, P     <- descend  the mean of both L
//! E'       <- E' + (1 - m) (E - E'),   m rises from `momentum` to 1
//! feature for what comes after: mean of E' over all tubes
//! ```
//!
//! `norm` is a layer normalisation without parameters, of each token.
//!
//! Differences from the official code: sizes; a fixed number of places is seen and asked for (the code cuts a batch to its
//! smallest numbers); AdamW's decay does not rise.

mod masks; // what is seen and what is asked for
mod net; // tubes, encoder, predictor

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled, load_weights, polyak, save_weights};
use serde::{Deserialize, Serialize};

use self::masks::{LONG, Mask, SHORT};
pub use self::net::Still;
use self::net::{Cut, Predictor, TUBE, TubeNet, chosen};
use super::encoder::Encoder;
use super::frames::Clips;
use crate::nets::TransformerConfig;
use crate::registry::{broken, own, under};
use crate::{Representation, Scalars};

/// Settings of V-JEPA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VjepaConfig {
    /// Pixels along a side of a tube. Paper, sec. 3.4: 16 of 224.
    pub patch: usize,
    /// Numbers of a token and of a feature. Paper, table 8: 1024 for the large encoder.
    pub width: usize,
    /// Blocks of the encoder. Paper, table 8: 24 for the large one.
    pub blocks: usize,
    /// Heads of attention of the encoder and of the predictor.
    pub heads: usize,
    /// Numbers of a token within the predictor. Paper, sec. 3.3: 384.
    pub predictor_width: usize,
    /// Blocks of the predictor. Paper, sec. 3.3: 12.
    pub predictor_blocks: usize,
    /// First share of the target that stays at a step. Paper, sec. 3.4: 0.998, in runs of 90,000 steps.
    pub momentum: f64,
    /// Training. Paper, table 8: 6.25e-4.
    pub optimizer: OptimizerConfig,
}

impl Default for VjepaConfig {
    fn default() -> Self {
        Self {
            patch: 8,
            width: 96,
            blocks: 3,
            heads: 4,
            predictor_width: 48,
            predictor_blocks: 2,
            momentum: 0.99,
            optimizer: OptimizerConfig { learning_rate: 1e-3, ..OptimizerConfig::default() },
        }
    }
}

impl VjepaConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        let divided =
            |width: usize| self.heads > 0 && (1..=1 << 14).contains(&width) && width.is_multiple_of(self.heads);
        own(broken([
            ("patch", (1..=256).contains(&self.patch), "1 to 256"),
            ("width", divided(self.width), "a multiple of heads, at most 16384"),
            ("blocks", (1..=96).contains(&self.blocks), "1 to 96"),
            ("heads", self.heads > 0, "at least 1"),
            ("predictor_width", divided(self.predictor_width), "a multiple of heads, at most 16384"),
            ("predictor_blocks", (1..=96).contains(&self.predictor_blocks), "1 to 96"),
            ("momentum", (0.0..=1.0).contains(&self.momentum), "0 to 1"),
        ]))
        .chain(under("optimizer", self.optimizer.problems()))
        .collect()
    }

    /// Frames and pixels along a side that a clip needs at least.
    #[must_use]
    pub const fn least_clip(&self) -> [usize; 2] {
        [TUBE, 2 * self.patch]
    }
}

/// The encoder `E` and the predictor `P`.
#[derive(Module, Debug)]
struct Net {
    encoder: TubeNet,
    predictor: Predictor,
}

/// V-JEPA's state.
pub struct Vjepa {
    config: VjepaConfig,
    net: Scheduled<Net>,
    /// `E'`.
    target: TubeNet,
    step: u64,
    steps: u64,
}

impl Vjepa {
    /// For `steps` gradient steps, with weights from `stream`, on the plain `device`.
    #[must_use]
    pub fn new(config: &VjepaConfig, steps: u64, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let sizes = |width, blocks| TransformerConfig { width, blocks, heads: config.heads, dropout: 0.0 };
        let encoder = TubeNet::new(&sizes(config.width, config.blocks), config.patch, stream, &tracked);
        let predictor =
            Predictor::new(&sizes(config.predictor_width, config.predictor_blocks), config.width, stream, &tracked);
        Self {
            config: config.clone(),
            target: encoder.valid(),
            net: Scheduled::new(Net { encoder, predictor }, &config.optimizer, steps),
            step: 0,
            steps,
        }
    }

    /// `E'` of all tubes, `[B, tokens, width]`.
    fn targets(&self, cut: Cut, tubes: Tensor<3>) -> Tensor<3> {
        let positions = cut.positions(self.config.width, &tubes.device()).unsqueeze::<3>(); // [1, tokens, width]
        self.target.forward(tubes, positions)
    }

    /// The mean over both masks, `[1]`.
    fn loss(&self, net: &Net, batch: &Clips, stream: &mut Stream) -> Tensor<1> {
        let cut = Cut::of(batch.rgb.dims(), self.config.patch);
        let tubes = cut.tubes(batch.rgb.clone()); // [B, tokens, pixels]
        let targets = normalised(self.targets(cut, tubes.clone())); // [B, tokens, width]
        let of = |law: masks::MaskLaw, stream: &mut Stream| {
            let masks: Vec<Mask> = (0..batch.size()).map(|_| law.draw(cut.moments, cut.side, stream)).collect();
            masked_loss(net, cut, &tubes, &targets, &masks)
        };
        let losses = vec![of(SHORT, stream), of(LONG, stream)];
        Tensor::cat(losses, 0).mean()
    }
}

/// The loss under the masks of each clip, `[1]`.
fn masked_loss(net: &Net, cut: Cut, tubes: &Tensor<3>, targets: &Tensor<3>, masks: &[Mask]) -> Tensor<1> {
    let (batch, device) = (masks.len(), tubes.device());
    let visible: Vec<&[usize]> = masks.iter().map(|mask| mask.visible.as_slice()).collect();
    let hidden: Vec<&[usize]> = masks.iter().map(|mask| mask.targets.as_slice()).collect();
    let positions = |width: usize| {
        cut.positions(width, &device).unsqueeze::<3>().repeat_dim(0, batch) // [B, tokens, width]
    };
    let [own, narrow] = [targets.dims()[2], net.predictor.width()].map(positions);
    let seen = net.encoder.forward(chosen(tubes.clone(), &visible), chosen(own, &visible));
    let predicted = net.predictor.forward(seen, chosen(narrow.clone(), &visible), chosen(narrow, &hidden));
    (predicted - chosen(targets.clone(), &hidden)).abs().mean()
}

/// Each token at zero mean and unit variance, `[B, n, width]`.
fn normalised(tokens: Tensor<3>) -> Tensor<3> {
    let centred = tokens.clone() - tokens.mean_dim(2);
    let variance = centred.clone().square().mean_dim(2);
    centred / (variance + 1e-5).sqrt()
}

impl Representation<Clips> for Vjepa {
    fn update(&mut self, batch: &Clips, stream: &mut Stream) -> Scalars {
        let loss = self.loss(self.net.module(), batch, stream);
        let value = loss.clone().inner();
        let norm = self.net.descend(loss);
        let share = (self.step as f64 / self.steps.max(1) as f64).min(1.0);
        let moved = (1.0 - self.config.momentum) * (1.0 - share);
        self.target = polyak(self.target.clone(), &self.net.module().encoder, moved as f32);
        self.step += 1;
        vec![("vjepa/loss", value), ("vjepa/gradient_norm", norm)]
    }

    /// The mean of `E'` over all tubes.
    fn embed(&self, batch: &Clips) -> Tensor<2> {
        let cut = Cut::of(batch.rgb.dims(), self.config.patch);
        let tokens = self.targets(cut, cut.tubes(batch.rgb.clone())); // [B, tokens, width]
        tokens.mean_dim(1).reshape([batch.size(), self.config.width])
    }

    /// `E'`, of frames as clips in which nothing moves.
    fn encoder(&self) -> Option<Encoder> {
        Some(Encoder::Tubes(Still::of(self.target.clone().train())))
    }

    fn score(&self, batch: &Clips, stream: &mut Stream) -> Scalars {
        vec![("vjepa/loss", self.loss(&self.net.frozen(), batch, stream))]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.net.save(dir, NAME)?;
        save_weights(&self.target, dir, TARGET)?;
        let path = dir.join(STEP);
        fs::write(&path, self.step.to_string()).map_err(|source| TrainerError::Io { path, source })
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.net.load(dir, NAME)?;
        self.target = load_weights(self.target.clone(), dir, TARGET)?;
        let path = dir.join(STEP);
        let bad = |reason: String| TrainerError::Checkpoint { path: path.clone(), reason };
        let text = fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
        self.step = text.trim().parse().map_err(|_| bad(format!("`{text}` is no number of steps")))?;
        Ok(())
    }
}

/// Files of its state.
const NAME: &str = "vjepa";
const TARGET: &str = "vjepa-target";
const STEP: &str = "vjepa.steps";

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::vision::checks::{changed, clips, fall, learn, resumes};

    fn small(seed: u64) -> Vjepa {
        let config = VjepaConfig {
            width: 24,
            blocks: 1,
            heads: 2,
            predictor_width: 12,
            predictor_blocks: 1,
            momentum: 0.9,
            ..VjepaConfig::default()
        };
        Vjepa::new(&config, 60, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn the_loss_falls_and_the_target_only_follows() {
        let batch = clips(6, 4, 32, &Device::flex());
        let mut objective = small(0);
        let (before, target) = (objective.net.frozen(), objective.target.clone());
        let mut stream = Stream::new(0, "masks", 0);
        objective.update(&batch, &mut stream);
        // A tenth of the way that the encoder went, and no step of its own.
        let followed = polyak(target, &objective.net.module().encoder, 0.1);
        let [moved, all] = changed(&followed, &objective.target);
        assert!(moved == 0 && all > 10, "{moved} of {all} differ");
        let losses = learn(&mut objective, (&batch, "vjepa/loss"), 40, &mut stream);
        let [learned, all] = changed(&before, &objective.net.frozen());
        assert_eq!(learned, all);
        assert!(fall(&losses) < 0.9, "{losses:?}");
    }

    #[test]
    fn what_is_hidden_does_not_reach_the_predictor() {
        let device = Device::flex();
        let batch = clips(1, 4, 32, &device);
        let objective = small(0);
        let cut = Cut::of(batch.rgb.dims(), 8);
        let mask = SHORT.draw(cut.moments, cut.side, &mut Stream::new(0, "masks", 0));
        let (tubes, targets) = (cut.tubes(batch.rgb), Tensor::zeros([1, cut.tokens(), 24], &device));
        // With targets of zero the loss is a function of the predictions alone.
        let loss = |tubes: Tensor<3>| {
            numbers(masked_loss(&objective.net.frozen(), cut, &tubes, &targets, std::slice::from_ref(&mask)))
        };
        let change = |tokens: &[usize]| {
            let factor = (0..cut.tokens()).map(|token| if tokens.contains(&token) { -3.0 } else { 1.0 }).collect();
            let factor = freeroam_trainer::nn::tensor(factor, cut.tokens(), 1, &device);
            tubes.clone() * factor.unsqueeze::<3>()
        };
        assert_eq!(loss(tubes.clone()), loss(change(&mask.targets)));
        assert_ne!(loss(tubes.clone()), loss(change(&mask.visible)));
    }

    #[test]
    fn it_resumes_exactly() {
        resumes(|seed| Box::new(small(seed)), &clips(3, 4, 32, &Device::flex()));
    }
}
