//! The Python environment that the peers are installed into.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::stage::{program, root, say, stage};

/// The interpreter of the peers' environment, which is made on first use and again when the requirements change.
///
/// # Errors
/// When there is no `python3` or a peer cannot be installed.
pub(crate) fn python(target: &Path) -> Result<PathBuf> {
    let folder = target.join("peers-venv");
    let python = folder.join("bin/python");
    let requirements = root().join("bench/peers/requirements.txt");
    let wanted = fs::read_to_string(&requirements).with_context(|| requirements.display().to_string())?;
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    say("==> installing the peers; PyTorch is large");
    stage("Python environment", program("python3").args(["-m", "venv"]).arg(&folder))?;
    stage("peers", program(&python).args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements))?;
    fs::write(&installed, wanted).with_context(|| installed.display().to_string())?;
    Ok(python)
}
