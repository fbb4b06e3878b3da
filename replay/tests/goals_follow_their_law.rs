//! Goals of sampled transitions lie where their law says; views of a data set have the same transitions.

use freeroam_replay::dataset::{Columns, Dataset, FutureLaw, GoalBatch, GoalMixture, GoalSampler, Rows};
use freeroam_replay::{ReplayError, Stream};
use proptest::prelude::*;

use crate::trajectories::datasets;

/// Episodes of these numbers of transitions; observations are (episode, step), actions the step.
fn counted(lengths: &[usize]) -> Dataset {
    let (mut observations, mut actions, mut starts) = (vec![], vec![], vec![]);
    for (episode, &length) in lengths.iter().enumerate() {
        starts.push(actions.len());
        for step in 0..=length {
            observations.extend([episode as f32, step as f32]);
            actions.push(step as f32);
        }
    }
    let rows = actions.len();
    Dataset::new(Columns {
        observations: Rows { width: 2, values: observations },
        actions: Rows { width: 1, values: actions },
        rewards: None,
        terminated: vec![false; rows],
        truncated: vec![false; rows],
        starts,
        extras: std::collections::BTreeMap::new(),
    })
    .expect("the columns fit")
}

fn sampler(lengths: &[usize]) -> GoalSampler {
    GoalSampler::new(counted(lengths)).expect("there are transitions")
}

fn stream() -> Stream {
    Stream::new(3, "goals of a test", 0)
}

/// Episode and step of each observation of a column.
fn origins(observations: &[f32]) -> Vec<(usize, usize)> {
    observations.chunks_exact(2).map(|row| (row[0] as usize, row[1] as usize)).collect()
}

const N: usize = 100_000;

#[test]
fn transitions_are_uniform_and_followed_by_their_next_observation() {
    // One row alone is no transition, and no goal.
    let lengths = [3, 0, 1, 6];
    let (sampler, mut batch) = (sampler(&lengths), GoalBatch::new(N));
    sampler.sample(GoalMixture::VALUE, GoalMixture::STITCH, &mut stream(), &mut batch).expect("samples");
    let mut counts = [[0_usize; 6]; 4];
    let next = origins(&batch.next_observation);
    for (i, &(episode, step)) in origins(&batch.observation).iter().enumerate() {
        assert!(step < lengths[episode]);
        assert_eq!(next[i], (episode, step + 1));
        assert_eq!(batch.action[i], step as f32);
        counts[episode][step] += 1;
    }
    let seen: Vec<usize> = counts.iter().flatten().copied().filter(|&count| count > 0).collect();
    assert_eq!(seen.len(), 10);
    assert!(seen.iter().all(|&count| count.abs_diff(N / 10) < 500), "{seen:?}");
}

#[test]
fn kinds_of_goals_have_their_shares_and_success_is_equality_of_rows() {
    let (sampler, mut batch) = (sampler(&[1000; 50]), GoalBatch::new(N));
    sampler.sample(GoalMixture::VALUE, GoalMixture::EXPLORE, &mut stream(), &mut batch).expect("samples");
    let share = |count: usize| count as f64 / N as f64;
    let (own, goals) = (origins(&batch.observation), origins(&batch.value.observation));
    let successes = batch.success.iter().filter(|&&success| success == 1.0).count();
    assert!((share(successes) - 0.2).abs() < 0.01, "{successes}");
    for i in 0..N {
        assert_eq!(batch.success[i] == 1.0, batch.rows[i] == batch.value.rows[i]);
        assert_eq!(batch.success[i] == 1.0, own[i] == goals[i]);
    }
    let elsewhere = (0..N).filter(|&i| own[i].0 != goals[i].0).count();
    // One random goal in fifty falls into the same episode.
    assert!((share(elsewhere) - 0.3 * 0.98).abs() < 0.01, "{elsewhere}");
    let ahead = |i: &usize| own[*i].0 == goals[*i].0 && goals[*i].1 > own[*i].1;
    // 0.5 of future goals, and random ones that happen to lie ahead.
    assert!((share((0..N).filter(ahead).count()) - 0.5 - 0.3 * 0.02 / 2.0).abs() < 0.01);
    let random = origins(&batch.actor.observation);
    assert!(random.iter().all(|&(_, step)| step < 1000), "random goals are observations with an action");
    assert!(random.iter().zip(&own).filter(|(goal, own)| goal.0 != own.0).count() > N * 96 / 100);
}

#[test]
fn geometric_goals_are_as_far_ahead_as_the_discount_says() {
    let (sampler, mut batch) = (sampler(&[20_000]), GoalBatch::new(N));
    let law = FutureLaw::Geometric { discount: 0.99 };
    let future = GoalMixture { law, ..GoalMixture::NAVIGATE };
    sampler.sample(future, future, &mut stream(), &mut batch).expect("samples");
    let offsets: Vec<u32> = batch.rows.iter().zip(&batch.value.rows).map(|(row, goal)| goal - row).collect();
    assert!(offsets.iter().all(|&offset| offset >= 1));
    let mean = offsets.iter().map(|&offset| f64::from(offset)).sum::<f64>() / N as f64;
    // Truncation at the end of the episode takes 100 * 100 / 20000 steps.
    assert!((mean - 99.5).abs() < 1.5, "{mean}");
    let ones = offsets.iter().filter(|&&offset| offset == 1).count();
    assert!(ones.abs_diff(N / 100) < 150, "{ones}");
}

