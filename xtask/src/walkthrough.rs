//! The walk-throughs of `docs/`, followed to the letter in a copy of the workspace.
//!
//! A page is a list of steps in the order of its text: a code block after "Make `FILE`" is that file, after "add to `FILE`"
//! its end, a `diff` block a change of the file named last, and an `sh` block commands to run. All else is prose.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use crate::stage::{cargo, output, program, root, say, stage, target_dir};

/// The pages, which are followed one after another in the same copy.
const PAGES: [&str; 2] = ["docs/add-a-world.md", "docs/add-an-objective.md"];

/// What a page asks for.
#[derive(Debug, PartialEq)]
enum Step {
    Make { file: String, text: String },
    Append { file: String, text: String },
    Change { file: String, diff: String },
    Run { command: String },
}

/// Follows the pages.
///
/// # Errors
/// When a step does not fit the workspace or a command fails.
pub(crate) fn walkthroughs() -> Result<()> {
    let folder = target_dir()?.join("walkthroughs");
    let copy = folder.join("workspace");
    copy_workspace(&copy)?;
    let scratch = tempfile(&folder)?;
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).with_context(|| page.to_owned())?;
        for step in steps(&text) {
            follow(&step, &copy, &folder, &scratch).with_context(|| page.to_owned())?;
        }
    }
    Ok(())
}

/// What git tracks or would track, copied to an empty folder.
fn copy_workspace(copy: &Path) -> Result<()> {
    if copy.exists() {
        fs::remove_dir_all(copy).with_context(|| copy.display().to_string())?;
    }
    let listed = output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for file in listed.lines().filter(|file| root().join(file).is_file()) {
        let to = copy.join(file);
        fs::create_dir_all(to.parent().unwrap_or(copy))?;
        fs::copy(root().join(file), &to).with_context(|| to.display().to_string())?;
    }
    Ok(())
}

/// An empty folder for the runs, which the pages put into `/tmp`.
fn tempfile(folder: &Path) -> Result<PathBuf> {
    let scratch = folder.join("runs");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    Ok(scratch)
}

fn follow(step: &Step, copy: &Path, folder: &Path, scratch: &Path) -> Result<()> {
    match step {
        Step::Make { file, text } => {
            ensure!(!copy.join(file).exists(), "`{file}` is to be made, but is there");
            fs::write(copy.join(file), text).with_context(|| file.clone())
        }
        Step::Append { file, text } => {
            let old = fs::read_to_string(copy.join(file)).with_context(|| file.clone())?;
            fs::write(copy.join(file), format!("{old}\n{text}")).with_context(|| file.clone())
        }
        Step::Change { file, diff } => {
            let old = fs::read_to_string(copy.join(file)).with_context(|| file.clone())?;
            fs::write(copy.join(file), changed(&old, diff).with_context(|| file.clone())?)?;
            Ok(())
        }
        Step::Run { command } => {
            let command = command.replace("/tmp", &scratch.display().to_string());
            let Some(arguments) = command.strip_prefix("cargo ") else {
                bail!("`{command}` is no cargo command");
            };
            say(&format!("==> {command}"));
            stage(
                "walk-through",
                cargo()
                    .args(arguments.split_whitespace())
                    .current_dir(copy)
                    .env_remove("CARGO_MANIFEST_DIR")
                    .env("CARGO_TARGET_DIR", folder.join("target")),
            )
        }
    }
}

/// `text` with a hunk without line numbers applied at the one place where it fits.
fn changed(text: &str, diff: &str) -> Result<String> {
    let side = |other: char| -> String {
        let kept = diff.lines().filter(|line| !line.starts_with(other));
        kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
    };
    let (old, new) = (side('+'), side('-'));
    match text.matches(&old).count() {
        1 => Ok(text.replacen(&old, &new, 1)),
        count => bail!("these lines are there {count} times, expected once:\n{old}"),
    }
}

/// The steps of a page, in order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut prose = String::new();
    let mut file = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            prose.push_str(line);
            prose.push('\n');
            continue;
        };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        let asked = prose.trim_end().rsplit("\n\n").next().unwrap_or_default().replace('\n', " ");
        if let Some(named) = named_last(&asked) {
            file = named;
        }
        match language {
            "sh" => steps.extend(text.lines().map(|command| Step::Run { command: command.to_owned() })),
            "diff" => steps.push(Step::Change { file: file.clone(), diff: text }),
            _ if asked.contains("Make `") => steps.push(Step::Make { file: file.clone(), text }),
            _ if asked.contains("add to `") => steps.push(Step::Append { file: file.clone(), text }),
            _ => {}
        }
        prose.clear();
    }
    steps
}

/// The last path of a source or settings file in backticks.
fn named_last(text: &str) -> Option<String> {
    let mut quoted = text.split('`').skip(1).step_by(2).collect::<Vec<_>>();
    quoted.retain(|word| word.contains('/') && (word.ends_with(".rs") || word.ends_with(".toml")));
    quoted.last().map(|word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_page_becomes_its_steps() {
        let page = "Make `a/b.rs`:\n\n```rust\nx\n```\n\nIn `a/lib.rs`:\n\n```diff\n a\n+b\n```\n\n```sh\ncargo run\n```\n\n```rust\ny\n```\n";
        let expected = [
            Step::Make { file: "a/b.rs".into(), text: "x\n".into() },
            Step::Change { file: "a/lib.rs".into(), diff: " a\n+b\n".into() },
            Step::Run { command: "cargo run".into() },
        ];
        assert_eq!(steps(page), expected);
    }

    /// The pages fit the workspace: what they make is new and what they change is there, without running anything.
    #[test]
    fn the_pages_fit_the_workspace() {
        let mut files = BTreeMap::new();
        let read = |file: &str| fs::read_to_string(root().join(file)).ok();
        for page in PAGES {
            for step in steps(&read(page).expect("the page is there")) {
                let (file, text) = match step {
                    Step::Make { file, text } => {
                        assert!(!files.contains_key(&file) && read(&file).is_none(), "{page}: `{file}` is there");
                        (file, text)
                    }
                    Step::Append { file, text } => {
                        let old = files.remove(&file).or_else(|| read(&file)).expect("a file");
                        (file, format!("{old}\n{text}"))
                    }
                    Step::Change { file, diff } => {
                        let old = files.remove(&file).or_else(|| read(&file)).expect("a file");
                        let new = changed(&old, &diff).unwrap_or_else(|error| panic!("{page}, `{file}`: {error}"));
                        (file, new)
                    }
                    Step::Run { .. } => continue,
                };
                files.insert(file, text);
            }
        }
    }

    #[test]
    fn a_change_fits_in_one_place_or_fails() {
        assert_eq!(changed("a\nc\n", " a\n+b\n c\n").expect("fits"), "a\nb\nc\n");
        assert!(changed("a\na\n", " a\n+b\n").is_err());
        assert!(changed("c\n", " a\n+b\n").is_err());
    }
}
