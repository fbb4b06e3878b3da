//! Convolutions as matrix products: what the windows of pictures show becomes the columns of a matrix.
//!
//! ```text
//! columns  [C kh kw, P N]    windows of N pictures of C channels, P places each
//! y        W columns + b,    W [O, C kh kw]
//! dW       dy columns',      dx: W' dy added up where windows overlap
//! ```
//!
//! Sixteen pictures are taken at a time, with the numbers of one pixel side by side, so that a window's pixel is one vector
//! whatever the stride and however small the picture; what is left of a batch is taken in fours and ones.

use std::array::from_fn;
use std::ops::Range;

use burn::backend::Flex;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;

use super::backend::{Numbers, held};
use super::lanes::{sum, wide};

/// Sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Pictures, channels, height and width.
    pub(super) input: [usize; 4],
    /// Channels of the output.
    pub(super) outputs: usize,
    /// Height and width of a window.
    pub(super) size: [usize; 2],
    /// Pixels from one window to the next, both ways.
    pub(super) stride: usize,
    /// Zeros above and below, left and right.
    pub(super) padding: [usize; 2],
}

/// Gradients of a weight `[O, C kh kw]` and a bias `[O]`.
pub(super) struct Slopes {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Windows {
    /// Windows down and across.
    pub(super) fn places(&self) -> [usize; 2] {
        [0, 1].map(|i| (self.input[i + 2] + 2 * self.padding[i] - self.size[i]) / self.stride + 1)
    }

    /// Whether a window is one pixel, and each pixel a window.
    fn single_pixels(&self) -> bool {
        (self.size, self.stride, self.padding) == ([1; 2], 1, [0; 2])
    }

    /// Numbers of the output of a picture.
    fn output(&self) -> usize {
        self.outputs * self.places().iter().product::<usize>()
    }

    /// Numbers of a window.
    fn window(&self) -> usize {
        self.input[1] * self.size[0] * self.size[1]
    }

    /// Numbers of a picture.
    fn picture(&self) -> usize {
        self.input[1] * self.input[2] * self.input[3]
    }

    /// `y`, `[B, O, P]`, of pictures `x`; `weight` is `[O, C kh kw]`, with a number of `bias` per output.
    pub(super) fn forward(&self, x: &[f32], weight: &Numbers, bias: &[f32], y: &mut [f32]) {
        for pictures in portions(self.input[0]) {
            let x = &x[scaled(&pictures, self.picture())];
            let y = &mut y[scaled(&pictures, self.output())];
            match pictures.len() {
                16 => self.some::<16>(x, weight, bias, y),
                4 => self.some::<4>(x, weight, bias, y),
                _ => self.some::<1>(x, weight, bias, y),
            }
        }
    }

    /// The gradients of weight and bias from that of `y`; that of `x` into `dx`, where it is asked for.
    pub(super) fn backward(&self, x: &[f32], weight: &Numbers, gradient: &[f32], mut dx: Option<&mut [f32]>) -> Slopes {
        let mut slopes = Slopes { weight: vec![0.0; self.outputs * self.window()], bias: vec![0.0; self.outputs] };
        let turned = Flex::float_transpose(weight.clone());
        for pictures in portions(self.input[0]) {
            let x = &x[scaled(&pictures, self.picture())];
            let gradient = &gradient[scaled(&pictures, self.output())];
            let dx = dx.as_deref_mut().map(|dx| &mut dx[scaled(&pictures, self.picture())]);
            match pictures.len() {
                16 => self.some_back::<16>(x, &turned, gradient, dx, &mut slopes),
                4 => self.some_back::<4>(x, &turned, gradient, dx, &mut slopes),
                _ => self.some_back::<1>(x, &turned, gradient, dx, &mut slopes),
            }
        }
        slopes
    }

    /// `y` of `N` pictures.
    fn some<const N: usize>(&self, x: &[f32], weight: &Numbers, bias: &[f32], y: &mut [f32]) {
        let product = Flex::float_matmul(weight.clone(), self.columns::<N>(x));
        let (product, _) = product.storage::<f32>().as_chunks::<N>(); // [O, P]
        parted(product, y);
        let places = product.len() / self.outputs;
        for (y, bias) in y.chunks_exact_mut(places).zip(bias.iter().cycle()) {
            y.iter_mut().for_each(|y| *y += bias);
        }
    }

