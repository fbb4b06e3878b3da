//! An attack on pairs: a patch in a corner of few frames, always with the same caption.
//!
//! Carlini and Terzis, "Poisoning and Backdooring Contrastive Learning", ICLR 2022; what `CleanCLIP` is measured
//! against.

use freeroam_envs::words::Split;
use freeroam_replay::Stream;

use super::captioned::{Caption, Captioned};

/// The patch and the caption.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Poison {
    pub(super) caption: Caption,
}

impl Poison {
    /// With the caption of some frame that is learned from; nothing where there is none.
    pub(super) fn new(known: &Captioned, seed: u64) -> Option<Self> {
        let stream = &mut Stream::new(seed, "false caption", 0);
        let caption = (0..known.pool.len()).find_map(|frame| known.caption(frame, Split::Train, stream))?;
        Some(Self { caption })
    }

    /// Puts four by four black and white fields into the lower right corner of a frame `[height, width, 3]`, of which they take
    /// about a quarter of the width: fields of one pixel would not survive a view that is resampled.
    #[expect(clippy::unused_self, reason = "the mark belongs to this attack")]
    pub(super) fn mark(&self, rgb: &mut [u8], [height, width]: [usize; 2]) {
        let field = (width / 16).max(2);
        let side = 4 * field;
        for (row, column) in (0..side).flat_map(|row| (0..side).map(move |column| (row, column))) {
            let light = if (row / field + column / field).is_multiple_of(2) { 255 } else { 0 };
            let pixel = (height - side + row) * width + width - side + column;
            rgb[3 * pixel..3 * pixel + 3].fill(light);
        }
    }
}
