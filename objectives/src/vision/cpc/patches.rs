//! A frame as a grid of overlapping patches, each seen by itself.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, Linear};
use burn::tensor::ops::{GridSampleOptions, GridSamplePaddingMode};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{Gain, conv2d, convolve, group_norm, normalise_groups};

use crate::nets::linear;

/// Patches along a side of the grid.
pub(super) const GRID: usize = 7;
/// Patches of a frame.
pub(super) const CELLS: usize = GRID * GRID;
/// Most shear of a patch, pixels across per pixel down.
const SHEAR: f64 = 0.2;
/// Range of brightness and contrast of a patch around 1.
const JITTER: f64 = 0.4;

/// Pixels along a side of a patch of a frame of `edge` pixels: 7 patches that overlap by half fill 8 halves.
pub(super) const fn patch_edge(edge: usize) -> usize {
    edge / 4
}

/// The patches of square frames, row by row: `[B, 3, edge, edge] -> [B 49, 3, edge / 4, edge / 4]`.
pub(super) fn patches(rgb: Tensor<4>) -> Tensor<4> {
    let ([batch, _, edge, _], device) = (rgb.dims(), rgb.device());
    let (side, step) = (patch_edge(edge), patch_edge(edge) / 2);
    let mut pixels = Vec::with_capacity(CELLS * side * side);
    for cell in 0..CELLS {
        let (top, left) = (cell / GRID * step, cell % GRID * step);
        pixels.extend((0..side * side).map(|at| ((top + at / side) * edge + left + at % side) as i64));
    }
    let count = pixels.len();
    let pixels = Tensor::<1, Int>::from_data(TensorData::new(pixels, [count]), &device);
    let x = rgb.reshape([batch, 3, edge * edge]).select(2, pixels); // [B, 3, 49 side^2]
    x.reshape([batch, 3, CELLS, side * side]).permute([0, 2, 1, 3]).reshape([batch * CELLS, 3, side, side])
}

/// Changes every patch by itself: one or two of its colour channels are kept and fill the others with their mean, brightness
/// and contrast change, rows slide against each other. What then tells two patches to be neighbours is not their colour.
pub(super) fn augmented(patches: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
    let ([count, _, side, _], device) = (patches.dims(), patches.device());
    let (mut mixing, mut factors, mut shears) = (Vec::new(), [Vec::new(), Vec::new()], Vec::new());
    for _ in 0..count {
        let (chosen, alone) = (stream.below(3), stream.below(2) == 0);
        // Of one channel: itself everywhere. Of two: each stays, the third becomes their mean.
        for row in 0..3 {
            for column in 0..3 {
                let weight = match (alone, row == chosen) {
                    (true, _) => f32::from(column == chosen),
                    (false, true) => 0.5 * f32::from(column != chosen),
                    (false, false) => f32::from(row == column),
                };
                mixing.push(weight);
            }
        }
        for factors in &mut factors {
            factors.push(stream.uniform(1.0 - JITTER, 1.0 + JITTER) as f32);
        }
        shears.push(stream.uniform(-SHEAR, SHEAR) as f32);
    }
    let mixing = Tensor::<3>::from_data(TensorData::new(mixing, [count, 3, 3]), &device);
    let x = mixing.matmul(patches.reshape([count, 3, side * side])); // [N, 3, side^2]
    let [brightness, contrast] =
        factors.map(|factors| Tensor::<3>::from_data(TensorData::new(factors, [count, 1, 1]), &device));
    let x = (x * brightness).clamp(0.0, 1.0);
    let mean = x.clone().mean_dim(2).mean_dim(1); // [N, 1, 1]
    let x = ((x - mean.clone()) * contrast + mean).clamp(0.0, 1.0);
    sheared(x.reshape([count, 3, side, side]), shears)
}

