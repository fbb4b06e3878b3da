//! Storage: one ring of rows per lane, all rings in one allocation.
//!
//! A row is one contiguous record `[observation | action | task | reward]`; the next observation of a transition is the
//! observation of the next row, so a sampled transition touches two neighbouring records. An episode of `n` transitions
//! takes `n + 1` rows; its newest row holds an observation and no action.
//!
//! ```text
//! lane 3:   s5 a5 ─► s6 a6 ─► s7 ·  │ s0 a0 ─► s1 a1 ─► s2 ·  │ (oldest) s3 a3 ─► s4 a4 ─► (s5)
//! links:      2        1       0    │  OPEN     OPEN     0    │            4        3
//!           └ closed episode ┘        └ open episode ┘
//! ```
//!
//! Frames have a column of their own, a row for each record, so that records stay close together.
//!
//! Memory is laid out `[block][lane][row of block]`: neighbouring rows of a lane are neighbours in memory, and a ring
//! that is filled to a part has touched about that part of the (zeroed, hence lazily backed) allocation only.

use crate::column::Column;
use crate::{ReplayError, Shape};

/// Low bits of a link: transitions from this row to the end of its episode; 0 where no transition starts.
const LEFT: u32 = (1 << 30) - 1;
/// The episode has not ended, so what is left follows from the lane's newest row.
const OPEN: u32 = LEFT;
/// The transition that starts here ended its episode by the task's own rule.
pub(crate) const TERMINATED: u32 = 1 << 30;
/// The transition that starts here ended its episode by the time limit.
pub(crate) const TRUNCATED: u32 = 1 << 31;
/// Most rows of a block.
const BLOCK: usize = 64;

/// The state of a lane's ring.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Head {
    /// Rows that hold something.
    pub(crate) filled: usize,
    /// Slot of the newest row.
    pub(crate) newest: usize,
    /// Stored transitions of the open episode; 0 if there is none.
    pub(crate) open: usize,
}

/// What a transition leads to.
pub(crate) struct Next<'a> {
    pub(crate) observation: &'a [f32],
    pub(crate) frame: &'a [u8],
}

#[derive(Debug)]
pub(crate) struct Rings {
    pub(crate) shape: Shape,
    pub(crate) lanes: usize,
    /// Rows of a lane.
    pub(crate) rows: usize,
    /// Sampleable transitions of all lanes.
    pub(crate) len: usize,
    /// Rows of the fullest lane.
    pub(crate) fullest: usize,
    pub(crate) heads: Vec<Head>,
    pub(crate) links: Column<u32>,
    pub(crate) records: Column<f32>,
    /// `[row, frame]`; empty if there are none.
    pub(crate) frames: Column<u8>,
    /// Numbers of a record.
    pub(crate) width: usize,
    /// Logarithm of a block's rows.
    shift: u32,
}

impl Rings {
    pub(crate) fn new(shape: Shape, lanes: usize, rows: usize) -> Result<Self, ReplayError> {
        let width = shape.observation + shape.action + shape.task + 1;
        let block = rows.next_power_of_two().min(BLOCK);
        let all = rows.next_multiple_of(block).checked_mul(lanes);
        let memory =
            || ReplayError::Memory { rows: rows.saturating_mul(lanes), row_bytes: 4 * width + 4 + shape.frame };
        let sizes = all.and_then(|all| Some((all.checked_mul(width)?, all.checked_mul(shape.frame)?)));
        let (numbers, bytes) = sizes.ok_or_else(memory)?;
        Ok(Self {
            shape,
            lanes,
            rows,
            len: 0,
            fullest: 0,
            heads: vec![Head::default(); lanes],
            links: Column::zeroed(numbers / width).ok_or_else(memory)?,
            records: Column::zeroed(numbers).ok_or_else(memory)?,
            frames: Column::zeroed(bytes).ok_or_else(memory)?,
            width,
            shift: block.trailing_zeros(),
        })
    }

    /// Where a lane's slot lies in `links`, and in units of `width` in `records`.
    pub(crate) fn row(&self, lane: usize, slot: usize) -> usize {
        let within = slot & ((1 << self.shift) - 1);
        ((((slot >> self.shift) * self.lanes) + lane) << self.shift) + within
    }

    /// The slot `steps` after `slot`; `steps` is at most `rows`.
    pub(crate) fn after(&self, slot: usize, steps: usize) -> usize {
        let slot = slot + steps;
        if slot >= self.rows { slot - self.rows } else { slot }
    }

    /// Transitions from a slot to the end of its episode so far; 0 where no transition starts.
    pub(crate) fn left(&self, lane: usize, slot: usize) -> usize {
        match self.links[self.row(lane, slot)] & LEFT {
            OPEN => {
                let newest = self.heads[lane].newest;
                if newest >= slot { newest - slot } else { newest + self.rows - slot }
            }
            left => left as usize,
        }
    }

    pub(crate) fn record(&self, row: usize) -> &[f32] {
        &self.records[row * self.width..][..self.width]
    }

