//! `Ant-v0`: four legs, eight motors, open ground.
//!
//! The model has gym's dimensions and the observation of the skill-discovery papers: 15 positions with x and y, then 14
//! velocities, all in MuJoCo's order and conventions.
//!
//! The reward is that of Gymnasium's Ant-v5 (Towers et al., 2024), which pays for running along x:
//!
//! ```text
//! v + 1 where the ant is healthy - |a|^2 / 2
//! v         velocity of the torso along x, m/s: its displacement in the step by the length of the step
//! healthy   the torso's height is in [0.2, 1.0] m (and all numbers are finite: lanes reward no other step)
//! ```
//!
//! Differences: contacts cost nothing (Ant-v5 takes 5e-4 times their squared forces, each clipped to [-1, 1]), and nothing
//! ends an episode but its length, as with the ant of the skill-discovery papers; Ant-v5 ends where the ant is not healthy.
//! Intrinsic objectives take no notice of the reward.

use crate::camera::Scene;
use crate::robot::{Robot, Timing};
use crate::{Channel, Env, EnvsError, Outcome, Spec, Stream};

const MODEL: &str = include_str!("../assets/ant.xml");

/// 12.5 ms per solver substep; at 25 ms the ant explodes when its motors alternate between full torques. One collision
/// detection per step is enough because contacts are anticipated from as far as a foot moves in it at 7 m/s; a foot
/// that strikes faster sinks in first. Anticipating more of them costs time for contacts that never happen.
pub const TIMING: Timing = Timing { dt: 0.05, frame_skip: 1, iterations: 4, reach: 0.35 };

const QPOS: usize = 15;
const QVEL: usize = 14;

/// Height of the torso at the start of an episode, metres.
const START_HEIGHT: f32 = 0.75;
/// Half-width of the uniform noise on all positions at the start, quaternion included.
const POSITION_NOISE: f64 = 0.1;
/// Standard deviation of all velocities at the start.
const VELOCITY_NOISE: f64 = 0.1;

/// Bounds on |qvel| and on the height, m/s, rad/s and m. Full torque gives up to about 20 rad/s and 2 m; rapier lets an
/// exploding robot fly on with finite numbers.
const MAX_VELOCITY: f32 = 200.0;
const MAX_HEIGHT: f32 = 10.0;

/// Heights of a healthy torso, metres.
const HEALTHY_HEIGHTS: std::ops::RangeInclusive<f32> = 0.2..=1.0;
/// Reward of a healthy step.
const HEALTHY_REWARD: f32 = 1.0;
/// Cost of a unit of the action's squared norm.
const CONTROL_COST: f32 = 0.5;

/// What the ant looks like from outside.
#[must_use]
pub fn spec() -> Spec {
    let channels = CHANNELS.iter().map(|&(name, unit, mean, std)| Channel { name: name.to_owned(), unit, mean, std });
    let action = ["hip_4", "ankle_4", "hip_1", "ankle_1", "hip_2", "ankle_2", "hip_3", "ankle_3"];
    Spec {
        id: "Ant-v0",
        description: "An ant of 0.9 kg with four legs and eight motors on open ground, rewarded for running along x.",
        observation: channels.collect(),
        action: action.iter().map(|&name| name.to_owned()).collect(),
        dt: TIMING.dt,
        horizon: 200,
        position: [0, 1],
        bin: 1.0,
        goal_range: 15.0,
        goal_radius: 3.0,
        layout: None,
        frames: None,
    }
}

/// One ant in a world of its own. Cheap to clone from a prototype that was built once.
#[derive(Clone)]
pub struct Ant {
    robot: Robot,
}

impl Ant {
    /// An ant in the zero pose; [`Env::reset`] gives it a start state.
    ///
    /// # Errors
    /// [`EnvsError::Robot`] when the model does not load.
    pub fn new() -> Result<Self, EnvsError> {
        Ok(Self { robot: Robot::from_mjcf("ant", MODEL, TIMING)? })
    }

    /// The robot, for what the observation does not show.
    #[must_use]
    pub fn robot(&self) -> &Robot {
        &self.robot
    }

    fn qpos(&self) -> [f32; QPOS] {
        let mut qpos = [0.0; QPOS];
        self.robot.qpos(&mut qpos);
        qpos
    }

