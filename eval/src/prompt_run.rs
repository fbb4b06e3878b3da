//! Sentences of a user's, tried with the policy of a run.

use std::path::Path;

use freeroam_agents::represent::{Matcher, represents};
use freeroam_trainer::{Layer, TrainerError, device};

use crate::EvalError;
use crate::evaluation::worded_picture;
use crate::measure::Measure;
use crate::report::Worded;
use crate::session::{evaluation_layers, no_policy, opened};

/// Folder of the page of [`prompt_run`], in that of the run.
pub const PROMPTS: &str = "prompts";

/// Sends the policy of the run in `dir` to goals in words: `sentences`, as the networks of the run on pairs in `words`
/// see them. Writes a page of its own into the folder `prompts` of the run. `layers` are as for
/// [`evaluate_run`](crate::session::evaluate_run).
///
/// # Errors
/// [`EvalError::Trainer`] with [`TrainerError::Usage`] for a run without a policy or without goals, for one of words of another
/// world, for a sentence that cannot be understood and for `evaluate.env`.
pub fn prompt_run(dir: &Path, layers: &[Layer], words: &Path, sentences: &[String]) -> Result<Worded, EvalError> {
    let layers = evaluation_layers(dir, layers)?;
    if represents(&layers) {
        return Err(no_policy(dir).into());
    }
    let (config, world, learner) = opened(dir, &layers)?;
    if !config.evaluate.env.is_empty() {
        let expected = "expected none with sentences of one's own, which are tried in the world of the run";
        return Err(TrainerError::Usage(format!("`evaluate.env` = \"{}\": {expected}", config.evaluate.env)).into());
    }
    let matcher = Matcher::of_run(words, &device(&config.device)?)?;
    let measure = Measure::new(&config, &world)?;
    let name = words.display().to_string();
    let (worded, shown) = measure.in_words(learner.policy(), (&matcher, &name), sentences)?;
    worded.write(&dir.join(PROMPTS), &[worded_picture(&config, world.spec(), &shown)?])?;
    Ok(worded)
}
