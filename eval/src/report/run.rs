//! The report of one run.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::{Block, Document, Picture};
use super::numbers;
use super::words::Worded;
use crate::EvalError;
use crate::stats::Estimate;

/// What a run has reached, and how that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// Id of the world.
    pub env: String,
    /// Name of the objective.
    pub objective: String,
    /// Objective of the run that it was fine-tuned from; empty for others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pretrained: String,
    /// Seed of the run.
    pub seed: u64,
    /// Steps of all lanes together.
    pub env_steps: u64,
    /// Updates of the networks.
    pub gradient_steps: u64,
    /// How long it took.
    pub time: Time,
    /// How much of the ground was visited.
    pub coverage: Coverage,
    /// Whether the policy has skills: different tasks that it can be given.
    #[serde(default = "yes")]
    pub skills: bool,
    /// Rewards of the world; absent where none was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_return: Option<TaskReturn>,
    /// What the world itself measures of an episode; empty where it has no measures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gauges: Vec<Gauged>,
    /// How well goals were reached; absent where none were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goals: Option<Goals>,
    /// How well the tasks of a maze were solved; absent where none were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Solved>,
    /// What skills that were found for rewards earn; empty where none were looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompts: Vec<Prompted>,
    /// What goals that were named in words lead to; absent where none were tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Worded>,
    /// The data set that was learned from; empty where transitions were collected.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data: String,
    /// How latent distance follows walking distance; absent where the objective has no latent space.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<Distance>,
    /// Whether there are skills and they were learned, see [`Coverage::shows_learning`].
    pub learned: bool,
    /// How the numbers were measured.
    pub protocol: Protocol,
    /// The resolved settings of the run, TOML; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub settings: String,
}

/// How long a run took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// Time of the training on the clock, seconds.
    pub wall_s: f64,
}

/// Distinct cells visited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// By rollouts of the trained policy, one skill each.
    pub policy: Estimate,
    /// By the latest transitions of the training; absent in another world than that of the training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<Estimate>,
    /// By all transitions of the training; absent likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Estimate>,
    /// By rollouts of uniformly random actions, as many and as long as those of the policy.
    pub random_policy: Estimate,
    /// By rollouts of the policy with fresh weights.
    pub untrained_policy: Estimate,
    /// Fraction of the reachable cells of a maze that the policy visits, `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reachable_fraction: Option<Estimate>,
}

impl Coverage {
    /// Whether the interval of the policy lies above those of random actions and of the untrained policy. A single measurement
    /// has no interval and shows nothing.
    #[must_use]
    pub fn shows_learning(&self) -> bool {
        let above = |other: &Estimate| other.has_interval() && self.policy.clearly_above(other);
        self.policy.has_interval() && above(&self.random_policy) && above(&self.untrained_policy)
    }
}

/// Sum of the world's own rewards of an episode, mean over episodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskReturn {
    /// Of the trained policy.
    pub policy: Estimate,
    /// Of uniformly random actions.
    pub random_policy: Estimate,
    /// Of the policy with fresh weights.
    pub untrained_policy: Estimate,
}

impl TaskReturn {
    /// That of a run that saw no reward.
    pub const NOTHING: Self = {
        let nothing = Estimate { value: 0.0, low: None, high: None };
        Self { policy: nothing, random_policy: nothing, untrained_policy: nothing }
    };

    /// Whether the world gives rewards at all, as far as was seen.
    #[must_use]
    pub fn is_any(&self) -> bool {
        [self.policy, self.random_policy, self.untrained_policy].iter().any(|mean| mean.value != 0.0)
    }
}

/// A measure of the world's own, mean over episodes of what it is at their ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gauged {
    /// Its name, such as `rooms`.
    pub name: String,
    /// What it says.
    pub words: String,
    /// Of the trained policy.
    pub policy: Estimate,
    /// Of uniformly random actions.
    pub random_policy: Estimate,
    /// Of the policy with fresh weights.
    pub untrained_policy: Estimate,
}

/// Runs of which reports do not say it have skills.
fn yes() -> bool {
    true
}

