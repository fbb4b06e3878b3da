//! Registered worlds with a camera or a lidar: the world of another id, and what is seen in it.
//!
//! `*-Pixels-*` worlds yield frames of 64 x 64 pixels beside the observation, as in METRA's pixel worlds (Park et al., 2024)
//! and `OGBench`'s visual mazes (Park et al., 2025): the place can be read from them, because the ground is coloured by
//! place. On open ground the colours change over 80 m, as far as a body at 4 m/s gets in 200 steps of 0.05 s to either
//! side; beyond, they stay. `*-Lidar-*` worlds have the distances around the body in the observation, measured as by the
//! robot of RECON (Shah et al., 2021).
//!
//! Differences: the lidar has no noise and loses no rays.

use crate::camera::{Camera, Floor, Lidar, Scanner, View};
use crate::ranger::Ranger;
use crate::registry::{Family, world};
use crate::{Channel, EnvsError, FrameSpec, Pixel, Spec, World};

/// Pixels along both sides of a frame.
const EDGE: usize = 64;
/// Half-width of the coloured ground where there are no walls, metres.
const OPEN: f32 = 40.0;

/// Worlds with a camera. A ball that moves by velocities needs no stack to see how it moves.
pub(crate) const PIXELS: Family = Family {
    name: "Pixels",
    worlds: &[
        ("Ant-Pixels-v0", |id| pixels(id, "tracking", 3)),
        ("Humanoid-Pixels-v0", |id| pixels(id, "tracking", 3)),
        ("Quadruped-Pixels-v0", |id| pixels(id, "tracking", 3)),
        ("Rover-Pixels-v0", |id| pixels(id, "tracking", 3)),
        ("PointMaze-UMaze-Pixels-v0", |id| pixels(id, "above", 1)),
        ("PointMaze-Medium-Pixels-v0", |id| pixels(id, "above", 1)),
        ("PointMaze-Large-Pixels-v0", |id| pixels(id, "above", 1)),
        ("PointMaze-Giant-Pixels-v0", |id| pixels(id, "above", 1)),
    ],
};

/// Worlds with a lidar.
pub(crate) const LIDAR: Family = Family {
    name: "Lidar",
    worlds: &[
        ("PointMaze-UMaze-Lidar-v0", ranges),
        ("PointMaze-Medium-Lidar-v0", ranges),
        ("PointMaze-Large-Lidar-v0", ranges),
        ("PointMaze-Giant-Lidar-v0", ranges),
    ],
};

/// The world whose id is `id` without `Pixels`, seen from a view of some name.
fn pixels(id: &str, view: &str, stack: usize) -> Result<World, EnvsError> {
    let base = world(&id.replace("-Pixels", ""))?;
    let camera = Camera::of_pixels(base.spec(), view, EDGE)?;
    base.with_frames(id, FrameSpec { camera, pixel: Pixel::Rgb, stack })
}

impl Camera {
    /// The camera of the `*-Pixels-*` worlds for any world: the view of a name ([`View::named`]) of the ground coloured by
    /// place, in `edge` x `edge` pixels.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for a name that is none and as [`Camera::check`].
    pub fn of_pixels(spec: &Spec, view: &str, edge: usize) -> Result<Self, EnvsError> {
        let floor = match spec.layout {
            Some(_) => Floor::place(spec),
            None => Floor::Place { low: [-OPEN; 2], high: [OPEN; 2] },
        };
        let view = View::named(view, spec)?;
        let camera = Self { view, width: edge, height: edge, floor, antialias: false, ..Self::default() };
        camera.check()?;
        Ok(camera)
    }
}

/// The world whose id is `id` without `Lidar`, with one level ring of 64 rays that see 10 m.
fn ranges(id: &str) -> Result<World, EnvsError> {
    world(&id.replace("-Lidar", ""))?.with_lidar(id, Lidar::default(), MEAN, STD)
}

/// Mean and standard deviation of a distance in mazes, metres, over 2,000 places in each of the four, drawn uniformly:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture lidar_scale`
const MEAN: f32 = 4.2;
const STD: f32 = 2.8;

impl World {
    /// This world under another id, whose lanes yield frames beside the observation ([`Spec::frames`]).
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] as [`FrameSpec::check`].
    pub fn with_frames(&self, id: &str, frames: FrameSpec) -> Result<Self, EnvsError> {
        frames.check()?;
        let [height, width, _] = frames.shape();
        let spec = Spec {
            id: id.to_owned(),
            description: also(self.spec(), &format!("lanes yield frames of {width} x {height} pixels")),
            frames: Some(frames),
            ..Spec::clone(self.spec())
        };
        let base = self.clone();
        Ok(Self::new(spec, move || base.make()))
    }

    /// This world under another id, with the distances of a lidar at the end of the observation: `lidar_0`, `lidar_1` ..,
    /// metres, ring by ring ([`Scanner::scan`]). `mean` and `std` are the channels' scales, metres. In goals the distances
    /// are those around the goal.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] as [`Lidar::check`], and for scales that are not finite or not positive.
    pub fn with_lidar(&self, id: &str, lidar: Lidar, mean: f32, std: f32) -> Result<Self, EnvsError> {
        let scanner = Scanner::new(lidar)?;
        if !(mean.is_finite() && std.is_finite() && std > 0.0) {
            let (got, expected) =
                (format!("{mean} and {std}"), "finite numbers of metres, the second positive".to_owned());
            return Err(EnvsError::OutOfRange { what: "mean and std of a lidar's distances", got, expected });
        }
        let mut observation = self.spec().observation.clone();
        let count = lidar.scan_len();
        observation.extend((0..count).map(|ray| Channel { name: format!("lidar_{ray}"), unit: "m", mean, std }));
        let spec = Spec {
            id: id.to_owned(),
            description: also(self.spec(), &format!("the observation ends in {count} distances of a lidar")),
            observation,
            ..Spec::clone(self.spec())
        };
        let base = self.clone();
        Ok(Self::new(spec, move || Ok(Box::new(Ranger::new(base.make()?, scanner.clone())))))
    }
}

/// The description of a world, with more of it.
fn also(spec: &Spec, more: &str) -> String {
    format!("{}; {more}.", spec.description.trim_end_matches('.'))
}
