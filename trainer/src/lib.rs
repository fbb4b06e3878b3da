//! One training loop for everything that learns.
//!
//! ```text
//!  defaults, presets, --config, --set            --device
//!            │ Layers                                │ device()
//!            ▼                                       ▼
//!        settings ───────────────► a Learner on a device
//!            │                              │
//!            ▼                              ▼
//!  Run::create / Run::open ──► fit(learner, run, schedule, watch) ──► Finished | Stopped
//!            │                    │ step, log, evaluate, checkpoint      ▲
//!            ▼                    ▼                                      │
//!   config.toml, manifest.json  metrics.jsonl ──► metrics.csv     Watch: StopFlag (Ctrl-C),
//!   .lock, figures/             checkpoints/  └─► tensorboard/     Display, hooks
//! ```
//!
//! A learner without burn, an environment or settings is enough to train:
//!
//! ```
//! use std::path::Path;
//! use freeroam_trainer::{Learner, Outcome, Progress, Record, Run, Schedule, TrainerError, Watch, fit, read_metrics};
//!
//! /// Halves a number.
//! struct Halving(f64, Progress);
//!
//! impl Learner for Halving {
//!     fn step(&mut self) -> Result<Record, TrainerError> {
//!         self.0 /= 2.0;
//!         self.1.steps += 1;
//!         self.1.gradient_steps += 1;
//!         Ok(Record([("halving/x".to_string(), self.0)].into()))
//!     }
//!     fn progress(&self) -> Progress { self.1 }
//!     fn save(&self, _dir: &Path) -> Result<(), TrainerError> { Ok(()) }
//!     fn load(&mut self, _dir: &Path) -> Result<(), TrainerError> { Ok(()) }
//!     fn evaluate(&mut self) -> Result<Record, TrainerError> { Ok(Record::default()) }
//! }
//!
//! # let root = tempfile::tempdir().unwrap();
//! # let dir = root.path().join("run");
//! let mut run = Run::create(&dir, &toml::Table::new())?;
//! let schedule = Schedule { env_steps: 0, gradient_steps: 8, log_every: 4, evaluate_every: 0, checkpoint_every: 0, keep_checkpoints: 2 };
//! let outcome = fit(&mut Halving(1.0, Progress::default()), &mut run, &schedule, &mut Watch::default())?;
//! assert_eq!(outcome, Outcome::Finished);
//! let metrics = read_metrics(&dir.join("metrics.jsonl"))?;
//! assert_eq!(metrics[0].1.get("halving/x"), Some((0.5 + 0.25 + 0.125 + 0.0625) / 4.0));
//! # Ok::<(), TrainerError>(())
//! ```

mod checkpoint; // states that are whole or absent
mod config; // layered settings
mod device; // devices by name
mod disk; // atomic files, free space
mod error; // what can go wrong
mod fit; // the one loop
mod learner; // the trait that the loop runs
mod manifest; // where and by what a run was made
pub mod nn; // networks and their optimiser
mod number; // NaN and infinities in JSON
mod progress; // what a person sees
mod record; // metrics
mod run; // the folder of a run
mod sinks; // where metrics go
mod stop; // asking a run to end

pub use checkpoint::Checkpoint;
pub use config::{Layer, Layers, nearest};
pub use device::device;
pub use disk::require_space;
pub use error::TrainerError;
pub use fit::{Outcome, RecordHook, Schedule, Watch, fit};
pub use learner::{Learner, Progress};
pub use number::Number;
pub use progress::Display;
pub use record::Record;
pub use run::{Run, checkpoint_folders, checkpoint_part, config as run_config, newest_checkpoint};
pub use sinks::{Csv, Jsonl, Sink, TensorBoard, read_metrics};
pub use stop::StopFlag;
pub use toml::Table;
