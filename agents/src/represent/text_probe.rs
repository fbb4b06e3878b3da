//! What an objective on texts has learned, on texts that it has not: its own measures, the meaning in its features, and
//! whether they have collapsed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use freeroam_envs::words::{Pair, Split};
use freeroam_objectives::language::{Texts, Trigram};
use freeroam_objectives::{Measure, Probe, Representation, RepresentationConfig, Spread, Tokens, text_representation};
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;
use freeroam_trainer::{Layer, Record, TrainerError, newest_checkpoint};

use super::similarity;
use super::text::{Corpus, Reader};
use super::{DataConfig, RepresentConfig, TextConfig};

/// Rows that go through a network at once.
const BATCH: usize = 64;
/// Captions from which baselines count, at most.
const COUNTED: usize = 200_000;

/// Held-out texts, and pairs of sentences with their similarity.
pub(super) struct TextProbe {
    config: RepresentConfig,
    reader: Arc<Reader>,
    /// Rows of a file to learn from; none for captions.
    known: Arc<Vec<Vec<u32>>>,
    rows: Vec<Vec<u32>>,
    pairs: Vec<Pair>,
    from: Option<From>,
}

/// The run from which this one started, what its objective is made for, and the device.
type From = (PathBuf, Texts, Device);

impl TextProbe {
    pub(super) fn new(
        config: &RepresentConfig,
        reader: &Arc<Reader>,
        known: Arc<Vec<Vec<u32>>>,
        from: Option<From>,
    ) -> Result<Self, TrainerError> {
        let stream = &mut Stream::new(config.seed, "held-out texts", 0);
        let (rows, pairs) = match &reader.corpus {
            Corpus::Captions(words) => {
                let rows = (0..config.evaluate.rows).map(|_| reader.caption(words, Split::HeldOut, stream));
                (rows.collect::<Result<_, _>>()?, words.pairs(config.evaluate.pairs, Split::HeldOut, stream))
            }
            Corpus::Documents(documents) => {
                let mut rows = reader.pieces(&documents.held_out)?;
                rows.truncate(config.evaluate.rows);
                (rows, Vec::new())
            }
        };
        Ok(Self { config: config.clone(), reader: reader.clone(), known, rows, pairs, from })
    }

    /// Its features of some rows, row by row, and their dimension.
    fn features(&self, objective: &dyn Representation<Tokens>, rows: &[Vec<u32>]) -> (Vec<f32>, usize) {
        let (mut features, mut dim) = (Vec::new(), 1);
        for part in rows.chunks(BATCH) {
            let embedded = objective.embed(&Tokens::of(part, self.reader.length));
            dim = embedded.dims()[1];
            features.extend(numbers(embedded));
        }
        (features, dim)
    }

    /// Its features of the pairs' first sentences, then of their second ones.
    fn pair_features(&self, objective: &dyn Representation<Tokens>) -> Result<(Vec<f32>, usize), TrainerError> {
        let sentences = self.pairs.iter().map(|pair| &pair.first).chain(self.pairs.iter().map(|pair| &pair.second));
        let encode = |text: &String| self.reader.tokenizer.encode(text, self.reader.length);
        let rows = sentences.map(encode).collect::<Result<Vec<_>, _>>()?;
        Ok(self.features(objective, &rows))
    }

    /// The same of the run from which this one started, where it still is.
    fn started(&self) -> Result<Option<(String, f64)>, TrainerError> {
        let Some((dir, texts, device)) = &self.from else { return Ok(None) };
        let settings = dir.join("config.toml");
        if !settings.exists() {
            return Ok(None);
        }
        let (other, _) = RepresentConfig::resolve(&[Layer::File(settings)])?;
        let weights = &mut Stream::new(0, "weights to be replaced", 0);
        let Some(mut objective) = text_representation(&other.objective_config, *texts, weights, device) else {
            return Ok(None);
        };
        objective.load(&newest_checkpoint(dir)?.learner())?;
        let (features, dim) = self.pair_features(objective.as_ref())?;
        let found = similarity::of_features(&self.pairs, &features, dim);
        Ok(Some((format!("the run of {} it started from", other.objective), found)))
    }

    /// The texts that baselines count: as many captions as the run learns from, or all texts of the file.
    fn counted(&self) -> Result<Vec<Vec<u32>>, TrainerError> {
        let Corpus::Captions(words) = &self.reader.corpus else { return Ok(self.known.to_vec()) };
        let stream = &mut Stream::new(self.config.seed, "texts that baselines count", 0);
        let seen = usize::try_from(self.config.gradient_steps).unwrap_or(COUNTED).saturating_mul(self.config.batch);
        (0..seen.min(COUNTED)).map(|_| self.reader.caption(words, Split::Train, stream)).collect()
    }

    /// The texts in words, for what a measure means.
    fn texts(&self) -> String {
        match (&self.reader.corpus, &self.config.data) {
            (Corpus::Captions(_), _) => {
                format!("captions of {} with held-out combinations of facts", self.config.env)
            }
            (Corpus::Documents(_), DataConfig::Text(TextConfig { file, .. })) => format!("held-out texts of {file}"),
            (Corpus::Documents(_), _) => "held-out texts".into(),
        }
    }

