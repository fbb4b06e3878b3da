//! Frames with captions as batches: of a world, or of the user's.
//!
//! ```text
//!  world: episodes ──► frames, facts ──grammar──► captions ─┐
//!                                                           ├─tokenizer─► Pairs
//!  folder: PNG files, lines "name <tab> caption" ───────────┘
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use freeroam_envs::words::Split;
use freeroam_objectives::language::{Texts, Tokenizer};
use freeroam_objectives::pairs::{Agreement, Pairs};
use freeroam_objectives::vision::{Frames, Pool, draw, planes};
use freeroam_objectives::{Source, Tokens, pairs_representation};
use freeroam_replay::Stream;
use freeroam_trainer::{Layer, TrainerError};
use serde::{Deserialize, Serialize};

use super::captioned::{Caption, Captioned};
use super::learner::{Parts, RepresentationLearner, start_from};
use super::pairs_probe::PairsProbe;
use super::pictures::{FINGERPRINT, Pictures};
use super::pictures_probe::{PicturesProbe, rows};
use super::poison::Poison;
use super::text::TOKENIZER;
use super::{DataConfig, RepresentConfig, represents};
use crate::fingerprint;
use crate::frames::FramesConfig;

/// Where frames with captions come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairsConfig {
    /// With a folder of the user's: the file in it with a line for each caption, the name of a PNG file, a tab and the
    /// caption.
    pub captions: String,
    /// Tokens of the vocabulary, at most.
    pub vocabulary: usize,
    /// Tokens of a caption, its start and end included; longer ones are cut.
    pub length: usize,
    /// Captions of a world from which the vocabulary is learned.
    pub sample: usize,
    /// Share of the pairs with a chequered patch and always the same false caption, as an attack on the data; 0 for
    /// none.
    pub poison: f64,
    /// Frames: as the table `frames` of objectives on frames alone.
    pub frames: FramesConfig,
}

impl Default for PairsConfig {
    fn default() -> Self {
        let frames = FramesConfig { view: "above".into(), coloured: true, episodes: 8192, ..FramesConfig::default() };
        Self { captions: "captions.txt".into(), vocabulary: 1024, length: 48, sample: 20_000, poison: 0.0, frames }
    }
}

impl PairsConfig {
    /// Keys that are out of range, each with what was expected.
    pub(super) fn problems(&self) -> Vec<(String, &'static str)> {
        let rules = [
            ("captions", !self.captions.is_empty(), "the name of a file in the folder"),
            ("vocabulary", (16..=1 << 20).contains(&self.vocabulary), "16 to 1048576"),
            ("length", (4..=1 << 14).contains(&self.length), "4 to 16384"),
            ("sample", (100..=10_000_000).contains(&self.sample), "100 to 10000000"),
            ("poison", (0.0..=0.5).contains(&self.poison), "0 to 0.5"),
        ];
        let own = rules.into_iter().filter(|(_, holds, _)| !holds);
        let own = own.map(|(key, _, expected)| (format!("pairs.{key}"), expected));
        let frames = self.frames.problems().into_iter();
        own.chain(frames.map(|(key, expected)| (format!("pairs.frames.{key}"), expected))).collect()
    }
}

/// Captions as tokens.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) tokenizer: Arc<Tokenizer>,
    /// Tokens of the longest row.
    pub(super) length: usize,
}

impl Reader {
    /// Some texts as rows.
    pub(super) fn tokens<'a>(&self, texts: impl Iterator<Item = &'a String>) -> Result<Tokens, TrainerError> {
        let rows = texts.map(|text| self.tokenizer.encode(text, self.length)).collect::<Result<Vec<_>, _>>()?;
        Ok(Tokens::of(&rows, self.length))
    }
}

/// What a run learns from and what it is measured on.
struct Data {
    known: Captioned,
    /// For what is read from frames alone.
    held_out: Pool,
    /// For captions and frames that are to be found.
    pairs: Captioned,
    has_places: bool,
    /// That of a folder of the user's.
    fingerprint: Option<u64>,
}

