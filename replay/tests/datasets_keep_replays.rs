//! A data set of a replay has exactly its transitions, episode by episode, whatever was forgotten; and a replay made of
//! a data set has exactly those of the data set.

use std::collections::BTreeSet;

use freeroam_replay::dataset::{Dataset, DatasetError, Recorder, TASKS};
use freeroam_replay::{Batch, Replay, Shape, Stream, Transitions};
use proptest::prelude::*;

use crate::boundaries_hold::scripts;
use crate::script::{Event, SHAPE, Script};
use crate::trajectories::{bits, small};

/// The (lane, episode, step) of the transitions of a data set, all checked against the script.
fn origins(script: &Script, dataset: &Dataset) -> Vec<(usize, usize, usize)> {
    let columns = dataset.columns();
    let mut origins = Vec::new();
    for index in 0..dataset.episodes() {
        let rows = dataset.episode(index);
        let last = rows.end - 1;
        for row in rows.start..last {
            let observed = &columns.observations.values[row * 3..][..6];
            let (lane, number, step) = (observed[0] as usize, observed[1] as usize, observed[2] as usize);
            let episode = script.episodes[lane][number];
            let at_end = step + 1 == episode.length;
            assert!(step < episode.length, "step {step} of {episode:?}");
            assert_eq!(observed[3..], [lane as f32, number as f32, step as f32 + 1.0]);
            assert_eq!(columns.actions.values[row * 2..][..2], [step as f32, -1.0]);
            assert_eq!(columns.extras[TASKS].values[row], number as f32);
            assert_eq!(columns.rewards.as_ref().expect("it has rewards")[row], 100.0 * number as f32 + step as f32);
            assert_eq!(columns.terminated[row], at_end && episode.terminated);
            // Every episode has an end, be it that the replay knows no more of it.
            assert_eq!(columns.truncated[row], row + 1 == last && !columns.terminated[row]);
            assert_eq!(row + 1 == last, at_end, "an episode goes on to its end");
            origins.push((lane, number, step));
        }
        assert_eq!(columns.actions.values[last * 2..][..2], [0.0; 2]);
    }
    origins
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_the_rings_have_forgotten((capacity, steps) in scripts()) {
        let mut script = Script::new(steps[0].len(), capacity);
        for step in &steps {
            script.step(step);
        }
        let dataset = Dataset::from_replay(&script.replay);
        prop_assert_eq!(origins(&script, &dataset), script.stored());
        if dataset.episodes() == 0 {
            return Ok(());
        }
        let copy = dataset.to_replay()?;
        prop_assert_eq!(copy.len(), script.replay.len());
        prop_assert_eq!(bits(&Dataset::from_replay(&copy)), bits(&dataset));
        for lanes in [1, 3] {
            let mut replay = Replay::new(Shape { frame: 0, ..SHAPE }, lanes, lanes * dataset.rows())?;
            dataset.fill(&mut replay)?;
            let mut all = origins(&script, &Dataset::from_replay(&replay));
            all.sort_unstable();
            prop_assert_eq!(&all, &script.stored());
        }
    }

    #[test]
    fn rollouts_keep_every_step((_, steps) in scripts()) {
        let lanes = steps[0].len();
        let mut script = Script::new(lanes, 1_000_000);
        let mut recorder = Recorder::new(SHAPE, lanes)?;
        for step in &steps {
            script.step_into(step, |transitions| recorder.push(transitions).expect("it is continuous"));
        }
        let mut all = origins(&script, &recorder.finish());
        all.sort_unstable();
        prop_assert_eq!(all, script.stored());
    }
}

#[test]
fn a_replay_of_data_samples_its_transitions() {
    let mut script = Script::new(2, 100);
    for step in 0..30 {
        script.step(&[if step % 7 == 6 { Event::Terminate } else { Event::Go }, Event::Go]);
    }
    let replay = Dataset::from_replay(&script.replay).to_replay().expect("fits");
    let (mut stream, mut batch) = (Stream::new(3, "replay", 0), Batch::new(2000));
    replay.sample(&mut stream, &mut batch).expect("not empty");
    let mut seen = BTreeSet::new();
    for i in 0..batch.size {
        // The last transition of an open episode is truncated in the data.
        let step = batch.observation[3 * i + 2];
        if step == 29.0 || (batch.observation[3 * i] == 0.0 && batch.observation[3 * i + 1] == 4.0 && step == 1.0) {
            batch.last[i] = 0.0;
        }
        seen.insert(script.check(&batch, i));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), script.stored());
}

