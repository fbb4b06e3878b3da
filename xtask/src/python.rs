//! Checks and tests of the Python package: `cargo xtask python`.
//!
//! ```text
//!  python/ ──► format, lint, types ──maturin──► wheel ──► stubs ──► tests in the main environment and behind every layer
//!                                                   └───► a fresh environment without compilers, outside the repository
//! ```

pub(crate) mod environment; // what pip installs, and where

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::environment::{Environments, Layer};
use crate::{
    check::WITHOUT_PYTHON,
    stage::{cargo, output, program, root, say, stage, target_dir, timed},
};

/// pytest's exit code when no test has the name or the mark that was asked for.
const NOTHING_CHOSEN: i32 = 5;

/// What `cargo xtask python` takes.
#[derive(Args, Default)]
pub(crate) struct Python {
    /// Only tests whose name holds this, and no other checks; an expression of pytest's `-k`.
    filter: Option<String>,
    /// The long tests instead: trainings of minutes.
    #[arg(long)]
    long: bool,
    /// Only installs the environments and the package, and prints how to run Python in them.
    #[arg(long, conflicts_with_all = ["filter", "long"])]
    install: bool,
}

impl Python {
    /// Runs everything that was asked for, cheapest first.
    ///
    /// # Errors
    /// When something cannot be installed or built, or, after all of them ran, when a check or a test failed.
    pub(crate) fn run(&self) -> Result<()> {
        let environments = Environments::all()?;
        let mut failures = Failures::default();
        let whole = !self.install && !self.long && self.filter.is_none();
        if whole {
            failures.note(source(&environments));
        }
        let wheel = install(&environments)?;
        if self.install {
            return print_use(&environments);
        }
        let dataset = stage(
            "the program `dataset`",
            cargo().args(["build", "--release", "--quiet", "--bin", "dataset"]).args(WITHOUT_PYTHON),
        )
        .and_then(|()| Ok(target_dir()?.join("release/dataset")))?;
        if whole {
            failures.note(stubs(&environments));
            failures.note(event_files(&environments));
        }
        for (layer, mark) in [
            (None, "not ray and not puffer"),
            (Some(Layer::OldestGymnasium), "contract"),
            (Some(Layer::RllibGymnasium), "contract"),
            (Some(Layer::Puffer), "puffer"),
            (Some(Layer::Ray), "ray"),
        ] {
            failures.note(self.tests(&environments, &dataset, layer, mark));
        }
        if whole {
            failures.note(fresh(&wheel));
        }
        failures.result()
    }

    /// The tests that `mark` selects, in one environment; `dataset` is the program of that name.
    fn tests(&self, environments: &Environments, dataset: &Path, layer: Option<Layer>, mark: &str) -> Result<()> {
        let place = layer.map_or("main", Layer::name);
        let length = if self.long { "long" } else { "not long" };
        let mut pytest = environments.python(layer);
        pytest.env("FREEROAM_DATASET", dataset);
        pytest.args(["-m", "pytest", "-c", "python/pyproject.toml", "--rootdir", "python", "python/tests"]);
        pytest.args(["-m", &format!("{mark} and {length}"), "-o"]);
        pytest.arg(format!("cache_dir={}", environments.folder().join("pytest-cache").join(place).display()));
        if let Some(filter) = &self.filter {
            pytest.args(["-k", filter]);
        }
        if self.long {
            // What a training reached is worth reading.
            pytest.args(["--capture", "no"]);
        }
        let status = timed(&format!("Python tests ({place})"), &mut pytest)?;
        let may_be_empty = self.long || self.filter.is_some();
        if status.success() || may_be_empty && status.code() == Some(NOTHING_CHOSEN) {
            return Ok(());
        }
        bail!("Python tests ({place}) failed ({status}): {pytest:?}")
    }
}

/// Stages that failed, so that the others run all the same.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    fn note(&mut self, result: Result<()>) {
        if let Err(error) = result {
            say(&format!("==> {error:#}"));
            self.0.push(format!("{error:#}"));
        }
    }

    fn result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { bail!("{}", self.0.join("\n")) }
    }
}

