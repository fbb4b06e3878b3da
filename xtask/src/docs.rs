//! The generated pages of `docs/`.

use anyhow::{Context, Result};

use crate::stage::{cargo, stage};

/// The example of envs that knows how.
const CATALOGUE: [&str; 7] = ["run", "--release", "--quiet", "-p", "freeroam-envs", "--example", "catalogue"];

/// Writes the page of all worlds and its pictures.
///
/// # Errors
/// When a world cannot be made or drawn, or the files cannot be written.
pub(crate) fn write() -> Result<()> {
    stage("page of the worlds", cargo().args(CATALOGUE).args(["--", "docs"]))
}

/// Whether the page of all worlds and its pictures are as [`write()`] would make them.
///
/// # Errors
/// When they are not.
pub(crate) fn check() -> Result<()> {
    let checked = stage("page of the worlds", cargo().args(CATALOGUE).args(["--", "docs", "--check"]));
    checked.context("docs/worlds.md or its pictures are stale, or a world cannot be made")
}
