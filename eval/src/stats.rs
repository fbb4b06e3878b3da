//! Robust statistics over runs and tasks, with seeded stratified bootstrap intervals.
//!
//! Definitions follow Agarwal et al., "Deep Reinforcement Learning at the Edge of the Statistical Precipice" (2021), and
//! agree with the `rliable` package on its point estimates. A handful of runs is the usual case, so report the number of
//! runs, tasks and repetitions beside every interval; below five runs intervals cover badly.

mod aggregate; // IQM, mean, median, optimality gap, profiles
mod bootstrap; // percentile intervals
mod correlation; // Pearson, Spearman
mod estimate; // a number with its interval
mod regression; // least squares

pub use aggregate::{Scores, probability_of_improvement};
pub use bootstrap::{Resampling, bootstrap, bootstrap_improvement, bootstrap_profile, bootstrap_ratio, percentile};
pub use correlation::{pearson, spearman};
pub use estimate::Estimate;
pub use regression::least_squares;