    pub(crate) fn observation(&self, row: usize) -> &[f32] {
        &self.records[row * self.width..][..self.shape.observation]
    }

    pub(crate) fn frame(&self, row: usize) -> &[u8] {
        &self.frames[row * self.shape.frame..][..self.shape.frame]
    }

    /// Adds the rows of a stack of `count` frames to `rows`, that of `slot` last. Where the episode has begun fewer slots
    /// before, as far as the lane still knows, its first frame is repeated.
    pub(crate) fn stack(&self, lane: usize, slot: usize, count: usize, rows: &mut Vec<usize>) {
        let before = |back: usize| self.row(lane, self.after(slot, self.rows - back));
        // The row before an episode's first, or before the lane's oldest, starts no transition.
        let kept = (1..count.min(self.rows)).take_while(|&back| self.links[before(back)] != 0).count();
        rows.extend((0..count).rev().map(|back| before(back.min(kept))));
    }

    /// Writes an observation and its frame to a lane's next row, over the oldest row where the ring is full.
    pub(crate) fn append(&mut self, lane: usize, observation: &[f32], frame: &[u8]) {
        let mut head = self.heads[lane];
        head.newest = if head.filled == 0 { 0 } else { self.after(head.newest, 1) };
        let row = self.row(lane, head.newest);
        if head.filled < self.rows {
            head.filled += 1;
            self.fullest = self.fullest.max(head.filled);
        }
        self.len -= usize::from(self.links[row] != 0);
        self.links[row] = 0;
        self.records[row * self.width..][..observation.len()].copy_from_slice(observation);
        self.frames[row * self.shape.frame..][..frame.len()].copy_from_slice(frame);
        self.heads[lane] = head;
    }

    /// Turns a lane's newest row into a transition to the observation and frame of `next`. The row must hold those of the
    /// transition.
    pub(crate) fn extend(&mut self, lane: usize, [action, task]: [&[f32]; 2], reward: f32, flags: u32, next: Next<'_>) {
        let row = self.row(lane, self.heads[lane].newest);
        let rest = &mut self.records[row * self.width..][self.shape.observation..self.width];
        rest[..action.len()].copy_from_slice(action);
        rest[action.len()..][..task.len()].copy_from_slice(task);
        rest[action.len() + task.len()] = reward;
        self.links[row] = flags | OPEN;
        self.len += 1;
        self.append(lane, next.observation, next.frame);
        let head = &mut self.heads[lane];
        head.open = (head.open + 1).min(self.rows - 1);
    }

    /// Ends a lane's open episode, if any, at its newest row.
    pub(crate) fn close(&mut self, lane: usize) {
        let Head { newest, open, .. } = self.heads[lane];
        for left in 1..=open {
            let row = self.row(lane, self.after(newest, self.rows - left));
            self.links[row] = (self.links[row] & !LEFT) | left as u32;
        }
        self.heads[lane].open = 0;
    }

    /// Ranges of rows that hold something, in memory order, as long as they can be.
    pub(crate) fn spans(&self) -> Vec<std::ops::Range<usize>> {
        let block = 1 << self.shift;
        let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
        for first in (0..self.fullest).step_by(block) {
            for (lane, head) in self.heads.iter().enumerate() {
                let start = self.row(lane, first);
                let end = start + head.filled.saturating_sub(first).min(block);
                match spans.last_mut() {
                    Some(span) if span.end == start => span.end = end,
                    _ if end > start => spans.push(start..end),
                    _ => {}
                }
            }
        }
        spans
    }

    /// Checks what `append`, `extend` and `close` keep true, and counts the transitions.
    pub(crate) fn check(&self) -> Result<usize, String> {
        let mut len = 0;
        for (lane, head) in self.heads.iter().enumerate() {
            let newest = if head.filled < self.rows { head.filled.saturating_sub(1) } else { head.newest };
            if head.filled > self.rows || head.newest != newest || newest >= self.rows || head.open >= self.rows.max(1)
            {
                return Err(format!("lane {lane} has an impossible state {head:?} for {} rows", self.rows));
            }
            let mut behind = 0;
            for back in 0..head.filled {
                let slot = self.after(newest, if back == 0 { 0 } else { self.rows - back });
                let link = self.links[self.row(lane, slot)];
                let open = (1..=head.open).contains(&back);
                let expected = if open { OPEN } else { behind + 1 };
                let ends = link & !LEFT != 0;
                let fits = match link & LEFT {
                    0 => !open && !ends && (back == 0 || behind != 0),
                    left => back != 0 && left == expected && (!ends || (behind == 0 && !open)),
                };
                if !fits {
                    return Err(format!(
                        "row {slot} of lane {lane} is linked by {link:#x}, which does not fit its neighbours"
                    ));
                }
                behind = if open { back as u32 } else { link & LEFT };
                len += usize::from(link != 0);
            }
        }
        Ok(len)
    }
}