/// Goal reaching without any training on goals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Goals {
    /// Fraction of goals reached, `0..=1`.
    pub success: Estimate,
    /// Distance to the goal at the end of the rollout, metres, mean over goals.
    pub final_distance: Estimate,
    /// The same for uniformly random actions, metres.
    pub random_final_distance: Estimate,
    /// The same for the policy with fresh weights, metres.
    pub untrained_final_distance: Estimate,
}

/// Tasks of a maze, from one place to another, without any training on them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Solved {
    /// Fraction of episodes that reach their goal, mean over tasks, `0..=1`.
    pub success: Estimate,
    /// The same of each task.
    pub each: Vec<f64>,
    /// The same by way of midpoints; absent where that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_midpoints: Option<Estimate>,
    /// The same for uniformly random actions.
    pub random: Estimate,
}

/// A reward that was named after the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prompted {
    /// Its name, such as `corner`.
    pub name: String,
    /// What is rewarded, in words.
    pub reward: String,
    /// Mean reward of a step under the skill that was found for it, `0..=1`.
    pub policy: Estimate,
    /// The same for uniformly random actions from the same starts.
    pub random: Estimate,
    /// The one divided by the other, over pairs of episodes from the same starts; NaN where both are 0.
    pub ratio: Estimate,
    /// The same ratio where states of the training with that reward are gone to, by way of midpoints; absent where that was not
    /// asked for, or no state has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_midpoints: Option<Estimate>,
}

/// Correlation of latent distance with the length of the shortest path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Rank correlation.
    pub spearman: Estimate,
    /// Linear correlation.
    pub pearson: Estimate,
}

/// How the numbers of a report were measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// Rollouts per measurement of policy coverage.
    pub rollouts: usize,
    /// Steps of a rollout.
    pub steps: usize,
    /// Measurements that the interval of policy coverage is over.
    pub repeats: usize,
    /// Edge of a counted cell, metres.
    pub bin_m: f64,
    /// How skills are drawn, such as `uniform on the unit sphere of dimension 2`.
    pub skill_law: String,
    /// Goals tried; zero if none.
    pub goals: usize,
    /// Where goals are drawn, such as `uniform in a square of 30 m around the start`.
    pub goal_law: String,
    /// Distance within which a goal counts as reached, metres.
    pub goal_radius_m: f64,
    /// Bootstrap repetitions per interval.
    pub bootstrap_reps: usize,
}

