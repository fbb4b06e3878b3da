//! The kernels as operations of burn: values on its CPU backend, and how gradients flow through them.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Shape, TensorData};

use super::norms::Rows;
use super::pointwise::Pointwise;
use super::softmax;
use super::windows::Windows;

/// Tensors of the CPU backend.
pub(super) type Numbers = FloatTensor<Flex>;

/// The operations. Calling them with tensors of other devices panics.
#[backend_extension(Flex, Autodiff)]
pub(super) trait Kernels: Backend {
    /// A function of every number.
    fn kernel_pointwise(x: FloatTensor<Self>, function: Pointwise) -> FloatTensor<Self>;

    /// Softmax over the last dimension, or its logarithm.
    fn kernel_softmax(x: FloatTensor<Self>, log: bool) -> FloatTensor<Self>;

    /// Rows of `x` normalised, scaled by `gamma` and shifted by `beta`, of any shapes that hold as many numbers.
    fn kernel_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        rows: Rows,
    ) -> FloatTensor<Self>;

    /// `[B, C, height, width]` by `[O, C, kh, kw]` and `[O]` to `[B, O, down, across]`.
    fn kernel_convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self>;
}

impl Kernels for Flex {
    fn kernel_pointwise(x: Numbers, function: Pointwise) -> Numbers {
        let x = dense(x);
        map(&x, |x, y| function.forward(x, y))
    }

    fn kernel_softmax(x: Numbers, log: bool) -> Numbers {
        let (x, width) = with_width(x);
        let forward = if log { softmax::forward_log } else { softmax::forward };
        map(&x, |x, y| forward(x, width, y))
    }

    fn kernel_norm(x: Numbers, gamma: Numbers, beta: Numbers, rows: Rows) -> Numbers {
        let (x, gamma, beta) = (dense(x), dense(gamma), dense(beta));
        map(&x, |x, y| rows.forward(x, gamma.storage(), beta.storage(), y))
    }

    fn kernel_convolution(x: Numbers, weight: Numbers, bias: Numbers, windows: Windows) -> Numbers {
        let (x, weight, bias) = (dense(x), flat(weight), dense(bias));
        let [down, across] = windows.places();
        let shape = [windows.input[0], windows.outputs, down, across];
        let mut y = vec![0.0; shape.iter().product()];
        windows.forward(x.storage(), &weight, bias.storage(), &mut y);
        held(y, Shape::from(shape))
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn kernel_pointwise(x: FloatTensor<Self>, function: Pointwise) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        match PointwiseStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let x = dense(x);
                step.finish((function, x.clone()), Flex::kernel_pointwise(x, function))
            }
            OpsKind::UnTracked(step) => step.finish(Flex::kernel_pointwise(x, function)),
        }
    }

    fn kernel_softmax(x: FloatTensor<Self>, log: bool) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = Flex::kernel_softmax(x, log);
        match SoftmaxStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => step.finish((log, y.clone()), y),
            OpsKind::UnTracked(step) => step.finish(y),
        }
    }

    fn kernel_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        rows: Rows,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (gamma, gamma_node), (beta, beta_node)) =
            (x.into_parts(), gamma.into_parts(), beta.into_parts());
        match NormStep.prepare::<C>([x_node, gamma_node, beta_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let x = dense(x);
                step.finish((rows, x.clone(), gamma.clone()), Flex::kernel_norm(x, gamma, beta, rows))
            }
            OpsKind::UnTracked(step) => step.finish(Flex::kernel_norm(x, gamma, beta, rows)),
        }
    }

    fn kernel_convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
            (x.into_parts(), weight.into_parts(), bias.into_parts());
        match ConvolutionStep.prepare::<C>([x_node, weight_node, bias_node]).compute_bound().stateful() {
            OpsKind::Tracked(step) => {
                let x = dense(x);
                step.finish((windows, x.clone(), weight.clone()), Flex::kernel_convolution(x, weight, bias, windows))
            }
            OpsKind::UnTracked(step) => step.finish(Flex::kernel_convolution(x, weight, bias, windows)),
        }
    }
}

#[derive(Debug)]
struct PointwiseStep;

