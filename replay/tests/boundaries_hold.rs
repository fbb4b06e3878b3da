//! Whatever the lengths of episodes, skips and wraps of the rings: samples are exactly the transitions that a plain list
//! of episodes would still hold, and goals and segments stay within their episode.

use std::collections::BTreeSet;

use freeroam_replay::{Batch, ReplayError, Stream};
use proptest::prelude::*;

use crate::script::{Event, Script, observation};

fn events(lanes: usize) -> impl Strategy<Value = Vec<Vec<Event>>> {
    let event = prop_oneof![
        8 => Just(Event::Go),
        1 => Just(Event::Terminate),
        1 => Just(Event::Truncate),
        1 => Just(Event::Skip),
    ];
    prop::collection::vec(prop::collection::vec(event, lanes), 1..120)
}

pub(crate) fn scripts() -> impl Strategy<Value = (usize, Vec<Vec<Event>>)> {
    (1_usize..5).prop_flat_map(|lanes| (1_usize..200, events(lanes)))
}

proptest! {
    #[test]
    fn samples_agree_with_a_list_of_episodes((capacity, steps) in scripts(), length in 1_usize..8, stack in 1_usize..5) {
        let lanes = steps[0].len();
        let mut script = Script::new(lanes, capacity);
        let mut stream = Stream::new(1, "replay", 0);
        let mut batch = Batch::with_stacks(64, stack);
        for step in &steps {
            script.step(step);
            let stored: BTreeSet<_> = script.stored().into_iter().collect();
            prop_assert_eq!(script.replay.len(), stored.len());
            prop_assert!(script.replay.len() <= script.replay.capacity());
            if stored.is_empty() {
                prop_assert!(matches!(script.replay.sample(&mut stream, &mut batch), Err(ReplayError::Empty)));
                continue;
            }
            script.replay.sample(&mut stream, &mut batch)?;
            for i in 0..batch.size {
                prop_assert!(stored.contains(&script.check(&batch, i)));
            }
            check_goals(&script, &mut stream, &mut batch)?;
            check_segments(&script, &mut stream, length, &mut batch)?;
        }
        let latest: BTreeSet<_> = script.replay.latest(usize::MAX).map(|o| o.iter().map(|&v| v as usize).collect::<Vec<_>>()).collect();
        let stored: BTreeSet<_> = script.stored().into_iter().map(|(lane, number, step)| vec![lane, number, step]).collect();
        prop_assert_eq!(latest, stored);
    }
}

fn check_goals(script: &Script, stream: &mut Stream, batch: &mut Batch) -> Result<(), TestCaseError> {
    for uniform in [false, true] {
        if uniform {
            script.replay.sample_future_uniform(stream, batch)?;
        } else {
            script.replay.sample_future(stream, 0.8, batch)?;
        }
        for i in 0..batch.size {
            let (lane, number, step) = script.check(batch, i);
            let goal = step + batch.goal_steps[i] as usize;
            prop_assert!(goal > step && goal <= script.episodes[lane][number].length);
            prop_assert_eq!(&batch.goal[3 * i..][..3], &observation(lane, number, goal));
            let frames = &batch.goal_frames[3 * batch.stack * i..][..3 * batch.stack];
            prop_assert_eq!(frames, script.stack((lane, number, goal), batch.stack));
        }
    }
    Ok(())
}

fn check_segments(script: &Script, stream: &mut Stream, length: usize, batch: &mut Batch) -> Result<(), TestCaseError> {
    let stored: BTreeSet<_> = script.stored().into_iter().collect();
    let fits =
        |&(lane, number, step): &(usize, usize, usize)| (0..length).all(|k| stored.contains(&(lane, number, step + k)));
    match script.replay.sample_segments(stream, length, batch) {
        Ok(()) => {
            prop_assert_eq!((batch.length, batch.reward.len()), (length, length * batch.size));
            prop_assert_eq!(batch.frames.len(), batch.size * (batch.stack + length) * 3);
            for i in 0..batch.size {
                let (lane, number, step) = script.check(batch, i * length);
                for k in 0..length {
                    prop_assert_eq!(script.check(batch, i * length + k), (lane, number, step + k));
                }
            }
        }
        Err(ReplayError::NoSegment { longest, .. }) => {
            prop_assert!(longest < length && !stored.iter().any(fits));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[test]
fn the_tail_of_a_partly_overwritten_episode_remains() {
    let mut script = Script::new(1, 10);
    for step in 0..7 {
        script.step(&[if step == 6 { Event::Terminate } else { Event::Go }]);
    }
    (0..5).for_each(|_| script.step(&[Event::Go]));
    // Eleven rows: six of the open episode, then the last five of the first one's eight.
    let stored = script.stored();
    assert_eq!(stored[..4], [(0, 0, 3), (0, 0, 4), (0, 0, 5), (0, 0, 6)]);
    let mut batch = Batch::new(500);
    script
        .replay
        .sample_segments(&mut Stream::new(0, "replay", 0), 4, &mut batch)
        .expect("both episodes are long enough");
    let starts: BTreeSet<_> = (0..batch.size).map(|i| script.check(&batch, 4 * i)).collect();
    assert_eq!(starts.into_iter().collect::<Vec<_>>(), [(0, 0, 3), (0, 1, 0), (0, 1, 1)]);
}

#[test]
fn stacks_end_where_episodes_begin_and_every_frame_is_there_once() {
    let mut script = Script::new(1, 20);
    for step in 0..6 {
        script.step(&[if step == 2 { Event::Truncate } else { Event::Go }]);
    }
    let mut batch = Batch::with_stacks(200, 3);
    script.replay.sample_segments(&mut Stream::new(0, "replay", 0), 2, &mut batch).expect("long enough");
    assert_eq!(batch.frames.len(), 200 * (3 + 2) * 3, "five frames for three observations with stacks of three");
    let steps = |i: usize, step: usize| batch.frame_stack(i, step).chunks(3).map(|frame| frame[2]).collect::<Vec<_>>();
    let starts: Vec<_> = (0..200).map(|i| script.check(&batch, 2 * i)).collect();
    let first = starts.iter().position(|&start| start == (0, 1, 0)).expect("drawn");
    assert_eq!([0, 1, 2].map(|step| steps(first, step)), [[0, 0, 0], [0, 0, 1], [0, 1, 2]]);
    let later = starts.iter().position(|&start| start == (0, 0, 1)).expect("drawn");
    assert_eq!([0, 1, 2].map(|step| steps(later, step)), [[0, 0, 1], [0, 1, 2], [1, 2, 3]]);
}

#[test]
fn closing_from_outside_starts_new_episodes() {
    let mut script = Script::new(2, 10);
    script.step(&[Event::Go, Event::Go]);
    script.replay.close_episodes();
    for episodes in &mut script.episodes {
        episodes[0].closed = true;
    }
    script.step(&[Event::Go, Event::Go]);
    assert_eq!(script.replay.len(), 4);
    assert_eq!(script.replay.latest(2).collect::<Vec<_>>(), [[0.0, 1.0, 0.0], [1.0, 1.0, 0.0]]);
}
