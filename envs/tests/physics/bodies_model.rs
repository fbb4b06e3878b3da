//! The bodies have the masses, limits and motors of the field's models, and know where they are.

use freeroam_envs::body::{Body, Embodiment};
use freeroam_envs::ground::Ground;
use freeroam_envs::maze::Layout;
use freeroam_envs::task::Free;
use freeroam_envs::{Env, Stream, world};

use super::{bodies, on_plane, state};

/// Masses of MuJoCo 4.0 for the models of Gymnasium 1.4 and `dm_control` 1.0.50, kg: `bench/peers/bodies.py`. The quadruped is
/// `dm_control`'s without its ball, the Jaco its without the base that stands; the rover is the project's own.
const MASSES: [(&str, f32); 9] = [
    ("ant", 0.911),
    ("half_cheetah", 14.0),
    ("hopper", 15.820),
    ("walker2d", 23.677),
    ("humanoid", 42.116),
    ("walker", 28.540),
    ("quadruped", 107.118),
    ("rover", 17.0),
    ("jaco", 3.592),
];

#[test]
fn masses_are_those_of_the_field() {
    for (body, (name, mass)) in bodies().into_iter().zip(MASSES) {
        let robot = body.robot(&Ground::Plane).expect("the model loads");
        assert_eq!(body.name, name);
        assert!((robot.mass() / mass - 1.0).abs() < 1e-3, "{name}: {} kg, expected {mass}", robot.mass());
    }
}

#[test]
fn coordinates_have_the_lengths_of_the_field() {
    let lengths = bodies().map(|body| {
        let robot = body.robot(&Ground::Plane).expect("the model loads");
        (robot.qpos_len(), robot.qvel_len(), robot.actuators().len())
    });
    assert_eq!(
        lengths,
        [(15, 14, 8), (9, 9, 6), (6, 6, 3), (9, 9, 6), (24, 23, 17), (9, 9, 6), (19, 18, 12), (11, 10, 4), (9, 9, 9)]
    );
}

/// Limits in degrees of some joints whose numbers are easy to get wrong.
#[test]
fn limits_are_those_of_the_field() {
    let expected: [(Body, &str, [f32; 2]); 6] = [
        (Body::half_cheetah(), "back_foot", [-22.918, 44.977]),
        (Body::hopper(), "knee", [-150.0, 0.0]),
        (Body::walker2d(), "left_ankle", [-45.0, 45.0]),
        (Body::walker(), "right_hip", [-20.0, 100.0]),
        (Body::humanoid(), "right_knee", [-160.0, -2.0]),
        (Body::quadruped(), "pitch_back_left", [-20.0, 60.0]),
    ];
    for (body, name, range) in expected {
        let robot = body.robot(&Ground::Plane).expect("the model loads");
        let joint = robot.joints().iter().find(|joint| joint.name == name).expect("a joint of that name");
        let got = joint.range.expect("limited").map(f32::to_degrees);
        assert!((0..2).all(|k| (got[k] - range[k]).abs() < 0.01), "{}, {name}: {got:?}", body.name);
    }
}

#[test]
fn a_start_reads_back_and_stands_clear_of_the_ground() {
    for body in bodies() {
        let start = body.start.qpos.clone();
        let name = body.name.clone();
        let mut env = on_plane(body);
        env.set_state(&start, &vec![0.0; env.robot().qvel_len()]);
        for (got, expected) in state(env.robot()).0.iter().zip(&start) {
            assert!((got - expected).abs() < 1e-5, "{name}: {got}, expected {expected}");
        }
        let lowest = env.robot().lowest_point();
        assert!((-0.05..0.6).contains(&lowest), "{name}: the lowest point is at {lowest} m");
    }
}

/// The place between the fingers that MuJoCo 4.0 gives for `dm_control`'s arm and hand, in metres from the foot of the arm.
#[test]
fn the_hand_of_the_arm_is_where_the_fields_is() {
    let mut env = on_plane(Body::jaco());
    for (qpos, expected) in [
        ([0.0; 9], [0.015, 0.06186, 0.39408]),
        ([0.5, 2.0, 1.5, -0.3, 0.8, 1.1, 0.3, 0.5, 0.9], [0.01275, 0.02986, 0.78309]),
    ] {
        env.set_state(&qpos, &[0.0; 9]);
        let hand = Body::jaco().hand.expect("it has one").place(env.robot());
        let foot = [0.0, 0.4, 0.0];
        assert!((0..3).all(|k| (hand[k] - foot[k] - expected[k]).abs() < 1e-5), "{hand:?}, expected {expected:?}");
    }
}

