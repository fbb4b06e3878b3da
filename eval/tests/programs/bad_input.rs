//! Mistakes get an error that names the value, where it came from and what was expected; exit code 2; nothing is lost.

use std::fs;
use std::path::Path;
use std::process::Command;

use freeroam_agents::Policy;

use crate::program::{dataset, run, succeed, train};

/// Exit code 2 and every part in the message.
fn refused(command: &mut Command, parts: &[&str]) {
    let (code, _, stderr) = run(command);
    assert_eq!(code, 2, "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "`{part}` is missing in: {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

fn program(name: &str) -> Command {
    Command::new(match name {
        "train" => env!("CARGO_BIN_EXE_train"),
        "dataset" => env!("CARGO_BIN_EXE_dataset"),
        "evaluate" => env!("CARGO_BIN_EXE_evaluate"),
        _ => env!("CARGO_BIN_EXE_report"),
    })
}

#[test]
fn settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    for (set, parts) in [
        ("env=PointMaze-Larg-v0", &["PointMaze-Larg-v0", "PointMaze-Large-v0"][..]),
        ("objective=metr", &["`metr`", "`metra`"]),
        ("agent=sak", &["`sak`", "`sac`"]),
        ("sac.learning_rat=1", &["sac.learning_rat", "--set sac.learning_rat=1", "`sac.learning_rate`"]),
        ("sac.discount=1.5", &["sac.discount", "1.5", "--set sac.discount=1.5", "0 to 1"]),
        ("sac.width=wide", &["sac.width", "wide"]),
        ("collect.lanes=0", &["collect.lanes", "1 to"]),
        ("metra.skill_dim=0", &["metra.skill_dim", "1 to 4096"]),
        ("diayn.width=3", &["diayn.width", "--set diayn.width=3", "objective `diayn`", "`metra`"]),
        ("nonsense", &["nonsense", "key=value"]),
        ("device=gpu", &["gpu", "cpu", "cuda:"]),
        ("device=cuda:7", &["cuda:7"]),
    ] {
        refused(train(&[set]).arg("--out").arg(&out), parts);
        assert!(!out.exists(), "`{set}` left a run folder");
    }
    refused(program("train").arg("--nonsense"), &["--nonsense"]);
}

#[test]
fn representations() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("run");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("writes");
        format!("text.file={}", path.display())
    };
    let (empty, latin) = (file("empty.txt", b"\n \n"), file("latin.txt", b"one\n\xe9t\xe9\n"));
    for (sets, parts) in [
        (&["objective=ml"][..], &["`ml`", "`mlm`"][..]),
        (&["objective=mlm", "mlm.shar=0.2"], &["mlm.shar", "--set mlm.shar=0.2", "`mlm.share`"]),
        (&["objective=mlm", "mlm.net.heads=5"], &["`mlm.net.heads` = 5", "divisor"]),
        (&["objective=mlm", "metra.width=8"], &["objective `metra`", "`mlm`"]),
        (&["objective=metra", "mlm.share=0.2"], &["objective `mlm`", "`metra`"]),
        (&["objective=mlm", "sac.width=8"], &["sac.width", "no policy"]),
        (&["objective=mlm", "env_steps=800"], &["env_steps", "`gradient_steps`"]),
        (&["objective=mlm", "gradient_steps=0"], &["`gradient_steps` = 0", "positive"]),
        (&["objective=mlm", "env=AntMaze-Larg-v0"], &["AntMaze-Larg-v0", "AntMaze-Large-v0"]),
        (&["objective=mlm", "device=cuda:7"], &["cuda:7"]),
        (&["objective=mlm", "text.file=/none.txt"], &["`text.file` = /none.txt"]),
        (&["objective=mlm", &empty], &["empty.txt", "has no text"]),
        (&["objective=mlm", &latin], &["latin.txt", "line 2 is not UTF-8"]),
        (&["objective=simcse", "init=nowhere"], &["nowhere", "no run folder"]),
    ] {
        let mut command = program("train");
        for set in sets {
            command.args(["--set", set]);
        }
        refused(command.arg("--out").arg(&out), parts);
        assert!(!out.exists(), "`{sets:?}` left a run folder");
    }
}

