//! A view of the metrics as TensorBoard events.
//!
//! An event file is a sequence of `TFRecord`s: the length as `u64`, its checksum, the bytes, their checksum; all little
//! endian, each checksum a masked CRC-32C. The bytes are a protobuf `Event` with these fields:
//!
//! ```text
//!  Event    1 wall_time: double   2 step: int64   3 file_version: string   5 summary: Summary
//!  Summary  1 value: repeated Value
//!  Value    1 tag: string   2 simple_value: float
//! ```

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Sink;
use crate::disk::{at, names};
use crate::{Progress, Record, TrainerError};

/// Marks of the files, as TensorBoard looks for them.
const PREFIX: &str = "events.out.tfevents.";

/// The sink of `tensorboard/`: one event per record, its step the environment steps (for learners without an
/// environment, the gradient steps).
#[derive(Debug)]
pub struct TensorBoard {
    path: PathBuf,
    file: File,
    started_unix_s: u64,
    wall_s: f64,
}

impl TensorBoard {
    /// Starts a new event file in `dir`, which is made when missing, and deletes older ones. An event is dated
    /// `started_unix_s` plus the record's `time/wall_s`. The name carries `session`, so that a TensorBoard that is
    /// watching takes the file for a new one.
    ///
    /// # Errors
    /// [`TrainerError::Io`] when it cannot be written.
    pub fn open(dir: &Path, started_unix_s: u64, session: usize) -> Result<Self, TrainerError> {
        fs::create_dir_all(dir).map_err(at(dir))?;
        for name in names(dir)?.iter().filter(|name| name.starts_with(PREFIX)) {
            let path = dir.join(name);
            fs::remove_file(&path).map_err(at(&path))?;
        }
        let path = dir.join(format!("{PREFIX}{started_unix_s:010}.{session:04}.freeroam"));
        let file = File::create(&path).map_err(at(&path))?;
        let mut sink = Self { path, file, started_unix_s, wall_s: 0.0 };
        let mut event = sink.event(0);
        bytes_field(&mut event, 3, b"brain.Event:2");
        sink.append(&event)?;
        Ok(sink)
    }

    fn event(&self, step: u64) -> Vec<u8> {
        let mut event = vec![field(1, FIXED64)];
        event.extend((self.started_unix_s as f64 + self.wall_s).to_le_bytes());
        event.push(field(2, VARINT));
        varint(&mut event, step);
        event
    }

    fn append(&mut self, event: &[u8]) -> Result<(), TrainerError> {
        let length = (event.len() as u64).to_le_bytes();
        let mut record = Vec::with_capacity(event.len() + 16);
        record.extend(length);
        record.extend(masked_crc(&length).to_le_bytes());
        record.extend(event);
        record.extend(masked_crc(event).to_le_bytes());
        self.file.write_all(&record).map_err(at(&self.path))
    }
}

impl Sink for TensorBoard {
    fn write(&mut self, progress: Progress, record: &Record) -> Result<(), TrainerError> {
        self.wall_s = record.get("time/wall_s").unwrap_or(self.wall_s);
        let mut summary = Vec::new();
        for (tag, number) in &record.0 {
            let mut value = Vec::new();
            bytes_field(&mut value, 1, tag.as_bytes());
            value.push(field(2, FIXED32));
            value.extend((*number as f32).to_le_bytes());
            bytes_field(&mut summary, 1, &value);
        }
        let mut event = self.event(progress.clock());
        bytes_field(&mut event, 5, &summary);
        self.append(&event)
    }

    fn flush(&mut self) -> Result<(), TrainerError> {
        Ok(())
    }
}

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const BYTES: u8 = 2;
const FIXED32: u8 = 5;

/// The tag byte of a protobuf field below 16.
const fn field(number: u8, wire_type: u8) -> u8 {
    number << 3 | wire_type
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn bytes_field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(field(number, BYTES));
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// A CRC-32C rotated and shifted, so that a checksum stored among the bytes it covers stays distinct.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(dir: &Path) -> Vec<u8> {
        let mut sink = TensorBoard::open(dir, 1_700_000_000, 2).expect("opens");
        for step in 1..=3 {
            let mut record = Record::default();
            record.set("sac/loss", 0.5 * step as f64);
            record.set("coverage/total", f64::NAN);
            record.set("time/wall_s", 10.0 * step as f64);
            let progress = Progress { steps: step, env_steps: 100_000 * step, gradient_steps: 1 };
            sink.write(progress, &record).expect("writes");
        }
        fs::read(&sink.path).expect("reads")
    }

    #[test]
    fn the_first_record_has_the_bytes_that_tensorflow_writes() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let bytes = sample(dir.path());
        assert_eq!(&bytes[..8], 26_u64.to_le_bytes());
        assert_eq!(bytes[12], 0x09, "wall time");
        assert_eq!(&bytes[13..21], 1_700_000_000_f64.to_le_bytes());
        assert_eq!(&bytes[21..38], b"\x10\x00\x1a\x0dbrain.Event:2");
        assert_eq!(names(dir.path()).expect("lists"), ["events.out.tfevents.1700000000.0002.freeroam"]);
    }

    #[test]
    fn masks_and_numbers_are_those_of_the_formats() {
        // RFC 3720, B.4: the CRC-32C of 32 zero bytes is 0x8a9136aa.
        assert_eq!(masked_crc(&[0; 32]), 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8));
        let mut out = Vec::new();
        varint(&mut out, 300);
        assert_eq!(out, [0xac, 0x02]);
    }

    /// Needs Python with the package `tensorboard`; `PYTHON` names the interpreter.
    #[test]
    #[ignore = "needs Python with tensorboard"]
    fn tensorboard_reads_the_events() {
        let dir = tempfile::tempdir().expect("temporary folder");
        sample(dir.path());
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_events.py");
        let output = std::process::Command::new(python).arg(script).arg(dir.path()).output().expect("Python runs");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(
            printed.trim(),
            "coverage/total: 100000 nan 1700000010.0, 200000 nan 1700000020.0, 300000 nan 1700000030.0\n\
             sac/loss: 100000 0.5 1700000010.0, 200000 1.0 1700000020.0, 300000 1.5 1700000030.0\n\
             time/wall_s: 100000 10.0 1700000010.0, 200000 20.0 1700000020.0, 300000 30.0 1700000030.0"
        );
    }
}