    fn diverged(&self, qpos: &[f32; QPOS]) -> bool {
        let mut qvel = [0.0; QVEL];
        self.robot.qvel(&mut qvel);
        // Written so that NaN fails each comparison.
        let sane = qpos.iter().all(|value| value.is_finite())
            && qpos[2].abs() <= MAX_HEIGHT
            && qvel.iter().all(|value| value.abs() <= MAX_VELOCITY);
        !sane
    }
}

impl Env for Ant {
    fn reset(&mut self, stream: &mut Stream) {
        let mut qpos = [0.0; QPOS];
        qpos[2] = START_HEIGHT;
        qpos[3] = 1.0;
        for value in &mut qpos {
            *value += stream.uniform(-POSITION_NOISE, POSITION_NOISE) as f32;
        }
        let qvel = std::array::from_fn::<_, QVEL, _>(|_| (VELOCITY_NOISE * stream.normal()) as f32);
        self.robot.set_state(&qpos, &qvel);
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let before = self.qpos();
        self.robot.apply(action);
        self.robot.advance();
        let after = self.qpos();
        let velocity = (after[0] - before[0]) / TIMING.dt as f32;
        let healthy = if HEALTHY_HEIGHTS.contains(&after[2]) { HEALTHY_REWARD } else { 0.0 };
        let effort = action.iter().map(|value| value * value).sum::<f32>();
        let reward = velocity + healthy - CONTROL_COST * effort;
        Outcome { reward, terminated: false, diverged: self.diverged(&after) }
    }

    fn observe(&self, observation: &mut [f32]) {
        let (qpos, qvel) = observation.split_at_mut(QPOS);
        self.robot.qpos(qpos);
        self.robot.qvel(qvel);
    }

    fn teleport(&mut self, position: [f64; 2]) {
        let mut qpos = self.qpos();
        qpos[0] = position[0] as f32;
        qpos[1] = position[1] as f32;
        self.robot.set_state(&qpos, &[0.0; QVEL]);
    }

    fn scene(&self, scene: &mut Scene) {
        self.robot.scene(scene);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.robot.save(out);
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        self.robot.load(bytes)
    }
}

/// Name, unit, mean and standard deviation of each channel over 10,000 rollouts of 50 random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture ant_normaliser_table`
#[rustfmt::skip]
const CHANNELS: [(&str, &str, f32, f32); QPOS + QVEL] = [
    ("torso_x", "m", -0.006, 0.599),
    ("torso_y", "m", -0.017, 0.593),
    ("torso_z", "m", 0.653, 0.173),
    ("torso_qw", "", 0.807, 0.330),
    ("torso_qx", "", -0.010, 0.224),
    ("torso_qy", "", 0.000, 0.222),
    ("torso_qz", "", 0.001, 0.374),
    ("hip_1", "rad", -0.002, 0.397),
    ("ankle_1", "rad", 0.859, 0.274),
    ("hip_2", "rad", -0.001, 0.397),
    ("ankle_2", "rad", -0.860, 0.275),
    ("hip_3", "rad", 0.000, 0.397),
    ("ankle_3", "rad", -0.860, 0.274),
    ("hip_4", "rad", 0.003, 0.397),
    ("ankle_4", "rad", 0.860, 0.274),
    ("torso_vx", "m/s", -0.004, 0.787),
    ("torso_vy", "m/s", -0.012, 0.783),
    ("torso_vz", "m/s", -0.068, 1.016),
    ("torso_wx", "rad/s", -0.013, 1.736),
    ("torso_wy", "rad/s", -0.007, 1.733),
    ("torso_wz", "rad/s", -0.001, 1.956),
    ("hip_1_rate", "rad/s", -0.001, 4.483),
    ("ankle_1_rate", "rad/s", 0.137, 3.932),
    ("hip_2_rate", "rad/s", 0.001, 4.490),
    ("ankle_2_rate", "rad/s", -0.133, 3.926),
    ("hip_3_rate", "rad/s", 0.003, 4.491),
    ("ankle_3_rate", "rad/s", -0.141, 3.933),
    ("hip_4_rate", "rad/s", 0.000, 4.493),
    ("ankle_4_rate", "rad/s", 0.141, 3.923),
];
