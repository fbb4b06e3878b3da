//! Cells that send a body elsewhere.
//!
//! The rules are those of `OGBench`'s teleport mazes (Park et al., 2025): a body that ends a step within 1.5 m of the centre of
//! an inbound cell is put to the centre of an outbound cell, each with the same chance, and keeps its velocity. What the
//! step observes is the place before the jump; the jump shows in the next observation.

use serde::{Deserialize, Serialize};

use super::{Cell, Layout};
use crate::Stream;

/// Where a maze takes bodies in and where it puts them out.
#[derive(Clone, Debug, PartialEq)]
pub struct Teleporters {
    /// Distance to the centre of an inbound cell within which a body is taken, metres.
    pub radius: f64,
    /// Cells that take bodies in.
    pub inbound: Vec<Cell>,
    /// Cells that put them out.
    pub outbound: Vec<Cell>,
}

/// The teleporters of one lane at work.
#[derive(Clone, Debug)]
pub(crate) struct Jumps {
    radius: f64,
    inbound: Vec<[f64; 2]>,
    outbound: Vec<[f64; 2]>,
    state: State,
}

/// What of [`Jumps`] changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// Draws where the body is put out.
    stream: Stream,
    /// Where the body is put before the next step.
    pending: Option<[f64; 2]>,
}

impl Jumps {
    /// The teleporters of a maze that has any.
    pub(crate) fn new(layout: &Layout) -> Option<Self> {
        let teleporters = layout.teleporters.as_ref()?;
        let centres = |cells: &[Cell]| cells.iter().map(|&cell| layout.centre(cell)).collect();
        Some(Self {
            radius: teleporters.radius,
            inbound: centres(&teleporters.inbound),
            outbound: centres(&teleporters.outbound),
            state: State { stream: Stream::new(0, "teleport", 0), pending: None },
        })
    }

    /// Starts an episode. Where bodies are put out is drawn from a stream of its own, seeded from `stream`, so that the
    /// number of jumps does not shift the starts of later episodes.
    pub(crate) fn reset(&mut self, stream: &mut Stream) {
        self.state = State { stream: Stream::new(stream.bits(), "teleport", 0), pending: None };
    }

    /// Where the body has to be put before this step, if it jumps.
    pub(crate) fn take(&mut self) -> Option<[f64; 2]> {
        self.state.pending.take()
    }

    /// Looks where the step has ended.
    pub(crate) fn arrive(&mut self, place: [f64; 2]) {
        let near = |centre: &[f64; 2]| (place[0] - centre[0]).hypot(place[1] - centre[1]) <= self.radius;
        self.state.pending =
            self.inbound.iter().any(near).then(|| self.outbound[self.state.stream.below(self.outbound.len())]);
    }

    /// Forgets a jump that is due, since the body has been moved by other means.
    pub(crate) fn forget(&mut self) {
        self.state.pending = None;
    }

    /// Appends the state to `out`.
    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(&self.state).expect("the state is made of numbers only"));
    }

    /// Takes over the state at the start of `bytes` and gives what follows it.
    pub(crate) fn load<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], String> {
        let (state, rest) = postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
        self.state = state;
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_come_one_step_late_to_every_outbound_cell_alike() {
        let layout = Layout::teleport();
        let outbound = layout.teleporters.clone().expect("teleporters").outbound;
        let mut jumps = Jumps::new(&layout).expect("teleporters");
        jumps.reset(&mut Stream::new(0, "reset", 0));
        let [x, y] = layout.centre((4, 6));
        jumps.arrive([x + 1.6, y]);
        assert_eq!(jumps.take(), None, "out of reach");
        let mut counts = vec![0; outbound.len()];
        for _ in 0..3000 {
            jumps.arrive([x - 1.0, y + 1.0]);
            let place = jumps.take().expect("a jump");
            counts[outbound.iter().position(|&cell| layout.centre(cell) == place).expect("an outbound cell")] += 1;
            assert_eq!(jumps.take(), None, "only once");
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_restored_state_jumps_on() {
        let layout = Layout::teleport();
        let mut jumps = Jumps::new(&layout).expect("teleporters");
        jumps.reset(&mut Stream::new(5, "reset", 0));
        jumps.arrive(layout.centre((5, 1)));
        let mut bytes = Vec::new();
        jumps.save(&mut bytes);
        bytes.push(7);
        let mut other = Jumps::new(&layout).expect("teleporters");
        assert_eq!(other.load(&bytes).expect("a state"), [7]);
        for _ in 0..20 {
            assert_eq!(other.take(), jumps.take());
            other.arrive(layout.centre((5, 1)));
            jumps.arrive(layout.centre((5, 1)));
        }
        assert!(other.load(&bytes[..3]).is_err());
    }
}
