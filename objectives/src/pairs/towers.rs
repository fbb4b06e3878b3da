//! An encoder of frames and one of captions that end in the same space.
//!
//! ```text
//! v = unit(W_v conv(frame))             [B, projection]
//! t = unit(W_t state at [END])          [B, projection], a token sees those before it
//! s = exp(min(log s, log 100)),  learned, from 1 / temperature
//! ```

use std::path::Path;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{ConvNet, Gain, Scalar, load_weights, param, xavier_uniform};
use serde::{Deserialize, Serialize};

use super::Pairs;
use crate::contrast::unit;
use crate::info_nce::{info_nce, retrieval};
use crate::language::Texts;
use crate::nets::{Dropout, Sight, Transformer, TransformerConfig, indices};
use crate::registry::broken;
use crate::vision::Encoder;
use crate::{Scalars, Tokens};

/// Largest factor on similarities. CLIP, sec. 2.5: 100.
const LARGEST_SCALE: f32 = 100.0;

/// Sizes of two towers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TowersConfig {
    /// Channels of the first convolution, a multiple of 8; features of a frame are 8 times as many.
    pub width: usize,
    /// Numbers of the common space. CLIP: 512 for its smallest network; 128 suits one of this size.
    pub projection: usize,
    /// Temperature at the start; it is learned. CLIP, sec. 2.5: 0.07.
    pub temperature: f64,
    /// The transformer of captions. CLIP's has 12 blocks of width 512 and no dropout.
    pub net: TransformerConfig,
}

impl Default for TowersConfig {
    fn default() -> Self {
        let net = TransformerConfig { width: 64, blocks: 2, heads: 4, dropout: 0.0 };
        Self { width: 16, projection: 128, temperature: 0.07, net }
    }
}

impl TowersConfig {
    /// Keys that are out of range, each with what was expected.
    pub(super) fn problems(&self) -> impl Iterator<Item = (String, &'static str)> {
        let own = broken([
            ("width", self.width > 0 && self.width.is_multiple_of(8) && self.width <= 1024, "8, 16, .. 1024"),
            ("projection", (1..=4096).contains(&self.projection), "1 to 4096"),
            ("temperature", (0.01..=10.0).contains(&self.temperature), "0.01 to 10"),
        ]);
        let own = own.map(|(key, expected)| (key.to_owned(), expected));
        own.chain(self.net.problems().into_iter().map(|(key, expected)| (format!("net.{key}"), expected)))
    }
}

/// Both encoders and the logarithm of the factor on similarities.
#[derive(Module, Debug)]
pub(super) struct Towers {
    image: ConvNet,
    image_out: Linear,
    text: Transformer,
    text_out: Linear,
    scale: Scalar,
}

impl Towers {
    /// With weights from `stream`, on a differentiating device.
    pub(super) fn new(config: &TowersConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let plain = |inputs: usize, stream: &mut Stream| {
            let weight = xavier_uniform([inputs, config.projection], Gain(1.0), stream, device);
            Linear { weight: param(weight, stream), bias: None }
        };
        Self {
            image: ConvNet::new(config.width, stream, device),
            image_out: plain(ConvNet::features(config.width), stream),
            text: Transformer::new(&config.net, texts.vocabulary, texts.length, stream, device),
            text_out: plain(config.net.width, stream),
            scale: Scalar::new(-(config.temperature as f32).ln(), stream, device),
        }
    }

    /// Features of frames before the common space, `[B, 3, height, width] -> [B, 8 width]`.
    pub(super) fn features(&self, rgb: Tensor<4>) -> Tensor<2> {
        self.image.forward(rgb)
    }

    /// The encoder of those features, by itself.
    pub(super) fn encoder(&self) -> Encoder {
        Encoder::Conv(self.image.clone())
    }

    /// Frames in the common space, `[B, 3, height, width] -> [B, projection]`, unit vectors.
    pub(super) fn see(&self, rgb: Tensor<4>) -> Tensor<2> {
        unit(self.image_out.forward(self.features(rgb)))
    }

    /// Captions in the common space, `[B, projection]`, unit vectors.
    pub(super) fn read(&self, captions: &Tokens, dropout: &mut Dropout<'_>) -> Tensor<2> {
        let states = self.text.forward(captions, Sight::Before, dropout); // [B, L, width]
        let [rows, length, width] = states.dims();
        let last = |row: &[u32]| row.iter().rposition(|id| *id != Tokens::PAD).unwrap_or(0);
        let ends = captions.ids.chunks_exact(length).enumerate().map(|(row, ids)| row * length + last(ids));
        let ends = indices(ends, &states.device().inner());
        unit(self.text_out.forward(states.reshape([rows * length, width]).select(0, ends)))
    }

    /// Frames and captions of a batch in the common space, without dropout, `[B, projection]` each.
    pub(super) fn sides(&self, batch: &Pairs) -> [Tensor<2>; 2] {
        [self.see(batch.frames.rgb.clone()), self.read(&batch.captions, &mut Dropout::off())]
    }

    /// The factor on similarities, `[1, 1]`.
    pub(super) fn scale(&self) -> Tensor<2> {
        self.scale.value().exp().unsqueeze()
    }

    /// The same towers with a factor of at most 100.
    pub(super) fn capped(mut self) -> Self {
        self.scale = self.scale.at_most(LARGEST_SCALE.ln());
        self
    }

    /// Both towers of the state that a run of CLIP or `CleanCLIP` saved in `dir`.
    pub(super) fn start_from(self, dir: &Path) -> Result<Self, TrainerError> {
        let name = [super::clip::NAME, super::cleanclip::NAME].into_iter();
        match name.into_iter().find(|name| dir.join(format!("{name}.bpk")).exists()) {
            Some(name) => load_weights(self, dir, name),
            None => Err(TrainerError::Usage(format!(
                "`init` = {}: it starts from a run of `clip` or `cleanclip`",
                dir.display()
            ))),
        }
    }
}

/// The loss of a batch, `[1]`, and what is to be known of it: the frames among those of other captions, and the
/// captions among those of other frames.
pub(super) struct Matched {
    /// Mean of both cross entropies.
    pub(super) loss: Tensor<1>,
    /// Share of frames whose nearest caption is one of theirs, and of captions whose nearest frame is.
    pub(super) found: [Tensor<1>; 2],
}

impl Matched {
    /// Of frames and captions in the common space, `[B, projection]` each, and the `scale` of their similarities.
    pub(super) fn of(frames: Tensor<2>, captions: Tensor<2>, scale: Tensor<2>, batch: &Pairs) -> Self {
        let [positive, valid] = batch.masks(&frames.device().inner());
        let rows = frames.matmul(captions.transpose()) * scale; // [B, B]
        let columns = rows.clone().transpose();
        let turned = [positive.clone(), valid.clone()].map(Tensor::transpose);
        let found = [
            retrieval(rows.clone(), positive.clone(), valid.clone()),
            retrieval(columns.clone(), turned[0].clone(), turned[1].clone()),
        ];
        let [positives, valids] = turned;
        let loss = (info_nce(rows, positive, valid) + info_nce(columns, positives, valids)) / 2.0;
        Self { loss, found }
    }

    /// Its numbers under these names: loss, and both shares.
    pub(super) fn scalars(self, [loss, caption, frame]: [&'static str; 3]) -> Scalars {
        let [captions, frames] = self.found;
        vec![(loss, self.loss.inner()), (caption, captions), (frame, frames)]
    }
}
