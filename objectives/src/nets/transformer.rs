//! A small transformer over tokens: learned positions, blocks with the normalisation before each part, a last
//! normalisation.
//!
//! Vaswani et al., "Attention Is All You Need", 2017; the order of Xiong et al., 2020. What a token may look at is the
//! objective's choice:
//!
//! ```text
//! h = drop(E[ids] + P)
//! per block:  h += drop(W_o attention(norm(h)));   h += drop(W_2 gelu(W_1 norm(h)))
//! norm(h)
//! ```

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{Gain, gelu, layer_norm, normalise, param, softmax, uniform, xavier_uniform};
use serde::{Deserialize, Serialize};

use super::Dropout;
use crate::Tokens;

/// Sizes of a transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TransformerConfig {
    /// Numbers per token.
    pub width: usize,
    /// Blocks.
    pub blocks: usize,
    /// Heads of attention; they divide `width`.
    pub heads: usize,
    /// Chance with which dropout hides a number while training.
    pub dropout: f64,
}

impl Default for TransformerConfig {
    fn default() -> Self {
        Self { width: 128, blocks: 4, heads: 4, dropout: 0.1 }
    }
}

impl TransformerConfig {
    /// Keys that are out of range, each with what was expected.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let rules = [
            ("width", (1..=1 << 14).contains(&self.width), "1 to 16384"),
            ("blocks", (1..=96).contains(&self.blocks), "1 to 96"),
            ("heads", self.heads > 0 && self.width.is_multiple_of(self.heads), "a divisor of the width"),
            ("dropout", (0.0..1.0).contains(&self.dropout), "0 or more, below 1"),
        ];
        rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key, expected)).collect()
    }
}

/// What a token may look at, padding apart, which none looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All tokens of its row.
    Everything,
    /// Itself and the tokens before it.
    Before,
}

/// Embedding, positions, blocks, a last normalisation.
#[derive(Module, Debug)]
pub struct Transformer {
    tokens: Param<Tensor<2>>,
    positions: Param<Tensor<2>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

/// Attention and a perceptron, each beside the identity.
#[derive(Module, Debug)]
pub(crate) struct Block {
    before_attention: LayerNorm,
    /// Queries, keys and values in one product, `[width, 3 width]`.
    look: Linear,
    join: Linear,
    before_perceptron: LayerNorm,
    widen: Linear,
    narrow: Linear,
    heads: usize,
}

impl Transformer {
    /// For a vocabulary of `vocabulary` tokens and rows of at most `length`, on a differentiating device.
    #[must_use]
    pub fn new(
        config: &TransformerConfig,
        vocabulary: usize,
        length: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        let width = config.width;
        // Standard deviation 0.02, as in BERT.
        let table = |rows, stream: &mut Stream| uniform([rows, width], 0.02 * 3.0_f32.sqrt(), stream, device);
        let tokens = table(vocabulary, stream);
        let tokens = param(tokens, stream);
        let positions = table(length, stream);
        let positions = param(positions, stream);
        let blocks = (0..config.blocks).map(|_| Block::new(config, stream, device)).collect();
        Self { tokens, positions, blocks, norm: layer_norm(width, stream, device) }
    }

    /// The state of each token, `[B, L, width]`; those of padding mean nothing.
    ///
    /// # Panics
    /// When the rows are longer than the positions.
    pub fn forward(&self, tokens: &Tokens, sight: Sight, dropout: &mut Dropout<'_>) -> Tensor<3> {
        let (rows, length) = (tokens.rows, tokens.length);
        let width = self.tokens.val().dims()[1];
        let device = self.tokens.val().device().inner();
        let ids = indices(tokens.ids.iter().map(|&id| id as usize), &device);
        let words = self.tokens.val().select(0, ids).reshape([rows, length, width]); // [B, L, width]
        let places = self.positions.val().narrow(0, 0, length).unsqueeze::<3>(); // [1, L, width]
        let mut state = dropout.apply(words + places);
        let hidden = hidden(tokens, sight, &device);
        for block in &self.blocks {
            state = block.forward(state, hidden.clone(), dropout);
        }
        normalise(&self.norm, state)
    }

    /// How well each token of the vocabulary fits a state, by its embedding: `[N, width] -> [N, vocabulary]`.
    #[must_use]
    pub fn fit(&self, states: Tensor<2>) -> Tensor<2> {
        states.matmul(self.tokens.val().transpose())
    }

    /// Numbers per token.
    #[must_use]
    pub fn width(&self) -> usize {
        self.tokens.val().dims()[1]
    }

