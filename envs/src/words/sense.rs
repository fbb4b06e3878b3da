//! What an observation shows of posture and motion, found by the names of its channels.

use super::{Claim, Compass, Pace, Posture};
use crate::Spec;

/// Cosine of 60 degrees: bounds of the postures.
const LEANING: f64 = 0.5;
/// Bounds between the paces, m/s.
const SLOW: f64 = 0.2;
const FAST: f64 = 1.0;

/// Which channels show what.
#[derive(Clone, Debug)]
pub(super) struct Senses {
    turned: Option<Turned>,
    /// Channels of the velocity in the world's frame; only x for bodies that move along a line.
    velocity: Vec<usize>,
}

/// How an observation shows the attitude of a body.
#[derive(Clone, Copy, Debug)]
enum Turned {
    /// A quaternion `w x y z` from this channel on.
    Quaternion(usize),
    /// Angle of a body that moves in the plane of x and z, counted from z towards x.
    Pitch(usize),
    /// Angle over the ground, counted from x towards y.
    Heading(usize),
}

impl Senses {
    /// Quaternions are four channels in a row that end in `_qw`, `_qx`, `_qy`, `_qz`; pitch and heading are angles in rad
    /// that end in `_pitch` and `_heading` (or `_yaw`); velocities end in `_vx` and `_vy`. The first of each counts.
    pub(super) fn new(spec: &Spec) -> Self {
        let channels = &spec.observation;
        let named = |at: usize, end: &str| channels.get(at).is_some_and(|channel| channel.name.ends_with(end));
        let all = 0..channels.len();
        let quaternion =
            all.clone().find(|&at| ["_qw", "_qx", "_qy", "_qz"].iter().enumerate().all(|(k, end)| named(at + k, end)));
        let angle =
            |ends: &[&str]| all.clone().find(|&at| channels[at].unit == "rad" && ends.iter().any(|end| named(at, end)));
        let turned = quaternion
            .map(Turned::Quaternion)
            .or_else(|| angle(&["_pitch"]).map(Turned::Pitch))
            .or_else(|| angle(&["_heading", "_yaw"]).map(Turned::Heading));
        let velocity = |end: &str| all.clone().find(|&at| channels[at].unit == "m/s" && named(at, end));
        let velocity = match (velocity("_vx"), velocity("_vy")) {
            (Some(x), Some(y)) => vec![x, y],
            (Some(x), None) => vec![x],
            _ => Vec::new(),
        };
        Self { turned, velocity }
    }

    /// What is to be said about the body of an observation.
    pub(super) fn claims(&self, observation: &[f32]) -> Vec<Claim> {
        let at = |channel: usize| f64::from(observation[channel]);
        let mut claims = Vec::new();
        match self.turned {
            Some(Turned::Quaternion(first)) => {
                let [w, x, y, z] = [0, 1, 2, 3].map(|k| at(first + k));
                let squared = w * w + x * x + y * y + z * z;
                let up = (squared - 2.0 * (x * x + y * y)) / squared;
                let forward = [squared - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z)].map(|value| value / squared);
                // Where forward is more up than ahead, no side is faced.
                if forward[0].hypot(forward[1]) >= LEANING {
                    claims.push(Claim::Facing(Compass::side_of(forward)));
                }
                claims.push(Claim::Posture(posture(up)));
            }
            Some(Turned::Pitch(angle)) => claims.push(Claim::Posture(posture(at(angle).cos()))),
            Some(Turned::Heading(angle)) => {
                claims.push(Claim::Facing(Compass::side_of([at(angle).cos(), at(angle).sin()])));
            }
            None => {}
        }
        let velocity = match *self.velocity.as_slice() {
            [x, y] => [at(x), at(y)],
            [x] => [at(x), 0.0],
            _ => return claims,
        };
        let pace = match velocity[0].hypot(velocity[1]) {
            speed if speed < SLOW => Pace::Still,
            speed if speed < FAST => Pace::Slow,
            _ => Pace::Fast,
        };
        claims.push(Claim::Pace(pace));
        if pace != Pace::Still {
            claims.push(Claim::Moving(Compass::of_vector(velocity)));
        }
        claims
    }

    /// All that can be said about bodies of the world, kind by kind.
    pub(super) fn all(&self) -> Vec<Vec<Claim>> {
        let mut all = Vec::new();
        if matches!(self.turned, Some(Turned::Quaternion(_) | Turned::Heading(_))) {
            all.push(Compass::SIDES.map(Claim::Facing).to_vec());
        }
        if matches!(self.turned, Some(Turned::Quaternion(_) | Turned::Pitch(_))) {
            all.push([Posture::Upright, Posture::Fallen, Posture::UpsideDown].map(Claim::Posture).to_vec());
        }
        if !self.velocity.is_empty() {
            all.push([Pace::Still, Pace::Slow, Pace::Fast].map(Claim::Pace).to_vec());
            let directions = super::region::directions(self.velocity.len() == 1);
            all.push(directions.iter().map(|&at| Claim::Moving(at)).collect());
        }
        all
    }
}

fn posture(up: f64) -> Posture {
    if up >= LEANING {
        Posture::Upright
    } else if up <= -LEANING {
        Posture::UpsideDown
    } else {
        Posture::Fallen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ant(quaternion: [f32; 4], velocity: [f32; 2]) -> Vec<Claim> {
        let spec = crate::ant::spec();
        let mut observation = vec![0.0; spec.observation.len()];
        observation[3..7].copy_from_slice(&quaternion);
        observation[15..17].copy_from_slice(&velocity);
        Senses::new(&spec).claims(&observation)
    }

    #[test]
    fn the_attitude_is_read_from_the_quaternion() {
        let half = 0.5_f32.sqrt();
        let cases = [
            ([1.0, 0.0, 0.0, 0.0], Some(Compass::East), Posture::Upright),
            // A quarter turn to the left, of any length.
            ([2.0, 0.0, 0.0, 2.0], Some(Compass::North), Posture::Upright),
            ([half, 0.0, 0.0, -half], Some(Compass::South), Posture::Upright),
            // On its side and on its back it still looks ahead; on its nose it does not.
            ([half, half, 0.0, 0.0], Some(Compass::East), Posture::Fallen),
            ([0.0, 1.0, 0.0, 0.0], Some(Compass::East), Posture::UpsideDown),
            ([half, 0.0, half, 0.0], None, Posture::Fallen),
        ];
        for (quaternion, facing, posture) in cases {
            let mut expected: Vec<_> = facing.map(Claim::Facing).into_iter().collect();
            expected.extend([Claim::Posture(posture), Claim::Pace(Pace::Still)]);
            assert_eq!(ant(quaternion, [0.0, 0.1]), expected, "{quaternion:?}");
        }
    }

    #[test]
    fn motion_is_told_from_stillness() {
        let motion = |velocity| ant([1.0, 0.0, 0.0, 0.0], velocity)[2..].to_vec();
        assert_eq!(motion([0.1, 0.1]), [Claim::Pace(Pace::Still)]);
        assert_eq!(motion([-0.5, 0.0]), [Claim::Pace(Pace::Slow), Claim::Moving(Compass::West)]);
        assert_eq!(motion([3.0, 3.0]), [Claim::Pace(Pace::Fast), Claim::Moving(Compass::NorthEast)]);
    }
}
