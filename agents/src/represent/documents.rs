//! Texts of the user's, from one file.

use std::fs;
use std::path::Path;

use freeroam_trainer::TrainerError;

use crate::fingerprint::fingerprint;

/// The texts of a file, those to learn from and those kept for evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Documents {
    pub(super) train: Vec<String>,
    pub(super) held_out: Vec<String>,
    /// A number that another file hardly has.
    pub(super) fingerprint: u64,
}

impl Documents {
    /// Reads a file: its paragraphs where there are empty lines, else its lines. Of every hundred texts, `100 held_out` are
    /// kept for evaluation, evenly spread.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the file cannot be read, is not UTF-8 or has fewer than two texts.
    pub(super) fn read(path: &Path, held_out: f64) -> Result<Self, TrainerError> {
        let usage = |reason: String| TrainerError::Usage(format!("`text.file` = {}: {reason}", path.display()));
        let bytes = fs::read(path).map_err(|error| usage(error.to_string()))?;
        let fingerprint = fingerprint(bytes.iter().copied().map(u64::from));
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            usage(format!("line {line} is not UTF-8 (byte {at}), expected a plain text file in UTF-8"))
        })?;
        let texts = texts(&text);
        if texts.len() < 2 {
            let found = if texts.is_empty() { "it has no text" } else { "it has only one text" };
            return Err(usage(format!("{found}, expected at least two paragraphs or lines")));
        }
        let before = |index: usize| (index as f64 * held_out) as usize;
        let is_held_out = |index: usize| before(index + 1) > before(index);
        let (mut train, mut kept) = (Vec::new(), Vec::new());
        for (index, text) in texts.into_iter().enumerate() {
            if is_held_out(index) { kept.push(text) } else { train.push(text) }
        }
        // Of few texts one is kept all the same, and one left.
        let (short, long) = if train.is_empty() { (&mut train, &mut kept) } else { (&mut kept, &mut train) };
        if short.is_empty() {
            short.extend(long.pop());
        }
        Ok(Self { train, held_out: kept, fingerprint })
    }
}

/// Paragraphs, or lines where no line is empty; white space within them is one space.
fn texts(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let inner = lines.iter().skip_while(|line| line.is_empty());
    let has_gaps = inner.collect::<Vec<_>>().windows(2).any(|pair| pair[0].is_empty() && !pair[1].is_empty());
    if !has_gaps {
        return lines.into_iter().filter(|line| !line.is_empty()).collect();
    }
    lines.split(String::is_empty).filter(|part| !part.is_empty()).map(|part| part.join(" ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_or_lines() {
        assert_eq!(texts("\none  two\nthree\n\n"), ["one two", "three"]);
        assert_eq!(texts("\none\ntwo\n\n\nthree\n"), ["one two", "three"]);
        assert!(texts(" \n\t\n").is_empty());
    }

    #[test]
    fn a_tenth_is_kept_and_mistakes_are_named() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("texts.txt");
        let lines: Vec<String> = (0..100).map(|number| format!("text {number}")).collect();
        fs::write(&path, lines.join("\n")).expect("writes");
        let documents = Documents::read(&path, 0.1).expect("reads");
        assert_eq!((documents.train.len(), documents.held_out.len()), (90, 10));
        fs::write(&path, "one\ntwo\nthree").expect("writes");
        let few = Documents::read(&path, 0.1).expect("reads");
        assert_eq!((few.train.len(), few.held_out.len()), (2, 1));
        assert_ne!(few.fingerprint, documents.fingerprint);
        for (bytes, part) in [
            (&b"  \n\n"[..], "it has no text"),
            (&b"one line\n"[..], "it has only one text"),
            (&b"one\n\xff\xfe\n"[..], "line 2 is not UTF-8"),
        ] {
            fs::write(&path, bytes).expect("writes");
            let error = Documents::read(&path, 0.1).expect_err("is wrong").to_string();
            assert!(error.contains(part) && error.contains("texts.txt"), "{error}");
        }
        let error = Documents::read(&dir.path().join("none"), 0.1).expect_err("is missing").to_string();
        assert!(error.contains("`text.file`") && error.contains("none"), "{error}");
    }
}
