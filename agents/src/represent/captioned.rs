//! Frames and what may be said of each: by the grammar of a world, or in a file of the user's.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use freeroam_envs::words::{Facts, Kind, Split, Subject, Words};
use freeroam_objectives::pairs::Agreement;
use freeroam_objectives::vision::{Instant, Meta, Pool};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;

use crate::frames::{FramesConfig, Scenes, read_picture, world_scenes};

/// Frames with captions.
pub(super) struct Captioned {
    pub(super) pool: Pool,
    said: Said,
}

/// What is said of each frame.
enum Said {
    /// Facts, of which captions are made as they are needed.
    Facts(Box<Words>, Vec<Facts>),
    /// Lines of a file.
    Lines(Vec<Vec<String>>),
}

/// A caption, and the same in other words where there are any.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Caption {
    pub(super) text: String,
    pub(super) reworded: String,
    pub(super) meaning: Meaning,
}

/// What a caption says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// As far as a grammar understands it.
    Facts(Facts),
    /// No more than its words.
    Words(String),
}

impl Meaning {
    /// How two captions stand to each other.
    pub(super) fn agreement(&self, other: &Self) -> Agreement {
        match (self, other) {
            _ if self == other => Agreement::Same,
            (Self::Facts(one), Self::Facts(other)) if !one.contradict(other) => Agreement::Open,
            _ => Agreement::Other,
        }
    }
}

impl Captioned {
    /// What tells these frames and captions from others.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> {
        let lines = match &self.said {
            Said::Facts(..) => &[][..],
            Said::Lines(lines) => lines,
        };
        self.pool.rgb.iter().copied().chain(lines.iter().flatten().flat_map(|line| line.bytes()))
    }

    /// Frames of the world `env`, drawn from `seed`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when there is no such world, [`TrainerError::Learner`] when it fails.
    pub(super) fn of_world(env: &str, frames: &FramesConfig, seed: u64) -> Result<Self, TrainerError> {
        let world = freeroam_envs::world(env).map_err(|error| TrainerError::Usage(error.to_string()))?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let scenes = world_scenes(frames, &world, seed, threads);
        let Scenes { pool, observations } = scenes.map_err(|error| TrainerError::Learner(error.to_string()))?;
        let words = Words::new(world.spec());
        let rows = observations.chunks_exact(world.spec().observation.len());
        let facts = rows.zip(&pool.meta).map(|(row, meta)| words.facts_at(meta.place.map(f64::from), row, None));
        let facts = facts.collect();
        Ok(Self { said: Said::Facts(Box::new(words), facts), pool })
    }

    /// The PNG files that the lines of the file `captions` in `folder` name, each followed by a tab and a caption; a
    /// file may have several lines. Those to learn from, and a third that is held out.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] naming the file and the line.
    pub(super) fn of_folder(
        folder: &Path,
        captions: &str,
        edge: usize,
        stream: &mut Stream,
    ) -> Result<[Self; 2], TrainerError> {
        let path = folder.join(captions);
        let usage = |reason: String| TrainerError::Usage(format!("captions `{}`: {reason}", path.display()));
        let text = fs::read_to_string(&path).map_err(|error| usage(error.to_string()))?;
        let mut files: Vec<(String, Vec<String>)> = Vec::new();
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let expected = "expected the name of a PNG file, a tab and a caption";
            let Some((name, caption)) = line.split_once('\t') else {
                return Err(usage(format!("line {number} has no tab, {expected}")));
            };
            let caption = caption.split_whitespace().collect::<Vec<_>>().join(" ");
            if caption.is_empty() {
                return Err(usage(format!("line {number} has no caption, {expected}")));
            }
            let at = *known.entry(name).or_insert(files.len());
            match files.get_mut(at) {
                Some((_, captions)) => captions.push(caption),
                None => files.push((name.to_owned(), vec![caption])),
            }
        }
        if files.len() < 30 {
            let expected = "expected at least 30, a third of which is held out";
            return Err(usage(format!("it names {} pictures, {expected}", files.len())));
        }
        stream.shuffle(&mut files);
        let held_out = files.split_off(files.len() - files.len() / 3);
        let read = |files: Vec<(String, Vec<String>)>| -> Result<Self, TrainerError> {
            let (mut pool, mut lines) = (Pool::new([edge; 2]), Vec::new());
            for (episode, (name, captions)) in (0..).zip(files) {
                let rgb = read_picture(&folder.join(name), edge)?;
                pool.push(&rgb, Instant { episode, step: 0 }, Meta::default());
                lines.push(captions);
            }
            Ok(Self { pool, said: Said::Lines(lines) })
        };
        Ok([read(files)?, read(held_out)?])
    }

    /// A caption of a frame; of a world within a split, where the frame has one of it.
    pub(super) fn caption(&self, frame: usize, split: Split, stream: &mut Stream) -> Option<Caption> {
        match &self.said {
            Said::Facts(words, facts) => {
                let facts = words.select(&facts[frame], split, stream)?;
                let (text, reworded) = (sentence(words, &facts, stream), sentence(words, &facts, stream));
                Some(Caption { text, reworded, meaning: Meaning::Facts(facts) })
            }
            Said::Lines(lines) => {
                let mut draw = || lines[frame][stream.below(lines[frame].len())].clone();
                let (text, reworded) = (draw(), draw());
                Some(Caption { meaning: Meaning::Words(text.clone()), text, reworded })
            }
        }
    }

    /// Whether a caption holds in a frame.
    pub(super) fn holds(&self, caption: &Meaning, frame: usize) -> bool {
        match (&self.said, caption) {
            (Said::Facts(_, facts), Meaning::Facts(said)) => facts[frame].include(said),
            (Said::Lines(lines), Meaning::Words(text)) => lines[frame].contains(text),
            _ => false,
        }
    }

    /// `count` captions to learn a vocabulary from, or all lines of a file.
    pub(super) fn texts(&self, count: usize, stream: &mut Stream) -> Vec<String> {
        match &self.said {
            Said::Facts(..) => {
                let draw = |_| {
                    let frame = stream.below(self.pool.len());
                    self.caption(frame, Split::Train, stream).map(|caption| caption.text)
                };
                (0..count).filter_map(draw).collect()
            }
            Said::Lines(lines) => lines.iter().flatten().cloned().collect(),
        }
    }
}

