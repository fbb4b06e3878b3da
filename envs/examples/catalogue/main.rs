//! The page of all registered worlds, and a picture of each.
//!
//! `cargo run --release -p freeroam-envs --example catalogue -- FOLDER` writes `FOLDER/worlds.md` and
//! `FOLDER/figures/worlds/FAMILY.png`; `cargo xtask docs` does so for `docs`. With `--check` nothing is written: it fails
//! where what is there differs from what would be written.

mod page; // a family as text
mod sheet; // a family as a picture

use std::error::Error;
use std::path::{Path, PathBuf};

use freeroam_envs::{families, world};

/// Where the pictures are, seen from the page.
const FIGURES: &str = "figures/worlds";

const HEAD: &str = "# Worlds

This page and its pictures are written by `cargo xtask docs` from the registry; `cargo xtask check` fails where they are stale.
[words.md](words.md) says what the sentences mean, [pictures.md](pictures.md) what the colours do, and
[add-a-world.md](add-a-world.md) how a world is added.

Observations are in SI units and not normalised, in the order of the tables. Actions are in [-1, 1]. *Reward* is the range that
random actions saw in 200 steps. *Goals* lie on free cells of mazes, or within the range on open ground, and are reached within
the radius; a dash means that the observation hides the place, so that there are none. *Cell* is the edge of the squares in which
coverage is counted.
";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("the folder of the page is missing")?);
    let check = match arguments.next().as_deref() {
        None => false,
        Some("--check") => true,
        Some(other) => return Err(format!("unknown argument `{other}`, expected `--check`").into()),
    };
    let mut text = HEAD.to_owned();
    let mut stale = Vec::new();
    std::fs::create_dir_all(folder.join(FIGURES))?;
    for (name, ids) in families() {
        let worlds = ids.iter().map(|id| world(id)).collect::<Result<Vec<_>, _>>()?;
        let picture = format!("{FIGURES}/{}.png", name.to_lowercase().replace(' ', "-"));
        text.push_str(&page::family(name, &picture, &worlds)?);
        let sheet = sheet::Sheet::of(&worlds)?;
        let file = folder.join(&picture);
        if check {
            stale.extend((!sheet.is(&file)).then_some(picture));
        } else {
            sheet.write(&file)?;
        }
    }
    let file = folder.join("worlds.md");
    if check {
        stale.extend((!is(&file, &text)).then(|| "worlds.md".to_owned()));
    } else {
        std::fs::write(&file, text)?;
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("stale in {}: {}; `cargo xtask docs` writes them anew", folder.display(), stale.join(", ")).into())
    }
}

fn is(file: &Path, text: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|there| there == text)
}
