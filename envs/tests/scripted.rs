//! A world that does as it is told, for claims about the lanes around it.

use freeroam_envs::camera::{Scene, Shape, Solid};
use freeroam_envs::{Channel, Env, EnvsError, Outcome, Roles, Spec, Stream, World};

/// Counts steps and episodes. Observation: `[episode, step, last action, draw of the reset]`. Pictures show a ball at
/// (episode, step).
///
/// The action is an order where it is one of the constants below; otherwise the reward repeats it.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    episode: f32,
    step: f32,
    action: f32,
    draw: f32,
    /// Whether the next observation is not a number.
    broken: bool,
}

pub(crate) const TERMINATE: f32 = 0.75;
pub(crate) const DIVERGE: f32 = 0.5;
pub(crate) const NOT_A_NUMBER: f32 = 0.25;
pub(crate) const PANIC: f32 = -0.5;
pub(crate) const HORIZON: u32 = 5;

pub(crate) fn world() -> World {
    let channel = |name: &str| Channel { name: name.to_owned(), unit: "", mean: 0.0, std: 1.0 };
    let spec = Spec {
        id: "Scripted-v0".to_owned(),
        description: "A world for tests.".to_owned(),
        observation: ["episode", "step", "action", "draw"].map(channel).to_vec(),
        action: vec!["order".to_owned()],
        dt: 0.1,
        horizon: HORIZON,
        position: vec![0, 1],
        bin: 1.0,
        goal_range: 1.0,
        goal_radius: 1.0,
        layout: None,
        frames: None,
        roles: Roles::default(),
    };
    World::new(spec, || Ok(Box::new(Scripted::default())))
}

impl Env for Scripted {
    fn reset(&mut self, stream: &mut Stream) {
        *self = Self { episode: self.episode + 1.0, draw: stream.uniform(0.0, 1.0) as f32, ..Self::default() };
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        assert!(action[0] != PANIC, "told to panic");
        self.action = action[0];
        self.step += 1.0;
        self.broken = action[0] == NOT_A_NUMBER;
        Outcome { reward: action[0], terminated: action[0] == TERMINATE, diverged: action[0] == DIVERGE }
    }

    fn observe(&self, observation: &mut [f32]) {
        let draw = if self.broken { f32::NAN } else { self.draw };
        observation.copy_from_slice(&[self.episode, self.step, self.action, draw]);
    }

    fn place(&self) -> [f64; 2] {
        [f64::from(self.episode), f64::from(self.step)]
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.episode = position[0] as f32;
        self.step = position[1] as f32;
    }

    fn scene(&self, scene: &mut Scene) {
        let centre = [self.episode, self.step, 0.5];
        scene.clear();
        scene.follow(centre);
        let (shape, rotation) = (Shape::Ball { radius: 0.5 }, [1.0, 0.0, 0.0, 0.0]);
        scene.add_moving(&Solid { shape, centre, rotation, colour: [200, 90, 30] });
    }

    fn save(&self, out: &mut Vec<u8>) {
        for value in [self.episode, self.step, self.action, self.draw] {
            out.extend(value.to_le_bytes());
        }
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        if bytes.len() != 16 {
            let reason = format!("{} bytes, expected 16", bytes.len());
            return Err(EnvsError::State { what: "a scripted world".to_owned(), reason });
        }
        let value = |k: usize| f32::from_le_bytes([bytes[k], bytes[k + 1], bytes[k + 2], bytes[k + 3]]);
        *self = Self { episode: value(0), step: value(4), action: value(8), draw: value(12), broken: false };
        Ok(())
    }
}
