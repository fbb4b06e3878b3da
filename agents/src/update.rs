//! A gradient step of a policy, wherever its batches come from.

use burn::tensor::Tensor;
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::{AgentsError, Glance, Policy};

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

/// A batch, with what its observations are attached to where the agent trains what sees them.
pub(crate) struct Drawn {
    pub(crate) batch: Batch,
    /// The observations, `[B, observation]`, tracked.
    pub(crate) glance: Option<Tensor<2>>,
}

/// One gradient step of the agent, and those of the objective before it, each on a fresh batch.
pub(crate) fn update(
    policy: &mut Policy,
    streams: &mut Streams,
    draw: &mut dyn FnMut(&Policy, &mut Stream) -> Result<Drawn, AgentsError>,
) -> Result<Scalars, AgentsError> {
    let mut fresh = |policy: &Policy| -> Result<Drawn, AgentsError> {
        let Drawn { batch, glance } = draw(policy, &mut streams.sample)?;
        Ok(Drawn { batch: policy.objective.relabel(batch, &mut streams.sample), glance })
    };
    let mut drawn = fresh(policy)?;
    let mut metrics = policy.objective.update(&drawn.batch, &mut streams.objective);
    for _ in 1..policy.objective.updates() {
        drawn = fresh(policy)?;
        metrics = policy.objective.update(&drawn.batch, &mut streams.objective);
    }
    let Drawn { batch, glance } = drawn;
    let reward = policy.objective.reward(&batch);
    let glance = glance.zip(policy.eyes.as_mut()).map(|(observation, eyes)| Glance { observation, net: eyes.net() });
    metrics.extend(policy.agent.update(&batch, reward, glance, &mut streams.agent));
    Ok(metrics)
}