impl Backward<Flex, 1> for PointwiseStep {
    type State = (Pointwise, Numbers);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (function, x) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |gradient| {
            changed(gradient, |gradient| function.backward(x.storage(), gradient))
        });
    }
}

#[derive(Debug)]
struct SoftmaxStep;

impl Backward<Flex, 1> for SoftmaxStep {
    type State = (bool, Numbers);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (log, y) = ops.state;
        let (y, width) = with_width(y);
        let backward = if log { softmax::backward_log } else { softmax::backward };
        unary::<Flex, _>(ops.parents, ops.node, gradients, |gradient| {
            changed(gradient, |gradient| backward(y.storage(), width, gradient))
        });
    }
}

#[derive(Debug)]
struct NormStep;

impl Backward<Flex, 3> for NormStep {
    type State = (Rows, Numbers, Numbers);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (rows, x, gamma) = &ops.state;
        let gamma = dense(gamma.clone());
        let zeros = vec![0.0; gamma.shape().num_elements()];
        let (mut dgamma, mut dbeta) = (zeros.clone(), zeros);
        let dx = changed(gradients.consume::<Flex>(&ops.node), |gradient| {
            rows.backward(x.storage(), gamma.storage(), gradient, &mut dgamma, &mut dbeta);
        });
        let parts = [dx, held(dgamma, gamma.shape()), held(dbeta, gamma.shape())];
        register(gradients, ops, parts.map(Some));
    }
}

#[derive(Debug)]
struct ConvolutionStep;

impl Backward<Flex, 3> for ConvolutionStep {
    type State = (Windows, Numbers, Numbers);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (windows, x, weight) = &ops.state;
        let gradient = dense(gradients.consume::<Flex>(&ops.node));
        let shape = weight.shape();
        let mut dx = ops.parents[0].as_ref().map(|_| vec![0.0; x.shape().num_elements()]);
        let slopes = windows.backward(x.storage(), &flat(weight.clone()), gradient.storage(), dx.as_deref_mut());
        let parts = [
            dx.map(|dx| held(dx, x.shape())),
            Some(held(slopes.weight, shape)),
            Some(held(slopes.bias, Shape::from([windows.outputs]))),
        ];
        register(gradients, ops, parts);
    }
}

/// Hands each parent that is tracked the part of the gradient that is its own.
fn register<S>(gradients: &mut Gradients, ops: Ops<S, 3>, parts: [Option<Numbers>; 3]) {
    for (node, part) in ops.parents.into_iter().zip(parts) {
        if let (Some(node), Some(part)) = (node, part) {
            gradients.register::<Flex>(node.id, part);
        }
    }
}

/// The weight of a convolution, `[O, C, kh, kw]`, as a matrix `[O, C kh kw]`.
fn flat(weight: Numbers) -> Numbers {
    let outputs = weight.shape()[0];
    let rest = weight.shape().num_elements() / outputs.max(1);
    dense(weight).reshape(Shape::from([outputs, rest]))
}

/// The same numbers one after the other, without a second handle on them, so that a sole owner can change them in place.
fn dense(x: Numbers) -> Numbers {
    assert_eq!(x.dtype(), DType::F32, "numbers of the CPU");
    x.to_contiguous()
}

/// The same with the length of the last dimension.
fn with_width(x: Numbers) -> (Numbers, usize) {
    let width = x.shape().last().copied().unwrap_or(1).max(1);
    (dense(x), width)
}

/// Other numbers of the same shape, made from those of a dense tensor.
fn map(x: &Numbers, make: impl FnOnce(&[f32], &mut [f32])) -> Numbers {
    let from: &[f32] = x.storage();
    let mut to = vec![0.0; from.len()];
    make(from, &mut to);
    held(to, x.shape())
}

/// Numbers after a change, in place where nobody else holds them.
fn changed(x: Numbers, change: impl FnOnce(&mut [f32])) -> Numbers {
    let mut x = dense(x);
    change(x.storage_mut());
    x
}

/// A tensor of these values.
///
/// # Panics
/// When there are not as many as the shape says.
pub(super) fn held(values: Vec<f32>, shape: Shape) -> Numbers {
    Numbers::from_data(TensorData::new(values, shape))
}
