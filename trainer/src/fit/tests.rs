//! Interrupted anywhere, a run writes the same metrics and ends in the same state.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::*;
use crate::{Progress, Table, checkpoint_folders, checkpoint_part, newest_checkpoint, read_metrics};

/// Noisy descent on a parabola.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Toy {
    x: f64,
    noise: u64,
    progress: Progress,
    /// Fails `save` like a full disk.
    #[serde(skip)]
    full: bool,
}

impl Toy {
    fn new() -> Self {
        Self { x: 3.0, noise: 1, progress: Progress::default(), full: false }
    }
}

impl Learner for Toy {
    fn step(&mut self) -> Result<Record, TrainerError> {
        self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.x -= 0.1 * (2.0 * self.x + (self.noise >> 40) as f64 / 1e7);
        self.progress.steps += 1;
        self.progress.env_steps += 3;
        self.progress.gradient_steps += 2;
        let mut record = Record::default();
        record.set("toy/loss", self.x * self.x);
        if self.progress.steps % 4 == 1 {
            record.set("toy/rare", if self.progress.steps == 5 { f64::NAN } else { self.x });
        }
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        let write = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().expect("in dir")).and_then(|()| fs::write(&path, bytes))
        };
        write("replay/x.bin", &self.x.to_le_bytes()).expect("writes");
        if self.full {
            let source = io::Error::from(io::ErrorKind::StorageFull);
            return Err(TrainerError::Io { path: dir.join("state.json"), source });
        }
        write("state.json", &serde_json::to_vec(self).expect("serialises")).expect("writes");
        Ok(())
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        *self = serde_json::from_slice(&fs::read(dir.join("state.json")).expect("reads")).expect("deserialises");
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        let mut record = Record::default();
        record.set("evaluate/x", self.x);
        Ok(record)
    }
}

const SCHEDULE: Schedule = Schedule {
    env_steps: 40, // 14 steps of 3
    gradient_steps: 0,
    log_every: 3,
    evaluate_every: 16,
    checkpoint_every: 10,
    keep_checkpoints: 2,
};

fn config() -> Table {
    "seed = 3\nenv_steps = 40".parse().expect("valid TOML")
}

/// The metrics without wall-clock figures, and the final learner.
fn result(dir: &Path) -> (String, Toy) {
    let records = read_metrics(&dir.join("metrics.jsonl")).expect("reads");
    let mut lines = String::new();
    for (progress, mut record) in records {
        record.0.retain(|key, _| !key.starts_with("time/"));
        lines += &format!("{progress:?} {:?}\n", record.0);
    }
    let mut toy = Toy::new();
    toy.load(&newest_checkpoint(dir).expect("is whole").learner()).expect("loads");
    (lines, toy)
}

fn go_on(dir: &Path, schedule: &Schedule) -> Outcome {
    let mut run = Run::open(dir).expect("opens");
    fit(&mut Toy::new(), &mut run, schedule, &mut Watch::default()).expect("runs")
}

fn whole(dir: &Path, schedule: &Schedule) -> (String, Toy) {
    let mut run = Run::create(dir, &config()).expect("creates");
    assert_eq!(fit(&mut Toy::new(), &mut run, schedule, &mut Watch::default()).expect("runs"), Outcome::Finished);
    result(dir)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("makes folders");
    for entry in fs::read_dir(from).expect("lists") {
        let path = entry.expect("lists").path();
        let target = to.join(path.file_name().expect("has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copies");
        }
    }
}

fn temporary() -> tempfile::TempDir {
    // Syncing a thousand small files takes seconds on a disk, nothing in memory.
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("temporary folder")
}

#[test]
fn log_evaluation_and_checkpoints_come_when_due() {
    let root = temporary();
    let (lines, toy) = whole(&root.path().join("run"), &SCHEDULE);
    let clocks = |key: &str| -> Vec<u64> {
        let lines = lines.lines().filter(|line| line.contains(key));
        lines
            .map(|line| {
                line[line.find("env_steps: ").expect("has it") + 11..]
                    .split(',')
                    .next()
                    .expect("has it")
                    .parse()
                    .expect("a number")
            })
            .collect()
    };
    assert_eq!(clocks("toy/loss"), [9, 18, 27, 36, 42]);
    assert_eq!(clocks("evaluate/x"), [18, 33, 42]);
    assert_eq!(toy.progress, Progress { steps: 14, env_steps: 42, gradient_steps: 28 });
    let names = crate::disk::names(&root.path().join("run/checkpoints")).expect("lists");
    assert_eq!(names, ["step-0000000030", "step-0000000042"]);
    let csv = fs::read_to_string(root.path().join("run/metrics.csv")).expect("reads");
    assert_eq!(csv.lines().count(), 9);
    assert!(csv.starts_with("step,env_steps,gradient_steps,evaluate/x,time/env_steps_per_s,time/evaluate_s,"), "{csv}");
}

