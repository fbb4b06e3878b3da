//! The settings of a run that learns to represent.

use freeroam_objectives::{DataKind, RepresentationConfig, objectives, representations, under};
use freeroam_trainer::{Layer, Layers, TrainerError};
use serde::{Deserialize, Serialize};

use crate::RunConfig;

use super::PairsConfig;
use crate::frames::FramesConfig;

/// Settings of a run of a representation objective.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepresentConfig {
    /// World whose captions or pictures are learned from, where no file is given; `train --list` shows all.
    pub env: String,
    /// Representation objective, e.g. `mlm`; its settings are in the table of that name.
    pub objective: String,
    /// Folder of a run whose newest checkpoint this one starts from, for objectives that can; empty for fresh weights.
    pub init: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// `cpu` or `cuda:N`.
    pub device: String,
    /// Gradient steps to train for; the schedule of the learning rate ends with them.
    pub gradient_steps: u64,
    /// Rows per gradient step.
    pub batch: usize,
    /// Gradient steps between metric records.
    pub log_every: u64,
    /// Gradient steps between evaluations; 0 evaluates at the end only.
    pub evaluate_every: u64,
    /// Gradient steps between checkpoints; 0 writes one at the end only.
    pub checkpoint_every: u64,
    /// Checkpoints kept.
    pub keep_checkpoints: usize,
    /// Evaluation.
    pub evaluate: ProbeConfig,
    /// The table named after the kind of data.
    #[serde(flatten)]
    pub data: DataConfig,
    /// The table named after the objective.
    #[serde(flatten)]
    pub objective_config: RepresentationConfig,
}

/// How features are evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProbeConfig {
    /// Held-out rows on which the objective itself and the spread of features are measured.
    pub rows: usize,
    /// Pairs of sentences whose similarity is compared with that of their features; captions only.
    pub pairs: usize,
    /// Gradient steps of a network from scratch on the labelled rows, beside the features in the report; 0 leaves it out. Not
    /// for texts.
    pub supervised: u64,
}

/// Where batches come from; serialises as the table named after the kind of data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataConfig {
    /// Texts.
    Text(TextConfig),
    /// Frames.
    Frames(FramesConfig),
    /// Clips.
    Clips(FramesConfig),
    /// Frames with captions.
    Pairs(PairsConfig),
}

/// Texts and how they become tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextConfig {
    /// A text file in UTF-8: paragraphs with empty lines between them, or else one text per line. Empty for captions of the
    /// world `env`, made as they are needed.
    pub file: String,
    /// Tokens of the vocabulary, at most.
    pub vocabulary: usize,
    /// Tokens of a text, its start and end included; longer captions are cut, longer texts of a file learned in pieces.
    pub length: usize,
    /// Captions from which the vocabulary is learned.
    pub sample: usize,
    /// Share of the texts of a file that is kept for evaluation.
    pub held_out: f64,
}

impl Default for RepresentConfig {
    fn default() -> Self {
        Self {
            env: "AntMaze-Large-v0".into(),
            objective: "mlm".into(),
            init: String::new(),
            seed: 0,
            device: "cpu".into(),
            gradient_steps: 2000,
            batch: 64,
            log_every: 20,
            evaluate_every: 500,
            checkpoint_every: 500,
            keep_checkpoints: 2,
            evaluate: ProbeConfig::default(),
            data: DataConfig::of(DataKind::Text),
            objective_config: RepresentationConfig::named("mlm").expect("is listed"),
        }
    }
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self { rows: 512, pairs: 1000, supervised: 400 }
    }
}

impl Default for TextConfig {
    fn default() -> Self {
        Self { file: String::new(), vocabulary: 1024, length: 48, sample: 20_000, held_out: 0.1 }
    }
}

impl DataConfig {
    /// The default settings of a kind of data.
    #[must_use]
    pub fn of(kind: DataKind) -> Self {
        match kind {
            DataKind::Text => Self::Text(TextConfig::default()),
            DataKind::Frames => Self::Frames(FramesConfig::default()),
            DataKind::Clips => Self::Clips(FramesConfig::of_clips()),
            DataKind::Pairs => Self::Pairs(PairsConfig::default()),
        }
    }

    /// The settings of frames, where there are some.
    fn frames_mut(&mut self) -> Option<&mut FramesConfig> {
        match self {
            Self::Text(_) => None,
            Self::Frames(frames) | Self::Clips(frames) => Some(frames),
            Self::Pairs(pairs) => Some(&mut pairs.frames),
        }
    }

