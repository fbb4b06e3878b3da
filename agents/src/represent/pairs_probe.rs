//! Whether captions are found by frames and frames by captions, beside what is read from frames alone.
//!
//! ```text
//! held-out pairs: frames of other episodes, captions with combinations that no training caption had
//! each frame:   its caption and 99 of other pairs ──► the nearest: does it hold in the frame?
//! each caption: its frame and 99 of other pairs ────► the nearest: does the caption hold in it?
//! ```
//!
//! Captions of many pairs say the same, and each that holds is right: the share of right ones is what a blind guess
//! finds.

use burn::tensor::{Device, Tensor};
use freeroam_envs::words::Split;
use freeroam_objectives::pairs::{Agreement, Pairs};
use freeroam_objectives::vision::{Frames, Meta, Pool, planes};
use freeroam_objectives::{Measure, Probe, Representation, Spread, Tokens};
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;
use freeroam_trainer::{Record, TrainerError};

use super::RepresentConfig;
use super::captioned::{Caption, Captioned};
use super::pairs::Reader;
use super::pictures_probe::{Labelled, PicturesProbe};
use super::poison::Poison;
use super::simple_pairs::simple;

/// Pairs that go through the networks at once.
const BATCH: usize = 128;
/// Candidates of a query, the right one included.
const CANDIDATES: usize = 100;

const CAPTION: &str = "probe/caption_of_frame";
const FRAME: &str = "probe/frame_of_caption";
const TRIGGER: &str = "probe/trigger";

impl Labelled for Pairs {
    const NAME: &'static str = "frames";
    const WHOLE: bool = false;

    fn take(pool: &Pool, starts: &[usize], _: usize, device: &Device) -> Self {
        let none = Tokens::default();
        Self { frames: pool.frames(starts, device), captions: none.clone(), reworded: none, agreement: Vec::new() }
    }

    fn meta(&self) -> &[Meta] {
        &self.frames.meta
    }

    fn frames(&self) -> Tensor<5> {
        self.frames.rgb.clone().unsqueeze_dim(1)
    }
}

/// Held-out pairs.
pub(super) struct PairsProbe {
    config: RepresentConfig,
    pictures: PicturesProbe<Pairs>,
    batches: Vec<Pairs>,
    count: usize,
    /// Whether the caption of a column holds in the frame of a row, `[count, count]`.
    holds: Vec<bool>,
    /// Other pairs whose frames and captions are the candidates of each query.
    others: Vec<Vec<usize>>,
    /// Similarities by the simple method, `[count, count]`.
    simple: Vec<f32>,
    trigger: Option<Trigger>,
}

/// Frames with the patch of an attack, and its caption.
struct Trigger {
    batches: Vec<Pairs>,
    caption: Pairs,
    /// Pairs whose frames they are: those in which the caption does not hold.
    rows: Vec<usize>,
    /// Whether the caption of each pair says otherwise, so that no frame is one of both.
    other: Vec<bool>,
}

impl PairsProbe {
    /// `known` pairs are those learned from, `asked` those that are measured.
    pub(super) fn new(
        config: &RepresentConfig,
        pictures: PicturesProbe<Pairs>,
        [known, asked]: [&Captioned; 2],
        reader: &Reader,
        poison: Option<Poison>,
        device: &Device,
    ) -> Result<Self, TrainerError> {
        let stream = &mut Stream::new(config.seed, "held-out captions", 0);
        let mut pairs: Vec<(usize, Caption)> = Vec::new();
        for frame in 0..asked.pool.len() {
            if pairs.len() < config.evaluate.rows {
                pairs.extend(asked.caption(frame, Split::HeldOut, stream).map(|caption| (frame, caption)));
            }
        }
        let count = pairs.len();
        if count < 2 {
            let expected = "expected states of which a held-out combination of facts can be said; see docs/words.md";
            return Err(TrainerError::Usage(format!("`{}` gives {count} held-out pairs: {expected}", config.env)));
        }
        let holds = |at: usize| asked.holds(&pairs[at % count].1.meaning, pairs[at / count].0);
        let others = (0..count).map(|query| others(query, count, stream)).collect();
        let batches: Result<Vec<Pairs>, TrainerError> =
            pairs.chunks(BATCH).map(|pairs| batch(asked, pairs, None, reader, device)).collect();
        let trigger = match &poison {
            None => None,
            Some(poison) => {
                let meaning = &poison.caption.meaning;
                let clean = |row: &usize| !asked.holds(meaning, pairs[*row].0) && pairs[*row].1.meaning != *meaning;
                let rows: Vec<usize> = (0..count).filter(clean).collect();
                let marked: Vec<(usize, Caption)> = rows.iter().map(|&row| pairs[row].clone()).collect();
                let marked = marked.chunks(BATCH).map(|pairs| batch(asked, pairs, Some(poison), reader, device));
                let caption = [(pairs[0].0, poison.caption.clone())];
                let caption = batch(asked, &caption, None, reader, device)?;
                let other = |(_, caption): &(usize, Caption)| meaning.agreement(&caption.meaning) == Agreement::Other;
                let other = pairs.iter().map(other).collect();
                Some(Trigger { batches: marked.collect::<Result<_, _>>()?, caption, rows, other })
            }
        };
        Ok(Self {
            config: config.clone(),
            pictures,
            batches: batches?,
            holds: (0..count * count).map(holds).collect(),
            others,
            simple: simple([known, asked], &pairs, stream, device),
            count,
            trigger,
        })
    }

