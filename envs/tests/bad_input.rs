//! Bad input is refused by name, and nothing moves.

use freeroam_envs::{Autoreset, EnvsError, Lanes, LanesConfig, StepBatch, world as registered};

use crate::scripted::{PANIC, TERMINATE, world};

fn three() -> (Lanes, StepBatch) {
    let mut lanes =
        Lanes::new(&world(), LanesConfig { lanes: 3, threads: 2, ..LanesConfig::default() }).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    (lanes, batch)
}

#[test]
fn no_lanes_and_no_threads_are_refused() {
    for config in
        [LanesConfig { lanes: 0, ..LanesConfig::default() }, LanesConfig { threads: 0, ..LanesConfig::default() }]
    {
        let error = Lanes::new(&world(), config).err().expect("refused");
        assert!(error.to_string().contains("is 0, expected at least 1"), "{error}");
    }
}

#[test]
fn wrong_lengths_and_values_are_refused_before_any_lane_moves() {
    let (mut lanes, mut batch) = three();
    let before = (batch.clone(), lanes.save());
    let error = lanes.step_into(&[0.0; 4], &mut batch).expect_err("too many");
    assert_eq!(error.to_string(), "the actions has 4 elements, expected 3");
    for value in [f32::NAN, f32::INFINITY] {
        let error = lanes.step_into(&[0.0, 0.0, value], &mut batch).expect_err("not finite");
        assert!(matches!(error, EnvsError::NonFiniteAction { lane: 2, index: 0, .. }), "{error}");
    }
    let error = lanes.step_into(&[0.0; 3], &mut StepBatch::new(2, 4)).expect_err("too small");
    assert!(matches!(error, EnvsError::Length { what: "batch.observation", got: 8, expected: 12 }), "{error}");
    let error = lanes.reset_masked_into(&[true], &mut batch).expect_err("too short");
    assert!(matches!(error, EnvsError::Length { what: "the mask", got: 1, expected: 3 }), "{error}");
    assert_eq!((batch, lanes.save()), before);
}

#[test]
fn actions_are_clamped() {
    let (mut lanes, mut batch) = three();
    lanes.step_into(&[7.0, -7.0, 1e30], &mut batch).expect("step");
    assert_eq!(batch.reward, [1.0, -1.0, 1.0]);
}

#[test]
fn a_panic_is_an_error_now_and_later_for_any_lane() {
    for panicking in 0..3 {
        let (mut lanes, mut batch) = three();
        let mut actions = [0.0; 3];
        actions[panicking] = PANIC;
        for actions in [actions, [0.0; 3]] {
            let error = lanes.step_into(&actions, &mut batch).expect_err("a lane panicked");
            assert!(matches!(&error, EnvsError::Worker { reason } if reason == "told to panic"), "{error}");
        }
        lanes.reset_into(&mut batch).expect_err("the lanes are in no known state");
    }
}

#[test]
fn teleports_are_checked_and_seen_at_once() {
    let (mut lanes, mut batch) = three();
    lanes.teleport(2, [7.0, 8.0], &mut batch).expect("a free place");
    assert_eq!(batch.observation[8..10], [7.0, 8.0]);
    assert_eq!(batch.final_observation[8..10], [7.0, 8.0]);
    lanes.step_into(&[0.0; 3], &mut batch).expect("step");
    assert_eq!(batch.observation[8..10], [7.0, 9.0]);
    assert!(lanes.teleport(3, [0.0, 0.0], &mut batch).is_err(), "no such lane");
    assert!(lanes.teleport(0, [f64::NAN, 0.0], &mut batch).is_err(), "not a place");
    lanes.step_into(&[TERMINATE, 0.0, 0.0], &mut batch).expect("step");
    let error = lanes.teleport(0, [0.0, 0.0], &mut batch).expect_err("it has ended");
    assert!(matches!(error, EnvsError::NeedsReset { lane: 0 }), "{error}");

    let maze = registered("PointMaze-UMaze-v0").expect("registered");
    let mut lanes = Lanes::new(&maze, LanesConfig::default()).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    let error = lanes.teleport(0, [0.0, 4.0], &mut batch).expect_err("a wall");
    assert!(error.to_string().contains("expected a point in a free cell"), "{error}");
}

#[test]
fn states_of_another_world_size_or_format_are_refused() {
    let (mut lanes, _) = three();
    let good = lanes.save();
    let refused = |bytes: &[u8], lanes: &mut Lanes| lanes.load(bytes).expect_err("refused").to_string();
    let other = |config| Lanes::new(&registered("Point-v0").expect("registered"), config).expect("lanes").save();
    let three_points = other(LanesConfig { lanes: 3, ..LanesConfig::default() });
    assert!(refused(&three_points, &mut lanes).contains("it is of Point-v0"));
    let two = Lanes::new(&world(), LanesConfig { lanes: 2, ..LanesConfig::default() }).expect("lanes").save();
    assert!(refused(&two, &mut lanes).contains("it has 2 lanes, expected 3"));
    assert!(refused(&good[..good.len() - 1], &mut lanes).contains("Scripted-v0"));
    let mut format = good.clone();
    format[0] = 9;
    assert!(refused(&format, &mut lanes).contains("format 9"));
    assert_eq!(lanes.save(), good, "nothing has changed");
}

#[test]
fn damaged_states_are_errors_not_panics() {
    let maze = registered("PointMaze-UMaze-v0").expect("registered");
    let config = LanesConfig { autoreset: Autoreset::Disabled, ..LanesConfig::default() };
    let mut lanes = Lanes::new(&maze, config).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    let good = lanes.save();
    for length in (0..good.len()).step_by(97) {
        lanes.load(&good[..length]).expect_err("cut short");
    }
    lanes.load(&good).expect("whole");
    lanes.step_into(&[0.0, 0.0], &mut batch).expect("a running lane");
}
