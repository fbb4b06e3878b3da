//! Hilly ground: heights on a square lattice, on top of the flat floor.

use rapier3d::math::{ComplexField, Pose, Rotation};
use rapier3d::parry::utils::Array2;
use rapier3d::prelude::*;

use crate::{EnvsError, Stream};

/// Points along one side of the bowl of `escape`, and half its width, metres (`quadruped.xml` of `dm_control`).
const BOWL_POINTS: usize = 201;
const BOWL_HALF: f64 = 30.0;
/// Height of its rim where no bump lowers it, metres.
const BOWL_HEIGHT: f64 = 5.0;
/// Lowest factor by which a bump may lower it (`_TERRAIN_SMOOTHNESS`), and metres from bump to bump (`_TERRAIN_BUMP_SCALE`).
const SMOOTHNESS: f64 = 0.15;
const BUMP: f64 = 2.0;
/// Radius, in parts of half the width, within which the middle is flat.
const FLAT: f64 = 0.04;

/// A square of hilly ground around the origin; outside it the ground is flat, at height 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Heights {
    points: usize,
    half: f64,
    /// Metres, row by row: x grows along a row, y from row to row.
    heights: Vec<f32>,
}

impl Heights {
    /// Heights in metres on `points` x `points` points of a square of half-width `half` metres around the origin, row by row
    /// from the smallest y.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for less than two points or a half-width that is not positive, [`EnvsError::Length`] for
    /// another number of heights, [`EnvsError::OutOfRange`] for heights that are not finite or below 0.
    pub fn new(points: usize, half: f64, heights: Vec<f32>) -> Result<Self, EnvsError> {
        let wrong =
            |what, got: String, expected: &str| Err(EnvsError::OutOfRange { what, got, expected: expected.to_owned() });
        if points < 2 {
            return wrong("points along one side of hilly ground", points.to_string(), "at least 2");
        }
        if !(half.is_finite() && half > 0.0) {
            return wrong("half-width of hilly ground", half.to_string(), "a positive number of metres");
        }
        crate::lanes::length("the heights of hilly ground", heights.len(), points * points)?;
        if let Some(height) = heights.iter().find(|height| !(height.is_finite() && **height >= 0.0)) {
            return wrong(
                "height of hilly ground",
                height.to_string(),
                "a finite number of metres, not below the floor",
            );
        }
        Ok(Self { points, half, heights })
    }

    /// The bowl of the task `escape` of `dm_control`'s `quadruped`: a ring of hills of up to 5 m at 15 m from the middle, down to
    /// nothing at 30 m, lowered here and there by smooth bumps.
    ///
    /// Difference: bumps are interpolated by cubic convolution instead of a spline, and drawn from the stream of `seed`.
    #[must_use]
    pub fn bowl(seed: u64) -> Self {
        let mut stream = Stream::new(seed, "terrain", 0);
        let bumps = (2.0 * BOWL_HALF / BUMP) as usize;
        let factors: Vec<f64> = (0..bumps * bumps).map(|_| stream.uniform(SMOOTHNESS, 1.0)).collect();
        let place = |k: usize| 2.0 * k as f64 / (BOWL_POINTS - 1) as f64 - 1.0;
        let height = |at: usize| {
            let [x, y] = [at % BOWL_POINTS, at / BOWL_POINTS].map(place);
            let radius = (x * x + y * y).sqrt().clamp(FLAT, 1.0);
            let shape = 0.5 - 0.5 * ComplexField::cos(std::f64::consts::TAU * radius);
            let scale = (bumps - 1) as f64;
            let factor = cubic(&factors, bumps, [x, y].map(|value| 0.5 * (value + 1.0) * scale));
            (BOWL_HEIGHT * shape * factor.clamp(0.0, 1.0)) as f32
        };
        Self { points: BOWL_POINTS, half: BOWL_HALF, heights: (0..BOWL_POINTS * BOWL_POINTS).map(height).collect() }
    }

    /// Half the width of the square, metres.
    #[must_use]
    pub fn half(&self) -> f64 {
        self.half
    }

    /// Height at a place (x, y in metres), linear between the points.
    #[must_use]
    pub fn at(&self, place: [f64; 2]) -> f64 {
        if !place.iter().all(|value| value.abs() <= self.half) {
            return 0.0;
        }
        let last = self.points - 1;
        let scaled = place.map(|value| (value + self.half) / (2.0 * self.half) * last as f64);
        let cell = scaled.map(|value| (value as usize).min(last - 1));
        let part = [0, 1].map(|k| scaled[k] - cell[k] as f64);
        let corner = |dx: usize, dy: usize| f64::from(self.heights[(cell[1] + dy) * self.points + cell[0] + dx]);
        let along = |dy: usize| corner(0, dy) * (1.0 - part[0]) + corner(1, dy) * part[0];
        along(0) * (1.0 - part[1]) + along(1) * part[1]
    }

