//! Names of settings, and defaults that depend on the machine.

use std::{num::NonZero, thread::available_parallelism};

use freeroam_envs::{Autoreset, GoalLaw};
use pyo3::PyResult;

use crate::error::refuse;

/// What [`Autoreset`] is called.
pub(crate) const AUTORESETS: [(&str, Autoreset); 3] =
    [("next_step", Autoreset::NextStep), ("same_step", Autoreset::SameStep), ("disabled", Autoreset::Disabled)];

/// What [`GoalLaw`] is called.
pub(crate) const LAWS: [(&str, GoalLaw); 2] = [("tasks", GoalLaw::Tasks), ("anywhere", GoalLaw::Anywhere)];

/// The value with a name among a few.
pub(crate) fn named<T: Copy>(what: &str, name: &str, all: &[(&str, T)]) -> PyResult<T> {
    let found = all.iter().find(|(known, _)| *known == name);
    let names = || all.iter().map(|(known, _)| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    found.map(|(_, value)| *value).ok_or_else(|| refuse(format!("{what} is `{name}`, expected one of {}", names())))
}

/// The name of a value among a few.
pub(crate) fn name_of<T: PartialEq>(value: T, all: &[(&'static str, T)]) -> &'static str {
    all.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}
