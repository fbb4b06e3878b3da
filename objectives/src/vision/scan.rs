//! SCAN: Van Gansbeke et al., "SCAN: Learning to Classify Images without Labels", ECCV 2020.
//!
//! Frames whose features are near belong to one class; then sure frames teach the others:
//!
//! ```text
//! bank      features of `bank` frames by a trained encoder that stays as it was (the pretext task)
//! step 1    x' one of the `neighbours` nearest frames of x in the bank, p_h = softmax(head_h(f(x)))
//!           L_h = -mean log <p_h(x), p_h(x')> + weight sum_c m_c log m_c,   m the mean of p_h over the batch  (eq. 2)
//!           the head of least loss is kept
//! step 2    after `cluster_steps`: frames with max_c p(x) > confidence, c the label, on stronger views of x
//!           L = cross entropy, classes weighted inversely to their number in the batch
//! ```
//!
//! Differences from the paper: the bank is a drawn part of the frames; neighbours are looked up by the features that the
//! encoder had before step 1; frames of the same episode less than `horizon` steps apart are no neighbours, else clusters are
//! slices of time; colour and windows make the views instead of `RandAugment`.

mod bank; // frames and their neighbours

use std::path::Path;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{
    ConvNet, Gain, OptimizerConfig, Scheduled, load_weights, log_softmax, numbers, save_weights, softmax, tensor,
};
use serde::{Deserialize, Serialize};

use self::bank::Bank;
use super::augment::AugmentConfig;
use super::contrastive;
use super::encoder::Encoder;
use super::frames::Frames;
use crate::nets::linear;
use crate::registry::{broken, own, under};
use crate::{Representation, Scalars};

/// Added to probabilities before their logarithm.
const LEAST: f32 = 1e-8;
/// Share of the last step's loss in the running loss of a head.
const NEWEST: f32 = 0.02;

/// Settings of SCAN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScanConfig {
    /// Classes.
    pub clusters: usize,
    /// Heads, of which the best is kept. Paper, sec. 3.1: 10.
    pub heads: usize,
    /// Frames among which neighbours are looked up.
    pub bank: usize,
    /// Nearest frames of which one is drawn. Paper, sec. 3.1: 20, or 50.
    pub neighbours: usize,
    /// Steps within which frames of one episode are no neighbours.
    pub horizon: u32,
    /// Weight of the entropy of the classes. Paper, sec. 3.1: 5.
    pub entropy: f64,
    /// Gradient steps of step 1. Three quarters of a default run; with as many as the run has there is no step 2.
    pub cluster_steps: u64,
    /// Probability from which a frame teaches. Paper, sec. 3.1: 0.99.
    pub confidence: f64,
    /// Channels of the encoder's first convolution: that of the contrastive run whose weights it takes over.
    pub width: usize,
    /// Views of step 2.
    pub augment: AugmentConfig,
    /// Training. Paper, sec. 3.1: Adam at 1e-4 for encoder and heads.
    pub optimizer: OptimizerConfig,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self {
            clusters: 8,
            heads: 10,
            bank: 2048,
            neighbours: 20,
            horizon: 16,
            entropy: 5.0,
            cluster_steps: 1500,
            confidence: 0.95,
            width: 16,
            augment: AugmentConfig::default(),
            optimizer: OptimizerConfig { learning_rate: 1e-4, ..OptimizerConfig::default() },
        }
    }
}

impl ScanConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(String, &'static str)> {
        own(broken([
            ("clusters", (2..=4096).contains(&self.clusters), "2 to 4096"),
            ("heads", (1..=1024).contains(&self.heads), "1 to 1024"),
            ("bank", (2..=1 << 20).contains(&self.bank), "2 to 1048576"),
            ("neighbours", self.neighbours > 0 && self.neighbours < self.bank, "at least 1, less than the bank"),
            ("entropy", self.entropy.is_finite() && self.entropy >= 0.0, "0 or more"),
            ("confidence", (0.0..1.0).contains(&self.confidence), "0 to 1"),
            ("width", self.width > 0 && self.width.is_multiple_of(8) && self.width <= 1024, "8, 16, .. 1024"),
        ]))
        .chain(under("augment", self.augment.problems()))
        .chain(under("optimizer", self.optimizer.problems()))
        .collect()
    }
}

/// The encoder and the heads of all classifiers.
#[derive(Module, Debug)]
struct Net {
    encoder: ConvNet,
    heads: Vec<Linear>,
}

/// SCAN's state.
pub struct Scan {
    config: ScanConfig,
    net: Scheduled<Net>,
    /// The encoder before step 1, by which neighbours are looked up.
    pretext: ConvNet,
    bank: Bank,
    /// Running loss of each head in step 1; infinite before the first.
    losses: Vec<f32>,
    /// Gradient steps so far.
    steps: u64,
}

