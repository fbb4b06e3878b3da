//! What a learner measures of its policy while it trains.

use freeroam_envs::{CellCounter, World};
use freeroam_replay::Stream;
use freeroam_trainer::Record;

use crate::rollout::{RolloutConfig, rollout};
use crate::{Act, AgentsError, Playing, Policy, RunConfig};

/// Distinct cells visited by `evaluate.rollouts` episodes of the policy's mode, one skill each, and their mean return. `clock`
/// is how far the training has come, and chooses skills and starts.
pub(crate) fn measured(
    (config, world, policy): (&RunConfig, &World, &Policy),
    horizon: u32,
    clock: u64,
) -> Result<Record, AgentsError> {
    let mut stream = Stream::new(config.seed, "evaluation during training", clock);
    let rollouts = config.evaluate.rollouts;
    let tasks = policy.evaluation_tasks(rollouts, &mut stream);
    let protocol = RolloutConfig { episodes: rollouts, horizon, threads: config.threads(), seed: stream.bits() };
    let mut playing = Playing::new(policy, tasks, rollouts);
    let episodes =
        rollout(world, protocol, None, policy.eyes(), &mut |rows| playing.act(rows, Act::Mode, &mut stream))?;
    let mut cells = CellCounter::new(world.spec().bin)?;
    for [x, y] in episodes.positions.iter().flatten() {
        cells.insert(*x, *y);
    }
    let mut record = Record::default();
    for gauge in &world.spec().roles.gauges {
        let read = episodes.read(gauge);
        if !read.is_empty() {
            record.set(format!("evaluate/{}", gauge.name), read.iter().sum::<f64>() / read.len() as f64);
        }
    }
    record.set("evaluate/policy_coverage", cells.len() as f64);
    record.set("evaluate/return", episodes.returns.iter().sum::<f64>() / rollouts as f64);
    Ok(record)
}
