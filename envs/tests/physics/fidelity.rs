//! Known motions come out right, each within the error measured for this integrator and substep.

use freeroam_envs::body::Body;
use freeroam_envs::ground::Ground;
use freeroam_envs::robot::{Robot, Timing};
use freeroam_envs::{Env, Stream};

use super::ant_model::{STANCE, robot as ant, upright};
use super::state;

const G: f64 = 9.81;

fn load(xml: &str, dt: f64, frame_skip: u32, iterations: u32) -> Robot {
    let timing = Timing { dt, frame_skip, iterations, reach: 0.02 };
    Robot::from_mjcf("test robot", xml, timing, &Ground::Own).expect("the model loads")
}

/// Radius, length and mass of the pendulum below.
const BALL: (f64, f64, f64) = (0.05, 0.5, 1.0);
const PENDULUM: &str = r#"<mujoco><worldbody><body pos="0 0 2">
    <joint name="swing" type="hinge" axis="0 1 0"/><geom type="sphere" size="0.05" mass="1" pos="0 0 -0.5"/>
</body></worldbody></mujoco>"#;

fn pendulum_energy(robot: &Robot) -> f64 {
    let (qpos, qvel) = state(robot);
    let (angle, rate) = (f64::from(qpos[0]), f64::from(qvel[0]));
    let (radius, length, mass) = BALL;
    let inertia = mass * (length * length + 0.4 * radius * radius);
    0.5 * inertia * rate * rate - mass * G * length * angle.cos()
}

#[test]
fn a_free_pendulum_keeps_its_energy() {
    // (substeps per 10 ms, bound on the relative change after 10 s)
    for (iterations, bound) in [(4, 0.02), (10, 0.01)] {
        let mut robot = load(PENDULUM, 0.01, 1, iterations);
        robot.set_state(&[std::f32::consts::FRAC_PI_2], &[0.0]);
        let start = pendulum_energy(&robot);
        let mut fastest = 0.0_f32;
        for _ in 0..1000 {
            robot.advance();
            fastest = fastest.max(state(&robot).1[0].abs());
        }
        let scale = BALL.2 * G * BALL.1;
        let change = (pendulum_energy(&robot) - start) / scale;
        assert!(change.abs() < bound, "{iterations} substeps: {change}");
        let expected = (2.0 * scale / (BALL.2 * (BALL.1 * BALL.1 + 0.4 * BALL.0 * BALL.0))).sqrt();
        assert!((f64::from(fastest) / expected - 1.0).abs() < 0.02, "{fastest} rad/s against {expected}");
    }
}

#[test]
fn damping_and_armature_act_as_in_the_file() {
    // No gravity: rate' = (torque - damping * rate) / (armature + inertia), inertia 0.001.
    let xml = r#"<mujoco><option gravity="0 0 0"/><worldbody><body>
        <joint name="turn" type="hinge" axis="0 0 1" damping="0.5" armature="1"/><geom type="sphere" size="0.05" mass="1"/>
    </body></worldbody><actuator><motor joint="turn" gear="3" ctrlrange="-2 2"/></actuator></mujoco>"#;
    let mut robot = load(xml, 0.01, 1, 1);
    robot.apply(&[0.5]);
    for _ in 0..100 {
        robot.advance();
    }
    let (torque, damping, inertia) = (3.0_f64, 0.5, 1.001);
    let expected = torque / damping * (1.0 - (-damping / inertia).exp());
    let rate = f64::from(state(&robot).1[0]);
    assert!((rate / expected - 1.0).abs() < 0.01, "{rate} rad/s against {expected}");
}

#[test]
fn a_motor_adds_to_the_joints_own_spring() {
    let xml = r#"<mujoco><option gravity="0 0 0"/><worldbody><body>
        <joint name="turn" type="hinge" axis="0 0 1" damping="2" stiffness="10" springref="20"/>
        <geom type="sphere" size="0.05" mass="1"/>
    </body></worldbody><actuator><motor joint="turn" gear="1" ctrlrange="-1 1"/></actuator></mujoco>"#;
    let mut robot = load(xml, 0.01, 1, 4);
    for (action, torque) in [(0.0, 0.0), (1.0, 1.0)] {
        robot.apply(&[action]);
        for _ in 0..300 {
            robot.advance();
        }
        let expected = 20_f32.to_radians() + torque / 10.0;
        let angle = state(&robot).0[0];
        assert!((angle - expected).abs() < 1e-3, "{angle} rad against {expected}");
    }
}

