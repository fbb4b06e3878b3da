//! The acting network as a file of safetensors, complete in itself.
//!
//! ```text
//!  observation_mean, observation_std   [observation]            SI units
//!  layers.I.weight, layers.I.bias      [outputs, inputs], ..    PyTorch's layout, ReLU between the layers
//!
//!  action = tanh(first half of layers([(observation - observation_mean) / observation_std, task]))
//! ```

use std::path::Path;

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::{Device, Tensor};
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::Mlp;

use crate::Normalizer;

/// Name of the file in a checkpoint's learner folder.
pub const EXPORT: &str = "policy.safetensors";

/// The names of its fields are those of the tensors.
#[derive(Module, Debug)]
struct Exported {
    layers: Vec<Linear>,
    observation_mean: Param<Tensor<1>>,
    observation_std: Param<Tensor<1>>,
}

/// Writes `actor`, which takes observations mapped by `normalizer`, to `path`.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when it cannot be written.
pub(crate) fn export(actor: &Mlp, normalizer: &Normalizer, path: &Path) -> Result<(), TrainerError> {
    let constant = |id: u64, values: &[f32]| {
        Param::initialized(ParamId::from(id), Tensor::<1>::from_floats(values, &Device::flex()))
    };
    let exported = Exported {
        layers: actor.layers().to_vec(),
        observation_mean: constant(0, normalizer.mean()),
        observation_std: constant(1, normalizer.std()),
    };
    // Metadata would be written in an order that differs from run to run.
    let mut store = SafetensorsStore::from_file(path).with_to_adapter(BurnToPyTorchAdapter).clear_metadata();
    let bad = |error: String| TrainerError::Checkpoint { path: path.into(), reason: error };
    exported.save_into(&mut store).map_err(|error| bad(error.to_string()))
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;
    use freeroam_replay::Stream;
    use freeroam_trainer::nn::Gain;

    use super::*;

    #[test]
    fn the_file_holds_layers_in_pytorchs_layout_and_the_scales() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let spec = world("Ant-v0").expect("is registered").spec().clone();
        let device = Device::flex().autodiff();
        let actor = Mlp::new(&[31, 5, 16], Gain(1.0), &mut Stream::new(0, "weights", 0), &device).valid();
        let paths = ["a", "b"].map(|name| dir.path().join(name));
        for path in &paths {
            export(&actor, &Normalizer::new(&spec), path).expect("writes");
        }
        let bytes = std::fs::read(&paths[0]).expect("reads");
        assert!(bytes == std::fs::read(&paths[1]).expect("reads"), "equal networks give equal files");
        let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("is one");
        let numbers = |name: &str| {
            let tensor = tensors.tensor(name).expect("has it");
            let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().expect("four bytes"));
            (tensor.shape().to_vec(), tensor.data().chunks_exact(4).map(number).collect::<Vec<f32>>())
        };
        let mut names = tensors.names();
        names.sort_unstable();
        let layers = ["layers.0.bias", "layers.0.weight", "layers.1.bias", "layers.1.weight"];
        assert_eq!(names, [&layers[..], &["observation_mean", "observation_std"]].concat());
        let channels: Vec<f32> = spec.observation.iter().map(|channel| channel.std).collect();
        assert_eq!(numbers("observation_std"), (vec![29], channels));
        let weight = actor.layers()[0].weight.val().transpose(); // [outputs, inputs]
        assert_eq!(numbers("layers.0.weight"), (vec![5, 31], freeroam_trainer::nn::numbers(weight)));
    }
}
