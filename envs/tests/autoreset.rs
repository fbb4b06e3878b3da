//! When episodes end and begin, to the step.

use freeroam_envs::{Autoreset, EnvsError, Lanes, LanesConfig, StepBatch};

use crate::scripted::{DIVERGE, HORIZON, NOT_A_NUMBER, TERMINATE, world};

fn lanes(count: usize, autoreset: Autoreset) -> (Lanes, StepBatch) {
    let config = LanesConfig { lanes: count, autoreset, ..LanesConfig::default() };
    let mut lanes = Lanes::new(&world(), config).expect("a scripted world");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    (lanes, batch)
}

/// (episode, step) of `observation` and of `final_observation` of one lane.
fn places(batch: &StepBatch, lane: usize) -> [(f32, f32); 2] {
    [&batch.observation, &batch.final_observation].map(|rows| (rows[4 * lane], rows[4 * lane + 1]))
}

/// (terminated, truncated, diverged, reset) of one lane.
fn flags(batch: &StepBatch, lane: usize) -> (bool, bool, bool, bool) {
    (batch.terminated[lane], batch.truncated[lane], batch.diverged[lane], batch.reset[lane])
}

#[test]
fn next_step_spends_one_row_on_the_reset() {
    let (mut lanes, mut batch) = lanes(1, Autoreset::NextStep);
    assert_eq!((places(&batch, 0), flags(&batch, 0)), ([(1.0, 0.0); 2], (false, false, false, true)));
    for episode in 1..4 {
        let episode = episode as f32;
        for step in 1..=HORIZON {
            lanes.step_into(&[0.125], &mut batch).expect("step");
            assert_eq!(places(&batch, 0), [(episode, step as f32); 2]);
            assert_eq!(flags(&batch, 0), (false, step == HORIZON, false, false));
            assert_eq!(batch.reward, [0.125]);
        }
        lanes.step_into(&[0.125], &mut batch).expect("step");
        assert_eq!(places(&batch, 0), [(episode + 1.0, 0.0); 2]);
        assert_eq!((flags(&batch, 0), batch.reward[0]), ((false, false, false, true), 0.0));
        assert_eq!(batch.observation[2], 0.0, "the action of a reset row is ignored");
    }
}

#[test]
fn same_step_gives_both_observations_in_one_row() {
    let (mut lanes, mut batch) = lanes(1, Autoreset::SameStep);
    for episode in 1..4 {
        let episode = episode as f32;
        for step in 1..HORIZON {
            lanes.step_into(&[0.0], &mut batch).expect("step");
            assert_eq!(places(&batch, 0), [(episode, step as f32); 2]);
            assert_eq!(flags(&batch, 0), (false, false, false, false));
        }
        lanes.step_into(&[0.0], &mut batch).expect("step");
        assert_eq!(places(&batch, 0), [(episode + 1.0, 0.0), (episode, HORIZON as f32)]);
        assert_eq!(flags(&batch, 0), (false, true, false, false));
    }
}

#[test]
fn disabled_waits_for_the_caller_and_no_lane_moves() {
    let (mut lanes, mut batch) = lanes(2, Autoreset::Disabled);
    lanes.step_into(&[0.0, TERMINATE], &mut batch).expect("step");
    assert_eq!(flags(&batch, 1), (true, false, false, false));
    let before = batch.clone();
    let error = lanes.step_into(&[0.0, 0.0], &mut batch).expect_err("lane 1 has ended");
    assert!(matches!(error, EnvsError::NeedsReset { lane: 1 }), "{error}");
    assert_eq!(batch, before);
    lanes.reset_masked_into(&[false, true], &mut batch).expect("reset");
    assert_eq!((places(&batch, 0), flags(&batch, 0)), (places(&before, 0), flags(&before, 0)), "lane 0 is untouched");
    assert_eq!((places(&batch, 1), flags(&batch, 1)), ([(2.0, 0.0); 2], (false, false, false, true)));
    lanes.step_into(&[0.0, 0.0], &mut batch).expect("step");
    assert_eq!([places(&batch, 0)[0], places(&batch, 1)[0]], [(1.0, 2.0), (2.0, 1.0)]);
}

#[test]
fn lanes_never_reset_are_reset_by_their_first_step_or_refused() {
    for autoreset in [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled] {
        let mut lanes = Lanes::new(&world(), LanesConfig { autoreset, ..LanesConfig::default() }).expect("lanes");
        let mut batch = lanes.batch();
        let stepped = lanes.step_into(&[0.0], &mut batch);
        assert_eq!(stepped.is_err(), autoreset == Autoreset::Disabled);
        assert_eq!(batch.reset, [stepped.is_ok()]);
    }
}

#[test]
fn an_own_ending_wins_over_the_time_limit() {
    let (mut lanes, mut batch) = lanes(1, Autoreset::NextStep);
    for _ in 1..HORIZON {
        lanes.step_into(&[0.0], &mut batch).expect("step");
    }
    lanes.step_into(&[TERMINATE], &mut batch).expect("step");
    assert_eq!(flags(&batch, 0), (true, false, false, false));
}

#[test]
fn the_horizon_can_be_set() {
    let config = LanesConfig { horizon: 2, ..LanesConfig::default() };
    let mut lanes = Lanes::new(&world(), config).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    let truncated = [0, 1, 2, 3, 4, 5].map(|_| {
        lanes.step_into(&[0.0], &mut batch).expect("step");
        batch.truncated[0]
    });
    assert_eq!((lanes.horizon(), truncated), (2, [false, true, false, false, true, false]));
}

#[test]
fn a_diverged_lane_ends_counts_and_keeps_its_last_finite_observation() {
    for order in [DIVERGE, NOT_A_NUMBER] {
        for autoreset in [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled] {
            let (mut lanes, mut batch) = lanes(2, autoreset);
            lanes.step_into(&[0.125, 0.125], &mut batch).expect("step");
            let finite = batch.observation[..4].to_vec();
            lanes.step_into(&[order, 0.125], &mut batch).expect("step");
            assert_eq!((flags(&batch, 0), batch.reward[0]), ((false, true, true, false), 0.0));
            assert_eq!(batch.final_observation[..4], finite);
            assert_eq!((places(&batch, 1), flags(&batch, 1)), ([(1.0, 2.0); 2], (false, false, false, false)));
            assert_eq!(lanes.diverged_total(), 1);
            let next = if autoreset == Autoreset::SameStep { (2.0, 0.0) } else { (1.0, 1.0) };
            assert_eq!(places(&batch, 0)[0], next);
            if autoreset == Autoreset::NextStep {
                lanes.step_into(&[0.125, 0.125], &mut batch).expect("step");
                assert_eq!((places(&batch, 0), flags(&batch, 0)), ([(2.0, 0.0); 2], (false, false, false, true)));
            }
            assert!(batch.observation.iter().chain(&batch.final_observation).all(|value| value.is_finite()));
        }
    }
}
