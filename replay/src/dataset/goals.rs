//! Goals for learning from a data set: later observations of the same episode, observations from anywhere, or the
//! observation itself.
//!
//! The laws are those of OGBench's reference agents (Park et al., 2025; `impls/utils/datasets.py`):
//!
//! ```text
//!  an episode has the observations s_0 .. s_F and the transitions t = 0 .. F - 1
//!
//!  current            g = s_t
//!  future, geometric  g = s_min(t + k, F)                      k ~ Geom(1 - discount), k = 1, 2, ..
//!  future, uniform    g = s_round(u (t + 1) + (1 - u) F)       u ~ U[0, 1)
//!  random             g = s_r                                  r uniform over the transitions of all episodes
//!  success            1 where g is the row of s_t itself, else 0: reward = success - 1, mask = 1 - success
//!
//!  hierarchy          low goal     s_min(t + steps, F)
//!                     high goal    a future or random one
//!                     high target  s_min(t + steps, row of the high goal) if that is a future one, else the low goal
//! ```
//!
//! Success is equality of rows: two rows with equal observations are two places in the data.
//!
//! Differences: `F` is the observation that the episode ended with; in the reference it is the one before, so that the last
//! transition of each episode is its own goal and counts as a success.

use freeroam_envs::Stream;
use serde::{Deserialize, Serialize};

use super::{Dataset, DatasetError, Rows};
use crate::ReplayError;

/// Which later observation of an episode is a goal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FutureLaw {
    /// A geometric number of steps ahead, `1 / (1 - discount)` in the mean, cut at the end of the episode.
    Geometric {
        /// In `[0, 1)`.
        discount: f64,
    },
    /// Uniform from the next observation to the last; these two have half the chance of the others.
    Uniform,
}

impl FutureLaw {
    /// Steps from an observation to its goal where `left` steps are left in the episode, at least 1; 1 to `left`.
    pub(crate) fn steps(self, left: u32, stream: &mut Stream) -> u32 {
        let u = stream.uniform(0.0, 1.0);
        match self {
            Self::Geometric { discount } => {
                // By inversion; 1 - u is in (0, 1], and the cast saturates.
                let steps = ((1.0 - u).ln() / discount.ln()) as u32;
                steps.saturating_add(1).min(left)
            }
            Self::Uniform => (u + (1.0 - u) * f64::from(left)).round() as u32,
        }
    }
}

/// How often a goal is of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalMixture {
    /// Share of goals that are the observation itself, 0 to 1.
    pub current: f64,
    /// Share of goals that lie later in the same episode; the rest, up to 1, are random.
    pub future: f64,
    /// Which later observation.
    pub law: FutureLaw,
}

impl GoalMixture {
    /// Goals of value functions. OGBench, table of hyperparameters: (0.2, 0.5, 0.3), discount 0.99.
    pub const VALUE: Self = Self { current: 0.2, future: 0.5, law: FutureLaw::Geometric { discount: 0.99 } };
    /// Goals of policies on *navigate* data. OGBench, table of hyperparameters: (0, 1, 0), uniform.
    pub const NAVIGATE: Self = Self { current: 0.0, future: 1.0, law: FutureLaw::Uniform };
    /// Goals of policies on *stitch* data. OGBench, table of hyperparameters: (0, 0.5, 0.5), uniform.
    pub const STITCH: Self = Self { current: 0.0, future: 0.5, law: FutureLaw::Uniform };
    /// Goals of policies on *explore* data. OGBench, table of hyperparameters: (0, 0, 1).
    pub const EXPLORE: Self = Self { current: 0.0, future: 0.0, law: FutureLaw::Uniform };

    /// # Errors
    /// [`ReplayError::OutOfRange`] for shares that are no shares, or a discount outside `[0, 1)`.
    pub(crate) fn check(&self) -> Result<(), ReplayError> {
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let Self { current, future, law } = *self;
        let wrong = |what, got: String, expected: &str| {
            Err(ReplayError::OutOfRange { what, got, expected: expected.to_owned() })
        };
        if !share(current) {
            return wrong("share of current goals", current.to_string(), "0 to 1");
        }
        // A little above 1 is what decimal shares may add up to.
        if !share(future) || current + future > 1.0 + 1e-9 {
            let expected = format!("0 to {}, since {current} of the goals are current", 1.0 - current);
            return wrong("share of future goals", future.to_string(), &expected);
        }
        match law {
            FutureLaw::Geometric { discount } if !(0.0..1.0).contains(&discount) => {
                wrong("discount of future goals", discount.to_string(), "0 <= discount < 1")
            }
            _ => Ok(()),
        }
    }
}

