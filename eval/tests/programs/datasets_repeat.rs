//! The same settings give the same data set, byte for byte, and the folder is whole or absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use freeroam_eval::dataset::Manifest;
use freeroam_replay::dataset::{TASKS, ogbench};

use crate::program::{dataset, run, succeed, train, train_any};

/// All files below a folder, by their paths there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("is readable"));
    let content = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        match entry.path() {
            path if path.is_dir() => {
                files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)).collect()
            }
            path => vec![(name, fs::read(path).expect("is a file"))],
        }
    };
    entries.flat_map(content).collect()
}

/// Makes the data set of `sets` with one, two and five threads, and another seed's; the first folder's files.
fn same(folder: &Path, sets: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let made = |name: &str, more: &str| {
        let out = folder.join(name);
        succeed(dataset(sets).args(["--set", more, "--out"]).arg(&out));
        files(&out)
    };
    let first = made("set", "threads=1");
    for threads in ["2", "5"] {
        assert!(first == made(threads, &format!("threads={threads}")), "{sets:?} with {threads} threads");
    }
    let other = made("other", "seed=1");
    for name in first.keys() {
        // Minari's folders have files that only say where they are.
        let fixed = name.ends_with("namespace_metadata.json") || name.contains("/data/") && name.ends_with(".json");
        assert!(fixed || first[name] != other[name], "{sets:?}: {name} does not depend on the seed");
    }
    first
}

#[test]
fn scripted_kinds_and_their_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in ["navigate", "stitch", "explore"] {
        let folder = folder.path().join(kind);
        let sets = ["env=PointMaze-Medium-v0", &format!("kind={kind}"), "episodes=40", "validation=0.05", "steps=60"];
        let name = format!("pointmaze-medium-{kind}-v0");
        let files = same(&folder, &sets);
        let names = [format!("{name}-val.npz"), format!("{name}.npz"), "manifest.json".to_owned()];
        assert_eq!(files.keys().cloned().collect::<Vec<_>>(), {
            let mut names = names.to_vec();
            names.sort();
            names
        });

        let data = ogbench::read(&folder.join("set").join(format!("{name}.npz"))).expect("is a data set");
        assert_eq!((data.episodes(), data.transitions()), (40, 2400));
        let columns = data.columns();
        let extras: Vec<_> = columns.extras.iter().map(|(name, rows)| (name.as_str(), rows.width)).collect();
        let last = if kind == "explore" { (TASKS, 2) } else { ("goals", 2) };
        let mut expected = vec![("qpos", 2), ("qvel", 2), last];
        expected.sort_unstable();
        assert_eq!(extras, expected);
        assert_eq!(columns.extras["qpos"].values, columns.observations.values);
        assert!(!columns.terminated.contains(&true));
    }

    // The pictures of the second, with any number of threads.
    let states = folder.path().join("stitch/set");
    let draw = |out: &str, threads: &str| {
        let out = folder.path().join(out);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dataset"));
        succeed(command.arg("render").arg(&states).args(["--set", threads, "--set", "edge=8", "--out"]).arg(&out));
        files(&out)
    };
    let drawn = draw("drawn", "threads=1");
    assert!(drawn == draw("again", "threads=3"));
    let names: Vec<_> = drawn.keys().map(String::as_str).collect();
    let name = "visual-pointmaze-medium-stitch-v0";
    assert_eq!(names, ["manifest.json", &format!("{name}-val.npz"), &format!("{name}.npz")]);
    let manifest = Manifest::read(&folder.path().join("drawn")).expect("has a manifest");
    assert_eq!(manifest.files[0].transitions, 2400);
    let pictures = manifest.pictures.expect("it has pictures");
    assert_eq!((pictures.view.as_str(), pictures.edge), ("above", 8));
}

#[test]
fn minaris_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let sets = ["env=PointMaze-Medium-v0", "episodes=4", "validation=0.5", "steps=20", "format=minari"];
    let made = same(folder.path(), &sets);
    for split in ["navigate-v0", "navigate-val-v0"] {
        let first = format!("freeroam/pointmaze-medium/{split}/data/0/part-0.parquet");
        assert!(made.contains_key(&first), "{first} is not among {:?}", made.keys());
    }
}

