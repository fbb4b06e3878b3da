//! Clips as tubes of pixels, the encoder of tubes and the predictor of what is hidden.

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Int, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{Gain, layer_norm, normalise, param, uniform};

use super::VjepaConfig;
use crate::nets::{Block, Dropout, TransformerConfig, linear};

/// Frames of a tube.
pub(super) const TUBE: usize = 2;

/// How a clip is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Tubes in time.
    pub(super) moments: usize,
    /// Tubes along a side of the frame.
    pub(super) side: usize,
    /// Pixels along a side of a tube.
    pub(super) patch: usize,
}

impl Cut {
    /// Of clips `[B, T, 3, edge, edge]`; what does not fill a tube is left out.
    pub(super) const fn of([_, frames, _, edge, _]: [usize; 5], patch: usize) -> Self {
        Self { moments: frames / TUBE, side: edge / patch, patch }
    }

    /// Tubes of a clip.
    pub(super) const fn tokens(self) -> usize {
        self.moments * self.side * self.side
    }

    /// Numbers of a tube.
    pub(super) const fn pixels(patch: usize) -> usize {
        TUBE * 3 * patch * patch
    }

    /// `[B, T, 3, edge, edge]` in `[0, 1]` to `[B, tokens, pixels]` in `[-1, 1]`, moment by moment, row by row.
    pub(super) fn tubes(self, rgb: Tensor<5>) -> Tensor<3> {
        let ([batch, ..], Self { moments, side, patch }) = (rgb.dims(), self);
        let edge = side * patch;
        let rgb = rgb.narrow(1, 0, moments * TUBE).narrow(3, 0, edge).narrow(4, 0, edge);
        let x = rgb.reshape([batch, moments, TUBE * 3, side, patch, side, patch]);
        let x = x.permute([0, 1, 3, 5, 2, 4, 6]); // [B, moments, side, side, 6, patch, patch]
        x.reshape([batch, self.tokens(), Self::pixels(patch)]) * 2.0 - 1.0
    }

    /// Sines and cosines of the place of each token in time, down and across, `[tokens, width]`.
    pub(super) fn positions(self, width: usize, device: &Device) -> Tensor<2> {
        let places = self.side * self.side;
        let mut values = Vec::with_capacity(self.tokens() * width);
        for token in 0..self.tokens() {
            let coordinates = [token / places, token % places / self.side, token % self.side];
            // Axis, then sine or cosine, then ever lower frequencies.
            values.extend((0..width).map(|at| {
                let frequency = 100_f64.powf(-((at / 6) as f64) / (width as f64 / 6.0));
                let angle = coordinates[at % 3] as f64 * frequency;
                (if at / 3 % 2 == 0 { angle.sin() } else { angle.cos() }) as f32
            }));
        }
        Tensor::from_data(TensorData::new(values, [self.tokens(), width]), device)
    }
}

/// Rows of tokens, chosen by number: `[B, tokens, D] -> [B, chosen, D]`; every row of `chosen` has the same length.
pub(super) fn chosen(tokens: Tensor<3>, chosen: &[&[usize]]) -> Tensor<3> {
    let ([batch, count, width], device) = (tokens.dims(), tokens.device());
    let rows = indices(chosen, count, &device);
    tokens.reshape([batch * count, width]).select(0, rows).reshape([batch, chosen[0].len(), width])
}

/// Numbers of tokens among those of all rows, `count` to a row.
fn indices(chosen: &[&[usize]], count: usize, device: &Device) -> Tensor<1, Int> {
    let of =
        |(row, chosen): (usize, &&[usize])| chosen.iter().map(move |at| (row * count + at) as i64).collect::<Vec<_>>();
    let rows: Vec<i64> = chosen.iter().enumerate().flat_map(of).collect();
    let total = rows.len();
    Tensor::from_data(TensorData::new(rows, [total]), device)
}

/// The encoder: a linear layer of each tube, positions, blocks, a normalisation.
#[derive(Module, Debug)]
pub(super) struct TubeNet {
    embed: Linear,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl TubeNet {
    pub(super) fn new(config: &TransformerConfig, patch: usize, stream: &mut Stream, device: &Device) -> Self {
        Self {
            embed: linear(Cut::pixels(patch), config.width, Gain(1.0), stream, device),
            blocks: (0..config.blocks).map(|_| Block::new(config, stream, device)).collect(),
            norm: layer_norm(config.width, stream, device),
        }
    }

    /// `[B, n, pixels]` at positions `[B, n, width]` to `[B, n, width]`.
    pub(super) fn forward(&self, tubes: Tensor<3>, positions: Tensor<3>) -> Tensor<3> {
        let x = self.embed.forward(tubes) + positions;
        normalise(&self.norm, through(&self.blocks, x))
    }
}

/// Frames as clips in which nothing moves: the mean over all tubes.
#[derive(Module, Debug)]
pub struct Still {
    net: TubeNet,
}

impl Still {
    pub(super) const fn of(net: TubeNet) -> Self {
        Self { net }
    }

