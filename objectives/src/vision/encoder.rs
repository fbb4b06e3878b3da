//! The networks of frames by themselves, for what goes on with them: frozen or trained in front of an agent.
//!
//! ```text
//! frame [B, 3, height, width] ──► Encoder::forward ──► [B, features]      as the representation objectives' `embed`
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{ConvNet, PlainConv};

use super::cpc::Grid;
use super::vjepa::{Still, VjepaConfig};

/// A network of frames.
#[derive(Module, Debug)]
pub enum Encoder {
    /// Convolutions without normalisation, what they say of each place: with fresh weights, before a narrow layer.
    Plain(PlainConv),
    /// Convolutions and the mean over the frame: of contrastive runs and of SCAN.
    Conv(ConvNet),
    /// Patches, each seen by itself, and what lies on each side of them: of CPC.
    Patches(Grid),
    /// A transformer of the tubes of a clip in which nothing moves: of V-JEPA.
    Tubes(Still),
    /// The mean colours of square blocks, without weights.
    Means(Blocks),
}

/// Blocks of a frame along each side.
const BLOCKS: usize = 16;

/// Mean colours of 16 x 16 blocks.
#[derive(Module, Debug)]
pub struct Blocks {
    /// Pixels along a side of a block.
    edge: usize,
}

impl Blocks {
    /// `[batch, 3, height, width]` to `[batch, 3 * 16 * 16]`.
    fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let batch = rgb.dims()[0];
        let blocks: Tensor<6> = rgb.reshape([batch, 3, BLOCKS, self.edge, BLOCKS, self.edge]);
        blocks.mean_dim(5).mean_dim(3).reshape([batch, 3 * BLOCKS * BLOCKS])
    }
}

impl Encoder {
    /// Fresh convolutions of `width` channels.
    #[must_use]
    pub fn conv(width: usize, stream: &mut Stream, device: &Device) -> Self {
        Self::Plain(PlainConv::new(width, stream, device))
    }

    /// A fresh transformer of the sizes of a V-JEPA run.
    #[must_use]
    pub fn vit(config: &VjepaConfig, stream: &mut Stream, device: &Device) -> Self {
        Self::Tubes(Still::new(config, stream, device))
    }

    /// The mean colours of 16 x 16 blocks of frames of `edge` pixels; nothing where these are no multiple of 16.
    #[must_use]
    pub fn means(edge: usize) -> Option<Self> {
        (edge > 0 && edge.is_multiple_of(BLOCKS)).then(|| Self::Means(Blocks { edge: edge / BLOCKS }))
    }

    /// # Shapes
    /// - input: `[batch, 3, height, width]`, in `[0, 1]`
    /// - output: `[batch, features]`
    #[must_use]
    pub fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Plain(net) => net.places(rgb).flatten(1, 3),
            Self::Conv(net) => net.forward(rgb),
            Self::Patches(net) => net.forward(rgb),
            Self::Tubes(net) => net.forward(rgb),
            Self::Means(blocks) => blocks.forward(rgb),
        }
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::{load_weights, numbers, save_weights};

    use super::*;
    use crate::Representation;
    use crate::vision::checks::{clips, frames};
    use crate::vision::{Clips, Contrastive, ContrastiveConfig, Cpc, CpcConfig, Frames, Scan, ScanConfig, Vjepa};

    /// That the encoder says what the objective's own features are, also after it was saved and loaded.
    fn agrees(encoder: &Encoder, other: Encoder, rgb: &Tensor<4>, features: Tensor<2>) {
        let dir = tempfile::tempdir().expect("temporary folder");
        save_weights(encoder, dir.path(), "encoder").expect("writes");
        let loaded = load_weights(other, dir.path(), "encoder").expect("reads");
        let expected = numbers(features);
        for encoder in [encoder.valid(), loaded.valid()] {
            assert_eq!(numbers(encoder.forward(rgb.clone())), expected);
        }
    }

    #[test]
    fn means_are_those_of_blocks() {
        let device = Device::flex();
        assert!(Encoder::means(24).is_none());
        let encoder = Encoder::means(32).expect("a multiple of 16");
        let rgb = frames(2, 32, &device).rgb;
        let of_block = rgb.clone().slice([1..2, 2..3, 6..8, 30..32]).mean().into_scalar::<f32>();
        let features = encoder.forward(rgb.clone());
        assert_eq!(features.dims(), [2, 768]);
        let feature = features.clone().slice([1..2, 2 * 256 + 3 * 16 + 15..2 * 256 + 3 * 16 + 16]).into_scalar::<f32>();
        assert!((feature - of_block).abs() < 1e-6, "{feature} {of_block}");
        agrees(&encoder, Encoder::means(32).expect("a multiple of 16"), &rgb, features);
    }

    #[test]
    fn encoders_say_what_their_objectives_say() {
        let device = Device::flex();
        let batch = frames(3, 32, &device);
        let stream = |seed| Stream::new(seed, "weights", 0);
        let make = |seed| -> [Box<dyn Representation<Frames>>; 3] {
            let contrastive = ContrastiveConfig { width: 8, ..ContrastiveConfig::default() };
            let cpc = CpcConfig { width: 4, dim: 8, hidden: 4, blocks: 1, ..CpcConfig::default() };
            let scan = ScanConfig { width: 8, ..ScanConfig::default() };
            [
                Box::new(Contrastive::new(&contrastive, 10, &mut stream(seed), &device)),
                Box::new(Cpc::new(&cpc, 10, &mut stream(seed), &device)),
                Box::new(Scan::new(&scan, 10, &mut stream(seed), &device)),
            ]
        };
        for (own, other) in make(0).iter().zip(make(1)) {
            let [encoder, other] = [own.encoder(), other.encoder()].map(|encoder| encoder.expect("sees frames"));
            agrees(&encoder, other, &batch.rgb, own.embed(&batch));
        }
    }

    #[test]
    fn a_still_clip_is_a_clip_of_equal_frames() {
        let device = Device::flex();
        let config = VjepaConfig { width: 24, blocks: 1, heads: 2, ..VjepaConfig::default() };
        let make = |seed| Vjepa::new(&config, 10, &mut Stream::new(seed, "weights", 0), &device);
        let rgb = frames(3, 32, &device).rgb;
        let still = Tensor::cat(vec![rgb.clone().unsqueeze_dim::<5>(1); 2], 1); // [B, 2, 3, 32, 32]
        let batch = Clips { rgb: still, ..clips(3, 2, 32, &device) };
        let [encoder, other] = [0, 1].map(|seed| make(seed).encoder().expect("sees frames"));
        agrees(&encoder, other, &rgb, make(0).embed(&batch));
    }

    #[test]
    fn fresh_ones_say_something_of_every_place_or_of_the_whole() {
        let device = Device::flex();
        let rgb = frames(2, 32, &device).rgb;
        let mut stream = Stream::new(0, "weights", 0);
        let conv = Encoder::conv(8, &mut stream, &device.clone().autodiff()).valid();
        assert_eq!(conv.forward(rgb.clone()).dims(), [2, 8 * 4]);
        let config = VjepaConfig { width: 24, blocks: 1, heads: 2, ..VjepaConfig::default() };
        assert_eq!(Encoder::vit(&config, &mut stream, &device.autodiff()).valid().forward(rgb).dims(), [2, 24]);
    }
}
