//! The walls of a maze as few axis-aligned boxes.

use super::Layout;

/// Half the thickness of a fence, in edges of a cell.
const FENCE: f64 = 0.01;

/// An axis-aligned block of wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Centre (x, y), metres.
    pub centre: [f64; 2],
    /// Half extents along x and y, metres.
    pub half: [f64; 2],
}

impl Block {
    /// Distance of a point (x, y) to the block, metres; zero inside.
    #[must_use]
    pub fn distance(&self, [x, y]: [f64; 2]) -> f64 {
        let outside = |value: f64, k: usize| ((value - self.centre[k]).abs() - self.half[k]).max(0.0);
        outside(x, 0).hypot(outside(y, 1))
    }
}

impl Layout {
    /// The walls as few blocks: runs along x, equal runs of neighbouring rows merged; then the fences.
    #[must_use]
    pub fn walls(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.walls_into(&mut blocks);
        blocks
    }

    /// Writes [`Layout::walls`] into `blocks`, whose memory is reused.
    pub(crate) fn walls_into(&self, blocks: &mut Vec<Block>) {
        blocks.clear();
        let (rows, columns) = self.shape();
        let is_wall = |i: usize, j: usize| i < rows && j < columns && !self.is_free((i, j));
        let is_run = |i: usize, (start, end): (usize, usize)| {
            (start..end).all(|j| is_wall(i, j)) && (start == 0 || !is_wall(i, start - 1)) && !is_wall(i, end)
        };
        for i in 0..rows {
            let mut start = 0;
            while start < columns {
                let end = (start..columns).find(|&j| !is_wall(i, j)).unwrap_or(columns);
                let run = (start, end);
                // A run that continues the one above belongs to the block begun there.
                if end > start && (i == 0 || !is_run(i - 1, run)) {
                    let height = (i..rows).take_while(|&row| is_run(row, run)).count();
                    let (low, high) = (self.centre((i, start)), self.centre((i + height - 1, end - 1)));
                    blocks.push(Block {
                        centre: middle(low, high),
                        half: [(end - start) as f64 * self.cell / 2.0, height as f64 * self.cell / 2.0],
                    });
                }
                start = end.max(start + 1);
            }
        }
        blocks.extend(self.fences.iter().map(|&[a, b]| {
            let (thin, long) = (FENCE * self.cell, 0.5 * self.cell);
            let half = if a.0 == b.0 { [thin, long] } else { [long, thin] };
            Block { centre: middle(self.centre(a), self.centre(b)), half }
        }));
    }
}

fn middle(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_the_walls_once_and_nothing_else() {
        for layout in [Layout::umaze(), Layout::medium(), Layout::large(), Layout::giant(), Layout::ultra()] {
            let (rows, columns) = layout.shape();
            let blocks = layout.walls();
            for i in 0..rows {
                for j in 0..columns {
                    let place = layout.centre((i, j));
                    let covers = blocks.iter().filter(|block| block.distance(place) == 0.0).count();
                    assert_eq!(covers, usize::from(!layout.is_free((i, j))), "cell ({i}, {j})");
                }
            }
            assert!(blocks.len() * 2 < rows * columns);
        }
    }

    #[test]
    fn a_fence_is_a_thin_block_between_its_cells() {
        let layout = Layout::square("D").expect("a known name");
        let (with, without) = (layout.walls(), Layout { fences: Vec::new(), ..layout.clone() }.walls());
        assert_eq!(with.len(), without.len() + 4);
        // The stem below the origin and the hook on its left are neighbours without a way.
        let fence = Block { centre: [-0.5, -2.0], half: [0.01, 0.5] };
        assert!(with[without.len()..].contains(&fence), "{:?}", &with[without.len()..]);
        let [a, b] = [[0.0, -2.0], [-1.0, -2.0]].map(|place| layout.cell_of(place).expect("inside"));
        assert!(layout.is_free(a) && layout.is_free(b) && !layout.is_open(a, b) && !layout.is_open(b, a));
    }
}
