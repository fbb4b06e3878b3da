//! Views of frames: cut-outs, shifts and changes of colour, all drawn from a host stream.
//!
//! ```text
//! window   side s = sqrt(a), a uniform in [crop, 1] of the area, anywhere in the frame, moved by up to `shift` pixels
//! resample rows and columns each by one matrix, R_y X R_x^T, bilinear, the border repeated
//! colour   brightness b, contrast c, saturation k uniform in 1 +- their settings; k = 0 with the chance `grey`
//! ```
//!
//! Differences from SimCLR (Chen et al., 2020): the window keeps the frame's aspect; colour is always changed, in a fixed
//! order, without hue and blur. Nothing is mirrored: the mirror image of a maze is another maze.

use burn::tensor::{Tensor, TensorData};
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::registry::broken;

/// Weights of red, green and blue in grey (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// How much views of a frame differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentConfig {
    /// Smallest share of the area that a view shows. 0.5: half of what makes a place is still there.
    pub crop: f64,
    /// Most pixels by which a view is moved. DrQ (Yarats et al., 2021): 4.
    pub shift: f64,
    /// Range of brightness around 1. SimCLR, app. A, at half strength: 0.4.
    pub brightness: f64,
    /// Range of contrast around 1. SimCLR, app. A, at half strength: 0.4.
    pub contrast: f64,
    /// Range of saturation around 1. SimCLR, app. A, at half strength: 0.4.
    pub saturation: f64,
    /// Chance of a view without colour. SimCLR, app. A: 0.2.
    pub grey: f64,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self { crop: 0.5, shift: 4.0, brightness: 0.4, contrast: 0.4, saturation: 0.4, grey: 0.2 }
    }
}

impl AugmentConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let share = |x: f64| (0.0..=1.0).contains(&x);
        broken([
            ("crop", self.crop > 0.0 && self.crop <= 1.0, "above 0, at most 1"),
            ("shift", (0.0..=64.0).contains(&self.shift), "0 to 64 pixels"),
            ("brightness", share(self.brightness), "0 to 1"),
            ("contrast", share(self.contrast), "0 to 1"),
            ("saturation", share(self.saturation), "0 to 1"),
            ("grey", share(self.grey), "0 to 1"),
        ])
    }

    /// One view of each frame, `[B, 3, height, width]` in `[0, 1]`, constants.
    #[must_use]
    pub fn view(&self, rgb: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
        self.colour(self.window(rgb, stream), stream)
    }

    fn window(&self, rgb: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
        let [batch, _, height, width] = rgb.dims();
        let (mut down, mut across) = (Vec::new(), Vec::new());
        for _ in 0..batch {
            let side = stream.uniform(self.crop, 1.0).sqrt();
            for (pixels, matrix) in [(height, &mut down), (width, &mut across)] {
                let first = stream.uniform(0.0, 1.0 - side) * pixels as f64;
                let moved = stream.uniform(-self.shift, self.shift);
                resampling(pixels, first + moved, side, matrix);
            }
        }
        resample(rgb, down, across)
    }

    fn colour(&self, rgb: Tensor<4>, stream: &mut Stream) -> Tensor<4> {
        let [batch, _, height, width] = rgb.dims();
        let mut factors = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..batch {
            for (range, factors) in [self.brightness, self.contrast, self.saturation].into_iter().zip(&mut factors) {
                factors.push(stream.uniform(1.0 - range, 1.0 + range) as f32);
            }
            if stream.uniform(0.0, 1.0) < self.grey
                && let Some(saturation) = factors[2].last_mut()
            {
                *saturation = 0.0;
            }
        }
        let [brightness, contrast, saturation] =
            factors.map(|factors| Tensor::<4>::from_data(TensorData::new(factors, [batch, 1, 1, 1]), &rgb.device()));
        let rgb = (rgb * brightness).clamp(0.0, 1.0);
        let mean = grey(rgb.clone()).reshape([batch, 1, 1, height * width]).mean_dim(3); // [B, 1, 1, 1]
        let rgb = ((rgb - mean.clone()) * contrast + mean).clamp(0.0, 1.0);
        let grey = grey(rgb.clone());
        ((rgb - grey.clone()) * saturation + grey).clamp(0.0, 1.0)
    }
}

