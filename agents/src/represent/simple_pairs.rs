//! Frames and captions without learning: the known frame with the nearest pixels, and the words of its captions.

use std::collections::BTreeMap;

use burn::tensor::Device;
use freeroam_envs::words::Split;
use freeroam_objectives::vision::Pool;
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;

use super::captioned::{Caption, Captioned};

/// Known frames among which the nearest is looked for.
const KNOWN: usize = 2000;
/// Captions of a known frame whose words are counted.
const WORDINGS: usize = 8;

/// Similarities of frames and captions without learning: the known frame with the nearest pixels, and how many words
/// its captions have in common with the caption, as a cosine of counts. `[pairs, pairs]`, frames by rows.
pub(super) fn simple(
    [known, asked]: [&Captioned; 2],
    pairs: &[(usize, Caption)],
    stream: &mut Stream,
    device: &Device,
) -> Vec<f32> {
    let known_frames: Vec<usize> = (0..known.pool.len().min(KNOWN)).collect();
    let pixels = |pool: &Pool, frames: &[usize]| pool.frames(frames, device).rgb.flatten::<2>(1, 3);
    let known_pixels = pixels(&known.pool, &known_frames); // [K, pixels]
    let lengths = known_pixels.clone().square().sum_dim(1).transpose(); // [1, K]
    let asked_frames: Vec<usize> = pairs.iter().map(|(frame, _)| *frame).collect();
    let products = pixels(&asked.pool, &asked_frames).matmul(known_pixels.transpose()); // [pairs, K]
    let nearest = (lengths - products * 2.0).argmin(1).float();
    let own: Vec<Counts> = pairs.iter().map(|(_, caption)| Counts::of([&caption.text])).collect();
    let mut similarity = Vec::with_capacity(pairs.len() * pairs.len());
    for frame in numbers(nearest) {
        let said: Vec<Caption> =
            (0..WORDINGS).filter_map(|_| known.caption(frame as usize, Split::Train, stream)).collect();
        let counts = Counts::of(said.iter().map(|caption| &caption.text));
        similarity.extend(own.iter().map(|other| counts.cosine(other)));
    }
    similarity
}

/// Words and how often each is there.
struct Counts(BTreeMap<String, f32>);

impl Counts {
    fn of<'a>(texts: impl IntoIterator<Item = &'a String>) -> Self {
        let mut counts = BTreeMap::new();
        for word in
            texts.into_iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric() && letter != '-'))
        {
            if !word.is_empty() {
                *counts.entry(word.to_lowercase()).or_insert(0.0) += 1.0;
            }
        }
        Self(counts)
    }

    fn cosine(&self, other: &Self) -> f32 {
        let length = |counts: &Self| counts.0.values().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
        let product: f32 = self.0.iter().filter_map(|(word, x)| Some(x * other.0.get(word)?)).sum();
        product / (length(self) * length(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_counted() {
        let texts = ["the ball, in the north-east room", "a ball", "red"].map(str::to_owned);
        let [one, two, three] = [0, 1, 2].map(|at| Counts::of([&texts[at]]));
        assert!((one.cosine(&one) - 1.0).abs() < 1e-6);
        assert!((one.cosine(&two) - 1.0 / (8.0_f32 * 2.0).sqrt()).abs() < 1e-6);
        assert_eq!(one.cosine(&three), 0.0);
    }
}
