//! What a run exports: actions for observations and tasks, and the geometry of its latent space.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use freeroam_envs::{Spec, World};
use freeroam_objectives::{Objective, ObjectiveConfig, Shapes, TaskLaw, objective};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{numbers, tensor};
use freeroam_trainer::{Layer, TrainerError, checkpoint_part, device as named};

use crate::agent::{Sizes, agent, learns_from_rollouts};
use crate::export::{EXPORT, export};
use crate::{Act, Agent, AgentsError, Eyes, GoExplore, Normalizer, RunConfig, Turns};

/// An agent with its objective, in SI units and host memory.
pub struct Policy {
    /// What acts.
    pub agent: Box<dyn Agent>,
    /// What gives tasks and distances.
    pub objective: Box<dyn Objective>,
    normalizer: Normalizer,
    /// What sees the frames, in worlds with frames.
    pub(crate) eyes: Option<Eyes>,
    /// Numbers of a row.
    observation: usize,
    /// Whether networks do not see where the body is.
    hides_place: bool,
    action: usize,
    pub(crate) device: Device,
}

impl Policy {
    /// A fresh, untrained policy of `config` in `world`, on the plain `device`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the config names an unknown agent, or an encoder that does not fit; when the world fails.
    pub fn new(config: &RunConfig, world: &World, device: &Device) -> Result<Self, TrainerError> {
        let spec: &Spec = world.spec();
        let eyes = Eyes::new(&config.encoder, world, config.seed, device)?;
        let normalizer = match &eyes {
            Some(eyes) => Normalizer::of_features(spec.observation.len(), eyes.stack() * eyes.width()),
            None => Normalizer::new(spec, config.observation_scale),
        };
        let observation = normalizer.width();
        let mut weights = Stream::new(config.seed, "objective weights", 0);
        let shapes = Shapes { observation, action: spec.action.len(), categories: normalizer.categories() };
        let objective = objective(&config.objective_config, shapes, &mut weights, device);
        fits(config, objective.as_ref())?;
        let sizes = Sizes { observation, task: objective.tasks().dim(), action: spec.action.len() };
        let mut weights = Stream::new(config.seed, "agent weights", 0);
        let mut of_task = |task| {
            agent(config, Sizes { task, ..sizes }, &mut weights, device)
                .ok_or_else(|| TrainerError::Usage(format!("unknown agent `{}`", config.agent)))
        };
        let agent: Box<dyn Agent> = match (objective.two_policies(), objective.turns()) {
            (Some(discount), _) => Box::new(GoExplore::new(of_task(observation)?, of_task(0)?, discount)),
            (None, Some(turn)) => Box::new(Turns::new([of_task(sizes.task)?, of_task(sizes.task)?], turn)),
            (None, None) => of_task(sizes.task)?,
        };
        if config.encoder.trained && eyes.is_some() && !agent.learns_to_see() {
            let name = &config.agent;
            let how = if objective.turns().is_some() { ", taking turns," } else { "" };
            let reason = format!("the agent `{name}`{how} does not train it, expected one that learns, such as `sac`");
            return Err(TrainerError::Usage(format!("`encoder.trained` = true: {reason}")));
        }
        records(config, objective.as_ref(), agent.returns().steps, config.encoder.trained && eyes.is_some())?;
        Ok(Self {
            agent,
            objective,
            observation: spec.observation.len() + eyes.as_ref().map_or(0, |eyes| eyes.stack() * eyes.width()),
            eyes,
            normalizer,
            hides_place: spec.position.is_empty() || spec.position.iter().any(|at| spec.roles.measured.contains(at)),
            action: sizes.action,
            device: device.clone(),
        })
    }

    /// The policy of the run in `dir` at the checkpoint called `checkpoint`, or the newest, on `device`, or the run's own;
    /// with the folder of the learner's files there. No replay, no physics, and no lock: the run may be going on.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when there is no such run, checkpoint or device, [`TrainerError::Checkpoint`] when a network
    /// is damaged.
    pub fn of_run(
        dir: &Path,
        checkpoint: Option<&str>,
        device: Option<&str>,
    ) -> Result<(Self, RunConfig, PathBuf), TrainerError> {
        let folder =
            checkpoint_part(dir, checkpoint, &|file| file.ends_with(".bpk") || file.ends_with(".moments"))?.learner();
        let (config, _) = RunConfig::resolve(&[Layer::File(dir.join("config.toml"))])?;
        let world = config.world().map_err(AgentsError::from)?;
        let device = named(device.unwrap_or(&config.device))?;
        let mut policy = Self::new(&config, &world, &device)?;
        policy.load(&folder)?;
        Ok((policy, config, folder))
    }

