//! Figures: trajectories of skills, learning curves, comparisons, distances, goals.
//!
//! Every function takes plain data and gives a [`Figure`], which is a PNG file and an SVG text of the same drawing.
//! Fonts are built in. A method has the same colour in every figure ([`method_colour`]).

mod canvas; // from a drawing to PNG and SVG
mod colour; // palettes
mod comparison; // methods beside each other
mod curves; // measures against steps
mod distances; // latent against walked distance
mod goals; // where goals are and how close rollouts came
mod pixels; // drawing into pictures of pixels
mod plane; // the ground seen from above
mod skills; // trajectories coloured by skill

pub use canvas::Figure;
pub use colour::{Rgb, closeness_colour, method_colour, skill_colour};
pub use comparison::{Row, comparison};
pub use curves::{Baseline, Curve, curves};
pub use distances::distances;
pub use goals::{Goal, goals};
pub use skills::{Skill, Trajectory, skills};

pub(crate) use plane::Window;
