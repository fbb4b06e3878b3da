//! The settings of a run: the config file, `--set key=value` and the docs all follow these structs.

use freeroam_envs::{EnvsError, ROBOT_WORLDS, World};
use freeroam_objectives::{ObjectiveConfig, objectives, representations};
use freeroam_trainer::{Layer, Layers, TrainerError, nearest};
use serde::{Deserialize, Serialize};

use crate::presets::preset;
use crate::{DdpgConfig, EncoderConfig, IqlConfig, PpoConfig, SacConfig, agents, read_robot, world_of};

/// Settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// World, e.g. `PointMaze-UMaze-v0`; `train --list` shows all.
    pub env: String,
    /// A robot of one's own for the worlds `Robot-v0` (the default with a robot) and `RobotMaze-*`: an MJCF document. Settings
    /// may give the path of its file, which is read once, so that the run keeps the document. Empty for none.
    pub robot: String,
    /// Objective, e.g. `metra`; its settings are in the table of that name.
    pub objective: String,
    /// Folder of a run whose newest checkpoint this one starts from, for fine-tuning; empty for fresh weights. What is taken
    /// over is the agent's choice: the policy, and of DDPG's critics the first layer.
    pub init: String,
    /// Data set to learn from instead of collecting: an npz in OGBench's layout, or the folder of `dataset` with one. Empty
    /// collects.
    pub data: String,
    /// Agent: `sac`, `ddpg`, `ppo`, `iql`, or `uniform` for random actions.
    pub agent: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Threads that step worlds; results do not depend on it. 0 takes all cores.
    pub threads: usize,
    /// Factor on normalised observations before every network; without effect in worlds with frames. Larger ones let networks tell
    /// near places apart, such as both sides of a wall. HILP's code takes observations as they are, in metres.
    pub observation_scale: f64,
    /// Environment steps to train for, all lanes together.
    pub env_steps: u64,
    /// Gradient steps to train for with `data`, where no environment steps are taken. HILP: 1e6.
    pub gradient_steps: u64,
    /// Epochs between metric records.
    pub log_every: u64,
    /// Environment steps, with `data` gradient steps, between evaluations; 0 evaluates at the end only.
    pub evaluate_every: u64,
    /// Environment steps, with `data` gradient steps, between checkpoints; 0 writes one at the end only.
    pub checkpoint_every: u64,
    /// Checkpoints kept.
    pub keep_checkpoints: usize,
    /// Collection.
    pub collect: CollectConfig,
    /// Gradient steps.
    pub update: UpdateConfig,
    /// SAC.
    pub sac: SacConfig,
    /// DDPG.
    pub ddpg: DdpgConfig,
    /// PPO.
    pub ppo: PpoConfig,
    /// IQL.
    pub iql: IqlConfig,
    /// What comes between the frames of a world and the agent, in worlds with frames alone.
    pub encoder: EncoderConfig,
    /// Evaluation.
    pub evaluate: EvaluateConfig,
    /// The table named after the objective.
    #[serde(flatten)]
    pub objective_config: ObjectiveConfig,
}

/// How experience is collected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectConfig {
    /// Environments stepped in parallel. METRA, app. F.1: 8 episodes per epoch.
    pub lanes: usize,
    /// Steps of an episode. METRA, app. F.1: 200 for Ant. 0 takes the world's.
    pub horizon: u32,
    /// Steps per lane and epoch; 0 takes whole episodes (the horizon). With PPO those of a rollout; the default is 256, its paper's
    /// 2,048 in 8 lanes, and 0 for adversarial.
    pub steps: u32,
    /// Environment steps before the first gradient step. METRA's official code: 1e4; URLB's, and the default with DDPG:
    /// 4,000; with PPO none. A world's preset comes before these.
    pub warmup: u64,
    /// Transitions kept for replay. METRA, table 2: 1e6.
    pub replay: usize,
}

