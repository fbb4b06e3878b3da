//! Bodies move as they are told: gaits, postures and drives that show that the models are sane.
//!
//! The numbers of gaits and of the balance are those that `cargo run --release -p freeroam-envs --example gait BODY` prints.

use std::sync::Arc;

use freeroam_envs::body::{Body, Embodied, Embodiment};
use freeroam_envs::ground::Ground;
use freeroam_envs::task::Reach;
use freeroam_envs::{Env, Stream};

use super::{laws, on_plane};

/// Moves a body from its start without noise by a wave; gives how far along x and how upright it is after `seconds`.
fn waved(body: Body, gait: &[f32], seconds: f32) -> (f64, f32) {
    let (start, dt) = (body.start.qpos.clone(), body.timing.dt as f32);
    let mut env = on_plane(body);
    let rest = vec![0.0; env.robot().qvel_len()];
    env.set_state(&start, &rest);
    let mut action = vec![0.0; env.robot().actuators().len()];
    for step in 0..(seconds / dt).round() as usize {
        laws::wave(gait, step as f32 * dt, &mut action);
        assert!(!env.step(&action).diverged);
    }
    (env.place()[0], env.robot().upright())
}

fn started(body: Body) -> Embodied {
    let mut env = on_plane(body);
    env.reset(&mut Stream::new(0, "reset", 0));
    env
}

#[test]
fn the_half_cheetah_runs_over_two_metres_per_second() {
    let (far, upright) = waved(Body::half_cheetah(), &HALF_CHEETAH, 3.0);
    assert!(far > 6.0 && upright > 0.5, "{far} m in 3 s, upright {upright}");
}

#[test]
fn the_walker_walks() {
    let (far, upright) = waved(Body::walker(), &WALKER, 3.0);
    assert!(far > 2.5 && upright > 0.5, "{far} m in 3 s, upright {upright}");
}

#[test]
fn the_quadruped_runs_over_a_metre_per_second() {
    let (far, upright) = waved(Body::quadruped(), &QUADRUPED, 3.0);
    assert!(far > 3.0 && upright > 0.5, "{far} m in 3 s, upright {upright}");
}

#[test]
fn the_hopper_stands_on_its_foot_for_five_seconds() {
    let mut env = started(Body::hopper());
    let mut action = [0.0; 3];
    for _ in 0..625 {
        laws::hold(&env, 4.0, 0.4, |_| 0.0, &mut action);
        env.step(&action);
        let (height, pitch) = (env.state().qpos[1], env.state().qpos[2]);
        assert!(height > 1.0 && pitch.abs() < 0.2, "{height} m, {pitch} rad");
    }
}

#[test]
fn gymnasiums_walker_stands_leaning_over_its_feet() {
    // Its feet reach from the ankles 0.2 m ahead; leaning by this much, the centre of mass is over their middle.
    const LEAN: f32 = 0.1;
    let body = Body::walker2d();
    let mut qpos = body.start.qpos.clone();
    let mut env = on_plane(body);
    (qpos[2], qpos[5], qpos[8]) = (LEAN, LEAN, LEAN);
    env.set_state(&qpos, &[0.0; 9]);
    let mut action = [0.0; 6];
    for _ in 0..625 {
        laws::hold(&env, 3.0, 0.15, |name| if name.ends_with("ankle") { LEAN } else { 0.0 }, &mut action);
        env.step(&action);
        assert!(env.robot().height() > 1.15, "{} m", env.robot().height());
    }
}

#[test]
fn the_humanoid_stands_for_three_seconds() {
    let body = Body::humanoid();
    let start = body.start.qpos.clone();
    let seconds = laws::stands(&mut on_plane(body), &start, &HUMANOID, 3.0);
    assert!(seconds >= 3.0, "{seconds} s");
}

#[test]
fn the_quadruped_carries_itself_upright() {
    let mut env = started(Body::quadruped());
    for _ in 0..150 {
        env.step(&[0.0; 12]);
    }
    assert!(env.robot().upright() > 0.99 && env.robot().height() > 0.4, "{} m", env.robot().height());
}