    /// The objective's own measure.
    fn own(&self) -> Result<Measure, TrainerError> {
        let texts = self.texts();
        let measure =
            |key, meaning: String, more_is_better, baselines| Measure { key, meaning, more_is_better, baselines };
        Ok(match &self.config.objective_config {
            RepresentationConfig::Causal(_) => {
                let counted = self.counted()?;
                let vocabulary = self.reader.tokenizer.vocabulary();
                let model = Trigram::of(counted.iter().map(Vec::as_slice), vocabulary);
                let trigram = model.perplexity(self.rows.iter().map(Vec::as_slice));
                let meaning = format!("perplexity of a token, {texts}");
                measure("probe/perplexity", meaning, false, vec![("trigrams, Kneser-Ney".into(), trigram)])
            }
            RepresentationConfig::Mlm(_) => {
                let guessed = guessed(&self.counted()?, &self.rows);
                let meaning = format!("share of hidden tokens that are said, {texts}");
                measure(
                    "probe/accuracy",
                    meaning,
                    true,
                    vec![("the commonest token after the one before".into(), guessed)],
                )
            }
            RepresentationConfig::Rts(config) => {
                let all = 2.0 * config.share / (1.0 + config.share);
                let meaning = format!("F1 of finding replaced tokens, {texts}");
                measure("probe/f1", meaning, true, vec![("calling every token replaced".into(), all)])
            }
            // SimCSE, the last of those on texts.
            _ => {
                let meaning = format!("uniformity of what is compared in training (Wang and Isola, 2020), {texts}");
                measure("probe/uniformity", meaning, false, Vec::new())
            }
        })
    }
}

impl Probe<Tokens> for TextProbe {
    fn measures(&mut self) -> Result<Vec<Measure>, TrainerError> {
        let mut measures = vec![self.own()?];
        if !self.pairs.is_empty() {
            let similarity = Measure {
                key: "probe/similarity",
                meaning: format!(
                    "rank correlation of the cosine of two sentences' features with how alike they mean, {} pairs of {}",
                    self.pairs.len(),
                    self.texts()
                ),
                more_is_better: true,
                baselines: [Some(("counts of words".into(), similarity::of_words(&self.pairs))), self.started()?]
                    .into_iter()
                    .flatten()
                    .collect(),
            };
            let first = matches!(self.config.objective_config, RepresentationConfig::SimCse(_));
            measures.insert(usize::from(!first), similarity);
        }
        let spread = |key, meaning: &str| Measure {
            key,
            meaning: format!("{meaning}, {}", self.texts()),
            more_is_better: true,
            baselines: Vec::new(),
        };
        measures.push(spread("probe/deviation", "spread of unit features: 1 in all directions alike, 0 at one point"));
        measures.push(spread("probe/rank", "directions in which features spread"));
        Ok(measures)
    }

    fn measure(&mut self, objective: &dyn Representation<Tokens>) -> Result<Record, TrainerError> {
        let mut record = Record::default();
        // The objective's own measures, weighted by the tokens of each batch.
        let noise = &mut Stream::new(self.config.seed, "evaluation noise", 0);
        let (mut sums, mut weight) = (BTreeMap::new(), 0.0);
        for part in self.rows.chunks(BATCH) {
            let batch = Tokens::of(part, self.reader.length);
            let said = (batch.texts().count() + batch.rows) as f64;
            weight += said;
            for (key, value) in objective.score(&batch, noise) {
                *sums.entry(key).or_insert(0.0) += said * f64::from(value.into_scalar::<f32>());
            }
        }
        for (key, sum) in sums {
            let mean = sum / weight;
            let name = key.rsplit('/').next().unwrap_or(key);
            record.set(format!("probe/{name}"), mean);
            if key == "causal/loss" {
                record.set("probe/perplexity", mean.exp());
            }
        }
        let (features, dim) = self.features(objective, &self.rows);
        let spread = Spread::of(&features, dim);
        record.set("probe/deviation", spread.deviation);
        record.set("probe/rank", spread.rank);
        // Language models need not spread their features: only where features are learned against each other is it a failure.
        if matches!(self.config.objective_config, RepresentationConfig::SimCse(_)) {
            record.set("probe/collapsed", f64::from(u8::from(spread.collapsed())));
        }
        if !self.pairs.is_empty() {
            let (features, dim) = self.pair_features(objective)?;
            let resamples = &mut Stream::new(self.config.seed, "resamples of pairs", 0);
            let [low, high] = similarity::interval(&self.pairs, &features, dim, resamples);
            record.set("probe/similarity", similarity::of_features(&self.pairs, &features, dim));
            record.set("probe/similarity_low", low);
            record.set("probe/similarity_high", high);
        }
        Ok(record)
    }
}

/// Share of the tokens with a text that are the commonest after the token before, as counted.
fn guessed(counted: &[Vec<u32>], rows: &[Vec<u32>]) -> f64 {
    let mut after: BTreeMap<u32, BTreeMap<u32, usize>> = BTreeMap::new();
    for pair in counted.iter().flat_map(|row| row.windows(2)) {
        *after.entry(pair[0]).or_default().entry(pair[1]).or_default() += 1;
    }
    let best = |counts: &BTreeMap<u32, usize>| counts.iter().max_by_key(|(_, count)| **count).map(|(id, _)| *id);
    let best: BTreeMap<u32, Option<u32>> = after.iter().map(|(id, counts)| (*id, best(counts))).collect();
    let (mut hits, mut all) = (0.0, 0.0_f64);
    for pair in rows.iter().flat_map(|row| row.windows(2)).filter(|pair| pair[1] >= Tokens::UNKNOWN) {
        all += 1.0;
        if best.get(&pair[0]).copied().flatten() == Some(pair[1]) {
            hits += 1.0;
        }
    }
    hits / all.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_successor_is_guessed() {
        let known = [vec![1, 5, 6, 2], vec![1, 5, 6, 2], vec![1, 5, 7, 2]];
        assert_eq!(guessed(&known, &[vec![1, 5, 6, 7, 2]]), 2.0 / 3.0);
    }
}
