//! The truth: one JSON object per line.
//!
//! Every line has `step`, `env_steps` and `gradient_steps`, then its metrics in alphabetical order. Numbers come back
//! with the same bits; NaN and infinities are the strings `"NaN"`, `"inf"` and `"-inf"`, which `float()` of Python and
//! `parse` of Rust read. Wall-clock figures are under `time/` only, so that two runs of one seed differ nowhere else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Sink;
use crate::disk::at;
use crate::number::Number;
use crate::{Progress, Record, TrainerError};

#[derive(Serialize, Deserialize)]
struct Line {
    step: u64,
    env_steps: u64,
    gradient_steps: u64,
    #[serde(flatten)]
    metrics: BTreeMap<String, Number>,
}

/// The sink of `metrics.jsonl`.
#[derive(Debug)]
pub struct Jsonl {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Jsonl {
    /// Opens `path`, made when missing, cuts it back to its first `keep` bytes and appends after them.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`] when it is shorter than `keep`, [`TrainerError::Io`] when it cannot be written.
    pub fn open(path: &Path, keep: u64) -> Result<Self, TrainerError> {
        let mut file =
            File::options().create(true).truncate(false).write(true).read(true).open(path).map_err(at(path))?;
        let bytes = file.metadata().map_err(at(path))?.len();
        if bytes < keep {
            let reason = format!("has {bytes} bytes, it had {keep} when the checkpoint was written");
            return Err(TrainerError::Checkpoint { path: path.into(), reason });
        }
        file.set_len(keep).and_then(|()| file.seek(SeekFrom::Start(keep))).map_err(at(path))?;
        Ok(Self { path: path.into(), file, bytes: keep })
    }

    /// Length in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Sink for Jsonl {
    fn write(&mut self, progress: Progress, record: &Record) -> Result<(), TrainerError> {
        let line = Line {
            step: progress.steps,
            env_steps: progress.env_steps,
            gradient_steps: progress.gradient_steps,
            metrics: record.0.iter().map(|(key, value)| (key.clone(), Number(*value))).collect(),
        };
        let mut text = serde_json::to_string(&line).expect("names and numbers serialise");
        text.push('\n');
        self.file.write_all(text.as_bytes()).map_err(at(&self.path))?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), TrainerError> {
        self.file.sync_data().map_err(at(&self.path))
    }
}

/// The records of a `metrics.jsonl`, in order. A last line without its line end, left by a killed process, is skipped;
/// a missing file has no records.
///
/// # Errors
/// [`TrainerError::Io`] when it cannot be read, [`TrainerError::Usage`] naming the line that is not a record.
pub fn read_metrics(path: &Path) -> Result<Vec<(Progress, Record)>, TrainerError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(path)(error)),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parse = |(index, line): (usize, &str)| {
        let line: Line = serde_json::from_str(line)
            .map_err(|error| TrainerError::Usage(format!("{}:{}: {error}", path.display(), index + 1)))?;
        let progress = Progress { steps: line.step, env_steps: line.env_steps, gradient_steps: line.gradient_steps };
        Ok((progress, Record(line.metrics.into_iter().map(|(key, Number(value))| (key, value)).collect())))
    };
    whole.lines().enumerate().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_and_lines_read_well() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("metrics.jsonl");
        let mut sink = Jsonl::open(&path, 0).expect("opens");
        let progress = Progress { steps: 1, env_steps: 1600, gradient_steps: 50 };
        let mut record = Record::default();
        record.set("sac/loss", 0.1 + 0.2);
        record.set("a/ratio", f64::NEG_INFINITY);
        record.set("time/wall_s", 2.0);
        sink.write(progress, &record).expect("writes");
        let keep = sink.bytes();
        let text = fs::read_to_string(&path).expect("reads");
        assert_eq!(
            text,
            "{\"step\":1,\"env_steps\":1600,\"gradient_steps\":50,\"a/ratio\":\"-inf\",\
             \"sac/loss\":0.30000000000000004,\"time/wall_s\":2.0}\n"
        );
        sink.write(progress, &record).expect("writes");
        fs::write(&path, format!("{text}{text}{{\"step\":3,\"env_")).expect("a killed process leaves part of a line");
        assert_eq!(read_metrics(&path).expect("reads"), vec![(progress, record.clone()), (progress, record)]);
        drop(Jsonl::open(&path, keep).expect("opens"));
        assert_eq!(fs::read_to_string(&path).expect("reads"), text);
        let message = Jsonl::open(&path, keep + 1).expect_err("too short").to_string();
        assert!(message.contains("it had"), "{message}");
        fs::write(&path, format!("{text}nonsense\n")).expect("writes");
        let message = read_metrics(&path).expect_err("line 2 is no record").to_string();
        assert!(message.contains("metrics.jsonl:2: "), "{message}");
    }
}
