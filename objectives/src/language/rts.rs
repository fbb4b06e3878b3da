//! Random token substitution: Di Liello, Gabburo and Moschitti, "Effective Pretraining Objectives for Transformer-based
//! Autoencoders", Findings of EMNLP 2022; the task is the discriminator's of Clark et al., "ELECTRA", ICLR 2020.
//!
//! ```text
//! repeat
//!   choose 15 % of a batch's tokens and put random tokens for them
//!   minimise  the binary cross entropy of "was replaced", mean over all tokens
//! ```
//!
//! One output per token instead of one per token of the vocabulary makes it cheaper than a masked language model.
//!
//! Differences from the paper's code: a token is never replaced by itself; all tokens count alike.

use std::path::Path;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, OptimizerConfig, Scheduled, tensor};
use serde::{Deserialize, Serialize};

use super::mlm::{any_token, chosen};
use super::model::{Texts, mean_state};
use crate::nets::{Dropout, Sight, Transformer, TransformerConfig, indices, linear};
use crate::{Representation, Scalars, Tokens};

/// Settings of random token substitution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RtsConfig {
    /// Share of the tokens that are replaced. The paper, section 3: 0.15.
    pub share: f64,
    /// The transformer.
    pub net: TransformerConfig,
    /// How it is trained.
    pub optimizer: OptimizerConfig,
}

impl Default for RtsConfig {
    fn default() -> Self {
        Self { share: 0.15, net: TransformerConfig::default(), optimizer: OptimizerConfig::default() }
    }
}

/// Transformer and one output per token.
#[derive(Module, Debug)]
pub(super) struct Detector {
    body: Transformer,
    head: Linear,
}

/// The state of random token substitution.
pub struct Rts {
    config: RtsConfig,
    texts: Texts,
    pub(super) detector: Scheduled<Detector>,
}

/// A batch with replaced tokens.
struct Replaced {
    tokens: Tokens,
    /// Places of all tokens with a text.
    places: Vec<usize>,
    /// 1 where the token was replaced, else 0, for each place.
    labels: Vec<f32>,
}

impl Rts {
    /// For these `texts`, on the plain `device`.
    #[must_use]
    pub fn new(config: &RtsConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let body = Transformer::new(&config.net, texts.vocabulary, texts.length, stream, &device);
        let head = linear(config.net.width, 1, Gain(1.0), stream, &device);
        let detector = Scheduled::new(Detector { body, head }, &config.optimizer, texts.steps);
        Self { config: config.clone(), texts, detector }
    }

    fn replace(&self, batch: &Tokens, stream: &mut Stream) -> Replaced {
        let mut tokens = batch.clone();
        for at in chosen(batch, self.config.share, stream) {
            tokens.ids[at] = other_token(batch.ids[at], self.texts.vocabulary, stream);
        }
        let places: Vec<usize> = batch.texts().collect();
        let labels = places.iter().map(|&at| f32::from(tokens.ids[at] != batch.ids[at])).collect();
        Replaced { tokens, places, labels }
    }
}

/// A token with a text that is not `id`.
fn other_token(id: u32, vocabulary: usize, stream: &mut Stream) -> u32 {
    let other = any_token(vocabulary.saturating_sub(1), stream);
    if other >= id && id >= Tokens::FIRST { other + 1 } else { other }
}

impl Detector {
    /// Binary cross entropy, and how well the replaced tokens are found: the harmonic mean of precision and recall; `[1]`
    /// each, the latter a constant.
    fn detect(&self, replaced: &Replaced, dropout: &mut Dropout<'_>) -> (Tensor<1>, Tensor<1>) {
        let states = self.body.forward(&replaced.tokens, Sight::Everything, dropout); // [B, L, width]
        let [rows, length, width] = states.dims();
        let device = states.device().inner();
        let places = indices(replaced.places.iter().copied(), &device);
        let states = states.reshape([rows * length, width]).select(0, places); // [N, width]
        let logits = self.head.forward(states); // [N, 1]
        let labels = tensor(replaced.labels.clone(), replaced.labels.len(), 1, &device);
        // log(1 + e^x) - y x, with the exponential of a negative number only.
        let softplus = logits.clone().clamp_min(0.0) + (-logits.clone().abs()).exp().log1p();
        let loss = (softplus - logits.clone() * labels.clone()).mean();
        let said = logits.inner().greater_elem(0.0).float(); // [N, 1]
        let both = (said.clone() * labels.clone()).sum();
        let f1 = both * 2.0 / (said.sum() + labels.sum()).clamp_min(1.0);
        (loss, f1)
    }
}

impl Representation<Tokens> for Rts {
    fn update(&mut self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let replaced = self.replace(batch, stream);
        let mut dropout = Dropout::new(self.config.net.dropout, stream);
        let (loss, f1) = self.detector.module().detect(&replaced, &mut dropout);
        let shown = loss.clone().inner();
        let norm = self.detector.descend(loss);
        vec![("rts/loss", shown), ("rts/f1", f1), ("rts/gradient_norm", norm)]
    }

    fn embed(&self, batch: &Tokens) -> Tensor<2> {
        mean_state(&self.detector.frozen().body, batch, Sight::Everything)
    }

    fn score(&self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let (loss, f1) = self.detector.frozen().detect(&self.replace(batch, stream), &mut Dropout::off());
        vec![("rts/loss", loss), ("rts/f1", f1)]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.detector.save(dir, "rts")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.detector.load(dir, "rts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_is_replaced_by_itself_and_all_others_can_be() {
        let mut stream = Stream::new(0, "tokens", 0);
        let mut seen: Vec<u32> = (0..400).map(|_| other_token(7, 10, &mut stream)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [5, 6, 8, 9]);
    }
}
