//! Texts as batches: captions of a world, or a file of the user's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::Device;
use freeroam_envs::words::{Split, Words};
use freeroam_objectives::language::{Texts, Tokenizer};
use freeroam_objectives::nets::TransformerConfig;
use freeroam_objectives::{Source, Tokens, text_representation};
use freeroam_replay::Stream;
use freeroam_trainer::{Layer, TrainerError};

use super::documents::Documents;
use super::learner::{Parts, RepresentationLearner, start_from};
use super::text_probe::TextProbe;
use super::{DataConfig, RepresentConfig, TextConfig, represents};
use crate::fingerprint;

/// Where texts come from.
pub(super) enum Corpus {
    /// Captions, made as they are needed; combinations of facts are held out.
    Captions(Box<Words>),
    /// A file.
    Documents(Documents),
}

/// Texts and the numbers of their tokens.
pub(super) struct Reader {
    pub(super) corpus: Corpus,
    pub(super) tokenizer: Tokenizer,
    /// Tokens of the longest row.
    pub(super) length: usize,
}

/// The vocabulary, in the run folder.
pub(super) const TOKENIZER: &str = "tokenizer.json";
/// The fingerprint of a run's file, in the run folder.
const FINGERPRINT: &str = "text.fingerprint";

/// The learner of a run on texts. `run` is the folder of one that is taken up again or evaluated.
pub(super) fn learner(
    config: &RepresentConfig,
    text: &TextConfig,
    device: &Device,
    run: Option<&Path>,
) -> Result<RepresentationLearner<Tokens>, TrainerError> {
    let corpus = corpus(config, text)?;
    if let (Corpus::Documents(documents), Some(run)) = (&corpus, run) {
        fingerprint::compare(run, FINGERPRINT, documents.fingerprint, &format!("`text.file` = {}", text.file))?;
    }
    // The vocabulary of the run itself, of the run that it starts from, or learned anew.
    let kept = run.map(|run| run.join(TOKENIZER)).filter(|path| path.exists());
    let init = (!config.init.is_empty()).then(|| PathBuf::from(&config.init));
    let tokenizer = match (kept, &init) {
        (Some(path), _) => Tokenizer::read(&path)?,
        (None, Some(init)) => {
            fitting(config, text, init)?;
            Tokenizer::read(&init.join(TOKENIZER))?
        }
        (None, None) => vocabulary(&corpus, text, config.seed)?,
    };
    let texts = Texts { vocabulary: tokenizer.vocabulary(), length: text.length, steps: config.gradient_steps };
    let reader = Arc::new(Reader { corpus, tokenizer, length: text.length });
    let (settings, on) = (config.clone(), device.clone());
    let make = move || {
        let stream = &mut Stream::new(settings.seed, "representation weights", 0);
        text_representation(&settings.objective_config, texts, stream, &on).expect("the objective is one on texts")
    };
    let source = TextSource { rows: reader.documents()?, reader: reader.clone() };
    let from = init.clone().map(|dir| (dir, texts, device.clone()));
    let parts = Parts {
        make: Box::new(make),
        start: init.map(start_from),
        probe: Box::new(TextProbe::new(config, &reader, source.rows.clone(), from)?),
        source: Box::new(source),
    };
    Ok(RepresentationLearner::new(config, parts))
}

fn corpus(config: &RepresentConfig, text: &TextConfig) -> Result<Corpus, TrainerError> {
    if text.file.is_empty() {
        let world = freeroam_envs::world(&config.env).map_err(|error| TrainerError::Usage(error.to_string()))?;
        return Ok(Corpus::Captions(Box::new(Words::new(world.spec()))));
    }
    Ok(Corpus::Documents(Documents::read(Path::new(&text.file), text.held_out)?))
}