impl Scan {
    /// For `steps` gradient steps, with weights from `stream`, on the plain `device`.
    #[must_use]
    pub fn new(config: &ScanConfig, steps: u64, stream: &mut Stream, device: &Device) -> Self {
        let (tracked, features) = (device.clone().autodiff(), ConvNet::features(config.width));
        let encoder = ConvNet::new(config.width, stream, &tracked);
        let head = |_| linear(features, config.clusters, Gain(1.0), stream, &tracked);
        let heads = (0..config.heads).map(head).collect();
        Self {
            config: config.clone(),
            pretext: encoder.valid(),
            net: Scheduled::new(Net { encoder, heads }, &config.optimizer, steps),
            bank: Bank::default(),
            losses: vec![f32::INFINITY; config.heads],
            steps: 0,
        }
    }

    /// Loss of each head in step 1, `[heads]`, for frames and their neighbours.
    fn cluster(&self, net: &Net, batch: &Frames, near: Tensor<4>) -> Tensor<1> {
        let rows = batch.size();
        let both = net.encoder.forward(Tensor::cat(vec![batch.rgb.clone(), near], 0)); // [2 B, F]
        let of = |head: &Linear| {
            let p = softmax(head.forward(both.clone())); // [2 B, K]
            let (own, other) = (p.clone().narrow(0, 0, rows), p.narrow(0, rows, rows));
            agreement(own.clone(), other) - entropy(own) * self.config.entropy as f32
        };
        Tensor::cat(net.heads.iter().map(of).collect(), 0)
    }

    /// Weights of the classes of each frame in step 2, `[B, K]`, and the share of frames that are sure.
    fn labels(&self, batch: &Frames) -> (Tensor<2>, f32) {
        let (rows, clusters) = (batch.size(), self.config.clusters);
        let p = numbers(self.classes(batch));
        let label = |p: &[f32]| {
            let (class, most) = p.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
            (f64::from(*most) > self.config.confidence).then_some(class)
        };
        let labels: Vec<Option<usize>> = p.chunks_exact(clusters).map(label).collect();
        let mut counts = vec![0.0; clusters];
        labels.iter().flatten().for_each(|class| counts[*class] += 1.0);
        let present = counts.iter().filter(|count| **count > 0.0).count() as f32;
        let mut targets = vec![0.0; rows * clusters];
        for (row, class) in labels.iter().enumerate() {
            if let Some(class) = class {
                targets[row * clusters + class] = 1.0 / (counts[*class] * present);
            }
        }
        (tensor(targets, rows, clusters, &batch.rgb.device()), counts.iter().sum::<f32>() / rows as f32)
    }

    /// The head of least loss.
    fn best(&self) -> usize {
        let losses = self.losses.iter().enumerate();
        losses.min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(head, _)| head)
    }

    /// Probabilities of the classes by the best head, `[B, clusters]`.
    fn classes(&self, batch: &Frames) -> Tensor<2> {
        let net = self.net.frozen();
        softmax(net.heads[self.best()].forward(net.encoder.forward(batch.rgb.clone())))
    }

    fn cluster_step(&mut self, batch: &Frames, stream: &mut Stream) -> Scalars {
        let features = self.pretext.forward(batch.rgb.clone());
        let near = self.bank.nearest(features, &batch.instants, self.config.neighbours, self.config.horizon);
        let near = self.bank.drawn(&near, stream, &batch.rgb.device());
        let losses = self.cluster(self.net.module(), batch, near);
        for (kept, new) in self.losses.iter_mut().zip(numbers(losses.clone().inner())) {
            *kept = if kept.is_finite() { *kept + NEWEST * (new - *kept) } else { new };
        }
        let loss = losses.mean();
        let value = loss.clone().inner();
        vec![("scan/loss", value), ("scan/gradient_norm", self.net.descend(loss))]
    }

    fn label_step(&mut self, batch: &Frames, stream: &mut Stream) -> Scalars {
        let (targets, sure) = self.labels(batch);
        let device = batch.rgb.device();
        let mut metrics = vec![("scan/sure", Tensor::from_floats([sure], &device))];
        // Without a sure frame there is nothing to learn from.
        if sure > 0.0 {
            let view = self.config.augment.view(batch.rgb.clone(), stream);
            let net = self.net.module();
            let logits = net.heads[self.best()].forward(net.encoder.forward(view)); // [B, K]
            let loss = -(log_softmax(logits) * targets).sum();
            metrics.push(("scan/label_loss", loss.clone().inner()));
            self.net.descend(loss);
        }
        metrics
    }
}

impl Representation<Frames> for Scan {
    /// Fills the bank until it is full; then one gradient step.
    fn update(&mut self, batch: &Frames, stream: &mut Stream) -> Scalars {
        if self.bank.len() < self.config.bank {
            let features = self.pretext.forward(batch.rgb.clone());
            self.bank.add(batch, features, self.config.bank);
            return Scalars::new();
        }
        self.steps += 1;
        if self.steps <= self.config.cluster_steps {
            self.cluster_step(batch, stream)
        } else {
            self.label_step(batch, stream)
        }
    }

