//! `dm_control`'s task `escape` (Tassa et al., 2018): out of a bowl, upright.
//!
//! ```text
//! min(1, (1 + z . z_torso) / (1 + cos 20 degrees)) * min(1, d / R)
//! d  distance of the torso to the world origin        R  radius of the bowl
//! ```
//!
//! Difference: the distance is that of the root of the robot instead of a site below its torso.

use super::{Moment, Task, Verdict};

/// Cosine of 20 degrees: how upright is upright enough.
const UPRIGHT: f32 = 0.939_692_6;

/// Getting away from the origin, upright. Robots without a free root get nothing.
#[derive(Clone, Copy, Debug)]
pub struct Escape {
    /// Distance at which one has escaped, metres.
    pub radius: f32,
}

impl Task for Escape {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let [x, y, z, w, i, j, k] = match moment.after.qpos.get(..7) {
            Some(root) if moment.robot.root().is_some() => std::array::from_fn(|at| root[at]),
            _ => return Verdict::default(),
        };
        // The z axis of the root along that of the world, whatever the length of the quaternion.
        let upright = 1.0 - 2.0 * (i * i + j * j) / (w * w + i * i + j * j + k * k);
        let distance = (x * x + y * y + z * z).sqrt();
        let reward = ((1.0 + upright) / (1.0 + UPRIGHT)).min(1.0) * (distance / self.radius).min(1.0);
        Verdict { reward, ended: false }
    }
}