    /// The ground as a shape, in world coordinates.
    pub(crate) fn collider(&self) -> ColliderBuilder {
        // rapier's height fields rise along y, with columns along x and rows along z. Turned so that y points up, z points
        // against the world's y.
        let last = self.points - 1;
        let mut field = Array2::repeat(self.points, self.points, 0.0);
        for row in 0..self.points {
            for column in 0..self.points {
                field[(last - row, column)] = self.heights[row * self.points + column];
            }
        }
        let width = 2.0 * self.half as f32;
        let upright = Rotation::from_rotation_x(std::f32::consts::FRAC_PI_2);
        ColliderBuilder::heightfield(field, Vector::new(width, 1.0, width))
            .position(Pose::from_parts(Vector::ZERO, upright))
    }
}

/// Cubic convolution (Keys, 1981) between values on a square lattice of `side` points, at a place in steps of it.
fn cubic(values: &[f64], side: usize, place: [f64; 2]) -> f64 {
    let last = side as isize - 1;
    let cell = place.map(f64::floor);
    let weights = [0, 1].map(|k| {
        let t = place[k] - cell[k];
        let (t2, t3) = (t * t, t * t * t);
        [-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, 0.5 * (t3 - t2)]
    });
    // At the edges the outermost value goes on.
    let index = |k: usize, at: usize| (cell[k] as isize + at as isize - 1).clamp(0, last) as usize;
    (0..4)
        .flat_map(|row| (0..4).map(move |column| (row, column)))
        .map(|(row, column)| weights[1][row] * weights[0][column] * values[index(1, row) * side + index(0, column)])
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bowl_is_flat_in_the_middle_and_outside_and_has_a_ring_of_hills() {
        let bowl = Heights::bowl(0);
        assert!(bowl.at([0.0, 0.0]) < 0.1 && bowl.at([29.99, 0.0]) < 0.1 && bowl.at([31.0, 0.0]) == 0.0);
        let ring: Vec<f64> = (0..200)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::TAU / 200.0;
                bowl.at([15.0 * angle.cos(), 15.0 * angle.sin()])
            })
            .collect();
        let (low, high) = ring.iter().fold((f64::MAX, 0.0_f64), |(low, high), &z| (low.min(z), high.max(z)));
        assert!(low > 0.2 && low < 2.0 && high > 4.0 && high <= 5.0, "{low} {high}");
        assert_ne!(Heights::bowl(1), bowl);
    }

    #[test]
    fn the_shape_lies_where_the_heights_are() {
        let mut physics = crate::physics::Physics::new(IntegrationParameters::default());
        let bowl = Heights::bowl(3);
        let collider = bowl.collider().build();
        for [x, y] in [[0.1_f32, 0.2], [15.0, 0.1], [0.1, 15.0], [-14.0, 3.0], [3.0, -16.0], [20.3, -11.7]] {
            let ray = Ray::new(Vector::new(x, y, 10.0), Vector::new(0.1, 0.05, -1.0));
            let t =
                collider.shape().cast_ray(collider.position(), &ray, 50.0, true).expect("the ray ends on the ground");
            let hit = ray.point_at(t);
            let height = bowl.at([f64::from(hit.x), f64::from(hit.y)]);
            assert!((f64::from(hit.z) - height).abs() < 0.03, "{hit:?}: {height}");
        }
        physics.colliders.insert(bowl.collider());
        physics.step();
    }

    #[test]
    fn bad_heights_are_refused_by_name() {
        let fault = |points, half, heights| Heights::new(points, half, heights).expect_err("unsound").to_string();
        assert!(fault(1, 1.0, vec![0.0]).contains("points along one side of hilly ground is 1"));
        assert!(fault(2, -1.0, vec![0.0; 4]).contains("half-width"));
        assert!(fault(2, 1.0, vec![0.0; 3]).contains("3 elements, expected 4"));
        assert!(fault(2, 1.0, vec![f32::NAN; 4]).contains("NaN"));
        assert!((Heights::new(2, 1.0, vec![0.0, 1.0, 0.0, 1.0]).expect("sound").at([0.5, 0.0]) - 0.75).abs() < 1e-9);
    }
}
