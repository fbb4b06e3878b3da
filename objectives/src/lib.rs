//! Intrinsic objectives: what is rewarded and learned besides the policy.
//!
//! ```text
//!            task z                         Batch (s, a, s', z)
//!  Objective ──────► agent acts ──► replay ───────────────────► Objective::update, Objective::reward ──► agent learns
//! ```
//!
//! An objective knows neither the agent nor the encoder it is used with. One file each; [`objective`] makes one by name.

mod batch; // transitions as tensors
mod diayn; // diversity is all you need
mod lsd; // Lipschitz-constrained skill discovery
mod metra; // metric-aware abstraction
mod objective; // the interface
mod random; // no objective: the floor of every comparison
mod registry; // objectives by name
mod task; // laws of skills

pub use batch::Batch;
pub use diayn::{Diayn, DiaynConfig};
pub use lsd::{Lsd, LsdConfig};
pub use metra::{Metra, MetraConfig};
pub use objective::{Objective, Scalars};
pub use random::{Random, RandomConfig};
pub use registry::{ObjectiveConfig, objective, objectives};
pub use task::{Skills, TaskLaw};
