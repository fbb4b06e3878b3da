//! The network of a frame, of fresh weights or those of a run.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_objectives::Batch;
use freeroam_objectives::vision::{Encoder, VjepaConfig};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Trained, Trunk};
use std::path::Path;

use super::{EncoderConfig, Eyes};
use crate::represent::encoder_of_run;

/// Channels of fresh convolutions. DrQ-v2: 32.
const WIDTH: usize = 32;

/// A network of frames; where fresh weights are to be trained there is a linear layer, normalised and squashed by tanh, after it.
#[derive(Module, Debug)]
pub struct EyeNet {
    encoder: Encoder,
    trunk: Option<Trunk>,
}

/// Observations of a batch that are still attached to the network that made them.
pub struct Glance<'a> {
    /// `[B, observation]`, tracked.
    pub observation: Tensor<2>,
    /// The network, for the losses that may train it.
    pub net: &'a mut Trained<EyeNet>,
}

/// The frames of rows and what sees them, for agents that look at some of them anew in each gradient step.
pub struct Sight<'a> {
    /// `[rows, stack, height, width, 3]`.
    pub(crate) stacks: &'a [u8],
    pub(crate) eyes: &'a mut Eyes,
}

impl Sight<'_> {
    /// The observations of some `rows`, `[rows, observation]`, tracked.
    pub(crate) fn again(&self, rows: &[usize]) -> Tensor<2> {
        let bytes = self.eyes.stack() * self.eyes.bytes();
        let stacks: Vec<u8> = rows.iter().flat_map(|row| &self.stacks[row * bytes..][..bytes]).copied().collect();
        self.eyes.tracked(&stacks)
    }
}

/// What critics are asked about a batch: `input`, `[B, observation + task]`, and the actions, with the network that made the
/// observations; tracked where a glance shows them so.
pub(crate) fn critics_view<'a>(
    batch: &Batch,
    input: &Tensor<2>,
    glance: Option<Glance<'a>>,
) -> (Tensor<2>, Tensor<2>, Option<&'a mut Trained<EyeNet>>) {
    match glance {
        None => (input.clone(), batch.action.clone(), None),
        Some(Glance { observation, net }) => {
            let seen = Tensor::cat(vec![observation, batch.task.clone().autodiff()], 1);
            (seen, batch.action.clone().autodiff(), Some(net))
        }
    }
}

/// A gradient step of `critics` on their loss, which trains the network that made the observations too, where there is one.
pub(crate) fn descend<M: Module>(critics: &mut Trained<M>, net: Option<&mut Trained<EyeNet>>, loss: Tensor<1>) {
    match net {
        None => critics.descend(loss),
        Some(net) => critics.descend_both(net, loss),
    }
}

impl EyeNet {
    /// The network of `config` for frames of `edge` pixels along both sides, on the differentiating twin of the plain
    /// `device`; fresh weights come from `stream`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] for a run that is none, has no such network, or is of frames of another size.
    pub(super) fn new(
        config: &EncoderConfig,
        edge: usize,
        stream: &mut Stream,
        device: &Device,
    ) -> Result<Self, TrainerError> {
        if !config.run.is_empty() {
            return Ok(Self { encoder: of_run(&config.run, edge, device)?, trunk: None });
        }
        let tracked = device.clone().autodiff();
        let encoder = match config.network.as_str() {
            "vit" => {
                let sizes = VjepaConfig::default();
                if edge < sizes.patch {
                    let patch = sizes.patch;
                    let message =
                        format!("`encoder.network` = \"vit\": frames have {edge} pixels, expected {patch} or more");
                    return Err(TrainerError::Usage(message));
                }
                Encoder::vit(&sizes, stream, &tracked)
            }
            "means" => Encoder::means(edge).ok_or_else(|| {
                let reason = format!("frames have {edge} pixels, expected a multiple of 16");
                TrainerError::Usage(format!("`encoder.network` = \"means\": {reason}"))
            })?,
            _ => Encoder::conv(WIDTH, stream, &tracked),
        };
        if !config.trained {
            return Ok(Self { encoder, trunk: None });
        }
        let one = Tensor::zeros([1, 3, edge, edge], device);
        let inputs = encoder.valid().forward(one).dims()[1];
        Ok(Self { encoder, trunk: Some(Trunk::new(inputs, config.features, stream, &tracked)) })
    }

    /// # Shapes
    /// - input: `[batch, 3, height, width]`, in `[0, 1]`
    /// - output: `[batch, features]`
    #[must_use]
    pub fn forward(&self, rgb: Tensor<4>) -> Tensor<2> {
        let features = self.encoder.forward(rgb);
        match &self.trunk {
            Some(trunk) => trunk.forward(features),
            None => features,
        }
    }
}

/// The network of the run in the folder `dir`, for frames of `edge` pixels.
fn of_run(dir: &str, edge: usize, device: &Device) -> Result<Encoder, TrainerError> {
    let usage = |reason: String| TrainerError::Usage(format!("`encoder.run` = {dir}: {reason}"));
    let (encoder, its) = encoder_of_run(Path::new(dir), device).map_err(|error| match error {
        TrainerError::Usage(reason) => usage(reason),
        other => other,
    })?;
    if its != edge {
        return Err(usage(format!("it was trained on frames of {its} pixels, those of the world have {edge}")));
    }
    Ok(encoder)
}
