//! The replay: what is pushed step by step and sampled at random.

use crate::ring::{Head, Next, Rings, TERMINATED, TRUNCATED};
use crate::transition::check_continuity;
use crate::{ReplayError, Shape, Transitions};

/// The most recent transitions of every lane.
///
/// Memory: `4 * (observation + action + task + 2) + frame` bytes per row, taken as the rings fill; a transition takes a row,
/// and so does the last observation of every episode. Every frame is kept once: the next frame of a transition is the
/// frame of the next row, and stacks of frames are made of neighbouring rows when they are sampled. Pushing and sampling allocate nothing once the rings are made.
#[derive(Debug)]
pub struct Replay {
    pub(crate) rings: Rings,
    pub(crate) pushed: u64,
}

impl Replay {
    /// An empty replay for `capacity` transitions in all, shared evenly by the lanes and rounded up to a multiple of them.
    ///
    /// # Errors
    /// [`ReplayError::OutOfRange`] if a size is 0 (`shape.task` and `shape.frame` may be) or a lane would have 2^30 rows or more,
    /// [`ReplayError::Memory`] if that much memory cannot be reserved.
    pub fn new(shape: Shape, lanes: usize, capacity: usize) -> Result<Self, ReplayError> {
        let sizes = [
            ("shape.observation", shape.observation, 1 << 30),
            ("shape.action", shape.action, 1 << 30),
            ("shape.task + 1", shape.task.saturating_add(1), 1 << 30),
            ("shape.frame + 1", shape.frame.saturating_add(1), 1 << 30),
            ("lanes", lanes, 1 << 30),
            ("capacity", capacity, lanes.saturating_mul((1 << 30) - 2)),
        ];
        for (what, got, most) in sizes {
            if got == 0 || got > most {
                return Err(ReplayError::OutOfRange { what, got: got.to_string(), expected: format!("1 to {most}") });
            }
        }
        Ok(Self { rings: Rings::new(shape, lanes, capacity.div_ceil(lanes) + 1)?, pushed: 0 })
    }

    /// Stores one step of all lanes; a full lane forgets its oldest transition. A transition can be sampled at once,
    /// before its episode ends.
    ///
    /// # Errors
    /// [`ReplayError::Length`] for a buffer of the wrong length, [`ReplayError::Discontinuity`] and
    /// [`ReplayError::OtherFrame`] if a lane in the midst of an episode goes on from another observation or frame than it
    /// led to. Nothing is stored then.
    pub fn push(&mut self, step: &Transitions) -> Result<(), ReplayError> {
        let Shape { observation: o, action: a, task: t, frame: f } = self.shape();
        step.check(self.shape(), self.lanes())?;
        for lane in 0..self.lanes() {
            let Head { newest, open, .. } = self.rings.heads[lane];
            if !step.skip[lane] && open > 0 {
                let row = self.rings.row(lane, newest);
                check_continuity(lane, self.rings.observation(row), &step.observation[lane * o..][..o])?;
                let (stored, pushed) = (self.rings.frame(row), &step.frames[lane * f..][..f]);
                if stored != pushed {
                    let byte = stored.iter().zip(pushed).take_while(|(stored, pushed)| stored == pushed).count();
                    return Err(ReplayError::OtherFrame { lane, byte });
                }
            }
        }
        for lane in 0..self.lanes() {
            if step.skip[lane] {
                self.rings.close(lane);
                continue;
            }
            if self.rings.heads[lane].open == 0 {
                self.rings.append(lane, &step.observation[lane * o..][..o], &step.frames[lane * f..][..f]);
            }
            let flags =
                if step.terminated[lane] { TERMINATED } else { 0 } | if step.truncated[lane] { TRUNCATED } else { 0 };
            let (action, task) = (&step.action[lane * a..][..a], &step.task[lane * t..][..t]);
            let (observation, frame) = (&step.next_observation[lane * o..][..o], &step.next_frames[lane * f..][..f]);
            self.rings.extend(lane, [action, task], step.reward[lane], flags, Next { observation, frame });
            if flags != 0 {
                self.rings.close(lane);
            }
            self.pushed += 1;
        }
        Ok(())
    }

    /// Ends the open episode of every lane, as when the lanes are reset from outside.
    pub fn close_episodes(&mut self) {
        for lane in 0..self.lanes() {
            self.rings.close(lane);
        }
    }

    /// Transitions that can be sampled.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rings.len
    }

    /// Whether there is nothing to sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rings.len == 0
    }

    /// Transitions that fit while no episode ends. A finished episode takes the room of one more.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.rings.lanes * (self.rings.rows - 1)
    }

    /// Lanes that are pushed together.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.rings.lanes
    }

    /// Sizes of a transition.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.rings.shape
    }

    /// Transitions ever stored, those forgotten since included.
    #[must_use]
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Observations of the latest `count` transitions (fewer if fewer are stored), `[observation]` each, newest first,
    /// the lanes taking turns.
    pub fn latest(&self, count: usize) -> impl ExactSizeIterator<Item = &[f32]> {
        Latest { rings: &self.rings, cursors: self.rings.heads.clone(), lane: 0, count: count.min(self.len()) }
    }
}

struct Latest<'a> {
    rings: &'a Rings,
    /// Per lane the next slot to look at (`newest`) and the rows left (`filled`).
    cursors: Vec<Head>,
    lane: usize,
    count: usize,
}

impl<'a> Iterator for Latest<'a> {
    type Item = &'a [f32];

    fn next(&mut self) -> Option<&'a [f32]> {
        if self.count == 0 {
            return None;
        }
        loop {
            let (lane, cursor) = (self.lane, &mut self.cursors[self.lane]);
            self.lane = if lane + 1 == self.rings.lanes { 0 } else { lane + 1 };
            while cursor.filled > 0 {
                let row = self.rings.row(lane, cursor.newest);
                cursor.newest = self.rings.after(cursor.newest, self.rings.rows - 1);
                cursor.filled -= 1;
                if self.rings.links[row] != 0 {
                    self.count -= 1;
                    return Some(self.rings.observation(row));
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count, Some(self.count))
    }
}

impl ExactSizeIterator for Latest<'_> {}
