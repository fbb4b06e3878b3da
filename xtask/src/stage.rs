//! Running programs as named stages and timing them.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Instant,
};

use anyhow::{Context, Result, bail};

/// The workspace's root folder. Cargo names it at run time; the path of the build may be that of another clone, where clones
/// share a target folder.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask lies in the workspace root").to_path_buf()
}

/// The cargo that runs this task, so that every stage uses one toolchain.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program started in the workspace root.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// Whether `name --version` runs here.
pub(crate) fn installed(name: &str, args: &[&str]) -> bool {
    program(name).args(args).output().is_ok_and(|output| output.status.success())
}

/// The folder that cargo builds into, wherever the user's settings put it.
pub(crate) fn target_dir() -> Result<PathBuf> {
    let text = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&text).context("cargo metadata printed no JSON")?;
    Ok(metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?.into())
}

/// Runs a program to its end and gives its standard output, trimmed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed ({}):\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a stage: one line before, one after with its duration.
pub(crate) fn stage(name: &str, command: &mut Command) -> Result<()> {
    let status = timed(name, command)?;
    if !status.success() {
        bail!("{name} failed ({status}): {command:?}");
    }
    Ok(())
}

/// Runs a stage and gives its exit status, whatever it is.
pub(crate) fn timed(name: &str, command: &mut Command) -> Result<ExitStatus> {
    say(&format!("==> {name}"));
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{name}: cannot start {command:?}"))?;
    let (end, seconds) = (if status.success() { "done" } else { "ended" }, start.elapsed().as_secs_f64());
    say(&format!("==> {name}: {end} in {seconds:.1} s"));
    Ok(status)
}

/// One line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a command-line tool reports to its terminal")]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}
