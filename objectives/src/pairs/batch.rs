//! Batches of frames with captions.

use burn::tensor::{Device, Tensor};
use freeroam_trainer::nn::tensor;

use crate::Tokens;
use crate::vision::Frames;

/// How the captions of two pairs stand to each other, as far as the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They say the same: each belongs to both frames.
    Same,
    /// Both may hold in one frame: whether they do, words do not say.
    Open,
    /// They contradict each other: neither belongs to the other's frame.
    Other,
}

/// `B` frames with a caption each.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// The frames, `B`.
    pub frames: Frames,
    /// A caption of each, `B` rows.
    pub captions: Tokens,
    /// Each caption once more in other words, `B` rows; the same where there are none.
    pub reworded: Tokens,
    /// How the caption of a row stands to that of a column, `[B, B]`; `Same` on the diagonal.
    pub agreement: Vec<Agreement>,
}

impl Pairs {
    /// Number of pairs `B`.
    #[must_use]
    pub fn size(&self) -> usize {
        self.captions.rows
    }

    /// Which captions belong to which frames, and which are compared with them at all: `[B, B]` each, 0 or 1.
    #[must_use]
    pub fn masks(&self, device: &Device) -> [Tensor<2>; 2] {
        let count = self.size();
        let mask = |holds: fn(Agreement) -> bool| {
            let values = self.agreement.iter().map(|&agreement| f32::from(u8::from(holds(agreement)))).collect();
            tensor(values, count, count, device)
        };
        [mask(|agreement| agreement == Agreement::Same), mask(|agreement| agreement != Agreement::Open)]
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::super::checks::pairs;
    use super::*;

    #[test]
    fn what_is_open_is_not_compared() {
        let mut batch = pairs(2, 16, &Device::flex());
        let masks = |batch: &Pairs| batch.masks(&Device::flex()).map(numbers);
        assert_eq!(masks(&batch), [vec![1.0, 0.0, 0.0, 1.0], vec![1.0; 4]]);
        batch.agreement[1] = Agreement::Open;
        batch.agreement[2] = Agreement::Same;
        assert_eq!(masks(&batch), [vec![1.0, 0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0, 1.0]]);
    }
}
