//! Skills for rewards that are named after the training.
//!
//! A policy whose reward was `(phi(s') - phi(s))^T z` does for the discounted sum of `phi(s)^T z` what is best, since the
//! differences telescope. A reward of states is therefore prompted by the direction in which `phi` follows it (Park et al., HILP,
//! 2024, section 5.1):
//!
//! ```text
//! z <- argmin_w sum_i (r(s'_i) - (phi(s'_i) - mean phi)^T w)^2 over transitions of the training, scaled to the law of tasks
//! ```
//!
//! Centring makes `z` the same for `r` and `r + 1`. The rewards are of places in a maze, between 0 and 1 per step. Where midpoints
//! are asked for, the states that these labels reward are gone to as well.

use burn::tensor::Device;
use freeroam_agents::{Act, Eyes, Playing, Policy, Rollouts, Seen, rollout};
use freeroam_envs::maze::Layout;
use freeroam_envs::{GoalPlaces, Spec};
use freeroam_objectives::TaskLaw;
use freeroam_trainer::nn::{numbers, tensor};

use crate::EvalError;
use crate::earning::Rewarded;
use crate::measure::{Measure, uniform};
use crate::planning::{Guide, Midpoints, follows_latents};
use crate::report::Prompted;
use crate::stats::{Scores, bootstrap, bootstrap_ratio, least_squares};

/// A reward of where a body is.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceReward {
    /// Name, such as `middle`.
    pub name: &'static str,
    /// What is rewarded, in words.
    pub words: &'static str,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// 1 where both coordinates are at least these, metres.
    Beyond([f64; 2]),
    /// 1 at the place, falling linearly to 0 as far away as that, metres.
    Near([f64; 2], f64),
}

impl PlaceReward {
    /// The reward of being at a place (x, y), metres; 0 to 1.
    #[must_use]
    pub fn at(&self, [x, y]: [f64; 2]) -> f64 {
        match self.shape {
            Shape::Beyond([east, north]) => f64::from(u8::from(x >= east && y >= north)),
            Shape::Near([at_x, at_y], within) => (1.0 - (x - at_x).hypot(y - at_y) / within).max(0.0),
        }
    }

    /// The reward of being where the bodies of `observations` are, `[rows, width]`.
    fn labels(&self, spec: &Spec, observations: &[f32], width: usize) -> Vec<f64> {
        observations.chunks_exact(width).map(|row| self.at(spec.place(row))).collect()
    }

    /// Mean over the steps of a path.
    fn mean(&self, path: &[[f64; 2]]) -> f64 {
        path.iter().skip(1).map(|place| self.at(*place)).sum::<f64>() / path.len().saturating_sub(1).max(1) as f64
    }
}

/// The rewards of a maze: one for a corner, one for an edge and one for a place between them.
#[must_use]
pub fn place_rewards(layout: &Layout) -> Vec<PlaceReward> {
    let (low, high) = layout.free_bounds();
    let middle = [0, 1].map(|k| f64::midpoint(low[k], high[k]));
    let away = |place: &[f64; 2]| (place[0] - middle[0]).hypot(place[1] - middle[1]);
    let centres = layout.free_cells().into_iter().map(|cell| layout.centre(cell));
    let Some(central) = centres.min_by(|a, b| away(a).total_cmp(&away(b))) else { return Vec::new() };
    vec![
        PlaceReward {
            name: "corner",
            words: "1 in the corner of largest x and y, three cells wide, or a third of the maze where that is less",
            shape: Shape::Beyond([0, 1].map(|k| high[k] - (3.0 * layout.cell).min((high[k] - low[k]) / 3.0))),
        },
        PlaceReward {
            name: "edge",
            words: "1 in the last column of cells along x",
            shape: Shape::Beyond([high[0] - layout.cell, f64::NEG_INFINITY]),
        },
        PlaceReward {
            name: "middle",
            words: "1 at the centre of the free cell nearest the middle, falling to 0 one cell away",
            shape: Shape::Near(central, layout.cell),
        },
    ]
}

/// Whether skills of `policy` are directions in its latent space, which is what a reward can be turned into.
#[must_use]
pub fn takes_prompts(policy: &Policy) -> bool {
    matches!(policy.tasks(), TaskLaw::Sphere(_) | TaskLaw::Normal(_)) && follows_latents(policy)
}

/// Latent places `[states, dim]` less their mean.
fn centred(latents: &[f32], dim: usize) -> Vec<f32> {
    let mut latents = latents.to_vec();
    let rows = latents.len() / dim;
    for k in 0..dim {
        let mean = latents.iter().skip(k).step_by(dim).map(|x| f64::from(*x)).sum::<f64>() / rows.max(1) as f64;
        latents.iter_mut().skip(k).step_by(dim).for_each(|x| *x -= mean as f32);
    }
    latents
}

