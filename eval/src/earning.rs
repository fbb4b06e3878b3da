//! Rewards as goals: the states that earn most, less the farther they are.
//!
//! A direction follows a reward as far as the reward is linear in the latent space, and stops where the two part. Where latent
//! distance grows with the steps of a way, labelled states `w` can be gone to instead. From `s`:
//!
//! ```text
//! g <- argmax_w r(w) exp(-|phi(w) - phi(s)| / steps of an episode)
//! ```
//!
//! The way there is that to any goal ([`crate::planning`]). Park et al., HILP, 2024, prompt rewards by directions alone
//! ([`crate::prompts`]).

use crate::planning::Latents;

/// Labelled states with a reward.
pub(crate) struct Rewarded {
    states: Latents,
    /// Logarithms of their rewards.
    rewards: Vec<f32>,
    steps: f32,
}

impl Rewarded {
    /// Of states at the latent places `[states, dim]` those whose `reward` is above 0, for episodes of so many `steps`; nothing where
    /// there are none.
    pub(crate) fn new(latents: &[f32], dim: usize, reward: &[f64], steps: u32) -> Option<Self> {
        let rows = latents.chunks_exact(dim).zip(reward).filter(|(_, reward)| **reward > 0.0);
        let (places, rewards): (Vec<&[f32]>, Vec<f32>) = rows.map(|(row, reward)| (row, reward.ln() as f32)).unzip();
        (!rewards.is_empty()).then(|| Self { states: Latents::new(places.concat(), dim), rewards, steps: steps as f32 })
    }

    /// Latent places to go to from those of `from`, `[rows, D]` both.
    pub(crate) fn goals(&self, from: &[f32]) -> Vec<f32> {
        // The logarithm of what a state is worth does not underflow.
        let worth = |half_square: f32, reward: &f32| reward - (2.0 * half_square.max(0.0)).sqrt() / self.steps;
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

    /// On a line, from 0: a reward of 1 at 10 is worth 0.61 where episodes have 20 steps, one of 0.4 at 2 is worth 0.36. The same
    /// holds from so far away that both numbers would round to 0.
    #[test]
    fn what_earns_more_is_worth_a_longer_way_while_there_is_time() {
        let rewarded =
            |steps| Rewarded::new(&[2.0, 10.0, 11.0, 0.0], 1, &[0.4, 1.0, 1.0, 0.0], steps).expect("has some");
        assert_eq!(rewarded(20).goals(&[0.0, 30.0, -9000.0]), [10.0, 11.0, 10.0]);
        assert_eq!(rewarded(5).goals(&[0.0]), [2.0]);
        assert!(Rewarded::new(&[2.0], 1, &[0.0], 5).is_none());
    }
}