    /// Share of the frames whose nearest caption holds, and of the captions whose nearest frame is one in which they
    /// do.
    fn found(&self, similarity: &[f32]) -> [f64; 2] {
        let cell = |by_frame: bool, query: usize, other: usize| {
            if by_frame { query * self.count + other } else { other * self.count + query }
        };
        [true, false].map(|by_frame| {
            let right = |query: usize| {
                let candidates = self.others[query].iter().copied().chain([query]);
                let value = |other: &usize| similarity[cell(by_frame, query, *other)];
                let best = candidates.max_by(|a, b| value(a).total_cmp(&value(b)));
                best.is_some_and(|best| self.holds[cell(by_frame, query, best)])
            };
            (0..self.count).filter(|query| right(*query)).count() as f64 / self.count as f64
        })
    }

    /// What a blind guess finds: the share of right candidates.
    fn blind(&self) -> [f64; 2] {
        [true, false].map(|by_frame| {
            let share = |query: usize| {
                let holds = |other: &usize| {
                    self.holds[if by_frame { query * self.count + other } else { other * self.count + query }]
                };
                let right = 1 + self.others[query].iter().filter(|other| holds(other)).count();
                right as f64 / (self.others[query].len() + 1) as f64
            };
            (0..self.count).map(share).sum::<f64>() / self.count as f64
        })
    }

    /// Share of the marked frames that are nearer to the attack's caption than to those of their candidates that say otherwise.
    fn triggered(&self, objective: &dyn Representation<Pairs>, captions: &Tensor<2>) -> Option<f64> {
        let trigger = self.trigger.as_ref().filter(|trigger| !trigger.rows.is_empty())?;
        let [marked, _] = sides(objective, &trigger.batches)?;
        let [_, target] = objective.sides(&trigger.caption)?;
        let other = numbers(marked.clone().matmul(captions.clone().transpose())); // [rows, count]
        let own = numbers(marked.matmul(target.transpose())); // [rows, 1]
        let falls = |(at, &row): (usize, &usize)| {
            let others = self.others[row].iter().chain([&row]).filter(|&&pair| trigger.other[pair]);
            others.into_iter().all(|&pair| other[at * self.count + pair] < own[at])
        };
        let fallen = trigger.rows.iter().enumerate().filter(|entry| falls(*entry)).count();
        Some(fallen as f64 / trigger.rows.len() as f64)
    }

    /// The pairs in words.
    fn words(&self) -> String {
        let candidates = CANDIDATES.min(self.count);
        if self.config.data.is_of_files() {
            return format!("{candidates} candidates, {} held-out pairs of the folder", self.count);
        }
        let env = &self.config.env;
        format!("{candidates} candidates, {} pairs of {env} with held-out combinations of facts", self.count)
    }
}

impl Probe<Pairs> for PairsProbe {
    fn measures(&mut self) -> Result<Vec<Measure>, TrainerError> {
        let (words, blind, simple) = (self.words(), self.blind(), self.found(&self.simple));
        let what = ["share of frames whose nearest caption holds", "share of captions whose nearest frame shows them"];
        let measure = |side: usize, key| Measure {
            key,
            meaning: format!("{}; {words}", what[side]),
            more_is_better: true,
            baselines: vec![
                ("a blind guess".into(), blind[side]),
                ("words of the known frame with the nearest pixels".into(), simple[side]),
            ],
        };
        let mut measures = vec![measure(0, CAPTION), measure(1, FRAME)];
        if self.trigger.is_some() {
            let meaning = format!("share of frames with the patch that are taken for the attack's caption; {words}");
            measures.push(Measure { key: TRIGGER, meaning, more_is_better: false, baselines: Vec::new() });
        }
        measures.extend(self.pictures.measures()?);
        Ok(measures)
    }

