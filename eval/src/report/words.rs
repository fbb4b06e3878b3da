//! Goals that were named in words, as part of a run's report and as a page of their own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::{Block, Document, Picture};
use super::numbers;
use crate::EvalError;
use crate::stats::Estimate;

/// What a policy does with goals in words that nothing was trained for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worded {
    /// Id of the world.
    pub env: String,
    /// Objective of the policy.
    pub objective: String,
    /// Folder of the run whose networks read the sentences and saw the places.
    pub words: String,
    /// Whether the sentences say what no sentence of that run's training said: combinations that were held out.
    pub held_out: bool,
    /// Episodes of each sentence.
    pub episodes: usize,
    /// Places of the world among which goals were looked for.
    pub places: usize,
    /// Share of the sentences that hold at the place that was found for them, mean over the combinations that they say, `0..=1`.
    pub found: Estimate,
    /// Fraction of episodes in which the sentence came true, mean over combinations, `0..=1`.
    pub success: Estimate,
    /// The same where the goal is a place in the middle of what the sentence says.
    pub by_state: Estimate,
    /// The same for uniformly random actions.
    pub random: Estimate,
    /// `success` over `by_state`; absent where the latter is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Estimate>,
    /// Sentence by sentence.
    pub each: Vec<Sentence>,
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sentence {
    /// The sentence.
    pub prompt: String,
    /// The place that was found for it, x and y in metres.
    pub place: [f64; 2],
    /// Whether it holds there.
    pub holds: bool,
    /// Fraction of episodes in which it came true, `0..=1`.
    pub success: f64,
    /// The same with the goal as a place.
    pub by_state: f64,
}

impl Sentence {
    /// What became of it, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { prompt, place: [x, y], holds, success, by_state } = self;
        let fits = if *holds { "where it holds" } else { "where it does not hold" };
        let [success, by_state] = [success, by_state].map(|share| format!("{:.0} %", 100.0 * share));
        format!(
            "`{prompt}`: went to ({x:.1}, {y:.1}), {fits}; came true in {success}, with the goal as a state in {by_state}"
        )
    }
}

impl Worded {
    /// Reads the numbers that [`Worded::write`] wrote.
    ///
    /// # Errors
    /// [`EvalError::Io`] if the file cannot be read, [`EvalError::Content`] if it is not such a report.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        numbers::read(path)
    }

    /// Writes `report.json`, `report.md`, `report.html` and the pictures into `folder`, which is created.
    ///
    /// # Errors
    /// [`EvalError::Io`] if a file cannot be written.
    pub fn write(&self, folder: &Path, pictures: &[Picture]) -> Result<(), EvalError> {
        self.document(pictures).write(folder)?;
        numbers::write(self, folder)
    }

    /// All of it in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let percent = |estimate: &Estimate| format!("{} %", scaled(estimate));
        let Self { success, by_state, found, random, ratio, each, .. } = self;
        let what = match (self.held_out, each.len()) {
            (true, count) => format!("{count} prompts with word combinations that were held out"),
            (false, 1) => "The prompt".to_owned(),
            (false, count) => format!("{count} prompts"),
        };
        let ratio = ratio.map_or_else(String::new, |ratio| format!(", {} times as often", short(&ratio)));
        format!(
            "{what}: came true in {} of episodes, with the goal as a state in {}{ratio}; random actions: {}; the place that was \
             found fits the words in {}.",
            percent(success),
            percent(by_state),
            percent(random),
            percent(found)
        )
    }

    /// Rows of a table of measures: name, value and that of random actions.
    pub(super) fn rows(&self) -> Vec<[String; 3]> {
        let random = self.random.to_string();
        let row = |name: &str, value: &Estimate| [name.to_owned(), value.to_string(), String::new()];
        let mut rows = vec![
            ["prompts in words that came true (fraction)".to_owned(), self.success.to_string(), random],
            row("the same with the goal as a state", &self.by_state),
        ];
        rows.extend(self.ratio.iter().map(|ratio| row("prompts in words, ratio to the goal as a state", ratio)));
        rows.push(row("prompts whose place fits the words (fraction)", &self.found));
        rows
    }

    /// How it was measured.
    pub(super) fn notes(&self) -> Vec<String> {
        let Self { words, episodes, places, each, .. } = self;
        let which = if self.held_out {
            "combine words as no caption of its training did; each place of the world that has such a combination is named in turn"
        } else {
            "were given"
        };
        vec![
            format!(
                "Prompts in words: {} sentences, {episodes} episodes each, that {which}. The goal is the place, of {places} \
                 drawn all over the world, whose picture fits the sentence best, and others less, for the networks of {words}.",
                each.len()
            ),
            "A prompt came true where its sentence holds at any step of an episode. With the goal as a state, the policy is sent to \
             a place in the middle of what the sentence says instead. Intervals are over combinations: sentences that say the same \
             count as one, with their mean."
                .into(),
        ]
    }

    fn document<'a>(&'a self, pictures: &'a [Picture]) -> Document<'a> {
        let fraction = |x: f64| format!("{x:.2}");
        let each = self.each.iter().map(|sentence| {
            let [x, y] = sentence.place;
            let fits = if sentence.holds { "yes" } else { "no" };
            vec![
                sentence.prompt.clone(),
                format!("{x:.1}, {y:.1}"),
                fits.into(),
                fraction(sentence.success),
                fraction(sentence.by_state),
            ]
        });
        let mut blocks = vec![
            Block::Heading("Numbers"),
            Block::Table(
                vec!["measure", "value [95 % interval]", "random"],
                self.rows().into_iter().map(Vec::from).collect(),
            ),
            Block::Heading("Sentence by sentence"),
            Block::Table(
                vec!["prompt", "place that was found (m)", "fits the words", "came true", "goal as a state"],
                each.collect(),
            ),
            Block::Heading("How it was measured"),
            Block::List(self.notes()),
        ];
        blocks.extend(pictures.iter().map(Block::Picture));
        Document { lead: self.sentence(), title: format!("Prompts for {} in {}", self.objective, self.env), blocks }
    }
}