#[test]
fn a_kill_at_any_moment_changes_nothing() {
    let root = temporary();
    let expected = whole(&root.path().join("whole"), &SCHEDULE);
    let run_dir = root.path().join("run");
    let copies: Rc<RefCell<Vec<(PathBuf, &'static str)>>> = Rc::default();
    {
        let mut run = Run::create(&run_dir, &config()).expect("creates");
        let (copies, run_dir, root) = (Rc::clone(&copies), run_dir, root.path().to_path_buf());
        let probe = move |point: &'static str| {
            let target = root.join(format!("copy-{}", copies.borrow().len()));
            copy(&run_dir, &target);
            copies.borrow_mut().push((target, point));
        };
        let mut watch = Watch { probe: Some(Box::new(probe)), ..Watch::default() };
        fit(&mut Toy::new(), &mut run, &SCHEDULE, &mut watch).expect("runs");
    }
    let copies = copies.take();
    assert!(copies.len() > 40, "{}", copies.len());
    for (index, (dir, point)) in copies.iter().enumerate() {
        if index % 3 == 1 {
            let path = dir.join("metrics.jsonl");
            let mut text = fs::read(&path).expect("reads");
            text.extend(b"{\"step\":7,\"env_st");
            fs::write(path, text).expect("a kill leaves part of a line");
        }
        assert_eq!(go_on(dir, &SCHEDULE), Outcome::Finished);
        assert_eq!(result(dir), expected, "killed at moment {index}: {point}");
        let names = crate::disk::names(&dir.join("checkpoints")).expect("lists");
        assert_eq!(names, ["step-0000000030", "step-0000000042"], "killed at moment {index}: {point}");
    }
}

#[test]
fn a_stop_after_any_step_changes_nothing() {
    let root = temporary();
    let expected = whole(&root.path().join("whole"), &SCHEDULE);
    for stop_after in 0..=14 {
        let dir = root.path().join(format!("stopped-{stop_after}"));
        let mut run = Run::create(&dir, &config()).expect("creates");
        let stop = StopFlag::default();
        let (flag, mut steps) = (stop.clone(), 0);
        if stop_after == 0 {
            stop.set();
        }
        let probe = move |point: &'static str| {
            steps += usize::from(point == "step");
            if steps == stop_after {
                flag.set();
            }
        };
        let mut watch = Watch { stop, probe: Some(Box::new(probe)), ..Watch::default() };
        let outcome = fit(&mut Toy::new(), &mut run, &SCHEDULE, &mut watch).expect("runs");
        assert_eq!(outcome, if stop_after == 14 { Outcome::Finished } else { Outcome::Stopped });
        drop((run, watch));
        assert_eq!(go_on(&dir, &SCHEDULE), Outcome::Finished);
        assert_eq!(result(&dir), expected, "stopped after step {stop_after}");
    }
}

#[test]
fn hooks_see_every_step_and_every_record_and_may_stop() {
    let root = temporary();
    let dir = root.path().join("run");
    let (stop, steps, seen) = (StopFlag::default(), Cell::new(0), RefCell::new(Vec::new()));
    let mut watch = Watch {
        stop: stop.clone(),
        on_step: Some(Box::new(|| steps.set(steps.get() + 1))),
        on_record: Some(Box::new(|progress, record| {
            seen.borrow_mut().push((progress, record.clone()));
            if progress.env_steps >= 27 {
                stop.set();
            }
        })),
        ..Watch::default()
    };
    let mut run = Run::create(&dir, &config()).expect("creates");
    assert_eq!(fit(&mut Toy::new(), &mut run, &SCHEDULE, &mut watch).expect("runs"), Outcome::Stopped);
    drop((run, watch));
    assert_eq!(steps.get(), 9);
    let written = read_metrics(&dir.join("metrics.jsonl")).expect("reads");
    // As text, in which NaN equals NaN.
    assert_eq!(format!("{:?}", seen.take()), format!("{written:?}"));
    assert_eq!(go_on(&dir, &SCHEDULE), Outcome::Finished);
    assert_eq!(result(&dir), whole(&root.path().join("whole"), &SCHEDULE));
}

#[test]
fn a_finished_run_stays_as_it_is_and_a_longer_budget_goes_on() {
    let root = temporary();
    let long = Schedule { env_steps: 70, ..SCHEDULE };
    let dir = root.path().join("run");
    let short = whole(&dir, &SCHEDULE);
    assert_eq!(go_on(&dir, &SCHEDULE), Outcome::Finished);
    assert_eq!(result(&dir), short);
    assert_eq!(go_on(&dir, &long), Outcome::Finished);
    assert_eq!(result(&dir), whole(&root.path().join("long"), &long));
}

