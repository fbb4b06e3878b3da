//! Masked language model: Devlin, Chang, Lee and Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers", NAACL
//! 2019; the streams of one language of Conneau and Lample, "Cross-lingual Language Model Pretraining", NeurIPS 2019.
//!
//! ```text
//! repeat
//!   choose 15 % of a batch's tokens; put [MASK] for 80 % of them, a random token for 10 %, leave 10 %
//!   minimise  - mean over the chosen of log p(token | the changed text)
//! ```
//!
//! Differences from the official codes: no next-sentence prediction; tokens are chosen anew at every step; start and end are
//! never chosen; the output has no layer of its own beside the embedding; no language embedding.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled};
use serde::{Deserialize, Serialize};

use super::model::{LanguageModel, Targets, Texts};
use crate::nets::{Dropout, Sight, TransformerConfig};
use crate::{Representation, Scalars, Tokens};

/// Settings of the masked language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MlmConfig {
    /// Share of the tokens that are to be said. BERT, section 3.1: 0.15.
    pub share: f64,
    /// The transformer.
    pub net: TransformerConfig,
    /// How it is trained.
    pub optimizer: OptimizerConfig,
}

impl Default for MlmConfig {
    fn default() -> Self {
        Self { share: 0.15, net: TransformerConfig::default(), optimizer: OptimizerConfig::default() }
    }
}

/// The masked language model's state.
pub struct Mlm {
    config: MlmConfig,
    texts: Texts,
    pub(super) model: Scheduled<LanguageModel>,
}

impl Mlm {
    /// For these `texts`, on the plain `device`.
    #[must_use]
    pub fn new(config: &MlmConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let model = LanguageModel::new(&config.net, texts, stream, &device.clone().autodiff());
        Self { config: config.clone(), texts, model: Scheduled::new(model, &config.optimizer, texts.steps) }
    }
}

/// A batch with some tokens hidden or changed, and what they were.
fn mask(tokens: &Tokens, share: f64, vocabulary: usize, stream: &mut Stream) -> (Tokens, Targets) {
    let mut changed = tokens.clone();
    let places = chosen(tokens, share, stream);
    let ids = places.iter().map(|&at| tokens.ids[at]).collect();
    for &at in &places {
        match stream.uniform(0.0, 1.0) {
            0.0..0.8 => changed.ids[at] = Tokens::MASK,
            0.8..0.9 => changed.ids[at] = any_token(vocabulary, stream),
            _ => {}
        }
    }
    (changed, Targets { places, ids })
}

/// Places of a share of the tokens with a text, at least one.
pub(super) fn chosen(tokens: &Tokens, share: f64, stream: &mut Stream) -> Vec<usize> {
    let texts: Vec<usize> = tokens.texts().collect();
    let mut places: Vec<usize> = texts.iter().copied().filter(|_| stream.uniform(0.0, 1.0) < share).collect();
    if places.is_empty() && !texts.is_empty() {
        places.push(texts[stream.below(texts.len())]);
    }
    places
}

/// A token with a text, each with the same chance.
pub(super) fn any_token(vocabulary: usize, stream: &mut Stream) -> u32 {
    let texts = vocabulary.saturating_sub(Tokens::FIRST as usize).max(1);
    Tokens::FIRST + stream.below(texts) as u32
}

impl Representation<Tokens> for Mlm {
    fn update(&mut self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let (changed, targets) = mask(batch, self.config.share, self.texts.vocabulary, stream);
        let mut dropout = Dropout::new(self.config.net.dropout, stream);
        let (loss, accuracy) = self.model.module().say(&changed, &targets, Sight::Everything, &mut dropout);
        let shown = loss.clone().inner();
        let norm = self.model.descend(loss);
        vec![("mlm/loss", shown), ("mlm/accuracy", accuracy), ("mlm/gradient_norm", norm)]
    }

    fn embed(&self, batch: &Tokens) -> Tensor<2> {
        self.model.frozen().mean_state(batch, Sight::Everything)
    }

    fn score(&self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let (changed, targets) = mask(batch, self.config.share, self.texts.vocabulary, stream);
        let model = self.model.frozen();
        let (loss, accuracy) = model.say(&changed, &targets, Sight::Everything, &mut Dropout::off());
        vec![("mlm/loss", loss), ("mlm/accuracy", accuracy)]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.model.save(dir, "mlm")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.model.load(dir, "mlm")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_hidden_in_the_shares_of_the_paper() {
        let row: Vec<u32> = std::iter::once(Tokens::START).chain((0..98).map(|k| 5 + k % 40)).chain([2]).collect();
        let tokens = Tokens::of(&vec![row; 400], 100);
        let (changed, targets) = mask(&tokens, 0.15, 45, &mut Stream::new(0, "masks", 0));
        let count = targets.places.len() as f64;
        let share = |what: &dyn Fn(usize) -> bool| targets.places.iter().filter(|at| what(**at)).count() as f64 / count;
        assert!((count / (400.0 * 98.0) - 0.15).abs() < 0.01, "{count}");
        assert!((share(&|at| changed.ids[at] == Tokens::MASK) - 0.8).abs() < 0.02);
        assert!((share(&|at| changed.ids[at] == tokens.ids[at]) - 0.1).abs() < 0.02);
        let untouched = (0..tokens.ids.len()).filter(|at| !targets.places.contains(at));
        assert!(untouched.take(4000).all(|at| changed.ids[at] == tokens.ids[at]));
        assert!(targets.places.iter().zip(&targets.ids).all(|(at, id)| tokens.ids[*at] == *id && *id >= Tokens::FIRST));
    }
}
