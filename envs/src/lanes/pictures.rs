//! What lanes look like.

use super::{Lanes, length};
use crate::camera::{Camera, Renderer, Scene};
use crate::slice::{Job, Slice};
use crate::{Env, EnvsError};

/// What one thread needs to draw its lanes.
#[derive(Default)]
pub(crate) struct Pictures {
    scene: Scene,
    renderer: Renderer,
    /// Radius of the disc that marks a goal, metres.
    goal_radius: f64,
    camera: Camera,
    /// `[lanes]`.
    goals: Vec<Option<[f64; 2]>>,
    /// `[lanes, height, width, 3]`.
    rgb: Vec<u8>,
    /// `[lanes, height, width]`; empty when not asked for.
    depth: Vec<f32>,
}

impl Pictures {
    pub(crate) fn new(goal_radius: f64) -> Self {
        Self { goal_radius, ..Self::default() }
    }

    /// Draws a lane into its part of the buffers.
    pub(crate) fn draw(&mut self, index: usize, env: &dyn Env) {
        let Self { scene, renderer, camera, rgb, depth, .. } = self;
        describe(env, self.goals[index], self.goal_radius, scene);
        let rgb = &mut rgb[index * camera.rgb_len()..][..camera.rgb_len()];
        let depth = depth.get_mut(index * camera.depth_len()..).and_then(|rest| rest.get_mut(..camera.depth_len()));
        renderer.render(scene, camera, rgb, depth).expect("the camera has been checked and the buffers fit it");
    }
}

fn describe(env: &dyn Env, goal: Option<[f64; 2]>, radius: f64, scene: &mut Scene) {
    env.scene(scene);
    if let Some(goal) = goal {
        scene.mark_goal(goal.map(|value| value as f32), radius as f32);
    }
}

impl Lanes {
    /// Draws one lane as it stands into `rgb` (`[height, width, 3]`, sRGB, upper row first) and, where one is given,
    /// `depth` (`[height, width]`, metres along the line of sight, infinite for the sky). `goal` (x, y in metres) is marked
    /// by a disc of [`crate::Spec::goal_radius`]. After the first picture of a size nothing is allocated.
    ///
    /// ```
    /// use freeroam_envs::camera::{Camera, View};
    /// use freeroam_envs::{Lanes, LanesConfig, world};
    /// # fn main() -> Result<(), freeroam_envs::EnvsError> {
    /// let mut lanes = Lanes::new(&world("Ant-v0")?, LanesConfig::default())?;
    /// let mut batch = lanes.batch();
    /// lanes.reset_into(&mut batch)?;
    /// let camera = Camera { view: View::named("above", lanes.spec())?, width: 64, height: 48, ..Camera::default() };
    /// let (mut rgb, mut depth) = (vec![0; 48 * 64 * 3], vec![0.0; 48 * 64]);
    /// lanes.render(0, &camera, Some([2.0, 1.0]), &mut rgb, Some(&mut depth))?;
    /// assert_eq!(depth[0], 10.0, "the camera looks straight down from 10 m");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when there is no such lane or the camera is not possible ([`Camera::check`]),
    /// [`EnvsError::Length`] for buffers of another size, [`EnvsError::Worker`] when a thread has panicked.
    pub fn render(
        &mut self,
        lane: usize,
        camera: &Camera,
        goal: Option<[f64; 2]>,
        rgb: &mut [u8],
        depth: Option<&mut [f32]>,
    ) -> Result<(), EnvsError> {
        self.check_alive()?;
        if lane >= self.lanes {
            let expected = format!("less than {}", self.lanes);
            return Err(EnvsError::OutOfRange { what: "lane to draw", got: lane.to_string(), expected });
        }
        let is_owner = |slice: &&mut Slice| lane < slice.first + slice.len();
        let slice = self.pool.iter_mut().find(is_owner).expect("the slices hold all lanes, in order");
        let Pictures { scene, renderer, goal_radius, .. } = &mut slice.pictures;
        describe(slice.lanes[lane - slice.first].env.as_ref(), goal, *goal_radius, scene);
        renderer.render(scene, camera, rgb, depth)
    }

    /// Draws every lane on the threads that step them, as [`Lanes::render`] does: `rgb` is `[lanes, height, width, 3]`,
    /// `depth` `[lanes, height, width]`. `goals` is `[lanes]`, or empty for none. The bits do not depend on the number of
    /// threads.
    ///
    /// # Errors
    /// As [`Lanes::render`]; [`EnvsError::Worker`] also when a thread panics.
    pub fn render_into(
        &mut self,
        camera: &Camera,
        goals: &[Option<[f64; 2]>],
        rgb: &mut [u8],
        depth: Option<&mut [f32]>,
    ) -> Result<(), EnvsError> {
        self.check_alive()?;
        camera.check()?;
        let (rgb_len, depth_len) = (camera.rgb_len(), camera.depth_len());
        length("the pictures", rgb.len(), self.lanes * rgb_len)?;
        if let Some(depth) = &depth {
            length("the depth pictures", depth.len(), self.lanes * depth_len)?;
        }
        if !goals.is_empty() {
            length("the goals", goals.len(), self.lanes)?;
        }
        for slice in self.pool.iter_mut() {
            slice.job = Job::Draw;
            let count = slice.len();
            let pictures = &mut slice.pictures;
            pictures.camera = *camera;
            pictures.goals.clear();
            pictures.goals.extend(goals.iter().skip(slice.first).take(count));
            pictures.goals.resize(count, None);
            pictures.rgb.resize(count * rgb_len, 0);
            pictures.depth.resize(if depth.is_some() { count * depth_len } else { 0 }, 0.0);
        }
        self.run()?;
        for slice in self.pool.iter() {
            let pictures = &slice.pictures;
            rgb[slice.first * rgb_len..][..pictures.rgb.len()].copy_from_slice(&pictures.rgb);
        }
        if let Some(depth) = depth {
            for slice in self.pool.iter() {
                let pictures = &slice.pictures;
                depth[slice.first * depth_len..][..pictures.depth.len()].copy_from_slice(&pictures.depth);
            }
        }
        Ok(())
    }
}
