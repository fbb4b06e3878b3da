//! From replays to data sets and back.

use super::assembly::Assembly;
use super::{Columns, Dataset, DatasetError, TASKS};
use crate::ring::{TERMINATED, TRUNCATED};
use crate::{Replay, Shape, Transitions};

impl Dataset {
    /// Every transition that a replay holds, lane by lane, oldest first; tasks are the extra column
    /// [`TASKS`](super::TASKS).
    ///
    /// An episode whose end the replay does not know (still open, closed from outside, or before a skipped step) is
    /// truncated at its last transition. The oldest episode of a lane that has forgotten transitions may lack its first
    /// ones: it then starts in the midst of what was an episode. Frames are left out.
    #[must_use]
    pub fn from_replay(replay: &Replay) -> Self {
        let Shape { observation: o, action: a, task: t, .. } = replay.shape();
        let rings = &replay.rings;
        let mut rows = Assembly::new(replay.shape());
        for (lane, head) in rings.heads.iter().enumerate() {
            for back in (0..head.filled).rev() {
                let slot = rings.after(head.newest, if back == 0 { 0 } else { rings.rows - back });
                let row = rings.row(lane, slot);
                let link = rings.links[row];
                if link == 0 {
                    // Of an episode that the ring has otherwise forgotten, nothing is open here.
                    rows.end(rings.observation(row));
                    continue;
                }
                let record = rings.record(row);
                let flags = [link & TERMINATED != 0, link & TRUNCATED != 0];
                rows.transition(&record[..o], &record[o..][..a], &record[o + a..][..t], record[o + a + t], flags);
            }
        }
        rows.finish()
    }

    /// A replay of one lane that holds exactly the transitions of this data set. Sampled from, they are as those of the
    /// source; rewards are 0 where there are none.
    ///
    /// # Errors
    /// [`DatasetError::Replay`] if there are too many rows for a replay, or for memory.
    pub fn to_replay(&self) -> Result<Replay, DatasetError> {
        let Columns { observations, actions, terminated, truncated, extras, .. } = self.columns();
        let task = extras.get(TASKS).map_or(0, |tasks| tasks.width);
        // A flag in the midst of an episode ends it for the replay, which takes a row for the final observation.
        let flags = terminated.iter().zip(truncated).filter(|(terminated, truncated)| **terminated || **truncated);
        let capacity = (self.rows() + flags.count()).max(2) - 1;
        let shape = Shape { observation: observations.width, action: actions.width, task, frame: 0 };
        let mut replay = Replay::new(shape, 1, capacity)?;
        self.fill(&mut replay)?;
        Ok(replay)
    }

    /// Pushes all transitions into a replay, the episodes dealt to its lanes as these come free. Rewards are 0 where
    /// there are none. Open episodes of the replay are closed before and after.
    ///
    /// # Errors
    /// [`DatasetError::Column`] if the widths of observations, actions or tasks are not those of the replay, or if it has
    /// frames.
    pub fn fill(&self, replay: &mut Replay) -> Result<(), DatasetError> {
        let shape @ Shape { observation: o, action: a, task: t, frame } = replay.shape();
        let Columns { observations, actions, rewards, terminated, truncated, extras, .. } = self.columns();
        let tasks = extras.get(TASKS);
        let widths = [
            ("observations", observations.width, o),
            ("actions", actions.width, a),
            (TASKS, tasks.map_or(0, |tasks| tasks.width), t),
        ];
        if let Some((column, got, expected)) = widths.into_iter().find(|(_, got, expected)| got != expected) {
            let (got, expected) = (format!("{got} numbers in a row"), format!("{expected}, as in the replay"));
            return Err(DatasetError::Column { column: column.to_owned(), got, expected });
        }
        if frame > 0 {
            let (got, expected) = ("none".to_owned(), format!("{frame} bytes in a row, as in the replay"));
            return Err(DatasetError::Column { column: "frames".to_owned(), got, expected });
        }
        let mut step = Step::new(shape, replay.lanes());
        let mut lanes: Vec<Option<Cursor>> = vec![None; replay.lanes()];
        let mut episodes = (0..self.episodes()).map(|index| self.episode(index)).filter(|rows| rows.len() > 1);
        replay.close_episodes();
        loop {
            for (lane, cursor) in lanes.iter_mut().enumerate() {
                let next = || episodes.next().map(|rows| Cursor { row: rows.start, last: rows.end - 1 });
                let Some(Cursor { row, last }) = cursor.take().or_else(next) else {
                    step.skip[lane] = true;
                    continue;
                };
                // An episode without an end of its own stays for one more step, which is skipped and closes it.
                step.skip[lane] = row == last;
                if row < last {
                    step.observation[lane * o..][..o].copy_from_slice(observations.row(row));
                    step.next_observation[lane * o..][..o].copy_from_slice(observations.row(row + 1));
                    step.action[lane * a..][..a].copy_from_slice(actions.row(row));
                    if let Some(tasks) = tasks {
                        step.task[lane * t..][..t].copy_from_slice(tasks.row(row));
                    }
                    step.reward[lane] = rewards.as_ref().map_or(0.0, |rewards| rewards[row]);
                    (step.terminated[lane], step.truncated[lane]) = (terminated[row], truncated[row]);
                    let ends = row + 1 == last && (terminated[row] || truncated[row]);
                    *cursor = (!ends).then_some(Cursor { row: row + 1, last });
                }
            }
            if step.skip.iter().all(|&skip| skip) && lanes.iter().all(Option::is_none) {
                replay.close_episodes();
                return Ok(());
            }
            replay.push(&step.transitions())?;
        }
    }
}

/// The next row of an episode to push, and its row without a transition.
#[derive(Clone, Copy)]
struct Cursor {
    row: usize,
    last: usize,
}

/// Buffers for one step of all lanes.
struct Step {
    observation: Vec<f32>,
    action: Vec<f32>,
    task: Vec<f32>,
    reward: Vec<f32>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    next_observation: Vec<f32>,
    skip: Vec<bool>,
}

impl Step {
    fn new(shape: Shape, lanes: usize) -> Self {
        Self {
            observation: vec![0.0; lanes * shape.observation],
            action: vec![0.0; lanes * shape.action],
            task: vec![0.0; lanes * shape.task],
            reward: vec![0.0; lanes],
            terminated: vec![false; lanes],
            truncated: vec![false; lanes],
            next_observation: vec![0.0; lanes * shape.observation],
            skip: vec![false; lanes],
        }
    }

    fn transitions(&self) -> Transitions<'_> {
        Transitions {
            observation: &self.observation,
            action: &self.action,
            task: &self.task,
            reward: &self.reward,
            terminated: &self.terminated,
            truncated: &self.truncated,
            next_observation: &self.next_observation,
            frames: &[],
            next_frames: &[],
            skip: &self.skip,
        }
    }
}
