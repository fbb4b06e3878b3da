//! Samplers. All draw transitions uniformly with replacement.
//!
//! A draw picks a row uniformly and draws again where no transition starts there: at the last observation of an episode,
//! or past the end of a lane that is less full than others. The work of a draw does not grow with the replay, but rows
//! of a replay larger than the processor's caches come from memory, which is slower. Where the replay has frames, all
//! samplers give the frames of what they draw, in stacks ([`Batch::stack`]).

use freeroam_envs::Stream;

use crate::batch::Pick;
use crate::ring::{TERMINATED, TRUNCATED};
use crate::{Batch, Replay, ReplayError, Shape};

/// Refused draws per segment asked for before the segments that fit are listed instead.
const PATIENCE: usize = 64;

impl Replay {
    /// Fills `batch` with `batch.size` transitions, uniform over all stored ones.
    ///
    /// # Errors
    /// [`ReplayError::Empty`], or [`ReplayError::OutOfRange`] if `batch.size` is 0.
    pub fn sample(&self, stream: &mut Stream, batch: &mut Batch) -> Result<(), ReplayError> {
        self.begin(batch)?;
        for _ in 0..batch.size {
            let (lane, slot) = self.draw(stream, &batch.lane_starts);
            batch.picks.push(self.pick(lane, slot));
            self.pick_frames(lane, slot, batch);
        }
        self.gather(batch);
        Ok(())
    }