/// Goals of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Goals {
    /// Rows of the data set, `[size]`.
    pub rows: Vec<u32>,
    /// The observations there, `[size, observation]`.
    pub observation: Vec<f32>,
}

/// Sampled transitions with goals, struct of arrays. The caller owns it and reuses it: sampling resizes the columns, which
/// allocates only while they grow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GoalBatch {
    /// Transitions to sample, at least 1; the sampler reads it.
    pub size: usize,
    /// Rows of the data set, `[size]`.
    pub rows: Vec<u32>,
    /// `[size, observation]`.
    pub observation: Vec<f32>,
    /// `[size, action]`.
    pub action: Vec<f32>,
    /// `[size, observation]`.
    pub next_observation: Vec<f32>,
    /// Goals of the value function.
    pub value: Goals,
    /// 1 where the goal of the value function is the observation itself, else 0, `[size]`. The usual reward is
    /// `success - 1`, and the value of the next observation counts `1 - success`.
    pub success: Vec<f32>,
    /// Goals of the policy; in a hierarchy those of the upper one.
    pub actor: Goals,
    /// Goals of the lower policy, some steps ahead; empty without a hierarchy.
    pub low: Goals,
    /// What the upper policy is to propose on the way to its goal; empty without a hierarchy.
    pub target: Goals,
}

impl GoalBatch {
    /// An empty batch that a sampler fills with `size` transitions.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.success.clear();
        for goals in [&mut self.value, &mut self.actor, &mut self.low, &mut self.target] {
            goals.rows.clear();
        }
    }
}

/// A transition: its row, and that of the last observation of its episode.
type Transition = [u32; 2];

/// Draws transitions of a data set uniformly, with goals.
///
/// Beside the data set it keeps 8 bytes per transition. Equal streams give equal batches.
///
/// ```
/// use freeroam_replay::Stream;
/// use freeroam_replay::dataset::{Columns, Dataset, GoalBatch, GoalMixture, GoalSampler, Rows};
///
/// let column = |width| Rows { width, values: (0..6 * width).map(|x| x as f32).collect() };
/// let data = Dataset::new(Columns {
///     observations: column(1), // 0 to 5
///     actions: column(1),
///     terminated: vec![false; 6],
///     truncated: vec![false, false, false, false, true, false],
///     starts: vec![0],
///     ..Columns::default()
/// })?;
/// let sampler = GoalSampler::new(data)?;
/// let mut batch = GoalBatch::new(256);
/// sampler.sample(GoalMixture::VALUE, GoalMixture::NAVIGATE, &mut Stream::new(0, "batches", 0), &mut batch)?;
/// assert!(batch.actor.observation[0] > batch.observation[0], "goals of the policy lie ahead");
/// # Ok::<(), freeroam_replay::dataset::DatasetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GoalSampler {
    dataset: Dataset,
    transitions: Vec<Transition>,
}

impl GoalSampler {
    /// A sampler of all transitions of `dataset`.
    ///
    /// # Errors
    /// [`DatasetError::Replay`] with [`ReplayError::Empty`] if there is none; [`DatasetError::Column`] for 2^32 rows or
    /// more.
    pub fn new(dataset: Dataset) -> Result<Self, DatasetError> {
        if u32::try_from(dataset.rows()).is_err() {
            let (got, expected) = (format!("{} rows", dataset.rows()), "less than 2^32".to_owned());
            return Err(DatasetError::Column { column: "observations".to_owned(), got, expected });
        }
        let mut transitions = Vec::with_capacity(dataset.transitions());
        for episode in 0..dataset.episodes() {
            let rows = dataset.episode(episode);
            let last = (rows.end - 1) as u32;
            transitions.extend((rows.start as u32..last).map(|row| [row, last]));
        }
        if transitions.is_empty() {
            return Err(ReplayError::Empty.into());
        }
        Ok(Self { dataset, transitions })
    }

