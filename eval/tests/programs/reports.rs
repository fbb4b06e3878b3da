//! Where reports go, which folders they gather, and who reads what the programs say.

use std::fs;
use std::process::{Command, Stdio};

use crate::program::{run, succeed, train};

#[test]
fn mazes_of_files_in_other_folders_are_trained_in_measured_and_gathered() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("mazes")).expect("makes");
    for (name, maze) in [("my", "#####\n#S.G#\n#####\n"), ("other", "######\n#S..G#\n######\n")] {
        fs::write(folder.path().join(format!("mazes/{name}.txt")), maze).expect("writes");
    }
    let sets = ["env=PointMaze:mazes/my.txt", "env_steps=1600", "collect.horizon=50", "evaluate.episodes=1"];
    let own = "runs/PointMaze-mazes-my-txt-metra-0-1";
    let said = succeed(train(&sets).current_dir(&folder));
    assert!(said.ends_with(&format!("Report: {own}/report.html\n")), "{said}");
    let elsewhere = format!("{own}/PointMaze-mazes-other-txt");
    let mut evaluate = Command::new(env!("CARGO_BIN_EXE_evaluate"));
    let set = "evaluate.env=PointMaze:mazes/other.txt";
    let said = succeed(evaluate.current_dir(&folder).args([own, "--set", set]));
    assert!(said.ends_with(&format!("Report: {elsewhere}/report.html\n")), "{said}");
    let gather = || {
        let mut report = Command::new(env!("CARGO_BIN_EXE_report"));
        report.current_dir(&folder).args([own, elsewhere.as_str()]);
        report
    };
    succeed(&mut gather());
    for figure in ["coverage_PointMaze-mazes-my-txt.png", "coverage_PointMaze-mazes-other-txt.png"] {
        assert!(folder.path().join("runs/report/figures").join(figure).exists(), "{figure}");
    }
    let (code, _, stderr) = run(gather().arg("runs/report"));
    assert!(code == 0 && stderr.contains("runs/report is left out: it has a report of several runs"), "{stderr}");
}

#[test]
fn a_reader_may_go_before_the_end() {
    for program in [env!("CARGO_BIN_EXE_train"), env!("CARGO_BIN_EXE_dataset")] {
        let mut command = Command::new(program);
        let mut child = command.arg("--list").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{program}: {stderr}");
    }
}
