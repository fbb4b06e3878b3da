//! Everything that is measured of one policy: coverage, goal reaching, the geometry of its latent space.
//!
//! Coverage: Park et al., METRA, 2024, app. F.1. Rollouts of the policy's mode, one skill each, drawn from the prior;
//! distinct squares of edge [`Spec::bin`](freeroam_envs::Spec::bin) over all positions. Repeated with fresh skills and
//! starts; the interval is a bootstrap over repeats, or over goals.

use freeroam_agents::{Act, Policy, RolloutConfig, Rollouts, RunConfig, Seen, rollout};
use freeroam_envs::{CellCounter, GoalPlaces, Lanes, LanesConfig, Spec, Stream, World};

use crate::EvalError;
use crate::goals::{GoalPolicy, GoalRollouts, directed, draw_goals, reach};
use crate::planning::{Midpoints, planned};
use crate::prompts::{place_rewards, prompt};
use crate::report::{Prompted, Solved};
use crate::stats::{Estimate, Scores, bootstrap, bootstrap_ratio};
use crate::tasks::{draw_tasks, solve};

/// One policy in one world, under the evaluation settings of a run.
pub struct Measure<'a> {
    /// The run's settings.
    pub config: &'a RunConfig,
    /// The world.
    pub world: &'a World,
    /// Steps of an episode.
    pub horizon: u32,
}

/// What the skills of a policy show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Distinct cells of a measurement.
    pub coverage: Estimate,
    /// Sum of the world's own rewards of an episode.
    pub task_return: Estimate,
    /// The episodes of the first measurement.
    pub first: SkillRollouts,
}

/// Episodes of one coverage measurement.
#[derive(Clone, Debug)]
pub struct SkillRollouts {
    /// Trajectories.
    pub rollouts: Rollouts,
    /// Task of each episode, `[episodes, task]` row by row.
    pub tasks: Vec<f32>,
}

/// Pairs of states: how far apart in latent space and along the shortest path.
#[derive(Clone, Debug, Default)]
pub struct Distances {
    /// Shortest-path distances, metres.
    pub path: Vec<f64>,
    /// Latent distances.
    pub latent: Vec<f64>,
}

impl<'a> Measure<'a> {
    /// Measures under the settings `config` in `world`.
    ///
    /// # Errors
    /// When the world cannot be made.
    pub fn new(config: &'a RunConfig, world: &'a World) -> Result<Self, EvalError> {
        let horizon =
            Lanes::new(world, LanesConfig { horizon: config.collect.horizon, ..LanesConfig::default() })?.horizon();
        Ok(Self { config, world, horizon })
    }

    fn spec(&self) -> &Spec {
        self.world.spec()
    }

    fn episodes(&self, episodes: usize, seed: u64) -> RolloutConfig {
        RolloutConfig { episodes, horizon: self.horizon, threads: self.config.threads(), seed }
    }

    fn stream(&self, purpose: &str, repeat: usize) -> Stream {
        Stream::new(self.config.seed, purpose, repeat as u64)
    }

    /// Mean of `values` with its interval.
    fn mean(&self, values: impl IntoIterator<Item = f64>) -> Result<Estimate, EvalError> {
        let scores = Scores::of_task(values)?;
        bootstrap(&scores, Scores::mean, self.config.evaluate.resamples, &mut self.stream("bootstrap", 0))
    }

    /// Distinct cells of all positions.
    fn cells(&self, rollouts: &Rollouts) -> Result<f64, EvalError> {
        let mut cells = CellCounter::new(self.spec().bin)?;
        for [x, y] in rollouts.positions.iter().flatten() {
            cells.insert(*x, *y);
        }
        Ok(cells.len() as f64)
    }

    /// Coverage and return of a policy's skills.
    ///
    /// # Errors
    /// When the world fails.
    pub fn skills(&self, policy: &Policy) -> Result<Shown, EvalError> {
        let (mut counts, mut returns) = (Vec::new(), Vec::new());
        let mut first = None;
        for repeat in 0..self.config.evaluate.repeats {
            let mut stream = self.stream("evaluation skills", repeat);
            let tasks = policy.evaluation_tasks(self.config.evaluate.rollouts, &mut stream);
            let config = self.episodes(self.config.evaluate.rollouts, stream.bits());
            let rollouts = rollout(self.world, config, None, &mut |observations| {
                policy.act(observations, &tasks, Act::Mode, &mut stream)
            })?;
            counts.push(self.cells(&rollouts)?);
            returns.extend_from_slice(&rollouts.returns);
            first.get_or_insert(SkillRollouts { rollouts, tasks });
        }
        let first = first
            .ok_or_else(|| EvalError::Empty { what: "evaluate.repeats".into(), expected: "one measurement".into() })?;
        Ok(Shown { coverage: self.mean(counts)?, task_return: self.mean(returns)?, first })
    }

