//! A body on a ground as an [`Env`].

use std::sync::Arc;

use super::{Body, Embodiment, Posture};
use crate::camera::Scene;
use crate::ground::Ground;
use crate::lanes::length;
use crate::maze::Jumps;
use crate::robot::Robot;
use crate::task::{Moment, Task};
use crate::{Env, EnvsError, Outcome, Stream};

/// Half-width of the square around the centre of a cell in which episodes begin, in edges of the cell. `OGBench`: a
/// quarter.
const SPREAD: f64 = 0.25;

/// Where a robot is: its generalized coordinates, as [`Robot::qpos`] and [`Robot::qvel`] write them, and its centre of mass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Positions.
    pub qpos: Vec<f32>,
    /// Velocities.
    pub qvel: Vec<f32>,
    /// Centre of mass, metres, world frame.
    pub centre: [f32; 3],
}

/// One body in a world of its own. Cheap to clone from a prototype that was built once.
#[derive(Clone, Debug)]
pub struct Embodied {
    robot: Robot,
    body: Arc<Body>,
    task: Arc<dyn Task>,
    /// Where episodes begin, and how far from there along each axis; metres.
    origin: [f64; 2],
    spread: f64,
    ground: Arc<Ground>,
    /// The maze's teleporters, when it has any.
    jumps: Option<Jumps>,
    /// Before and after the latest step.
    before: State,
    after: State,
    /// What the actuators are told where the body mixes its actions.
    mixed: Vec<f32>,
}

impl Embodied {
    pub(super) fn new(embodiment: &Embodiment) -> Result<Self, EnvsError> {
        let Embodiment { body, ground, task, .. } = embodiment;
        let robot = body.robot(ground)?;
        let refuse = |reason: String| Err(EnvsError::Robot { name: body.name.clone(), reason });
        if body.start.qpos.len() != robot.qpos_len() {
            let (got, expected) = (body.start.qpos.len(), robot.qpos_len());
            return refuse(format!("its start has {got} positions, expected {expected}"));
        }
        if ground.layout().is_some() && robot.travel().contains(&None) {
            return refuse("it cannot move along both x and y, as the maze asks".to_owned());
        }
        let mixed = vec![0.0; robot.actuators().len()];
        if let Some(row) =
            body.controls.iter().flat_map(|controls| &controls.rows).find(|row| row.1.len() != mixed.len())
        {
            return refuse(format!("its control `{}` has {} weights, expected {}", row.0, row.1.len(), mixed.len()));
        }
        let (origin, spread) = origin(ground, &embodiment.id)?;
        let state = State { qpos: vec![0.0; robot.qpos_len()], qvel: vec![0.0; robot.qvel_len()], centre: [0.0; 3] };
        let (before, after) = (state.clone(), state);
        let (body, task) = (Arc::new(body.clone()), Arc::clone(task));
        let (ground, jumps) = (Arc::new(ground.clone()), ground.layout().and_then(Jumps::new));
        let mut embodied = Self { robot, body, task, origin, spread, ground, jumps, before, after, mixed };
        embodied.read();
        Ok(embodied)
    }

    /// The robot, for what the observation does not show.
    #[must_use]
    pub fn robot(&self) -> &Robot {
        &self.robot
    }

    /// Its coordinates.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.after
    }

    /// Puts the robot into a state, as [`Robot::set_state`] does.
    ///
    /// # Panics
    /// When `qpos` or `qvel` has another length than the robot's.
    pub fn set_state(&mut self, qpos: &[f32], qvel: &[f32]) {
        self.robot.set_state(qpos, qvel);
        self.read();
    }

    fn read(&mut self) {
        self.robot.qpos(&mut self.after.qpos);
        self.robot.qvel(&mut self.after.qvel);
        self.after.centre = self.robot.centre();
    }

    /// Puts x and y among the positions to a place, as high above the ground as they are.
    fn put(&mut self, place: [f64; 2]) {
        if let Some(hand) = self.body.hand {
            hand.bring_to(&mut self.robot, place, &mut self.after.qpos);
            return;
        }
        let before = self.place();
        for (at, x) in self.robot.travel().into_iter().zip(place) {
            if let Some(at) = at {
                self.after.qpos[at] = x as f32;
            }
        }
        if self.robot.root().is_some() {
            self.after.qpos[2] += (self.ground.height(place) - self.ground.height(before)) as f32;
        }
    }

    fn diverged(&self) -> bool {
        let State { qpos, qvel, .. } = &self.after;
        let height = if self.robot.root().is_some() { qpos[2] } else { 0.0 };
        // Written so that NaN fails each comparison.
        let sane = qpos.iter().all(|value| value.is_finite())
            && height.abs() <= self.body.highest
            && qvel.iter().all(|value| value.abs() <= self.body.fastest);
        !sane
    }
}

