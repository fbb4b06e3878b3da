//! The ant has the mass, the geometry and the coordinates of its file, in MuJoCo's order and signs.

use std::f32::consts::PI;

use freeroam_envs::body::Body;
use freeroam_envs::ground::Ground;
use freeroam_envs::robot::Robot;
use freeroam_envs::{Stream, world};

use super::state;

pub(super) fn robot() -> Robot {
    Body::ant().robot(&Ground::Plane).expect("the model loads")
}

/// Upright at height `z`, joints in the order of the observation.
pub(super) fn upright(z: f32, joints: [f32; 8]) -> [f32; 15] {
    let mut qpos = [0.0; 15];
    qpos[2] = z;
    qpos[3] = 1.0;
    qpos[7..].copy_from_slice(&joints);
    qpos
}

/// The ankles inside their limits.
pub(super) const STANCE: [f32; 8] = [0.0, 0.9, 0.0, -0.9, 0.0, -0.9, 0.0, 0.9];

#[test]
fn mass_is_that_of_spheres_and_capsules() {
    let ball = |radius: f32| 4.0 / 3.0 * PI * radius.powi(3);
    let capsule = |length: f32| ball(0.08) + PI * 0.08_f32.powi(2) * length;
    let (short, long) = (0.2 * 2.0_f32.sqrt(), 0.4 * 2.0_f32.sqrt());
    let mass = 5.0 * (ball(0.25) + 8.0 * capsule(short) + 4.0 * capsule(long));
    assert!((mass - 0.911).abs() < 1e-3, "{mass}");
    assert!((robot().mass() - mass).abs() < 1e-5, "{} against {mass}", robot().mass());
}

#[test]
fn coordinates_have_the_order_of_the_file() {
    let robot = robot();
    let names: Vec<_> = robot.joints().iter().map(|joint| joint.name.as_str()).collect();
    assert_eq!(names, ["hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3", "hip_4", "ankle_4"]);
    let world = world("Ant-v0").expect("registered");
    let spec = world.spec();
    assert_eq!(robot.actuators().collect::<Vec<_>>(), spec.action);
    let channels: Vec<_> = spec.observation.iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(channels[7..15], names);
    assert_eq!((robot.qpos_len(), robot.qvel_len()), (15, 14));
    assert!(spec.observation.iter().all(|channel| channel.std > 0.0));
}

#[test]
fn each_ankle_bends_its_leg_down() {
    let mut robot = robot();
    for (leg, sign) in [1.0, -1.0, -1.0, 1.0].into_iter().enumerate() {
        let bend = 50_f32.to_radians();
        let mut joints = [0.0; 8];
        joints[2 * leg + 1] = sign * bend;
        robot.set_state(&upright(3.0, joints), &[0.0; 14]);
        let lowest = 3.0 - 0.08 - 0.4 * 2.0_f32.sqrt() * bend.sin();
        assert!((robot.lowest_point() - lowest).abs() < 1e-4, "leg {}: {}", leg + 1, robot.lowest_point());
    }
}

#[test]
fn each_motor_turns_its_own_joint() {
    let mut robot = robot();
    let names: Vec<_> = robot.actuators().map(str::to_owned).collect();
    for (index, name) in names.iter().enumerate() {
        let mut action = [0.0; 8];
        action[index] = 1.0;
        robot.set_state(&upright(5.0, STANCE), &[0.0; 14]);
        robot.apply(&action);
        robot.advance();
        let rates = &state(&robot).1[6..];
        let joint = robot.joints().iter().position(|joint| &joint.name == name).expect("same names");
        // 150 N m on an armature of 1 kg m2 during 0.05 s, less the damping and what the limits take.
        assert!(rates[joint] > 3.0 && rates[joint] < 7.5, "{name}: {rates:?}");
        let others = (0..8).filter(|&other| other != joint).map(|other| rates[other].abs()).fold(0.0, f32::max);
        assert!(others < 0.5, "{name}: {rates:?}");
    }
}

#[test]
fn a_state_reads_back_as_it_was_set() {
    let mut robot = robot();
    let mut stream = Stream::new(0, "states", 0);
    for _ in 0..20 {
        let (mut qpos, mut qvel) = ([0.0; 15], [0.0; 14]);
        stream.fill_normal(&mut qpos);
        stream.fill_normal(&mut qvel);
        robot.set_state(&qpos, &qvel);
        let norm = qpos[3..7].iter().map(|value| value * value).sum::<f32>().sqrt();
        qpos[3..7].iter_mut().for_each(|value| *value /= norm);
        let (read_qpos, read_qvel) = state(&robot);
        for (a, b) in qpos.iter().zip(&read_qpos).chain(qvel.iter().zip(&read_qvel)) {
            assert!((a - b).abs() < 1e-5, "{qpos:?} {qvel:?} became {read_qpos:?} {read_qvel:?}");
        }
        assert_eq!(qpos[7..], read_qpos[7..], "joint angles are exact");
    }
}

#[test]
fn the_ant_rests_on_its_feet() {
    let mut robot = robot();
    // Flat enough for the feet to slide: beyond 45 degrees friction alone would carry the ant.
    robot.set_state(&upright(0.6, STANCE.map(|angle| angle * 0.6)), &[0.0; 14]);
    robot.apply(&[0.0; 8]);
    for _ in 0..100 {
        robot.advance();
    }
    let (qpos, qvel) = state(&robot);
    // The ankles sink to 30 degrees, where their limits carry the weight.
    let height = 0.08 + 0.4 * 2.0_f32.sqrt() * 30_f32.to_radians().sin();
    assert!((qpos[2] - height).abs() < 0.03, "{} against {height}", qpos[2]);
    // It never rests quite: limits act only once they are violated, so that the ankles tremble at them.
    assert!(qvel.iter().all(|rate| rate.abs() < 0.15), "{qvel:?}");
    assert!(robot.lowest_point() > -0.02, "{}", robot.lowest_point());
}
