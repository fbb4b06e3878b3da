//! Intrinsic objectives: what is rewarded and learned besides the policy.
//!
//! ```text
//!            task z                         Batch (s, a, s', z)
//!  Objective ──────► agent acts ──► replay ───────────────────► Objective::update, Objective::reward ──► agent learns
//! ```
//!
//! An objective knows neither the agent nor the encoder it is used with. One file each; [`objective`] makes one by name.

mod apt; // particle entropy in a learned representation
mod batch; // transitions as tensors
mod becl; // contrast between states of skills
mod cic; // particle entropy in a representation that contrasts skills
mod contrast; // transitions against skills
mod diayn; // diversity is all you need
mod disagreement; // variance of an ensemble of models
mod dynamics; // forward and inverse models
mod extrinsic; // the world's own reward
mod hilp; // distance as the value of reaching goals
mod icm; // surprise of a model
mod indapt; // particle entropy of the observation
#[cfg(test)]
mod linear_system; // what models learn in tests
mod lsd; // Lipschitz-constrained skill discovery
mod metra; // metric-aware abstraction
mod moments; // running mean and variance
mod moss; // surprise sought and avoided in turns
mod objective; // the interface
mod particles; // entropy from distances between neighbours
mod random; // no objective: the floor of every comparison
mod registry; // objectives by name
mod rnd; // error against a random network
mod task; // laws of skills
mod tldr; // goals that are far in time

pub use apt::{Apt, AptConfig};
pub use batch::{Batch, Goals};
pub use becl::{Becl, BeclConfig, BeclForm};
pub use cic::{Cic, CicConfig};
pub use diayn::{Diayn, DiaynConfig};
pub use disagreement::{Disagreement, DisagreementConfig};
pub use extrinsic::{Extrinsic, ExtrinsicConfig, Tasks};
pub use hilp::{Hilp, HilpConfig};
pub use icm::{Icm, IcmConfig};
pub use indapt::{IndApt, IndAptConfig};
pub use lsd::{Lsd, LsdConfig};
pub use metra::{Metra, MetraConfig};
pub use moss::{Moss, MossConfig};
pub use objective::{Moment, Objective, Scalars, Shapes};
pub use random::{Random, RandomConfig};
pub use registry::{ObjectiveConfig, objective, objectives};
pub use rnd::{Rnd, RndConfig};
pub use task::{Skills, TaskLaw};
pub use tldr::{Tldr, TldrConfig};
