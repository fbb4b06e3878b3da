//! What lies above: masked convolutions over the grid of patches.

use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor, activation};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{Gain, conv2d, convolve};

use crate::nets::linear;

/// One residual block: 1 x 1, 1 x 3, 2 x 1 over this row and the one above, 1 x 1.
#[derive(Module, Debug)]
struct Block {
    narrow: Conv2d,
    across: Conv2d,
    down: Conv2d,
    wide: Conv2d,
}

impl Block {
    fn new(dim: usize, hidden: usize, stream: &mut Stream, device: &Device) -> Self {
        Self {
            narrow: conv2d([dim, hidden], [1; 2], 1, [0; 2], stream, device),
            across: conv2d([hidden, hidden], [1, 3], 1, [0, 1], stream, device),
            down: conv2d([hidden, hidden], [2, 1], 1, [0; 2], stream, device),
            wide: conv2d([hidden, dim], [1; 2], 1, [0; 2], stream, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = activation::relu(convolve(&self.narrow, x.clone()));
        let h = convolve(&self.across, h);
        // A row of zeros above, so that the kernel of two rows ends at this one.
        let h = h.pad([(1, 0), (0, 0)], PadMode::Constant(0.0));
        let h = activation::relu(convolve(&self.down, h));
        x + convolve(&self.wide, h)
    }
}

/// The context of every patch of a grid, of the rows down to its own, and predictions of the rows below.
#[derive(Module, Debug)]
pub(super) struct Context {
    blocks: Vec<Block>,
    predictors: Vec<Linear>,
}

impl Context {
    /// For `dim` numbers per patch, with `blocks` blocks of `hidden` channels and a predictor for each of `ahead` distances.
    pub(super) fn new(
        [dim, hidden]: [usize; 2],
        blocks: usize,
        ahead: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> Self {
        Self {
            blocks: (0..blocks).map(|_| Block::new(dim, hidden, stream, device)).collect(),
            predictors: (0..ahead).map(|_| linear(dim, dim, Gain(1.0), stream, device)).collect(),
        }
    }

    /// `[B, dim, rows, columns]`, the same size: `c_ij` sees the rows up to `i`.
    pub(super) fn forward(&self, z: Tensor<4>) -> Tensor<4> {
        activation::relu(self.blocks.iter().fold(z, |x, block| block.forward(x)))
    }

    /// What predictor `which` says, `[N, dim] -> [N, dim]`.
    pub(super) fn predict(&self, which: usize, context: Tensor<2>) -> Tensor<2> {
        self.predictors[which].forward(context)
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::{numbers, uniform};

    use super::*;

    #[test]
    fn context_sees_no_row_below() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "context", 0);
        let context = Context::new([8, 4], 5, 1, &mut stream, &device.clone().autodiff()).valid();
        let z = uniform([1, 8, 7, 7], 1.0, &mut stream, &device);
        let other = uniform([1, 8, 7, 7], 1.0, &mut stream, &device);
        for row in 0..6 {
            let below = other.clone().narrow(2, row + 1, 6 - row);
            let changed = Tensor::cat(vec![z.clone().narrow(2, 0, row + 1), below], 2);
            let of = |z: Tensor<4>| numbers(context.forward(z).narrow(2, 0, row + 1));
            assert_eq!(of(z.clone()), of(changed), "row {row}");
        }
        let above = Tensor::cat(vec![other.narrow(2, 0, 1), z.clone().narrow(2, 1, 6)], 2);
        let last = |z: Tensor<4>| numbers(context.forward(z).narrow(2, 5, 1));
        assert_ne!(last(z), last(above), "five blocks see five rows above");
    }
}
