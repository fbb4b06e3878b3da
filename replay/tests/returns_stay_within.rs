//! Windows for returns over several steps end with their episode, and their rewards and discounts are those of its steps.

use freeroam_replay::{Batch, ReplayError, Stream};
use proptest::prelude::*;

use crate::boundaries_hold::scripts;
use crate::script::{Event, Script, observation};

proptest! {
    #[test]
    fn windows_are_cut_where_episodes_end((capacity, events) in scripts(), steps in 1_usize..6, discount in 0.0_f32..=1.0) {
        let mut script = Script::new(events[0].len(), capacity);
        events.iter().for_each(|step| script.step(step));
        let mut batch = Batch::with_stacks(64, 3);
        let mut stream = Stream::new(1, "replay", 0);
        if script.replay.is_empty() {
            prop_assert!(matches!(script.replay.sample_returns(&mut stream, steps, discount, &mut batch), Err(ReplayError::Empty)));
            return Ok(());
        }
        script.replay.sample_returns(&mut stream, steps, discount, &mut batch)?;
        for i in 0..batch.size {
            let place: Vec<usize> = batch.observation[3 * i..][..3].iter().map(|&number| number as usize).collect();
            let (lane, number, step) = (place[0], place[1], place[2]);
            let episode = script.episodes[lane][number];
            let length = steps.min(episode.length - step);
            prop_assert_eq!(&batch.next_observation[3 * i..][..3], &observation(lane, number, step + length));
            let stacks = [(batch.stacks(), step), (batch.next_stacks(), step + length)];
            for (frames, step) in stacks {
                prop_assert_eq!(&frames[9 * i..][..9], script.stack((lane, number, step), 3));
            }
            prop_assert_eq!(&batch.action[2 * i..][..2], &[step as f32, -1.0]);
            let reward = |ahead: usize| 100.0 * number as f32 + (step + ahead) as f32;
            let expected: f32 = (0..length).map(|ahead| discount.powi(ahead as i32) * reward(ahead)).sum();
            prop_assert!((batch.reward[i] - expected).abs() <= 1e-4 * expected.max(1.0), "{} {expected}", batch.reward[i]);
            prop_assert!((batch.discount[i] - discount.powi(length as i32)).abs() < 1e-6);
            let at_end = step + length == episode.length;
            prop_assert_eq!(batch.terminated[i] == 1.0, at_end && episode.terminated);
            prop_assert_eq!(batch.last[i] == 1.0, at_end && (episode.terminated || episode.truncated));
        }
    }
}

#[test]
fn a_counter_counts_three_steps_ahead() {
    let mut script = Script::new(1, 1000);
    (0..500).for_each(|_| script.step(&[Event::Go]));
    let mut batch = Batch::new(200);
    script.replay.sample_returns(&mut Stream::new(0, "replay", 0), 3, 0.99, &mut batch).expect("not empty");
    let inside = (0..200).filter(|i| batch.observation[3 * i + 2] < 497.0).inspect(|i| {
        assert_eq!(batch.next_observation[3 * i + 2], batch.observation[3 * i + 2] + 3.0);
        assert!((batch.discount[*i] - 0.970_299).abs() < 1e-6, "{}", batch.discount[*i]);
    });
    assert!(inside.count() > 190);
}

#[test]
fn one_step_is_the_plain_sample() {
    let mut script = Script::new(2, 100);
    (0..90).for_each(|step| script.step(&[if step % 7 == 6 { Event::Truncate } else { Event::Go }, Event::Go]));
    let (mut plain, mut one) = (Batch::new(100), Batch::new(100));
    script.replay.sample(&mut Stream::new(3, "replay", 0), &mut plain).expect("not empty");
    script.replay.sample_returns(&mut Stream::new(3, "replay", 0), 1, 0.9, &mut one).expect("not empty");
    assert_eq!(std::mem::take(&mut one.discount), [0.9; 100]);
    assert_eq!(plain, one);
    for (steps, discount, part) in [(0, 0.9, "steps of a return is 0"), (1, 1.5, "discount is 1.5")] {
        let error = script.replay.sample_returns(&mut Stream::new(3, "replay", 0), steps, discount, &mut one);
        assert!(error.expect_err("refused").to_string().contains(part));
    }
}
