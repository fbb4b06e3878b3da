//! Distances around the body.

use rapier3d::math::{ComplexField, Vector};
use rapier3d::parry::simba::simd::SimdPartialOrd;

use super::Scene;
use super::four::{Four, Rays, Vectors, four, select};
use super::mount::{Frame, Mount};
use super::solid::{Placed, unit};
use super::view::out_of_range;
use crate::EnvsError;
use crate::lanes::length;

/// Most rays of a ring, and most rings.
const MOST_RAYS: usize = 4096;
const MOST_RINGS: usize = 256;

/// A lidar on the body: rings of rays that measure how far everything else is.
///
/// It sees the ground and all solids but the body's own parts; solids around the sensor are not seen. There is no noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lidar {
    /// Rays of a ring, 1 to 4096: evenly spaced, counter-clockwise seen from above, the first straight ahead.
    pub rays: usize,
    /// Rings, 1 to 256: evenly spaced, the lowest `spread / 2` below the plane of the body, the highest as much above. One
    /// ring lies in the plane.
    pub rings: usize,
    /// Angle between the lowest and the highest ring, degrees, 0 to 170.
    pub spread: f32,
    /// Distance up to which something is seen, metres, 0.01 to 10000.
    pub range: f32,
    /// How far above the centre of the body the sensor is, metres.
    pub height: f32,
    /// What it turns with.
    pub mount: Mount,
}

impl Default for Lidar {
    /// One level ring of 64 rays that see 10 m.
    fn default() -> Self {
        Self { rays: 64, rings: 1, spread: 30.0, range: 10.0, height: 0.0, mount: Mount::Heading }
    }
}

impl Lidar {
    /// Numbers of a scan, `[rings, rays]`.
    #[must_use]
    pub fn scan_len(&self) -> usize {
        self.rings.saturating_mul(self.rays)
    }

    /// Whether it can be built.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] names the setting and what it may be.
    pub fn check(&self) -> Result<(), EnvsError> {
        let counts = [("rays of a lidar", self.rays, MOST_RAYS), ("rings of a lidar", self.rings, MOST_RINGS)];
        for (what, count, most) in counts {
            if !(1..=most).contains(&count) {
                return out_of_range(what, count.to_string(), &format!("1 to {most}"));
            }
        }
        if !(0.0..=170.0).contains(&self.spread) {
            return out_of_range("spread of a lidar", self.spread.to_string(), "0 to 170 degrees");
        }
        if !(1e-2..=1e4).contains(&self.range) {
            return out_of_range("range of a lidar", self.range.to_string(), "0.01 to 10000 m");
        }
        if !self.height.is_finite() {
            return out_of_range("height of a lidar", self.height.to_string(), "a finite number of metres");
        }
        Ok(())
    }

    /// Where the rays point in the frame of the mount, `[rings, rays]`, unit length.
    fn directions(&self) -> Vec<Vector> {
        let turn = std::f32::consts::TAU / self.rays as f32;
        let step = if self.rings > 1 { self.spread / (self.rings - 1) as f32 } else { 0.0 };
        let ring = |ring: usize| {
            let elevation = if self.rings > 1 { step * ring as f32 - 0.5 * self.spread } else { 0.0 };
            let (rise, level) = ComplexField::sin_cos(elevation.to_radians());
            (0..self.rays).map(move |ray| {
                let (sin, cos) = ComplexField::sin_cos(turn * ray as f32);
                unit(Vector::new(level * cos, level * sin, rise))
            })
        };
        (0..self.rings).flat_map(ring).collect()
    }
}

