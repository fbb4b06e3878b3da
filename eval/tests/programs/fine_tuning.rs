//! A policy that was trained without rewards is trained on for one: pre-train, fine-tune.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{assert_equal, run, succeed, train_any};

/// A run of CIC with DDPG and a skill of four numbers; `sets` over that.
fn pretrain(sets: &[&str]) -> Command {
    let shared = ["objective=cic", "agent=ddpg", "cic.width=8", "cic.skill_dim=4", "ddpg.width=8", "env_steps=400"];
    train_any(&[&shared[..], &["checkpoint_every=0", "evaluate_every=0"], sets].concat())
}

fn newest(run: &Path, file: &str) -> PathBuf {
    let entries = std::fs::read_dir(run.join("checkpoints")).expect("has checkpoints");
    let newest = entries.map(|entry| entry.expect("is readable").path()).max().expect("has one");
    newest.join("learner").join(file)
}

fn setting(run: &Path, table: &str, key: &str) -> String {
    let text = std::fs::read_to_string(run.join("config.toml")).expect("has settings");
    let table = text.split(&format!("[{table}]\n")).nth(1).expect("has the table");
    let line = table.lines().find(|line| line.starts_with(&format!("{key} = "))).expect("has the key");
    line.split(" = ").nth(1).expect("has a value").trim_matches('"').to_owned()
}

#[test]
fn the_policy_is_taken_over_and_the_rest_is_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let [before, after, whole, halves] = ["before", "after", "whole", "halves"].map(|name| folder.path().join(name));
    succeed(pretrain(&[]).arg("--out").arg(&before));
    let tune = |sets: &[&str], out: &Path| {
        let mut command = train_any(&[&["evaluate_every=0", "checkpoint_every=0"][..], sets].concat());
        succeed(command.arg("--init").arg(&before).arg("--out").arg(out));
    };
    // No gradient step yet: the policy is the one of before, the critics are not.
    tune(&["env_steps=200", "collect.warmup=200"], &after);
    let bytes = |run: &Path, file: &str| std::fs::read(newest(run, file)).expect("is there");
    assert!(bytes(&before, "policy.safetensors") == bytes(&after, "policy.safetensors"));
    assert!(bytes(&before, "ddpg-critics.bpk") != bytes(&after, "ddpg-critics.bpk"));
    // The skill that CIC fine-tunes with, at the dimension of the run before.
    let extrinsic = ["tasks", "task_dim", "task_steps"].map(|key| setting(&after, "extrinsic", key));
    assert_eq!(extrinsic, ["half", "4", "50"]);
    assert_eq!(setting(&after, "ddpg", "width"), "8");
    // With gradient steps it learns on, and a resumed run still ends with the same bits.
    tune(&["env_steps=800"], &whole);
    assert!(bytes(&before, "policy.safetensors") != bytes(&whole, "policy.safetensors"));
    tune(&["env_steps=400"], &halves);
    // What it started from is not needed any more.
    std::fs::remove_dir_all(&before).expect("removes");
    let mut more = Command::new(env!("CARGO_BIN_EXE_train"));
    succeed(more.arg("--resume").arg(&halves).args(["--set", "env_steps=800"]));
    assert_equal(&whole, &halves);
}

#[test]
fn of_two_policies_the_one_that_explores_is_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let [before, after] = ["before", "after"].map(|name| folder.path().join(name));
    let tldr = ["objective=tldr", "tldr.width=8", "update.batch=16"];
    let shared = ["checkpoint_every=0", "evaluate_every=0"];
    let untouched = ["env_steps=200", "collect.warmup=200"];
    succeed(train_any(&[&tldr[..], &shared, &["env_steps=400"]].concat()).arg("--out").arg(&before));
    let mut command = train_any(&[&shared[..], &untouched].concat());
    succeed(command.arg("--init").arg(&before).arg("--out").arg(&after));
    let bytes = |run: &Path, file: &str| std::fs::read(newest(run, file)).expect("is there");
    assert!(bytes(&before, "explorer/sac-policy.bpk") == bytes(&after, "sac-policy.bpk"));
    assert_eq!(["tasks", "pretrained"].map(|key| setting(&after, "extrinsic", key)), ["none", "tldr"]);
    // Both go on where the objective does.
    let again = folder.path().join("again");
    let mut command = train_any(&[&tldr[..], &shared, &untouched].concat());
    succeed(command.arg("--init").arg(&before).arg("--out").arg(&again));
    for file in ["sac-policy.bpk", "explorer/sac-policy.bpk"] {
        assert!(bytes(&before, file) == bytes(&again, file), "{file}");
    }
    for (init, sets, part) in [
        (
            &before,
            &["extrinsic.tasks=sphere", "extrinsic.task_dim=3"][..],
            "its length of a task is 0, that of this run 3",
        ),
        (&after, &["objective=tldr"], "its number of policies is 1, that of this run 2"),
    ] {
        let refused = folder.path().join("refused");
        let (code, _, stderr) = run(train_any(sets).arg("--init").arg(init).arg("--out").arg(&refused));
        assert!(code == 2 && stderr.contains(part) && !refused.exists(), "{stderr}");
    }
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let [before, after] = ["before", "after"].map(|name| folder.path().join(name));
    succeed(pretrain(&[]).arg("--out").arg(&before));
    for (sets, parts) in [
        (&["ddpg.width=16"][..], &["its width is 8, that of this run 16"][..]),
        (&["agent=sac"], &["its agent is ddpg, that of this run sac"]),
        (&["env=Ant-v0"], &["its observation is"]),
        (&["extrinsic.task_dim=3"], &["its length of a task is 4, that of this run 3"]),
        (&["objective=rnd", "rnd.width=8"], &["its length of a task is 4, that of this run 0"]),
        (&["extrinsic.tasks=sometimes"], &["extrinsic.tasks", "sometimes"]),
    ] {
        let mut command = train_any(&[&["env_steps=200"][..], sets].concat());
        let (code, _, stderr) = run(command.arg("--init").arg(&before).arg("--out").arg(&after));
        assert_eq!(code, 2, "{stderr}");
        assert!(parts.iter().all(|part| stderr.contains(part)), "{parts:?} in {stderr}");
        assert!(!after.exists(), "{sets:?} left a run folder");
    }
    let (code, _, stderr) = run(train_any(&["env_steps=200"]).arg("--init").arg(folder.path().join("none")));
    assert!(code == 2 && stderr.contains("no run folder"), "{stderr}");
}
