//! Midpoints on the way to a goal, by nearest neighbours in a latent space whose distances are those of walking.
//!
//! Park, Kreiman and Levine, HILP, 2024, section 5.2. A state halfway between two others is one whose larger distance to
//! them is least. Among states of the data, at every step:
//!
//! ```text
//! e <- phi(g)
//! repeat some rounds, while |e - phi(s)| > reach:  e <- mean of the nearest phi(w) by max(|phi(w) - phi(s)|, |phi(w) - e|)
//! z <- the task along e - phi(s)
//! ```
//!
//! Differences from the official code: short ways are not halved. Midpoints of a way that is about as long as their own spread are
//! where the body is already, and it would stop before the goal.

use burn::tensor::{Device, Tensor};
use freeroam_agents::{Act, Playing, Policy, Seen};
use freeroam_envs::Stream;
use freeroam_trainer::nn::{numbers, tensor};

use crate::measure::Measure;

/// Whether skills of `policy` are ways in its latent space: as many numbers, and paid by what is gained along them.
pub(crate) fn follows_latents(policy: &Policy) -> bool {
    let dim = || policy.embed(&vec![0.0; policy.observation()]).map(|(_, dim)| dim);
    policy.objective.telescopes() && dim() == Some(policy.tasks().dim())
}

/// Latent places of states.
pub(crate) struct Latents {
    /// `phi(w)`, `[states, D]`.
    places: Vec<f32>,
    /// The same turned, `[D, states]`, and half its squared lengths, `[1, states]`.
    turned: Tensor<2>,
    halves: Tensor<2>,
    dim: usize,
}

impl Latents {
    /// Of `places`, `[states, dim]` row by row.
    pub(crate) fn new(places: Vec<f32>, dim: usize) -> Self {
        let turned = tensor(places.clone(), places.len() / dim, dim, &Device::flex()).transpose();
        let halves = turned.clone().square().sum_dim(0) * 0.5;
        Self { places, turned, halves, dim }
    }

    /// Numbers of a latent place.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// Latent place of a state, `[D]`.
    pub(crate) fn place(&self, state: usize) -> &[f32] {
        &self.places[state * self.dim..][..self.dim]
    }

    /// Half the squared distances from a latent place to all states; rounding may make them a little less than 0.
    pub(crate) fn half_squares(&self, place: &[f32]) -> Vec<f32> {
        let half_square = place.iter().map(|x| x * x).sum::<f32>() * 0.5;
        let place = tensor(place.to_vec(), 1, self.dim, &Device::flex());
        numbers(self.halves.clone() - place.matmul(self.turned.clone()) + half_square)
    }
}

/// States from which midpoints are made.
pub struct Midpoints {
    states: Latents,
    halving: Halving,
    nearest: usize,
}

/// How often ways are halved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Halving {
    /// Rounds at most.
    pub rounds: usize,
    /// Latent distance up to which a way is not halved.
    pub reach: f32,
}

/// Midpoints are means of so many states at most. HILP: 50 of 50,000.
const NEAREST: usize = 50;

impl Midpoints {
    /// Among raw `observations`, `[states, observation]` row by row; nothing for policies without skills along the ways of a
    /// latent space. A midpoint is the mean of a hundredth of the states, at most 50 of them.
    #[must_use]
    pub fn new(policy: &Policy, observations: &[f32], halving: Halving) -> Option<Self> {
        let (places, dim) = follows_latents(policy).then(|| policy.embed(observations))??;
        let nearest = (places.len() / dim / 100).clamp(1, NEAREST);
        Some(Self { states: Latents::new(places, dim), halving, nearest })
    }

    /// Replaces the places to go to, `[rows, D]`, by midpoints on the way from `from`, `[rows, D]`.
    fn halve(&self, from: &[f32], to: &mut [f32]) {
        let dim = self.states.dim;
        for (start, target) in from.chunks_exact(dim).zip(to.chunks_exact_mut(dim)) {
            let starts = self.states.half_squares(start);
            for _ in 0..self.halving.rounds {
                let way = target.iter().zip(start).map(|(to, from)| (to - from) * (to - from)).sum::<f32>().sqrt();
                if way <= self.halving.reach {
                    break;
                }
                let ends = self.states.half_squares(target);
                let chosen = least(ends.iter().zip(&starts).map(|(end, start)| end.max(*start)), self.nearest);
                if chosen.is_empty() {
                    break;
                }
                target.fill(0.0);
                for state in &chosen {
                    let place = self.states.place(*state);
                    target.iter_mut().zip(place).for_each(|(sum, x)| *sum += x / chosen.len() as f32);
                }
            }
        }
    }
}