#[test]
fn data_sets() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("set");
    for (sets, parts) in [
        (&["env=PointMaze-Larg-v0"][..], &["PointMaze-Larg-v0", "PointMaze-Large-v0"][..]),
        (&["kind=navigat"], &["`navigat`", "`navigate`", "stitch, explore"]),
        (&["episods=3"], &["episods", "--set episods=3", "`episodes`"]),
        (&["steps=0"], &["`steps` = 0", "--set steps=0", "1 to"]),
        (&["env=Point-v0", "kind=stitch"], &["`kind`", "--set kind=stitch", "Point-v0 has no cells"]),
        (&["env=Ant-v0"], &["Ant-v0 has no scripted policy", "--policy RUN", "kind explore"]),
        (&["robot=no.xml"], &["robot `no.xml`", "the path of an MJCF file"]),
        (&["env=Robot-v0"], &["robot is missing", "a robot for Robot-v0"]),
        (&["policy=nowhere"], &["nowhere", "no run folder"]),
    ] {
        refused(dataset(sets).arg("--out").arg(&out), parts);
    }
    let point = folder.path().join("run");
    succeed(train(&["env_steps=1600"]).arg("--out").arg(&point));
    let fits = ["its policy sees 2 numbers and acts with 2 (Point-v0)", "Ant-v0 has 29 and 8"];
    refused(dataset(&["env=Ant-v0"]).arg("--policy").arg(&point).arg("--out").arg(&out), &fits);
    assert!(!out.exists(), "something was made");

    succeed(dataset(&["env=Point-v0", "episodes=2", "steps=5"]).arg("--out").arg(&out));
    refused(dataset(&[]).arg("--out").arg(&out), &["set exists and is not empty", "another --out"]);
    let render = |states: &Path, sets: &[&str]| {
        let mut command = program("dataset");
        command.arg("render").arg(states).arg("--out").arg(folder.path().join("drawn"));
        sets.iter().for_each(|set| {
            command.args(["--set", set]);
        });
        command
    };
    refused(&mut render(folder.path(), &[]), &["has no manifest.json", "folder of a data set"]);
    refused(&mut render(&out, &["view=abov"]), &["`abov`", "`above`"]);
    refused(&mut render(&out, &["edge=0"]), &["width of a picture is 0", "1 to"]);
    refused(&mut render(&out, &["edg=8"]), &["edg", "--set edg=8", "`edge`"]);
    let states = out.join("point-navigate-v0.npz");
    let mut bytes = fs::read(&states).expect("is readable");
    bytes[100] ^= 1;
    fs::write(&states, bytes).expect("writes");
    refused(&mut render(&out, &["edge=8"]), &["point-navigate-v0.npz was altered"]);
    assert!(!folder.path().join("drawn").exists());
}

#[test]
fn config_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("my.toml");
    for (text, parts) in [
        ("seed = 1\n[sac\nwidth = 3\n", &["my.toml:2:", "[sac"][..]),
        ("seed = 1\n[sac]\nwidht = 3\n", &["my.toml:3:", "sac.widht", "sac.width"]),
        ("seed = \"one\"\n", &["my.toml:1:", "seed"]),
    ] {
        fs::write(&file, text).expect("writes");
        refused(program("train").arg("--config").arg(&file), parts);
    }
    refused(program("train").args(["--config", "/nonexistent.toml"]), &["/nonexistent.toml"]);
}