/// `[B, 3, height, width] -> [B, 1, height, width]`.
fn grey(rgb: Tensor<4>) -> Tensor<4> {
    let weights = Tensor::<1>::from_floats(LUMA, &rgb.device()).reshape([1, 3, 1, 1]);
    (rgb * weights).sum_dim(1)
}

/// Appends the matrix `[pixels, pixels]` that reads `pixels` places from the window that begins at pixel `first` and has
/// the share `side` of the length.
fn resampling(pixels: usize, first: f64, side: f64, matrix: &mut Vec<f32>) {
    let begin = matrix.len();
    matrix.resize(begin + pixels * pixels, 0.0);
    for (row, weights) in matrix[begin..].chunks_exact_mut(pixels).enumerate() {
        let at = (first + (row as f64 + 0.5) * side - 0.5).clamp(0.0, (pixels - 1) as f64);
        let (below, part) = (at.floor() as usize, at.fract() as f32);
        weights[below] += 1.0 - part;
        weights[(below + 1).min(pixels - 1)] += part;
    }
}

/// `R_y X R_x^T` for every channel; `down` is `[B, height, height]`, `across` `[B, width, width]`.
fn resample(rgb: Tensor<4>, down: Vec<f32>, across: Vec<f32>) -> Tensor<4> {
    let ([batch, channels, height, width], device) = (rgb.dims(), rgb.device());
    let down = Tensor::<3>::from_data(TensorData::new(down, [batch, height, height]), &device);
    let across = Tensor::<3>::from_data(TensorData::new(across, [batch, width, width]), &device);
    let x = rgb.reshape([batch, channels * height, width]).matmul(across.swap_dims(1, 2)); // [B, 3 H, W]
    let x = x.reshape([batch, channels, height, width]).permute([0, 2, 1, 3]); // [B, H, 3, W]
    let x = down.matmul(x.reshape([batch, height, channels * width])); // [B, H, 3 W]
    x.reshape([batch, height, channels, width]).permute([0, 2, 1, 3])
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_trainer::nn::numbers;

    use super::*;

    fn noise(batch: usize) -> Tensor<4> {
        let mut values = vec![0.0; batch * 3 * 8 * 6];
        Stream::new(0, "pictures", 0).fill_uniform(0.0, 1.0, &mut values);
        Tensor::from_data(TensorData::new(values, [batch, 3, 8, 6]), &Device::flex())
    }

    #[test]
    fn equal_streams_give_equal_views_and_others_do_not() {
        let config = AugmentConfig::default();
        let view = |seed| numbers(config.view(noise(4), &mut Stream::new(seed, "views", 0)));
        assert_eq!(view(1), view(1));
        assert_ne!(view(1), view(2));
        assert!(view(1).iter().all(|x| (0.0..=1.0).contains(x)));
    }

    #[test]
    fn nothing_changes_without_changes() {
        let none = AugmentConfig { crop: 1.0, shift: 0.0, brightness: 0.0, contrast: 0.0, saturation: 0.0, grey: 0.0 };
        let (before, after) = (numbers(noise(2)), numbers(none.view(noise(2), &mut Stream::new(0, "views", 0))));
        assert!(before.iter().zip(after).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn a_shift_moves_the_picture_and_repeats_its_border() {
        let (mut down, mut across) = (Vec::new(), Vec::new());
        resampling(8, 2.0, 1.0, &mut down);
        resampling(6, 0.0, 1.0, &mut across);
        let (before, after) = (numbers(noise(1)), numbers(resample(noise(1), down, across)));
        for row in 0..8 {
            let from = (row + 2).min(7);
            assert!((0..6).all(|x| (after[row * 6 + x] - before[from * 6 + x]).abs() < 1e-6), "row {row}");
        }
    }

    #[test]
    fn views_without_colour_are_grey() {
        let config = AugmentConfig { grey: 1.0, ..AugmentConfig::default() };
        let view = numbers(config.view(noise(1), &mut Stream::new(3, "views", 0)));
        assert!((0..48).all(|pixel| (view[pixel] - view[48 + pixel]).abs() < 1e-5));
    }
}