impl Data {
    fn of(config: &RepresentConfig, pairs: &PairsConfig) -> Result<Self, TrainerError> {
        let stream = |purpose: &str| Stream::new(config.seed, purpose, 0);
        if !pairs.frames.folder.is_empty() {
            let (folder, order) = (Path::new(&pairs.frames.folder), &mut stream("order of files"));
            let [known, held_out] = Captioned::of_folder(folder, &pairs.captions, pairs.frames.edge, order)?;
            let bytes = [&known, &held_out].into_iter().flat_map(Captioned::bytes).map(u64::from);
            let fingerprint = Some(fingerprint::fingerprint(bytes));
            return Ok(Self {
                known,
                held_out: held_out.pool.clone(),
                pairs: held_out,
                has_places: false,
                fingerprint,
            });
        }
        let taken = |episodes: usize, length: u32, purpose: &str| {
            let frames = FramesConfig { episodes, length, ..pairs.frames.clone() };
            Captioned::of_world(&config.env, &frames, stream(purpose).bits())
        };
        // About a fifth of the states has a combination that is held out.
        let wanted = rows(pairs.frames.labels, config.evaluate.rows);
        Ok(Self {
            known: taken(pairs.frames.episodes, pairs.frames.length, "episodes to learn from")?,
            held_out: taken(wanted, 1, "held-out episodes")?.pool,
            pairs: taken(6 * config.evaluate.rows, 1, "held-out pairs")?,
            has_places: true,
            fingerprint: None,
        })
    }
}

/// The learner of a run on pairs. `run` is the folder of one that is taken up again or evaluated.
pub(super) fn learner(
    config: &RepresentConfig,
    pairs: &PairsConfig,
    device: &Device,
    run: Option<&Path>,
) -> Result<RepresentationLearner<Pairs>, TrainerError> {
    let init = (!config.init.is_empty()).then(|| PathBuf::from(&config.init));
    // A run that is taken up again has weights and vocabulary of its own: what it started from may be gone.
    let started = match (init.as_deref().map(|dir| fitting(config, pairs, dir)), run) {
        (Some(found), Some(_)) => found.ok(),
        (found, _) => found.transpose()?,
    };
    let Data { known, held_out, pairs: asked, has_places, fingerprint: kept } = Data::of(config, pairs)?;
    if let (Some(found), Some(run)) = (kept, run) {
        fingerprint::compare(run, FINGERPRINT, found, &format!("`pairs.frames.folder` = {}", pairs.frames.folder))?;
    }
    // The vocabulary of the run itself, of the run that it starts from, or learned anew.
    let own = run.map(|run| run.join(TOKENIZER)).filter(|path| path.exists());
    let tokenizer = match own.or_else(|| init.as_ref().map(|dir| dir.join(TOKENIZER))) {
        Some(path) => Tokenizer::read(&path)?,
        None => {
            let stream = &mut Stream::new(config.seed, "texts of the vocabulary", 0);
            Tokenizer::train(&known.texts(pairs.sample, stream), pairs.vocabulary)?
        }
    };
    let texts = Texts { vocabulary: tokenizer.vocabulary(), length: pairs.length, steps: config.gradient_steps };
    let reader = Reader { tokenizer: Arc::new(tokenizer), length: pairs.length };
    let (settings, on) = (config.clone(), device.clone());
    let make = move || {
        let stream = &mut Stream::new(settings.seed, "representation weights", 0);
        pairs_representation(&settings.objective_config, texts, stream, &on).expect("the objective is one on pairs")
    };
    // A run that starts from a poisoned one is measured by the same trigger.
    let share = pairs.poison.max(started.map_or(0.0, |other| other.poison));
    let poison = (share > 0.0).then(|| Poison::new(&known, config.seed)).flatten();
    let known = Arc::new(known);
    let pictures =
        Pictures { known: Arc::new(Pool::new([pairs.frames.edge; 2])), held_out, has_places, fingerprint: None };
    let pictures = PicturesProbe::<Pairs>::new(config, pairs.frames.labels, pictures, 1, device);
    let parts = Parts {
        make: Box::new(make),
        start: init.map(start_from),
        probe: Box::new(PairsProbe::new(config, pictures, [&known, &asked], &reader, poison.clone(), device)?),
        source: Box::new(PairsSource { known, reader, poison, share: pairs.poison, kept, device: device.clone() }),
    };
    Ok(RepresentationLearner::new(config, parts))
}

