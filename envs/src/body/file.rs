//! Bodies from users' own MJCF files, in any world.
//!
//! What a file does not say is chosen by rule: a step is 0.05 s, divided into substeps of the file's time step, at least 2 ms
//! and at most 10 ms; episodes begin in the zero pose with a little noise, lifted onto the ground; the observation is all
//! positions and velocities; its scales are those of random actions; lengths follow the size of the robot.

use std::borrow::Cow;

use rapier3d_mjcf::mjcf_rs;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::ground::Ground;
use crate::maze::Layout;
use crate::robot::{Robot, Timing, complete};
use crate::task::Free;
use crate::{EnvsError, Stream, World};

/// Simulated seconds per step.
const DT: f64 = 0.05;
/// Rollouts and their steps from which scales are measured.
const ROLLOUTS: u64 = 40;
const STEPS: usize = 50;
/// Edges of the smallest squares in which coverage is counted, metres.
const SMALLEST_BIN: f64 = 0.1;

/// Ids of the worlds that take a robot of one's own.
pub const ROBOT_WORLDS: [&str; 8] = [
    "Robot-v0",
    "RobotMaze-UMaze-v0",
    "RobotMaze-Medium-v0",
    "RobotMaze-Large-v0",
    "RobotMaze-Giant-v0",
    "RobotMaze-Ultra-v0",
    "RobotMaze-Teleport-v0",
    "RobotMaze-Arena-v0",
];

/// One of [`ROBOT_WORLDS`] with the robot of an MJCF document in it.
///
/// ```
/// use freeroam_envs::robot_world;
/// # fn main() -> Result<(), freeroam_envs::EnvsError> {
/// let cart = r#"<mujoco model="cart"><worldbody><body name="cart" pos="0 0 0.1">
///     <joint name="x" type="slide" axis="1 0 0" damping="1"/><joint name="y" type="slide" axis="0 1 0" damping="1"/>
///     <geom type="box" size="0.2 0.2 0.1" mass="1"/>
/// </body></worldbody><actuator>
///     <motor name="push_x" joint="x" gear="5" ctrlrange="-1 1"/><motor name="push_y" joint="y" gear="5" ctrlrange="-1 1"/>
/// </actuator></mujoco>"#;
/// let world = robot_world("RobotMaze-UMaze-v0", cart)?;
/// assert_eq!((world.spec().action.len(), world.spec().position.as_slice()), (2, [0, 1].as_slice()));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`EnvsError::UnknownEnv`] for another id; [`EnvsError::Robot`] for a document that does not parse, asks for what has no
/// counterpart here, has no actuators, or cannot move as the world asks.
pub fn robot_world(id: &str, xml: &str) -> Result<World, EnvsError> {
    let layout = match id {
        "Robot-v0" => return Embodiment::on_plane(id, Body::from_mjcf(xml)?, " on open ground", Free, 200).world(),
        "RobotMaze-UMaze-v0" => Layout::umaze(),
        "RobotMaze-Medium-v0" => Layout::medium(),
        "RobotMaze-Large-v0" => Layout::large(),
        "RobotMaze-Giant-v0" => Layout::giant(),
        "RobotMaze-Ultra-v0" => Layout::ultra(),
        "RobotMaze-Teleport-v0" => Layout::teleport(),
        "RobotMaze-Arena-v0" => Layout::arena(),
        _ => {
            let distance = |known: &&str| strsim::damerau_levenshtein(id, known);
            let nearest = ROBOT_WORLDS.into_iter().min_by_key(distance).unwrap_or_default().to_owned();
            return Err(EnvsError::UnknownEnv { id: id.to_owned(), nearest });
        }
    };
    Embodiment::in_maze(id, Body::from_mjcf(xml)?, layout).world()
}