#[test]
fn a_flag_in_the_midst_of_an_episode_ends_it_for_a_replay() {
    let mut columns = small().into_columns();
    columns.terminated[0] = true;
    columns.extras.remove(TASKS);
    let dataset = Dataset::new(columns).expect("fits");
    let replay = dataset.to_replay().expect("fits");
    assert_eq!((replay.len(), replay.shape().task), (dataset.transitions(), 0));
    assert_eq!(Dataset::from_replay(&replay).episodes(), dataset.episodes() + 1);
}

#[test]
fn replays_of_other_sizes_are_refused() {
    let mut replay = Replay::new(Shape { task: 0, frame: 0, ..SHAPE }, 1, 10).expect("valid");
    let error = small().fill(&mut replay).expect_err("it has tasks").to_string();
    assert_eq!(error, "column `tasks`: 1 numbers in a row, expected 0, as in the replay");
    assert!(replay.is_empty());
    let mut replay = Replay::new(SHAPE, 1, 10).expect("valid");
    let error = small().fill(&mut replay).expect_err("it has frames").to_string();
    assert_eq!(error, "column `frames`: none, expected 3 bytes in a row, as in the replay");
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let refused = |change: &dyn Fn(&mut freeroam_replay::dataset::Columns)| {
        let mut columns = small().into_columns();
        change(&mut columns);
        match Dataset::new(columns) {
            Err(DatasetError::Column { column, got, expected }) => format!("{column}: {got}, {expected}"),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        refused(&|columns| columns.actions.values.truncate(17)),
        "actions: 17 numbers in rows of 2, 9 rows, as in `terminated`"
    );
    assert_eq!(refused(&|columns| columns.observations.width = 0), "observations: 0 numbers in a row, at least 1");
    assert_eq!(refused(&|columns| columns.truncated.truncate(8)), "truncated: 8 rows, 9, as in `terminated`");
    assert!(refused(&|columns| columns.starts[1] = 9).starts_with("starts: episode 1 starts at row 9"));
    assert!(refused(&|columns| columns.starts[0] = 1).starts_with("starts: episode 0 starts at row 1"));
    assert!(refused(&|columns| columns.starts.clear()).starts_with("starts: no episode"));
    let extra = |columns: &mut freeroam_replay::dataset::Columns, name: &str| {
        let column = columns.extras["qpos"].clone();
        columns.extras.insert(name.to_owned(), column);
    };
    assert!(refused(&|columns| extra(columns, "masks")).starts_with("masks: an extra column of that name"));
}

#[test]
fn steps_that_do_not_follow_are_refused() {
    let shape = Shape { observation: 1, action: 1, task: 0, frame: 0 };
    let step = Transitions {
        observation: &[0.0],
        action: &[0.0],
        task: &[],
        reward: &[0.0],
        terminated: &[false],
        truncated: &[false],
        next_observation: &[1.0],
        frames: &[],
        next_frames: &[],
        skip: &[false],
    };
    let error = Dataset::from_rollouts(shape, 1, [step, step]).expect_err("not continuous").to_string();
    assert!(error.starts_with("observation 0 of lane 0 is 0, expected 1"), "{error}");
    let error = Dataset::from_rollouts(shape, 2, [step]).expect_err("one lane of two").to_string();
    assert_eq!(error, "buffer `observation` has 1 elements, expected 2");
    assert!(Recorder::new(Shape { action: 0, ..shape }, 1).is_err());
    let ends = Transitions { terminated: &[true], ..step };
    let dataset = Dataset::from_rollouts(shape, 1, [ends, step]).expect("an episode ended");
    assert_eq!(dataset.columns().starts, [0, 2]);
}
