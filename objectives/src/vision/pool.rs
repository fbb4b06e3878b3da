//! Frames in host memory, episode after episode, from which batches are drawn.

use burn::tensor::Device;
use freeroam_replay::Stream;

use super::frames::{Clips, Frames, Instant, Meta, planes};

/// Frames of one size. Those of an episode follow each other in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// Height and width in pixels.
    pub size: [usize; 2],
    /// `[frames, height, width, 3]`, bytes.
    pub rgb: Vec<u8>,
    /// When each was taken, `[frames]`.
    pub instants: Vec<Instant>,
    /// What each shows, `[frames]`.
    pub meta: Vec<Meta>,
}

impl Pool {
    /// No frames yet, of `size` (height, width) pixels.
    #[must_use]
    pub const fn new(size: [usize; 2]) -> Self {
        Self { size, rgb: Vec::new(), instants: Vec::new(), meta: Vec::new() }
    }

    /// Number of frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instants.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instants.is_empty()
    }

    /// Adds a frame of bytes, `[height, width, 3]`.
    ///
    /// # Panics
    /// When the frame has another size.
    pub fn push(&mut self, rgb: &[u8], instant: Instant, meta: Meta) {
        assert_eq!(rgb.len(), 3 * self.size[0] * self.size[1], "bytes of a frame");
        self.rgb.extend_from_slice(rgb);
        self.instants.push(instant);
        self.meta.push(meta);
    }

    /// The bytes of frame `index`, `[height, width, 3]`.
    #[must_use]
    pub fn frame(&self, index: usize) -> &[u8] {
        let bytes = 3 * self.size[0] * self.size[1];
        &self.rgb[index * bytes..][..bytes]
    }

    /// The frames of some numbers.
    #[must_use]
    pub fn frames(&self, indices: &[usize], device: &Device) -> Frames {
        let bytes: Vec<u8> = indices.iter().flat_map(|&index| self.frame(index)).copied().collect();
        Frames {
            rgb: planes(&bytes, indices.len(), self.size, device),
            instants: indices.iter().map(|&index| self.instants[index]).collect(),
            meta: indices.iter().map(|&index| self.meta[index]).collect(),
        }
    }

    /// Clips of `length` frames that begin at some numbers, each within one episode ([`Pool::starts`]).
    #[must_use]
    pub fn clips(&self, starts: &[usize], length: usize, device: &Device) -> Clips {
        let [height, width] = self.size;
        let indices: Vec<usize> = starts.iter().flat_map(|&start| start..start + length).collect();
        let Frames { rgb, .. } = self.frames(&indices, device);
        Clips {
            rgb: rgb.reshape([starts.len(), length, 3, height, width]),
            instants: starts.iter().map(|&start| self.instants[start]).collect(),
            meta: starts.iter().map(|&start| self.meta[start + length / 2]).collect(),
        }
    }

    /// Where clips of `length` frames can begin.
    #[must_use]
    pub fn starts(&self, length: usize) -> Vec<usize> {
        let last = |start: usize| start + length - 1;
        let fits = |&start: &usize| {
            last(start) < self.len() && self.instants[start].episode == self.instants[last(start)].episode
        };
        (0..self.len()).filter(fits).collect()
    }

    /// The same frames in a random order, for pools whose episodes are single frames.
    #[must_use]
    pub fn shuffled(&self, stream: &mut Stream) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        stream.shuffle(&mut order);
        let mut pool = Self::new(self.size);
        for at in order {
            pool.push(self.frame(at), self.instants[at], self.meta[at]);
        }
        pool
    }

    /// The first episodes with at least `frames` frames in all, and the rest: no episode is in both.
    #[must_use]
    pub fn split(self, frames: usize) -> [Self; 2] {
        let ends = |&at: &usize| at == 0 || self.instants[at].episode != self.instants[at - 1].episode;
        let at = (frames..self.len()).find(ends).unwrap_or(self.len());
        let bytes = at * 3 * self.size[0] * self.size[1];
        let (mut first, mut rest) = (self, Self::new([0; 2]));
        rest.size = first.size;
        rest.rgb = first.rgb.split_off(bytes);
        rest.instants = first.instants.split_off(at);
        rest.meta = first.meta.split_off(at);
        [first, rest]
    }
}

/// `count` of `numbers`, drawn with replacement.
///
/// # Panics
/// When there are none.
#[must_use]
pub fn draw(numbers: &[usize], count: usize, stream: &mut Stream) -> Vec<usize> {
    (0..count).map(|_| numbers[stream.below(numbers.len())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Episodes of these lengths; the first byte of a frame is its number.
    fn pool(lengths: &[u32]) -> Pool {
        let mut pool = Pool::new([1, 1]);
        for (episode, &length) in (0..).zip(lengths) {
            for step in 0..length {
                let meta = Meta { room: pool.len(), ..Meta::default() };
                pool.push(&[pool.len() as u8, 0, 0], Instant { episode, step }, meta);
            }
        }
        pool
    }

    #[test]
    fn clips_and_splits_keep_to_episodes() {
        let pool = pool(&[3, 4, 2]);
        assert_eq!(pool.starts(3), [0, 3, 4]);
        let clips = pool.clips(&[3, 4], 3, &Device::flex());
        assert_eq!((clips.rgb.dims(), clips.meta[1].room), ([2, 3, 3, 1, 1], 5));
        let [first, rest] = pool.clone().split(4);
        assert_eq!((first.len(), rest.len()), (7, 2));
        assert_eq!((rest.frame(1)[0], rest.instants[0].episode), (8, 2));
        let [all, none] = pool.split(8);
        assert_eq!((all.len(), none.is_empty()), (9, true));
    }
}
