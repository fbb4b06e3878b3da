//! Convolutions, and the network of frames.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{GroupNorm, GroupNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};
use rand::Rng;

use super::{convolve, normalise_groups, param, silu, uniform};

/// Groups of a normalisation.
const GROUPS: usize = 8;

/// A convolution from `channels[0]` to `channels[1]` channels with a kernel of `size` (down, across), the same `stride` both
/// ways and `padding` zeros (down, across) on each side. He-uniform weights, zero bias.
pub fn conv2d(
    channels: [usize; 2],
    size: [usize; 2],
    stride: usize,
    padding: [usize; 2],
    rng: &mut dyn Rng,
    device: &Device,
) -> Conv2d {
    let [inputs, outputs] = channels;
    let mut conv = Conv2dConfig::new(channels, size)
        .with_stride([stride; 2])
        .with_padding(PaddingConfig2d::Explicit(padding[0], padding[1], padding[0], padding[1]))
        .init(device);
    let bound = (6.0 / (inputs * size[0] * size[1]) as f32).sqrt();
    conv.weight = param(uniform([outputs, inputs, size[0], size[1]], bound, rng, device), rng);
    conv.bias = Some(param(Tensor::zeros([outputs], device), rng));
    conv
}

/// Group normalisation of `channels` in `groups`, with a factor of 1 and a shift of 0 per channel.
pub fn group_norm(groups: usize, channels: usize, rng: &mut dyn Rng, device: &Device) -> GroupNorm {
    let mut norm = GroupNormConfig::new(groups, channels).init(device);
    norm.gamma = Some(param(Tensor::ones([channels], device), rng));
    norm.beta = Some(param(Tensor::zeros([channels], device), rng));
    norm
}

/// Four convolutions of 3 x 3 with stride 2, each with group normalisation and `SiLU`, then the mean over the picture.
/// The widths are `width` times 1, 2, 4 and 8.
#[derive(Module, Debug)]
pub struct ConvNet {
    convs: Vec<Conv2d>,
    norms: Vec<GroupNorm>,
}

impl ConvNet {
    /// For pictures of three channels; `width` is a multiple of 8.
    ///
    /// # Panics
    /// When `width` is not a multiple of 8.
    pub fn new(width: usize, rng: &mut dyn Rng, device: &Device) -> Self {
        let widths = [3, width, 2 * width, 4 * width, 8 * width];
        let (mut convs, mut norms) = (Vec::new(), Vec::new());
        for pair in widths.windows(2) {
            convs.push(conv2d([pair[0], pair[1]], [3; 2], 2, [1; 2], rng, device));
            norms.push(group_norm(GROUPS, pair[1], rng, device));
        }
        Self { convs, norms }
    }

    /// Numbers of a feature of a network of some `width`.
    #[must_use]
    pub const fn features(width: usize) -> usize {
        8 * width
    }

    /// # Shapes
    /// - input: `[batch, 3, height, width]`, in `[0, 1]`
    /// - output: `[batch, 8 width]`
    #[must_use]
    pub fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let map = self.places(rgb); // [B, C, h, w]
        let [batch, channels, height, width] = map.dims();
        map.reshape([batch, channels, height * width]).mean_dim(2).reshape([batch, channels])
    }

    /// # Shapes
    /// - input: `[batch, 3, height, width]`, in `[0, 1]`
    /// - output: `[batch, 8 width, height / 16, width / 16]`, rounded up
    #[must_use]
    pub fn places(&self, rgb: Tensor<4>) -> Tensor<4> {
        let mut x = rgb * 2.0 - 1.0;
        for (conv, norm) in self.convs.iter().zip(&self.norms) {
            x = silu(normalise_groups(norm, convolve(conv, x)));
        }
        x
    }
}

/// Four convolutions of 3 x 3 with stride 2, each with `ReLU`. Nothing is normalised, so that light and colour as such stay to be
/// seen.
#[derive(Module, Debug)]
pub struct PlainConv {
    convs: Vec<Conv2d>,
}

impl PlainConv {
    /// For pictures of three channels; all convolutions have `width` channels.
    pub fn new(width: usize, rng: &mut dyn Rng, device: &Device) -> Self {
        let inputs = [3, width, width, width];
        Self { convs: inputs.map(|inputs| conv2d([inputs, width], [3; 2], 2, [1; 2], rng, device)).into() }
    }

    /// # Shapes
    /// - input: `[batch, 3, height, width]`, in `[0, 1]`
    /// - output: `[batch, channels, height / 16, width / 16]`, rounded up
    #[must_use]
    pub fn places(&self, rgb: Tensor<4>) -> Tensor<4> {
        self.convs.iter().fold(rgb - 0.5, |x, conv| activation::relu(convolve(conv, x)))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;
    use crate::nn::numbers;

    #[test]
    fn features_are_the_mean_of_a_map_at_unit_scale() {
        let device = Device::flex();
        let mut rng = Pcg64::seed_from_u64(0);
        let net = ConvNet::new(8, &mut rng, &device.clone().autodiff()).valid();
        let rgb = uniform([5, 3, 32, 32], 0.5, &mut rng, &device) + 0.5;
        assert_eq!(net.places(rgb.clone()).dims(), [5, 64, 2, 2]);
        let features = net.forward(rgb);
        assert_eq!(features.dims(), [5, ConvNet::features(8)]);
        let features = numbers(features);
        let square = features.iter().map(|x| x * x).sum::<f32>() / features.len() as f32;
        assert!((0.01..10.0).contains(&square), "{square}");
    }

    #[test]
    fn plain_convolutions_see_light_as_such() {
        let device = Device::flex();
        let mut rng = Pcg64::seed_from_u64(0);
        let net = PlainConv::new(4, &mut rng, &device.clone().autodiff()).valid();
        let seen = |light: f32| numbers(net.places(Tensor::full([1, 3, 20, 32], light, &device)));
        assert_eq!(net.places(Tensor::zeros([1, 3, 20, 32], &device)).dims(), [1, 4, 2, 2]);
        let change: f32 = seen(0.9).iter().zip(seen(0.6)).map(|(a, b)| (a - b).abs()).sum();
        assert!(change > 0.1, "{change}");
    }
}
