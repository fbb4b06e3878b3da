//! Two agents of a kind in turns: one goes to goals, the other explores from where the first has led.
//!
//! ```text
//! task = [g, steps]      steps > 0:  the first acts by (s, g)       learns from the first column of rewards
//!                        else:       the second acts by s alone     learns from the second
//! ```
//!
//! Both learn from every transition.

use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{numbers, tensor};

use crate::agent::Returns;
use crate::export::Actor;
use crate::{Act, Agent, Glance};

/// The two.
pub struct GoExplore {
    goals: Box<dyn Agent>,
    explorer: Box<dyn Agent>,
    /// Discount of the first agent; that of the second is its own.
    goal_discount: f64,
}

impl GoExplore {
    /// `goals` has tasks of an observation's length, `explorer` none.
    #[must_use]
    pub fn new(goals: Box<dyn Agent>, explorer: Box<dyn Agent>, goal_discount: f64) -> Self {
        Self { goals, explorer, goal_discount }
    }

    /// The discounts of the first agent, of windows that are as long as those of `batch`, `[B, 1]`.
    fn discounts(&self, batch: &Batch) -> Tensor<2> {
        let Returns { steps, discount, .. } = self.returns();
        if steps == 1 || discount <= 0.0 || discount >= 1.0 {
            return batch.discount.full_like(self.goal_discount as f32);
        }
        batch.discount.clone().powf_scalar(self.goal_discount.ln() / f64::from(discount).ln())
    }
}

/// Goals, `[B, task - 1]`, and whether each row explores.
fn split(task: Tensor<2>) -> (Tensor<2>, Vec<bool>) {
    let goal = task.dims()[1] - 1;
    let steps = numbers(task.clone().narrow(1, goal, 1));
    (task.narrow(1, 0, goal), steps.into_iter().map(|steps| steps <= 0.0).collect())
}

fn no_task(observation: &Tensor<2>) -> Tensor<2> {
    Tensor::zeros([observation.dims()[0], 0], &observation.device())
}

const EXPLORER: &str = "explorer";

impl Agent for GoExplore {
    fn returns(&self) -> Returns {
        self.explorer.returns()
    }

    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let (goal, explores) = split(task);
        if !explores.contains(&true) {
            return self.goals.act(observation, goal, act, stream);
        }
        let none = no_task(&observation);
        let exploring = self.explorer.act(observation.clone(), none, act, stream);
        if !explores.contains(&false) {
            return exploring;
        }
        let going = self.goals.act(observation, goal, act, stream);
        let rows = explores.len();
        let mask = explores.into_iter().map(|explores| f32::from(u8::from(explores))).collect();
        let mask = tensor(mask, rows, 1, &going.device());
        going * (-mask.clone() + 1.0) + exploring * mask
    }

    /// `reward` is `[B, 2]`. What sees is trained by the agent that goes to goals.
    fn update(&mut self, batch: &Batch, reward: Tensor<2>, glance: Option<Glance<'_>>, stream: &mut Stream) -> Scalars {
        let column = |k: usize| reward.clone().narrow(1, k, 1);
        let (goal, _) = split(batch.task.clone());
        let going = Batch { task: goal, discount: self.discounts(batch), ..batch.clone() };
        let mut metrics = self.goals.update(&going, column(0), glance, stream);
        let exploring = Batch { task: no_task(&batch.observation), ..batch.clone() };
        self.explorer.update(&exploring, column(1), None, stream);
        metrics.push(("explorer/reward", column(1).mean()));
        metrics
    }

    fn learns_to_see(&self) -> bool {
        self.goals.learns_to_see()
    }

    /// That of the agent that goes to goals; its task is the goal alone.
    fn actor(&self) -> Option<Actor> {
        self.goals.actor()
    }

    /// That of the agent that explores: it has no task, and the other one's goals are not those of a reward.
    fn tuned_from(&self, dir: &Path) -> PathBuf {
        dir.join(EXPLORER)
    }

    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.goals.initialise(dir)?;
        self.explorer.initialise(&dir.join(EXPLORER))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.goals.save(dir)?;
        let path = dir.join(EXPLORER);
        fs::create_dir_all(&path).map_err(|source| TrainerError::Io { path: path.clone(), source })?;
        self.explorer.save(&path)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.goals.load(dir)?;
        self.explorer.load(&dir.join(EXPLORER))
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::{Sac, SacConfig, Sizes};

    #[test]
    fn steps_decide_who_acts_and_both_learn() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "agents", 0);
        let config = SacConfig { width: 8, ..SacConfig::default() };
        let mut sac =
            |task| Box::new(Sac::new(&config, Sizes { observation: 2, task, action: 1 }, &mut stream, &device));
        let (goals, explorer) = (sac(2), sac(0));
        let place = || Tensor::<2>::from_floats([[0.3, -0.5], [0.1, 0.2]], &device);
        let goal = || Tensor::<2>::from_floats([[1.0, 1.0], [1.0, 1.0]], &device);
        let stream = &mut Stream::new(1, "actions", 0);
        let going = numbers(goals.act(place(), goal(), Act::Mode, stream));
        let exploring = numbers(explorer.act(place(), no_task(&place()), Act::Mode, stream));
        let mut both = GoExplore::new(goals, explorer, 0.97);
        let task = |steps: [f32; 2]| Tensor::cat(vec![goal(), tensor(steps.to_vec(), 2, 1, &device)], 1);
        for (steps, expected) in [
            ([1.0, 5.0], [going[0], going[1]]),
            ([0.0, 0.0], [exploring[0], exploring[1]]),
            ([3.0, 0.0], [going[0], exploring[1]]),
        ] {
            assert_eq!(numbers(both.act(place(), task(steps), Act::Mode, stream)), expected, "{steps:?}");
        }
        let batch = Batch::of_steps(place(), Tensor::zeros([2, 1], &device), place(), task([3.0, 0.0]));
        both.update(&batch, Tensor::ones([2, 2], &device), None, stream);
        let after = numbers(both.act(place(), task([3.0, 0.0]), Act::Mode, stream));
        assert!(after[0] != going[0] && after[1] != exploring[1]);
    }
}
