//! Running a program and reading what it left.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Settings of a run of a few seconds.
const TINY: [&str; 11] = [
    "env=Point-v0",
    "env_steps=8000",
    "evaluate_every=1600",
    "checkpoint_every=800",
    "collect.lanes=4",
    "sac.width=16",
    "update.batch=32",
    "evaluate.rollouts=8",
    "evaluate.repeats=2",
    "evaluate.goals=5",
    "evaluate.resamples=100",
];

/// `train` with the tiny settings, those of METRA among them, and `sets` over them.
pub(crate) fn train(sets: &[&str]) -> Command {
    train_any(&[&["metra.width=16"], sets].concat())
}

/// `train` with the tiny settings and `sets`, which choose the objective, over them.
pub(crate) fn train_any(sets: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    for set in TINY.iter().chain(sets) {
        command.args(["--set", set]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `dataset` with `sets`.
pub(crate) fn dataset(sets: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dataset"));
    sets.iter().for_each(|set| {
        command.args(["--set", set]);
    });
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end; the exit code and both outputs as text.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// Runs to the end, which must be a good one.
pub(crate) fn succeed(command: &mut Command) -> String {
    let (code, stdout, stderr) = run(command);
    assert_eq!(code, 0, "{stderr}");
    stdout
}

/// The records of a run without their wall-clock figures.
pub(crate) fn metrics(run: &Path) -> Vec<serde_json::Map<String, serde_json::Value>> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).expect("the run has metrics");
    let record = |line: &str| {
        let mut record: serde_json::Map<_, _> = serde_json::from_str(line).expect("a record per line");
        record.retain(|key, _| !key.starts_with("time/"));
        record
    };
    text.lines().map(record).collect()
}

/// The last checkpoint's files by name, without optimiser moments, whose entries burn writes in any order.
pub(crate) fn last_state(run: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).expect("the run has checkpoints");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("is readable").path()).collect();
        paths.sort();
        paths
    };
    let last = names(&run.join("checkpoints")).pop().expect("there is a checkpoint");
    let name = |path: &Path| path.file_name().expect("is a file").to_string_lossy().into_owned();
    names(&last.join("learner"))
        .into_iter()
        .filter(|path| !name(path).ends_with(".adam.bpk"))
        .map(|path| (name(&path), std::fs::read(&path).expect("is readable")))
        .collect()
}

/// Fails unless both runs have the same metrics and end in the same state.
pub(crate) fn assert_equal(a: &Path, b: &Path) {
    let (left, right) = (metrics(a), metrics(b));
    assert_eq!(left.len(), right.len(), "numbers of records");
    for (left, right) in left.iter().zip(&right) {
        assert_eq!(left, right);
    }
    let (left, right) = (last_state(a), last_state(b));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{name} differs");
    }
    assert!(left.len() >= 3, "the state has {} files", left.len());
}
