//! What the Python package is tested beside, and where pip installs it.
//!
//! ```text
//!  <target>/python/main/       a virtual environment: requirements/main.txt
//!  <target>/python/LAYER/      what cannot live in one environment with the rest, in front of it on Python's path
//!  <target>/python/package/    freeroam's own wheel, in front of everything
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::stage::{output, program, root, say, stage, target_dir};

/// The oldest Python that the package supports.
const OLDEST: (u32, u32) = (3, 11);

/// What lies in front of the main environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layer {
    /// Gymnasium as it was when autoreset modes came.
    OldestGymnasium,
    /// The gymnasium that RLlib insists on.
    RllibGymnasium,
    /// `PufferLib`, with the old packages that it imports.
    Puffer,
    /// Ray, Tune and RLlib.
    Ray,
}

impl Layer {
    pub(crate) const ALL: [Self; 4] = [Self::OldestGymnasium, Self::RllibGymnasium, Self::Puffer, Self::Ray];

    /// The name of its folder and of its requirements.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OldestGymnasium => "gymnasium-1.1.1",
            Self::RllibGymnasium => "gymnasium-1.2.2",
            Self::Puffer => "puffer",
            Self::Ray => "ray",
        }
    }
}

/// The environments, installed.
pub(crate) struct Environments {
    folder: PathBuf,
}

impl Environments {
    /// Installs the main environment, if it is not there as its requirements say.
    ///
    /// # Errors
    /// When there is no suitable `python3` or a package cannot be installed.
    pub(crate) fn main() -> Result<Self> {
        let environments = Self { folder: target_dir()?.join("python") };
        let version = version()?;
        renew(&environments.folder.join("main"), &wanted("main", &version)?, |folder| {
            say("==> installing what Python tests need, once; PyTorch alone takes gigabytes");
            stage("Python environment", program("python3").args(["-m", "venv"]).arg(folder))?;
            stage(
                "packages of main",
                environments.pip().args(["-r"]).arg(requirements("main")).args(["-c"]).arg(pins()),
            )
        })?;
        Ok(environments)
    }

    /// Installs everything.
    ///
    /// # Errors
    /// When there is no suitable `python3` or a package cannot be installed.
    pub(crate) fn all() -> Result<Self> {
        let environments = Self::main()?;
        let version = version()?;
        for layer in Layer::ALL {
            renew(&environments.layer(layer), &wanted(layer.name(), &version)?, |folder| {
                environments.fill(layer, folder)
            })?;
        }
        Ok(environments)
    }

    /// Where wheels are built and the package is unpacked.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The interpreter of the main environment.
    pub(crate) fn interpreter(&self) -> PathBuf {
        self.folder.join("main/bin/python")
    }

    /// Python's search path for the package and a layer.
    pub(crate) fn path(&self, layer: Option<Layer>) -> String {
        let package = self.folder.join("package").display().to_string();
        layer.map_or(package.clone(), |layer| format!("{package}:{}", self.layer(layer).display()))
    }

    /// Python with the package, in the main environment or behind a layer. The working folder is not on its path, so that the
    /// sources do not hide the package.
    pub(crate) fn python(&self, layer: Option<Layer>) -> Command {
        let mut command = program(self.interpreter());
        command.arg("-P").env("PYTHONPATH", self.path(layer)).env("PYTHONNOUSERSITE", "1");
        command
    }

    /// `pip install` of the main environment.
    pub(crate) fn pip(&self) -> Command {
        let mut command = program(self.interpreter());
        command.args(["-m", "pip", "install", "--quiet", "--progress-bar", "off"]).env_remove("PYTHONPATH");
        command
    }

    fn layer(&self, layer: Layer) -> PathBuf {
        self.folder.join(layer.name())
    }

    fn fill(&self, layer: Layer, folder: &Path) -> Result<()> {
        let mut pip = self.pip();
        pip.args(["-r"]).arg(requirements(layer.name())).args(["-c"]).arg(pins()).args(["--target"]).arg(folder);
        match layer {
            Layer::Ray => {}
            Layer::OldestGymnasium | Layer::RllibGymnasium => {
                pip.arg("--no-deps");
            }
            // Built against the main environment's own packages; see the file on its path.
            Layer::Puffer => {
                pip.args(["--no-deps", "--no-build-isolation"])
                    .envs([("NO_OCEAN", "1"), ("NO_TRAIN", "1")])
                    .env("PYTHONPATH", requirements_folder().join("puffer"));
            }
        }
        stage(&format!("packages of {}", layer.name()), &mut pip)
    }
}

/// Makes a folder anew unless it was made from the same `wanted`.
fn renew(folder: &Path, wanted: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let note = folder.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    make(folder)?;
    fs::write(&note, wanted).with_context(|| note.display().to_string())
}

/// All that an environment is made from.
fn wanted(name: &str, version: &str) -> Result<String> {
    let read = |path: PathBuf| fs::read_to_string(&path).with_context(|| path.display().to_string());
    Ok(format!("{version}\n{}{}", read(requirements(name))?, read(pins())?))
}

fn requirements_folder() -> PathBuf {
    root().join("python/requirements")
}

fn requirements(name: &str) -> PathBuf {
    requirements_folder().join(format!("{name}.txt"))
}

fn pins() -> PathBuf {
    requirements("pins")
}

/// Version and place of `python3`.
fn version() -> Result<String> {
    let ask = "import sys; print(*sys.version_info[:3], sys.base_prefix)";
    let Ok(answer) = output(program("python3").args(["-c", ask])) else {
        bail!("there is no `python3`; the Python package and its tests need Python {}.{} or newer", OLDEST.0, OLDEST.1);
    };
    let mut numbers = answer.split(' ').map_while(|word| word.parse::<u32>().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST {
        bail!("`python3` is Python {}.{}, expected {}.{} or newer", found.0, found.1, OLDEST.0, OLDEST.1);
    }
    Ok(answer)
}
