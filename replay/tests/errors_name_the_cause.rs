//! Messages say what was wrong and what was expected, and a refused push stores nothing.

use freeroam_replay::{Batch, Replay, ReplayError, Shape, Stream, Transitions};

use crate::script::SHAPE;

fn message<T>(result: Result<T, ReplayError>) -> String {
    result.err().expect("it must be refused").to_string()
}

const STEP: Transitions = Transitions {
    observation: &[1.0, 2.0, 3.0],
    action: &[0.0; 2],
    task: &[0.0],
    reward: &[0.0],
    terminated: &[false],
    truncated: &[false],
    next_observation: &[4.0, 5.0, 6.0],
    frames: &[1, 2, 3],
    next_frames: &[4, 5, 6],
    skip: &[false],
};

#[test]
fn sizes() {
    assert_eq!(message(Replay::new(SHAPE, 1, 0)), "capacity is 0, expected 1 to 1073741822");
    assert!(message(Replay::new(SHAPE, 0, 10)).starts_with("lanes is 0"));
    assert!(message(Replay::new(Shape { action: 0, ..SHAPE }, 1, 10)).starts_with("shape.action is 0"));
    let wide = Shape { observation: 1 << 30, ..SHAPE };
    assert!(message(Replay::new(wide, 1 << 20, 1 << 49)).contains("does not fit in memory"));
}

#[test]
fn buffers() {
    let mut replay = Replay::new(SHAPE, 1, 10).expect("valid");
    let step = Transitions { action: &[0.0; 3], ..STEP };
    assert_eq!(message(replay.push(&step)), "buffer `action` has 3 elements, expected 2");
    let step = Transitions { skip: &[], ..STEP };
    assert_eq!(message(replay.push(&step)), "buffer `skip` has 0 elements, expected 1");
    let step = Transitions { next_frames: &[], ..STEP };
    assert_eq!(message(replay.push(&step)), "buffer `next_frames` has 0 elements, expected 3");
    assert_eq!(replay.pushed(), 0);
}

#[test]
fn broken_continuity() {
    let mut replay = Replay::new(SHAPE, 1, 10).expect("valid");
    replay.push(&STEP).expect("valid");
    let got = message(replay.push(&STEP));
    assert!(got.starts_with("observation 0 of lane 0 is 1, expected 4 from the lane's last next_observation"), "{got}");
    assert_eq!(replay.len(), 1);
    let other = Transitions { observation: STEP.next_observation, frames: &[4, 9, 6], ..STEP };
    let got = message(replay.push(&other));
    assert!(
        got.starts_with("the frame of lane 0 is another one than the lane's last next_frames, first at byte 1"),
        "{got}"
    );
    replay.close_episodes();
    replay.push(&STEP).expect("a new episode starts anywhere");
    assert_eq!(replay.len(), 2);
}

#[test]
fn sampling() {
    let mut replay = Replay::new(SHAPE, 1, 10).expect("valid");
    let (mut stream, mut batch) = (Stream::new(0, "replay", 0), Batch::new(4));
    assert!(message(replay.sample(&mut stream, &mut batch)).starts_with("cannot sample from an empty replay"));
    replay.push(&STEP).expect("valid");
    let got = message(replay.sample_segments(&mut stream, 2, &mut batch));
    assert_eq!(got, "a segment of 2 transitions does not fit: the longest stored episode has 1");
    assert_eq!(message(replay.sample_segments(&mut stream, 0, &mut batch)), "segment length is 0, expected at least 1");
    assert_eq!(
        message(replay.sample_future(&mut stream, 1.0, &mut batch)),
        "discount is 1, expected 0 <= discount < 1"
    );
    assert_eq!(message(replay.sample(&mut stream, &mut Batch::new(0))), "batch.size is 0, expected at least 1");
    let mut unstacked = Batch::with_stacks(4, 0);
    assert_eq!(message(replay.sample(&mut stream, &mut unstacked)), "batch.stack is 0, expected at least 1");
}