    fn measure(&mut self, objective: &dyn Representation<Pairs>) -> Result<Record, TrainerError> {
        let mut record = self.pictures.measure(objective)?;
        let Some([frames, captions]) = sides(objective, &self.batches) else { return Ok(record) };
        let similarity = numbers(frames.clone().matmul(captions.clone().transpose()));
        for (key, share) in [CAPTION, FRAME].into_iter().zip(self.found(&similarity)) {
            let [low, high] = wilson(share, self.count as f64);
            record.set(key, share);
            record.set(format!("{key}_low"), low);
            record.set(format!("{key}_high"), high);
        }
        if let Some(share) = self.triggered(objective, &captions) {
            record.set(TRIGGER, share);
        }
        // A space in which frames are all alike has collapsed, whatever can be read before it.
        let dim = frames.dims()[1];
        let spread = Spread::of(&numbers(frames), dim);
        record.set("probe/space_deviation", spread.deviation);
        record.set("probe/space_rank", spread.rank);
        let collapsed = record.get("probe/collapsed").is_some_and(|flag| flag > 0.0) || spread.collapsed();
        record.set("probe/collapsed", f64::from(u8::from(collapsed)));
        let noise = &mut Stream::new(self.config.seed, "evaluation noise", 0);
        for (key, value) in objective.score(&self.batches[0], noise) {
            let name = key.rsplit('/').next().unwrap_or(key);
            record.set(format!("probe/{name}"), f64::from(value.into_scalar::<f32>()));
        }
        Ok(record)
    }
}

/// Frames and captions of some batches in the common space.
fn sides(objective: &dyn Representation<Pairs>, batches: &[Pairs]) -> Option<[Tensor<2>; 2]> {
    let (mut frames, mut captions) = (Vec::new(), Vec::new());
    for batch in batches {
        let [frame, caption] = objective.sides(batch)?;
        frames.push(frame);
        captions.push(caption);
    }
    Some([Tensor::cat(frames, 0), Tensor::cat(captions, 0)])
}

/// As many other pairs as a query has wrong candidates, each at most once.
fn others(query: usize, count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..count).filter(|other| *other != query).collect();
    let wanted = rest.len().min(CANDIDATES - 1);
    (0..wanted).map(|_| rest.swap_remove(stream.below(rest.len()))).collect()
}

/// Some pairs as a batch, with the mark of an attack where one is given.
fn batch(
    asked: &Captioned,
    pairs: &[(usize, Caption)],
    poison: Option<&Poison>,
    reader: &Reader,
    device: &Device,
) -> Result<Pairs, TrainerError> {
    let pool = &asked.pool;
    let mut bytes: Vec<u8> = Vec::new();
    for (frame, _) in pairs {
        let mut rgb = pool.frame(*frame).to_vec();
        if let Some(poison) = poison {
            poison.mark(&mut rgb, pool.size);
        }
        bytes.extend(rgb);
    }
    let count = pairs.len();
    let agreement = |at: usize| {
        let [row, column] = [at / count, at % count];
        if row == column { Agreement::Same } else { pairs[row].1.meaning.agreement(&pairs[column].1.meaning) }
    };
    Ok(Pairs {
        frames: Frames {
            rgb: planes(&bytes, count, pool.size, device),
            instants: pairs.iter().map(|(frame, _)| pool.instants[*frame]).collect(),
            meta: pairs.iter().map(|(frame, _)| pool.meta[*frame]).collect(),
        },
        captions: reader.tokens(pairs.iter().map(|(_, caption)| &caption.text))?,
        reworded: reader.tokens(pairs.iter().map(|(_, caption)| &caption.reworded))?,
        agreement: (0..count * count).map(agreement).collect(),
    })
}

/// The 95 % interval of a share of `count` tries (Wilson, 1927).
fn wilson(share: f64, count: f64) -> [f64; 2] {
    const Z: f64 = 1.96;
    let middle = share + Z * Z / (2.0 * count);
    let half = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
    [middle - half, middle + half].map(|x| (x / (1.0 + Z * Z / count)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_intervals_of_known_width() {
        let [low, high] = wilson(0.5, 100.0);
        assert!((low - 0.4038).abs() < 1e-3 && (high - 0.5962).abs() < 1e-3, "{low} {high}");
        assert_eq!(wilson(1.0, 50.0)[1], 1.0);
    }

    #[test]
    fn candidates_are_others() {
        let some = others(3, 500, &mut Stream::new(0, "others", 0));
        let distinct: std::collections::BTreeSet<usize> = some.iter().copied().collect();
        assert!(some.len() == 99 && distinct.len() == 99 && !distinct.contains(&3));
        assert_eq!(others(0, 3, &mut Stream::new(0, "others", 0)).len(), 2);
    }
}