    fn embed(&self, batch: &Frames) -> Tensor<2> {
        self.net.frozen().encoder.forward(batch.rgb.clone())
    }

    fn encoder(&self) -> Option<Encoder> {
        Some(Encoder::Conv(self.net.module().encoder.clone()))
    }

    fn assign(&self, batch: &Frames) -> Option<Tensor<2>> {
        Some(self.classes(batch))
    }

    /// Takes over the encoder of a contrastive run.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        let net = self.net.module().clone();
        let encoder = contrastive::encoder(net.encoder.clone(), dir)?;
        self.pretext = encoder.valid();
        self.net.replace(Net { encoder, ..net });
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.net.save(dir, NAME)?;
        save_weights(&self.pretext, dir, PRETEXT)?;
        self.bank.save(dir, &(self.steps, &self.losses))
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.net.load(dir, NAME)?;
        self.pretext = load_weights(self.pretext.clone(), dir, PRETEXT)?;
        (self.bank, (self.steps, self.losses)) = Bank::load(dir)?;
        Ok(())
    }
}

/// Files of its state.
const NAME: &str = "scan";
const PRETEXT: &str = "scan-pretext";

/// `-mean log <p, q>`, of probabilities `[B, K]`, `[1]`.
fn agreement(p: Tensor<2>, q: Tensor<2>) -> Tensor<1> {
    -((p * q).sum_dim(1) + LEAST).log().mean()
}

/// Entropy of the mean of probabilities `[B, K]`, `[1]`.
fn entropy(p: Tensor<2>) -> Tensor<1> {
    let mean = p.mean_dim(0) + LEAST; // [1, K]
    -(mean.clone() * mean.log()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::checks::{changed, fall, frames, learn, resumes};
    use crate::vision::{Contrastive, ContrastiveConfig};

    /// The second step begins after `steps`.
    fn small(seed: u64, steps: u64) -> Scan {
        let config = ScanConfig {
            clusters: 4,
            heads: 2,
            bank: 16,
            neighbours: 2,
            width: 8,
            cluster_steps: steps,
            confidence: 0.0,
            ..ScanConfig::default()
        };
        let config =
            ScanConfig { optimizer: OptimizerConfig { learning_rate: 1e-3, ..OptimizerConfig::default() }, ..config };
        Scan::new(&config, 60, &mut Stream::new(seed, "weights", 0), &Device::flex())
    }

    #[test]
    fn both_losses_fall_and_the_pretext_stays() {
        let batch = frames(16, 32, &Device::flex());
        let mut objective = small(0, 30);
        let pretext = objective.pretext.clone();
        let before = objective.net.frozen();
        let mut stream = Stream::new(0, "views", 0);
        assert!(objective.update(&batch, &mut stream).is_empty(), "the first batch fills the bank");
        let losses = learn(&mut objective, (&batch, "scan/loss"), 30, &mut stream);
        let [learned, all] = changed(&before, &objective.net.frozen());
        assert_eq!((losses.len(), learned), (30, all));
        // The least there is: sure of itself, all classes alike.
        let least = -5.0 * 4.0_f32.ln();
        let above: Vec<f32> = losses.iter().map(|loss| loss - least).collect();
        assert!(fall(&above) < 0.8, "{above:?}");
        let losses = learn(&mut objective, (&batch, "scan/label_loss"), 20, &mut stream);
        assert!(losses.len() == 20 && fall(&losses) < 0.95, "{losses:?}");
        assert_eq!(changed(&pretext, &objective.pretext)[0], 0);
    }

    #[test]
    fn it_resumes_exactly_and_starts_from_a_contrastive_run() {
        let batch = frames(16, 32, &Device::flex());
        resumes(|seed| Box::new(small(seed, 3)), &batch);
        let config = ContrastiveConfig { width: 8, projection: 16, ..ContrastiveConfig::default() };
        let contrastive = Contrastive::new(&config, 1, &mut Stream::new(9, "weights", 0), &Device::flex());
        let dir = tempfile::tempdir().expect("temporary folder");
        contrastive.save(dir.path()).expect("writes");
        let mut objective = small(0, 3);
        objective.initialise(dir.path()).expect("fits");
        assert_eq!(numbers(objective.embed(&batch)), numbers(contrastive.embed(&batch)));
        assert!(objective.initialise(&dir.path().join("none")).is_err());
    }

    #[test]
    fn sure_and_even_classes_cost_least() {
        let device = Device::flex();
        let of = |p: Tensor<2>| -> f32 { (agreement(p.clone(), p.clone()) - entropy(p) * 5.0).into_scalar() };
        let even = of(Tensor::eye(4, &device));
        let unsure = of(Tensor::ones([4, 4], &device) / 4.0);
        let one = of(Tensor::cat(vec![Tensor::ones([4, 1], &device), Tensor::zeros([4, 3], &device)], 1));
        assert!((even + 5.0 * 4.0_f32.ln()).abs() < 1e-4, "{even}");
        assert!(even < unsure - 1.0 && unsure < one, "{even} {unsure} {one}");
    }
}