    /// With fresh weights, of the sizes of a V-JEPA run.
    pub(in crate::vision) fn new(config: &VjepaConfig, stream: &mut Stream, device: &Device) -> Self {
        let VjepaConfig { width, blocks, heads, patch, .. } = *config;
        Self::of(TubeNet::new(&TransformerConfig { width, blocks, heads, dropout: 0.0 }, patch, stream, device))
    }

    /// `[B, 3, edge, edge] -> [B, width]`.
    pub(in crate::vision) fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let frames = rgb.dims()[0];
        let [pixels, width] = self.net.embed.weight.val().dims();
        let clip = rgb.unsqueeze_dim::<5>(1).repeat_dim(1, TUBE); // [B, 2, 3, edge, edge]
        let cut = Cut::of(clip.dims(), (pixels / Cut::pixels(1)).isqrt());
        let positions = cut.positions(width, &clip.device().inner()).unsqueeze::<3>(); // [1, tokens, width]
        self.net.forward(cut.tubes(clip), positions).mean_dim(1).reshape([frames, width])
    }
}

/// The predictor: what is seen, narrowed, beside a learned token at each place that is asked for.
#[derive(Module, Debug)]
pub(super) struct Predictor {
    narrow: Linear,
    /// `[1, width]`.
    mask: Param<Tensor<2>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    widen: Linear,
}

impl Predictor {
    /// From and to `width` numbers per token.
    pub(super) fn new(config: &TransformerConfig, width: usize, stream: &mut Stream, device: &Device) -> Self {
        let own = config.width;
        Self {
            narrow: linear(width, own, Gain(1.0), stream, device),
            mask: param(uniform([1, own], 0.02, stream, device), stream),
            blocks: (0..config.blocks).map(|_| Block::new(config, stream, device)).collect(),
            norm: layer_norm(own, stream, device),
            widen: linear(own, width, Gain(1.0), stream, device),
        }
    }

    /// Numbers per token within it.
    pub(super) fn width(&self) -> usize {
        self.mask.val().dims()[1]
    }

    /// `seen` `[B, v, width]` at positions `[B, v, own]` to what is at `asked` positions `[B, m, own]`: `[B, m, width]`.
    pub(super) fn forward(&self, seen: Tensor<3>, positions: Tensor<3>, asked: Tensor<3>) -> Tensor<3> {
        let ([_, visible, _], [_, targets, _]) = (seen.dims(), asked.dims());
        let seen = self.narrow.forward(seen) + positions;
        let masks = self.mask.val().unsqueeze::<3>() + asked;
        let x = through(&self.blocks, Tensor::cat(vec![seen, masks], 1));
        self.widen.forward(normalise(&self.norm, x.narrow(1, visible, targets)))
    }
}

/// All tokens look at all others.
fn through(blocks: &[Block], x: Tensor<3>) -> Tensor<3> {
    let open = Tensor::zeros([1, 1, 1, 1], &x.device().inner());
    blocks.iter().fold(x, |x, block| block.forward(x, open.clone(), &mut Dropout::off()))
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn tubes_are_numbered_moment_by_moment_row_by_row() {
        let device = Device::flex();
        // Each pixel holds the number of its tube.
        let (frames, edge, patch) = (4, 8, 4);
        let tube = |frame: usize, y: usize, x: usize| (frame / TUBE * 4 + y / patch * 2 + x / patch) as f32;
        let mut values = Vec::new();
        for frame in 0..frames {
            for _ in 0..3 {
                values.extend((0..edge * edge).map(|at| tube(frame, at / edge, at % edge)));
            }
        }
        let rgb = Tensor::<5>::from_data(TensorData::new(values, [1, frames, 3, edge, edge]), &device);
        let cut = Cut::of(rgb.dims(), patch);
        let tubes = cut.tubes((rgb + 1.0) / 2.0);
        assert_eq!(tubes.dims(), [1, 8, 96]);
        for (number, tube) in numbers(tubes).chunks(96).enumerate() {
            assert!(tube.iter().all(|x| *x == number as f32), "{number}: {tube:?}");
        }
    }

    #[test]
    fn positions_differ_and_chosen_tokens_are_those_asked_for() {
        let device = Device::flex();
        let cut = Cut { moments: 2, side: 3, patch: 4 };
        let positions = numbers(cut.positions(24, &device));
        for (i, a) in positions.chunks(24).enumerate() {
            for b in positions.chunks(24).skip(i + 1) {
                assert!(a.iter().zip(b).any(|(a, b)| (a - b).abs() > 0.1));
            }
        }
        let tokens = Tensor::<1, Int>::arange(0..12, &device).float().reshape([2, 6, 1]);
        assert_eq!(numbers(chosen(tokens, &[&[0, 2], &[1, 5]])), [0.0, 2.0, 7.0, 11.0]);
    }
}
