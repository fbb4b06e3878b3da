//! The settings of a data set: the program's arguments, its config file and the docs all follow this struct.

use std::fmt;

use freeroam_agents::{read_robot, world_of};
use freeroam_envs::{ROBOT_WORLDS, Spec, World};
use freeroam_trainer::{Layer, Layers, TrainerError, nearest};
use serde::{Deserialize, Serialize};

use crate::file_name::file_name;

/// What a data set is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Long episodes through the whole world: a new goal whenever one is reached.
    #[default]
    Navigate,
    /// Short episodes to a cell nearby: long ways have to be put together from several.
    Stitch,
    /// Random headings, or random skills.
    Explore,
}

/// The files that a data set is written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Two npz archives, as OGBench's loader reads them.
    #[default]
    Ogbench,
    /// Two data sets of Minari, in Parquet files.
    Minari,
}

/// Settings of a data set. Defaults depend on the world and the kind: those that OGBench publishes, where it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetConfig {
    /// World, e.g. `PointMaze-Large-v0`; `train --list` shows all.
    pub env: String,
    /// A robot of one's own for the worlds `Robot-v0` (the default with a robot) and `RobotMaze-*`: an MJCF document. The setting
    /// takes the path of its file.
    pub robot: String,
    /// `navigate`, `stitch` or `explore`.
    pub kind: Kind,
    /// Seed of every random stream.
    pub seed: u64,
    /// Episodes for training. OGBench: 1000 navigate (500 in the giant maze of points and ants), 5000 stitch, 10,000 explore.
    pub episodes: usize,
    /// Episodes for validation, as a share of those for training. OGBench: 0.1.
    pub validation: f64,
    /// Transitions of an episode. OGBench: 1000 navigate (2000 in giant mazes), 200 stitch, 500 explore; more for humanoids.
    pub steps: u32,
    /// Standard deviation of the noise on every action, before they are clipped to `[-1, 1]`. OGBench: 0.5 point, 0.2 others,
    /// 1 in explore.
    pub noise: f64,
    /// Steps between two headings or skills in explore. OGBench: 10.
    pub redraw: u32,
    /// Cells from the start to the goal in stitch. OGBench: 4.
    pub cells: u32,
    /// In the goal's cell, make for the goal itself instead of the middle of the cell. OGBench: false.
    pub aim_true_goal: bool,
    /// Run folder whose policy acts instead of a scripted one; empty for the scripted one.
    pub policy: String,
    /// Device of that policy, `cpu` or `cuda:N`.
    pub device: String,
    /// `ogbench` or `minari`.
    pub format: Format,
    /// Compress npz archives, as OGBench's own are.
    pub compress: bool,
    /// Threads that make episodes; results do not depend on it. 0 takes all cores.
    pub threads: usize,
}

/// What depends on the world and the kind.
struct Published {
    episodes: usize,
    steps: u32,
    noise: f64,
}

