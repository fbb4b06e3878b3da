//! Every stored transition is as likely as any other, also with lanes that hold unequal amounts.

use std::collections::BTreeMap;

use freeroam_replay::{Batch, Stream};

use crate::script::{Event, Script};

type Origin = (usize, usize, usize);

/// Pearson's statistic of `counts` against equal chances for `expected` cells, in standard deviations from its mean.
fn deviation(counts: &BTreeMap<Origin, u32>, cells: usize, draws: usize) -> f64 {
    let each = draws as f64 / cells as f64;
    let seen: f64 = counts.values().map(|&count| (f64::from(count) - each).powi(2) / each).sum();
    let statistic = seen + (cells - counts.len()) as f64 * each;
    let freedom = (cells - 1) as f64;
    (statistic - freedom) / (2.0 * freedom).sqrt()
}

fn counts(script: &Script, rounds: usize, mut fill: impl FnMut(&mut Batch) -> usize) -> (BTreeMap<Origin, u32>, usize) {
    let mut batch = Batch::new(1000);
    let mut counts = BTreeMap::new();
    for _ in 0..rounds {
        let stride = fill(&mut batch);
        for i in 0..batch.size {
            *counts.entry(script.check(&batch, i * stride)).or_default() += 1;
        }
    }
    (counts, rounds * 1000)
}

/// Lanes whose share of skipped steps is as given, filled for `steps` steps with episodes of varied length.
fn filled(skips: &[f64], capacity: usize, steps: usize) -> Script {
    let mut script = Script::new(skips.len(), capacity);
    let mut stream = Stream::new(3, "script", 0);
    for _ in 0..steps {
        let events: Vec<_> = skips
            .iter()
            .map(|&skip| match stream.uniform(0.0, 1.0) {
                u if u < skip => Event::Skip,
                u if u > 0.95 => Event::Terminate,
                u if u > 0.9 => Event::Truncate,
                _ => Event::Go,
            })
            .collect();
        script.step(&events);
    }
    script
}

fn check(script: &Script) {
    let mut stream = Stream::new(5, "replay", 0);
    let stored = script.stored();
    let (seen, draws) = counts(script, 200, |batch| {
        script.replay.sample(&mut stream, batch).expect("not empty");
        1
    });
    let z = deviation(&seen, stored.len(), draws);
    assert!(z.abs() < 4.0, "{z} standard deviations over {} transitions", stored.len());

    let (seen, draws) = counts(script, 200, |batch| {
        script.replay.sample_segments(&mut stream, 3, batch).expect("long enough");
        3
    });
    let fits = |&&(lane, number, step): &&Origin| {
        stored.contains(&(lane, number, step + 1)) && stored.contains(&(lane, number, step + 2))
    };
    let z = deviation(&seen, stored.iter().filter(fits).count(), draws);
    assert!(z.abs() < 4.0, "segments: {z} standard deviations");
}

#[test]
fn over_lanes_filled_alike() {
    check(&filled(&[0.0, 0.0, 0.0], 600, 150));
}

#[test]
fn over_full_rings() {
    check(&filled(&[0.1, 0.2, 0.0, 0.0], 400, 500));
}

#[test]
fn over_lanes_filled_unequally() {
    check(&filled(&[0.0, 0.99, 0.98, 0.9, 0.99, 0.99, 1.0, 0.97], 4000, 400));
}

#[test]
fn over_segments_that_fit_rarely() {
    let mut script = Script::new(1, 2000);
    for step in 0..1500 {
        script.step(&[if step < 1490 { Event::Terminate } else { Event::Go }]);
    }
    let mut stream = Stream::new(5, "replay", 0);
    let (seen, draws) = counts(&script, 20, |batch| {
        script.replay.sample_segments(&mut stream, 8, batch).expect("the open episode has ten");
        8
    });
    assert_eq!(seen.len(), 3);
    assert!(deviation(&seen, 3, draws).abs() < 4.0);
}

#[test]
fn goals_are_as_far_as_asked() {
    let mut script = Script::new(1, 5000);
    (0..5000).for_each(|_| script.step(&[Event::Go]));
    let mut stream = Stream::new(5, "replay", 0);
    let mut batch = Batch::new(100_000);
    script.replay.sample_future(&mut stream, 0.9, &mut batch).expect("not empty");
    for steps in 1..10_u32 {
        let share = batch.goal_steps.iter().filter(|&&s| s == steps).count() as f64 / 1e5;
        let expected = 0.1 * 0.9_f64.powi(steps as i32 - 1);
        assert!((share - expected).abs() < 0.004, "{steps}: {share}, expected {expected}");
    }
    script.replay.sample_future(&mut stream, 0.0, &mut batch).expect("not empty");
    assert!(batch.goal_steps.iter().all(|&steps| steps == 1));
    assert_eq!(batch.goal, batch.next_observation);
    script.replay.sample_future_uniform(&mut stream, &mut batch).expect("not empty");
    let share = |i: usize| f64::from(batch.goal_steps[i] - 1) / (5000.0 - f64::from(batch.observation[3 * i + 2]));
    let mean = (0..batch.size).map(share).sum::<f64>() / 1e5;
    assert!((mean - 0.5).abs() < 0.005, "{mean}");
}