#[test]
fn servos_reach_what_they_are_told() {
    let robot = |actuator: &str| {
        let xml = format!(
            r#"<mujoco><option gravity="0 0 0"/><worldbody><body>
            <joint name="turn" type="hinge" axis="0 0 1" damping="1"/><geom type="sphere" size="0.05" mass="1"/>
            </body></worldbody><actuator>{actuator}</actuator></mujoco>"#
        );
        load(&xml, 0.01, 1, 4)
    };
    // A servo's length is gear times the angle; a general actuator with an affine bias is a servo too.
    for actuator in [
        r#"<position joint="turn" kp="10" gear="2" ctrlrange="-3 3"/>"#,
        r#"<general joint="turn" gear="2" gainprm="10" biastype="affine" biasprm="0 -10" ctrlrange="-3 3"/>"#,
    ] {
        let mut robot = robot(actuator);
        for (action, angle) in [(0.5, 0.75), (-1.0, -1.5)] {
            robot.apply(&[action]);
            for _ in 0..300 {
                robot.advance();
            }
            assert!((state(&robot).0[0] - angle).abs() < 1e-3, "{actuator}: {} rad", state(&robot).0[0]);
        }
    }
    // Against the damping of 1: kv (u - rate) = rate.
    let mut robot = robot(r#"<velocity joint="turn" kv="4" ctrlrange="-5 5"/>"#);
    robot.apply(&[1.0]);
    for _ in 0..300 {
        robot.advance();
    }
    assert!((state(&robot).1[0] - 4.0).abs() < 1e-2, "{} rad/s", state(&robot).1[0]);
}

#[test]
fn a_sliding_box_stops_where_coulomb_says() {
    // The floor is slippery: the larger coefficient of the pair counts, as in MuJoCo.
    let xml = r#"<mujoco><worldbody>
        <geom type="plane" size="9 9 9" friction="0.1"/>
        <body pos="0 0 0.1">
            <joint name="x" type="slide" axis="1 0 0"/><joint name="z" type="slide" axis="0 0 1"/>
            <geom type="box" size="0.1 0.1 0.1" mass="2" friction="0.5"/>
        </body>
    </worldbody></mujoco>"#;
    let mut robot = load(xml, 0.01, 1, 4);
    robot.set_state(&[0.0, 0.0], &[3.0, 0.0]);
    for _ in 0..200 {
        robot.advance();
    }
    let (qpos, qvel) = state(&robot);
    let expected = 3.0 * 3.0 / (2.0 * 0.5 * G);
    assert!((f64::from(qpos[0]) / expected - 1.0).abs() < 0.02, "{} m against {expected}", qpos[0]);
    assert!(qvel[0].abs() < 1e-3 && qpos[1].abs() < 2e-3, "{qpos:?} {qvel:?}");
}

/// Lying bodies that move in a plane are stopped by the friction of what they lie on: at 3 m/s, 0.4 is the least of their coefficients.
#[test]
fn planar_bodies_do_not_slide_on() {
    for body in [Body::half_cheetah(), Body::hopper(), Body::walker2d(), Body::walker()] {
        let (name, steps) = (body.name.clone(), |seconds: f64| (seconds / body.timing.dt) as usize);
        let mut env = super::on_plane(body.clone());
        env.reset(&mut Stream::new(0, "reset", 0));
        let rest = vec![0.0; env.robot().actuators().len()];
        (0..steps(4.0)).for_each(|_| assert!(!env.step(&rest).diverged));
        let (qpos, mut qvel) = (env.state().qpos.clone(), vec![0.0; env.robot().qvel_len()]);
        qvel[env.robot().travel()[0].expect("it moves along x")] = 3.0;
        env.set_state(&qpos, &qvel);
        let start = env.place()[0];
        (0..steps(2.0)).for_each(|_| assert!(!env.step(&rest).diverged));
        let way = env.place()[0] - start;
        // On ice it would be 6 m.
        assert!((0.2..2.5).contains(&way), "{name}: {way} m");
        assert!(env.robot().point(0, [0.0; 3])[1].abs() < 1e-3, "{name}: it stays in its plane");
    }
}

#[test]
fn free_fall_is_exact_for_the_integrator() {
    let mut robot = ant();
    robot.set_state(&upright(9.0, STANCE), &[0.0; 14]);
    for _ in 0..10 {
        robot.advance();
    }
    // Semi-implicit Euler: after n substeps of h the fall is g h^2 n (n + 1) / 2.
    let (h, n) = (0.0125, 40.0);
    let (qpos, qvel) = state(&robot);
    let fallen = 9.0 - f64::from(qpos[2]);
    assert!((fallen - G * h * h * n * (n + 1.0) / 2.0).abs() < 2e-4, "{fallen} m");
    assert!((f64::from(qvel[2]) + G * h * n).abs() < 2e-4, "{} m/s", qvel[2]);
}

#[test]
fn angular_velocity_is_in_the_body_frame() {
    let mut robot = ant();
    let mut qpos = upright(5.0, STANCE);
    // Rolled by 90 degrees about x, spinning about the body's own z axis.
    let half = std::f32::consts::FRAC_PI_4;
    qpos[3..7].copy_from_slice(&[half.cos(), half.sin(), 0.0, 0.0]);
    let mut qvel = [0.0; 14];
    qvel[5] = 2.0;
    robot.set_state(&qpos, &qvel);
    robot.advance();
    let (after, rates) = state(&robot);
    // q = q0 * turn(z, 2 rad/s * 0.05 s); rapier's gyroscopic term costs a little.
    let (sin, cos) = 0.05_f32.sin_cos();
    let expected = [half.cos() * cos, half.sin() * cos, -half.sin() * sin, half.cos() * sin];
    for (a, b) in after[3..7].iter().zip(expected) {
        assert!((a - b).abs() < 2e-3, "{:?} against {expected:?}", &after[3..7]);
    }
    assert!((rates[5] - 2.0).abs() < 0.05 && rates[3].abs() < 0.05 && rates[4].abs() < 0.05, "{rates:?}");
}

#[test]
fn a_root_spins_about_its_centre_of_mass() {
    // The centre of mass lies 0.3 m from the origin of the root.
    let xml = r#"<mujoco><option gravity="0 0 0"/><worldbody><body pos="0 0 1">
        <freejoint/><geom type="box" size="0.1 0.05 0.02" mass="1" pos="0.3 0 0"/>
        <body pos="0.3 0 0"><joint name="turn" type="hinge" axis="0 0 1"/><geom type="sphere" size="0.02" mass="0.001"/></body>
    </body></worldbody></mujoco>"#;
    let mut robot = load(xml, 0.01, 1, 2);
    let (spin, lever) = (5.0, 0.3);
    let mut qpos = state(&robot).0;
    assert_eq!(qpos[..7], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0], "qpos is of the origin of the file");
    qpos[0] = 2.0;
    // The origin circles the centre of mass, which rests.
    robot.set_state(&qpos, &[0.0, -spin * lever, 0.0, 0.0, 0.0, spin, -spin]);
    let (_, set) = state(&robot);
    assert!((set[1] + spin * lever).abs() < 1e-5 && (set[5] - spin).abs() < 1e-5, "{set:?}");
    for _ in 0..200 {
        robot.advance();
        let (qpos, _) = state(&robot);
        let angle = 2.0 * qpos[6].atan2(qpos[3]);
        let centre = [qpos[0] + lever * angle.cos(), qpos[1] + lever * angle.sin(), qpos[2]];
        let off = [centre[0] - 2.3, centre[1], centre[2] - 1.0].map(|value| value * value).iter().sum::<f32>().sqrt();
        assert!(off < 0.01, "the centre of mass is at {centre:?}");
    }
}

#[test]
fn limits_hold_a_falling_arm() {
    let xml = r#"<mujoco><worldbody><body pos="0 0 2">
        <joint name="swing" type="hinge" axis="0 1 0" range="-90 20"/><geom type="sphere" size="0.05" mass="1" pos="0.5 0 0"/>
    </body></worldbody></mujoco>"#;
    let mut robot = load(xml, 0.01, 1, 4);
    assert_eq!(robot.joints()[0].range, Some([-90_f32.to_radians(), 20_f32.to_radians()]));
    let mut furthest = 0.0_f32;
    for _ in 0..300 {
        robot.advance();
        furthest = furthest.max(state(&robot).0[0]);
    }
    assert!(furthest.to_degrees() < 25.0, "{} degrees", furthest.to_degrees());
    let angle = state(&robot).0[0].to_degrees();
    assert!((angle - 20.0).abs() < 1.0, "{angle} degrees at rest");
}
