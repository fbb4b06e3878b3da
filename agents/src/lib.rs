//! Agents, collection and the learner of skills.
//!
//! ```text
//!           observation, z                 transitions              Batch
//!  Lanes ───────────────────► Agent::act ─────────────► Replay ─────────────► Objective ──reward──► Agent::update
//!    ▲                           │ actions
//!    └───────────────────────────┘
//! ```
//!
//! [`SkillLearner`] ties the pieces together under the trainer's one loop; [`OnPolicyLearner`] learns from rollouts instead of a
//! replay, [`OfflineLearner`] from batches of a data set; [`Policy`] is what a run exports. [`represent`] has the learner of what needs no policy: representation objectives.

mod agent; // the interface of an agent
mod collect; // lanes to where experience is kept
mod collection; // what collecting learners share
mod config; // the settings of a run
mod ddpg; // deterministic policy gradient, as URLB has it
mod error; // what can go wrong
mod experience; // rollouts of a policy
mod export; // the acting network for other programs
mod fingerprint; // whether data is what it was
pub mod frames; // frames to learn from
mod gaussian; // laws of actions
mod go_explore; // an agent to goals and one that explores
mod gradient_step; // the workloads of the speed comparison
mod iql; // implicit Q-learning
mod learner; // the skill learner
mod measured; // what is measured during training
mod normalizer; // observations at unit scale
mod offline; // learning from a data set
mod on_policy; // learning from one's own rollouts
mod own_robot; // robots of one's own in settings
mod pixels; // agents that act by frames
mod playing; // a policy under way
mod policy; // what a run exports
mod policy_learner; // any learner of a policy
mod ppo; // proximal policy optimisation
pub mod presets; // settings per world
pub mod represent; // runs of representation objectives
mod rollout; // episodes for evaluation
mod sac; // soft actor-critic
mod turns; // two agents in turns
mod uniform; // uniform random actions
mod update; // a gradient step of a policy

pub use agent::{Act, Agent, Returns, Sizes, agent, agents, learns_from_rollouts};
pub use config::{CollectConfig, EvaluateConfig, RunConfig, UpdateConfig};
pub use ddpg::{Ddpg, DdpgConfig};
pub use error::AgentsError;
pub use experience::{Experience, OnPolicy};
pub use export::{Actor, EXPORT};
pub use go_explore::GoExplore;
pub use gradient_step::{cpc_step, hilp_step, metra_step, simcse_step};
pub use iql::{Iql, IqlConfig};
pub use learner::{REPLAY, SkillLearner};
pub use normalizer::Normalizer;
pub use offline::OfflineLearner;
pub use on_policy::OnPolicyLearner;
pub use own_robot::{read_robot, world_of};
pub use pixels::{EncoderConfig, EyeNet, Eyes, Gaze, Glance, Sight};
pub use playing::Playing;
pub use policy::Policy;
pub use policy_learner::{PolicyLearner, Seen, learner};
pub use ppo::{Ppo, PpoConfig};
pub use rollout::{RolloutConfig, Rollouts, rollout};
pub use sac::{Sac, SacConfig};
pub use turns::Turns;
pub use uniform::Uniform;