    /// As [`sample`](Self::sample), with windows of up to `steps` steps for returns over several steps: the reward is
    /// `sum_i discount^i r_i` over the window, the next observation, `terminated` and `last` are those of its end, and
    /// `batch.discount` is `discount^k` for a window of `k` steps. Windows end where their episode does (so far), so that none
    /// crosses into another. With `steps` 1 the draws are those of `sample`.
    ///
    /// # Errors
    /// As `sample`, and [`ReplayError::OutOfRange`] if `steps` is 0 or `discount` is not in `[0, 1]`.
    pub fn sample_returns(
        &self,
        stream: &mut Stream,
        steps: usize,
        discount: f32,
        batch: &mut Batch,
    ) -> Result<(), ReplayError> {
        if steps == 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "steps of a return", got, expected });
        }
        if !(0.0..=1.0).contains(&discount) {
            let (got, expected) = (discount.to_string(), "0 <= discount <= 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "discount", got, expected });
        }
        self.sample(stream, batch)?;
        batch.discount.resize(batch.size, discount);
        batch.discount.fill(discount);
        if steps == 1 {
            // The transitions that were sampled are the windows.
            return Ok(());
        }
        let Shape { observation: o, action: a, task: t, frame } = self.shape();
        batch.frame_rows.clear();
        for i in 0..batch.size {
            let Pick { lane, slot, .. } = batch.picks[i];
            let end = self.rings.left(lane, slot).min(steps) - 1;
            let mut last = batch.picks[i].row;
            for step in 1..=end {
                last = self.rings.row(lane, self.rings.after(slot, step));
                batch.reward[i] += batch.discount[i] * self.rings.record(last)[o + a + t];
                batch.discount[i] *= discount;
            }
            let after = self.rings.after(slot, end + 1);
            let next = self.rings.row(lane, after);
            batch.next_observation[i * o..][..o].copy_from_slice(self.rings.observation(next));
            (batch.terminated[i], batch.last[i]) = ends(self.rings.links[last]);
            if frame > 0 {
                self.rings.stack(lane, after, batch.stack, &mut batch.frame_rows);
            }
        }
        batch.next_frames.resize(batch.frame_rows.len() * frame, 0);
        self.copy_frames(&batch.frame_rows, &mut batch.next_frames);
        Ok(())
    }

    /// As [`sample`](Self::sample), with hindsight goals: the goal of a transition at step `t` is the observation at
    /// `min(t + k, F)` of its episode, where `k` in 1, 2, .. is geometric with success probability `1 - discount` and `F`
    /// is the episode's last observation (so far).
    ///
    /// # Errors
    /// As `sample`, and [`ReplayError::OutOfRange`] if `discount` is not in `[0, 1)`.
    pub fn sample_future(&self, stream: &mut Stream, discount: f32, batch: &mut Batch) -> Result<(), ReplayError> {
        if !(0.0..1.0).contains(&discount) {
            let (got, expected) = (discount.to_string(), "0 <= discount < 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "discount", got, expected });
        }
        let scale = f64::from(discount).ln().recip();
        self.sample_goals(stream, batch, |stream, left| {
            // By inversion; 1 - u is in (0, 1], and the cast saturates.
            let steps = ((1.0 - stream.uniform(0.0, 1.0)).ln() * scale) as usize;
            steps.saturating_add(1).min(left)
        })
    }

    /// As [`sample`](Self::sample), with hindsight goals that are uniform over the later observations of the episode (so
    /// far).
    ///
    /// # Errors
    /// As `sample`.
    pub fn sample_future_uniform(&self, stream: &mut Stream, batch: &mut Batch) -> Result<(), ReplayError> {
        self.sample_goals(stream, batch, |stream, left| 1 + stream.below(left))
    }

    /// `ahead` maps the transitions left in an episode, at least 1, to the goal's distance in steps.
    fn sample_goals(
        &self,
        stream: &mut Stream,
        batch: &mut Batch,
        ahead: impl Fn(&mut Stream, usize) -> usize,
    ) -> Result<(), ReplayError> {
        self.begin(batch)?;
        for _ in 0..batch.size {
            let (lane, slot) = self.draw(stream, &batch.lane_starts);
            let steps = ahead(stream, self.rings.left(lane, slot));
            let goal = self.rings.after(slot, steps);
            batch.picks.push(self.pick(lane, slot));
            batch.goal_rows.push(self.rings.row(lane, goal));
            batch.goal_steps.push(steps as u32);
            self.pick_frames(lane, slot, batch);
            if self.shape().frame > 0 {
                self.rings.stack(lane, goal, batch.stack, &mut batch.goal_frame_rows);
            }
        }
        self.gather(batch);
        Ok(())
    }

    /// Fills `batch` with `batch.size` segments of `length` consecutive transitions of one episode, uniform over all
    /// stored ones, `[size, length, ..]`.
    ///
    /// Takes a pass over the replay where less than one stored transition in 64 starts such a segment.
    ///
    /// # Errors
    /// As [`sample`](Self::sample), [`ReplayError::OutOfRange`] if `length` is 0, and [`ReplayError::NoSegment`] if no
    /// stored episode is that long.
    pub fn sample_segments(&self, stream: &mut Stream, length: usize, batch: &mut Batch) -> Result<(), ReplayError> {
        if length == 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "segment length", got, expected });
        }
        self.begin(batch)?;
        batch.length = length;
        let mut patience = PATIENCE * batch.size;
        let mut starts = Vec::new();
        for _ in 0..batch.size {
            let (lane, slot) = loop {
                if patience == 0 {
                    if starts.is_empty() {
                        starts = self.segment_starts(length)?;
                    }
                    break starts[stream.below(starts.len())];
                }
                let (lane, slot) = self.draw(stream, &batch.lane_starts);
                if self.rings.left(lane, slot) >= length {
                    break (lane, slot);
                }
                patience -= 1;
            };
            batch.picks.extend((0..length).map(|step| self.pick(lane, self.rings.after(slot, step))));
            self.pick_frames(lane, slot, batch);
        }
        self.gather(batch);
        Ok(())
    }

    /// All lanes and slots where a segment starts.
    fn segment_starts(&self, length: usize) -> Result<Vec<(usize, usize)>, ReplayError> {
        let mut longest = 0;
        let mut starts = Vec::new();
        for (lane, head) in self.rings.heads.iter().enumerate() {
            for slot in 0..head.filled {
                let left = self.rings.left(lane, slot);
                longest = longest.max(left);
                if left >= length {
                    starts.push((lane, slot));
                }
            }
        }
        if starts.is_empty() { Err(ReplayError::NoSegment { length, longest }) } else { Ok(starts) }
    }

    fn begin(&self, batch: &mut Batch) -> Result<(), ReplayError> {
        if self.is_empty() {
            return Err(ReplayError::Empty);
        }
        if batch.size == 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "batch.size", got, expected });
        }
        if batch.stack == 0 && self.shape().frame > 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "batch.stack", got, expected });
        }
        batch.length = 1;
        batch.picks.clear();
        batch.frame_rows.clear();
        batch.goal_frame_rows.clear();
        batch.goal_rows.clear();
        batch.goal_steps.clear();
        batch.next_frames.clear();
        batch.discount.clear();
        batch.lane_starts.clear();
        // With lanes filled about alike, draws from the rectangle of lanes and slots are seldom refused. Otherwise rows
        // are counted through, so that at least one row in three starts a transition.
        if self.len() * 4 < self.rings.lanes * self.rings.fullest {
            let mut start = 0;
            batch.lane_starts.extend(self.rings.heads.iter().map(|head| {
                start += head.filled;
                start - head.filled
            }));
            batch.lane_starts.push(start);
        }
        Ok(())
    }

    /// A lane and a slot where a transition starts.
    pub(crate) fn draw(&self, stream: &mut Stream, lane_starts: &[usize]) -> (usize, usize) {
        loop {
            let (lane, slot) = if let Some(&rows) = lane_starts.last() {
                let row = stream.below(rows);
                let lane = lane_starts.partition_point(|&start| start <= row) - 1;
                (lane, row - lane_starts[lane])
            } else {
                let row = stream.below(self.rings.lanes * self.rings.fullest);
                (row / self.rings.fullest, row % self.rings.fullest)
            };
            if self.rings.links[self.rings.row(lane, slot)] != 0 {
                return (lane, slot);
            }
        }
    }

    fn pick(&self, lane: usize, slot: usize) -> Pick {
        let next = self.rings.row(lane, self.rings.after(slot, 1));
        Pick { lane, slot, row: self.rings.row(lane, slot), next }
    }

    /// Picks the frames of a segment that starts at a slot and has the length of the batch.
    fn pick_frames(&self, lane: usize, slot: usize, batch: &mut Batch) {
        if self.shape().frame > 0 {
            self.rings.stack(lane, slot, batch.stack, &mut batch.frame_rows);
            batch.frame_rows.extend((1..=batch.length).map(|step| self.rings.row(lane, self.rings.after(slot, step))));
        }
    }

    /// Copies the picked rows to the columns of the batch.
    fn gather(&self, batch: &mut Batch) {
        let Shape { observation: o, action: a, task: t, .. } = self.shape();
        batch.resize(self.shape());
        for (i, pick) in batch.picks.iter().enumerate() {
            let record = self.rings.record(pick.row);
            batch.observation[i * o..][..o].copy_from_slice(&record[..o]);
            batch.action[i * a..][..a].copy_from_slice(&record[o..][..a]);
            batch.task[i * t..][..t].copy_from_slice(&record[o + a..][..t]);
            batch.reward[i] = record[o + a + t];
            let link = self.rings.links[pick.row];
            (batch.terminated[i], batch.last[i]) = ends(link);
            batch.next_observation[i * o..][..o].copy_from_slice(self.rings.observation(pick.next));
        }
        for (i, &row) in batch.goal_rows.iter().enumerate() {
            batch.goal[i * o..][..o].copy_from_slice(self.rings.observation(row));
        }
        self.copy_frames(&batch.frame_rows, &mut batch.frames);
        self.copy_frames(&batch.goal_frame_rows, &mut batch.goal_frames);
    }

    /// Copies the frames of `rows` to `frames`, `[rows, frame]`.
    pub(crate) fn copy_frames(&self, rows: &[usize], frames: &mut [u8]) {
        let bytes = self.shape().frame;
        for (i, &row) in rows.iter().enumerate() {
            frames[i * bytes..][..bytes].copy_from_slice(self.rings.frame(row));
        }
    }
}

/// Whether a transition with this link ended its episode by the task's own rule, and at all; 1 or 0.
fn ends(link: u32) -> (f32, f32) {
    let flag = |bits: u32| if link & bits != 0 { 1.0 } else { 0.0 };
    (flag(TERMINATED), flag(TERMINATED | TRUNCATED))
}
