//! A run that is killed at random moments and resumed each time ends with the same bits as one that was not.

use std::path::Path;
use std::time::Duration;

use freeroam_envs::Stream;

use crate::program::{assert_equal, succeed, train};

/// Kills a run `kills` times, each within `most` seconds of its start, resumes it, and compares it with an uninterrupted one.
fn survives(kills: usize, most: f64, sets: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    succeed(train(sets).arg("--out").arg(&whole));

    let mut stream = Stream::new(0, "kills", 0);
    let mut landed = 0;
    for _ in 0..kills {
        let mut child = start(&broken, sets).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_secs_f64(stream.uniform(0.05, most)));
        if child.try_wait().expect("can be asked").is_none() {
            child.kill().expect("SIGKILL");
            landed += 1;
        }
        child.wait().expect("ends");
    }
    println!("{landed} of {kills} kills hit a running process");
    succeed(&mut start(&broken, sets));
    assert_equal(&whole, &broken);
    assert!(landed * 2 >= kills, "only {landed} of {kills} kills hit a running process");
}

/// The command that a user gives next: resume what exists, else begin.
fn start(run: &Path, sets: &[&str]) -> std::process::Command {
    if run.join("config.toml").exists() {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_train"));
        command.arg("--resume").arg(run).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    } else {
        let mut command = train(sets);
        command.arg("--out").arg(run).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    }
}

#[test]
fn three_kills_change_nothing() {
    survives(3, 0.4, &["env_steps=60000", "checkpoint_every=2000", "evaluate_every=10000"]);
}

#[test]
#[ignore = "minutes; `cargo xtask proofs twenty_kills`"]
fn twenty_kills_change_nothing() {
    survives(20, 0.8, &["env_steps=600000", "checkpoint_every=4000", "evaluate_every=20000"]);
}

#[test]
fn a_longer_budget_continues_the_same_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, halves) = (folder.path().join("whole"), folder.path().join("halves"));
    succeed(train(&[]).arg("--out").arg(&whole));
    succeed(train(&["env_steps=4000"]).arg("--out").arg(&halves));
    let mut more = std::process::Command::new(env!("CARGO_BIN_EXE_train"));
    succeed(more.arg("--resume").arg(&halves).args(["--set", "env_steps=8000"]));
    assert_equal(&whole, &halves);
}
