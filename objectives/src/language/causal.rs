//! Causal language model: Bengio et al., "A Neural Probabilistic Language Model", JMLR 2003; with the transformer of Radford
//! et al., "Language Models are Unsupervised Multitask Learners", 2019.
//!
//! ```text
//! repeat
//!   x_1 .. x_L  a text with its start and end
//!   minimise  - mean_t log p(x_t | x_1 .. x_{t-1})
//! ```
//!
//! Differences from GPT-2: one text per row with padding instead of packed streams; sizes of a small machine; the feature of a
//! text is the mean of its tokens' states.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled};
use serde::{Deserialize, Serialize};

use super::model::{LanguageModel, Targets, Texts};
use crate::nets::{Dropout, Sight, TransformerConfig};
use crate::{Representation, Scalars, Tokens};

/// Settings of the causal language model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CausalConfig {
    /// The transformer.
    pub net: TransformerConfig,
    /// How it is trained.
    pub optimizer: OptimizerConfig,
}

/// The causal language model's state.
pub struct Causal {
    config: CausalConfig,
    pub(super) model: Scheduled<LanguageModel>,
}

impl Causal {
    /// For these `texts`, on the plain `device`.
    #[must_use]
    pub fn new(config: &CausalConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let model = LanguageModel::new(&config.net, texts, stream, &device.clone().autodiff());
        Self { config: config.clone(), model: Scheduled::new(model, &config.optimizer, texts.steps) }
    }
}

/// Each token but the first of a row, to be said at the place before it.
fn next_tokens(tokens: &Tokens) -> Targets {
    let known = tokens.ids.iter().enumerate();
    let next = known.filter(|(at, id)| at % tokens.length != 0 && **id != Tokens::PAD);
    let (places, ids) = next.map(|(at, id)| (at - 1, *id)).unzip();
    Targets { places, ids }
}

impl Representation<Tokens> for Causal {
    fn update(&mut self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let mut dropout = Dropout::new(self.config.net.dropout, stream);
        let (loss, accuracy) = self.model.module().say(batch, &next_tokens(batch), Sight::Before, &mut dropout);
        let shown = loss.clone().inner();
        let norm = self.model.descend(loss);
        vec![("causal/loss", shown), ("causal/accuracy", accuracy), ("causal/gradient_norm", norm)]
    }

    fn embed(&self, batch: &Tokens) -> Tensor<2> {
        self.model.frozen().mean_state(batch, Sight::Before)
    }

    fn score(&self, batch: &Tokens, _: &mut Stream) -> Scalars {
        let model = self.model.frozen();
        let (loss, accuracy) = model.say(batch, &next_tokens(batch), Sight::Before, &mut Dropout::off());
        vec![("causal/loss", loss), ("causal/accuracy", accuracy)]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.model.save(dir, "causal")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.model.load(dir, "causal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_but_the_first_is_said_once() {
        let targets = next_tokens(&Tokens::of(&[vec![1, 6, 2], vec![1, 7, 8, 9, 2]], 5));
        assert_eq!(targets.ids, [6, 2, 7, 8, 9, 2]);
        assert_eq!(targets.places, [0, 1, 5, 6, 7, 8]);
    }
}
