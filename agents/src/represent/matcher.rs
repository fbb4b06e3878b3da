//! What a run on pairs has learned, for other runs in its world: places and sentences in one space.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_envs::World;
use freeroam_envs::words::Words;
use freeroam_objectives::language::{Texts, Tokenizer};
use freeroam_objectives::pairs::Pairs;
use freeroam_objectives::vision::Frames;
use freeroam_objectives::{Representation, Tokens, pairs_representation};
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;
use freeroam_trainer::{Layer, TrainerError, checkpoint_part, run_config};

use super::text::TOKENIZER;
use super::{DataConfig, PairsConfig, RepresentConfig, represents};
use crate::AgentsError;
use crate::frames::place_frames;

/// Frames and captions that go through the networks at once.
const BATCH: usize = 128;

/// Both towers of a run on pairs of a world, with its camera, vocabulary and grammar.
pub struct Matcher {
    config: RepresentConfig,
    pairs: PairsConfig,
    world: World,
    words: Words,
    tokenizer: Tokenizer,
    objective: Box<dyn Representation<Pairs>>,
    device: Device,
}

impl Matcher {
    /// Of the run in `dir` at its newest checkpoint, on the plain `device`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when it is no run on pairs of a world, [`TrainerError::Checkpoint`] when a network is
    /// damaged.
    pub fn of_run(dir: &Path, device: &Device) -> Result<Self, TrainerError> {
        let usage = |reason: String| TrainerError::Usage(format!("run {}: {reason}", dir.display()));
        run_config(dir)?;
        let layers = [Layer::File(dir.join("config.toml"))];
        let expected = "expected one of `clip` or `cleanclip`";
        if !represents(&layers) {
            return Err(usage(format!("it is no run of a representation objective, {expected}")));
        }
        let (config, _) = RepresentConfig::resolve(&layers)?;
        let DataConfig::Pairs(pairs) = config.data.clone() else {
            return Err(usage(format!("it is a run of `{}`, {expected}", config.objective)));
        };
        if config.data.is_of_files() {
            return Err(usage("it learned from a folder, expected one that learned from a world".into()));
        }
        let world = freeroam_envs::world(&config.env).map_err(|error| usage(error.to_string()))?;
        let tokenizer = Tokenizer::read(&dir.join(TOKENIZER))?;
        let texts = Texts { vocabulary: tokenizer.vocabulary(), length: pairs.length, steps: config.gradient_steps };
        let weights = &mut Stream::new(0, "weights to be replaced", 0);
        let mut objective = pairs_representation(&config.objective_config, texts, weights, device)
            .ok_or_else(|| usage(format!("it is a run of `{}`, {expected}", config.objective)))?;
        let is_network = |file: &str| file.ends_with(".bpk") || file.ends_with(".step");
        objective.load(&checkpoint_part(dir, None, &is_network)?.learner())?;
        let words = Words::new(world.spec());
        Ok(Self { config, pairs, words, world, tokenizer, objective, device: device.clone() })
    }

    /// The world that it learned from.
    #[must_use]
    pub fn env(&self) -> &str {
        &self.config.env
    }

    /// The language of that world.
    #[must_use]
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// How alike places (x, y), metres, look to what sentences say: cosines, `[sentences, places]` row by row. Each
    /// place is seen by the run's camera with the body at rest.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] for a sentence with characters or words that the vocabulary does not have,
    /// [`TrainerError::Learner`] when the world fails.
    pub fn cosines(&self, sentences: &[String], places: &[[f32; 2]]) -> Result<Vec<f32>, TrainerError> {
        let rows = sentences.iter().map(|sentence| self.encode(sentence)).collect::<Result<Vec<_>, _>>()?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let pool = place_frames(&self.pairs.frames, &self.world, places, threads).map_err(AgentsError::from)?;
        let said = rows.chunks(BATCH).filter_map(|rows| {
            // A frame beside each sentence, since towers read both.
            self.both(pool.frames(&vec![0; rows.len()], &self.device), Tokens::of(rows, self.pairs.length), 1)
        });
        let said: Vec<Tensor<2>> = said.collect();
        let numbers_of: Vec<usize> = (0..pool.len()).collect();
        let seen = numbers_of.chunks(BATCH).filter_map(|part| {
            let blank = vec![vec![Tokens::START, Tokens::END]; part.len()];
            self.both(pool.frames(part, &self.device), Tokens::of(&blank, self.pairs.length), 0)
        });
        let seen: Vec<Tensor<2>> = seen.collect();
        if said.is_empty() || seen.is_empty() {
            return Ok(Vec::new());
        }
        Ok(numbers(Tensor::cat(said, 0).matmul(Tensor::cat(seen, 0).transpose())))
    }

    /// One side of some pairs, `[B, D]`.
    fn both(&self, frames: Frames, captions: Tokens, side: usize) -> Option<Tensor<2>> {
        let pairs = Pairs { frames, reworded: captions.clone(), captions, agreement: Vec::new() };
        self.objective.sides(&pairs).map(|sides| sides[side].clone())
    }

    /// The tokens of a sentence, all of them known.
    fn encode(&self, sentence: &str) -> Result<Vec<u32>, TrainerError> {
        let usage = |reason: String| TrainerError::Usage(format!("prompt `{sentence}`: {reason}"));
        let ids = self.tokenizer.encode(sentence, usize::MAX)?;
        if ids.contains(&Tokens::UNKNOWN) {
            return Err(usage("it has characters that the run with the words has never seen".into()));
        }
        if ids.len() > self.pairs.length {
            return Err(usage(format!("it has {} tokens, expected at most {}", ids.len(), self.pairs.length)));
        }
        Ok(ids)
    }
}
