//! Frames and clips as tensors on the plain device, with what only evaluation reads beside them.

use burn::tensor::{Device, Tensor, TensorData};

/// When a frame was taken: frames of one episode that are close in time show nearly the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instant {
    /// Number of the episode.
    pub episode: u64,
    /// Step within it.
    pub step: u32,
}

impl Instant {
    /// Whether the other moment is in the same episode, less than `horizon` steps away.
    #[must_use]
    pub const fn is_near(self, other: Self, horizon: u32) -> bool {
        self.episode == other.episode && self.step.abs_diff(other.step) < horizon
    }
}

/// What a frame shows, as far as it is known. No objective learns from it: evaluation alone reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meta {
    /// Where the body is, x and y in metres.
    pub place: [f32; 2],
    /// Its velocity along x and y, metres per second.
    pub velocity: [f32; 2],
    /// The room or cell that it is in, or the label of a file.
    pub room: usize,
}

/// `B` frames.
#[derive(Clone, Debug)]
pub struct Frames {
    /// Red, green and blue in `[0, 1]`, `[B, 3, height, width]`.
    pub rgb: Tensor<4>,
    /// When each was taken, `[B]`.
    pub instants: Vec<Instant>,
    /// What each shows, `[B]`.
    pub meta: Vec<Meta>,
}

/// `B` clips of `T` frames.
#[derive(Clone, Debug)]
pub struct Clips {
    /// Red, green and blue in `[0, 1]`, `[B, T, 3, height, width]`.
    pub rgb: Tensor<5>,
    /// When the first frame of each was taken, `[B]`.
    pub instants: Vec<Instant>,
    /// What the middle frame of each shows, `[B]`.
    pub meta: Vec<Meta>,
}

impl Frames {
    /// Number of frames `B`.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rgb.dims()[0]
    }
}

impl Clips {
    /// Number of clips `B`.
    #[must_use]
    pub fn size(&self) -> usize {
        self.rgb.dims()[0]
    }
}

/// Pictures `[count, height, width, 3]` of bytes as `[count, 3, height, width]` in `[0, 1]`.
///
/// # Panics
/// When `bytes` has another length.
#[must_use]
pub fn planes(bytes: &[u8], count: usize, [height, width]: [usize; 2], device: &Device) -> Tensor<4> {
    let area = height * width;
    assert_eq!(bytes.len(), count * area * 3, "bytes of {count} pictures of {height} x {width} pixels");
    let mut values = vec![0.0; bytes.len()];
    for (picture, planes) in bytes.chunks_exact(3 * area).zip(values.chunks_exact_mut(3 * area)) {
        for (pixel, colour) in picture.chunks_exact(3).enumerate() {
            for (channel, &value) in colour.iter().enumerate() {
                planes[channel * area + pixel] = f32::from(value) / 255.0;
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [count, 3, height, width]), device)
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn planes_are_channels_first() {
        let bytes = [0, 51, 255, 102, 0, 0]; // Two pixels beside each other.
        let rgb = planes(&bytes, 1, [1, 2], &Device::flex());
        assert_eq!(rgb.dims(), [1, 3, 1, 2]);
        assert_eq!(numbers(rgb), [0.0, 0.4, 0.2, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn near_is_the_same_episode_within_the_horizon() {
        let at = |episode, step| Instant { episode, step };
        assert!(at(1, 5).is_near(at(1, 8), 4) && !at(1, 5).is_near(at(1, 9), 4));
        assert!(!at(1, 5).is_near(at(2, 5), 4) && !at(1, 5).is_near(at(1, 5), 0));
    }
}
