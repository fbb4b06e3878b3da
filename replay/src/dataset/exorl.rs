//! Episodes of ExORL and URLB, <https://github.com/denisyarats/exorl> (`replay_buffer.py`): one npz per episode.
//!
//! ```text
//!  observation  [n + 1, observation]
//!  action       [n + 1, action]        the action that led to the observation; the first row is a dummy
//!  reward       [n + 1, 1]             likewise
//!  discount     [n + 1, 1]             likewise; 0 where the task ended the episode
//! others       [n + 1, ..]            beside the observation: `physics`, or what a policy acted under (`skill`,
//! `option`)
//! ```
//!
//! Here actions and rewards stand beside the observation that they follow on, so they move up by one row; the dummies
//! come to stand in the last row, where they mean nothing.

use std::fs;
use std::path::Path;

use super::columns::is_reserved;
use super::error::{at, unreadable};
use super::npz::Npz;
use super::{Columns, Dataset, DatasetError, Rows};

/// The arrays with a meaning above.
const KNOWN: [&str; 4] = ["observation", "action", "reward", "discount"];
/// The extra column of discounts that say more than whether an episode terminated.
const DISCOUNTS: &str = "discounts";

/// Reads one episode, or all episodes of a folder: its files that end in `.npz`, in the order of their names.
///
/// Other arrays become extra columns, and so does `discount` where it is anything but 0 and 1, as `discounts`, beside
/// the observation that the discounted transition starts from. float32 keeps its bits, other types are rounded to
/// float32. An episode that did not terminate is truncated in its last transition.
///
/// # Errors
/// [`DatasetError`] if a file is no npz, damaged, lacks one of the four arrays, has an array that does not fit them, or
/// has other arrays or widths than the file before it; also if there is no file.
pub fn read(path: &Path) -> Result<Dataset, DatasetError> {
    let mut paths = vec![path.to_path_buf()];
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(at(path))?;
        paths =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(at(path))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "npz"));
        paths.sort_unstable();
    }
    let mut all: Option<Columns> = None;
    for path in &paths {
        let episode = episode(path)?;
        match &mut all {
            None => all = Some(episode),
            Some(all) => append(all, episode, path)?,
        }
    }
    let mut all = all.ok_or_else(|| unreadable(path, "there is no file that ends in .npz"))?;
    if all.extras[DISCOUNTS].values.iter().all(|&discount| discount == 0.0 || discount == 1.0) {
        all.extras.remove(DISCOUNTS);
    }
    Dataset::new(all)
}

fn episode(path: &Path) -> Result<Columns, DatasetError> {
    let mut npz = Npz::open(path)?;
    let names = npz.names().to_vec();
    let observations = npz.rows("observation", None)?;
    let rows = observations.values.len() / observations.width;
    if rows == 0 {
        return Err(npz.shape("observation", "no row".to_owned(), "at least one".to_owned()));
    }
    let mut actions = npz.rows("action", Some(rows))?;
    actions.values.rotate_left(actions.width);
    let mut rewards = npz.numbers("reward", Some(rows))?;
    rewards.rotate_left(1);
    let mut discounts = npz.numbers("discount", Some(rows))?;
    discounts.rotate_left(1);
    let last = rows - 1;
    let terminated: Vec<bool> = (0..rows).map(|row| row < last && discounts[row] == 0.0).collect();
    let truncated = (0..rows).map(|row| row + 1 == last && !terminated[row]).collect();
    let mut columns = Columns {
        observations,
        actions,
        rewards: Some(rewards),
        terminated,
        truncated,
        starts: vec![0],
        ..Columns::default()
    };
    columns.extras.insert(DISCOUNTS.to_owned(), Rows { width: 1, values: discounts });
    for name in names.iter().filter(|name| !KNOWN.contains(&name.as_str())) {
        if is_reserved(name) || columns.extras.contains_key(name) {
            return Err(unreadable(path, format!("an episode of ExORL has no array `{name}`")));
        }
        columns.extras.insert(name.clone(), npz.rows(name, Some(rows))?);
    }
    Ok(columns)
}

/// Puts an episode behind others.
fn append(all: &mut Columns, episode: Columns, path: &Path) -> Result<(), DatasetError> {
    let differs = |name: &&String| !(all.extras.contains_key(*name) && episode.extras.contains_key(*name));
    if let Some(name) = all.extras.keys().chain(episode.extras.keys()).find(differs) {
        return Err(unreadable(path, format!("array `{name}` is not in all of the files")));
    }
    let rows = episode.terminated.len();
    all.append(episode).map_err(|(name, before, width)| DatasetError::Shape {
        path: path.to_path_buf(),
        array: match name.as_str() {
            "observations" => "observation".to_owned(),
            "actions" => "action".to_owned(),
            _ => name,
        },
        got: format!("({rows}, {width})"),
        expected: format!("({rows}, {before}), as in the files before"),
    })
}
