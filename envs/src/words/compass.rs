//! Directions on the ground.

/// One of eight directions, or none of them. North is y, east is x: as on a map, and as in pictures from above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compass {
    /// No direction: the middle, or the same place.
    Middle,
    /// Along y.
    North,
    /// Along x and y.
    NorthEast,
    /// Along x.
    East,
    /// Along x, against y.
    SouthEast,
    /// Against y.
    South,
    /// Against x and y.
    SouthWest,
    /// Against x.
    West,
    /// Against x, along y.
    NorthWest,
}

impl Compass {
    /// All of them, by number.
    pub const ALL: [Self; 9] = [
        Self::Middle,
        Self::North,
        Self::NorthEast,
        Self::East,
        Self::SouthEast,
        Self::South,
        Self::SouthWest,
        Self::West,
        Self::NorthWest,
    ];
    /// The four sides.
    pub const SIDES: [Self; 4] = [Self::North, Self::East, Self::South, Self::West];

    /// Steps to the east and to the north, each -1, 0 or 1.
    #[must_use]
    pub fn offset(self) -> [i32; 2] {
        match self {
            Self::Middle => [0, 0],
            Self::North => [0, 1],
            Self::NorthEast => [1, 1],
            Self::East => [1, 0],
            Self::SouthEast => [1, -1],
            Self::South => [0, -1],
            Self::SouthWest => [-1, -1],
            Self::West => [-1, 0],
            Self::NorthWest => [-1, 1],
        }
    }

    /// The direction of some steps to the east and to the north, of which only the signs count.
    #[must_use]
    pub fn of_offset(offset: [i32; 2]) -> Self {
        let signs = offset.map(i32::signum);
        Self::ALL.into_iter().find(|compass| compass.offset() == signs).unwrap_or(Self::Middle)
    }

    /// The nearest of the eight directions to (x, y); `Middle` for zero and for what is no number.
    #[must_use]
    pub fn of_vector([x, y]: [f64; 2]) -> Self {
        // The sine of an eighth of a right angle and a half: less than that share of the length is none.
        let least = x.hypot(y) * (std::f64::consts::PI / 8.0).sin();
        let sign = |value: f64| i32::from(value > least) - i32::from(value < -least);
        Self::of_offset([sign(x), sign(y)])
    }

    /// The nearest of the four sides to (x, y): east or west where it is a draw, east for zero.
    #[must_use]
    pub fn side_of([x, y]: [f64; 2]) -> Self {
        match (x.abs() >= y.abs(), x >= 0.0, y >= 0.0) {
            (true, true, _) => Self::East,
            (true, false, _) => Self::West,
            (false, _, true) => Self::North,
            (false, _, false) => Self::South,
        }
    }

    /// Unit vector (x, y) along it; zero for `Middle`.
    #[must_use]
    pub fn unit(self) -> [f64; 2] {
        let offset = self.offset().map(f64::from);
        let length = offset[0].hypot(offset[1]).max(1.0);
        offset.map(|value| value / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_those_of_a_map() {
        for compass in Compass::ALL {
            assert_eq!(Compass::of_offset(compass.offset()), compass);
            assert_eq!(Compass::of_vector(compass.unit()), compass);
        }
        let near =
            |degrees: f64| Compass::of_vector([5.0 * degrees.to_radians().cos(), 5.0 * degrees.to_radians().sin()]);
        assert_eq!(
            [near(0.0), near(22.0), near(23.0), near(67.0), near(68.0)].map(Compass::offset),
            [[1, 0], [1, 0], [1, 1], [1, 1], [0, 1]]
        );
        assert_eq!(Compass::of_vector([f64::NAN, 1.0]), Compass::Middle);
        assert_eq!(
            [[2.0, 1.0], [-1.0, 2.0], [-2.0, 1.0], [1.0, -2.0]].map(Compass::side_of),
            [Compass::East, Compass::North, Compass::West, Compass::South]
        );
    }
}
