//! The report of a run that learned to represent.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::{Block, Document, Picture};
use super::numbers;
use super::run::{Time, duration};
use crate::EvalError;
use crate::stats::Estimate;

/// What a representation objective has reached, and how that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepresentationReport {
    /// The world or the file that was learned from.
    pub data: String,
    /// Name of the objective.
    pub objective: String,
    /// Seed of the run.
    pub seed: u64,
    /// Updates of the networks.
    pub gradient_steps: u64,
    /// Rows per update.
    pub batch: usize,
    /// How long it took.
    pub time: Time,
    /// What was measured, the headline first.
    pub measures: Vec<Measured>,
    /// Whether the features have collapsed to a point or a few directions.
    pub collapsed: bool,
    /// The resolved settings of the run, TOML; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub settings: String,
}

/// One measure beside what it is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Name, as in the metrics under `probe/`.
    pub name: String,
    /// What it is, with its unit and the data that it is of.
    pub meaning: String,
    /// Whether larger numbers are better ones.
    pub more_is_better: bool,
    /// Of the trained network.
    pub trained: Estimate,
    /// Of the same network with fresh weights.
    pub untrained: Estimate,
    /// Of simple methods on the same data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
}

/// What a simple method reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The method.
    pub name: String,
    /// What it reaches.
    pub value: Estimate,
}

impl Measured {
    /// Whether the trained network is better than the untrained one and all simple methods.
    #[must_use]
    pub fn is_best(&self) -> bool {
        let better = |other: &Estimate| {
            let (trained, other) = (self.trained.value, other.value);
            if self.more_is_better { trained > other } else { trained < other }
        };
        better(&self.untrained) && self.baselines.iter().all(|baseline| better(&baseline.value))
    }
}

impl RepresentationReport {
    /// Reads the report that [`RepresentationReport::write`] wrote.
    ///
    /// # Errors
    /// [`EvalError::Io`] if the file cannot be read, [`EvalError::Content`] if it is not a report.
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

    /// The report in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Some(headline) = self.measures.first() else { return "Nothing was measured.".into() };
        let Measured { name, trained, untrained, baselines, .. } = headline;
        let opening = match (self.collapsed, headline.is_best()) {
            (true, _) => "The features have collapsed",
            (false, true) => "Better than all it is compared with",
            (false, false) => "Not better than all it is compared with",
        };
        let mut sentence = format!("{opening}: {name} {trained} against {untrained} of the untrained network");
        for Baseline { name, value } in baselines {
            sentence += &format!(" and {value} of {name}");
        }
        sentence + "."
    }

    fn document<'a>(&'a self, pictures: &'a [Picture]) -> Document<'a> {
        let mut blocks = vec![
            Block::Heading("Numbers"),
            Block::Table(
                vec!["measure", "better", "trained [95 % interval]", "untrained", "simple methods"],
                self.numbers(),
            ),
            Block::Heading("How it was measured"),
            Block::List(self.notes()),
        ];
        if !pictures.is_empty() {
            blocks.push(Block::Heading("Figures"));
            blocks.extend(pictures.iter().map(Block::Picture));
        }
        if !self.settings.is_empty() {
            blocks.push(Block::Heading("Settings"));
            blocks.push(Block::Code("Resolved settings", &self.settings));
        }
        let title = format!("{} on {}, seed {}", self.objective, self.data, self.seed);
        Document { lead: self.sentence(), title, blocks }
    }

    fn numbers(&self) -> Vec<Vec<String>> {
        let measure = |measured: &Measured| {
            let simple: Vec<String> =
                measured.baselines.iter().map(|baseline| format!("{}: {}", baseline.name, baseline.value)).collect();
            let better = if measured.more_is_better { "more" } else { "less" };
            let numbers = [&measured.trained, &measured.untrained].map(Estimate::to_string);
            [vec![measured.name.clone(), better.to_owned()], numbers.to_vec(), vec![simple.join("; ")]].concat()
        };
        let plain =
            |name: &str, value: String| vec![name.to_owned(), String::new(), value, String::new(), String::new()];
        let mut rows: Vec<Vec<String>> = self.measures.iter().map(measure).collect();
        rows.push(plain("gradient steps", self.gradient_steps.to_string()));
        rows.push(plain("rows per gradient step", self.batch.to_string()));
        rows.push(plain("training time", duration(self.time.wall_s)));
        rows
    }

    fn notes(&self) -> Vec<String> {
        let meanings = self.measures.iter().map(|measured| format!("{}: {}.", measured.name, measured.meaning));
        meanings
            .chain([
                "Features are frozen: nothing was trained for the measures but what is called `labels alone`.".to_owned(),
                "The untrained network is the same one with its first, random weights; for a run that started from another, \
                 those too are random."
                    .to_owned(),
                "Intervals are over resamples of the data that was measured: they speak about this one run, not about other seeds."
                    .to_owned(),
                "The last checkpoint was measured, not the best one.".to_owned(),
            ])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> RepresentationReport {
        let measured = Measured {
            name: "perplexity".into(),
            meaning: "perplexity of a token, captions".into(),
            more_is_better: false,
            trained: Estimate::exact(4.0),
            untrained: Estimate::exact(300.0),
            baselines: vec![Baseline { name: "trigrams".into(), value: Estimate::exact(5.5) }],
        };
        RepresentationReport {
            data: "captions".into(),
            objective: "causal".into(),
            seed: 1,
            gradient_steps: 100,
            batch: 8,
            time: Time { wall_s: 12.0 },
            measures: vec![measured],
            collapsed: false,
            settings: "seed = 1\n".into(),
        }
    }

    #[test]
    fn the_sentence_says_what_is_better_and_what_has_collapsed() {
        let mut report = example();
        let numbers = "perplexity 4 against 300 of the untrained network and 5.5 of trigrams.";
        assert_eq!(report.sentence(), format!("Better than all it is compared with: {numbers}"));
        report.measures[0].more_is_better = true;
        assert!(report.sentence().starts_with("Not better"));
        report.collapsed = true;
        assert!(report.sentence().starts_with("The features have collapsed"));
    }

    #[test]
    fn a_written_report_reads_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let report = example();
        report.write(folder.path(), &[]).expect("writes");
        assert_eq!(RepresentationReport::read(&folder.path().join("report.json")).expect("reads"), report);
        let text = std::fs::read_to_string(folder.path().join("report.md")).expect("reads");
        assert!(text.contains("| perplexity | less | 4 | 300 | trigrams: 5.5 |"), "{text}");
    }
}