/// How much is learned from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateConfig {
    /// Gradient steps per environment step after warm-up. METRA for Ant: 50 per 8 x 200 steps, 1/32; URLB, and the default
    /// with DDPG: 1/2. With PPO those of the objective, 1/256: as many transitions as there are. A world's preset comes before these.
    pub ratio: f64,
    /// Transitions per gradient step. METRA, table 2: 256; URLB for states, HILP and TLDR, the default with DDPG, IQL and TLDR:
    /// 1024.
    pub batch: usize,
}

/// How skills are evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluateConfig {
    /// World in which `evaluate` measures, with the observations and actions of the run's own; empty for that. The report then goes
    /// into a folder of this name.
    pub env: String,
    /// Rollouts of a coverage measurement, one skill each. METRA, app. F.1: 48.
    pub rollouts: usize,
    /// Coverage measurements of the final report; their spread gives the interval.
    pub repeats: usize,
    /// Goals of zero-shot goal reaching. METRA, app. F.1: 50.
    pub goals: usize,
    /// Episodes of each of a maze's tasks, from a start to a goal. OGBench's code: 20.
    pub episodes: usize,
    /// Rounds of planning by midpoints on the way to a goal or a reward, at most, measured beside going straight; 0 leaves it out.
    /// HILP: 3.
    pub midpoints: usize,
    /// Latent distance up to which a way is not halved, in the units of the latent space, which are steps where it is one of
    /// distances. HILP halves all: 0.
    pub midpoint_reach: f64,
    /// States among which midpoints are looked for. HILP: 50,000.
    pub midpoint_states: usize,
    /// Transitions from which the skill for a reward is found; 0 leaves rewards out. HILP: 10,000.
    pub prompt_samples: usize,
    /// Latest transitions over which queue coverage is counted. METRA, app. F.1: 100,000.
    pub queue: usize,
    /// Resamples of a bootstrap interval. rliable: 50,000 for aggregates.
    pub resamples: usize,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            env: "PointMaze-UMaze-v0".into(),
            robot: String::new(),
            objective: "metra".into(),
            init: String::new(),
            data: String::new(),
            agent: "sac".into(),
            seed: 0,
            device: "cpu".into(),
            threads: 0,
            observation_scale: 1.0,
            env_steps: 1_000_000,
            gradient_steps: 1_000_000,
            log_every: 1,
            evaluate_every: 0,
            checkpoint_every: 0,
            keep_checkpoints: 2,
            collect: CollectConfig::default(),
            update: UpdateConfig::default(),
            sac: SacConfig::default(),
            ddpg: DdpgConfig::default(),
            ppo: PpoConfig::default(),
            iql: IqlConfig::default(),
            encoder: EncoderConfig::default(),
            evaluate: EvaluateConfig::default(),
            objective_config: ObjectiveConfig::Metra(freeroam_objectives::MetraConfig::default()),
        }
    }
}

impl Default for CollectConfig {
    fn default() -> Self {
        Self { lanes: 8, horizon: 0, steps: 0, warmup: 10_000, replay: 1_000_000 }
    }
}

impl Default for UpdateConfig {
    fn default() -> Self {
        Self { ratio: 1.0 / 32.0, batch: 256 }
    }
}

impl Default for EvaluateConfig {
    fn default() -> Self {
        Self {
            env: String::new(),
            rollouts: 48,
            repeats: 10,
            goals: 50,
            episodes: 20,
            midpoints: 0,
            midpoint_reach: 0.0,
            midpoint_states: 50_000,
            prompt_samples: 10_000,
            queue: 100_000,
            resamples: 10_000,
        }
    }
}

