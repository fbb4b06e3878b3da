//! Trajectories are those of `python/tests/golden/trajectories.txt`, which the Python package is held to as well: a line of
//! world, goals and checksum for each.
//!
//! Lane `i` of three has seed `7 + i`, episodes have 25 steps, autoreset is within the step. The checksum is 64-bit FNV-1a
//! over the little-endian bytes of what each of 60 steps gives: observations, rewards, goals, terminated, truncated. The
//! file is written by `cargo test --release -p freeroam-envs --test tests -- --ignored write_the_golden_trajectories`.

use std::fmt::Write as _;

use freeroam_envs::{Autoreset, GoalConfig, GoalLaw, LaneResets, Lanes, LanesConfig, World, ids, world};

const GOLDEN: &str = "../python/tests/golden/trajectories.txt";
const LANES: usize = 3;
const STEPS: usize = 60;

/// An action in [-1, 1], exact in both languages.
fn action(step: usize, lane: usize, index: usize) -> f32 {
    ((step * 31 + lane * 17 + index * 7) % 41) as f32 / 20.0 - 1.0
}

fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn checksum(world: &World, law: Option<GoalLaw>) -> u64 {
    let goals = law.map(|law| GoalConfig { law, ..GoalConfig::default() });
    let config =
        LanesConfig { lanes: LANES, horizon: 25, autoreset: Autoreset::SameStep, goals, ..LanesConfig::default() };
    let mut lanes = Lanes::new(world, config).expect("lanes");
    let mut batch = lanes.batch();
    let seeds = [7, 8, 9].map(Some);
    lanes.reset_with_into(&LaneResets { seeds: Some(&seeds), ..LaneResets::default() }, &mut batch).expect("reset");
    let width = world.spec().action.len();
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for step in 0..STEPS {
        let actions: Vec<f32> = (0..LANES * width).map(|at| action(step, at / width, at % width)).collect();
        lanes.step_into(&actions, &mut batch).expect("step");
        for number in batch.observation.iter().chain(&batch.reward).chain(&batch.goal) {
            hash = fnv(hash, &number.to_le_bytes());
        }
        for flag in batch.terminated.iter().chain(&batch.truncated) {
            hash = fnv(hash, &[u8::from(*flag)]);
        }
    }
    hash
}

fn lines() -> String {
    let mut text = String::new();
    for id in ids() {
        let world = world(id).expect("registered");
        let tasks = world.spec().layout.as_ref().map(|_| ("tasks", Some(GoalLaw::Tasks)));
        let anywhere = (!world.spec().position.is_empty()).then_some(("anywhere", Some(GoalLaw::Anywhere)));
        for (name, law) in [("none", None)].into_iter().chain(anywhere).chain(tasks) {
            writeln!(text, "{id} {name} {:016x}", checksum(&world, law)).expect("text grows");
        }
    }
    text
}

#[test]
fn trajectories_are_the_golden_ones() {
    let golden = std::fs::read_to_string(GOLDEN).expect("the golden file");
    assert_eq!(lines(), golden);
}

#[test]
#[ignore = "writes the golden file"]
fn write_the_golden_trajectories() {
    std::fs::write(GOLDEN, lines()).expect("the golden file is writable");
}
