//! Everything that is measured of one policy: coverage, goal reaching, the geometry of its latent space.
//!
//! Coverage: Park et al., METRA, 2024, app. F.1. Rollouts of the policy's mode, one skill each, drawn from the prior;
//! distinct squares of edge [`Spec::bin`](freeroam_envs::Spec::bin) over all positions. Repeated with fresh skills and
//! starts; the interval is a bootstrap over repeats, or over goals.

use freeroam_agents::{Act, Eyes, Playing, Policy, RolloutConfig, Rollouts, RunConfig, rollout};
use freeroam_envs::{CellCounter, Lanes, LanesConfig, Spec, Stream, World};

use crate::EvalError;
use crate::goals::{GoalPolicy, GoalRollouts, directed, draw_goals, reach};
use crate::stats::{Estimate, Scores, bootstrap};

/// One policy in one world, under the evaluation settings of a run.
pub struct Measure<'a> {
    /// The run's settings.
    pub config: &'a RunConfig,
    /// The world.
    pub world: &'a World,
    /// Steps of an episode.
    pub horizon: u32,
}

/// What a policy reaches.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Distinct cells of a measurement.
    pub coverage: Estimate,
    /// Sum of the world's own rewards of an episode.
    pub task_return: Estimate,
    /// What the world's gauges say of an episode, mean over those of which they say anything, in their order.
    pub gauges: Vec<Option<Estimate>>,
}

/// What the skills of a policy show.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What they reach.
    pub reached: Reached,
    /// The episodes of the first measurement.
    pub first: SkillRollouts,
}

/// Numbers of several measurements.
struct Tally<'a> {
    measure: &'a Measure<'a>,
    counts: Vec<f64>,
    returns: Vec<f64>,
    gauges: Vec<Vec<f64>>,
}

impl<'a> Tally<'a> {
    fn new(measure: &'a Measure<'a>) -> Self {
        let gauges = vec![Vec::new(); measure.spec().roles.gauges.len()];
        Self { measure, counts: Vec::new(), returns: Vec::new(), gauges }
    }

    fn add(&mut self, rollouts: &Rollouts) -> Result<(), EvalError> {
        self.counts.push(self.measure.cells(rollouts)?);
        self.returns.extend_from_slice(&rollouts.returns);
        for (gauge, values) in self.measure.spec().roles.gauges.iter().zip(&mut self.gauges) {
            values.extend(rollouts.read(gauge));
        }
        Ok(())
    }

    fn reached(self) -> Result<Reached, EvalError> {
        let mean = |values: Vec<f64>| self.measure.mean(values);
        let read = |values: Vec<f64>| if values.is_empty() { Ok(None) } else { mean(values).map(Some) };
        Ok(Reached {
            coverage: mean(self.counts)?,
            task_return: mean(self.returns)?,
            gauges: self.gauges.into_iter().map(read).collect::<Result<_, EvalError>>()?,
        })
    }
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

    pub(crate) fn spec(&self) -> &Spec {
        self.world.spec()
    }

    pub(crate) fn episodes(&self, episodes: usize, seed: u64) -> RolloutConfig {
        RolloutConfig { episodes, horizon: self.horizon, threads: self.config.threads(), seed }
    }

    pub(crate) fn stream(&self, purpose: &str, repeat: usize) -> Stream {
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

    /// What a policy's skills reach.
    ///
    /// # Errors
    /// When the world fails.
    pub fn skills(&self, policy: &Policy) -> Result<Shown, EvalError> {
        let mut tally = Tally::new(self);
        let mut first = None;
        for repeat in 0..self.config.evaluate.repeats {
            let mut stream = self.stream("evaluation skills", repeat);
            let tasks = policy.evaluation_tasks(self.config.evaluate.rollouts, &mut stream);
            let config = self.episodes(self.config.evaluate.rollouts, stream.bits());
            let mut playing = Playing::new(policy, tasks.clone(), config.episodes);
            let rollouts = rollout(self.world, config, None, policy.eyes(), &mut |observations| {
                playing.act(observations, Act::Mode, &mut stream)
            })?;
            tally.add(&rollouts)?;
            first.get_or_insert(SkillRollouts { rollouts, tasks });
        }
        let first = first
            .ok_or_else(|| EvalError::Empty { what: "evaluate.repeats".into(), expected: "one measurement".into() })?;
        Ok(Shown { reached: tally.reached()?, first })
    }

    /// What uniform random actions reach under the same protocol.
    ///
    /// # Errors
    /// When the world fails.
    pub fn random(&self) -> Result<Reached, EvalError> {
        let mut tally = Tally::new(self);
        for repeat in 0..self.config.evaluate.repeats {
            let mut stream = self.stream("evaluation random", repeat);
            let config = self.episodes(self.config.evaluate.rollouts, stream.bits());
            let actions = self.spec().action.len();
            let rollouts = rollout(self.world, config, None, None, &mut |observations| {
                uniform(observations.len() / self.spec().observation.len() * actions, &mut stream)
            })?;
            tally.add(&rollouts)?;
        }
        tally.reached()
    }

    /// Goal reaching of a policy by latent direction.
    ///
    /// # Errors
    /// When the world fails.
    pub fn goals(&self, policy: &Policy) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation tasks", 0);
        let mut act = directed(policy, &mut stream);
        self.towards_goals(policy.eyes(), &mut act)
    }

    /// The same goals under uniform random actions.
    ///
    /// # Errors
    /// When the world fails.
    pub fn random_goals(&self) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation random", 0);
        let (numbers, actions) = (self.spec().observation.len(), self.spec().action.len());
        self.towards_goals(None, &mut |observations, _| uniform(observations.len() / numbers * actions, &mut stream))
    }

    /// Goals are a function of the run's seed alone, so that every policy gets the same ones.
    fn towards_goals(&self, eyes: Option<&Eyes>, act: &mut GoalPolicy<'_>) -> Result<GoalRollouts, EvalError> {
        let mut stream = self.stream("evaluation goals", 0);
        let goals = draw_goals(self.spec(), self.config.evaluate.goals, &mut stream)?;
        reach(self.world, self.episodes(goals.len(), stream.bits()), None, &goals, eyes, act)
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
        let Rollouts { row: size, episodes, positions, .. } = &skills.rollouts;
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

/// Numbers uniform in `[-1, 1]`.
pub(crate) fn uniform(count: usize, stream: &mut Stream) -> Vec<f32> {
    let mut actions = vec![0.0; count];
    stream.fill_uniform(-1.0, 1.0, &mut actions);
    actions
}