/// As a percentage without decimals.
fn scaled(estimate: &Estimate) -> String {
    let value = |x: f64| format!("{:.0}", 100.0 * x);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", value(estimate.value), value(low), value(high)),
        _ => value(estimate.value),
    }
}

/// With two decimals.
fn short(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{:.2} [{low:.2}, {high:.2}]", estimate.value),
        _ => format!("{:.2}", estimate.value),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn example() -> Worded {
        Worded {
            env: "PointMaze-Large-v0".into(),
            objective: "tldr".into(),
            words: "runs/clip".into(),
            held_out: true,
            episodes: 20,
            places: 900,
            found: Estimate::within(0.9, 0.8, 1.0),
            success: Estimate::within(0.6, 0.5, 0.7),
            by_state: Estimate::within(0.75, 0.6, 0.9),
            random: Estimate::exact(0.05),
            ratio: Some(Estimate::within(0.8, 0.7, 0.9)),
            each: vec![Sentence {
                prompt: "the ball is in the north part of the east room".into(),
                place: [30.0, 12.5],
                holds: true,
                success: 0.6,
                by_state: 0.75,
            }],
        }
    }

    #[test]
    fn the_sentence_says_it_all_and_the_page_reads_back() {
        let worded = example();
        assert_eq!(
            worded.sentence(),
            "1 prompts with word combinations that were held out: came true in 60 [50, 70] % of episodes, with the goal as a \
             state in 75 [60, 90] %, 0.80 [0.70, 0.90] times as often; random actions: 5 %; the place that was found fits the \
             words in 90 [80, 100] %."
        );
        let folder = tempfile::tempdir().expect("a folder");
        worded.write(folder.path(), &[]).expect("writes");
        assert_eq!(Worded::read(&folder.path().join("report.json")).expect("reads"), worded);
        let text = std::fs::read_to_string(folder.path().join("report.md")).expect("is written");
        let row = "| the ball is in the north part of the east room | 30.0, 12.5 | yes | 0.60 | 0.75 |";
        assert!(text.contains(row) && text.contains("900 drawn all over"), "{text}");
        assert!(text.contains("Intervals are over combinations"), "{text}");
    }
}
