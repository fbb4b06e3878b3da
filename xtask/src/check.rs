//! What must hold before a change is shared.

use anyhow::{Result, bail};

use crate::{
    docs,
    python::Python,
    stage::{cargo, installed, say, stage},
};

/// The workspace without the Python extension, which needs an interpreter to build against.
pub(crate) const WITHOUT_PYTHON: [&str; 3] = ["--workspace", "--exclude", "freeroam-python"];

/// Runs everything, cheapest first.
///
/// # Errors
/// At the first stage that fails.
pub(crate) fn check(no_test: bool) -> Result<()> {
    stage("format", cargo().args(["fmt", "--all", "--check"]))?;
    if installed("cargo-deny", &["--version"]) {
        stage("licences", cargo().args(["deny", "--offline", "check", "bans", "licenses", "sources"]))?;
    } else {
        say("==> licences: skipped, cargo-deny is not installed");
    }
    stage(
        "clippy",
        cargo().args(["clippy", "--release", "--all-targets"]).args(WITHOUT_PYTHON).args(["--", "-D", "warnings"]),
    )?;
    if installed("python3", &["--version"]) {
        stage(
            "clippy of the Python extension",
            cargo().args(["clippy", "--release", "-p", "freeroam-python", "--all-targets", "--", "-D", "warnings"]),
        )?;
    } else {
        say("==> clippy of the Python extension: skipped, there is no python3");
    }
    stage(
        "docs",
        cargo().args(["doc", "--release", "--no-deps"]).args(WITHOUT_PYTHON).env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    docs::check()?;
    if no_test { Ok(()) } else { test(&[]) }
}

/// Runs all tests except the long proofs: Rust's, then, unless `args` for `cargo test` were given, Python's.
///
/// # Errors
/// When a test fails, after all of them ran.
pub(crate) fn test(args: &[String]) -> Result<()> {
    // The release profile: whoever trained once has everything compiled, and physics and networks are too slow without.
    let rust = stage("tests", cargo().args(["test", "--release", "--no-fail-fast"]).args(WITHOUT_PYTHON).args(args));
    if args.is_empty() {
        let python = Python::default().run();
        let failures: Vec<String> =
            [&rust, &python].into_iter().filter_map(|result| result.as_ref().err()).map(|e| format!("{e:#}")).collect();
        return if failures.is_empty() { Ok(()) } else { bail!("{}", failures.join("\n")) };
    }
    rust
}

/// Runs the ignored tests, which train for minutes to hours.
///
/// # Errors
/// When a proof fails.
pub(crate) fn proofs(filter: Option<&str>) -> Result<()> {
    stage(
        "learning proofs",
        cargo()
            .args([
                "test",
                "--release",
                "-p",
                "freeroam-tests",
                "-p",
                "freeroam-eval",
                "-p",
                "freeroam-envs",
                "--tests",
            ])
            .args(["--", "--ignored", "--nocapture"])
            .args(filter),
    )
}
