//! A view of the metrics as a table with one column per metric.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Sink, read_metrics};
use crate::disk::{at, write_atomic};
use crate::{Progress, Record, TrainerError};

/// The sink of `metrics.csv`: columns `step, env_steps, gradient_steps`, then the metrics in alphabetical order. A
/// record without a metric leaves its cell empty. A metric never seen before writes the file anew from the truth, so
/// the rows must already be there.
#[derive(Debug)]
pub struct Csv {
    path: PathBuf,
    truth: PathBuf,
    columns: BTreeSet<String>,
    file: File,
}

impl Csv {
    /// Writes `path` anew from the JSONL file `truth` and appends to it.
    ///
    /// # Errors
    /// [`TrainerError::Io`] when it cannot be written.
    pub fn open(path: &Path, truth: &Path) -> Result<Self, TrainerError> {
        let records = read_metrics(truth)?;
        let columns: BTreeSet<String> = records.iter().flat_map(|(_, record)| record.0.keys().cloned()).collect();
        let mut text = String::from("step,env_steps,gradient_steps");
        for column in &columns {
            text.push(',');
            text.push_str(&quoted(column));
        }
        text.push('\n');
        for (progress, record) in &records {
            row(&mut text, &columns, *progress, record);
        }
        write_atomic(path, text.as_bytes())?;
        let file = File::options().append(true).open(path).map_err(at(path))?;
        Ok(Self { path: path.into(), truth: truth.into(), columns, file })
    }
}

impl Sink for Csv {
    fn write(&mut self, progress: Progress, record: &Record) -> Result<(), TrainerError> {
        if record.0.keys().any(|key| !self.columns.contains(key)) {
            *self = Self::open(&self.path, &self.truth)?;
            return Ok(());
        }
        let mut text = String::new();
        row(&mut text, &self.columns, progress, record);
        self.file.write_all(text.as_bytes()).map_err(at(&self.path))
    }

    fn flush(&mut self) -> Result<(), TrainerError> {
        Ok(())
    }
}

fn row(text: &mut String, columns: &BTreeSet<String>, progress: Progress, record: &Record) {
    let Progress { steps, env_steps, gradient_steps } = progress;
    write!(text, "{steps},{env_steps},{gradient_steps}").expect("strings take all");
    for column in columns {
        match record.get(column) {
            Some(value) => write!(text, ",{value}").expect("strings take all"),
            None => text.push(','),
        }
    }
    text.push('\n');
}

fn quoted(name: &str) -> String {
    if name.contains([',', '"', '\n']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.into() }
}

#[cfg(test)]
mod tests {
    use super::super::Jsonl;
    use super::*;

    #[test]
    fn columns_grow() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let (truth, path) = (dir.path().join("metrics.jsonl"), dir.path().join("metrics.csv"));
        let mut jsonl = Jsonl::open(&truth, 0).expect("opens");
        let mut csv = Csv::open(&path, &truth).expect("opens");
        for (step, key, value) in [(1, "b/x", 0.5), (2, "b/x", f64::NAN), (3, "a/\"y\"", -1e-9), (4, "b/x", 2.0)] {
            let mut record = Record::default();
            record.set(key, value);
            let progress = Progress { steps: step, env_steps: 10 * step, gradient_steps: 0 };
            jsonl.write(progress, &record).expect("writes");
            csv.write(progress, &record).expect("writes");
        }
        let text = std::fs::read_to_string(&path).expect("reads");
        assert_eq!(
            text,
            "step,env_steps,gradient_steps,\"a/\"\"y\"\"\",b/x\n1,10,0,,0.5\n2,20,0,,NaN\n3,30,0,-0.000000001,\n4,40,0,,2\n"
        );
    }
}
