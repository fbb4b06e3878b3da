//! The rows of an experience that a gradient step is on.

use burn::tensor::Tensor;

use crate::experience::pick;

/// Rows, and where the sequences among them begin.
pub(super) struct Rows {
    pub(super) all: Vec<usize>,
    /// The first row of each sequence, which is the number of its lane; none where rows are single.
    first: Vec<usize>,
    /// Whether they are all that there are, in order.
    whole: bool,
}

impl Rows {
    /// All rows.
    pub(super) fn all(rows: usize, lanes: usize) -> Self {
        Self { all: (0..rows).collect(), first: (0..lanes).collect(), whole: true }
    }

    /// All steps of some lanes.
    pub(super) fn of_lanes(chosen: &[usize], rows: usize, lanes: usize) -> Self {
        let steps = (0..rows).step_by(lanes);
        let all = steps.flat_map(|at| chosen.iter().map(move |lane| at + lane)).collect();
        Self { all, first: chosen.to_vec(), whole: false }
    }

    /// Rows that have nothing to do with each other.
    pub(super) fn single(chosen: &[usize]) -> Self {
        Self { all: chosen.to_vec(), first: Vec::new(), whole: false }
    }

    /// Their part of a tensor of all rows.
    pub(super) fn of(&self, all: &Tensor<2>) -> Tensor<2> {
        if self.whole { all.clone() } else { pick(all, &self.all) }
    }

    /// The part of their lanes of a tensor of all lanes.
    pub(super) fn first_of(&self, lanes: &Tensor<2>) -> Tensor<2> {
        pick(lanes, &self.first)
    }
}