#[test]
fn uniform_goals_end_with_the_last_observation() {
    let (sampler, mut batch) = (sampler(&[4]), GoalBatch::new(N));
    sampler.sample(GoalMixture::VALUE, GoalMixture::NAVIGATE, &mut stream(), &mut batch).expect("samples");
    let mut counts = [0_usize; 5];
    for (row, goal) in batch.rows.iter().zip(&batch.actor.rows).filter(|(row, _)| **row == 0) {
        assert!(goal > row);
        counts[*goal as usize] += 1;
    }
    // The two ends have half the chance of what lies between.
    let starts: usize = counts.iter().sum();
    for (count, sixths) in counts.into_iter().zip([0, 1, 2, 2, 1]) {
        assert!(count.abs_diff(starts * sixths / 6) < 300, "{counts:?}");
    }
}

#[test]
fn hierarchies_have_subgoals_on_the_way() {
    let lengths = [100, 7, 40];
    let (sampler, mut batch) = (sampler(&lengths), GoalBatch::new(N));
    sampler.sample_hierarchy(GoalMixture::VALUE, GoalMixture::STITCH, 25, &mut stream(), &mut batch).expect("samples");
    let [own, low, goal, target] =
        [&batch.observation, &batch.low.observation, &batch.actor.observation, &batch.target.observation]
            .map(|column| origins(column));
    let mut elsewhere = 0;
    for i in 0..N {
        let (episode, step) = own[i];
        assert_eq!(low[i], (episode, (step + 25).min(lengths[episode])));
        if goal[i].0 == episode && goal[i].1 > step {
            assert!(target[i] == low[i] || target[i] == goal[i], "{i}");
            assert_eq!(target[i].0, episode);
        } else {
            assert_eq!(target[i], low[i]);
            elsewhere += 1;
        }
    }
    assert!(elsewhere > N / 5);
}

#[test]
fn equal_streams_give_equal_batches() {
    let sampler = sampler(&[50, 60, 70]);
    let batches = |stream: &mut Stream| {
        let mut both = (GoalBatch::new(64), GoalBatch::new(64));
        sampler.sample(GoalMixture::VALUE, GoalMixture::STITCH, stream, &mut both.0).expect("samples");
        sampler.sample_hierarchy(GoalMixture::VALUE, GoalMixture::NAVIGATE, 9, stream, &mut both.1).expect("samples");
        both
    };
    let mut one = stream();
    let (first, second) = (batches(&mut one), batches(&mut one));
    assert_eq!(first, batches(&mut stream()));
    assert_ne!(first, second);
    let mut reused = second.1;
    sampler.sample(GoalMixture::VALUE, GoalMixture::STITCH, &mut stream(), &mut reused).expect("samples");
    assert_eq!(reused, first.0, "nothing is left of the hierarchy");
}

#[test]
fn what_cannot_be_sampled_is_refused() {
    let empty = GoalSampler::new(counted(&[0, 0])).expect_err("no transition").to_string();
    assert!(empty.contains("empty"), "{empty}");
    let sampler = sampler(&[3]);
    let (value, actor) = (GoalMixture::VALUE, GoalMixture::NAVIGATE);
    let refused = |value: GoalMixture, actor: GoalMixture, size: usize, steps: u32| -> ReplayError {
        let (mut stream, mut batch) = (stream(), GoalBatch::new(size));
        let flat = sampler.sample(value, actor, &mut stream, &mut batch);
        flat.and_then(|()| sampler.sample_hierarchy(value, actor, steps, &mut stream, &mut batch))
            .expect_err("must be refused")
    };
    let law = FutureLaw::Geometric { discount: 1.0 };
    for (error, part) in [
        (refused(GoalMixture { current: -0.1, ..value }, actor, 1, 1), "share of current goals is -0.1"),
        (refused(GoalMixture { current: f64::NAN, ..value }, actor, 1, 1), "NaN"),
        (refused(GoalMixture { future: 0.9, ..value }, actor, 1, 1), "0 to 0.8, since 0.2 of the goals are current"),
        (
            refused(value, GoalMixture { law, ..actor }, 1, 1),
            "discount of future goals is 1, expected 0 <= discount < 1",
        ),
        (refused(value, actor, 0, 1), "batch.size is 0"),
        (refused(value, actor, 1, 0), "steps to a subgoal is 0"),
        (refused(value, value, 1, 1), "of the upper policy is 0.2, expected 0"),
    ] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// A transition as bits: what it starts from, what was done, what followed.
type Bits = (Vec<u32>, Vec<u32>, Vec<u32>);

fn bits(column: &Rows, row: usize) -> Vec<u32> {
    column.values[row * column.width..][..column.width].iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #[test]
    fn both_views_have_the_same_transitions(dataset in datasets(1)) {
        let (regular, compact) = (dataset.regular(), dataset.compact());
        let one = (0..regular.terminals.len()).map(|row| -> Bits {
            (bits(&regular.observations, row), bits(&regular.actions, row), bits(&regular.next_observations, row))
        });
        let valid: Vec<usize> = (0..dataset.rows()).filter(|&row| compact.valids[row]).collect();
        let other = valid.iter().map(|&row| -> Bits {
            (bits(compact.observations, row), bits(compact.actions, row), bits(compact.observations, row + 1))
        });
        prop_assert!(one.eq(other));
        prop_assert_eq!(regular.terminals.len(), dataset.transitions());
        let ends: Vec<bool> = valid.iter().map(|&row| compact.terminals[row]).collect();
        prop_assert_eq!(&regular.terminals, &ends);
        let lasts = regular.terminals.iter().filter(|&&last| last).count();
        let longer = (0..dataset.episodes()).filter(|&episode| dataset.episode(episode).len() > 1).count();
        prop_assert_eq!(lasts, longer);
    }
}
