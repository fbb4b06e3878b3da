//! What one thread needs to see and measure its lanes.

use crate::camera::{Camera, Cloud, Lidar, Renderer, Scanner, Scene};
use crate::frames::Photographer;
use crate::{Env, FrameSpec};

/// What [`Senses::sense`] fills.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sensor {
    /// [`Senses::rgb`], and [`Senses::numbers`] with the depth unless it is empty.
    Picture(Camera),
    /// [`Senses::numbers`] with the depth.
    Depth(Camera),
    /// [`Senses::numbers`].
    Scan(Lidar),
    /// [`Senses::points`] and [`Senses::counts`].
    Cloud(Cloud),
}

impl Default for Sensor {
    fn default() -> Self {
        Self::Picture(Camera::default())
    }
}

/// Sensors and their memory.
#[derive(Default)]
pub(crate) struct Senses {
    pub(crate) scene: Scene,
    pub(crate) renderer: Renderer,
    scanner: Option<Scanner>,
    photographer: Photographer,
    /// Radius of the disc that marks a goal, metres.
    pub(crate) goal_radius: f64,
    /// What the next [`Senses::sense`] is to fill; checked.
    pub(crate) sensor: Sensor,
    /// `[lanes]`.
    pub(crate) goals: Vec<Option<[f64; 2]>>,
    /// `[lanes, height, width, 3]`.
    pub(crate) rgb: Vec<u8>,
    /// `[lanes, height, width]` or `[lanes, rings, rays]`; empty when not asked for.
    pub(crate) numbers: Vec<f32>,
    /// `[lanes, most]`.
    pub(crate) points: Vec<[f32; 3]>,
    /// Points of each lane, `[lanes]`.
    pub(crate) counts: Vec<usize>,
}

impl Senses {
    pub(crate) fn new(goal_radius: f64) -> Self {
        Self { goal_radius, ..Self::default() }
    }

    /// Fills a lane's part of the buffers.
    pub(crate) fn sense(&mut self, index: usize, env: &dyn Env) {
        self.look(env, self.goals.get(index).copied().flatten());
        let Self { scene, renderer, scanner, rgb, numbers, points, counts, .. } = self;
        let sensed = match &self.sensor {
            Sensor::Picture(camera) => {
                let depth = numbers.get_mut(index * camera.depth_len()..).and_then(|d| d.get_mut(..camera.depth_len()));
                renderer.render(scene, camera, &mut rgb[index * camera.rgb_len()..][..camera.rgb_len()], depth)
            }
            Sensor::Depth(camera) => {
                let depth = &mut numbers[index * camera.depth_len()..][..camera.depth_len()];
                renderer.depth(scene, camera, depth)
            }
            Sensor::Scan(lidar) => {
                let distances = &mut numbers[index * lidar.scan_len()..][..lidar.scan_len()];
                lidar_of(scanner, lidar).scan(scene, distances)
            }
            Sensor::Cloud(cloud) => {
                let points = &mut points[index * cloud.most()..][..cloud.most()];
                let count = match cloud {
                    Cloud::Lidar(lidar) => lidar_of(scanner, lidar).points(scene, points),
                    Cloud::Depth { camera, mount } => renderer.points(scene, camera, *mount, points),
                };
                count.map(|count| counts[index] = count)
            }
        };
        sensed.expect("the sensor has been checked and the buffers fit it");
    }

    /// Draws the frame of a lane.
    pub(crate) fn photograph(&mut self, frames: &FrameSpec, env: &dyn Env, frame: &mut [u8]) {
        let Self { scene, renderer, photographer, .. } = self;
        env.scene(scene);
        photographer.draw(frames, scene, renderer, frame);
    }

    /// Takes in what there is to see in a lane, and its goal where one is to be marked.
    pub(crate) fn look(&mut self, env: &dyn Env, goal: Option<[f64; 2]>) {
        env.scene(&mut self.scene);
        if let Some(goal) = goal {
            self.scene.mark_goal(goal.map(|value| value as f32), self.goal_radius as f32);
        }
    }
}

/// The scanner of a lidar, kept from the last time if it is the same.
fn lidar_of<'a>(scanner: &'a mut Option<Scanner>, lidar: &Lidar) -> &'a mut Scanner {
    if scanner.as_ref().is_none_or(|scanner| scanner.lidar() != lidar) {
        *scanner = Some(Scanner::new(*lidar).expect("the lidar has been checked"));
    }
    scanner.as_mut().expect("just made")
}
