//! From settings to data sets, and to their files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use freeroam_envs::World;
use freeroam_replay::dataset::minari::{self, Bounds, Description};
use freeroam_replay::dataset::{Compression, Dataset, ogbench};
use freeroam_trainer::StopFlag;

use super::folder::Folder;
use super::ground::Ground;
use super::lane::Lane;
use super::manifest::{Manifest, ManifestFile, PolicySource, checksum};
use super::pilot::Pilot;
use super::progress::Progress;
use super::record::{Record, Widths};
use super::{DatasetConfig, Fingerprint, Format, Kind};
use crate::EvalError;

/// Most episodes that are made together. A network acts for that many at once.
const BLOCK: usize = 32;
/// Blocks that a data set is cut into at least, where it has as many episodes, so that many threads find work.
const BLOCKS: usize = 16;
/// Most rows that room is made for in advance.
const RESERVED: usize = 1 << 23;
/// How often progress is shown.
const SHOW: Duration = Duration::from_millis(100);

/// Makes the data set of `config` and writes it into the folder `out`, which must not exist or be empty; nothing where `stop`
/// was set meanwhile. The folder is whole or absent.
///
/// # Errors
/// [`EvalError::Trainer`] for what the user has to change: a folder with content, a policy that does not fit. Others for what
/// failed on the way.
pub fn make(
    config: &DatasetConfig,
    world: &World,
    out: &Path,
    stop: &StopFlag,
    progress: &mut Progress,
) -> Result<Option<Manifest>, EvalError> {
    let folder = Folder::begin(out)?;
    let Some((splits, policy)) = made(config, world, stop, progress)? else { return Ok(None) };
    let mut manifest = Manifest::new(config, world.spec(), policy);
    for (validation, dataset) in [false, true].into_iter().zip(&splits) {
        if dataset.episodes() == 0 {
            continue;
        }
        let path = write(config, dataset, &manifest.name, validation, folder.path())?;
        if stop.is_set() {
            return Ok(None);
        }
        let (bytes, sha256) = checksum(&folder.path().join(&path))?;
        manifest.files.push(ManifestFile {
            path,
            bytes,
            sha256,
            episodes: dataset.episodes(),
            transitions: dataset.transitions(),
            fingerprint: Fingerprint::of(dataset, world.spec())?,
        });
    }
    manifest.write(folder.path())?;
    folder.finish()?;
    Ok(Some(manifest))
}

/// Makes the data set of `config` in memory: training and validation. Equal settings give equal bits.
///
/// # Errors
/// [`EvalError::Trainer`] for a policy that does not fit, [`EvalError::Envs`] when the world fails.
pub fn generate(config: &DatasetConfig, world: &World) -> Result<[Dataset; 2], EvalError> {
    let made = made(config, world, &StopFlag::default(), &mut Progress::hidden())?;
    Ok(made.expect("nobody asked for a stop").0)
}

type Made = ([Dataset; 2], Option<PolicySource>);