    /// Tokens of the vocabulary and of the longest row.
    #[must_use]
    pub fn sizes(&self) -> [usize; 2] {
        [self.tokens.val().dims()[0], self.positions.val().dims()[0]]
    }
}

impl Block {
    pub(crate) fn new(config: &TransformerConfig, stream: &mut Stream, device: &Device) -> Self {
        let width = config.width;
        // What is added to the identity starts small, the more so the more blocks add to it.
        let small = Gain((2.0 * config.blocks as f32).sqrt().recip());
        Self {
            before_attention: layer_norm(width, stream, device),
            look: linear(width, 3 * width, Gain(1.0), stream, device),
            join: linear(width, width, small, stream, device),
            before_perceptron: layer_norm(width, stream, device),
            widen: linear(width, 4 * width, Gain(1.0), stream, device),
            narrow: linear(4 * width, width, small, stream, device),
            heads: config.heads,
        }
    }

    /// `hidden`, `[B, 1, L, L]`, is added to what a token (third) thinks of another (fourth).
    pub(crate) fn forward(&self, state: Tensor<3>, hidden: Tensor<4>, dropout: &mut Dropout<'_>) -> Tensor<3> {
        let [rows, length, width] = state.dims();
        let each = width / self.heads;
        let looked = self.look.forward(normalise(&self.before_attention, state.clone())); // [B, L, 3 width]
        let part = |number: usize| {
            let part = looked.clone().narrow(2, number * width, width).reshape([rows, length, self.heads, each]);
            part.swap_dims(1, 2) // [B, heads, L, each]
        };
        let weights = part(0).matmul(part(1).transpose()) / (each as f32).sqrt() + hidden; // [B, heads, L, L]
        let weights = dropout.apply(softmax(weights));
        let seen = weights.matmul(part(2)).swap_dims(1, 2).reshape([rows, length, width]);
        let state = state + dropout.apply(self.join.forward(seen));
        let wide = gelu(self.widen.forward(normalise(&self.before_perceptron, state.clone())));
        state + dropout.apply(self.narrow.forward(wide))
    }
}

/// 0 where a token may look at another and a large negative number where not, `[B, 1, L, L]`.
fn hidden(tokens: &Tokens, sight: Sight, device: &Device) -> Tensor<4> {
    const NEVER: f32 = -1e9;
    let (rows, length) = (tokens.rows, tokens.length);
    let mut values = Vec::with_capacity(rows * length * length);
    for row in tokens.ids.chunks_exact(length.max(1)) {
        for from in 0..length {
            let sees = |at: usize| row[at] != Tokens::PAD && (sight == Sight::Everything || at <= from);
            values.extend((0..length).map(|at| if sees(at) { 0.0 } else { NEVER }));
        }
    }
    Tensor::from_data(TensorData::new(values, [rows, 1, length, length]), device)
}

/// Positions as a tensor, `[N]`.
pub(crate) fn indices(values: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.map(|value| i32::try_from(value).expect("counts are small")).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

/// A linear layer with Xavier-uniform weights and zero biases.
pub(crate) fn linear(inputs: usize, outputs: usize, gain: Gain, stream: &mut Stream, device: &Device) -> Linear {
    let weight = xavier_uniform([inputs, outputs], gain, stream, device);
    let weight = param(weight, stream);
    Linear { weight, bias: Some(param(Tensor::zeros([outputs], device), stream)) }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    fn states(rows: &[Vec<u32>], sight: Sight) -> Vec<Vec<f32>> {
        let device = Device::flex().autodiff();
        let config = TransformerConfig { width: 8, blocks: 2, heads: 2, dropout: 0.0 };
        let net = Transformer::new(&config, 20, 6, &mut Stream::new(0, "weights", 0), &device);
        let tokens = Tokens::of(rows, 6);
        let states = net.forward(&tokens, sight, &mut Dropout::off());
        numbers(states.inner()).chunks_exact(8).map(<[f32]>::to_vec).collect()
    }

    fn far(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn later_tokens_change_nothing_before_them() {
        let [a, b] = [[6, 7, 8, 9], [6, 7, 8, 15]].map(|row| states(&[row.to_vec()], Sight::Before));
        assert!((0..3).all(|at| far(&a[at], &b[at]) < 1e-6) && far(&a[3], &b[3]) > 1e-3);
        let [a, b] = [[6, 7, 8, 9], [6, 7, 8, 15]].map(|row| states(&[row.to_vec()], Sight::Everything));
        assert!((0..4).all(|at| far(&a[at], &b[at]) > 1e-5));
    }

    #[test]
    fn padding_changes_nothing() {
        let alone = states(&[vec![6, 7, 8]], Sight::Everything);
        let beside = states(&[vec![6, 7, 8], vec![9, 10, 11, 12, 13]], Sight::Everything);
        assert!((0..3).all(|at| far(&alone[at], &beside[at]) < 1e-5), "{alone:?} {beside:?}");
    }
}
