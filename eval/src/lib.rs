//! Coverage, statistics, figures, animations and reports of runs; data sets made in worlds.
//!
//! ```text
//!  rollouts of a policy ──► coverage, goals ──► stats (IQM, bootstrap) ──► RunReport ──► report.json, .md, .html
//!                  │                                                          ▲
//!                  └──────────────► figures (png, svg), animation (gif) ──────┘
//! ```
//!
//! ```
//! use freeroam_envs::Stream;
//! use freeroam_eval::stats::{Scores, bootstrap};
//! // Final coverage of one method, four seeds on one world.
//! let scores = Scores::of_task([212.0, 220.0, 199.0, 208.0])?;
//! let iqm = bootstrap(&scores, Scores::iqm, 2000, &mut Stream::new(0, "bootstrap", 0))?;
//! assert_eq!(iqm.value, 210.0);
//! assert!(iqm.low < Some(210.0) && iqm.high > Some(210.0));
//! # Ok::<(), freeroam_eval::EvalError>(())
//! ```

pub mod animation; // skills in motion, as GIF
pub mod coverage; // how much of a maze was visited
pub mod dataset; // data sets made in worlds
mod earning; // places that a reward leads to
mod error; // what can go wrong
mod evaluation; // the evaluation that every run ends with
pub mod figures; // drawings as PNG and SVG
mod file_name; // worlds in the names of files
pub mod goals; // zero-shot goal reaching
pub mod measure; // everything that is measured of a policy
pub mod output; // what the programs say
mod pixmap; // pictures of pixels
pub mod planning; // midpoints on ways in a latent space
mod prompt_run; // sentences of a user's
pub mod prompts; // skills for rewards
pub mod report; // pages and numbers of runs
mod representation; // whole runs of representation objectives
pub mod session; // whole runs
pub mod stats; // robust aggregates with intervals
pub mod tasks; // the goal tasks of mazes
mod words; // goals in words

pub use error::EvalError;
pub use evaluation::{Training, evaluate, samples};
pub use pixmap::Pixmap;
pub use prompt_run::{PROMPTS, prompt_run};