    /// Whether batches come from files of the user's and not from a world.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        match self {
            Self::Text(text) => !text.file.is_empty(),
            Self::Frames(frames) | Self::Clips(frames) => !frames.folder.is_empty(),
            Self::Pairs(pairs) => !pairs.frames.folder.is_empty(),
        }
    }

    fn problems(&self) -> Vec<(String, &'static str)> {
        match self {
            Self::Frames(frames) => under("frames", frames.problems()).collect(),
            Self::Clips(clips) => under("clips", clips.problems()).collect(),
            Self::Pairs(pairs) => pairs.problems(),
            Self::Text(text) => {
                let rules = [
                    ("text.vocabulary", (16..=1 << 20).contains(&text.vocabulary), "16 to 1048576"),
                    ("text.length", (4..=1 << 14).contains(&text.length), "4 to 16384"),
                    ("text.sample", (100..=10_000_000).contains(&text.sample), "100 to 10000000"),
                    ("text.held_out", text.held_out > 0.0 && text.held_out < 1.0, "above 0, below 1"),
                ];
                let broken = rules.into_iter().filter(|(_, holds, _)| !holds);
                broken.map(|(key, _, expected)| (key.to_owned(), expected)).collect()
            }
        }
    }
}

/// Whether the layers choose a representation objective, and so settings of this kind.
#[must_use]
pub fn represents(layers: &[Layer]) -> bool {
    let objective = layers.iter().rev().find_map(|layer| layer.text("objective"));
    objective.is_some_and(|name| RepresentationConfig::named(&name).is_some())
}

/// Settings of runs with a policy that these runs have not, and what is in their place.
const ELSEWHERE: [(&str, &str); 5] = [
    ("env_steps", "it takes no steps in a world; its budget is `gradient_steps`"),
    ("threads", "it steps no worlds"),
    ("collect", "it collects nothing"),
    ("update", "its budget is `gradient_steps`, its rows per step are `batch`"),
    ("data", "it learns from texts, frames or both"),
];

impl RepresentConfig {
    /// Resolves the settings of a run: defaults, then the layers `given`, in order; for layers that
    /// [choose](represents) a representation objective.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] naming the key, its value, where it came from and what was expected.
    pub fn resolve(given: &[Layer]) -> Result<(Self, Layers), TrainerError> {
        let defaults = Self::default();
        let name = given.iter().rev().find_map(|layer| layer.text("objective")).unwrap_or(defaults.objective.clone());
        let objective_config = RepresentationConfig::named(&name)
            .ok_or_else(|| TrainerError::Usage(format!("`{name}` is no representation objective")))?;
        let mut data = DataConfig::of(objective_config.data());
        let env = match data {
            DataConfig::Text(_) => defaults.env.clone(),
            DataConfig::Frames(_) | DataConfig::Clips(_) => "PointMaze-Medium-v0".to_owned(),
            DataConfig::Pairs(_) => "PointMaze-Large-v0".to_owned(),
        };
        let chosen = given.iter().rev().find_map(|layer| layer.text("env"));
        if let (Some(edge), Some(frames)) = (chosen.and_then(|env| edge_of(&env)), data.frames_mut()) {
            frames.edge = edge;
        }
        // A contrast of sentences wants many others in a batch; from a trained start few steps are enough.
        let (gradient_steps, batch) = match objective_config {
            RepresentationConfig::SimCse(_) | RepresentationConfig::CleanClip(_) => (1000, 128),
            RepresentationConfig::Clip(_) => (defaults.gradient_steps, 128),
            _ => (defaults.gradient_steps, defaults.batch),
        };
        let base = Self { objective: name.clone(), objective_config, data, env, gradient_steps, batch, ..defaults };
        let own = base.table();
        let mut layers = Layers::new(own.clone());
        for key in RunConfig::default().table().keys().filter(|key| !own.contains_key(*key)) {
            let reason =
                ELSEWHERE.iter().find(|(known, _)| known == key).map_or("it has no policy", |(_, reason)| reason);
            layers.elsewhere(key, &format!("a run of the objective `{name}` has no such setting: {reason}"));
        }
        let others = objectives().iter().chain(representations()).map(|(other, _)| *other);
        for other in others.filter(|other| *other != name) {
            let reason = format!("it is a setting of the objective `{other}`, this run has `{name}`");
            layers.elsewhere(other, &reason);
        }
        for layer in given {
            layers.put(layer)?;
        }
        let config: Self = layers.resolve()?;
        config.check(&layers)?;
        Ok((config, layers))
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

    fn check(&self, layers: &Layers) -> Result<(), TrainerError> {
        let rules = [
            ("gradient_steps", self.gradient_steps > 0, "a positive number of steps"),
            ("batch", (2..=1 << 16).contains(&self.batch), "2 to 65536"),
            ("log_every", self.log_every > 0, "at least 1"),
            ("keep_checkpoints", self.keep_checkpoints > 0, "at least 1"),
            ("evaluate.rows", (2..=1 << 20).contains(&self.evaluate.rows), "2 to 1048576"),
            ("evaluate.pairs", (8..=1 << 20).contains(&self.evaluate.pairs), "8 to 1048576"),
        ];
        let shared = rules.into_iter().filter(|(_, holds, _)| !holds);
        let shared = shared.map(|(key, _, expected)| (key.to_owned(), expected));
        let data = self.data.problems().into_iter();
        let own = self.objective_config.problems().into_iter();
        let own = own.map(|(key, expected)| (format!("{}.{key}", self.objective), expected));
        let own = own.chain(self.least_clip());
        match shared.chain(data).chain(own).next() {
            Some((key, expected)) => Err(layers.out_of_range(&key, expected)),
            None => Ok(()),
        }
    }
}

impl RepresentConfig {
    /// Keys of clips that are too short or too small for V-JEPA.
    fn least_clip(&self) -> Vec<(String, &'static str)> {
        let (DataConfig::Clips(clips), RepresentationConfig::Vjepa(vjepa)) = (&self.data, &self.objective_config)
        else {
            return Vec::new();
        };
        let [frames, pixels] = vjepa.least_clip();
        let rules = [
            ("clips.length", clips.length as usize >= frames, "at least 2 frames, which are a tube"),
            ("vjepa.patch", clips.edge >= pixels, "at most half of `clips.edge`"),
        ];
        rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key.to_owned(), expected)).collect()
    }
}

