//! Goals for transitions that were sampled: of a mixture, as for learning from a data set.

use freeroam_envs::Stream;

use crate::batch::Pick;
use crate::dataset::GoalMixture;
use crate::{Batch, Replay, ReplayError};

impl Replay {
    /// Draws a goal for each transition that [`sample`](Self::sample) or [`sample_returns`](Self::sample_returns) has just put
    /// into `batch`: the observation itself, a later one of its episode (so far), or one from anywhere.
    ///
    /// `batch.goal_steps` is 0 where the goal is the observation itself, and `u32::MAX` where it comes from anywhere.
    ///
    /// # Errors
    /// [`ReplayError::Empty`] if nothing was sampled, [`ReplayError::OutOfRange`] if the mixture is none.
    pub fn draw_goals(&self, mixture: GoalMixture, stream: &mut Stream, batch: &mut Batch) -> Result<(), ReplayError> {
        mixture.check()?;
        if batch.picks.is_empty() {
            return Err(ReplayError::Empty);
        }
        batch.goal_rows.clear();
        batch.goal_frame_rows.clear();
        batch.goal_steps.clear();
        for i in 0..batch.picks.len() {
            let Pick { lane, slot, row, .. } = batch.picks[i];
            let kind = stream.uniform(0.0, 1.0);
            let (goal, at, steps) = if kind < mixture.current {
                (row, (lane, slot), 0)
            } else if kind < mixture.current + mixture.future {
                let left = u32::try_from(self.rings.left(lane, slot)).unwrap_or(u32::MAX);
                let steps = mixture.law.steps(left, stream);
                let goal = self.rings.after(slot, steps as usize);
                (self.rings.row(lane, goal), (lane, goal), steps)
            } else {
                let (lane, slot) = self.draw(stream, &batch.lane_starts);
                (self.rings.row(lane, slot), (lane, slot), u32::MAX)
            };
            batch.goal_rows.push(goal);
            batch.goal_steps.push(steps);
            if self.shape().frame > 0 {
                self.rings.stack(at.0, at.1, batch.stack, &mut batch.goal_frame_rows);
            }
        }
        let width = self.shape().observation;
        batch.goal_frames.resize(batch.goal_frame_rows.len() * self.shape().frame, 0);
        self.copy_frames(&batch.goal_frame_rows, &mut batch.goal_frames);
        batch.goal.resize(batch.goal_rows.len() * width, 0.0);
        for (goal, &row) in batch.goal.chunks_exact_mut(width).zip(&batch.goal_rows) {
            goal.copy_from_slice(self.rings.observation(row));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::FutureLaw;
    use crate::{Shape, Transitions};

    /// One lane of two episodes: observations 0 to 10, then 100 to 110.
    fn replay() -> Replay {
        let mut replay = Replay::new(Shape { observation: 1, action: 1, task: 0, frame: 1 }, 1, 100).expect("fits");
        for start in [0.0, 100.0] {
            for step in 0..10_u8 {
                let at = start + f32::from(step);
                replay
                    .push(&Transitions {
                        observation: &[at],
                        action: &[0.0],
                        task: &[],
                        reward: &[0.0],
                        terminated: &[false],
                        truncated: &[step == 9],
                        next_observation: &[at + 1.0],
                        frames: &[at as u8],
                        next_frames: &[at as u8 + 1],
                        skip: &[false],
                    })
                    .expect("fits");
            }
        }
        replay
    }

    #[test]
    fn goals_are_of_the_kinds_and_shares_that_were_asked_for() {
        let (replay, mut stream, mut batch) = (replay(), Stream::new(0, "goals", 0), Batch::new(4000));
        let mixture = GoalMixture { current: 0.2, future: 0.5, law: FutureLaw::Geometric { discount: 0.9 } };
        replay.sample(&mut stream, &mut batch).expect("is filled");
        replay.draw_goals(mixture, &mut stream, &mut batch).expect("is a mixture");
        let mut counts = [0; 3];
        for ((goal, at), steps) in batch.goal.iter().zip(&batch.observation).zip(&batch.goal_steps) {
            match steps {
                0 => assert_eq!(goal, at),
                &u32::MAX => {}
                &steps => assert!(goal - at == steps as f32 && goal % 100.0 <= 10.0, "{at} to {goal}"),
            }
            counts[match steps {
                0 => 0,
                &u32::MAX => 2,
                _ => 1,
            }] += 1;
        }
        assert!(batch.goal.iter().zip(&batch.goal_frames).all(|(goal, frame)| *goal as u8 == *frame));
        assert_eq!(batch.goal.len(), batch.goal_frames.len());
        for (count, expected) in counts.into_iter().zip([800, 2000, 1200]) {
            assert!(i32::abs(count - expected) < 120, "{counts:?}");
        }
        let before = batch.goal.clone();
        replay.sample_returns(&mut stream, 3, 0.9, &mut batch).expect("is filled");
        replay.draw_goals(mixture, &mut stream, &mut batch).expect("is a mixture");
        assert_ne!(batch.goal, before, "windows have goals too");
        let none = GoalMixture { current: 0.7, future: 0.5, ..mixture };
        assert!(replay.draw_goals(none, &mut stream, &mut batch).is_err());
        assert!(matches!(replay.draw_goals(mixture, &mut stream, &mut Batch::new(4)), Err(ReplayError::Empty)));
    }
}
