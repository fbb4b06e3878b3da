//! A world whose observation ends in what a lidar on the body measures.

use crate::camera::{Scanner, Scene};
use crate::{Env, EnvsError, Outcome, Stream};

/// A world and a lidar.
pub(crate) struct Ranger {
    env: Box<dyn Env>,
    scanner: Scanner,
    scene: Scene,
    /// What the lidar measures now, `[rings, rays]`.
    distances: Vec<f32>,
}

impl Ranger {
    pub(crate) fn new(env: Box<dyn Env>, scanner: Scanner) -> Self {
        let distances = vec![0.0; scanner.lidar().scan_len()];
        Self { env, scanner, scene: Scene::new(), distances }
    }

    fn measure(&mut self) {
        self.env.scene(&mut self.scene);
        self.scanner.scan(&self.scene, &mut self.distances).expect("the buffer is the lidar's");
    }

    /// Where the distances begin in an observation.
    fn own(&self, observation: &[f32]) -> usize {
        observation.len() - self.distances.len()
    }
}

impl Env for Ranger {
    fn reset(&mut self, stream: &mut Stream) {
        self.env.reset(stream);
        self.measure();
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let outcome = self.env.step(action);
        self.measure();
        outcome
    }

    fn observe(&self, observation: &mut [f32]) {
        let (state, distances) = observation.split_at_mut(self.own(observation));
        self.env.observe(state);
        distances.copy_from_slice(&self.distances);
    }

    fn place(&self) -> [f64; 2] {
        self.env.place()
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.env.teleport(position);
        self.measure();
    }

    fn set_goal(&mut self, goal: [f64; 2]) {
        self.env.set_goal(goal);
        self.measure();
    }

    fn is_free(&self, position: [f64; 2]) -> bool {
        self.env.is_free(position)
    }

    fn level_len(&self) -> usize {
        self.env.level_len()
    }

    fn set_level(&mut self, level: Option<&[f32]>) -> Result<(), EnvsError> {
        self.env.set_level(level)
    }

    fn imagine(&mut self, place: [f64; 2], observation: &mut [f32]) {
        let (state, distances) = observation.split_at_mut(self.own(observation));
        self.env.imagine(place, state);
        self.env.scene(&mut self.scene);
        self.scene.look_from(place.map(|value| value as f32));
        self.scanner.scan(&self.scene, distances).expect("the rest of the observation is the lidar's");
    }

    fn coordinates(&self, qpos: &mut Vec<f32>, qvel: &mut Vec<f32>) {
        self.env.coordinates(qpos, qvel);
    }

    fn set_coordinates(&mut self, qpos: &[f32], qvel: &[f32]) -> Result<(), EnvsError> {
        self.env.set_coordinates(qpos, qvel)?;
        self.measure();
        Ok(())
    }

    fn scene(&self, scene: &mut Scene) {
        self.env.scene(scene);
    }

    fn save(&self, out: &mut Vec<u8>) {
        self.env.save(out);
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        self.env.load(bytes)?;
        self.measure();
        Ok(())
    }
}