    /// Writes the networks into `dir`, and the one that acts once more as `policy.safetensors`; the latter not of policies that
    /// act by frames, since it would be half of one.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.agent.save(dir)?;
        self.objective.save(dir)?;
        match (self.agent.actor(), &self.eyes) {
            (_, Some(eyes)) => eyes.save(dir),
            (Some(actor), None) => export(&actor, &self.normalizer, &dir.join(EXPORT)),
            (None, None) => Ok(()),
        }
    }

    /// Restores what [`Policy::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit; the policy must then be thrown away.
    pub fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        if let Some(eyes) = &mut self.eyes {
            eyes.load(dir)?;
        }
        self.agent.load(dir)?;
        self.objective.load(dir)
    }

    /// The law of its tasks.
    #[must_use]
    pub fn tasks(&self) -> TaskLaw {
        self.objective.tasks()
    }

    /// Tasks for an evaluation with `count` rollouts, `[count, task]` row by row.
    #[must_use]
    pub fn evaluation_tasks(&self, count: usize, stream: &mut Stream) -> Vec<f32> {
        self.objective.evaluation_tasks(count, stream)
    }

    /// Numbers of a row, which is what the policy takes for a raw observation: the observation, and in worlds with frames the
    /// features of the latest of them after it ([`Gaze`](crate::Gaze) makes rows).
    #[must_use]
    pub fn observation(&self) -> usize {
        self.observation
    }

    /// What sees the frames; nothing in worlds without frames.
    #[must_use]
    pub fn eyes(&self) -> Option<&Eyes> {
        self.eyes.as_ref()
    }

    /// What sees the frames, where the agent trains it.
    pub(crate) fn trained_eyes(&self) -> Option<&Eyes> {
        self.eyes.as_ref().filter(|eyes| eyes.are_trained())
    }

    /// Numbers of an action.
    #[must_use]
    pub fn action(&self) -> usize {
        self.action
    }

    /// Rows of raw observations as networks see them, `[B, observation]`: see [`Normalizer`].
    #[must_use]
    pub fn normalized(&self, observations: &[f32]) -> Tensor<2> {
        let rows = observations.len() / self.observation;
        tensor(self.normalizer.apply(observations), rows, self.normalizer.width(), &self.device)
    }

    /// Actions in `[-1, 1]`, `[B, action]`, for raw observations `[B, observation]` and tasks `[B, task]`; of an agent that
    /// remembers its episodes those of their first steps.
    #[must_use]
    pub fn act(&self, observations: &[f32], tasks: &[f32], act: Act, stream: &mut Stream) -> Vec<f32> {
        let rows = observations.len() / self.observation;
        self.act_on(observations, tasks, &mut vec![0.0; rows * self.memory()], act, stream)
    }

    /// As [`Policy::act`] with what is remembered of each row's episode, `[B, memory]`, which becomes that after the step.
    #[must_use]
    pub fn act_on(
        &self,
        observations: &[f32],
        tasks: &[f32],
        memory: &mut Vec<f32>,
        act: Act,
        stream: &mut Stream,
    ) -> Vec<f32> {
        let observation = self.normalized(observations);
        let rows = observation.dims()[0];
        let task = self.task_tensor(tasks, rows);
        let before = self.memory_tensor(memory, rows);
        let (action, after) = self.agent.act_on(observation, task, before, act, stream);
        *memory = numbers(after);
        numbers(action)
    }

    /// Numbers that the agent remembers of an episode, 0 before its first step.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.agent.memory()
    }

    /// Takes raw observations that steps have led to, `[B, observation]`, into the tasks `[B, task]` that record them.
    pub fn see(&self, tasks: &mut [f32], arrived: &[f32]) {
        let TaskLaw::Record(dim) = self.tasks() else { return };
        let seen = self.normalizer.apply(arrived);
        for (task, row) in tasks.chunks_exact_mut(dim).zip(seen.chunks_exact(self.normalizer.width())) {
            self.objective.see(task, row);
        }
    }

    /// The tasks after steps under `tasks` that arrived at raw observations, `[rows, task]`; nothing where a step changes none.
    pub(crate) fn next_tasks(&self, tasks: &[f32], arrived: &[f32]) -> Option<Tensor<2>> {
        matches!(self.tasks(), TaskLaw::Record(_)).then(|| {
            let mut tasks = tasks.to_vec();
            self.see(&mut tasks, arrived);
            self.task_tensor(&tasks, tasks.len() / self.tasks().dim())
        })
    }

    /// Latent places of raw observations, `[B, latent]` row by row, and the latent dimension.
    #[must_use]
    pub fn embed(&self, observations: &[f32]) -> Option<(Vec<f32>, usize)> {
        // In parts, so that a million states do not need all activations at once.
        let (mut latents, mut dim) = (Vec::new(), 0);
        for part in observations.chunks(EMBEDDED * self.observation()) {
            let latent = self.objective.embed(self.normalized(part))?;
            dim = latent.dims()[1];
            latents.extend(numbers(latent));
        }
        (dim > 0).then_some((latents, dim))
    }

    /// Tasks that lead from raw observations to raw goals, `[B, task]` row by row; nothing where the objective cannot say, or
    /// networks do not see where the body is.
    #[must_use]
    pub fn towards(&self, observations: &[f32], goals: &[f32]) -> Option<Vec<f32>> {
        if self.hides_place {
            return None;
        }
        self.objective.towards(self.normalized(observations), self.normalized(goals)).map(numbers)
    }

    /// Whether its objective can say which task leads to a goal.
    #[must_use]
    pub fn points_to_goals(&self) -> bool {
        let zeros = vec![0.0; self.observation];
        self.towards(&zeros, &zeros).is_some()
    }

    /// Starts from the weights of the run that the settings name (`init`), if they name one. `config` is that of this policy in
    /// `world`.
    ///
    /// # Errors
    /// As [`Policy::initialise`].
    pub fn initialise_from_settings(&mut self, config: &RunConfig, world: &World) -> Result<(), TrainerError> {
        match config.init.as_str() {
            "" => Ok(()),
            dir => self.initialise(config, world, Path::new(dir)),
        }
    }

    /// Starts from the weights of the run in `dir`, at its newest checkpoint, as far as the agent's
    /// [`initialise`](Agent::initialise) takes them over. `config` is that of this policy in `world`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when that run has another agent, other observations, actions, tasks or widths, or no checkpoint,
    /// [`TrainerError::Checkpoint`] when a file is damaged.
    pub fn initialise(&mut self, config: &RunConfig, world: &World, dir: &Path) -> Result<(), TrainerError> {
        let (other, pretrained, folder) = Self::of_run(dir, None, Some(&config.device))?;
        let its_world = pretrained.world().map_err(AgentsError::from)?;
        let names =
            |world: &World| world.spec().observation.iter().map(|channel| channel.name.clone()).collect::<Vec<_>>();
        let (its, own) = (names(&its_world), names(world));
        let observed = || {
            let differs = its.iter().zip(&own).find(|(its, own)| its != own);
            let (its, own) = differs.map_or_else(
                || (its.len().to_string(), own.len().to_string()),
                |(a, b)| (a.to_string(), b.to_string()),
            );
            ("observation", its, own)
        };
        let differs =
            |what, its: &dyn std::fmt::Display, own: &dyn std::fmt::Display| (what, its.to_string(), own.to_string());
        let widths = RunConfig::agent_width;
        let two = |policy: &Self| policy.objective.two_policies().is_some();
        let tasks = self.tasks().dim();
        let goes_on = two(&other) == two(self) && other.tasks().dim() == tasks;
        let weights = if goes_on { folder.clone() } else { other.agent.tuned_from(&folder) };
        let problem = if pretrained.agent != config.agent {
            differs("agent", &pretrained.agent, &config.agent)
        } else if its != own {
            observed()
        } else if other.action != self.action {
            differs("number of actions", &other.action, &self.action)
        } else if !goes_on && two(self) {
            differs("number of policies", &(1 + usize::from(two(&other))), &2)
        } else if !goes_on && other.objective.fine_tuning().dim() != tasks {
            differs("length of a task", &other.objective.fine_tuning().dim(), &tasks)
        } else if pretrained.observation_scale.to_bits() != config.observation_scale.to_bits() {
            differs("scale of observations", &pretrained.observation_scale, &config.observation_scale)
        } else if widths(&pretrained) != widths(config) {
            differs("width", &widths(&pretrained), &widths(config))
        } else if let (Some(_), Some(own)) = (&other.eyes, &mut self.eyes) {
            if pretrained.encoder == config.encoder {
                own.initialise(&folder)?;
                return self.agent.initialise(&weights);
            }
            let inline = |config: &RunConfig| toml::Value::try_from(&config.encoder).expect("plain values").to_string();
            differs("encoder", &inline(&pretrained), &inline(config))
        } else if let (Some(_), None) | (None, Some(_)) = (&other.eyes, &self.eyes) {
            let frames = |eyes: bool| if eyes { "has" } else { "has not" };
            differs("world with frames", &frames(other.eyes.is_some()), &frames(self.eyes.is_some()))
        } else {
            return self.agent.initialise(&weights);
        };
        let (what, its, own) = problem;
        let run = dir.display();
        Err(TrainerError::Usage(format!(
            "`init` = {run}: its {what} is {its}, that of this run {own}; weights do not fit"
        )))
    }

    /// Tasks as a tensor, `[rows, task]`.
    pub(crate) fn task_tensor(&self, tasks: &[f32], rows: usize) -> Tensor<2> {
        tensor(tasks.to_vec(), rows, self.tasks().dim(), &self.device)
    }

    /// Memories as a tensor, `[rows, memory]`.
    pub(crate) fn memory_tensor(&self, memory: &[f32], rows: usize) -> Tensor<2> {
        tensor(memory.to_vec(), rows, self.memory(), &self.device)
    }
}

