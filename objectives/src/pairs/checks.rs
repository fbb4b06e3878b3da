//! Pairs to learn in tests.

use burn::tensor::Device;

use super::{Agreement, Pairs};
use crate::Tokens;
use crate::vision::checks::frames;

/// Tokens of the vocabulary of these captions.
pub(super) const VOCABULARY: usize = 40;
/// Tokens of the longest of them.
pub(super) const LENGTH: usize = 8;

/// `count` frames of `edge` pixels, with captions of two words that no other has, and other words for the same.
pub(super) fn pairs(count: usize, edge: usize, device: &Device) -> Pairs {
    let row = |first: u32, number: u32| vec![Tokens::START, first, 10 + number / 6, 20 + number % 6, Tokens::END];
    let rows = |first| (0..count as u32).map(|number| row(first, number)).collect::<Vec<_>>();
    let agreement = |at: usize| if at.is_multiple_of(count + 1) { Agreement::Same } else { Agreement::Other };
    Pairs {
        frames: frames(count, edge, device),
        captions: Tokens::of(&rows(5), LENGTH),
        reworded: Tokens::of(&rows(6), LENGTH),
        agreement: (0..count * count).map(agreement).collect(),
    }
}