/// A lidar that measures. Keeps its memory from scan to scan; what it measured before makes no difference.
///
/// ```
/// use freeroam_envs::camera::{Lidar, Scanner, Scene, Shape, Solid};
/// # fn main() -> Result<(), freeroam_envs::EnvsError> {
/// let mut scene = Scene::new();
/// scene.follow([0.0, 0.0, 0.5]);
/// let (shape, rotation) = (Shape::Ball { radius: 1.0 }, [1.0, 0.0, 0.0, 0.0]);
/// scene.add_fixed(&Solid { shape, centre: [4.0, 0.0, 0.5], rotation, colour: [90; 3] });
/// let mut distances = [0.0; 4]; // ahead, left, back, right
/// Scanner::new(Lidar { rays: 4, ..Lidar::default() })?.scan(&scene, &mut distances)?;
/// assert_eq!(distances, [3.0, 10.0, 10.0, 10.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Scanner {
    lidar: Lidar,
    /// `[rings, rays]`, in the frame of the mount.
    directions: Vec<Vector>,
    /// Solids in range.
    near: Vec<Placed>,
    /// `[rings, rays]`.
    distances: Vec<f32>,
}

impl Scanner {
    /// A lidar.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] as [`Lidar::check`].
    pub fn new(lidar: Lidar) -> Result<Self, EnvsError> {
        lidar.check()?;
        Ok(Self { lidar, directions: lidar.directions(), near: Vec::new(), distances: Vec::new() })
    }

    /// What it was made from.
    #[must_use]
    pub fn lidar(&self) -> &Lidar {
        &self.lidar
    }

    /// Measures around the body of `scene`: `distances` is `[rings, rays]`, metres, the lowest ring first. A ray that meets
    /// nothing within the range is free and gives the range, exactly.
    ///
    /// # Errors
    /// [`EnvsError::Length`] for a buffer of another size.
    pub fn scan(&mut self, scene: &Scene, distances: &mut [f32]) -> Result<(), EnvsError> {
        length("the scan", distances.len(), self.lidar.scan_len())?;
        let frame = Frame::new(scene, self.lidar.mount);
        let eye = frame.point(Vector::Z * self.lidar.height);
        let Self { lidar: Lidar { range, .. }, directions, near, .. } = self;
        near.clear();
        near.extend(scene.loose.iter().chain(&scene.fixed).filter(|solid| solid.is_within(eye, *range)));
        for (directions, distances) in directions.chunks(4).zip(distances.chunks_mut(4)) {
            let last = directions.len() - 1;
            let directions = [0, 1, 2, 3].map(|lane: usize| frame.direction(directions[lane.min(last)]));
            let nearest = <[f32; 4]>::from(cast(eye, Vectors::from_lanes(directions), *range, near));
            distances.copy_from_slice(&nearest[..distances.len()]);
        }
        Ok(())
    }

    /// The points that the rays meet, in the frame of the mount with the body's centre as origin: `points` is
    /// `[rings * rays, 3]`, metres. Returns how many there are; they come first, in the order of the rays, and the rest is
    /// zeros.
    ///
    /// # Errors
    /// [`EnvsError::Length`] for a buffer of another size.
    pub fn points(&mut self, scene: &Scene, points: &mut [[f32; 3]]) -> Result<usize, EnvsError> {
        length("the points", points.len(), self.lidar.scan_len())?;
        let mut distances = std::mem::take(&mut self.distances);
        distances.resize(points.len(), 0.0);
        self.scan(scene, &mut distances)?;
        let Lidar { range, height, .. } = self.lidar;
        let hits = self.directions.iter().zip(&distances).filter(|(_, distance)| **distance < range);
        let count =
            super::cloud::fill(points, hits.map(|(direction, distance)| *direction * *distance + Vector::Z * height));
        self.distances = distances;
        Ok(count)
    }
}

/// How far four rays of unit length go, at most `range`.
#[inline]
fn cast(eye: Vector, directions: Vectors, range: f32, solids: &[Placed]) -> Four {
    let rays = Rays::new(Vectors::splat(eye), directions);
    let ground = four(-eye.z) * rays.inverse.z;
    let falls = directions.z.simd_lt(four(0.0)) & ground.simd_gt(four(0.0)) & ground.simd_lt(four(range));
    let mut distances = select(falls, ground, four(range));
    for solid in solids {
        let entry = solid.enter(&rays);
        distances = select(entry.simd_lt(distances), entry, distances);
    }
    distances
}