#[test]
fn the_rover_drives_and_turns_as_told() {
    let mut env = started(Body::rover());
    for _ in 0..30 {
        env.step(&[1.0, 0.0]);
    }
    let start = env.place()[0];
    for _ in 0..20 {
        env.step(&[1.0, 0.0]);
    }
    let speed = (env.place()[0] - start) / 2.0;
    assert!((0.9..1.05).contains(&speed), "{speed} m/s");
    for _ in 0..20 {
        env.step(&[0.0, 1.0]);
    }
    let rate = env.state().qvel[5];
    assert!((0.3..3.1).contains(&rate), "{rate} rad/s to the left");
}

/// Joints turn as the transposed Jacobian of the hand says.
#[test]
fn the_arm_reaches_each_of_its_four_places() {
    let hand = Body::jaco().hand.expect("it has one");
    for target in [[-0.09, 0.09, 0.01], [0.09, 0.09, 0.01], [-0.09, -0.09, 0.01], [0.09, -0.09, 0.01]] {
        let mut env = Embodiment {
            id: "Test-v0".to_owned(),
            description: "An arm for tests.".to_owned(),
            body: Body::jaco(),
            ground: Ground::Plane,
            task: Arc::new(Reach { hand, target }),
            horizon: 250,
        }
        .env()
        .expect("the model loads");
        env.reset(&mut Stream::new(0, "reset", 0));
        let mut twin = env.clone();
        let rewards = (0..250).map(|_| {
            let qpos = env.state().qpos.clone();
            let here = hand.place(env.robot());
            let mut action = [0.0; 9];
            for joint in 0..6 {
                let mut beside = qpos.clone();
                beside[joint] += 1e-3;
                twin.set_state(&beside, &[0.0; 9]);
                let there = hand.place(twin.robot());
                let way: f32 = (0..3).map(|k| (there[k] - here[k]) / 1e-3 * (target[k] - here[k])).sum();
                action[joint] = (20.0 * way).clamp(-1.0, 1.0);
            }
            env.step(&action).reward
        });
        let total: f32 = rewards.sum();
        assert!(total > 150.0, "{total} of 250 at {target:?}");
    }
}

#[rustfmt::skip]
const HALF_CHEETAH: [f32; 19] = [
    3.752139, 0.09265317, 1.1200694, -0.22147527, -0.49144027, 0.0026625097, 0.1307711, -0.14130194,
    0.6329635, -0.29119113, -0.34002954, 0.7501076, -0.45122933, 0.022281725, 0.7616347, 0.58941966,
    -0.21511051, 1.4686351, -0.4316364,
];

#[rustfmt::skip]
const WALKER: [f32; 19] = [
    3.255478, 0.044421986, 0.8854763, 0.44111595, 0.42572525, 0.7803291, -0.122073844, 0.52120394,
    -0.2338602, -0.028573662, -0.82780963, 0.20644993, -0.5327504, 1.2886547, 1.010994, -0.6551721,
    0.15680683, 0.959246, 0.54345036,
];

#[rustfmt::skip]
const QUADRUPED: [f32; 37] = [
    7.0146174, 0.021521542, 0.7505588, -0.7254475, 0.11190055, 1.2143021, -0.6765551, 0.15613872,
    0.73774666, 0.69911355, 0.008208953, 0.5235614, 0.27005145, -0.045822162, 0.73725873, -0.25667918,
    -0.21937063, -0.07724248, -0.025256034, -0.044361934, 1.7007002, -0.058794886, 0.015273567, 1.7260789,
    -0.54707295, -0.38594714, 0.32943445, -0.081088156, -0.3082675, 1.0195324, -0.32118568, 0.31672272,
    0.31843278, 0.32452902, -0.171519, 0.8802614, -1.8207246,
];

#[rustfmt::skip]
const HUMANOID: [f32; 14] = [
    3.3077116, 0.16134188, -0.10751763, -0.60330784, 0.06278435, -0.42535415, -0.13291097, 0.34843516,
    0.06776447, -0.23979703, -0.27018416, 0.12925997, 0.0055870563, -0.08459743,
];
