//! Two agents of a kind that take turns in an episode, each with its own rollouts.
//!
//! ```text
//! task[turn] <= 0.5:   the first acts,  and learns from these steps alone
//!              else:   the second acts, and learns from the others
//! ```
//!
//! The steps of each are glued together: to it, the next state is the next one in which it acts again.

use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use freeroam_objectives::Scalars;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{numbers, tensor};

use crate::agent::Returns;
use crate::experience::{Experience, OnPolicy};
use crate::export::Actor;
use crate::{Act, Agent, Sight};

/// The two.
pub struct Turns {
    agents: [Box<dyn Agent>; 2],
    /// Where in a task the turn is.
    turn: usize,
}

impl Turns {
    /// Of two agents of the same sizes; `turn` is the place of the turn in a task.
    #[must_use]
    pub fn new(agents: [Box<dyn Agent>; 2], turn: usize) -> Self {
        Self { agents, turn }
    }

    /// Whether each row is the second agent's.
    fn seconds(&self, task: &Tensor<2>) -> Vec<bool> {
        numbers(task.clone().narrow(1, self.turn, 1)).into_iter().map(|turn| turn > 0.5).collect()
    }

    /// What agent `k` remembers, of what both do.
    fn part(&self, k: usize, memory: &Tensor<2>) -> Tensor<2> {
        match self.agents[k].memory() {
            0 => memory.clone(),
            each => memory.clone().narrow(1, k * each, each),
        }
    }
}

/// The folder of the second agent's files.
const SECOND: &str = "second";

impl Agent for Turns {
    fn returns(&self) -> Returns {
        self.agents[0].returns()
    }

    fn memory(&self) -> usize {
        self.agents.iter().map(|agent| agent.memory()).sum()
    }

    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2> {
        let nothing = Tensor::zeros([observation.dims()[0], self.memory()], &observation.device());
        self.act_on(observation, task, nothing, act, stream).0
    }

    fn act_on(
        &self,
        observation: Tensor<2>,
        task: Tensor<2>,
        memory: Tensor<2>,
        act: Act,
        stream: &mut Stream,
    ) -> (Tensor<2>, Tensor<2>) {
        let seconds = self.seconds(&task);
        let rows = seconds.len();
        let mut all: Option<Tensor<2>> = None;
        let mut memories = Vec::new();
        for (k, agent) in self.agents.iter().enumerate() {
            let before = self.part(k, &memory);
            if !seconds.contains(&(k == 1)) {
                memories.push(before);
                continue;
            }
            let (action, after) = agent.act_on(observation.clone(), task.clone(), before.clone(), act, stream);
            let mask = seconds.iter().map(|second| f32::from(u8::from(*second == (k == 1)))).collect();
            let mask = tensor(mask, rows, 1, &action.device());
            memories.push(before.clone() + (after - before) * mask.clone());
            let action = action * mask;
            all = Some(all.map_or_else(|| action.clone(), |others| others + action.clone()));
        }
        (all.expect("every row is the first's or the second's"), Tensor::cat(memories, 1))
    }

    fn on_policy(&mut self) -> Option<&mut dyn OnPolicy> {
        Some(self)
    }

    /// None: a file of weights holds one network.
    fn actor(&self) -> Option<Actor> {
        None
    }

    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.agents[0].initialise(dir)?;
        self.agents[1].initialise(&dir.join(SECOND))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.agents[0].save(dir)?;
        let path = dir.join(SECOND);
        fs::create_dir_all(&path).map_err(|source| TrainerError::Io { path: path.clone(), source })?;
        self.agents[1].save(&path)
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.agents[0].load(dir)?;
        self.agents[1].load(&dir.join(SECOND))
    }
}

/// The name of a metric of the second agent.
fn second(key: &'static str) -> Option<&'static str> {
    Some(match key {
        "ppo/reward" => "second/reward",
        "ppo/entropy" => "second/entropy",
        "ppo/kl" => "second/kl",
        "ppo/explained" => "second/explained",
        "ppo/loss_value" => "second/loss_value",
        _ => return None,
    })
}

impl OnPolicy for Turns {
    fn learn(&mut self, experience: &Experience, _: Option<&mut Sight<'_>>, stream: &mut Stream) -> (Scalars, u64) {
        let seconds = self.seconds(&experience.batch.task);
        let (mut metrics, mut steps) = (Scalars::new(), 0);
        for k in 0..2 {
            let own = experience.own.iter().zip(&seconds).map(|(own, second)| *own && *second == (k == 1)).collect();
            let memory = self.part(k, &experience.memory);
            let agent = self.agents[k].on_policy().expect("both learn from rollouts");
            let (found, taken) = agent.learn(&Experience { own, memory, ..experience.clone() }, None, stream);
            steps += taken;
            let named = |(key, value)| Some((if k == 0 { key } else { second(key)? }, value));
            metrics.extend(found.into_iter().filter_map(named));
        }
        (metrics, steps)
    }
}