impl RunConfig {
    /// Resolves the settings of a run: defaults, then the world's preset, then the layers `given`, in order.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] naming the key, its value, where it came from and what was expected.
    pub fn resolve(given: &[Layer]) -> Result<(Self, Layers), TrainerError> {
        let chosen =
            |key: &str, default: String| given.iter().rev().find_map(|layer| layer.text(key)).unwrap_or(default);
        let defaults = Self::default();
        let (file, robot) = read_robot(chosen("robot", String::new()))?;
        let own = if robot.is_empty() { defaults.env.clone() } else { ROBOT_WORLDS[0].to_owned() };
        let env = chosen("env", own);
        world_of(&env, &robot).map_err(|error| TrainerError::Usage(format!("{file}{error}")))?;
        let name = chosen("objective", defaults.objective.clone());
        let objective_config = ObjectiveConfig::named(&name)
            .ok_or_else(|| no_policy(&name).unwrap_or_else(|| unknown("objective", &name, objective_names())))?;
        let agent = match name.as_str() {
            "random" => "uniform".to_owned(),
            "hilp" => "iql".to_owned(),
            "adversarial" => "ppo".to_owned(),
            _ => defaults.agent.clone(),
        };
        let (mut collect, mut update) = (defaults.collect.clone(), defaults.update.clone());
        let (mut sac, mut ppo) = (defaults.sac.clone(), defaults.ppo.clone());
        match chosen("agent", agent.clone()).as_str() {
            "ddpg" => {
                collect.warmup = 4000;
                (update.ratio, update.batch) = (0.5, 1024);
            }
            "ppo" => {
                (collect.warmup, collect.steps) = (0, if name == "adversarial" { 0 } else { 256 });
                (update.ratio, update.batch) = (1.0 / 256.0, 256);
                ppo.time_limit_is_terminal = name == "adversarial";
            }
            "iql" => update.batch = 1024,
            _ => {}
        }
        if name == "tldr" {
            update.batch = 1024;
            (sac.layer_norm, sac.time_limit_is_terminal) = (true, false);
        }
        let base = Self {
            env: env.clone(),
            robot: robot.clone(),
            objective: name.clone(),
            agent,
            objective_config,
            collect,
            update,
            sac,
            ppo,
            ..defaults
        };
        let mut layers = Layers::new(base.table());
        for other in objective_names().filter(|other| *other != name) {
            layers.elsewhere(other, &format!("it is a setting of the objective `{other}`, this run has `{name}`"));
        }
        if let Some((origin, text)) = preset(&env) {
            layers.text(origin, &only(&name, text))?;
        }
        for layer in given {
            layers.put(layer)?;
        }
        let mut config = Self { robot, ..layers.resolve()? };
        config.check(&layers)?;
        if let Ok(path) = std::fs::canonicalize(&config.encoder.run) {
            // It is needed whenever the run is opened, from whatever folder.
            config.encoder.run = path.display().to_string();
        }
        Ok((config, layers))
    }

    /// The run's world.
    ///
    /// # Errors
    /// As [`freeroam_envs::world`] and [`freeroam_envs::robot_world`].
    pub fn world(&self) -> Result<World, EnvsError> {
        world_of(&self.env, &self.robot)
    }

    /// The objective of the run that this one fine-tunes; nothing for others.
    #[must_use]
    pub fn pretrained(&self) -> Option<&str> {
        match &self.objective_config {
            ObjectiveConfig::Extrinsic(extrinsic) if !extrinsic.pretrained.is_empty() => Some(&extrinsic.pretrained),
            _ => None,
        }
    }

    /// The settings as a TOML table.
    #[must_use]
    pub fn table(&self) -> toml::Table {
        toml::Table::try_from(self).expect("settings are plain values")
    }

