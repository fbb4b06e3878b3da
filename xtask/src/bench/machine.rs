//! Where and of what something was measured.

use anyhow::Result;
use serde::Serialize;

use super::window::can_pin;
use crate::stage::{output, program};

/// What a figure cannot be read without.
#[derive(Serialize)]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) cpu: String,
    /// Cores that the system offers.
    pub(crate) cores: usize,
    /// The core that everything was pinned to; none where it could not be.
    pub(crate) pinned_to: Option<usize>,
    /// Load of the last minute when the bench ended; its own share is one.
    pub(crate) load: Option<f64>,
    /// Operating system.
    pub(crate) system: String,
    /// Compiler.
    pub(crate) rustc: String,
    /// Commit, with a `+` when files differ from it.
    pub(crate) commit: String,
}

/// This machine, this commit.
///
/// # Errors
/// When the compiler cannot be asked.
pub(crate) fn describe(core: usize) -> Result<Machine> {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = info.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()));
    let load = std::fs::read_to_string("/proc/loadavg").ok();
    Ok(Machine {
        cpu: cpu.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        pinned_to: can_pin().then_some(core),
        load: load.and_then(|text| text.split_whitespace().next()?.parse().ok()),
        system: std::env::consts::OS.to_owned(),
        rustc: output(program("rustc").arg("--version"))?,
        commit: commit(),
    })
}

/// The commit, or `unknown` outside a clone.
fn commit() -> String {
    let Ok(head) = output(program("git").args(["rev-parse", "HEAD"])) else { return "unknown".to_owned() };
    // The result files are what a bench changes.
    let changes = output(program("git").args(["status", "--porcelain", "--", ".", ":!bench/results"]));
    if changes.is_ok_and(|changes| changes.is_empty()) { head } else { format!("{head}+") }
}
