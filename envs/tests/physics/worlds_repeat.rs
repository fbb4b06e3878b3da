//! Same bits for the same seed: in another object, after a reset, and after a restore.

use freeroam_envs::body::{Body, Embodied};
use freeroam_envs::{Env, EnvsError, Stream};

use super::{on_plane, trace};

fn ant(seed: u64) -> Embodied {
    let mut ant = on_plane(Body::ant());
    ant.reset(&mut Stream::new(seed, "reset", 0));
    ant
}

#[test]
fn two_ants_move_alike() {
    let run = || trace(&mut ant(3), 300, &mut Stream::new(3, "actions", 0));
    assert!(run() == run());
    assert!(run() != trace(&mut ant(4), 300, &mut Stream::new(3, "actions", 0)), "the seed of the reset has no effect");
}

#[test]
fn a_reset_equals_a_fresh_world() {
    let mut used = ant(1);
    trace(&mut used, 150, &mut Stream::new(1, "actions", 0));
    used.reset(&mut Stream::new(2, "reset", 0));
    let mut clone = used.clone();
    let actions = || Stream::new(2, "actions", 0);
    let fresh = trace(&mut ant(2), 200, &mut actions());
    assert!(trace(&mut used, 200, &mut actions()) == fresh);
    assert!(trace(&mut clone, 200, &mut actions()) == fresh);
}

#[test]
fn a_restored_ant_continues_in_another_object() {
    let mut original = ant(5);
    trace(&mut original, 77, &mut Stream::new(5, "actions", 0));
    let mut bytes = vec![1, 2, 3];
    original.save(&mut bytes);
    let saved = &bytes[3..];

    let mut other = ant(6);
    trace(&mut other, 33, &mut Stream::new(6, "actions", 0));
    other.load(saved).expect("the state fits");
    let actions = || Stream::new(7, "actions", 0);
    assert!(trace(&mut original, 200, &mut actions()) == trace(&mut other, 200, &mut actions()));
}

#[test]
fn a_foreign_state_is_refused_and_changes_nothing() {
    let mut env = ant(8);
    let mut bytes = Vec::new();
    env.save(&mut bytes);
    let mut foreign = bytes.clone();
    foreign[0] ^= 1;
    for wrong in [&foreign[..], &bytes[..bytes.len() - 1], &bytes[..4], &[]] {
        assert!(matches!(env.load(wrong), Err(EnvsError::State { .. })));
    }
    let mut after = Vec::new();
    env.save(&mut after);
    assert!(bytes == after);
}

#[test]
fn teleport_keeps_the_posture_and_stops() {
    let mut env = ant(9);
    trace(&mut env, 20, &mut Stream::new(9, "actions", 0));
    let (mut before, mut after) = ([0.0; 29], [0.0; 29]);
    env.observe(&mut before);
    env.teleport([12.0, -7.5]);
    env.observe(&mut after);
    assert_eq!(after[..2], [12.0, -7.5]);
    for (k, (a, b)) in after[2..15].iter().zip(&before[2..15]).enumerate() {
        assert!((a - b).abs() < 1e-5, "position {}: {b} became {a}", k + 2);
    }
    assert_eq!(after[15..], [0.0; 14]);
}
