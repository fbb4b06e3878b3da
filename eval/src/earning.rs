//! Rewards as goals: the states that earn most, discounted by the way to them.
//!
//! A direction follows a reward as far as the latent space is linear in it, and stops where the two part. Where latent distance
//! is the steps that a way takes, labelled states `w` can be gone to instead. From `s`, with a discount that looks an episode ahead:
//!
//! ```text
//! g <- argmax_w r(w) exp(-|phi(w) - phi(s)| / steps of an episode)
//! ```
//!
//! The way there is that to any goal ([`crate::Midpoints`]). Park et al., HILP, 2024, prompt rewards by directions alone
//! ([`crate::prompt`]).

use freeroam_agents::Policy;

use crate::planning::Latents;

/// Labelled states with a reward.
pub(crate) struct Rewarded {
    states: Latents,
    rewards: Vec<f32>,
    steps: f32,
}

impl Rewarded {
    /// Of raw `observations`, `[states, observation]`, those whose `reward` is above 0, for episodes of so many `steps`; nothing
    /// where there are none, or no latent space.
    pub(crate) fn new(policy: &Policy, observations: &[f32], reward: &[f64], steps: u32) -> Option<Self> {
        let rows = observations.chunks_exact(policy.observation());
        let (rows, rewards): (Vec<&[f32]>, Vec<f32>) =
            rows.zip(reward).filter(|(_, reward)| **reward > 0.0).map(|(row, reward)| (row, *reward as f32)).unzip();
        let (places, dim) = (!rewards.is_empty()).then(|| policy.embed(&rows.concat()))??;
        Some(Self { states: Latents::new(places, dim), rewards, steps: steps as f32 })
    }

    /// Latent places to go to from those of `from`, `[rows, D]` both.
    pub(crate) fn goals(&self, from: &[f32]) -> Vec<f32> {
        let worth = |half_square: f32, reward: &f32| reward * (-(2.0 * half_square.max(0.0)).sqrt() / self.steps).exp();
        from.chunks_exact(self.states.dim())
            .flat_map(|start| {
                let worths = self.states.half_squares(start).into_iter().zip(&self.rewards).map(|(x, r)| worth(x, r));
                let best = worths.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(state, _)| state);
                self.states.place(best)
            })
            .copied()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a line, from 0: a reward of 1 at 10 is worth 0.61 where episodes have 20 steps, one of 0.4 at 2 is worth 0.36.
    #[test]
    fn what_earns_more_is_worth_a_longer_way_while_there_is_time() {
        let rewarded = |steps| {
            let (states, rewards) = (Latents::new(vec![2.0, 10.0, 11.0], 1), vec![0.4, 1.0, 1.0]);
            Rewarded { states, rewards, steps }
        };
        assert_eq!(rewarded(20.0).goals(&[0.0, 30.0]), [10.0, 11.0]);
        assert_eq!(rewarded(5.0).goals(&[0.0]), [2.0]);
    }
}
