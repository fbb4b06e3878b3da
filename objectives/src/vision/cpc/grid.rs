//! The network of a frame: its patches, each seen by itself, and a context from each side.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;

use super::context::Context;
use super::patches::{GRID, PatchNet, patches};
use super::{AHEAD, CpcConfig};

/// Down, up, right, left.
const DIRECTIONS: usize = 4;

/// Patches and a context per direction.
#[derive(Module, Debug)]
pub struct Grid {
    patches: PatchNet,
    contexts: Vec<Context>,
}

impl Grid {
    /// With weights from `stream`.
    pub(super) fn new(config: &CpcConfig, stream: &mut Stream, device: &Device) -> Self {
        let patches = PatchNet::new(config.width, config.dim, stream, device);
        let sizes = [config.dim, config.hidden];
        let context = |_| Context::new(sizes, config.blocks, AHEAD.len(), stream, device);
        Self { patches, contexts: (0..DIRECTIONS).map(context).collect() }
    }

    /// The context of each direction, of a grid that is [`turned`] to it.
    pub(super) fn contexts(&self) -> impl Iterator<Item = &Context> {
        self.contexts.iter()
    }

    /// What is said of the patches of frames, `[B 49, 3, side, side] -> [B, dim, 7, 7]`.
    pub(super) fn encode(&self, patches: Tensor<4>) -> Tensor<4> {
        let z = self.patches.forward(patches); // [B 49, dim]
        let [count, dim] = z.dims();
        z.reshape([count / (GRID * GRID), GRID, GRID, dim]).permute([0, 3, 1, 2])
    }

    /// Features: the mean of each context over the frame, `[B, 3, edge, edge] -> [B, 4 dim]`.
    pub(in crate::vision) fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let z = self.encode(patches(rgb));
        let [frames, dim, ..] = z.dims();
        let mean = |(direction, context): (usize, &Context)| {
            let c = context.forward(turned(z.clone(), direction)); // [B, dim, 7, 7]
            c.reshape([frames, dim, GRID * GRID]).mean_dim(2).reshape([frames, dim])
        };
        Tensor::cat(self.contexts().enumerate().map(mean).collect(), 1)
    }
}

/// The grid so that a direction runs down: unchanged, upside down, transposed, both.
pub(super) fn turned(grid: Tensor<4>, direction: usize) -> Tensor<4> {
    let grid = if direction < 2 { grid } else { grid.swap_dims(2, 3) };
    if direction.is_multiple_of(2) { grid } else { grid.flip([2]) }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::vision::checks::frames;

    #[test]
    fn every_direction_runs_down() {
        let values: Vec<f32> = (0..49).map(|cell| cell as f32).collect();
        let grid = Tensor::<4>::from_data(TensorData::new(values, [1, 1, 7, 7]), &Device::flex());
        let second = |direction| numbers(turned(grid.clone(), direction))[7];
        // The cell below the first: one row down, one row up from the last, one column right, one column left.
        assert_eq!([second(0), second(1), second(2), second(3)], [7.0, 35.0, 1.0, 5.0]);
    }

    #[test]
    fn features_hold_how_patches_lie_to_each_other() {
        let device = Device::flex();
        let config = CpcConfig { width: 4, dim: 8, hidden: 4, blocks: 2, ..CpcConfig::default() };
        let net = Grid::new(&config, &mut Stream::new(0, "weights", 0), &device.clone().autodiff()).valid();
        let rgb = frames(1, 32, &device).rgb;
        assert_eq!(net.forward(rgb.clone()).dims(), [1, 4 * 8]);
        let z = net.encode(patches(rgb));
        // The mean over patches is the same when rows change places, that over a context is not.
        let swapped = Tensor::cat(vec![z.clone().narrow(2, 3, 4), z.clone().narrow(2, 0, 3)], 2);
        let context = net.contexts().next().expect("four");
        let mean = |z: Tensor<4>| numbers(context.forward(z).mean_dim(3).mean_dim(2));
        assert_ne!(mean(z), mean(swapped));
    }
}
