//! A module together with its optimiser.

use std::path::Path;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor};

use super::clip::{clip, shrink, squares};
use super::weights::{bad, unwritten};
use super::{Adam, load_weights, save_weights};
use crate::TrainerError;

/// A module, its Adam optimiser and its learning rate: the unit that a loss trains and a checkpoint holds.
pub struct Trained<M> {
    // Empty only inside `apply`, where burn's optimiser takes the module by value.
    module: Option<M>,
    optimizer: ModuleOptimizer,
    learning_rate: f64,
}

impl<M: Module> Trained<M> {
    /// Wraps `module`, which lives on the differentiating twin of `device`.
    #[must_use]
    pub fn new(module: M, learning_rate: f64, device: &Device) -> Self {
        let optimizer = if device.clone().inner() == Device::flex() {
            ModuleOptimizer::from(Adam)
        } else {
            AdamConfig::new().with_epsilon(1e-8).init()
        };
        Self { module: Some(module), optimizer, learning_rate }
    }

    /// The module, tracked.
    #[must_use]
    pub fn module(&self) -> &M {
        self.module.as_ref().expect("present between steps")
    }

    /// The module, for changes that are not gradient steps.
    pub fn module_mut(&mut self) -> &mut M {
        self.module.as_mut().expect("present between steps")
    }

    /// The module as constants.
    #[must_use]
    pub fn frozen(&self) -> M {
        self.module().valid()
    }

    /// One descent step on `loss`, `[1]`. Consumes the graph of `loss`.
    pub fn descend(&mut self, loss: Tensor<1>) {
        let gradients = GradientsParams::from_grads(loss.backward(), self.module());
        self.apply(gradients);
    }

    /// As [`Trained::descend`], of this module and of `other`, on which the same loss depends: one backward pass, a step of
    /// each by its own optimiser.
    pub fn descend_both<N: Module>(&mut self, other: &mut Trained<N>, loss: Tensor<1>) {
        let mut gradients = loss.backward();
        let its = GradientsParams::from_module(&mut gradients, other.module());
        let own = GradientsParams::from_grads(gradients, self.module());
        self.apply(own);
        other.apply(its);
    }

    /// As [`Trained::descend`], with gradients whose common norm is at most `most`; the norm before, `[1]`. 0 does not cut.
    pub fn descend_within(&mut self, loss: Tensor<1>, most: f64) -> Tensor<1> {
        let like = loss.clone().inner();
        let mut gradients = GradientsParams::from_grads(loss.backward(), self.module());
        let norm = clip(self.module(), &mut gradients, most, &like);
        self.apply(gradients);
        norm
    }

    /// As [`Trained::descend_both`], with gradients whose common norm is at most `most`; the norm before, `[1]`. 0 does not
    /// cut.
    pub fn descend_both_within<N: Module>(&mut self, other: &mut Trained<N>, loss: Tensor<1>, most: f64) -> Tensor<1> {
        let none = loss.clone().inner().zeros_like();
        let mut gradients = loss.backward();
        let mut its = GradientsParams::from_module(&mut gradients, other.module());
        let mut own = GradientsParams::from_grads(gradients, self.module());
        let norm = squares(other.module(), &its, squares(self.module(), &own, none)).sqrt();
        shrink(self.module(), &mut own, &norm, most);
        shrink(other.module(), &mut its, &norm, most);
        self.apply(own);
        other.apply(its);
        norm
    }

    fn apply(&mut self, gradients: GradientsParams) {
        let module = self.module.take().expect("present between steps");
        self.module = Some(self.optimizer.step(self.learning_rate, module, gradients));
    }

    /// Writes `NAME.bpk` and `NAME.adam.bpk` into `dir`.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`] when a file cannot be written.
    pub fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        save_weights(self.module(), dir, name)?;
        let moments = dir.join(format!("{name}.adam.bpk"));
        self.optimizer.save(&moments).map_err(|error| unwritten(&moments, &error))
    }

    /// Reads what [`Trained::save`] wrote; the optimiser goes on bit for bit.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`] when a file is missing or does not fit.
    pub fn load(&mut self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.module = Some(load_weights(self.module().clone(), dir, name)?);
        let moments = dir.join(format!("{name}.adam.bpk"));
        self.optimizer = self.optimizer.clone().load(&moments).map_err(|error| bad(&moments, &error))?;
        Ok(())
    }
}