/// The skill for rewards of states at `centred` latent places, `[states, dim]`: a task of the policy, `[task]`.
#[must_use]
pub fn prompt(policy: &Policy, centred: &[f32], dim: usize, rewards: &[f64]) -> Vec<f32> {
    let direction: Vec<f32> = least_squares(centred, dim, rewards).into_iter().map(|x| x as f32).collect();
    // The direction alone counts; at unit length it is far from what rounding loses.
    let length = direction.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    let unit = direction.into_iter().map(|x| x / length).collect();
    numbers(policy.tasks().along(tensor(unit, 1, dim, &Device::flex())))
}

impl Measure<'_> {
    /// Mean reward per step under the skills that are found for rewards of the maze from `seen`, and by way of `midpoints` to the
    /// states that earn most, beside that of uniform random actions from the same starts, which are anywhere; empty outside mazes
    /// and for policies that take no prompts.
    ///
    /// # Errors
    /// When the world fails.
    pub fn prompts(
        &self,
        policy: &Policy,
        seen: Option<&Seen>,
        midpoints: Option<&Midpoints>,
    ) -> Result<Vec<Prompted>, EvalError> {
        let Some((layout, seen)) = self.spec().layout.as_ref().zip(seen) else { return Ok(Vec::new()) };
        if self.spec().position.is_empty() || !takes_prompts(policy) {
            return Ok(Vec::new());
        }
        let numbers = self.config.evaluate.prompt_samples * policy.observation();
        let states = &seen.next_observation[..numbers.min(seen.next_observation.len())];
        let Some((latents, dim)) = policy.embed(states) else { return Ok(Vec::new()) };
        let centred = centred(&latents, dim);
        let mut stream = self.stream("evaluation of rewards", 0);
        let places = GoalPlaces::new(self.spec())?;
        let episodes = self.config.evaluate.rollouts;
        let starts: Vec<[f64; 2]> = (0..episodes).map(|_| places.draw(&mut stream)).collect();
        let config = self.episodes(episodes, stream.bits());
        let play = |eyes: Option<&Eyes>, act: &mut dyn FnMut(&[f32]) -> Vec<f32>| {
            rollout(self.world, config, Some(&starts), eyes, act)
        };
        let actions = self.spec().action.len();
        let random = play(None, &mut |_| uniform(episodes * actions, &mut stream))?;
        let resamples = self.config.evaluate.resamples;
        let mut out = Vec::new();
        for reward in place_rewards(layout) {
            let means = |shown: &Rollouts| shown.positions.iter().map(|path| reward.mean(path)).collect::<Vec<f64>>();
            let random = means(&random);
            let interval = |means: &[f64]| {
                let scores = Scores::of_task(means.iter().copied())?;
                bootstrap(&scores, Scores::mean, resamples, &mut self.stream("bootstrap", 0))
            };
            // Episodes are pairs: those of one number begin at the same place.
            let ratio = |means: &[f64]| bootstrap_ratio(means, &random, resamples, &mut self.stream("bootstrap", 0));
            let labels = reward.labels(self.spec(), states, policy.observation());
            let skill = prompt(policy, &centred, dim, &labels);
            let mut playing = Playing::new(policy, skill.repeat(episodes), episodes);
            let prompted = play(policy.eyes(), &mut |rows| playing.act(rows, Act::Mode, &mut stream))?;
            let prompted = means(&prompted);
            let rewarded = || Rewarded::new(&latents, dim, &labels, self.horizon);
            let by_midpoints = match midpoints.and_then(|midpoints| Some((midpoints, rewarded()?))) {
                Some((midpoints, rewarded)) => {
                    let mut stream = self.stream("evaluation of rewards", 1);
                    let mut guide = Guide::new(policy, midpoints, &mut stream);
                    let led = play(policy.eyes(), &mut |rows| guide.act(rows, |from| rewarded.goals(from)))?;
                    Some(ratio(&means(&led))?)
                }
                None => None,
            };
            out.push(Prompted {
                name: reward.name.into(),
                reward: reward.words.into(),
                policy: interval(&prompted)?,
                random: interval(&random)?,
                ratio: ratio(&prompted)?,
                by_midpoints,
            });
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_of_the_large_maze_are_where_they_say() {
        let layout = Layout::large();
        let rewards = place_rewards(&layout);
        assert_eq!(rewards.iter().map(|reward| reward.name).collect::<Vec<_>>(), ["corner", "edge", "middle"]);
        let cells: Vec<[f64; 2]> = layout.free_cells().into_iter().map(|cell| layout.centre(cell)).collect();
        for reward in &rewards {
            let share = cells.iter().map(|cell| reward.at(*cell)).sum::<f64>() / cells.len() as f64;
            assert!((0.01..0.25).contains(&share), "{}: {share} of the cells", reward.name);
        }
    }
}
