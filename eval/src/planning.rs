//! Midpoints on the way to a goal, by nearest neighbours in a latent space whose distances are those of walking.
//!
//! Park, Kreiman and Levine, HILP, 2024, section 5.2. A state halfway between two others is one whose larger distance to
//! them is least. Among states of the data, at every step:
//!
//! ```text
//! e <- phi(g)
//! repeat:  e <- mean of the nearest phi(w) by max(|phi(w) - phi(s)|, |phi(w) - e|)
//! z <- the task along e - phi(s)
//! ```

use burn::tensor::{Device, Tensor};
use freeroam_agents::{Act, Playing, Policy};
use freeroam_envs::Stream;
use freeroam_trainer::nn::{numbers, tensor};

/// Whether skills of `policy` are ways in its latent space: as many numbers, and paid by what is gained along them.
pub(crate) fn follows_latents(policy: &Policy) -> bool {
    let dim = || policy.embed(&vec![0.0; policy.observation()]).map(|(_, dim)| dim);
    policy.objective.telescopes() && dim() == Some(policy.tasks().dim())
}

/// Latent places of states from which midpoints are made.
pub struct Midpoints {
    /// `phi(w)`, `[states, D]`.
    latents: Vec<f32>,
    /// The same turned, `[D, states]`, and half its squared lengths, `[1, states]`.
    turned: Tensor<2>,
    halves: Tensor<2>,
    dim: usize,
    rounds: usize,
    nearest: usize,
}

/// Midpoints are means of so many states at most. HILP: 50 of 50,000.
const NEAREST: usize = 50;

impl Midpoints {
    /// Among raw `observations`, `[states, observation]` row by row, in `rounds` rounds; nothing for policies without skills
    /// along the ways of a latent space. A midpoint is the mean of a hundredth of the states, at most 50 of them.
    #[must_use]
    pub fn new(policy: &Policy, observations: &[f32], rounds: usize) -> Option<Self> {
        let (latents, dim) = follows_latents(policy).then(|| policy.embed(observations))??;
        let states = latents.len() / dim;
        let turned = tensor(latents.clone(), states, dim, &Device::flex()).transpose();
        let halves = turned.clone().square().sum_dim(0) * 0.5;
        Some(Self { latents, turned, halves, dim, rounds, nearest: (states / 100).clamp(1, NEAREST) })
    }

    /// Half the squared distances from each of `rows`, `[rows, D]`, to all states, less half the squared length of the row.
    fn distances(&self, rows: &[f32]) -> Vec<f32> {
        let rows = tensor(rows.to_vec(), rows.len() / self.dim, self.dim, &Device::flex());
        numbers(self.halves.clone() - rows.matmul(self.turned.clone()))
    }

    /// Replaces the places to go to, `[rows, D]`, by midpoints on the way from `from`, `[rows, D]`.
    fn halve(&self, from: &[f32], to: &mut [f32]) {
        let half_square = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>() * 0.5;
        let states = self.latents.len() / self.dim;
        let starts = self.distances(from);
        for _ in 0..self.rounds {
            let ends = self.distances(to);
            let targets = to.chunks_exact_mut(self.dim).zip(from.chunks_exact(self.dim));
            for ((target, start), (ends, starts)) in
                targets.zip(ends.chunks_exact(states).zip(starts.chunks_exact(states)))
            {
                let (to_start, to_end) = (half_square(start), half_square(target));
                let mut farther: Vec<(f32, usize)> =
                    ends.iter().zip(starts).map(|(end, start)| (end + to_end).max(start + to_start)).zip(0..).collect();
                let last = self.nearest - 1;
                farther.select_nth_unstable_by(last, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                target.fill(0.0);
                // In the order of the states, so that the sum is the same whatever order the selection leaves.
                let mut chosen: Vec<usize> = farther[..self.nearest].iter().map(|pair| pair.1).collect();
                chosen.sort_unstable();
                for state in chosen {
                    let latent = &self.latents[state * self.dim..][..self.dim];
                    target.iter_mut().zip(latent).for_each(|(sum, x)| *sum += x / self.nearest as f32);
                }
            }
        }
    }
}

/// Actions of `policy` towards goals by way of `midpoints`: the task along the way to the nearest of them, then the policy's
/// mode.
pub fn planned<'a>(
    policy: &'a Policy,
    midpoints: &'a Midpoints,
    stream: &'a mut Stream,
) -> impl FnMut(&[f32], &[f32]) -> Vec<f32> + 'a {
    let mut playing = None;
    move |observations, goals| {
        let latent = |states| policy.embed(states).map(|(latents, _)| latents).unwrap_or_default();
        let (from, mut to) = (latent(observations), latent(goals));
        midpoints.halve(&from, &mut to);
        to.iter_mut().zip(&from).for_each(|(to, from)| *to -= from);
        let rows = to.len() / midpoints.dim;
        let tasks = numbers(policy.tasks().along(tensor(to, rows, midpoints.dim, &Device::flex())));
        let playing = playing.get_or_insert_with(|| Playing::new(policy, Vec::new(), rows));
        playing.act_under(tasks, observations, Act::Mode, stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States on a line: from 0 to 8 the way leads to 4, then 2, then 1.
    #[test]
    fn each_round_halves_the_way() {
        let latents: Vec<f32> = (0..=100).map(|x| x as f32 / 10.0).collect();
        let turned = tensor(latents.clone(), 1, 101, &Device::flex());
        let halves = turned.clone().square() * 0.5;
        for (rounds, expected) in [(1, 4.0), (2, 2.0), (3, 1.0)] {
            let midpoints = Midpoints {
                latents: latents.clone(),
                turned: turned.clone(),
                halves: halves.clone(),
                dim: 1,
                rounds,
                nearest: 1,
            };
            let mut to = [8.0];
            midpoints.halve(&[0.0], &mut to);
            assert!((to[0] - expected).abs() < 0.11, "{rounds} rounds lead to {}", to[0]);
        }
    }
}
