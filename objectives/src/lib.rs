//! Objectives: what is rewarded and learned besides the policy, and what is learned from texts without any policy.
//!
//! ```text
//!            task z                         Batch (s, a, s', z)
//!  Objective ──────► agent acts ──► replay ───────────────────► Objective::update, Objective::reward ──► agent learns
//! ```
//!
//! An objective knows neither the agent nor the encoder it is used with. One file each; [`objective`] makes one by name, and
//! [`text_representation`] one of those that learn to represent ([`Representation`]).

mod adversarial; // surprise as a game of two
mod apt; // particle entropy in a learned representation
mod batch; // transitions as tensors
mod becl; // contrast between states of skills
mod cic; // particle entropy in a representation that contrasts skills
mod contrast; // transitions against skills
mod density; // how likely what is seen is
mod diayn; // diversity is all you need
mod disagreement; // variance of an ensemble of models
mod dynamics; // forward and inverse models
mod extrinsic; // the world's own reward
mod hilp; // distance as the value of reaching goals
mod icm; // surprise of a model
mod indapt; // particle entropy of the observation
mod info_nce; // which key belongs to a query
pub mod language; // objectives on texts
#[cfg(test)]
mod linear_system; // what models learn in tests
mod lsd; // Lipschitz-constrained skill discovery
pub mod measures; // how good features are
mod metra; // metric-aware abstraction
mod moments; // running mean and variance
mod moss; // surprise sought and avoided in turns
pub mod nets; // networks that representation objectives share
mod objective; // the interface
pub mod pairs; // objectives on frames with captions
mod particles; // entropy from distances between neighbours
mod random; // no objective: the floor of every comparison
mod registry; // objectives by name
mod representation; // the interface of what learns to represent
mod representations; // representation objectives by name
mod return_scale; // rewards at the scale of returns
mod rnd; // error against a random network
mod smirl; // surprise avoided
mod spread; // whether features have collapsed
mod steps; // steps in the order of time
mod surprise; // surprise sought
mod task; // laws of skills
mod tldr; // goals that are far in time
mod tokens; // batches of texts
pub mod vision; // objectives on frames and clips

pub use adversarial::{Adversarial, AdversarialConfig, Buffer};
pub use apt::{Apt, AptConfig};
pub use batch::{Batch, Goals};
pub use becl::{Becl, BeclConfig, BeclForm};
pub use cic::{Cic, CicConfig};
pub use diayn::{Diayn, DiaynConfig};
pub use disagreement::{Disagreement, DisagreementConfig};
pub use extrinsic::{Extrinsic, ExtrinsicConfig, Tasks};
pub use hilp::{Hilp, HilpConfig, expectile_weight};
pub use icm::{Icm, IcmConfig};
pub use indapt::{IndApt, IndAptConfig};
pub use info_nce::{info_nce, retrieval};
pub use lsd::{Lsd, LsdConfig};
pub use metra::{Metra, MetraConfig};
pub use moss::{Moss, MossConfig};
pub use objective::{Moment, Objective, Scalars, Shapes};
pub use random::{Random, RandomConfig};
pub use registry::{ObjectiveConfig, objective, objectives, under};
pub use representation::{Measure, Probe, Representation, Source};
pub use representations::{
    DataKind, RepresentationConfig, clips_representation, frames_representation, pairs_representation, representations,
    text_representation,
};
pub use return_scale::ReturnScale;
pub use rnd::{Rnd, RndConfig};
pub use smirl::{Smirl, SmirlConfig};
pub use spread::Spread;
pub use steps::Steps;
pub use surprise::{Surprise, SurpriseConfig};
pub use task::{Skills, TaskLaw};
pub use tldr::{Tldr, TldrConfig};
pub use tokens::Tokens;