    /// The settings as a TOML file, plain values first.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(&self.table()).expect("settings are plain values")
    }

    /// Threads that step worlds, with 0 resolved to the number of cores.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }

    /// Width of the agent's networks.
    #[must_use]
    pub fn agent_width(&self) -> usize {
        match self.agent.as_str() {
            "ddpg" => self.ddpg.width,
            "ppo" => self.ppo.width,
            "iql" => self.iql.width,
            _ => self.sac.width,
        }
    }

    fn check(&self, layers: &Layers) -> Result<(), TrainerError> {
        if !agents().iter().any(|(name, _)| *name == self.agent) {
            return Err(unknown("agent", &self.agent, agents().iter().map(|(name, _)| *name)));
        }
        let Self { collect, update, sac, ddpg, ppo, iql, evaluate, .. } = self;
        let share = |x: f64| x > 0.0 && x <= 1.0;
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let rules = [
            ("env_steps", self.env_steps > 0, "a positive number of steps"),
            ("gradient_steps", self.gradient_steps > 0, "a positive number of steps"),
            ("log_every", self.log_every > 0, "at least 1"),
            ("keep_checkpoints", self.keep_checkpoints > 0, "at least 1"),
            ("threads", self.threads <= 1024, "0 (all cores) to 1024"),
            ("collect.lanes", (1..=1 << 20).contains(&collect.lanes), "1 to 1048576"),
            ("collect.replay", collect.replay >= collect.lanes, "at least one transition per lane"),
            ("update.ratio", update.ratio.is_finite() && update.ratio >= 0.0, "0 or more gradient steps per step"),
            // TLDR compares transitions of a batch with each other.
            ("update.batch", self.objective != "tldr" || update.batch > 1, "2 or more with `tldr`"),
            ("update.batch", (1..=1 << 20).contains(&update.batch), "1 to 1048576"),
            ("sac.width", (1..=1 << 16).contains(&sac.width), "1 to 65536"),
            ("sac.learning_rate", positive(sac.learning_rate), "a positive number"),
            ("sac.discount", (0.0..=1.0).contains(&sac.discount), "0 to 1"),
            ("sac.tau", share(sac.tau), "above 0, at most 1"),
            ("sac.initial_alpha", positive(sac.initial_alpha), "a positive number"),
            ("sac.target_entropy", sac.target_entropy.is_finite(), "a finite number"),
            ("ddpg.width", (1..=1 << 16).contains(&ddpg.width), "1 to 65536"),
            ("ddpg.learning_rate", positive(ddpg.learning_rate), "a positive number"),
            ("ddpg.discount", (0.0..=1.0).contains(&ddpg.discount), "0 to 1"),
            ("ddpg.steps", (1..=1000).contains(&ddpg.steps), "1 to 1000"),
            ("ddpg.tau", share(ddpg.tau), "above 0, at most 1"),
            ("ddpg.noise", ddpg.noise.is_finite() && ddpg.noise >= 0.0, "0 or more"),
            ("ddpg.noise_clip", ddpg.noise_clip.is_finite() && ddpg.noise_clip >= 0.0, "0 or more"),
            ("ppo.width", (1..=1 << 16).contains(&ppo.width), "1 to 65536"),
            ("ppo.recurrent", ppo.recurrent <= 1 << 16, "0 (no memory) to 65536"),
            ("ppo.learning_rate", positive(ppo.learning_rate), "a positive number"),
            ("ppo.discount", (0.0..=1.0).contains(&ppo.discount), "0 to 1"),
            ("ppo.lambda", (0.0..=1.0).contains(&ppo.lambda), "0 to 1"),
            ("ppo.epochs", (1..=1000).contains(&ppo.epochs), "1 to 1000"),
            ("ppo.minibatch", (1..=1 << 20).contains(&ppo.minibatch), "1 to 1048576"),
            ("ppo.clip", positive(ppo.clip), "a positive number"),
            ("ppo.value_clip", ppo.value_clip.is_finite() && ppo.value_clip >= 0.0, "0 (no clipping) or more"),
            ("ppo.value_weight", ppo.value_weight.is_finite() && ppo.value_weight >= 0.0, "0 or more"),
            ("ppo.entropy", ppo.entropy.is_finite() && ppo.entropy >= 0.0, "0 or more"),
            ("ppo.gradient_norm", ppo.gradient_norm.is_finite() && ppo.gradient_norm >= 0.0, "0 (no cutting) or more"),
            ("ppo.noise_correlation", (0.0..=0.999).contains(&ppo.noise_correlation), "0 to 0.999"),
            ("iql.width", (1..=1 << 16).contains(&iql.width), "1 to 65536"),
            ("iql.learning_rate", positive(iql.learning_rate), "a positive number"),
            ("iql.discount", (0.0..=1.0).contains(&iql.discount), "0 to 1"),
            ("iql.tau", share(iql.tau), "above 0, at most 1"),
            ("iql.expectile", iql.expectile > 0.0 && iql.expectile < 1.0, "above 0 and below 1"),
            ("iql.temperature", iql.temperature.is_finite() && iql.temperature >= 0.0, "0 or more"),
            ("evaluate.rollouts", (1..=1 << 16).contains(&evaluate.rollouts), "1 to 65536"),
            ("evaluate.repeats", (1..=1000).contains(&evaluate.repeats), "1 to 1000"),
            ("evaluate.goals", (1..=1 << 16).contains(&evaluate.goals), "1 to 65536"),
            ("evaluate.episodes", (1..=1 << 16).contains(&evaluate.episodes), "1 to 65536"),
            ("observation_scale", positive(self.observation_scale), "a positive number"),
            ("evaluate.midpoints", evaluate.midpoints <= 100, "0 to 100"),
            (
                "evaluate.midpoint_reach",
                evaluate.midpoint_reach.is_finite() && evaluate.midpoint_reach >= 0.0,
                "0 or more",
            ),
            ("evaluate.midpoint_states", (1..=1 << 20).contains(&evaluate.midpoint_states), "1 to 1048576"),
            ("evaluate.prompt_samples", evaluate.prompt_samples <= 1 << 20, "0 to 1048576"),
            ("evaluate.queue", evaluate.queue > 0, "at least 1"),
            ("evaluate.resamples", (1..=1_000_000).contains(&evaluate.resamples), "1 to 1000000"),
        ];
        let own = self
            .objective_config
            .problems()
            .into_iter()
            .map(|(key, expected)| (format!("{}.{key}", self.objective), expected));
        let broken = rules
            .into_iter()
            .chain(self.encoder.rules())
            .filter(|(_, holds, _)| !holds)
            .map(|(key, _, expected)| (key.to_owned(), expected));
        match broken.chain(own).next() {
            Some((key, expected)) => Err(layers.out_of_range(&key, expected)),
            None => Ok(()),
        }
    }
}