/// Refuses an agent that learns in another way than the objective needs.
fn fits(config: &RunConfig, objective: &dyn Objective) -> Result<(), TrainerError> {
    let RunConfig { objective: name, agent, .. } = config;
    let own = learns_from_rollouts(agent);
    let reason = if objective.is_ordered() && !own {
        "its rewards are known at the end of an episode, expected an agent that learns from its own rollouts: `ppo`"
    } else if own && (objective.goals().is_some() || objective.two_policies().is_some() || objective.relabels()) {
        "it learns from other steps than those of the moment, expected an agent that learns from batches, such as `sac`"
    } else {
        return Ok(());
    };
    Err(TrainerError::Usage(format!("`agent` = \"{agent}\" does not fit the objective `{name}`: {reason}")))
}

/// Observations that are embedded at once.
const EMBEDDED: usize = 8192;

/// Refuses what a record of all that was seen cannot follow: windows of several `steps`, of which only the ends are kept, and
/// observations that a `trained` network changes. Steps to goals are counted one by one.
fn records(config: &RunConfig, objective: &dyn Objective, steps: usize, trained: bool) -> Result<(), TrainerError> {
    let name = &config.objective;
    let message = match objective.tasks() {
        TaskLaw::Record(_) if steps > 1 && !learns_from_rollouts(&config.agent) => {
            format!("`{}.steps` = {steps}: a record of `{name}` takes in every step, expected 1", config.agent)
        }
        _ if steps > 1 && matches!(config.objective_config, ObjectiveConfig::Hilp(_)) => {
            format!("`{}.steps` = {steps}: `{name}` counts the steps to goals one by one, expected 1", config.agent)
        }
        TaskLaw::Record(_) if trained => {
            format!("`encoder.trained` = true: `{name}` keeps a record of what was seen, expected features that stay")
        }
        _ => return Ok(()),
    };
    Err(TrainerError::Usage(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loaded_policy_acts_as_the_saved_one() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let policy = |seed: u64| {
            let sets = ["env=Point-v0", "sac.width=8", "metra.width=8", &format!("seed={seed}")];
            let (config, _) = RunConfig::resolve(&sets.map(|set| Layer::Set(set.into()))).expect("valid settings");
            let world = config.world().expect("is registered");
            Policy::new(&config, &world, &Device::flex()).expect("can be made")
        };
        let (saved, mut loaded) = (policy(0), policy(1));
        let answers = |policy: &Policy| {
            let stream = &mut Stream::new(0, "actions", 0);
            let actions = policy.act(&[3.0, -4.0], &[0.6, 0.8], Act::Explore, stream);
            (actions, policy.towards(&[3.0, -4.0], &[1.0, 1.0]), policy.embed(&[3.0, -4.0]))
        };
        assert_ne!(answers(&saved), answers(&loaded));
        saved.save(dir.path()).expect("saves");
        loaded.load(dir.path()).expect("loads");
        assert_eq!(answers(&saved), answers(&loaded));
        assert!(dir.path().join(EXPORT).exists());
        let message = Policy::of_run(dir.path(), None, None).err().expect("is no run").to_string();
        assert!(message.contains("is no run folder"), "{message}");
    }
}
