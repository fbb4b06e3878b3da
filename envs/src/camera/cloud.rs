//! Points around the body.

use rapier3d::math::Vector;

use super::{Camera, Lidar, Mount};
use crate::EnvsError;

/// What the points of a cloud are measured by.
///
/// Points are in a frame of the body, metres: x ahead, y to the left, z up, the body's centre at the origin. A cloud is a
/// buffer `[most, 3]` and how many points it has; these come first, and the rest is zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cloud {
    /// The rays of a lidar, in the frame of its mount.
    Lidar(Lidar),
    /// The pixels of a depth picture, upper row first, without the sky.
    Depth {
        /// Where the picture is taken from; its colours make no difference.
        camera: Camera,
        /// The frame of the points.
        mount: Mount,
    },
}

impl Cloud {
    /// Most points that there can be.
    #[must_use]
    pub fn most(&self) -> usize {
        match self {
            Self::Lidar(lidar) => lidar.scan_len(),
            Self::Depth { camera, .. } => camera.depth_len(),
        }
    }

    /// Whether it can be measured.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] as [`Lidar::check`] and [`Camera::check`].
    pub fn check(&self) -> Result<(), EnvsError> {
        match self {
            Self::Lidar(lidar) => lidar.check(),
            Self::Depth { camera, .. } => camera.check(),
        }
    }
}

/// Writes points to the front of a buffer that holds them all, and zeros to the rest; returns how many there are.
pub(super) fn fill(buffer: &mut [[f32; 3]], points: impl Iterator<Item = Vector>) -> usize {
    let mut count = 0;
    for (row, point) in buffer.iter_mut().zip(points) {
        *row = point.to_array();
        count += 1;
    }
    buffer[count..].fill([0.0; 3]);
    count
}