/// Names of all objectives, those that learn to represent after those with a policy.
fn objective_names() -> impl Iterator<Item = &'static str> + Clone {
    objectives().iter().chain(representations()).map(|(name, _)| *name)
}

/// The error for a representation objective where one with a policy is needed.
fn no_policy(name: &str) -> Option<TrainerError> {
    let found = representations().iter().any(|(known, _)| *known == name);
    found.then(|| TrainerError::Usage(format!("`{name}` is a representation objective: its runs have no policy")))
}

/// The preset without the tables of other objectives than `name`, and with what that one's table says of collection and updates in
/// place of what is said for all.
fn only(name: &str, text: &str) -> String {
    let mut table: toml::Table = text.parse().expect("presets are tested");
    for (other, _) in objectives() {
        if *other != name {
            table.remove(*other);
        }
    }
    let own = table.get_mut(name).and_then(toml::Value::as_table_mut);
    if let Some(scale) = own.and_then(|own| own.remove("observation_scale")) {
        table.insert("observation_scale".into(), scale);
    }
    for part in ["collect", "update", "sac", "ppo", "iql", "evaluate"] {
        let own = table.get_mut(name).and_then(|own| own.as_table_mut()).and_then(|own| own.remove(part));
        if let Some(own) = own.as_ref().and_then(toml::Value::as_table) {
            let shared = table.entry(part).or_insert_with(|| toml::Table::new().into());
            shared.as_table_mut().expect("presets are tested").extend(own.clone());
        }
    }
    toml::to_string(&table).expect("presets are plain values")
}

