//! Noise that hides part of what a layer says.

use burn::tensor::{Tensor, TensorData};
use freeroam_replay::Stream;

/// Dropout whose masks come from a host stream, so that a run repeats and can be taken up again.
///
/// Srivastava et al., 2014: each number is hidden with the chance `rate`, and the others grow so that their mean stays.
pub struct Dropout<'a> {
    rate: f64,
    stream: Option<&'a mut Stream>,
}

impl<'a> Dropout<'a> {
    /// Hides with the chance `rate`, `0..1`; a rate of 0 draws nothing.
    pub fn new(rate: f64, stream: &'a mut Stream) -> Self {
        Self { rate, stream: Some(stream) }
    }

    /// Hides nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { rate: 0.0, stream: None }
    }

    /// `x` with some of its numbers hidden, of the same shape.
    pub fn apply<const D: usize>(&mut self, x: Tensor<D>) -> Tensor<D> {
        let (Some(stream), true) = (&mut self.stream, self.rate > 0.0) else { return x };
        let shape = x.dims();
        let count: usize = shape.iter().product();
        let hidden = (self.rate * 65_536.0) as u16;
        let kept = (1.0 / (1.0 - self.rate)) as f32;
        let mut mask = Vec::with_capacity(count + 3);
        while mask.len() < count {
            // Four draws of sixteen bits from each number of the stream.
            let bits = stream.bits();
            mask.extend((0..4).map(|part| if (bits >> (16 * part)) as u16 >= hidden { kept } else { 0.0 }));
        }
        mask.truncate(count);
        let mask = Tensor::from_data(TensorData::new(mask, shape), &x.device().inner());
        x * mask
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn a_share_is_hidden_and_the_mean_stays() {
        let ones = || Tensor::<2>::ones([200, 100], &Device::flex());
        let mut stream = Stream::new(0, "dropout", 0);
        let dropped = numbers(Dropout::new(0.25, &mut stream).apply(ones()));
        let hidden = dropped.iter().filter(|x| **x == 0.0).count() as f64 / 20_000.0;
        let mean = dropped.iter().sum::<f32>() / 20_000.0;
        assert!((hidden - 0.25).abs() < 0.01 && (mean - 1.0).abs() < 0.02, "{hidden} {mean}");
        let before = stream.clone();
        assert_eq!(numbers(Dropout::new(0.0, &mut stream).apply(ones())), numbers(ones()));
        assert_eq!(stream, before);
    }
}