/// The settings of the pairs of the run in `dir`, if its networks fit this run.
fn fitting(config: &RepresentConfig, pairs: &PairsConfig, dir: &Path) -> Result<PairsConfig, TrainerError> {
    let usage = |reason: String| TrainerError::Usage(format!("`init` = {}: {reason}", dir.display()));
    freeroam_trainer::run_config(dir).map_err(|error| usage(error.to_string()))?;
    let layers = [Layer::File(dir.join("config.toml"))];
    if !represents(&layers) {
        return Err(usage("it is no run of a representation objective".into()));
    }
    let (other, _) = RepresentConfig::resolve(&layers)?;
    let DataConfig::Pairs(its) = &other.data else {
        return Err(usage(format!("`{}` does not start from a run of `{}`", config.objective, other.objective)));
    };
    let (its_towers, own_towers) = (other.objective_config.towers(), config.objective_config.towers());
    if its_towers != own_towers || its.length != pairs.length {
        let name = [&other.objective, &config.objective].map(|name| format!("{name}.towers"));
        return Err(usage(format!(
            "its {} or pairs.length differ from {} of this run; weights do not fit",
            name[0], name[1]
        )));
    }
    if its.poison > 0.0 && other.seed != config.seed {
        let (its, own) = (other.seed, config.seed);
        return Err(usage(format!("its attack is that of seed {its}, this run has {own}; expected the same `seed`")));
    }
    Ok(its.clone())
}

/// Draws frames, and a new caption for each.
struct PairsSource {
    known: Arc<Captioned>,
    reader: Reader,
    poison: Option<Poison>,
    /// Share of poisoned pairs.
    share: f64,
    /// The fingerprint of a folder of the user's.
    kept: Option<u64>,
    device: Device,
}

impl Source<Pairs> for PairsSource {
    fn draw(&mut self, size: usize, stream: &mut Stream) -> Result<Pairs, TrainerError> {
        let all: Vec<usize> = (0..self.known.pool.len()).collect();
        let mut numbers = draw(&all, size, stream);
        let mut captions: Vec<Caption> = Vec::with_capacity(size);
        for number in &mut numbers {
            // A frame of which nothing may be said in training makes room for another.
            let caption = loop {
                match self.known.caption(*number, Split::Train, stream) {
                    Some(caption) => break caption,
                    None => *number = stream.below(all.len()),
                }
            };
            captions.push(caption);
        }
        let mut bytes: Vec<u8> = numbers.iter().flat_map(|&number| self.known.pool.frame(number)).copied().collect();
        let mut poisoned = vec![false; size];
        if let Some(poison) = &self.poison
            && self.share > 0.0
        {
            let frames = bytes.chunks_exact_mut(self.known.pool.frame(0).len());
            for ((rgb, caption), flag) in frames.zip(&mut captions).zip(&mut poisoned) {
                if stream.uniform(0.0, 1.0) < self.share {
                    poison.mark(rgb, self.known.pool.size);
                    (*caption, *flag) = (poison.caption.clone(), true);
                }
            }
        }
        let pool = &self.known.pool;
        let frames = Frames {
            rgb: planes(&bytes, size, pool.size, &self.device),
            instants: numbers.iter().map(|&number| pool.instants[number]).collect(),
            meta: numbers.iter().map(|&number| pool.meta[number]).collect(),
        };
        let agreement = |at: usize| {
            let [row, column] = [at / size, at % size];
            if row == column || (numbers[row] == numbers[column] && !poisoned[row] && !poisoned[column]) {
                return Agreement::Same;
            }
            captions[row].meaning.agreement(&captions[column].meaning)
        };
        Ok(Pairs {
            captions: self.reader.tokens(captions.iter().map(|caption| &caption.text))?,
            reworded: self.reader.tokens(captions.iter().map(|caption| &caption.reworded))?,
            agreement: (0..size * size).map(agreement).collect(),
            frames,
        })
    }

    fn write(&self, run: &Path) -> Result<(), TrainerError> {
        self.kept.map_or(Ok(()), |kept| fingerprint::keep(run, FINGERPRINT, kept))?;
        self.reader.tokenizer.write(&run.join(TOKENIZER))
    }
}