fn unknown<'a>(what: &str, got: &str, names: impl Iterator<Item = &'a str> + Clone) -> TrainerError {
    let list = names.clone().collect::<Vec<_>>().join(", ");
    let hint = nearest(got, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    TrainerError::Usage(format!("unknown {what} `{got}`{hint} (there are {list})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_preset_says_of_an_objective_is_for_it_alone() {
        let of = |objective: &str| {
            let given = ["env=PointMaze-Large-v0".to_owned(), format!("objective={objective}")].map(Layer::Set);
            let (config, _) = RunConfig::resolve(&given).expect("presets are valid");
            (config.observation_scale, config.evaluate.midpoints, config.update.batch)
        };
        assert_eq!(of("hilp"), (4.0, 5, 256));
        assert_eq!(of("metra"), (1.0, 0, 256));
    }

    #[test]
    fn every_preset_resolves_with_every_objective() {
        for env in freeroam_envs::ids() {
            for (objective, _) in objectives() {
                let given = [format!("env={env}"), format!("objective={objective}")].map(Layer::Set);
                let (config, _) = RunConfig::resolve(&given).expect("presets are valid");
                assert_eq!((config.env.as_str(), config.objective.as_str()), (env, *objective));
                let text = toml::to_string(&config.table()).expect("serialises");
                let back: RunConfig = toml::from_str(&text).expect("deserialises");
                assert_eq!(back, config);
            }
        }
    }

    #[test]
    fn a_robot_of_ones_own_is_read_once_and_kept() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("ant.xml");
        std::fs::write(&path, include_str!("../../envs/assets/ant.xml")).expect("writable");
        let robot = Layer::Set(format!("robot={}", path.display()));
        let (config, _) = RunConfig::resolve(std::slice::from_ref(&robot)).expect("a robot");
        assert_eq!((config.env.as_str(), config.world().expect("a world").spec().action.len()), ("Robot-v0", 8));
        // What the run folder keeps is enough, whatever happens to the file.
        let kept = dir.path().join("config.toml");
        std::fs::write(&kept, config.to_toml()).expect("writable");
        std::fs::write(&path, "<mujoco/>").expect("writable");
        assert_eq!(RunConfig::resolve(&[Layer::File(kept)]).expect("settings").0, config);
        let refused = |sets: &[&str]| {
            let layers: Vec<_> = sets.iter().map(|set| Layer::Set((*set).to_owned())).collect();
            RunConfig::resolve(&layers).expect_err("refused").to_string()
        };
        assert!(refused(&["robot=no.xml"]).contains("robot `no.xml`"), "{}", refused(&["robot=no.xml"]));
        assert!(refused(&["env=Robot-v0"]).contains("robot is missing"), "{}", refused(&["env=Robot-v0"]));
        let empty = refused(&[&format!("robot={}", path.display())]);
        assert!(empty.contains("ant.xml: robot `robot`: it has no hinge or slide joint"), "{empty}");
        let elsewhere = RunConfig::resolve(&[robot, Layer::Set("env=Ant-v0".into())]).expect_err("refused").to_string();
        assert!(elsewhere.contains("robot is given"), "{elsewhere}");
    }

    #[test]
    fn mistakes_are_named() {
        for (set, part) in [
            ("env=PointMaze-Uaze-v0", "PointMaze-UMaze-v0"),
            ("objective=mtra", "`metra`"),
            ("sac.lerning_rate=1", "sac.learning_rate"),
            ("sac.discount=1.5", "0 to 1"),
            ("ddpg.steps=0", "1 to 1000"),
            ("iql.expectile=1", "above 0 and below 1"),
            ("ppo.lambda=2", "0 to 1"),
            ("metra.skill_dim=0", "metra.skill_dim"),
            ("diayn.width=3", "setting of the objective `diayn`, this run has `metra`"),
        ] {
            let error = RunConfig::resolve(&[Layer::Set(set.to_owned())]).expect_err("is wrong").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