/// Refuses to start from the run in `dir` where its network or its texts do not fit.
fn fitting(config: &RepresentConfig, text: &TextConfig, dir: &Path) -> Result<(), TrainerError> {
    let usage = |reason: String| TrainerError::Usage(format!("`init` = {}: {reason}", dir.display()));
    freeroam_trainer::run_config(dir).map_err(|error| usage(error.to_string()))?;
    let layers = [Layer::File(dir.join("config.toml"))];
    if !represents(&layers) {
        return Err(usage("it is no run of a representation objective".into()));
    }
    let (other, _) = RepresentConfig::resolve(&layers)?;
    let sizes = |config: &RepresentConfig, length: usize| match config.objective_config.transformer() {
        Some(net) => {
            let TransformerConfig { width, blocks, heads, .. } = net;
            format!("net.width {width}, net.blocks {blocks}, net.heads {heads} and text.length {length}")
        }
        None => "no transformer".into(),
    };
    let DataConfig::Text(its_text) = &other.data else {
        return Err(usage("it is no run on texts".into()));
    };
    let (its, own) = (sizes(&other, its_text.length), sizes(config, text.length));
    if its == own { Ok(()) } else { Err(usage(format!("it has {its}, this run {own}; weights do not fit"))) }
}

fn vocabulary(corpus: &Corpus, text: &TextConfig, seed: u64) -> Result<Tokenizer, TrainerError> {
    match corpus {
        Corpus::Captions(words) => {
            let stream = &mut Stream::new(seed, "texts of the vocabulary", 0);
            let texts: Vec<String> = (0..text.sample).map(|_| caption(words, Split::Train, stream)).collect();
            Tokenizer::train(&texts, text.vocabulary)
        }
        Corpus::Documents(documents) => Tokenizer::train(&documents.train, text.vocabulary),
    }
}

/// A caption of some state of the split.
pub(super) fn caption(words: &Words, split: Split, stream: &mut Stream) -> String {
    loop {
        let facts = words.imagine(stream);
        if let Some(caption) = words.describe(&facts, split, stream) {
            return caption;
        }
    }
}

impl Reader {
    /// The tokens of a caption.
    pub(super) fn caption(&self, words: &Words, split: Split, stream: &mut Stream) -> Result<Vec<u32>, TrainerError> {
        self.tokenizer.encode(&caption(words, split, stream), self.length)
    }

    /// The rows of a file to learn from; none for captions.
    fn documents(&self) -> Result<Arc<Vec<Vec<u32>>>, TrainerError> {
        match &self.corpus {
            Corpus::Captions(_) => Ok(Arc::default()),
            Corpus::Documents(documents) => self.pieces(&documents.train).map(Arc::new),
        }
    }

    /// Texts as rows of at most `length` tokens, each with its start and end.
    pub(super) fn pieces(&self, texts: &[String]) -> Result<Vec<Vec<u32>>, TrainerError> {
        let mut rows = Vec::new();
        for text in texts {
            let ids = self.tokenizer.encode(text, usize::MAX)?;
            for piece in ids[1..ids.len() - 1].chunks(self.length - 2) {
                let row = [Tokens::START].into_iter().chain(piece.iter().copied()).chain([Tokens::END]);
                rows.push(row.collect());
            }
        }
        Ok(rows)
    }
}

/// Batches of texts.
struct TextSource {
    reader: Arc<Reader>,
    /// Rows of a file; none for captions.
    rows: Arc<Vec<Vec<u32>>>,
}

impl Source<Tokens> for TextSource {
    fn draw(&mut self, size: usize, stream: &mut Stream) -> Result<Tokens, TrainerError> {
        let reader = &self.reader;
        let rows: Result<Vec<Vec<u32>>, TrainerError> = (0..size)
            .map(|_| match &reader.corpus {
                Corpus::Captions(words) => reader.caption(words, Split::Train, stream),
                Corpus::Documents(_) => Ok(self.rows[stream.below(self.rows.len())].clone()),
            })
            .collect();
        Ok(Tokens::of(&rows?, reader.length))
    }

    fn write(&self, run: &Path) -> Result<(), TrainerError> {
        self.reader.tokenizer.write(&run.join(TOKENIZER))?;
        if let Corpus::Documents(documents) = &self.reader.corpus {
            fingerprint::keep(run, FINGERPRINT, documents.fingerprint)?;
        }
        Ok(())
    }
}