impl Body {
    /// The body of an MJCF document, called as its `model`; what the document does not say is chosen by the rules of this file.
    ///
    /// # Errors
    /// As [`robot_world`].
    pub fn from_mjcf(xml: &str) -> Result<Self, EnvsError> {
        complete(xml).map_err(|reason| EnvsError::Robot { name: "robot".to_owned(), reason })?;
        let model = mjcf_rs::Model::from_str(xml, ".");
        let name = model.as_ref().ok().and_then(|model| model.name.as_deref()).unwrap_or("robot").to_owned();
        let broken = |reason: String| EnvsError::Robot { name: name.clone(), reason };
        let model = model.as_ref().map_err(|error| broken(format!("{error:#}")))?;
        let substep = model.option.timestep.clamp(0.002, 0.01);
        let timing = Timing { dt: DT, frame_skip: 2, iterations: (DT / 2.0 / substep).ceil() as u32, reach: 0.2 };
        let robot = Robot::from_mjcf(&name, xml, timing, &Ground::Plane)?;
        if robot.actuators().len() == 0 {
            return Err(broken("it has no actuators".to_owned()));
        }
        let mut qpos = vec![0.0; robot.qpos_len()];
        robot.qpos(&mut qpos);
        if let Some(height) = robot.lift() {
            qpos[height] += 0.01 - robot.lowest_point();
        }
        let bin = ((10.0 * f64::from(robot.extent())).round() / 10.0).max(SMALLEST_BIN);
        let start = Start {
            qpos,
            position_noise: Noise::Uniform(0.01),
            velocity_noise: Noise::Uniform(0.01),
            posture: Posture::Kept,
        };
        let mut body = Self {
            name: name.clone(),
            summary: format!("The robot `{name}` of {:.1} kg with {} actuators", robot.mass(), robot.actuators().len()),
            mjcf: Cow::Owned(xml.to_owned()),
            timing,
            start,
            controls: None,
            hand: None,
            senses: vec![
                Sense::Positions { from: 0, to: Sense::ALL },
                Sense::Velocities { skip: 0, clip: f32::INFINITY },
            ],
            scales: Vec::new(),
            fastest: 500.0,
            highest: 10.0 + robot.height().abs(),
            bin,
            goal_range: 15.0 * bin,
            goal_radius: 3.0 * bin,
        };
        body.scales = body.measure_scales()?;
        Ok(body)
    }

    /// Scales of the observation under random actions on open ground, the same for the same body.
    fn measure_scales(&self) -> Result<Vec<Scale>, EnvsError> {
        let world = Embodiment::on_plane("", self.clone(), "", Free, STEPS as u32).world()?;
        let (spec, mut env) = (world.spec(), world.make()?);
        let width = spec.observation.len();
        let (mut sums, mut count) = (vec![[0.0_f64; 2]; width], 0.0);
        let (mut row, mut action) = (vec![0.0; width], vec![0.0; spec.action.len()]);
        for rollout in 0..ROLLOUTS {
            env.reset(&mut Stream::new(0, "scales reset", rollout));
            let mut actions = Stream::new(0, "scales actions", rollout);
            for _ in 0..STEPS {
                actions.fill_uniform(-1.0, 1.0, &mut action);
                if env.step(&action).diverged {
                    break;
                }
                env.observe(&mut row);
                count += 1.0;
                for (sum, value) in sums.iter_mut().zip(row.iter().map(|value| f64::from(*value))) {
                    sum[0] += value;
                    sum[1] += value * value;
                }
            }
        }
        if count == 0.0 {
            let reason = "it explodes in the first step; a shorter timestep in its `option` may help".to_owned();
            return Err(EnvsError::Robot { name: self.name.clone(), reason });
        }
        let scale = |(channel, [sum, square]): (&crate::Channel, [f64; 2])| {
            let mean = sum / count;
            // A channel that hardly moves is not blown up.
            let std = (square / count - mean * mean).max(0.0).sqrt().max(1e-2);
            Scale { name: channel.name.clone(), mean: mean as f32, std: std as f32 }
        };
        Ok(spec.observation.iter().zip(sums).map(scale).collect())
    }
}