/// Moves each row of a patch across by its height over the middle times the patch's shear.
fn sheared(patches: Tensor<4>, shears: Vec<f32>) -> Tensor<4> {
    let ([count, _, side, _], device) = (patches.dims(), patches.device());
    // Middles of pixels, with the border of the patch at -1 and 1.
    let middles: Vec<f32> = (0..side).map(|at| (2 * at + 1) as f32 / side as f32 - 1.0).collect();
    let middles = Tensor::<1>::from_data(TensorData::new(middles, [side]), &device);
    let down = middles.clone().reshape([1, side, 1]).expand([count, side, side]);
    let across = middles.reshape([1, 1, side]).expand([count, side, side]);
    let shears = Tensor::<3>::from_data(TensorData::new(shears, [count, 1, 1]), &device);
    let grid = Tensor::stack::<4>(vec![across + down.clone() * shears, down], 3); // [N, side, side, 2]
    let options = GridSampleOptions::default().with_padding_mode(GridSamplePaddingMode::Border);
    patches.grid_sample_2d(grid, options)
}

/// Three convolutions of a patch, each normalised over the patch alone, the mean over it, a linear layer.
#[derive(Module, Debug)]
pub(super) struct PatchNet {
    convs: Vec<Conv2d>,
    norms: Vec<GroupNorm>,
    head: Linear,
}

impl PatchNet {
    /// To `dim` numbers, with `width`, `2 width` and `4 width` channels.
    pub(super) fn new(width: usize, dim: usize, stream: &mut Stream, device: &Device) -> Self {
        let (mut convs, mut norms) = (Vec::new(), Vec::new());
        for ([inputs, outputs], stride) in [([3, width], 2), ([width, 2 * width], 2), ([2 * width, 4 * width], 1)] {
            convs.push(conv2d([inputs, outputs], [3; 2], stride, [1; 2], stream, device));
            // One group: statistics of a batch would tell patches about each other.
            norms.push(group_norm(1, outputs, stream, device));
        }
        Self { convs, norms, head: linear(4 * width, dim, Gain(1.0), stream, device) }
    }

    /// `[N, 3, side, side] -> [N, dim]`.
    pub(super) fn forward(&self, patches: Tensor<4>) -> Tensor<2> {
        let mut x = patches * 2.0 - 1.0;
        for (conv, norm) in self.convs.iter().zip(&self.norms) {
            x = activation::relu(normalise_groups(norm, convolve(conv, x)));
        }
        let [count, channels, height, width] = x.dims();
        self.head.forward(x.reshape([count, channels, height * width]).mean_dim(2).reshape([count, channels]))
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    /// `edge` by `edge` pixels that count up, as shares of their number.
    fn ramp(edge: usize) -> Tensor<4> {
        let area = edge * edge;
        let values = (0..3 * area).map(|at| (at % area) as f32 / area as f32).collect();
        Tensor::from_data(TensorData::new::<f32, _>(values, [1, 3, edge, edge]), &Device::flex())
    }

    #[test]
    fn patches_overlap_by_half_and_cover_the_frame() {
        let patches = patches(ramp(32));
        assert_eq!(patches.dims(), [49, 3, 8, 8]);
        let values = numbers(patches);
        let first = |cell: usize| (values[cell * 3 * 64] * 1024.0).round() as usize;
        assert_eq!([first(0), first(1), first(7), first(48)], [0, 4, 4 * 32, 24 * 32 + 24]);
        assert_eq!((values[values.len() - 1] * 1024.0).round() as usize, 1023);
    }

    #[test]
    fn changes_of_patches_come_from_the_stream_and_leave_no_third_colour() {
        let augment = |seed| numbers(augmented(patches(ramp(32)), &mut Stream::new(seed, "patches", 0)));
        assert_eq!(augment(0), augment(0));
        assert_ne!(augment(0), augment(1));
        let (mut red, zeros) = (vec![0.3_f32; 64], vec![0.0; 128]);
        red.extend(zeros);
        let one = Tensor::from_data(TensorData::new(red, [1, 3, 8, 8]), &Device::flex());
        for seed in 0..20 {
            let values = numbers(augmented(one.clone(), &mut Stream::new(seed, "patches", 0)));
            let colour = [values[27], values[64 + 27], values[128 + 27]];
            let least = colour.iter().copied().fold(f32::INFINITY, f32::min);
            let same = colour.iter().all(|x| (x - colour[0]).abs() < 1e-5);
            assert!(same || least < colour.iter().sum::<f32>() / 3.0, "{colour:?}");
        }
    }

    #[test]
    fn no_shear_changes_nothing() {
        let x = ramp(8);
        let (before, after) = (numbers(x.clone()), numbers(sheared(x, vec![0.0])));
        assert!(before.iter().zip(after).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