    /// The data set.
    #[must_use]
    pub const fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Fills `batch` with `batch.size` transitions, uniform with replacement, and goals for a value function and a policy.
    ///
    /// # Errors
    /// [`ReplayError::OutOfRange`] if `batch.size` is 0 or a mixture is none.
    pub fn sample(
        &self,
        value: GoalMixture,
        actor: GoalMixture,
        stream: &mut Stream,
        batch: &mut GoalBatch,
    ) -> Result<(), ReplayError> {
        self.begin(&[value, actor], batch)?;
        for _ in 0..batch.size {
            let transition = self.draw(stream);
            self.value(transition, value, stream, batch);
            batch.actor.rows.push(self.goal(transition, actor, stream).0);
        }
        self.gather(batch);
        Ok(())
    }

    /// As [`sample`](Self::sample), for a hierarchy of two policies: the lower one is to reach what is `steps` steps ahead,
    /// the upper one to propose it on the way to a goal of `actor`.
    ///
    /// # Errors
    /// As `sample`, and [`ReplayError::OutOfRange`] if `steps` is 0 or `actor` has current goals.
    pub fn sample_hierarchy(
        &self,
        value: GoalMixture,
        actor: GoalMixture,
        steps: u32,
        stream: &mut Stream,
        batch: &mut GoalBatch,
    ) -> Result<(), ReplayError> {
        self.begin(&[value, actor], batch)?;
        let checks = [
            ("steps to a subgoal", f64::from(steps), steps > 0, "at least 1"),
            ("share of current goals of the upper policy", actor.current, actor.current == 0.0, "0"),
        ];
        if let Some((what, got, _, expected)) = checks.into_iter().find(|check| !check.2) {
            return Err(ReplayError::OutOfRange { what, got: got.to_string(), expected: expected.to_owned() });
        }
        for _ in 0..batch.size {
            let transition @ [row, last] = self.draw(stream);
            self.value(transition, value, stream, batch);
            let low = row.saturating_add(steps).min(last);
            let (goal, same_episode) = self.goal(transition, actor, stream);
            batch.low.rows.push(low);
            batch.actor.rows.push(goal);
            batch.target.rows.push(if same_episode { low.min(goal) } else { low });
        }
        self.gather(batch);
        Ok(())
    }

    fn begin(&self, mixtures: &[GoalMixture], batch: &mut GoalBatch) -> Result<(), ReplayError> {
        mixtures.iter().try_for_each(GoalMixture::check)?;
        if batch.size == 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(ReplayError::OutOfRange { what: "batch.size", got, expected });
        }
        batch.clear();
        Ok(())
    }

    fn draw(&self, stream: &mut Stream) -> Transition {
        self.transitions[stream.below(self.transitions.len())]
    }

    /// Notes a transition, and draws its goal for the value function.
    fn value(&self, transition: Transition, mixture: GoalMixture, stream: &mut Stream, batch: &mut GoalBatch) {
        let [row, _] = transition;
        let (goal, _) = self.goal(transition, mixture, stream);
        batch.rows.push(row);
        batch.value.rows.push(goal);
        batch.success.push(if goal == row { 1.0 } else { 0.0 });
    }

    /// The row of a goal, and whether it was drawn from the episode of the transition.
    fn goal(&self, [row, last]: Transition, mixture: GoalMixture, stream: &mut Stream) -> (u32, bool) {
        let kind = stream.uniform(0.0, 1.0);
        if kind < mixture.current {
            return (row, true);
        }
        if kind >= mixture.current + mixture.future {
            return (self.draw(stream)[0], false);
        }
        (row + mixture.law.steps(last - row, stream), true)
    }

    /// Copies the rows that were drawn.
    fn gather(&self, batch: &mut GoalBatch) {
        let columns = self.dataset.columns();
        let (observations, actions) = (&columns.observations, &columns.actions);
        copy(observations, &batch.rows, 0, &mut batch.observation);
        copy(observations, &batch.rows, 1, &mut batch.next_observation);
        copy(actions, &batch.rows, 0, &mut batch.action);
        for Goals { rows, observation } in [&mut batch.value, &mut batch.actor, &mut batch.low, &mut batch.target] {
            copy(observations, rows, 0, observation);
        }
    }
}

/// Copies those rows of a column that are `ahead` of `rows`.
fn copy(column: &Rows, rows: &[u32], ahead: usize, into: &mut Vec<f32>) {
    let width = column.width;
    into.resize(rows.len() * width, 0.0);
    for (to, &row) in into.chunks_exact_mut(width).zip(rows) {
        to.copy_from_slice(column.row(row as usize + ahead));
    }
}