    /// Coverage and return of uniform random actions under the same protocol.
    ///
    /// # Errors
    /// When the world fails.
    pub fn random(&self) -> Result<(Estimate, Estimate), EvalError> {
        let (mut counts, mut returns) = (Vec::new(), Vec::new());
        for repeat in 0..self.config.evaluate.repeats {
            let mut stream = self.stream("evaluation random", repeat);
            let config = self.episodes(self.config.evaluate.rollouts, stream.bits());
            let actions = self.spec().action.len();
            let rollouts = rollout(self.world, config, None, &mut |observations| {
                uniform(observations.len() / self.spec().observation.len() * actions, &mut stream)
            })?;
            counts.push(self.cells(&rollouts)?);
            returns.extend_from_slice(&rollouts.returns);
        }
        Ok((self.mean(counts)?, self.mean(returns)?))
    }

    /// Goal reaching of a policy by latent direction.
    ///
    /// # Errors
    /// When the world fails.
    pub fn goals(&self, policy: &Policy) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation tasks", 0);
        let mut act = directed(policy, &mut stream);
        self.towards_goals(&mut act)
    }

    /// The same goals under uniform random actions.
    ///
    /// # Errors
    /// When the world fails.
    pub fn random_goals(&self) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation random", 0);
        let (numbers, actions) = (self.spec().observation.len(), self.spec().action.len());
        self.towards_goals(&mut |observations, _| uniform(observations.len() / numbers * actions, &mut stream))
    }

    /// Goals are a function of the run's seed alone, so that every policy gets the same ones.
    fn towards_goals(&self, act: &mut GoalPolicy<'_>) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation goals", 0);
        let goals = draw_goals(self.spec(), self.config.evaluate.goals, &mut stream)?;
        reach(self.world, self.episodes(goals.len(), stream.bits()), None, &goals, act)
    }

    /// Success on the tasks of the maze: going straight, by midpoints among `seen` where the settings ask for them, and by
    /// uniform random actions; nothing without tasks, or for policies that cannot point to a goal.
    ///
    /// # Errors
    /// When the world fails.
    pub fn tasks(&self, policy: &Policy, seen: Option<&Seen>) -> Result<Option<Solved>, EvalError> {
        if self.spec().position.is_empty() || !policy.points_to_goals() {
            return Ok(None);
        }
        let mut stream = self.stream("evaluation of tasks", 0);
        let each = self.config.evaluate.episodes;
        let pairs = draw_tasks(self.world, each, &mut stream);
        if pairs.is_empty() {
            return Ok(None);
        }
        let config = RolloutConfig { horizon: self.spec().horizon, ..self.episodes(pairs.len(), stream.bits()) };
        let scores = |act: &mut GoalPolicy<'_>| -> Result<Scores, EvalError> {
            let success = solve(self.world, config, &pairs, act)?.success;
            Scores::new(success.chunks(each).map(<[f64]>::to_vec).collect())
        };
        let mean = |scores: &Scores| {
            bootstrap(scores, Scores::mean, self.config.evaluate.resamples, &mut self.stream("bootstrap", 0))
        };
        let straight = scores(&mut directed(policy, &mut self.stream("evaluation tasks", 0)))?;
        let midpoints = match (seen, self.config.evaluate.midpoints) {
            (None, _) | (_, 0) => None,
            (Some(seen), rounds) => {
                let states = self.config.evaluate.midpoint_states * self.spec().observation.len();
                Midpoints::new(policy, &seen.observation[..states.min(seen.observation.len())], rounds)
            }
        };
        let by_midpoints = match midpoints {
            Some(midpoints) => {
                Some(mean(&scores(&mut planned(policy, &midpoints, &mut self.stream("evaluation tasks", 0)))?)?)
            }
            None => None,
        };
        let mut noise = self.stream("evaluation random", 0);
        let (numbers, actions) = (self.spec().observation.len(), self.spec().action.len());
        let random = scores(&mut |observations, _| uniform(observations.len() / numbers * actions, &mut noise))?;
        Ok(Some(Solved {
            success: mean(&straight)?,
            each: straight.tasks().iter().map(|runs| runs.iter().sum::<f64>() / runs.len() as f64).collect(),
            by_midpoints,
            random: mean(&random)?,
        }))
    }

    /// Mean reward per step under the skills that are found for rewards of the maze from `seen`, beside that of uniform random
    /// actions from the same starts, which are anywhere; empty outside mazes and for policies that take no prompts.
    ///
    /// # Errors
    /// When the world fails.
    pub fn prompts(&self, policy: &Policy, seen: Option<&Seen>) -> Result<Vec<Prompted>, EvalError> {
        let Some((layout, seen)) = self.spec().layout.as_ref().zip(seen) else { return Ok(Vec::new()) };
        if self.spec().position.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = self.config.evaluate.prompt_samples * self.spec().observation.len();
        let numbers = numbers.min(seen.next_observation.len());
        let seen = Seen { observation: Vec::new(), next_observation: seen.next_observation[..numbers].to_vec() };
        let rewards = place_rewards(layout);
        let mut skills = Vec::new();
        for reward in &rewards {
            match prompt(policy, self.spec(), &seen, reward) {
                Some(skill) => skills.push(skill),
                None => return Ok(Vec::new()),
            }
        }
        let mut stream = self.stream("evaluation of rewards", 0);
        let places = GoalPlaces::new(self.spec())?;
        let episodes = self.config.evaluate.rollouts;
        let starts: Vec<[f64; 2]> = (0..episodes).map(|_| places.draw(&mut stream)).collect();
        let config = self.episodes(episodes, stream.bits());
        let actions = self.spec().action.len();
        let random = rollout(self.world, config, Some(&starts), &mut |_| uniform(episodes * actions, &mut stream))?;
        let mut out = Vec::new();
        for (reward, skill) in rewards.iter().zip(&skills) {
            let tasks = skill.repeat(episodes);
            let shown = rollout(self.world, config, Some(&starts), &mut |observations| {
                policy.act(observations, &tasks, Act::Mode, &mut stream)
            })?;
            let mean = |path: &Vec<[f64; 2]>| {
                path.iter().skip(1).map(|place| reward.at(*place)).sum::<f64>() / (path.len() - 1).max(1) as f64
            };
            let [policy, random] =
                [&shown, &random].map(|rollouts| Scores::of_task(rollouts.positions.iter().map(mean)));
            let (policy, random) = (policy?, random?);
            let resamples = self.config.evaluate.resamples;
            let interval = |scores| bootstrap(scores, Scores::mean, resamples, &mut self.stream("bootstrap", 0));
            out.push(Prompted {
                name: reward.name.into(),
                reward: reward.words.into(),
                policy: interval(&policy)?,
                random: interval(&random)?,
                ratio: bootstrap_ratio(&policy, &random, resamples, &mut self.stream("bootstrap", 0))?,
            });
        }
        Ok(out)
    }

    /// Mean over goals of `values`, with its interval.
    ///
    /// # Errors
    /// When there are no goals.
    pub fn over_goals(&self, values: &[f64]) -> Result<Estimate, EvalError> {
        self.mean(values.iter().copied())
    }

    /// Latent against shortest-path distance over random pairs of states that the skills visited; nothing for
    /// objectives without a latent space.
    #[must_use]
    pub fn distances(&self, policy: &Policy, skills: &SkillRollouts) -> Option<Distances> {
        const PAIRS: usize = 2000;
        let mut stream = self.stream("evaluation pairs", 0);
        let Rollouts { observation: size, episodes, positions, .. } = &skills.rollouts;
        let mut places = Vec::with_capacity(2 * PAIRS);
        let mut state = || {
            let episode = stream.below(episodes.len());
            let step = stream.below(positions[episode].len());
            places.push(positions[episode][step]);
            &episodes[episode][step * size..(step + 1) * size]
        };
        let states: Vec<f32> = (0..2 * PAIRS).flat_map(|_| state().to_vec()).collect();
        let (latents, dim) = policy.embed(&states)?;
        let mut out = Distances::default();
        for pair in 0..PAIRS {
            let latent = |i: usize| &latents[i * dim..(i + 1) * dim];
            let (a, b) = (2 * pair, 2 * pair + 1);
            let (from, to) = (places[a], places[b]);
            let path = match &self.spec().layout {
                Some(layout) => layout.path_length(from, to),
                None => Some((from[0] - to[0]).hypot(from[1] - to[1])),
            };
            let Some(path) = path else { continue };
            let square: f32 = latent(a).iter().zip(latent(b)).map(|(a, b)| (a - b) * (a - b)).sum();
            out.path.push(path);
            out.latent.push(f64::from(square.sqrt()));
        }
        Some(out)
    }
}

fn uniform(count: usize, stream: &mut Stream) -> Vec<f32> {
    let mut actions = vec![0.0; count];
    stream.fill_uniform(-1.0, 1.0, &mut actions);
    actions
}
