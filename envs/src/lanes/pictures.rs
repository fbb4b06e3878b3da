//! What lanes look like.

use super::senses::{Senses, Sensor};
use super::{Lanes, length};
use crate::EnvsError;
use crate::camera::Camera;
use crate::slice::Slice;

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
        slice.senses.look(slice.lanes[lane - slice.first].env.as_ref(), goal);
        slice.senses.renderer.render(&slice.senses.scene, camera, rgb, depth)
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
        mut depth: Option<&mut [f32]>,
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
            let count = slice.len();
            let senses = &mut slice.senses;
            senses.goals.clear();
            senses.goals.extend(goals.iter().skip(slice.first).take(count));
            senses.rgb.resize(count * rgb_len, 0);
            senses.numbers.resize(if depth.is_some() { count * depth_len } else { 0 }, 0.0);
        }
        self.sense(Sensor::Picture(*camera))?;
        for slice in self.pool.iter() {
            let Senses { rgb: drawn, numbers, .. } = &slice.senses;
            rgb[slice.first * rgb_len..][..drawn.len()].copy_from_slice(drawn);
            if let Some(depth) = &mut depth {
                depth[slice.first * depth_len..][..numbers.len()].copy_from_slice(numbers);
            }
        }
        Ok(())
    }
}