/// What needs no compiled package: format, lint and types of every Python file.
fn source(environments: &Environments) -> Result<()> {
    let cache = |name: &str| environments.folder().join(name);
    let ruff = |words: &[&str]| {
        let mut command = tool(environments, "ruff");
        command.args(words).args(["--config", "python/pyproject.toml", "--cache-dir"]).arg(cache("ruff-cache"));
        command.args(["python", "bench", "trainer"]);
        command
    };
    let mut failures = Failures::default();
    failures.note(stage("Python format", &mut ruff(&["format", "--check", "--quiet"])));
    failures.note(stage("Python lint", &mut ruff(&["check", "--quiet"])));
    failures.note(stage(
        "Python types",
        tool(environments, "mypy")
            .args(["--config-file", "python/pyproject.toml", "--cache-dir"])
            .arg(cache("mypy-cache")),
    ));
    failures.result()
}

/// Builds the wheel and puts it in front of every environment; the wheel.
///
/// # Errors
/// When it cannot be built or installed.
pub(crate) fn install(environments: &Environments) -> Result<PathBuf> {
    let [wheels, package] = ["wheel", "package"].map(|name| environments.folder().join(name));
    for folder in [&wheels, &package] {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
    }
    stage(
        "Python wheel",
        tool(environments, "maturin")
            .args([
                "build",
                "--quiet",
                "--release",
                "--locked",
                "--manifest-path",
                "python/Cargo.toml",
                "--interpreter",
            ])
            .arg(environments.interpreter())
            .arg("--out")
            .arg(&wheels),
    )?;
    let wheel = only_file(&wheels)?;
    stage(
        "Python package",
        environments.pip().args(["--no-deps", "--no-index", "--target"]).arg(&package).arg(&wheel),
    )?;
    Ok(wheel)
}

/// A program of the main environment.
fn tool(environments: &Environments, name: &str) -> Command {
    program(environments.interpreter().with_file_name(name))
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let file = files.next().with_context(|| format!("{} is empty", folder.display()))??;
    Ok(file.path())
}

/// The stubs name exactly what the compiled module has.
fn stubs(environments: &Environments) -> Result<()> {
    stage(
        "Python stubs",
        environments
            .python(None)
            .args(["-m", "mypy.stubtest", "freeroam._native", "--mypy-config-file", "python/pyproject.toml"])
            .env("MYPYPATH", environments.path(None)),
    )
}

/// TensorBoard reads what the trainer writes.
fn event_files(environments: &Environments) -> Result<()> {
    stage(
        "event files",
        cargo()
            .args(["test", "--release", "--quiet"])
            .args(WITHOUT_PYTHON)
            .args(["--lib", "tensorboard_reads_the_events", "--", "--ignored"])
            .env("PYTHON", environments.interpreter()),
    )
}

/// The package works with nothing but what it declares: the wheel on a machine without compilers, then the sources with pip alone.
fn fresh(wheel: &Path) -> Result<()> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let venv = folder.path().join("venv");
    let python = venv.join("bin/python");
    let smoke = folder.path().join("smoke.py");
    fs::copy(root().join("python/tests/smoke.py"), &smoke).context("python/tests/smoke.py")?;
    let python_alone = || {
        let mut command = Command::new(&python);
        command.current_dir(folder.path()).env_remove("PYTHONPATH");
        command
    };
    stage("fresh Python environment", program("python3").args(["-m", "venv"]).arg(&venv))?;
    stage(
        "the wheel without compilers",
        python_alone().args(["-m", "pip", "install", "--quiet"]).arg(wheel).env("PATH", venv.join("bin")),
    )?;
    stage("the fresh environment works", python_alone().arg(&smoke))?;
    stage(
        "the sources with pip alone",
        python_alone()
            .args(["-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps"])
            .arg(root().join("python")),
    )?;
    stage("the fresh environment works", python_alone().arg(&smoke))
}

/// How to use what is installed.
fn print_use(environments: &Environments) -> Result<()> {
    let python = environments.interpreter();
    let version = output(environments.python(None).args(["-c", "import freeroam; print(freeroam.__version__)"]))?;
    say(&format!("==> freeroam {version} is installed; to run Python with it:"));
    for layer in std::iter::once(None).chain(Layer::ALL.map(Some)) {
        let name = layer.map_or("main", Layer::name);
        say(&format!("{name}:\n  PYTHONPATH={} {} -P", environments.path(layer), python.display()));
    }
    Ok(())
}