#[test]
fn the_hand_begins_over_the_table_and_points_down_wherever_it_is_put() {
    let mut env = on_plane(Body::jaco());
    let hand = Body::jaco().hand.expect("it has one");
    let [low, high] = hand.between;
    let mut stream = Stream::new(0, "reset", 0);
    for _ in 0..50 {
        env.reset(&mut stream);
        let place = hand.place(env.robot());
        assert!((0..3).all(|k| (low[k] - 1e-4..=high[k] + 1e-4).contains(&place[k])), "{place:?}");
        assert!(env.robot().axes(hand.part)[2][2] > 0.999, "it points down");
        let there = [0, 1].map(|k| stream.uniform(f64::from(low[k]), f64::from(high[k])));
        env.teleport(there);
        let [x, y, z] = hand.place(env.robot());
        let off = [f64::from(x) - there[0], f64::from(y) - there[1], f64::from(z - place[2])];
        assert!(off.iter().all(|off| off.abs() < 1e-5), "{off:?}");
    }
    assert!(!env.is_free([0.3, 0.0]), "out of reach");
}

#[test]
fn worlds_that_hide_the_place_still_know_it() {
    for id in ["HalfCheetah-Blind-v0", "Walker-walk-v0", "Quadruped-run-v0", "Humanoid-Blind-v0"] {
        let world = world(id).expect("registered");
        assert!(world.spec().position.is_empty(), "{id}");
        let mut env = world.make().expect("made");
        env.reset(&mut Stream::new(0, "reset", 0));
        env.teleport([7.0, 0.0]);
        assert!((env.place()[0] - 7.0).abs() < 1e-5, "{id}: {:?}", env.place());
    }
}

#[test]
fn the_blind_see_what_gymnasium_shows() {
    let widths = ["HalfCheetah-Blind-v0", "Hopper-Blind-v0", "Walker2d-Blind-v0", "Humanoid-Blind-v0", "Walker-run-v0"]
        .map(|id| world(id).expect("registered").spec().observation.len());
    assert_eq!(widths, [17, 11, 17, 45, 24]);
}

#[test]
fn the_centre_of_mass_and_the_spin_are_those_of_a_rigid_turn() {
    let mut env = on_plane(Body::half_cheetah());
    // Thrown and turning in the air: the centre of mass keeps its speed, and the spin does not change.
    let (mut qpos, mut qvel) = (vec![0.0; 9], vec![0.0; 9]);
    (qpos[1], qvel[0], qvel[2]) = (5.0, 2.0, 3.0);
    env.set_state(&qpos, &qvel);
    let action = [0.0; 6];
    env.step(&action);
    let (before, spin) = (env.state().centre, env.robot().spin()[1]);
    for _ in 0..6 {
        env.step(&action);
    }
    let speed = (env.state().centre[0] - before[0]) / 0.3;
    // The torso turns about its own joint, which moves the centre of mass; afterwards nothing pushes it along x.
    let expected = {
        let after = env.state().centre;
        env.step(&action);
        (env.state().centre[0] - after[0]) / 0.05
    };
    assert!((speed - expected).abs() < 0.03, "{speed} m/s, then {expected}");
    assert!((env.robot().spin()[1] / spin - 1.0).abs() < 0.05 && spin > 0.0, "{spin}, then {}", env.robot().spin()[1]);
}

#[test]
fn a_body_that_moves_along_a_line_is_refused_a_maze() {
    let embodiment = Embodiment {
        id: "HopperMaze-v0".to_owned(),
        description: "A hopper in a maze.".to_owned(),
        body: Body::hopper(),
        ground: Ground::Maze(Layout::umaze()),
        task: std::sync::Arc::new(Free),
        horizon: 100,
    };
    let error = embodiment.world().expect_err("refused").to_string();
    assert_eq!(error, "robot `hopper`: it cannot move along both x and y, as the maze asks");
}