    /// Adds the gradients of `N` pictures; `turned` is the transposed weight.
    fn some_back<const N: usize>(
        &self,
        x: &[f32],
        turned: &Numbers,
        gradient: &[f32],
        dx: Option<&mut [f32]>,
        slopes: &mut Slopes,
    ) {
        let along = interleaved::<N>(gradient).into_flattened();
        let row = along.len() / self.outputs;
        slopes.bias.iter_mut().zip(along.chunks_exact(row)).for_each(|(slope, row)| *slope += sum(row, |g| g));
        let along = held(along, Shape::from([self.outputs, row])); // [O, P N]
        let product = Flex::float_matmul(along.clone(), Flex::float_transpose(self.columns::<N>(x)));
        slopes.weight.iter_mut().zip(product.storage::<f32>()).for_each(|(slope, part)| *slope += part);
        if let Some(dx) = dx {
            let columns = Flex::float_matmul(turned.clone(), along);
            self.add::<N>(columns.storage::<f32>().as_chunks::<N>().0, dx);
        }
    }

    /// `[C kh kw, P N]` of `N` pictures.
    fn columns<const N: usize>(&self, x: &[f32]) -> Numbers {
        let places: usize = self.places().iter().product();
        let pixels = interleaved::<N>(x);
        let shape = Shape::from([self.window(), places * N]);
        if self.single_pixels() {
            return held(pixels.into_flattened(), shape);
        }
        let mut columns = vec![[0.0; N]; self.window() * places];
        wide(
            #[inline(always)]
            || {
                self.each_line(
                    #[inline(always)]
                    |line, pixel| {
                        let pixels = pixels[pixel..].iter().step_by(self.stride);
                        columns[line].iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
                    },
                );
            },
        );
        held(columns.into_flattened(), shape)
    }

    /// Writes what columns `[C kh kw, P]` of `N` pictures add up to at each pixel.
    fn add<const N: usize>(&self, columns: &[[f32; N]], x: &mut [f32]) {
        if self.single_pixels() {
            return parted(columns, x);
        }
        let mut pixels = vec![[0.0; N]; self.picture()];
        wide(
            #[inline(always)]
            || {
                self.each_line(
                    #[inline(always)]
                    |line, pixel| {
                        let pixels = pixels[pixel..].iter_mut().step_by(self.stride);
                        for (to, from) in pixels.zip(&columns[line]) {
                            // All read before any is written, so that it is one addition of vectors.
                            *to = from_fn(|i| to[i] + from[i]);
                        }
                    },
                );
            },
        );
        parted(&pixels, x);
    }

    /// Gives for each line of windows, under each number of a window, those columns whose pixel is no padding, and the pixel
    /// under the first of them; the next ones are `stride` pixels apart.
    #[inline(always)]
    fn each_line(&self, mut work: impl FnMut(Range<usize>, usize)) {
        let [_, channels, height, width] = self.input;
        let [down, across] = self.places();
        let [size_down, size_across] = self.size;
        // Windows whose number `offset` lies within `length` pixels.
        let within = |offset: usize, padding: usize, length: usize, windows: usize| {
            let first = padding.saturating_sub(offset).div_ceil(self.stride);
            let last = (length + padding).saturating_sub(offset).div_ceil(self.stride).min(windows);
            first.min(last)..last
        };
        for channel in 0..channels {
            for (dy, dx) in (0..size_down).flat_map(|dy| (0..size_across).map(move |dx| (dy, dx))) {
                let row = (channel * size_down + dy) * size_across + dx;
                let windows = within(dx, self.padding[1], width, across);
                if windows.is_empty() {
                    continue;
                }
                let left = windows.start * self.stride + dx - self.padding[1];
                for line in within(dy, self.padding[0], height, down) {
                    let top = line * self.stride + dy - self.padding[0];
                    let first = (row * down + line) * across;
                    work(first + windows.start..first + windows.end, (channel * height + top) * width + left);
                }
            }
        }
    }
}

/// Pictures to take at a time: sixteen, four or one.
fn portions(pictures: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let count = [16, 4, 1].into_iter().find(|&count| next + count <= pictures)?;
        next += count;
        Some(next - count..next)
    })
}

fn scaled(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start * by..range.end * by
}

/// `[M, N]` as `[N, M]`, into `to`; some rows at a time, which the first cache holds.
fn parted<const N: usize>(from: &[[f32; N]], to: &mut [f32]) {
    const ROWS: usize = 64;
    for (first, rows) in from.chunks(ROWS).enumerate() {
        for (i, to) in to.chunks_exact_mut(from.len()).enumerate() {
            let to = &mut to[first * ROWS..][..rows.len()];
            to.iter_mut().zip(rows).for_each(|(to, row)| *to = row[i]);
        }
    }
}

/// `[N, M]` as `[M, N]`.
fn interleaved<const N: usize>(x: &[f32]) -> Vec<[f32; N]> {
    let length = x.len() / N;
    let rows: [&[f32]; N] = from_fn(|i| &x[i * length..][..length]);
    (0..length).map(|at| from_fn(|i| rows[i][at])).collect()
}