impl RunReport {
    /// Reads the report that [`RunReport::write`] wrote.
    ///
    /// # Errors
    /// [`EvalError::Io`] if the file cannot be read, [`EvalError::Content`] if it is not a report.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        numbers::read(path)
    }

    /// Writes `report.json`, `report.md`, `report.html` and the pictures into `folder`, which is created.
    ///
    /// # Errors
    /// [`EvalError::Io`] if a file cannot be written.
    pub fn write(&self, folder: &Path, pictures: &[Picture]) -> Result<(), EvalError> {
        self.document(pictures).write(folder)?;
        numbers::write(self, folder)
    }

    /// What was trained, as runs are grouped by it: the objective, and what it was fine-tuned from.
    #[must_use]
    pub fn method(&self) -> String {
        if self.pretrained.is_empty() {
            self.objective.clone()
        } else {
            format!("{} after {}", self.objective, self.pretrained)
        }
    }

    /// The report in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Coverage { policy, random_policy, untrained_policy, total, .. } = &self.coverage;
        let opening = match (self.skills, self.learned) {
            (true, true) => "Skills were learned",
            (true, false) if !policy.has_interval() => "One measurement cannot say whether skills were learned",
            (true, false) => "No skills were learned",
            (false, _) => "There are no skills",
        };
        let mut sentence = format!(
            "{opening}: policy coverage {policy} cells against {random_policy} of a random policy and {untrained_policy} of \
             the untrained one"
        );
        if let Some(total) = total.filter(|_| !self.skills) {
            sentence += &format!("; {total} cells in all of the training");
        }
        if let Some(TaskReturn { policy, random_policy, .. }) = &self.task_return {
            sentence += &format!("; return {policy} against {random_policy} of a random policy");
        }
        if let Some(Gauged { words, policy, random_policy, .. }) = self.gauges.first() {
            sentence += &format!("; {words}: {policy} against {random_policy} of a random policy");
        }
        if let Some(goals) = &self.goals {
            let Goals { success, final_distance, random_final_distance, .. } = goals;
            let percent = Estimate {
                value: 100.0 * success.value,
                low: success.low.map(|low| 100.0 * low),
                high: success.high.map(|high| 100.0 * high),
            };
            sentence += &format!(
                "; {percent} % of goals reached, {final_distance} m away at the end against {random_final_distance} m"
            );
        }
        if let Some(Solved { success, each, .. }) = &self.tasks {
            let percent = Estimate {
                value: 100.0 * success.value,
                low: success.low.map(|low| 100.0 * low),
                high: success.high.map(|high| 100.0 * high),
            };
            let tasks = if each.len() == 1 { "task" } else { "tasks" };
            sentence += &format!("; {percent} % success on the {} {tasks} of the maze", each.len());
        }
        if let Some(words) = &self.words {
            return format!("{sentence}. {}", words.sentence());
        }
        sentence + "."
    }

    fn document<'a>(&'a self, pictures: &'a [Picture]) -> Document<'a> {
        let mut blocks = vec![
            Block::Heading("Numbers"),
            Block::Table(vec!["measure", "value [95 % interval]", "random", "untrained"], self.numbers()),
            Block::Heading("How it was measured"),
            Block::List(self.notes()),
        ];
        if !pictures.is_empty() {
            blocks.push(Block::Heading("Figures"));
            blocks.extend(pictures.iter().map(Block::Picture));
        }
        if !self.settings.is_empty() {
            blocks.push(Block::Heading("Settings"));
            blocks.push(Block::Code("Resolved settings", &self.settings));
        }
        let title = format!("{} in {}, seed {}", self.method(), self.env, self.seed);
        Document { lead: self.sentence(), title, blocks }
    }

    fn numbers(&self) -> Vec<Vec<String>> {
        let row = |name: &str, value: String, random: Option<&Estimate>, untrained: Option<&Estimate>| {
            let show = |estimate: Option<&Estimate>| estimate.map_or_else(String::new, Estimate::to_string);
            vec![name.to_owned(), value, show(random), show(untrained)]
        };
        let plain = |name: &str, value: String| row(name, value, None, None);
        let Coverage { policy, queue, total, random_policy, untrained_policy, reachable_fraction } = &self.coverage;
        let mut rows =
            vec![row("policy coverage (cells)", policy.to_string(), Some(random_policy), Some(untrained_policy))];
        rows.extend(queue.iter().map(|cells| plain("queue coverage (cells)", cells.to_string())));
        rows.extend(total.iter().map(|cells| plain("total coverage (cells)", cells.to_string())));
        if let Some(fraction) = reachable_fraction {
            rows.push(plain("reachable cells visited by the policy (fraction)", fraction.to_string()));
        }
        if let Some(TaskReturn { policy, random_policy, untrained_policy }) = &self.task_return {
            let name = "return (sum of the world's rewards)";
            rows.push(row(name, policy.to_string(), Some(random_policy), Some(untrained_policy)));
        }
        for Gauged { words, policy, random_policy, untrained_policy, .. } in &self.gauges {
            rows.push(row(words, policy.to_string(), Some(random_policy), Some(untrained_policy)));
        }
        if let Some(goals) = &self.goals {
            let (random, untrained) = (&goals.random_final_distance, &goals.untrained_final_distance);
            rows.push(plain("goals reached (fraction)", goals.success.to_string()));
            let distance = goals.final_distance.to_string();
            rows.push(row("final distance to the goal (m)", distance, Some(random), Some(untrained)));
        }
        if let Some(Solved { success, each, by_midpoints, random }) = &self.tasks {
            let each = each.iter().map(|task| format!("{task:.2}")).collect::<Vec<_>>().join(", ");
            rows.push(row("success on the tasks of the maze (fraction)", success.to_string(), Some(random), None));
            rows.push(plain("the same, task by task", each));
            if let Some(planned) = by_midpoints {
                rows.push(plain("the same by way of midpoints", planned.to_string()));
            }
        }
        for Prompted { name, policy, random, ratio, by_midpoints, .. } in &self.prompts {
            rows.push(row(&format!("reward `{name}`, mean of a step"), policy.to_string(), Some(random), None));
            rows.push(plain(&format!("reward `{name}`, ratio to random"), ratio.to_string()));
            if let Some(planned) = by_midpoints {
                rows.push(plain("the same by way of midpoints", planned.to_string()));
            }
        }
        for [name, value, random] in self.words.iter().flat_map(Worded::rows) {
            rows.push(vec![name, value, random, String::new()]);
        }
        if let Some(distance) = &self.distance {
            rows.push(plain("latent against walked distance (Spearman)", format!("{:.3}", distance.spearman)));
            rows.push(plain("latent against walked distance (Pearson)", format!("{:.3}", distance.pearson)));
        }
        rows.push(plain("environment steps", self.env_steps.to_string()));
        rows.push(plain("gradient steps", self.gradient_steps.to_string()));
        rows.push(plain("training time", duration(self.time.wall_s)));
        rows
    }

    fn notes(&self) -> Vec<String> {
        let Protocol { rollouts, steps, repeats, bin_m, skill_law, goals, goal_law, goal_radius_m, bootstrap_reps } =
            &self.protocol;
        let mut notes = vec![
            format!(
                "Policy coverage: distinct cells of {bin_m} m by {bin_m} m over {rollouts} rollouts of {steps} steps, one skill \
                 each, all positions counted; the policy acts without noise (its mean action)."
            ),
            if self.skills {
                format!("Skills: {skill_law}.")
            } else {
                format!("Skills: there are none, all rollouts follow the same policy (task: {skill_law}).")
            },
            match *repeats {
                1 => "There is one such measurement, and so no interval.".into(),
                _ => format!("The interval is over {repeats} such measurements with fresh skills and starts."),
            },
        ];
        let trained_here = self.coverage.total.is_some();
        if trained_here {
            notes.push(
                "Queue coverage counts the latest transitions of the training, total coverage all of them; both include the \
                 noise of exploration and do not compare with policy coverage."
                    .into(),
            );
        }
        notes.push(
            "The random policy draws uniform actions at every step; the untrained policy is the same one with its first, random \
             weights; for a run that started from another, those too are random. Both are measured as the trained one."
                .into(),
        );
        if *goals > 0 {
            notes.push(format!(
                "Goals: {goals}, {goal_law}; reached means within {goal_radius_m} m at any step. Nothing was trained for it: the \
                 skill is chosen from the latent direction to the goal, or drawn once where the objective has none."
            ));
        }
        if self.goals.is_none() {
            notes.push("Goals: none were tried, since the objective cannot say which skill leads to a goal.".into());
        }
        if !self.data.is_empty() {
            let cells = if trained_here { "; queue and total coverage are those of the data" } else { "" };
            notes.push(format!("Trained on the data set {}, without a step in the world{cells}.", self.data));
        }
        if self.tasks.is_some() {
            notes.push(format!(
                "Tasks of the maze: a start and a goal each, up to a quarter of a cell beside the centres of their cells; success is \
                 coming within {goal_radius_m} m before the world's own time limit. Nothing was trained for them."
            ));
        }
        for Prompted { name, reward, .. } in &self.prompts {
            notes.push(format!(
                "Reward `{name}`: {reward}. The skill is the least-squares fit of the reward by the centred latent places of \
                 transitions seen in training; {rollouts} episodes from starts anywhere."
            ));
        }
        if self.prompts.iter().any(|prompted| prompted.by_midpoints.is_some()) {
            notes.push(
                "Rewards by way of midpoints: at every step towards the one of those transitions' states with the largest reward, \
                 times the exponential of minus the latent distance to it over the steps of an episode."
                    .into(),
            );
        }
        notes.extend(self.words.iter().flat_map(Worded::notes));
        if self.task_return.is_some() {
            notes.push("Return: the world's own rewards, without discount, mean over the same rollouts.".into());
        }
        if !self.gauges.is_empty() {
            let all = self.gauges.iter().map(|gauge| gauge.words.as_str()).collect::<Vec<_>>().join("; ");
            notes.push(format!("At the ends of the same rollouts: {all}; mean over those of which this can be said."));
        }
        notes.push(format!(
            "Intervals are 95 % percentile intervals of a bootstrap with {bootstrap_reps} repetitions. They speak about this \
             one run, not about other seeds."
        ));
        notes.push("The last checkpoint was measured, not the best one.".into());
        notes
    }
}

/// Seconds as text of two units at most.
pub(super) fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
pub(super) mod tests;
