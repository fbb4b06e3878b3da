//! From steps of lanes to episodes.

use super::assembly::Assembly;
use super::{Dataset, DatasetError};
use crate::transition::check_continuity;
use crate::{ReplayError, Shape, Transitions};

/// Keeps every step of some lanes, and makes a [`Dataset`] of it. It takes what a [`Replay`](crate::Replay) takes.
///
/// Episodes are in the order in which they ended, those of one step in the order of their lanes; then those that are
/// open at the end. Episodes that did not end by themselves (open at the end, or before a skipped step) are truncated
/// there. Frames are left out.
#[derive(Clone, Debug)]
pub struct Recorder {
    shape: Shape,
    ended: Assembly,
    lanes: Vec<Lane>,
}

#[derive(Clone, Debug)]
struct Lane {
    episode: Assembly,
    /// What the last transition of the open episode led to; empty if there is none.
    next: Vec<f32>,
}

impl Recorder {
    /// A recorder of `lanes` lanes.
    ///
    /// # Errors
    /// [`ReplayError::OutOfRange`] if a size is 0 (`shape.task` may be).
    pub fn new(shape: Shape, lanes: usize) -> Result<Self, ReplayError> {
        let sizes = [("shape.observation", shape.observation), ("shape.action", shape.action), ("lanes", lanes)];
        if let Some((what, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Err(ReplayError::OutOfRange { what, got: "0".to_owned(), expected: "at least 1".to_owned() });
        }
        let lane = Lane { episode: Assembly::new(shape), next: Vec::new() };
        Ok(Self { shape, ended: Assembly::new(shape), lanes: vec![lane; lanes] })
    }

    /// Keeps one step of all lanes.
    ///
    /// # Errors
    /// Those of [`Replay::push`](crate::Replay::push). Nothing is kept then.
    pub fn push(&mut self, step: &Transitions) -> Result<(), ReplayError> {
        let Shape { observation: o, action: a, task: t, .. } = self.shape;
        step.check(self.shape, self.lanes.len())?;
        for (index, lane) in self.lanes.iter().enumerate() {
            if !step.skip[index] && !lane.next.is_empty() {
                check_continuity(index, &lane.next, &step.observation[index * o..][..o])?;
            }
        }
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if !step.skip[index] {
                let flags = [step.terminated[index], step.truncated[index]];
                let (action, task) = (&step.action[index * a..][..a], &step.task[index * t..][..t]);
                let observation = &step.observation[index * o..][..o];
                lane.episode.transition(observation, action, task, step.reward[index], flags);
                lane.next.clear();
                lane.next.extend_from_slice(&step.next_observation[index * o..][..o]);
                if flags == [false; 2] {
                    continue;
                }
            }
            lane.end(&mut self.ended);
        }
        Ok(())
    }

    /// What was kept.
    #[must_use]
    pub fn finish(mut self) -> Dataset {
        for lane in &mut self.lanes {
            lane.end(&mut self.ended);
        }
        self.ended.finish()
    }
}

impl Lane {
    fn end(&mut self, ended: &mut Assembly) {
        self.episode.end(&self.next);
        self.next.clear();
        ended.append(&mut self.episode);
    }
}

impl Dataset {
    /// The episodes of `lanes` lanes that were stepped together; see [`Recorder`].
    ///
    /// # Errors
    /// Those of [`Recorder::new`] and [`Recorder::push`].
    pub fn from_rollouts<'a>(
        shape: Shape,
        lanes: usize,
        steps: impl IntoIterator<Item = Transitions<'a>>,
    ) -> Result<Self, DatasetError> {
        let mut recorder = Recorder::new(shape, lanes)?;
        for step in steps {
            recorder.push(&step)?;
        }
        Ok(recorder.finish())
    }
}
