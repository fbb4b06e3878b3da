//! Replay: per-lane rings of columns, samplers, snapshots.

pub use freeroam_envs::Stream;
