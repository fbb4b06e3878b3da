//! Objectives without a policy: training ends with a report, `evaluate` makes it anew, and interruptions change nothing.

use std::path::Path;
use std::process::Command;

use crate::program::{assert_equal, metrics, run, succeed};

/// `train` with the settings of a run of a few seconds and `sets` over them.
fn train(sets: &[&str]) -> Command {
    let tiny = [
        "env=PointMaze-UMaze-v0",
        "batch=8",
        "log_every=5",
        "evaluate.rows=16",
        "evaluate.pairs=16",
        "evaluate.supervised=2",
    ];
    let text = ["text.sample=200", "text.vocabulary=120", "text.length=24"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    for set in tiny.iter().chain(&text).chain(sets) {
        command.args(["--set", set]);
    }
    command
}

/// Settings of a network of a few numbers for `objective`.
fn small(objective: &str) -> Vec<String> {
    let net = [("width", 16), ("blocks", 1), ("heads", 2)];
    let net = net.map(|(key, value)| format!("{objective}.net.{key}={value}"));
    [vec![format!("objective={objective}")], net.to_vec()].concat()
}

fn with(objective: &str, sets: &[&str]) -> Command {
    let own = small(objective);
    train(&own.iter().map(String::as_str).chain(sets.iter().copied()).collect::<Vec<_>>())
}

fn report(run: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(run.join("report.json")).expect("has a report");
    serde_json::from_str(&text).expect("is JSON")
}

#[test]
fn a_run_ends_with_its_report_and_is_evaluated_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("run");
    let sets = ["gradient_steps=20", "evaluate_every=10"];
    let said = succeed(with("causal", &sets).arg("--out").arg(&dir));
    assert!(said.contains("perplexity") && said.contains("trigrams"), "{said}");
    let first = report(&dir);
    assert_eq!((&first["measures"][0]["name"], &first["gradient_steps"]), (&"perplexity".into(), &20.into()));
    for file in ["report.md", "report.html", "figures/headline.png", "figures/loss.png", "tokenizer.json"] {
        assert!(dir.join(file).exists(), "{file} is missing");
    }
    assert!(metrics(&dir).iter().any(|record| record.contains_key("probe/similarity")));
    succeed(Command::new(env!("CARGO_BIN_EXE_evaluate")).arg(&dir));
    assert_eq!(report(&dir), first);
    let (code, _, stderr) = run(Command::new(env!("CARGO_BIN_EXE_report")).arg(&dir));
    assert!(code == 2 && stderr.contains("representation objective"), "{code}: {stderr}");
    let (code, _, stderr) = run(Command::new(env!("CARGO_BIN_EXE_train")).arg("--init").arg(&dir));
    assert!(code == 2 && stderr.contains("have no policy"), "{code}: {stderr}");
    let mut longer = Command::new(env!("CARGO_BIN_EXE_train"));
    let (code, _, stderr) = run(longer.arg("--resume").arg(&dir).args(["--set", "gradient_steps=40"]));
    assert!(code == 2 && stderr.contains("falls over 20 gradient steps"), "{code}: {stderr}");
}

#[test]
fn a_stop_at_a_checkpoint_and_a_resume_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let sets = ["gradient_steps=40", "checkpoint_every=10", "evaluate_every=20"];
    succeed(with("rts", &sets).arg("--out").arg(&whole));
    let mut child = with("rts", &sets).arg("--out").arg(&broken).spawn().expect("the program starts");
    let first = broken.join("checkpoints");
    while !has_checkpoint(&first) && child.try_wait().expect("can be asked").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("ends");
    succeed(Command::new(env!("CARGO_BIN_EXE_train")).arg("--resume").arg(&broken));
    assert_equal(&whole, &broken);
    assert_eq!(report(&whole)["measures"], report(&broken)["measures"]);
}

fn has_checkpoint(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.file_name().to_string_lossy().starts_with("step-"))
}

#[test]
fn simcse_starts_from_a_masked_language_model_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("texts.txt");
    let lines: Vec<String> = (0..60).map(|k| format!("the {} ball is near the {} door", k % 5, k % 7)).collect();
    std::fs::write(&text, lines.join("\n")).expect("writes");
    let file = format!("text.file={}", text.display());
    let (mlm, simcse) = (folder.path().join("mlm"), folder.path().join("simcse"));
    succeed(with("mlm", &["gradient_steps=10", &file]).arg("--out").arg(&mlm));
    succeed(with("simcse", &["gradient_steps=10", &file]).arg("--init").arg(&mlm).arg("--out").arg(&simcse));
    let read = |run: &Path| std::fs::read(run.join("tokenizer.json")).expect("has a tokenizer");
    assert_eq!(read(&mlm), read(&simcse));
    let (code, _, stderr) = run(with("simcse", &["simcse.net.width=8", &file]).arg("--init").arg(&mlm));
    assert!(code == 2 && stderr.contains("net.width 16") && stderr.contains("do not fit"), "{code}: {stderr}");
    std::fs::write(&text, "other\ntexts").expect("writes");
    let (code, _, stderr) = run(Command::new(env!("CARGO_BIN_EXE_evaluate")).arg(&simcse));
    assert!(code == 2 && stderr.contains("has changed since"), "{code}: {stderr}");
}

#[test]
fn settings_print_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = small("simcse");
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    own.iter().for_each(|set| {
        command.args(["--set", set]);
    });
    let printed = succeed(command.arg("--print-config"));
    assert!(printed.contains("[simcse.net]") && printed.contains("temperature = 0.05"), "{printed}");
    let file = folder.path().join("my.toml");
    std::fs::write(&file, &printed).expect("writes");
    let mut again = Command::new(env!("CARGO_BIN_EXE_train"));
    assert_eq!(succeed(again.arg("--config").arg(&file).arg("--print-config")), printed);
    let listed = succeed(Command::new(env!("CARGO_BIN_EXE_train")).arg("--list"));
    assert!(listed.contains("simcse") && listed.contains("learn to represent"), "{listed}");
}
