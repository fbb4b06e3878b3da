//! A transformer that says tokens: by their embeddings and a bias each.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{log_softmax, param};

use crate::Tokens;
use crate::nets::{Dropout, Sight, Transformer, TransformerConfig, indices};

/// What an objective on texts is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Tokens of the longest row.
    pub length: usize,
    /// Gradient steps of the run, for the schedule of the learning rate.
    pub steps: u64,
}

/// Transformer and biases.
#[derive(Module, Debug)]
pub(super) struct LanguageModel {
    pub(super) body: Transformer,
    bias: Param<Tensor<1>>,
}

/// Tokens that are to be said, and where.
pub(super) struct Targets {
    /// Places in a batch, `row * length + column`.
    pub(super) places: Vec<usize>,
    /// The token of each.
    pub(super) ids: Vec<u32>,
}

impl LanguageModel {
    pub(super) fn new(config: &TransformerConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let body = Transformer::new(config, texts.vocabulary, texts.length, stream, device);
        Self { body, bias: param(Tensor::zeros([texts.vocabulary], device), stream) }
    }

    /// Mean negative log-likelihood of the targets, and the share that is the likeliest token of its place; `[1]` each, the
    /// latter a constant. There has to be a target.
    pub(super) fn say(
        &self,
        tokens: &Tokens,
        targets: &Targets,
        sight: Sight,
        dropout: &mut Dropout<'_>,
    ) -> (Tensor<1>, Tensor<1>) {
        let states = self.body.forward(tokens, sight, dropout); // [B, L, width]
        let [rows, length, width] = states.dims();
        let device = self.bias.val().device().inner();
        let places = indices(targets.places.iter().copied(), &device);
        let states = states.reshape([rows * length, width]).select(0, places); // [N, width]
        let count = targets.ids.len();
        let logits = self.body.fit(states) + self.bias.val().unsqueeze::<2>(); // [N, vocabulary]
        let ids = indices(targets.ids.iter().map(|&id| id as usize), &device).reshape([count, 1]);
        let hit = logits.clone().inner().argmax(1).equal(ids.clone()).float().mean();
        (-log_softmax(logits).gather(1, ids).mean(), hit)
    }

    /// The mean state of each row's tokens, `[B, width]`.
    pub(super) fn mean_state(&self, tokens: &Tokens, sight: Sight) -> Tensor<2> {
        mean_state(&self.body, tokens, sight)
    }
}

/// The mean state of each row's tokens, padding apart, `[B, width]`.
pub(super) fn mean_state(body: &Transformer, tokens: &Tokens, sight: Sight) -> Tensor<2> {
    let states = body.forward(tokens, sight, &mut Dropout::off()); // [B, L, width]
    let [rows, _, width] = states.dims();
    let shares = tokens.shares(&states.device()).unsqueeze_dim::<3>(1); // [B, 1, L]
    shares.matmul(states).reshape([rows, width])
}