/// Places of the `count` least of `values` (of equal ones the first), ascending; fewer where fewer are finite.
fn least(values: impl Iterator<Item = f32>, count: usize) -> Vec<usize> {
    let mut kept: Vec<(f32, usize)> = Vec::with_capacity(2 * count);
    // Hardly any value passes once the bound is near the last of the least: one look at each, without a sort of all.
    let mut bound = f32::INFINITY;
    let cut = |kept: &mut Vec<(f32, usize)>| {
        let last = kept.select_nth_unstable_by(count - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).1.0;
        kept.truncate(count);
        last
    };
    for (at, value) in values.enumerate() {
        if value < bound {
            kept.push((value, at));
            if kept.len() == 2 * count {
                bound = cut(&mut kept);
            }
        }
    }
    if kept.len() > count {
        cut(&mut kept);
    }
    let mut places: Vec<usize> = kept.into_iter().map(|(_, at)| at).collect();
    places.sort_unstable();
    places
}

/// Leads a policy along ways in its latent space.
pub(crate) struct Guide<'a> {
    policy: &'a Policy,
    midpoints: &'a Midpoints,
    playing: Option<Playing<'a>>,
    stream: &'a mut Stream,
}

impl<'a> Guide<'a> {
    pub(crate) fn new(policy: &'a Policy, midpoints: &'a Midpoints, stream: &'a mut Stream) -> Self {
        Self { policy, midpoints, playing: None, stream }
    }

    /// Actions at `observations`, `[rows, observation]`. `goals` maps latent places of the rows to those to go to, `[rows, D]` both;
    /// each is replaced by its nearest midpoint, and the policy's mode acts under the task along the way there.
    pub(crate) fn act(&mut self, observations: &[f32], goals: impl FnOnce(&[f32]) -> Vec<f32>) -> Vec<f32> {
        let Self { policy, midpoints, playing, stream } = self;
        let from = latents(policy, observations);
        let mut ways = goals(&from);
        midpoints.halve(&from, &mut ways);
        ways.iter_mut().zip(&from).for_each(|(to, from)| *to -= from);
        let dim = midpoints.states.dim;
        let rows = ways.len() / dim;
        let tasks = numbers(policy.tasks().along(tensor(ways, rows, dim, &Device::flex())));
        let playing = playing.get_or_insert_with(|| Playing::new(policy, Vec::new(), rows));
        playing.act_under(tasks, observations, Act::Mode, stream)
    }
}

fn latents(policy: &Policy, observations: &[f32]) -> Vec<f32> {
    policy.embed(observations).expect("midpoints are of policies with a latent space").0
}

/// Actions of `policy` towards goals by way of `midpoints`.
pub fn planned<'a>(
    policy: &'a Policy,
    midpoints: &'a Midpoints,
    stream: &'a mut Stream,
) -> impl FnMut(&[f32], &[f32]) -> Vec<f32> + 'a {
    let mut guide = Guide::new(policy, midpoints, stream);
    move |observations, goals| guide.act(observations, |_| latents(policy, goals))
}

impl Measure<'_> {
    /// Midpoints among the states that were `seen`, in mazes where the settings ask for them and the policy has a latent space.
    #[must_use]
    pub fn midpoints(&self, policy: &Policy, seen: Option<&Seen>) -> Option<Midpoints> {
        let evaluate = &self.config.evaluate;
        let seen = seen.filter(|_| evaluate.midpoints > 0 && self.spec().layout.is_some())?;
        let numbers = (evaluate.midpoint_states * policy.observation()).min(seen.observation.len());
        let halving = Halving { rounds: evaluate.midpoints, reach: evaluate.midpoint_reach as f32 };
        Midpoints::new(policy, &seen.observation[..numbers], halving)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_are_those_of_a_sort() {
        let mut values = vec![0.0; 1000];
        Stream::new(0, "values", 0).fill_uniform(0.0, 1.0, &mut values);
        values.iter_mut().for_each(|x| *x = (*x * 40.0).floor());
        for count in [1, 7, 50, 1000] {
            let mut sorted: Vec<usize> = (0..values.len()).collect();
            sorted.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            let mut expected = sorted[..count].to_vec();
            expected.sort_unstable();
            assert_eq!(least(values.iter().copied(), count), expected);
        }
    }

    /// States on a line: from 0 to 8 the way leads to 4, then 2, then 1, and no further than a reach.
    #[test]
    fn each_round_halves_the_way() {
        let line: Vec<f32> = (0..=100).map(|x| x as f32 / 10.0).collect();
        for (rounds, reach, expected) in [(1, 0.0, 4.0), (2, 0.0, 2.0), (3, 0.0, 1.0), (3, 3.0, 2.0), (3, 9.0, 8.0)] {
            let halving = Halving { rounds, reach };
            let midpoints = Midpoints { states: Latents::new(line.clone(), 1), halving, nearest: 1 };
            let mut to = [8.0];
            midpoints.halve(&[0.0], &mut to);
            assert!((to[0] - expected).abs() < 0.11, "{rounds} rounds with reach {reach} lead to {}", to[0]);
        }
    }
}