/// Pixels along the sides of the frames of the world `env`, where it has square ones.
fn edge_of(env: &str) -> Option<usize> {
    let [height, width, _] = freeroam_envs::world(env).ok()?.spec().frames?.shape();
    (height == width).then_some(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(sets: &[&str]) -> Result<RepresentConfig, TrainerError> {
        let layers: Vec<Layer> = sets.iter().map(|set| Layer::Set((*set).to_owned())).collect();
        RepresentConfig::resolve(&layers).map(|(config, _)| config)
    }

    #[test]
    fn clips_that_no_tube_fits_in_are_refused() {
        for (set, expected) in [
            (
                "clips.length=1",
                "`clips.length` = 1 (--set clips.length=1), expected at least 2 frames, which are a tube",
            ),
            ("vjepa.patch=32", "`vjepa.patch` = 32 (--set vjepa.patch=32), expected at most half of `clips.edge`"),
        ] {
            let message = resolve(&["objective=vjepa", set]).expect_err("is refused").to_string();
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn every_objective_resolves_and_survives_its_file() {
        for (name, _) in representations() {
            let config = resolve(&[&format!("objective={name}"), "batch=8"]).expect("is valid");
            assert_eq!((config.objective.as_str(), config.batch), (*name, 8));
            let back: RepresentConfig = toml::from_str(&config.to_toml()).expect("deserialises");
            assert_eq!(back, config);
            assert!(represents(&[Layer::Set(format!("objective={name}"))]));
        }
        assert!(!represents(&[Layer::Set("objective=metra".into())]) && !represents(&[]));
    }

    #[test]
    fn pictures_of_a_world_with_frames_have_their_size() {
        let edge = |sets: &[&str]| {
            let DataConfig::Frames(frames) = resolve(sets).expect("is valid").data else {
                panic!("learns from frames")
            };
            frames.edge
        };
        assert_eq!(edge(&["objective=cpc", "env=Ant-Pixels-v0"]), 64);
        assert_eq!(edge(&["objective=cpc", "env=Ant-Pixels-v0", "frames.edge=32"]), 32);
        assert_eq!(edge(&["objective=cpc", "env=Ant-v0"]), 32);
    }

    #[test]
    fn mistakes_are_named() {
        for (sets, part) in [
            (&["objective=mlm", "mlm.shar=0.2"][..], "`mlm.share`"),
            (&["objective=mlm", "mlm.net.heads=3"], "`mlm.net.heads` = 3 (--set mlm.net.heads=3), expected a divisor"),
            (&["objective=mlm", "simcse.temperature=1"], "objective `simcse`, this run has `mlm`"),
            (&["objective=mlm", "metra.width=8"], "objective `metra`, this run has `mlm`"),
            (&["objective=mlm", "env_steps=8"], "its budget is `gradient_steps`"),
            (&["objective=mlm", "sac.width=8"], "it has no policy"),
            (&["objective=mlm", "text.vocabulary=3"], "16 to"),
            (&["objective=mlm", "batch=1"], "2 to"),
            (&["objective=cpc", "env=Ant-Pixels-v0", "frames.edge=1"], "16, 24, 32, .. 1024 pixels"),
        ] {
            let error = resolve(sets).expect_err("is wrong").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
