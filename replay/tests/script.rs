//! Episodes whose every number tells its lane, episode and step, so that a sample can be checked against its origin.

use freeroam_replay::{Replay, Shape, Transitions};

pub(crate) const SHAPE: Shape = Shape { observation: 3, action: 2, task: 1, frame: 3 };

/// Drives a replay and knows what was pushed.
pub(crate) struct Script {
    pub(crate) replay: Replay,
    /// Per lane, the episodes stored so far as (number of transitions, terminated, truncated), the open one last.
    pub(crate) episodes: Vec<Vec<Episode>>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Episode {
    pub(crate) length: usize,
    pub(crate) terminated: bool,
    pub(crate) truncated: bool,
    pub(crate) closed: bool,
}

/// What happens to a lane in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event {
    Go,
    Terminate,
    Truncate,
    Skip,
}

pub(crate) fn observation(lane: usize, episode: usize, step: usize) -> [f32; 3] {
    [lane as f32, episode as f32, step as f32]
}

/// The frame of the same moment.
pub(crate) fn frame(lane: usize, episode: usize, step: usize) -> [u8; 3] {
    [lane, episode, step].map(|number| number as u8)
}

impl Script {
    pub(crate) fn new(lanes: usize, capacity: usize) -> Self {
        let replay = Replay::new(SHAPE, lanes, capacity).expect("sizes are positive");
        Self { replay, episodes: vec![Vec::new(); lanes] }
    }

    pub(crate) fn step(&mut self, events: &[Event]) {
        self.step_into(events, |_| {});
    }

    /// A step whose transitions also go elsewhere.
    pub(crate) fn step_into(&mut self, events: &[Event], mut also: impl FnMut(&Transitions)) {
        let (mut observations, mut next, mut action, mut task, mut reward) = (vec![], vec![], vec![], vec![], vec![]);
        let (mut frames, mut next_frames) = (vec![], vec![]);
        let flag = |wanted| events.iter().map(|&event| event == wanted).collect::<Vec<bool>>();
        for (lane, &event) in events.iter().enumerate() {
            let episodes = &mut self.episodes[lane];
            if event == Event::Skip {
                if let Some(episode) = episodes.last_mut() {
                    episode.closed = true;
                }
                observations.extend([f32::NAN; 3]);
                next.extend([f32::NAN; 3]);
                frames.extend([255; 3]);
                next_frames.extend([255; 3]);
                action.extend([f32::NAN; 2]);
                task.push(f32::NAN);
                reward.push(f32::NAN);
                continue;
            }
            if episodes.last().is_none_or(|episode| episode.closed) {
                episodes.push(Episode::default());
            }
            let number = episodes.len() - 1;
            let episode = &mut episodes[number];
            observations.extend(observation(lane, number, episode.length));
            next.extend(observation(lane, number, episode.length + 1));
            frames.extend(frame(lane, number, episode.length));
            next_frames.extend(frame(lane, number, episode.length + 1));
            action.extend([episode.length as f32, -1.0]);
            task.push(number as f32);
            reward.push(100.0 * number as f32 + episode.length as f32);
            episode.length += 1;
            episode.terminated = event == Event::Terminate;
            episode.truncated = event == Event::Truncate;
            episode.closed = event != Event::Go;
        }
        let step = Transitions {
            observation: &observations,
            action: &action,
            task: &task,
            reward: &reward,
            terminated: &flag(Event::Terminate),
            truncated: &flag(Event::Truncate),
            next_observation: &next,
            frames: &frames,
            next_frames: &next_frames,
            skip: &flag(Event::Skip),
        };
        also(&step);
        self.replay.push(&step).expect("the script is continuous");
    }

    /// The (lane, episode, step) of the transitions that must still be stored.
    pub(crate) fn stored(&self) -> Vec<(usize, usize, usize)> {
        let rows = self.replay.capacity() / self.replay.lanes() + 1;
        let mut stored = Vec::new();
        for (lane, episodes) in self.episodes.iter().enumerate() {
            let all: Vec<_> = (0..episodes.len())
                .flat_map(|number| (0..=episodes[number].length).map(move |step| (lane, number, step)))
                .collect();
            let kept = &all[all.len().saturating_sub(rows)..];
            stored.extend(kept.iter().filter(|&&(_, number, step)| step < episodes[number].length));
        }
        stored
    }

    /// The stack of frames of an observation: the first of its episode that is still there is repeated.
    pub(crate) fn stack(&self, (lane, number, step): (usize, usize, usize), count: usize) -> Vec<u8> {
        let (rows, episodes) = (self.replay.capacity() / self.replay.lanes() + 1, &self.episodes[lane]);
        let observations = |episodes: &[Episode]| episodes.iter().map(|episode| episode.length + 1).sum::<usize>();
        let forgotten = observations(episodes).saturating_sub(rows);
        let first = forgotten.saturating_sub(observations(&episodes[..number]));
        (0..count).rev().flat_map(|back| frame(lane, number, first.max(step.saturating_sub(back)))).collect()
    }

    /// Checks transition `i` of a batch's columns against the script and returns its origin.
    pub(crate) fn check(&self, batch: &freeroam_replay::Batch, i: usize) -> (usize, usize, usize) {
        let row = |column: &[f32], width: usize| column[i * width..][..width].to_vec();
        let observed = row(&batch.observation, 3);
        let (lane, number, step) = (observed[0] as usize, observed[1] as usize, observed[2] as usize);
        let episode = self.episodes[lane][number];
        assert!(step < episode.length, "step {step} of {episode:?}");
        assert_eq!(observed, observation(lane, number, step));
        assert_eq!(row(&batch.next_observation, 3), observation(lane, number, step + 1));
        assert_eq!(row(&batch.action, 2), [step as f32, -1.0]);
        assert_eq!(row(&batch.task, 1), [number as f32]);
        if !batch.frames.is_empty() {
            let (segment, at) = (i / batch.length, i % batch.length);
            for ahead in [0, 1] {
                let expected = self.stack((lane, number, step + ahead), batch.stack);
                assert_eq!(batch.frame_stack(segment, at + ahead), expected, "{:?}", (lane, number, step, ahead));
            }
        }
        assert_eq!(batch.reward[i], 100.0 * number as f32 + step as f32);
        let at_end = step + 1 == episode.length;
        assert_eq!(batch.terminated[i] == 1.0, at_end && episode.terminated);
        assert_eq!(batch.last[i] == 1.0, at_end && (episode.terminated || episode.truncated));
        (lane, number, step)
    }
}
