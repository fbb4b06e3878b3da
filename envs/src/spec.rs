//! What a world looks like from outside: names, units, sizes, scales.

use crate::maze::Layout;
use crate::{FrameSpec, Roles};

/// One number of an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Name, e.g. `torso_x`.
    pub name: String,
    /// SI unit, e.g. `m`, `rad/s`; empty for dimensionless numbers.
    pub unit: &'static str,
    /// Centre used to normalise the channel before a network sees it.
    pub mean: f32,
    /// Scale used to normalise the channel before a network sees it; positive.
    pub std: f32,
}

/// The contract of a world.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Id with version, e.g. `Ant-v0`.
    pub id: String,
    /// One sentence for `--list` and the docs.
    pub description: String,
    /// The observation, channel by channel.
    pub observation: Vec<Channel>,
    /// Names of the actions; each takes values in `[-1, 1]`.
    pub action: Vec<String>,
    /// Simulated seconds per step.
    pub dt: f64,
    /// Steps until an episode is truncated, unless the lanes are told otherwise.
    pub horizon: u32,
    /// Where the observation shows the place of the body, metres, world frame: the channels of x and y; that of x alone
    /// for bodies that move along a line, whose y is 0; none where the observation hides the place, as those of Gymnasium
    /// do. Goals need it. What is not shown is still in [`crate::StepBatch::final_place`].
    pub position: Vec<usize>,
    /// Edge of the squares in which coverage is counted, metres; about the length of the body.
    pub bin: f64,
    /// Half-width of the square around the origin from which goals are drawn on open ground, metres.
    pub goal_range: f64,
    /// Distance at which a goal counts as reached, metres.
    pub goal_radius: f64,
    /// Walls, when the world has any.
    pub layout: Option<Layout>,
    /// Pictures that lanes yield beside the observation at every step, when the world has any.
    pub frames: Option<FrameSpec>,
    /// What the channels of the observation are for.
    pub roles: Roles,
}

impl Spec {
    /// Bytes of a frame; 0 in worlds without frames.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        self.frames.as_ref().map_or(0, FrameSpec::bytes)
    }

    /// Where (x, y in metres) the body of an observation is, as far as [`Spec::position`] tells: 0 for what is not shown.
    ///
    /// # Panics
    /// When `observation` is shorter than [`Spec::observation`].
    #[must_use]
    pub fn place(&self, observation: &[f32]) -> [f64; 2] {
        let shown = |k: usize| self.position.get(k).map_or(0.0, |&at| f64::from(observation[at]));
        [shown(0), shown(1)]
    }

    /// Writes a place (x, y in metres) into an observation, as far as the observation shows it.
    ///
    /// # Panics
    /// When `observation` is shorter than [`Spec::observation`].
    pub fn put_place(&self, place: [f64; 2], observation: &mut [f32]) {
        for (&at, x) in self.position.iter().zip(place) {
            observation[at] = x as f32;
        }
    }

    /// Whether the world is a matter of centimetres: open ground of less than a metre to each side.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.layout.is_none() && self.goal_range < 1.0
    }

    /// Whether a body at `place` has reached `goal` (x, y in metres): it is [`Spec::goal_radius`] away or less.
    #[must_use]
    pub fn reached(&self, place: [f64; 2], goal: [f64; 2]) -> bool {
        (place[0] - goal[0]).hypot(place[1] - goal[1]) <= self.goal_radius
    }
}
