//! The network of frames that a run has learned, for agents.

use std::path::Path;

use burn::tensor::Device;
use freeroam_objectives::language::{Texts, Tokenizer};
use freeroam_objectives::vision::Encoder;
use freeroam_objectives::{Representation, clips_representation, frames_representation, pairs_representation};
use freeroam_replay::Stream;
use freeroam_trainer::{Layer, TrainerError, newest_checkpoint, run_config};

use super::text::TOKENIZER;
use super::{DataConfig, RepresentConfig, represents};

/// The network of the run in `dir` at its newest checkpoint, tracked, on the differentiating twin of the plain `device`; and
/// the pixels along both sides of the frames that it was trained on.
///
/// # Errors
/// [`TrainerError::Usage`] where there is no run or checkpoint, or the run is not one on frames, clips or frames with captions;
/// [`TrainerError::Checkpoint`] where a file is damaged.
pub fn encoder_of_run(dir: &Path, device: &Device) -> Result<(Encoder, usize), TrainerError> {
    let usage = |reason: &str| TrainerError::Usage(reason.to_owned());
    run_config(dir)?;
    let layers = [Layer::File(dir.join("config.toml"))];
    let expected = "expected one of `contrastive`, `cpc`, `scan`, `vjepa`, `clip` or `cleanclip`";
    if !represents(&layers) {
        return Err(usage(&format!("it is no run of a representation objective, {expected}")));
    }
    let (config, _) = RepresentConfig::resolve(&layers)?;
    let folder = newest_checkpoint(dir)?.learner();
    // Weights are those of the checkpoint; the stream only fills what they replace.
    let (steps, stream) = (config.gradient_steps, &mut Stream::new(config.seed, "representation weights", 0));
    let (found, edge) = match &config.data {
        DataConfig::Frames(frames) => {
            let objective = frames_representation(&config.objective_config, steps, stream, device);
            (objective.map(|objective| loaded(objective, &folder)).transpose()?, frames.edge)
        }
        DataConfig::Clips(clips) => {
            let objective = clips_representation(&config.objective_config, steps, stream, device);
            (objective.map(|objective| loaded(objective, &folder)).transpose()?, clips.edge)
        }
        DataConfig::Pairs(pairs) => {
            let vocabulary = Tokenizer::read(&dir.join(TOKENIZER))?.vocabulary();
            let texts = Texts { vocabulary, length: pairs.length, steps };
            let objective = pairs_representation(&config.objective_config, texts, stream, device);
            (objective.map(|objective| loaded(objective, &folder)).transpose()?, pairs.frames.edge)
        }
        DataConfig::Text(_) => (None, 0),
    };
    match found.flatten() {
        Some(encoder) => Ok((encoder, edge)),
        None => Err(usage(&format!("it is a run of `{}`, {expected}", config.objective))),
    }
}

/// The network of an objective with the weights in `folder`.
fn loaded<B>(mut objective: Box<dyn Representation<B>>, folder: &Path) -> Result<Option<Encoder>, TrainerError> {
    objective.load(folder)?;
    Ok(objective.encoder())
}