fn made(
    config: &DatasetConfig,
    world: &World,
    stop: &StopFlag,
    progress: &mut Progress,
) -> Result<Option<Made>, EvalError> {
    let spec = world.spec();
    let ground = Ground::new(config, spec)?;
    // One that is not used, so that what does not fit is told before any thread starts.
    let (pilot, source) = Pilot::new(config, spec)?;
    let widths = Widths {
        observation: spec.observation.len(),
        action: spec.action.len(),
        goal: if config.kind == Kind::Explore { 0 } else { 2 },
        task: pilot.task(config.kind),
    };
    drop(pilot);
    let [training, validation] = config.splits();
    let episodes = training + validation;
    let block = episodes.div_ceil(BLOCKS).clamp(1, BLOCK);
    let work = Work {
        ground: &ground,
        world,
        widths,
        episodes,
        block,
        next: AtomicUsize::new(0),
        steps: AtomicU64::new(0),
        cancelled: AtomicBool::new(false),
    };
    let rows = config.steps as usize + 1;
    let mut splits = [training, validation].map(|episodes| Record::new(widths, (episodes * rows).min(RESERVED)));
    progress.begin("steps", episodes as u64 * u64::from(config.steps));
    let result: Result<(), EvalError> = std::thread::scope(|scope| {
        let (send, receive) = channel();
        for _ in 0..config.threads().min(episodes.div_ceil(block)) {
            let (work, send) = (&work, send.clone());
            scope.spawn(move || work.run(&send));
        }
        drop(send);
        // Blocks arrive in any order; those that are early wait.
        let mut early = BTreeMap::new();
        let mut episode = 0;
        loop {
            match receive.recv_timeout(SHOW) {
                Ok(done) => {
                    let (index, records) = done.inspect_err(|_| work.cancel())?;
                    early.insert(index, records);
                    while let Some(records) = early.remove(&(episode / block)) {
                        for record in records {
                            splits[usize::from(episode >= training)].append(&record);
                            episode += 1;
                        }
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            progress.update(work.steps.load(Ordering::Relaxed));
            if stop.is_set() {
                work.cancel();
            }
        }
    });
    progress.end();
    result?;
    if stop.is_set() {
        return Ok(None);
    }
    let [training, validation] = splits;
    Ok(Some(([training.into_dataset()?, validation.into_dataset()?], source)))
}

/// What the threads share.
struct Work<'a> {
    ground: &'a Ground<'a>,
    world: &'a World,
    widths: Widths,
    episodes: usize,
    /// Episodes of a block, of the last one perhaps less.
    block: usize,
    /// The block to make next.
    next: AtomicUsize,
    /// Steps taken so far.
    steps: AtomicU64,
    cancelled: AtomicBool,
}

/// A block's index and its episodes.
type Block = (usize, Vec<Record>);

impl Work<'_> {
    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Makes blocks until none is left; one thread's work.
    fn run(&self, send: &Sender<Result<Block, EvalError>>) {
        let workplace = || -> Result<(Pilot, Vec<Lane>), EvalError> {
            let (pilot, _) = Pilot::new(self.ground.config, self.ground.spec)?;
            let lane = |_| Lane::new(self.ground, self.world, self.widths);
            Ok((pilot, (0..self.block).map(lane).collect::<Result<_, _>>()?))
        };
        // Who no longer listens has cancelled.
        match workplace() {
            Err(error) => {
                let _ = send.send(Err(error));
            }
            Ok((mut pilot, mut lanes)) => {
                while let Some(block) = self.block(&mut pilot, &mut lanes) {
                    if send.send(Ok(block)).is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Makes the next block; nothing where none is left, or it is no longer wanted.
    fn block(&self, pilot: &mut Pilot, lanes: &mut [Lane]) -> Option<Block> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let first = index * self.block;
        if first >= self.episodes {
            return None;
        }
        pilot.begin(self.ground.config.seed, index as u64);
        // Lanes without an episode begin one too, so that the network acts for as many in every block.
        for (lane, episode) in lanes.iter_mut().zip(first as u64..) {
            lane.begin(self.ground, episode);
            lane.ended = episode >= self.episodes as u64;
        }
        let mut actions = Vec::new();
        let width = self.widths.action;
        while lanes.iter().any(|lane| !lane.ended) {
            if self.cancelled.load(Ordering::Relaxed) {
                return None;
            }
            for lane in lanes.iter_mut().filter(|lane| !lane.ended) {
                lane.plan(self.ground, pilot);
            }
            pilot.act(self.ground, lanes, &mut actions);
            let mut steps = 0;
            for (lane, action) in lanes.iter_mut().zip(actions.chunks_exact(width)).filter(|(lane, _)| !lane.ended) {
                lane.step(self.ground, action);
                steps += 1;
            }
            self.steps.fetch_add(steps, Ordering::Relaxed);
        }
        let count = self.block.min(self.episodes - first);
        let rows = self.ground.config.steps as usize + 1;
        let take = |lane: &mut Lane| std::mem::replace(&mut lane.record, Record::new(self.widths, rows));
        Some((index, lanes[..count].iter_mut().map(take).collect()))
    }
}

/// Writes a data set below `folder`; its path there.
fn write(
    config: &DatasetConfig,
    dataset: &Dataset,
    name: &str,
    validation: bool,
    folder: &Path,
) -> Result<PathBuf, EvalError> {
    match config.format {
        Format::Ogbench => {
            let path = PathBuf::from(format!("{name}.npz"));
            let path = if validation { ogbench::validation_path(&path) } else { path };
            let compression = if config.compress { Compression::Deflate } else { Compression::Stored };
            ogbench::write(dataset, &folder.join(&path), compression)?;
            Ok(path)
        }
        Format::Minari => write_minari(config, dataset, validation, folder),
    }
}

/// Writes a data set of Minari below `folder`, from where Minari loads it as `freeroam/WORLD/KIND-v0`.
fn write_minari(
    config: &DatasetConfig,
    dataset: &Dataset,
    validation: bool,
    folder: &Path,
) -> Result<PathBuf, EvalError> {
    let actions = dataset.columns().actions.width;
    let name = config.name();
    let (name, version) =
        name.rsplit_once("-v").filter(|(_, version)| version.parse::<u32>().is_ok()).unwrap_or((&name, "0"));
    let world = name.strip_suffix(&format!("-{}", config.kind)).unwrap_or(name);
    let split = if validation { "-val" } else { "" };
    let id = format!("freeroam/{world}/{}{split}-v{version}", config.kind);
    let description = Description {
        id: id.clone(),
        action_space: Some(Bounds { low: vec![-1.0; actions], high: vec![1.0; actions] }),
        algorithm_name: Some(
            if config.policy.is_empty() { "scripted" } else { "skills of a trained policy" }.to_owned(),
        ),
        description: Some(format!("{} data of {}, seed {}", config.kind, config.env, config.seed)),
        ..Description::default()
    };
    minari::write(dataset, folder, &description)?;
    Ok(PathBuf::from(id))
}