#[test]
fn robots_of_ones_own_and_worlds_that_do_not_tell_their_states() {
    let folder = tempfile::tempdir().expect("a folder");
    let ant = concat!("robot=", env!("CARGO_MANIFEST_DIR"), "/../envs/assets/ant.xml");
    let small = ["episodes=3", "validation=0.4", "steps=20", "kind=explore"];
    for (name, sets) in [("ant", [ant, "env=RobotMaze-UMaze-v0"]), ("rooms", ["env=Rooms-Noisy-v0", "noise=0.3"])] {
        let out = folder.path().join(name);
        same(&out, &[&small[..], &sets].concat());
        let mut drawn = Vec::new();
        for threads in ["1", "2"] {
            let pictures = out.join(format!("pictures-{threads}"));
            let mut command = Command::new(env!("CARGO_BIN_EXE_dataset"));
            command.arg("render").arg(out.join("set")).arg("--out").arg(&pictures);
            succeed(command.args(["--set", "edge=16", "--set", &format!("threads={threads}")]));
            drawn.push(fs::read(pictures.join("manifest.json")).expect("has a manifest"));
        }
        assert!(drawn[0] == drawn[1], "{name}: pictures differ by the number of threads");
    }
}

#[test]
fn policies_of_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run_of = |name: &str, mut command: Command| {
        let dir = folder.path().join(name);
        succeed(command.args(["--set", "env_steps=1600", "--out"]).arg(&dir));
        format!("policy={}", dir.display())
    };
    let small = ["episodes=6", "validation=0.4", "steps=30"];
    let maze = "env=PointMaze-UMaze-v0";

    // Random actions have no skills to be led by.
    let random = run_of("random", train_any(&["objective=random", maze]));
    same(&folder.path().join("by-random"), &[&small[..], &[maze, "kind=explore", &random]].concat());
    let (code, _, stderr) = run(dataset(&[maze, &random]).arg("--out").arg(folder.path().join("refused")));
    assert!(code == 2 && stderr.contains("cannot be led to a place, since the objective is random"), "{stderr}");
    assert!(!folder.path().join("refused").exists());

    // Skills of another world, which see the body at the origin.
    let metra = run_of("metra", train(&[]));
    for kind in ["kind=navigate", "kind=explore"] {
        let sets = [&small[..], &[maze, kind, "redraw=7", "noise=0", &metra]].concat();
        let out = folder.path().join(kind);
        same(&out, &sets);
        let manifest = Manifest::read(&out.join("set")).expect("has a manifest");
        let policy = manifest.policy.expect("names the policy");
        assert_eq!((policy.world.as_str(), policy.objective.as_str(), policy.centred), ("Point-v0", "metra", true));
        let data = ogbench::read(&out.join("set").join(&manifest.files[0].path)).expect("is a data set");
        let tasks = &data.columns().extras[TASKS];
        assert!(tasks.values.chunks_exact(tasks.width).take(30).all(|task| task.iter().any(|&x| x != 0.0)));
        if kind == "kind=explore" {
            let row = |step: usize| &tasks.values[step * tasks.width..][..tasks.width];
            let held = |step: &usize| row(*step) == row(step - 1);
            let drawn: Vec<usize> = (1..30).filter(|step| !held(step)).collect();
            assert_eq!(drawn, [7, 14, 21, 28], "skills are held");
        }
    }
}

#[test]
fn a_stop_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("set");
    let mut command = dataset(&["env=PointMaze-Medium-v0", "episodes=100000", "threads=1"]);
    let mut child = command.arg("--out").arg(&out).stdout(Stdio::null()).spawn().expect("the program starts");
    let begun = Instant::now();
    while !folder.path().join(".set.tmp").exists() {
        assert!(begun.elapsed() < Duration::from_secs(60) && child.try_wait().expect("can be asked").is_none());
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    let stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill starts");
    assert!(stopped.success());
    assert_eq!(child.wait().expect("ends").code(), Some(1));
    assert_eq!(fs::read_dir(folder.path()).expect("is readable").count(), 0);
}
