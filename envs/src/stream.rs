//! Randomness as a value: every draw comes from a named, seekable, serialisable stream.

use std::convert::Infallible;

use rand::{Rng, SeedableRng, TryRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

/// A named stream of random numbers.
///
/// Two streams with different `(seed, purpose, lane)` are independent; the same triple always gives the same numbers,
/// on every platform and for any number of threads. The state serialises, so that a resumed run draws on.
///
/// ```
/// use freeroam_envs::Stream;
/// let mut a = Stream::new(7, "reset", 3);
/// let mut b = Stream::new(7, "reset", 3);
/// assert_eq!(a.uniform(-1.0, 1.0), b.uniform(-1.0, 1.0));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stream(Pcg64);

impl Stream {
    /// The stream of `seed` for one `purpose` ("reset", "policy", ..) and one `lane`.
    #[must_use]
    pub fn new(seed: u64, purpose: &str, lane: u64) -> Self {
        // FNV-1a of the purpose, then SplitMix64 over (seed, purpose, lane): four words of PCG seed material.
        let name = purpose
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut state = split_mix(split_mix(seed) ^ name).wrapping_add(split_mix(lane ^ 0x9e37_79b9_7f4a_7c15));
        let mut bytes = [0_u8; 32];
        for word in bytes.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            word.copy_from_slice(&split_mix(state).to_le_bytes());
        }
        Self(Pcg64::from_seed(bytes))
    }

    /// A number in `[low, high)`.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        // 53 random bits give every representable multiple of 2^-53 in [0, 1) the same chance.
        low + (high - low) * ((self.0.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0))
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// An index in `0..count`. `count` must be positive.
    pub fn below(&mut self, count: usize) -> usize {
        // Multiply-shift; the bias is below count / 2^64.
        ((u128::from(self.0.next_u64()) * count as u128) >> 64) as usize
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Fills `out` with standard normal numbers.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        for value in out {
            *value = StandardNormal.sample(&mut self.0);
        }
    }

    /// Fills `out` with numbers in `[low, high)`.
    pub fn fill_uniform(&mut self, low: f32, high: f32, out: &mut [f32]) {
        for value in out {
            *value = self.uniform(f64::from(low), f64::from(high)) as f32;
        }
    }
}

/// A stream serves wherever the `rand` crate asks for a generator.
impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(out)
    }
}

/// A number that looks random and depends on nothing but `seed` and `place`, for noise of which most is never looked at.
pub(crate) fn hash(seed: u64, place: u64) -> u64 {
    split_mix(split_mix(seed).wrapping_add(split_mix(place ^ 0x9e37_79b9_7f4a_7c15)))
}

fn split_mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_seed_purpose_and_lane() {
        let first = |seed, purpose, lane| Stream::new(seed, purpose, lane).bits();
        let all = [first(0, "reset", 0), first(1, "reset", 0), first(0, "policy", 0), first(0, "reset", 1)];
        for i in 0..all.len() {
            for j in 0..i {
                assert_ne!(all[i], all[j]);
            }
        }
    }

    #[test]
    fn a_serialised_stream_draws_on() {
        let mut stream = Stream::new(3, "policy", 0);
        stream.normal();
        let bytes = postcard::to_stdvec(&stream).expect("serialises");
        let mut back: Stream = postcard::from_bytes(&bytes).expect("deserialises");
        assert_eq!((stream.bits(), stream.normal()), (back.bits(), back.normal()));
    }

    #[test]
    fn moments_are_right() {
        let mut stream = Stream::new(0, "moments", 0);
        let n = 100_000;
        let mean: f64 = (0..n).map(|_| stream.uniform(-1.0, 1.0)).sum::<f64>() / f64::from(n);
        let square: f64 = (0..n).map(|_| stream.normal().powi(2)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.01 && (square - 1.0).abs() < 0.02, "{mean} {square}");
        assert!((0..1000).all(|_| stream.below(3) < 3));
    }
}
