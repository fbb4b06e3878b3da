//! What a world looks like from outside: names, units, sizes, scales.

use crate::maze::Layout;

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
    /// Registered id with version, e.g. `Ant-v0`.
    pub id: &'static str,
    /// One sentence for `--list` and the docs.
    pub description: &'static str,
    /// The observation, channel by channel.
    pub observation: Vec<Channel>,
    /// Names of the actions; each takes values in `[-1, 1]`.
    pub action: Vec<String>,
    /// Simulated seconds per step.
    pub dt: f64,
    /// Steps until an episode is truncated, unless the lanes are told otherwise.
    pub horizon: u32,
    /// Places of x and y (metres, world frame) in the observation.
    pub position: [usize; 2],
    /// Edge of the squares in which coverage is counted, metres; about the length of the body.
    pub bin: f64,
    /// Half-width of the square around the start from which evaluation goals are drawn on open ground, metres.
    pub goal_range: f64,
    /// Distance at which a goal counts as reached, metres.
    pub goal_radius: f64,
    /// Walls, when the world has any.
    pub layout: Option<Layout>,
}
