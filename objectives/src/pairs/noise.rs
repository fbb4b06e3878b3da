//! Captions with gaps and in another order.
//!
//! Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification Tasks", EMNLP
//! 2019: random deletion and random swap. Other words for the same, their third operation, come from where captions do.

use freeroam_replay::Stream;

use crate::Tokens;

/// Each row without some of its tokens, and with some pairs of neighbours swapped: each with the chance given for it.
/// Start and end stay, and at least one token between them.
pub(super) fn garbled(captions: &Tokens, deleted: f64, swapped: f64, stream: &mut Stream) -> Tokens {
    let mut rows = Vec::with_capacity(captions.rows);
    for row in captions.ids.chunks_exact(captions.length.max(1)) {
        let count = row.iter().filter(|id| **id != Tokens::PAD).count();
        let inner = row.get(1..count.saturating_sub(1)).unwrap_or_default();
        let mut kept: Vec<u32> = inner.iter().copied().filter(|_| stream.uniform(0.0, 1.0) >= deleted).collect();
        if kept.is_empty() && !inner.is_empty() {
            kept.push(inner[stream.below(inner.len())]);
        }
        for at in 1..kept.len() {
            if stream.uniform(0.0, 1.0) < swapped {
                kept.swap(at - 1, at);
            }
        }
        rows.push([&row[..1], &kept, &row[count.max(1) - 1..count]].concat());
    }
    Tokens::of(&rows, captions.length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_and_change_places_between_start_and_end() {
        let captions = Tokens::of(&[vec![1, 5, 6, 7, 8, 9, 10, 2], vec![1, 5, 2]], 8);
        assert_eq!(garbled(&captions, 0.0, 0.0, &mut Stream::new(0, "noise", 0)), captions);
        let none = garbled(&captions, 1.0, 0.0, &mut Stream::new(0, "noise", 0));
        assert_eq!((none.rows, none.length, none.ids[0], none.ids[2]), (2, 3, Tokens::START, Tokens::END));
        let turned = garbled(&captions, 0.0, 1.0, &mut Stream::new(0, "noise", 0));
        assert_eq!(turned.ids[..8], [1, 6, 7, 8, 9, 10, 5, 2], "the first goes all the way");
        let (first, stream) = (captions.rows(0..1), &mut Stream::new(1, "noise", 0));
        let left = (0..1000).map(|_| garbled(&first, 0.25, 0.1, stream).texts().count()).sum::<usize>();
        assert!((0.73..0.77).contains(&(left as f64 / 6000.0)), "{left}");
    }
}
