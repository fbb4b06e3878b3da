//! How far things are from the bodies of lanes.

use super::senses::Sensor;
use super::{Lanes, length};
use crate::EnvsError;
use crate::camera::{Camera, Cloud, Lidar};
use crate::slice::Job;

impl Lanes {
    /// The depth pictures of every lane, `[lanes, height, width]`, on the threads that step them: those of
    /// [`Lanes::render_into`], in less time because nothing is coloured.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when the camera is not possible ([`Camera::check`]), [`EnvsError::Length`] for a buffer of
    /// another size, [`EnvsError::Worker`] when a thread panics or has panicked.
    pub fn depth_into(&mut self, camera: &Camera, depth: &mut [f32]) -> Result<(), EnvsError> {
        camera.check()?;
        self.numbers_into(Sensor::Depth(*camera), camera.depth_len(), "the depth pictures", depth)
    }

    /// Measures around the body of every lane, on the threads that step them: `distances` is `[lanes, rings, rays]`, metres
    /// ([`Scanner::scan`](crate::camera::Scanner::scan)). The bits do not depend on the number of threads, and after the
    /// first scan nothing is allocated.
    ///
    /// ```
    /// use freeroam_envs::camera::Lidar;
    /// use freeroam_envs::{Lanes, LanesConfig, world};
    /// # fn main() -> Result<(), freeroam_envs::EnvsError> {
    /// let mut lanes = Lanes::new(&world("PointMaze-UMaze-v0")?, LanesConfig::default())?;
    /// let mut batch = lanes.batch();
    /// lanes.reset_into(&mut batch)?;
    /// lanes.teleport(0, [0.0, 0.0], &mut batch)?;
    /// let mut distances = [0.0; 4]; // along x, y, -x and -y
    /// lanes.scan_into(&Lidar { rays: 4, ..Lidar::default() }, &mut distances)?;
    /// // The paint of outer walls is 2 mm thick.
    /// let expected = [9.998, 2.0, 1.998, 1.998];
    /// assert!(distances.iter().zip(expected).all(|(distance, expected)| (distance - expected).abs() < 1e-5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when the lidar is not possible ([`Lidar::check`]); the others as [`Lanes::depth_into`].
    pub fn scan_into(&mut self, lidar: &Lidar, distances: &mut [f32]) -> Result<(), EnvsError> {
        lidar.check()?;
        self.numbers_into(Sensor::Scan(*lidar), lidar.scan_len(), "the scans", distances)
    }

    /// The points around the body of every lane, on the threads that step them: `points` is `[lanes, most, 3]`, metres in
    /// the lane's own frame, with [`Cloud::most`] rows per lane; `counts` (`[lanes]`) says how many of them are points. The
    /// rest is zeros. After the first clouds nothing is allocated.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when the cloud is not possible ([`Cloud::check`]); the others as [`Lanes::depth_into`].
    pub fn cloud_into(
        &mut self,
        cloud: &Cloud,
        points: &mut [[f32; 3]],
        counts: &mut [usize],
    ) -> Result<(), EnvsError> {
        self.check_alive()?;
        cloud.check()?;
        let most = cloud.most();
        length("the points", points.len(), self.lanes.saturating_mul(most))?;
        length("the counts", counts.len(), self.lanes)?;
        for slice in self.pool.iter_mut() {
            let count = slice.len();
            slice.senses.goals.clear();
            slice.senses.points.resize(count * most, [0.0; 3]);
            slice.senses.counts.resize(count, 0);
        }
        self.sense(Sensor::Cloud(*cloud))?;
        for slice in self.pool.iter() {
            points[slice.first * most..][..slice.senses.points.len()].copy_from_slice(&slice.senses.points);
            counts[slice.first..][..slice.len()].copy_from_slice(&slice.senses.counts);
        }
        Ok(())
    }

    /// Lets every lane fill `width` numbers.
    fn numbers_into(
        &mut self,
        sensor: Sensor,
        width: usize,
        what: &'static str,
        numbers: &mut [f32],
    ) -> Result<(), EnvsError> {
        self.check_alive()?;
        length(what, numbers.len(), self.lanes.saturating_mul(width))?;
        for slice in self.pool.iter_mut() {
            let count = slice.len();
            slice.senses.goals.clear();
            slice.senses.numbers.resize(count * width, 0.0);
        }
        self.sense(sensor)?;
        for slice in self.pool.iter() {
            numbers[slice.first * width..][..slice.senses.numbers.len()].copy_from_slice(&slice.senses.numbers);
        }
        Ok(())
    }

    /// Runs a sensor on the threads; its buffers are those of the slices.
    pub(super) fn sense(&mut self, sensor: Sensor) -> Result<(), EnvsError> {
        for slice in self.pool.iter_mut() {
            slice.job = Job::Sense;
            slice.senses.sensor = sensor;
        }
        self.run()
    }
}
