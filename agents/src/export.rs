//! The acting network as a file of safetensors, complete in itself.
//!
//! ```text
//!  observation_mean, observation_std   [observation]            SI units
//!  observation_classes                 [categories]             only of some worlds: so many first channels are whole numbers, each
//!                                                               one of so many classes; they come one-hot before the others
//!  layers.I.weight, layers.I.bias      [outputs, inputs], ..    PyTorch's layout, ReLU between the layers
//!  norm.weight, norm.bias              [width]                  only of some agents: layer normalisation and tanh after the
//!                                                               first layer, instead of ReLU
//!  action_std                          [action]                 only of some agents: deviation of the exploring noise
//!  action_cut                          [action]                 only of some agents: 1, where an action is cut and not squashed
//!
//!  x = layers([one-hot categories, (observation - observation_mean) / observation_std, task])
//!  action = tanh(x), explores with action + action_std * normal, cut at -1 and 1          where there is action_std
//!  action = x cut at -1 and 1, explores with x + action_std * normal, cut likewise        where there is action_cut too
//!  action = tanh(first half of x), the second half being the logarithm of a deviation     where there is neither
//! ```

use std::path::Path;

use burn::module::{Module, Param, ParamId};
use burn::nn::{LayerNorm, Linear};
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, SafetensorsStore};
use burn::tensor::{Device, Tensor};
use freeroam_trainer::TrainerError;

use crate::Normalizer;

/// Name of the file in a checkpoint's learner folder.
pub const EXPORT: &str = "policy.safetensors";

/// A network that acts.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The linear layers, first to last, with ReLU between them.
    pub layers: Vec<Linear>,
    /// Normalisation of the first layer, before tanh in place of ReLU.
    pub norm: Option<LayerNorm>,
    /// Deviation of the exploring noise around the mode, `[action]`. Without it the last layer yields mean and logarithm of the
    /// deviation of a normal law that is squashed by tanh.
    pub noise: Option<Vec<f32>>,
    /// Whether the last layer yields a mode that is cut at -1 and 1 instead of squashed by tanh. Only with noise.
    pub cut: bool,
}

/// The names of its fields are those of the tensors.
#[derive(Module, Debug)]
struct Exported {
    layers: Vec<Linear>,
    norm: Option<LayerNorm>,
    action_std: Option<Param<Tensor<1>>>,
    action_cut: Option<Param<Tensor<1>>>,
    observation_mean: Param<Tensor<1>>,
    observation_std: Param<Tensor<1>>,
    observation_classes: Option<Param<Tensor<1>>>,
}

/// Writes `actor`, which takes observations mapped by `normalizer`, to `path`.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when it cannot be written.
pub(crate) fn export(actor: &Actor, normalizer: &Normalizer, path: &Path) -> Result<(), TrainerError> {
    let constant = |id: u64, values: &[f32]| {
        Param::initialized(ParamId::from(id), Tensor::<1>::from_floats(values, &Device::flex()))
    };
    let exported = Exported {
        layers: actor.layers.clone(),
        norm: actor.norm.clone(),
        action_std: actor.noise.as_ref().map(|noise| constant(2, noise)),
        action_cut: actor.noise.as_ref().filter(|_| actor.cut).map(|noise| constant(4, &vec![1.0; noise.len()])),
        observation_mean: constant(0, normalizer.mean()),
        observation_std: constant(1, normalizer.std()),
        observation_classes: normalizer
            .categories()
            .map(|categories| constant(3, &vec![categories.classes as f32; categories.channels])),
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
    use freeroam_trainer::nn::{Gain, Mlp, Trunk};

    use super::*;

    #[test]
    fn the_file_holds_layers_in_pytorchs_layout_and_the_scales() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let spec = world("Ant-v0").expect("is registered").spec().clone();
        let device = Device::flex().autodiff();
        let network = Mlp::new(&[31, 5, 16], Gain(1.0), &mut Stream::new(0, "weights", 0), &device).valid();
        let actor = Actor { layers: network.layers().to_vec(), norm: None, noise: None, cut: false };
        let paths = ["a", "b"].map(|name| dir.path().join(name));
        for path in &paths {
            export(&actor, &Normalizer::new(&spec, 1.0), path).expect("writes");
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
        let weight = network.layers()[0].weight.val().transpose(); // [outputs, inputs]
        assert_eq!(numbers("layers.0.weight"), (vec![5, 31], freeroam_trainer::nn::numbers(weight)));
    }

    #[test]
    fn a_normalised_first_layer_and_the_noise_are_there_by_name() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let spec = world("Point-v0").expect("is registered").spec().clone();
        let device = Device::flex().autodiff();
        let trunk = Trunk::new(2, 5, &mut Stream::new(0, "weights", 0), &device).valid();
        let (linear, norm) = trunk.layers();
        let noise = Some(vec![0.2; 2]);
        let actor = Actor { layers: vec![linear.clone()], norm: Some(norm.clone()), noise, cut: true };
        let path = dir.path().join("policy");
        export(&actor, &Normalizer::new(&spec, 1.0), &path).expect("writes");
        let bytes = std::fs::read(&path).expect("reads");
        let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("is one");
        for (name, shape) in [("norm.weight", [5]), ("norm.bias", [5]), ("action_std", [2]), ("action_cut", [2])] {
            assert_eq!(tensors.tensor(name).expect("has it").shape(), shape, "{name}");
        }
    }

    #[test]
    fn categories_say_how_many_classes_they_have_and_what_is_measured_is_left_out() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let spec = world("Rooms-Noisy-v0").expect("is registered").spec().clone();
        let device = Device::flex().autodiff();
        let network = Mlp::new(&[386, 5, 4], Gain(1.0), &mut Stream::new(0, "weights", 0), &device).valid();
        let actor = Actor { layers: network.layers().to_vec(), norm: None, noise: None, cut: false };
        let path = dir.path().join("policy");
        export(&actor, &Normalizer::new(&spec, 1.0), &path).expect("writes");
        let bytes = std::fs::read(&path).expect("reads");
        let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("is one");
        for (name, shape) in [("observation_classes", [48]), ("observation_mean", [2])] {
            assert_eq!(tensors.tensor(name).expect("has it").shape(), shape, "{name}");
        }
    }
}
