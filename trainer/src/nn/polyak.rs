//! Target networks that follow the online ones.

use std::any::Any;
use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Device, Tensor};

/// Moves `target` by the share `tau` towards `online`: `target + tau (online - target)`.
///
/// `target` is a [`Module::valid`] copy of `online`: both carry the same parameter ids.
///
/// # Panics
/// When `target` has a parameter that `online` has not.
#[must_use]
pub fn polyak<M: Module>(target: M, online: &M, tau: f32) -> M {
    let mut values = Values::default();
    online.visit(&mut values);
    target.map(&mut Follow { online: values.0, tau })
}

#[derive(Default)]
struct Values(HashMap<ParamId, Box<dyn Any>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.insert(param.id, Box::new(param.val().inner()));
    }
}

struct Follow {
    online: HashMap<ParamId, Box<dyn Any>>,
    tau: f32,
}

impl ModuleMapper for Follow {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let online = self.online.remove(&param.id).expect("the target is a copy of the online module");
        let online = *online.downcast::<Tensor<D>>().expect("equal ids have equal ranks");
        let (id, target, mapper) = param.consume();
        Param::from_mapped_value(id, follow(target, online, self.tau), mapper)
    }
}

fn follow<const D: usize>(target: Tensor<D>, online: Tensor<D>, tau: f32) -> Tensor<D> {
    let device = target.device();
    if device != Device::flex() {
        return target.clone() + (online - target) * tau;
    }
    // In host memory one pass over both buffers; `into_data` moves a buffer that nobody else holds.
    let (mut target, online) = (target.into_data(), online.into_data());
    let values = target.as_mut_slice::<f32>().expect("parameters are f32");
    for (target, online) in values.iter_mut().zip(online.as_slice::<f32>().expect("parameters are f32")) {
        *target += tau * (online - *target);
    }
    Tensor::from_data(target, &device)
}