#[test]
fn run_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = folder.path().join("run");
    refused(program("train").arg("--resume").arg(&done), &["run", "no run folder"]);
    refused(program("evaluate").arg(&done), &["no run folder"]);
    refused(program("report").arg(&done), &["report.json"]);
    succeed(train(&["env_steps=1600"]).arg("--out").arg(&done));
    refused(train(&[]).arg("--out").arg(&done), &["exists", "--resume"]);
    refused(
        program("train").arg("--resume").arg(&done).args(["--set", "sac.width=32"]),
        &["checkpoints belong to its settings"],
    );
    refused(
        program("train").arg("--resume").arg(&done).args(["--set", "objective=diayn"]),
        &["--set objective=diayn", "the objective of a run cannot change", "has \"metra\""],
    );
    refused(program("evaluate").arg(&done).args(["--set", "sac.width=32"]), &["sac.width=32", "evaluate"]);
}

#[test]
fn reports() {
    let folder = tempfile::tempdir().expect("a folder");
    let [done, out] = ["run", "report"].map(|name| folder.path().join(name));
    let report = |runs: &[&Path]| {
        let mut command = program("report");
        command.args(runs).arg("--out").arg(&out);
        command
    };
    succeed(train(&["env_steps=1600"]).arg("--out").arg(&done));
    refused(&mut report(&[&done, &done]), &["runs of metra in Point-v0: seed 0 is there more than once"]);
    assert!(!out.exists(), "something was made");
    succeed(&mut report(&[&done]));
    refused(&mut report(&[&out]), &["is left out", "the list of runs is empty"]);
    fs::write(done.join("report.json"), "{}").expect("writes");
    refused(&mut report(&[&done]), &["report.json, line 1"]);
    refused(program("evaluate").arg(&done).args(["--set", "evaluate.env=Pont-v0"]), &["`evaluate.env`", "Point-v0"]);
}

#[test]
fn damaged_checkpoints() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = folder.path().join("run");
    succeed(train(&["env_steps=1600"]).arg("--out").arg(&done));
    let newest = newest(&done);
    let replay = newest.join("learner/replay.bin");
    let whole = fs::read(&replay).expect("is readable");

    fs::write(&replay, &whole[..whole.len() / 2]).expect("writes");
    refused(program("train").arg("--resume").arg(&done), &["replay.bin", "bytes"]);
    refused(program("evaluate").arg(&done), &["replay.bin"]);
    assert!(Policy::of_run(&done, None, None).is_ok(), "acting needs no replay");
    let wrong = Policy::of_run(&done, Some("step-1"), None).err().expect("is not there").to_string();
    assert!(wrong.contains("no checkpoint `step-1`, it has step-"), "{wrong}");

    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    fs::write(&replay, &altered).expect("writes");
    refused(program("train").arg("--resume").arg(&done), &["replay.bin", "altered"]);

    fs::write(&replay, &whole).expect("writes");
    let settings = done.join("config.toml");
    let text = fs::read_to_string(&settings).expect("is readable");
    fs::write(&settings, text.replace("discount = ", "discount = 0.5 #")).expect("writes");
    refused(program("train").arg("--resume").arg(&done), &["other settings"]);
    fs::write(&settings, text).expect("writes");

    // Nothing was lost on the way.
    succeed(program("train").arg("--resume").arg(&done));
    succeed(program("evaluate").arg(&done));
}

fn newest(run: &Path) -> std::path::PathBuf {
    let entries = fs::read_dir(run.join("checkpoints")).expect("has checkpoints");
    entries.map(|entry| entry.expect("is readable").path()).max().expect("has one")
}

/// A disk of 3 MB: the run does not start. Needs the right to mount; passes without it.
#[test]
fn full_disk() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).expect("makes");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&disk).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("not tried: mounting is not allowed here");
        return;
    }
    let (code, _, stderr) = run(train(&["env_steps=1000000"]).arg("--out").arg(disk.join("run")));
    let unmounted = Command::new("umount").arg(&disk).status().expect("umount starts");
    assert!(unmounted.success());
    assert!(code == 2 && stderr.contains("MB free"), "{code}: {stderr}");
}
