//! Which tubes are seen and which are predicted.
//!
//! A mask is the union of a few blocks over space, the same in every moment of the clip: what moves cannot be looked up a
//! moment earlier or later. Of the places outside and inside the union a fixed number is taken, so that clips of a batch
//! have equally many; the rest is neither seen nor predicted.

use freeroam_replay::Stream;

/// Aspects of a block, down by across.
const ASPECTS: [f64; 2] = [0.75, 1.5];
/// Draws of a union before too small a part of one is filled up from the other.
const TRIES: usize = 50;

/// The law of a mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MaskLaw {
    /// Blocks of a union.
    pub(super) blocks: usize,
    /// Area of a block, a share of the frame.
    pub(super) area: f64,
    /// Places that are seen, a share.
    pub(super) visible: f64,
    /// Places that are predicted, a share.
    pub(super) targets: f64,
}

/// Eight small blocks. Paper, sec. 3.2: 8 of 15 %.
pub(super) const SHORT: MaskLaw = MaskLaw { blocks: 8, area: 0.15, visible: 0.2, targets: 0.5 };
/// Two large blocks. Paper, sec. 3.2: 2 of 70 %.
pub(super) const LONG: MaskLaw = MaskLaw { blocks: 2, area: 0.7, visible: 0.1, targets: 0.6 };

/// Tokens that are seen and tokens that are predicted, ascending; no token is both.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mask {
    pub(super) visible: Vec<usize>,
    pub(super) targets: Vec<usize>,
}

impl MaskLaw {
    /// Places seen and predicted of a grid of `places`: at least one each.
    pub(super) fn counts(&self, places: usize) -> [usize; 2] {
        [self.visible, self.targets].map(|share| ((share * places as f64).round() as usize).clamp(1, places / 2 + 1))
    }

    /// A mask of `moments` moments of a square grid of `side` by `side` places; tokens are numbered moment by moment, row by
    /// row.
    pub(super) fn draw(&self, moments: usize, side: usize, stream: &mut Stream) -> Mask {
        let places = side * side;
        let [visible, targets] = self.counts(places);
        let mut covered = self.union(side, stream);
        for _ in 0..TRIES {
            let inside = covered.iter().filter(|covered| **covered).count();
            if inside >= targets && places - inside >= visible {
                break;
            }
            covered = self.union(side, stream);
        }
        let part = |side: bool| (0..places).filter(|&place| covered[place] == side).collect::<Vec<_>>();
        let (mut inside, mut outside) = (shuffled(part(true), stream), shuffled(part(false), stream));
        while outside.len() < visible {
            outside.extend(inside.pop());
        }
        while inside.len() < targets {
            inside.extend(outside.pop());
        }
        let tokens = |mut chosen: Vec<usize>, count: usize| {
            chosen.truncate(count);
            chosen.sort_unstable();
            (0..moments).flat_map(|moment| chosen.iter().map(move |place| moment * places + place)).collect()
        };
        Mask { visible: tokens(outside, visible), targets: tokens(inside, targets) }
    }

    /// Whether each place is in one of the blocks.
    fn union(&self, side: usize, stream: &mut Stream) -> Vec<bool> {
        let mut covered = vec![false; side * side];
        for _ in 0..self.blocks {
            let (area, aspect) = (self.area * (side * side) as f64, stream.uniform(ASPECTS[0], ASPECTS[1]));
            let edges = [(area * aspect).sqrt(), (area / aspect).sqrt()];
            let [height, width] = edges.map(|edge| (edge.round() as usize).clamp(1, side));
            let (top, left) = (stream.below(side - height + 1), stream.below(side - width + 1));
            for row in top..top + height {
                covered[row * side + left..][..width].fill(true);
            }
        }
        covered
    }
}

/// The numbers in a random order.
fn shuffled(mut numbers: Vec<usize>, stream: &mut Stream) -> Vec<usize> {
    stream.shuffle(&mut numbers);
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_predicted_and_moments_have_the_same_places() {
        let mut stream = Stream::new(0, "masks", 0);
        for law in [SHORT, LONG] {
            for side in [4, 8] {
                let [visible, targets] = law.counts(side * side);
                for _ in 0..50 {
                    let mask = law.draw(4, side, &mut stream);
                    assert_eq!((mask.visible.len(), mask.targets.len()), (4 * visible, 4 * targets));
                    assert!(mask.visible.iter().all(|token| !mask.targets.contains(token)));
                    let place = |token: usize| token % (side * side);
                    let (first, last) = (&mask.targets[..targets], &mask.targets[3 * targets..]);
                    assert!(first.iter().zip(last).all(|(a, b)| place(*a) == place(*b)));
                }
            }
        }
    }

    #[test]
    fn unions_cover_what_the_paper_says() {
        let mut stream = Stream::new(1, "masks", 0);
        let mut share = |law: MaskLaw| {
            let covered: usize = (0..500).map(|_| law.union(8, &mut stream).iter().filter(|x| **x).count()).sum();
            covered as f64 / (500.0 * 64.0)
        };
        let (short, long) = (share(SHORT), share(LONG));
        assert!((0.55..0.85).contains(&short) && (0.75..0.95).contains(&long), "{short} {long}");
    }
}
