//! Batches of texts as numbers.

use burn::tensor::{Device, Tensor};
use freeroam_trainer::nn::tensor;

/// Rows of tokens, on the host: objectives hide and change tokens before they upload them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Token numbers, row by row; [`Tokens::PAD`] after a row's end.
    pub ids: Vec<u32>,
    /// Rows `B`.
    pub rows: usize,
    /// Tokens of a row `L`, padding included.
    pub length: usize,
}

impl Tokens {
    /// Fills what is left of a row.
    pub const PAD: u32 = 0;
    /// Begins a row.
    pub const START: u32 = 1;
    /// Ends a row.
    pub const END: u32 = 2;
    /// Stands for a hidden token.
    pub const MASK: u32 = 3;
    /// Stands for a character that the tokenizer has never seen.
    pub const UNKNOWN: u32 = 4;
    /// The first token with a text of its own.
    pub const FIRST: u32 = 5;

    /// Rows as one batch: cut at `longest` tokens, and filled to the longest of them.
    #[must_use]
    pub fn of(rows: &[Vec<u32>], longest: usize) -> Self {
        let length = rows.iter().map(Vec::len).max().unwrap_or(0).min(longest);
        let mut ids = vec![Self::PAD; rows.len() * length];
        for (out, row) in ids.chunks_exact_mut(length.max(1)).zip(rows) {
            let count = row.len().min(length);
            out[..count].copy_from_slice(&row[..count]);
        }
        Self { ids, rows: rows.len(), length }
    }

    /// Some of the rows.
    #[must_use]
    pub fn rows(&self, rows: std::ops::Range<usize>) -> Self {
        let ids = self.ids[rows.start * self.length..rows.end * self.length].to_vec();
        Self { ids, rows: rows.len(), length: self.length }
    }

    /// Places of the tokens with a text, as one number `row * length + column` each.
    pub fn texts(&self) -> impl Iterator<Item = usize> + '_ {
        self.ids.iter().enumerate().filter(|(_, id)| **id >= Self::FIRST || **id == Self::UNKNOWN).map(|(at, _)| at)
    }

    /// Weights that take the mean over the tokens of each row, padding apart: `[B, L]` with rows that add up to 1.
    #[must_use]
    pub fn shares(&self, device: &Device) -> Tensor<2> {
        let mut values = Vec::with_capacity(self.ids.len());
        for row in self.ids.chunks_exact(self.length.max(1)) {
            let count = row.iter().filter(|id| **id != Self::PAD).count().max(1);
            values.extend(row.iter().map(|id| if *id == Self::PAD { 0.0 } else { 1.0 / count as f32 }));
        }
        tensor(values, self.rows, self.length, device)
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn rows_are_cut_and_filled() {
        let tokens = Tokens::of(&[vec![1, 6, 2], vec![1, 7, 8, 9, 2]], 4);
        assert_eq!((tokens.ids.as_slice(), tokens.rows, tokens.length), (&[1, 6, 2, 0, 1, 7, 8, 9][..], 2, 4));
        assert_eq!(tokens.texts().collect::<Vec<_>>(), [1, 5, 6, 7]);
        assert_eq!(tokens.rows(1..2).ids, [1, 7, 8, 9]);
        let third = 1.0_f32 / 3.0;
        assert_eq!(numbers(tokens.shares(&Device::flex())), [third, third, third, 0.0, 0.25, 0.25, 0.25, 0.25]);
    }
}