/// A sentence that says the facts; of a place alone every fourth asks for it instead ("go to the north room").
fn sentence(words: &Words, facts: &Facts, stream: &mut Stream) -> String {
    let is_place = |kind| matches!(kind, Kind::Room | Kind::Part | Kind::Bearing | Kind::Distance);
    let asks = facts.iter().all(|fact| fact.subject == Subject::Body && is_place(fact.claim.kind()));
    let asked = if asks && stream.below(4) == 0 { words.ask(facts, stream) } else { None };
    asked.unwrap_or_else(|| words.say(facts, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_of_a_world_hold_in_their_frames() {
        let frames = FramesConfig { edge: 16, episodes: 60, ..FramesConfig::default() };
        let captioned = Captioned::of_world("PointMaze-Medium-v0", &frames, 0).expect("a world");
        let stream = &mut Stream::new(0, "captions", 0);
        let mut held_out = 0;
        for frame in 0..60 {
            let known = captioned.caption(frame, Split::Train, stream).expect("training has words for all");
            let Meaning::Facts(facts) = &known.meaning else { panic!("a world has facts") };
            assert!(Split::Train.has(facts) && captioned.holds(&known.meaning, frame), "{known:?}");
            if let Some(other) = captioned.caption(frame, Split::HeldOut, stream) {
                held_out += 1;
                assert!(
                    captioned.holds(&other.meaning, frame)
                        && other.meaning.agreement(&other.meaning) == Agreement::Same
                );
                assert_ne!(known.meaning.agreement(&other.meaning), Agreement::Other, "both hold in the same frame");
            }
        }
        assert!((4..30).contains(&held_out), "{held_out}");
    }

    #[test]
    fn mistakes_of_a_file_are_named() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let of = |text: &str| {
            fs::write(dir.path().join("captions.txt"), text).expect("writable");
            let read = Captioned::of_folder(dir.path(), "captions.txt", 16, &mut Stream::new(0, "files", 0));
            read.map(|_| ()).expect_err("refused").to_string()
        };
        assert!(of("a.png\ta dog\nb.png a cat").contains("line 2 has no tab"));
        assert!(of("a.png\ta dog\n\nb.png\t ").contains("line 3 has no caption"));
        assert!(of("a.png\ta dog\na.png\tthe dog").contains("it names 1 pictures"));
        let many: String = (0..30).map(|number| format!("{number}.png\tnumber {number}\n")).collect();
        assert!(of(&many).contains(".png`"), "{}", of(&many));
    }
}