/// Where episodes begin: at the origin, or about the centre of the first free cell.
fn origin(ground: &Ground, id: &str) -> Result<([f64; 2], f64), EnvsError> {
    let Some(layout) = ground.layout() else { return Ok(([0.0; 2], 0.0)) };
    match layout.free_cells().first() {
        Some(&cell) => Ok((layout.centre(cell), SPREAD * layout.cell)),
        None => Err(EnvsError::OutOfRange {
            what: "number of free cells",
            got: "0".to_owned(),
            expected: format!("at least 1 in {id}, for the body to start in"),
        }),
    }
}

impl Env for Embodied {
    fn reset(&mut self, stream: &mut Stream) {
        let State { qpos, qvel, .. } = &mut self.after;
        self.body.start.draw(&self.robot, stream, qpos, qvel);
        if self.spread > 0.0 {
            for (at, x) in self.robot.travel().into_iter().zip(self.origin) {
                let beside = stream.uniform(-self.spread, self.spread);
                qpos[at.expect("checked for mazes when built")] += (x + beside) as f32;
            }
        }
        if self.robot.root().is_some() {
            qpos[2] += self.ground.height([0, 1].map(|k| f64::from(qpos[k]))) as f32;
        }
        if let Some(hand) = self.body.hand {
            hand.draw(&mut self.robot, stream, qpos);
        }
        self.robot.set_state(qpos, qvel);
        if let (Some(height), Posture::Joints | Posture::Turned) = (self.robot.lift(), self.body.start.posture) {
            qpos[height] += self.body.start.lift(&self.robot);
            self.robot.set_state(qpos, qvel);
        }
        self.read();
        if let Some(jumps) = &mut self.jumps {
            jumps.reset(stream);
        }
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        if let Some(place) = self.jumps.as_mut().and_then(Jumps::take) {
            self.put(place);
            self.robot.set_state(&self.after.qpos, &self.after.qvel);
            self.read();
        }
        std::mem::swap(&mut self.before, &mut self.after);
        match &self.body.controls {
            None => self.robot.apply(action),
            Some(controls) => {
                controls.mix(action, &mut self.mixed);
                self.robot.apply(&self.mixed);
            }
        }
        self.robot.advance();
        self.read();
        let place = self.place();
        if let Some(jumps) = &mut self.jumps {
            jumps.arrive(place);
        }
        let Self { robot, before, after, body, .. } = self;
        let verdict = self.task.judge(&Moment { robot, before, after, action, dt: body.timing.dt });
        Outcome { reward: verdict.reward, terminated: verdict.ended, diverged: self.diverged() }
    }

    fn observe(&self, observation: &mut [f32]) {
        let mut rest = observation;
        for sense in &self.body.senses {
            let written = sense.observe(&self.robot, &self.after, rest);
            rest = &mut rest[written..];
        }
    }

    fn place(&self) -> [f64; 2] {
        if let Some(hand) = self.body.hand {
            let [x, y, _] = hand.place(&self.robot);
            return [x, y].map(f64::from);
        }
        self.robot.travel().map(|at| at.map_or(0.0, |at| f64::from(self.after.qpos[at])))
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.put(position);
        let State { qpos, qvel, .. } = &mut self.after;
        qvel.fill(0.0);
        self.robot.set_state(qpos, qvel);
        self.read();
        if let Some(jumps) = &mut self.jumps {
            jumps.forget();
        }
    }

    /// The goal of a hand is the posture in which it is there.
    fn imagine(&mut self, place: [f64; 2], observation: &mut [f32]) {
        if self.body.hand.is_some() {
            let (robot, state) = (self.robot.clone(), self.after.clone());
            self.teleport(place);
            self.observe(observation);
            // Exact, where inverse kinematics comes near.
            for (at, x) in self.body.position(&self.robot).into_iter().zip(place) {
                observation[at] = x as f32;
            }
            (self.robot, self.after) = (robot, state);
        }
    }

    fn is_free(&self, position: [f64; 2]) -> bool {
        self.body.hand.is_none_or(|hand| hand.reaches(position))
    }

    fn coordinates(&self, qpos: &mut Vec<f32>, qvel: &mut Vec<f32>) {
        qpos.extend_from_slice(&self.after.qpos);
        qvel.extend_from_slice(&self.after.qvel);
    }

    fn set_coordinates(&mut self, qpos: &[f32], qvel: &[f32]) -> Result<(), EnvsError> {
        length("qpos", qpos.len(), self.robot.qpos_len())?;
        length("qvel", qvel.len(), self.robot.qvel_len())?;
        self.set_state(qpos, qvel);
        if let Some(jumps) = &mut self.jumps {
            jumps.forget();
        }
        Ok(())
    }

    fn scene(&self, scene: &mut Scene) {
        self.robot.scene(scene);
        if let Some(hand) = self.body.hand {
            scene.follow(hand.place(&self.robot));
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        if let Some(jumps) = &self.jumps {
            jumps.save(out);
        }
        self.robot.save(out);
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason| EnvsError::State { what: self.body.name.clone(), reason };
        let mut jumps = self.jumps.clone();
        let rest = jumps.as_mut().map_or(Ok(bytes), |jumps| jumps.load(bytes)).map_err(refuse)?;
        self.robot.load(rest)?;
        self.jumps = jumps;
        self.read();
        Ok(())
    }
}
