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
    velocity: Option<Velocity>,
}

/// How an observation shows the attitude of a body.
#[derive(Clone, Copy, Debug)]
enum Turned {
    /// A quaternion `w x y z` from this channel on.
    Quaternion(usize),
    /// Angle against the upright of a body that moves in the plane of x and z.
    Pitch(usize),
    /// Cosine of the angle against the upright.
    Cosine(usize),
    /// Angle over the ground, counted from x towards y.
    Heading(usize),
}

/// How an observation shows the velocity of a body over the ground.
#[derive(Clone, Copy, Debug)]
enum Velocity {
    /// Along the x and y of the world.
    World([usize; 2]),
    /// Along x, for bodies that move along a line.
    Line(usize),
    /// Along axes of the body, which tell how fast it is and not where to.
    Own([usize; 2]),
}

impl Senses {
    /// By the names of the channels, of which the last part, after an underscore, counts: `qw qx qy qz` in a row, `pitch`,
    /// `heading` or `yaw` in rad, `upright` or the `xx` before an `xz` as a cosine; `vx` and `vy`, `x_rate` and `ahead` and
    /// `left` in m/s. The first of each counts.
    pub(super) fn new(spec: &Spec) -> Self {
        let channels = &spec.observation;
        let is = |at: usize, unit: &str, name: &str| {
            let channel = channels.get(at).filter(|channel| channel.unit == unit);
            channel.is_some_and(|channel| {
                channel.name.strip_suffix(name).is_some_and(|root| root.is_empty() || root.ends_with('_'))
            })
        };
        let row = |unit: &str, names: &[&str]| {
            (0..channels.len()).find(|&at| names.iter().enumerate().all(|(k, name)| is(at + k, unit, name)))
        };
        let turned = row("", &["qw", "qx", "qy", "qz"])
            .map(Turned::Quaternion)
            .or_else(|| row("rad", &["pitch"]).map(Turned::Pitch))
            .or_else(|| row("", &["upright"]).or_else(|| row("", &["xx", "xz"])).map(Turned::Cosine))
            .or_else(|| row("rad", &["heading"]).or_else(|| row("rad", &["yaw"])).map(Turned::Heading));
        let velocity = row("m/s", &["vx", "vy"])
            .map(|at| Velocity::World([at, at + 1]))
            .or_else(|| row("m/s", &["x_rate"]).map(Velocity::Line))
            .or_else(|| row("m/s", &["ahead", "left"]).map(|at| Velocity::Own([at, at + 1])));
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
            Some(Turned::Cosine(cosine)) => claims.push(Claim::Posture(posture(at(cosine)))),
            Some(Turned::Heading(angle)) => {
                claims.push(Claim::Facing(Compass::side_of([at(angle).cos(), at(angle).sin()])));
            }
            None => {}
        }
        let Some(velocity) = self.velocity else { return claims };
        let vector = match velocity {
            Velocity::World(pair) | Velocity::Own(pair) => pair.map(at),
            Velocity::Line(x) => [at(x), 0.0],
        };
        let pace = match vector[0].hypot(vector[1]) {
            speed if speed < SLOW => Pace::Still,
            speed if speed < FAST => Pace::Slow,
            _ => Pace::Fast,
        };
        claims.push(Claim::Pace(pace));
        if pace != Pace::Still && !matches!(velocity, Velocity::Own(_)) {
            claims.push(Claim::Moving(Compass::of_vector(vector)));
        }
        claims
    }

    /// All that can be said about bodies of the world, kind by kind.
    pub(super) fn all(&self) -> Vec<Vec<Claim>> {
        let mut all = Vec::new();
        if matches!(self.turned, Some(Turned::Quaternion(_) | Turned::Heading(_))) {
            all.push(Compass::SIDES.map(Claim::Facing).to_vec());
        }
        if matches!(self.turned, Some(Turned::Quaternion(_) | Turned::Pitch(_) | Turned::Cosine(_))) {
            all.push([Posture::Upright, Posture::Fallen, Posture::UpsideDown].map(Claim::Posture).to_vec());
        }
        if self.velocity.is_some() {
            all.push([Pace::Still, Pace::Slow, Pace::Fast].map(Claim::Pace).to_vec());
        }
        if let Some(Velocity::World(_) | Velocity::Line(_)) = self.velocity {
            let line = matches!(self.velocity, Some(Velocity::Line(_)));
            all.push(super::region::directions(line).iter().map(|&at| Claim::Moving(at)).collect());
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
        let world = crate::world("Ant-v0").expect("registered");
        let mut observation = vec![0.0; world.spec().observation.len()];
        observation[3..7].copy_from_slice(&quaternion);
        observation[15..17].copy_from_slice(&velocity);
        Senses::new(world.spec()).claims(&observation)
    }

    /// What is said of a world with these channels of names and units.
    fn with(channels: &[(&str, &'static str)], observation: &[f32]) -> Vec<Claim> {
        let mut spec = Spec::clone(crate::world("Ant-v0").expect("registered").spec());
        let channel =
            |&(name, unit): &(&str, &'static str)| crate::Channel { name: name.to_owned(), unit, mean: 0.0, std: 1.0 };
        spec.observation = channels.iter().map(channel).collect();
        Senses::new(&spec).claims(observation)
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

    #[test]
    fn other_ways_to_show_attitude_and_motion_are_known() {
        let still = Claim::Pace(Pace::Still);
        let plane = [("x", "m"), ("pitch", "rad"), ("knee", "rad"), ("x_rate", "m/s"), ("pitch_rate", "rad/s")];
        let flying = [Claim::Posture(Posture::UpsideDown), Claim::Pace(Pace::Fast), Claim::Moving(Compass::West)];
        assert_eq!(with(&plane, &[0.0, 3.0, 0.0, -2.0, 0.0]), flying);
        let parts = [("torso_xx", ""), ("torso_xz", ""), ("thigh_xx", ""), ("thigh_xz", "")];
        assert_eq!(with(&parts, &[0.0, 1.0, 1.0, 0.0]), [Claim::Posture(Posture::Fallen)]);
        let own = [("upright", ""), ("velocity_ahead", "m/s"), ("velocity_left", "m/s")];
        assert_eq!(with(&own, &[1.0, 0.0, 0.1]), [Claim::Posture(Posture::Upright), still]);
        assert_eq!(with(&own, &[1.0, 0.8, -0.8])[1..], [Claim::Pace(Pace::Fast)]);
        assert_eq!(with(&[("chassis_yaw", "rad")], &[1.5]), [Claim::Facing(Compass::North)]);
        assert_eq!(with(&[("matrix", "m"), ("vx", "rad")], &[1.0, 1.0]), []);
    }
}
