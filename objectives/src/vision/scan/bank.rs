//! Frames with their features, among which neighbours are looked up.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{numbers, tensor};
use serde::{Deserialize, Serialize};

use crate::vision::{Frames, Instant};

/// The file of the bank.
const FILE: &str = "scan-bank.bin";

/// Frames and features, in host memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Bank {
    /// `[3, height, width]` of a frame.
    shape: [usize; 3],
    /// `[frames, 3, height, width]`, 255 for white.
    rgb: Vec<u8>,
    /// Unit length, `[frames, features]`.
    features: Vec<f32>,
    width: usize,
    /// Episode and step.
    instants: Vec<(u64, u32)>,
}

impl Bank {
    /// Number of frames.
    pub(super) fn len(&self) -> usize {
        self.instants.len()
    }

    /// Adds the frames of a batch with their features `[B, F]`, up to `most` frames in all.
    pub(super) fn add(&mut self, batch: &Frames, features: Tensor<2>, most: usize) {
        let [_, channels, height, width] = batch.rgb.dims();
        let count = batch.size().min(most - self.len());
        (self.shape, self.width) = ([channels, height, width], features.dims()[1]);
        let bytes = numbers(batch.rgb.clone().narrow(0, 0, count)).into_iter().map(|x| (x * 255.0).round() as u8);
        self.rgb.extend(bytes);
        self.features.extend(units(numbers(features.narrow(0, 0, count)), self.width));
        self.instants.extend(batch.instants[..count].iter().map(|instant| (instant.episode, instant.step)));
    }

    /// For each of some instants with unit features `[B, F]`, the numbers of the `count` nearest frames of the bank, nearest
    /// first, without those of the same episode less than `horizon` steps away.
    pub(super) fn nearest(
        &self,
        features: Tensor<2>,
        instants: &[Instant],
        count: usize,
        horizon: u32,
    ) -> Vec<Vec<usize>> {
        let keys = tensor(self.features.clone(), self.len(), self.width, &features.device());
        let rows = features.dims()[0];
        let queries = tensor(units(numbers(features), self.width), rows, self.width, &keys.device());
        let similarities = numbers(queries.matmul(keys.transpose())); // [B, frames]
        let of = |(similarities, own): (&[f32], &Instant)| {
            let is_other = |&at: &usize| {
                let (episode, step) = self.instants[at];
                // The frame itself is near for any horizon.
                !own.is_near(Instant { episode, step }, horizon.max(1))
            };
            let mut order: Vec<usize> = (0..self.len()).filter(is_other).collect();
            let nearer = |a: &usize, b: &usize| similarities[*b].total_cmp(&similarities[*a]).then(a.cmp(b));
            if count < order.len() {
                order.select_nth_unstable_by(count, nearer);
                order.truncate(count);
            }
            order.sort_unstable_by(nearer);
            order
        };
        similarities.chunks_exact(self.len()).zip(instants).map(of).collect()
    }

    /// One of these frames for each row, drawn, `[B, 3, height, width]`; the first of the bank where a row has none.
    pub(super) fn drawn(&self, near: &[Vec<usize>], stream: &mut Stream, device: &Device) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        let size = channels * height * width;
        let mut rgb = Vec::with_capacity(near.len() * size);
        for near in near {
            let at = if near.is_empty() { 0 } else { near[stream.below(near.len())] };
            rgb.extend(self.rgb[at * size..][..size].iter().map(|byte| f32::from(*byte) / 255.0));
        }
        Tensor::from_data(TensorData::new(rgb, [near.len(), channels, height, width]), device)
    }

    /// Writes the bank and `more` into `dir`.
    pub(super) fn save(&self, dir: &Path, more: &impl Serialize) -> Result<(), TrainerError> {
        let bytes = postcard::to_stdvec(&(self, more)).expect("plain numbers serialise");
        let path = dir.join(FILE);
        fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    /// Reads what [`Bank::save`] wrote.
    pub(super) fn load<T: for<'a> Deserialize<'a>>(dir: &Path) -> Result<(Self, T), TrainerError> {
        let path = dir.join(FILE);
        let bad = |reason: String| TrainerError::Checkpoint { path: path.clone(), reason };
        let bytes = fs::read(&path).map_err(|error| bad(error.to_string()))?;
        postcard::from_bytes(&bytes).map_err(|error| bad(error.to_string()))
    }
}

/// Rows of `width` numbers at unit length.
fn units(mut rows: Vec<f32>, width: usize) -> Vec<f32> {
    for row in rows.chunks_exact_mut(width) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-12);
        row.iter_mut().for_each(|x| *x /= length);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::Meta;

    #[test]
    fn neighbours_are_near_in_features_and_not_in_time() {
        let device = Device::flex();
        let instants: Vec<Instant> = (0..6).map(|at| Instant { episode: at / 3, step: at as u32 % 3 }).collect();
        let rgb = Tensor::zeros([6, 3, 2, 2], &device);
        let batch = Frames { rgb, instants: instants.clone(), meta: vec![Meta::default(); 6] };
        // Angles on a circle: the nearest of frame 0 are 1 and 2, which are of its own episode.
        let angles = [0.0_f32, 0.1, 0.2, 0.5, 1.5, 3.0];
        let features = tensor(angles.iter().flat_map(|x| [2.0 * x.cos(), 2.0 * x.sin()]).collect(), 6, 2, &device);
        let mut bank = Bank::default();
        bank.add(&batch, features.clone(), 100);
        assert_eq!(bank.nearest(features.clone(), &instants, 2, 10)[0], [3, 4]);
        assert_eq!(bank.nearest(features.clone(), &instants, 2, 2)[0], [2, 3]);
        assert_eq!(bank.nearest(features, &instants, 2, 0)[0], [1, 2]);
        assert_eq!(bank.drawn(&[vec![3], vec![]], &mut Stream::new(0, "bank", 0), &device).dims(), [2, 3, 2, 2]);
    }
}