fn refused(dir: &Path) -> String {
    let mut run = Run::open(dir).expect("opens");
    match fit(&mut Toy::new(), &mut run, &SCHEDULE, &mut Watch::default()) {
        Err(TrainerError::Checkpoint { path, reason }) => format!("{}: {reason}", path.display()),
        other => panic!("expected a checkpoint error, got {other:?}"),
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_with_the_file_and_the_way_out() {
    let root = temporary();
    let dir = root.path().join("run");
    let expected = whole(&dir, &SCHEDULE);
    let newest = "checkpoints/step-0000000042";
    let way_out = "; step-0000000030 is whole: to go on from there, delete the newer folders and resume";
    for (name, case) in
        [("learner/state.json", 0), ("learner/replay/x.bin", 1), ("loop.json", 2), ("checksums.json", 3)]
    {
        for damage in ["truncated", "altered", "missing"] {
            let copied = root.path().join(format!("{case}-{damage}"));
            copy(&dir, &copied);
            let path = copied.join(newest).join(name);
            let mut bytes = fs::read(&path).expect("reads");
            match damage {
                "truncated" => fs::write(&path, &bytes[..bytes.len() - 1]).expect("writes"),
                "altered" => {
                    bytes[0] ^= 1;
                    fs::write(&path, &bytes).expect("writes");
                }
                _ => fs::remove_file(&path).expect("removes"),
            }
            let message = refused(&copied);
            assert!(message.contains(&format!("step-0000000042: {name}")) && message.ends_with(way_out), "{message}");
            fs::remove_dir_all(copied.join(newest)).expect("removes");
            assert_eq!(go_on(&copied, &SCHEDULE), Outcome::Finished);
            assert_eq!(result(&copied), expected);
        }
    }
    fs::write(dir.join("metrics.jsonl"), "").expect("writes");
    assert!(refused(&dir).contains("metrics.jsonl: has 0 bytes, it had "));
    fs::write(dir.join("config.toml"), "seed = 4").expect("writes");
    let message = refused(&dir);
    assert!(message.contains("other settings") && message.ends_with("no older checkpoint is whole"), "{message}");
}

#[test]
fn a_part_of_a_checkpoint_needs_only_its_files() {
    let root = temporary();
    let dir = root.path().join("run");
    whole(&dir, &SCHEDULE);
    let folders = checkpoint_folders(&dir).expect("lists");
    assert!(folders[0].ends_with("checkpoints/step-0000000030") && folders[1].ends_with("step-0000000042"));
    let part = |name: Option<&str>| checkpoint_part(&dir, name, &|file| file == "learner/state.json");
    fs::write(folders[1].join("learner/replay/x.bin"), "").expect("writes");
    assert!(newest_checkpoint(&dir).is_err());
    assert_eq!(part(None).expect("its file is whole").path(), folders[1]);
    assert_eq!(part(Some("step-0000000030")).expect("is there").learner(), folders[0].join("learner"));
    let message = part(Some("step-7")).expect_err("is not there").to_string();
    assert!(message.ends_with("has no checkpoint `step-7`, it has step-0000000030, step-0000000042"), "{message}");
    fs::write(folders[1].join("learner/state.json"), "").expect("writes");
    let message = part(None).expect_err("is damaged").to_string();
    assert!(message.contains("learner/state.json has 0 bytes"), "{message}");
}

#[test]
fn a_full_disk_keeps_the_older_checkpoint() {
    let root = temporary();
    let dir = root.path().join("run");
    let mut run = Run::create(&dir, &config()).expect("creates");
    let schedule = Schedule { env_steps: 12, ..SCHEDULE };
    fit(&mut Toy::new(), &mut run, &schedule, &mut Watch::default()).expect("runs");
    let state = LoopState { progress: Progress { env_steps: 15, ..Progress::default() }, ..LoopState::default() };
    let full = Toy { full: true, ..Toy::new() };
    let error = run.checkpoints().write(&full, &state, &mut |_| {}).expect_err("the disk is full");
    assert!(error.to_string().contains("disk full while writing a checkpoint; step-0000000012 is whole"), "{error}");
    assert_eq!(crate::disk::names(&dir.join("checkpoints")).expect("lists"), ["step-0000000012"]);
}

#[test]
fn a_schedule_must_end_and_settings_stay() {
    let root = temporary();
    let mut run = Run::create(&root.path().join("run"), &config()).expect("creates");
    let endless = Schedule { env_steps: 0, ..SCHEDULE };
    let error = fit(&mut Toy::new(), &mut run, &endless, &mut Watch::default()).expect_err("never ends");
    assert!(matches!(&error, TrainerError::Usage(message) if message.contains("both 0")), "{error}");
    let by_gradient = Schedule { gradient_steps: 7, ..endless };
    let mut toy = Toy::new();
    fit(&mut toy, &mut run, &by_gradient, &mut Watch::default()).expect("ends");
    assert_eq!(toy.progress.gradient_steps, 8);
    run.set_config(&"seed = 3\nenv_steps = 90".parse().expect("valid TOML")).expect("the budget is free");
    let error = run.set_config(&"seed = 4".parse().expect("valid TOML")).expect_err("the seed is not");
    assert!(error.to_string().contains("only checkpoint_every, data, device, env_steps"), "{error}");
}
