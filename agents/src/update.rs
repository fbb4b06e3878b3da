//! A gradient step of a policy, wherever its batches come from.

use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::{AgentsError, Policy};

/// Streams of the updates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Streams {
    sample: Stream,
    objective: Stream,
    agent: Stream,
}

impl Streams {
    /// Of a run with this seed; batches are drawn for the purpose `samples`.
    pub(crate) fn new(seed: u64, samples: &str) -> Self {
        Self {
            sample: Stream::new(seed, samples, 0),
            objective: Stream::new(seed, "objective noise", 0),
            agent: Stream::new(seed, "agent noise", 0),
        }
    }

    /// What batches are drawn by.
    pub(crate) fn sample(&mut self) -> &mut Stream {
        &mut self.sample
    }

    /// Noise of the objective's updates.
    pub(crate) fn objective(&mut self) -> &mut Stream {
        &mut self.objective
    }

    /// Noise of the agent's updates.
    pub(crate) fn agent(&mut self) -> &mut Stream {
        &mut self.agent
    }
}

/// One gradient step of the agent, and those of the objective before it, each on a fresh batch.
pub(crate) fn update(
    policy: &mut Policy,
    streams: &mut Streams,
    draw: &mut dyn FnMut(&Policy, &mut Stream) -> Result<Batch, AgentsError>,
) -> Result<Scalars, AgentsError> {
    let mut fresh = |policy: &Policy| -> Result<Batch, AgentsError> {
        let batch = draw(policy, &mut streams.sample)?;
        Ok(policy.objective.relabel(batch, &mut streams.sample))
    };
    let mut batch = fresh(policy)?;
    let mut metrics = policy.objective.update(&batch, &mut streams.objective);
    for _ in 1..policy.objective.updates() {
        batch = fresh(policy)?;
        metrics = policy.objective.update(&batch, &mut streams.objective);
    }
    let reward = policy.objective.reward(&batch);
    metrics.extend(policy.agent.update(&batch, reward, &mut streams.agent));
    Ok(metrics)
}