/// OGBench (Park et al., 2025), table of data sets, by body and size of the maze; other worlds are made as those of ants.
///
/// Differences: OGBench has no explore data of points; here it is as that of ants.
fn published(env: &str, kind: Kind) -> Published {
    let (body, maze) = env.split_once('-').unwrap_or((env, ""));
    let giant = maze.starts_with("Giant");
    let humanoid = body.starts_with("Humanoid");
    let noise = if body.starts_with("Point") { 0.5 } else { 0.2 };
    let (episodes, steps) = match (kind, humanoid, giant) {
        (Kind::Navigate, false, false) => (1000, 1000),
        (Kind::Navigate, false, true) => (500, 2000),
        (Kind::Navigate, true, false) => (1000, 2000),
        (Kind::Navigate, true, true) => (1000, 4000),
        (Kind::Stitch, false, _) => (5000, 200),
        (Kind::Stitch, true, false) => (5000, 400),
        (Kind::Stitch, true, true) => (10_000, 400),
        (Kind::Explore, ..) => (10_000, 500),
    };
    Published { episodes, steps, noise: if kind == Kind::Explore { 1.0 } else { noise } }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Navigate, Self::Stitch, Self::Explore];

    /// Its name in settings and file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Navigate => "navigate",
            Self::Stitch => "stitch",
            Self::Explore => "explore",
        }
    }

    /// A few words on what it is, for lists.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Navigate => "long episodes, a new goal whenever one is reached",
            Self::Stitch => "short episodes to a cell a few cells away; mazes only",
            Self::Explore => "random headings or skills, drawn anew every few steps",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl DatasetConfig {
    /// The defaults of a world and a kind.
    #[must_use]
    pub fn new(env: &str, kind: Kind) -> Self {
        let Published { episodes, steps, noise } = published(env, kind);
        Self {
            env: env.to_owned(),
            robot: String::new(),
            kind,
            seed: 0,
            episodes,
            validation: 0.1,
            steps,
            noise,
            redraw: 10,
            cells: 4,
            aim_true_goal: false,
            policy: String::new(),
            device: "cpu".to_owned(),
            format: Format::Ogbench,
            compress: true,
            threads: 0,
        }
    }

    /// Resolves settings: the defaults of the world and kind that the layers `given` name, then these layers, in order.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] naming the key, its value, where it came from and what was expected.
    pub fn resolve(given: &[Layer]) -> Result<(Self, World), TrainerError> {
        let chosen = |key: &str| given.iter().rev().find_map(|layer| layer.text(key));
        let (file, robot) = read_robot(chosen("robot").unwrap_or_default())?;
        let own = if robot.is_empty() { "PointMaze-Large-v0" } else { ROBOT_WORLDS[0] };
        let env = chosen("env").unwrap_or_else(|| own.to_owned());
        let world = world_of(&env, &robot).map_err(|error| TrainerError::Usage(format!("{file}{error}")))?;
        let kind = match chosen("kind") {
            None => Kind::default(),
            Some(name) => Kind::named(&name).ok_or_else(|| {
                let near = nearest(&name, Kind::ALL.iter().map(|kind| kind.name())).unwrap_or_default();
                TrainerError::Usage(format!(
                    "unknown kind `{name}`; did you mean `{near}`? (there are navigate, stitch, explore)"
                ))
            })?,
        };
        let mut layers = Layers::of(&Self::new(&env, kind))?;
        for layer in given {
            layers.put(layer)?;
        }
        let config = Self { robot, ..layers.resolve()? };
        config.check(&layers, world.spec())?;
        Ok((config, world))
    }

    /// The settings as a TOML file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("settings are plain values")
    }

    /// The name of the data set, as OGBench makes them: `pointmaze-large-navigate-v0`.
    #[must_use]
    pub fn name(&self) -> String {
        let id = file_name(&self.env.to_lowercase());
        match id.rsplit_once("-v") {
            Some((world, version)) if version.parse::<u32>().is_ok() => format!("{world}-{}-v{version}", self.kind),
            _ => format!("{id}-{}", self.kind),
        }
    }

    /// Episodes of training and of validation.
    #[must_use]
    pub fn splits(&self) -> [usize; 2] {
        [self.episodes, (self.episodes as f64 * self.validation).round() as usize]
    }

    /// Threads, with 0 resolved to the number of cores.
    #[must_use]
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }

    fn check(&self, layers: &Layers, spec: &Spec) -> Result<(), TrainerError> {
        if spec.frames.is_some() {
            let plain = self.env.replace("-Pixels", "");
            let expected = format!("a world without frames, such as {plain}; `dataset render` then makes the pictures");
            return Err(layers.out_of_range("env", &expected));
        }
        if self.kind != Kind::Explore && spec.position.is_empty() {
            let expected = format!("explore, since the observation of {} does not show where the body is", self.env);
            return Err(layers.out_of_range("kind", &expected));
        }
        if self.kind == Kind::Stitch && spec.layout.is_none() {
            let expected = format!("navigate or explore, since {} has no cells", self.env);
            return Err(layers.out_of_range("kind", &expected));
        }
        let transitions = self.episodes as u64 * u64::from(self.steps);
        let rules = [
            ("episodes", (1..=1 << 24).contains(&self.episodes), "1 to 16777216"),
            ("validation", (0.0..=1.0).contains(&self.validation), "0 to 1 episodes per episode of training"),
            ("steps", (1..1 << 17).contains(&self.steps), "1 to 131071"),
            ("episodes", transitions <= 1 << 32, "less: `episodes` x `steps` is 4294967296 at most"),
            ("noise", self.noise.is_finite() && self.noise >= 0.0, "0 or more"),
            ("redraw", self.redraw > 0, "at least 1"),
            ("cells", self.cells > 0, "at least 1"),
            ("threads", self.threads <= 1024, "0 (all cores) to 1024"),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            Some((key, _, expected)) => Err(layers.out_of_range(key, expected)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(sets: &[&str]) -> Result<DatasetConfig, TrainerError> {
        let layers: Vec<Layer> = sets.iter().map(|&set| Layer::Set(set.to_owned())).collect();
        DatasetConfig::resolve(&layers).map(|(config, _)| config)
    }

    #[test]
    fn defaults_are_those_published() {
        let sizes = |env: &str, kind: Kind| {
            let config = DatasetConfig::new(env, kind);
            (config.splits(), config.steps, config.noise)
        };
        assert_eq!(sizes("PointMaze-Large-v0", Kind::Navigate), ([1000, 100], 1000, 0.5));
        assert_eq!(sizes("PointMaze-Giant-v0", Kind::Navigate), ([500, 50], 2000, 0.5));
        assert_eq!(sizes("PointMaze-Giant-v0", Kind::Stitch), ([5000, 500], 200, 0.5));
        assert_eq!(sizes("AntMaze-Medium-v0", Kind::Explore), ([10_000, 1000], 500, 1.0));
        assert_eq!(sizes("AntMaze-Giant-v0", Kind::Navigate), ([500, 50], 2000, 0.2));
        assert_eq!(sizes("HumanoidMaze-Giant-v0", Kind::Navigate), ([1000, 100], 4000, 0.2));
        assert_eq!(sizes("HumanoidMaze-Giant-v0", Kind::Stitch), ([10_000, 1000], 400, 0.2));
        assert_eq!(resolve(&["env=PointMaze-Giant-v0", "kind=stitch", "steps=7"]).expect("valid").episodes, 5000);
    }

    #[test]
    fn names_are_those_of_ogbench() {
        assert_eq!(DatasetConfig::new("PointMaze-Large-v0", Kind::Navigate).name(), "pointmaze-large-navigate-v0");
        assert_eq!(DatasetConfig::new("Ant-v0", Kind::Explore).name(), "ant-explore-v0");
        let file = DatasetConfig::new("PointMaze:mazes/my-very.txt", Kind::Stitch);
        assert_eq!(file.name(), "pointmaze-mazes-my-very-txt-stitch");
    }

    #[test]
    fn mistakes_are_named() {
        for (sets, parts) in [
            (&["env=PointMaze-Lage-v0"][..], &["PointMaze-Large-v0"][..]),
            (&["kind=navigat"], &["`navigat`", "`navigate`"]),
            (&["kind=stitch", "env=Point-v0"], &["`kind`", "Point-v0 has no cells"]),
            (&["env=Walker-walk-v0"], &["`kind`", "expected explore", "does not show where the body is"]),
            (&["env=PointMaze-Large-Pixels-v0"], &["`env`", "such as PointMaze-Large-v0", "dataset render"]),
            (&["episods=3"], &["`episods`", "`episodes`"]),
            (&["episodes=0"], &["`episodes` = 0", "--set episodes=0", "1 to"]),
            (&["episodes=100000", "steps=100000"], &["`episodes` = 100000", "`episodes` x `steps`"]),
            (&["validation=2"], &["`validation`", "0 to 1"]),
            (&["noise=-1"], &["`noise`", "0 or more"]),
            (&["noise=nan"], &["`noise`"]),
            (&["format=hdf5"], &["`format`", "hdf5"]),
        ] {
            let message = resolve(sets).expect_err("is wrong").to_string();
            for part in parts {
                assert!(message.contains(part), "`{part}` is missing in: {message}");
            }
        }
    }
}
