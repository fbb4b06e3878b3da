//! Values and gradients are those of burn's own operations.

use burn::module::{Module, Param};
use burn::tensor::{Device, Distribution, Tensor, activation};
use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::*;
use crate::nn::{conv2d, group_norm, layer_norm, numbers, uniform};

/// The largest difference of values, and of the gradients of a random combination of them.
fn difference<const D: usize>(
    shape: [usize; D],
    scale: f32,
    ours: impl Fn(Tensor<D>) -> Tensor<D>,
    theirs: impl Fn(Tensor<D>) -> Tensor<D>,
) -> [f32; 2] {
    let device = Device::flex().autodiff();
    let mut rng = Pcg64::seed_from_u64(0);
    let values = uniform(shape, scale, &mut rng, &device.clone().inner());
    let weights = uniform(shape, 1.0, &mut rng, &device.inner());
    let run = |f: &dyn Fn(Tensor<D>) -> Tensor<D>| {
        let x = values.clone().autodiff().require_grad();
        let y = f(x.clone());
        let gradients = (y.clone() * weights.clone().autodiff()).sum().backward();
        (y.inner(), x.grad(&gradients).expect("x was tracked"))
    };
    let ((y, dx), (y_burn, dx_burn)) = (run(&ours), run(&theirs));
    [(y - y_burn).abs(), (dx - dx_burn).abs()].map(|far| numbers(far.max())[0])
}

#[test]
fn functions_of_a_number_are_burns() {
    for [value, gradient] in [
        difference([7, 33], 6.0, gelu, activation::gelu),
        difference([7, 33], 6.0, silu, activation::silu),
        difference([2, 3, 4, 17], 6.0, softmax, |x| activation::softmax(x, 3)),
        difference([3, 40], 60.0, softmax, |x| activation::softmax(x, 1)),
        difference([3, 1], 6.0, softmax, |x| activation::softmax(x, 1)),
        difference([4, 40], 6.0, log_softmax, |x| activation::log_softmax(x, 1)),
    ] {
        assert!(value < 2e-6 && gradient < 2e-6, "{value} {gradient}");
    }
}

/// A module of which every factor and shift is another number.
fn uneven(values: &Tensor<1>) -> [Param<Tensor<1>>; 2] {
    [values.clone() + 1.0, values.clone() * 0.5].map(|each| Param::from_tensor(each.detach()))
}

#[test]
fn normalisations_are_burns_with_the_gradients_of_factors_and_shifts() {
    let device = Device::flex().autodiff();
    let mut rng = Pcg64::seed_from_u64(1);
    let weights = uniform([5, 6, 4, 3], 1.0, &mut rng, &device);
    let x = uniform([5, 6, 4, 3], 2.0, &mut rng, &device) + 3.0;
    let far = |ours: Tensor<4>, theirs: Tensor<4>, of: [&Tensor<1>; 2]| {
        let [ours, theirs] = [ours, theirs].map(|y| {
            let gradients = (y.clone() * weights.clone()).sum().backward();
            let parts = of.map(|each| each.grad(&gradients).expect("parameters are tracked"));
            Tensor::cat(vec![parts[0].clone(), parts[1].clone(), y.inner().reshape([360])], 0)
        });
        numbers((ours - theirs).abs().max())[0]
    };

    let mut norm = layer_norm(3, &mut rng, &device);
    let [gamma, beta] = uneven(&uniform([3], 0.5, &mut rng, &device));
    (norm.gamma, norm.beta) = (gamma, Some(beta));
    let of = [norm.gamma.val(), norm.beta.as_ref().expect("just set").val()];
    assert!(far(normalise(&norm, x.clone()), norm.forward(x.clone()), of.each_ref()) < 1e-4);
    let [value, gradient] = difference([9, 3], 2.0, |x| normalise(&norm, x), |x| norm.forward(x));
    assert!(value < 1e-5 && gradient < 1e-4, "{value} {gradient}");

    for groups in [1, 3, 6] {
        let mut norm = group_norm(groups, 6, &mut rng, &device);
        let [gamma, beta] = uneven(&uniform([6], 0.5, &mut rng, &device));
        (norm.gamma, norm.beta) = (Some(gamma), Some(beta));
        let of = [&norm.gamma, &norm.beta].map(|each| each.as_ref().expect("just set").val());
        assert!(far(normalise_groups(&norm, x.clone()), norm.forward(x.clone()), of.each_ref()) < 1e-4);
        let [value, gradient] = difference([2, 6, 5, 7], 2.0, |x| normalise_groups(&norm, x), |x| norm.forward(x));
        assert!(value < 1e-5 && gradient < 1e-4, "{value} {gradient}");
    }
}

#[test]
fn members_are_normalised_each_with_its_own() {
    let device = Device::flex().autodiff();
    let mut rng = Pcg64::seed_from_u64(2);
    let [gamma, beta] = [0, 1].map(|_| uniform([2, 1, 20], 1.0, &mut rng, &device));
    let one_by_one = |x: Tensor<3>| {
        let each = |member: usize| {
            let mut norm = layer_norm(20, &mut Pcg64::seed_from_u64(0), &device);
            let part = |of: &Tensor<3>| Param::from_tensor(of.clone().narrow(0, member, 1).reshape([20]).detach());
            (norm.gamma, norm.beta) = (part(&gamma), Some(part(&beta)));
            norm.forward(x.clone().narrow(0, member, 1))
        };
        Tensor::cat(vec![each(0), each(1)], 0)
    };
    let ours = |x| normalise_members(x, gamma.clone(), beta.clone());
    for theirs in [&one_by_one as &dyn Fn(Tensor<3>) -> Tensor<3>, &|x| composed(x, gamma.clone(), beta.clone())] {
        let [value, gradient] = difference([2, 5, 20], 2.0, ours, theirs);
        assert!(value < 1e-5 && gradient < 1e-4, "{value} {gradient}");
    }
}

#[test]
fn convolutions_are_burns_with_the_gradients_of_kernel_and_bias() {
    let device = Device::flex().autodiff();
    let mut rng = Pcg64::seed_from_u64(3);
    for (input, outputs, size, stride, padding) in [
        ([21, 4, 14, 10], 5, [3, 3], 2, [1, 1]),
        ([4, 3, 7, 6], 8, [3, 3], 1, [1, 1]),
        ([3, 4, 5, 9], 2, [1, 3], 1, [0, 1]),
        ([3, 4, 5, 9], 2, [2, 1], 1, [0, 0]),
        ([2, 5, 4, 4], 3, [1, 1], 1, [0, 0]),
        ([2, 3, 11, 8], 4, [4, 5], 3, [2, 1]),
        ([2, 3, 2, 1], 4, [3, 3], 2, [1, 1]),
    ] {
        let mut conv = conv2d([input[1], outputs], size, stride, padding, &mut rng, &device);
        conv.bias = Some(Param::from_tensor(uniform([outputs], 1.0, &mut rng, &device).detach()));
        let x = uniform(input, 1.0, &mut rng, &device);
        let weights = conv.forward(x.clone()).random_like(Distribution::Uniform(-1.0, 1.0)).inner().autodiff();
        let bias = conv.bias.as_ref().expect("just set").val();
        let of = |y: Tensor<4>| {
            let gradients = (y.clone() * weights.clone()).sum().backward();
            let kernel = conv.weight.val().grad(&gradients).expect("parameters are tracked");
            let bias = bias.grad(&gradients).expect("parameters are tracked");
            (kernel, bias, y.inner())
        };
        let ((kernel, bias, y), (kernel_burn, bias_burn, y_burn)) =
            (of(convolve(&conv, x.clone())), of(conv.forward(x.clone())));
        let far = [
            (kernel - kernel_burn.clone()).abs().max() / kernel_burn.abs().max(),
            (bias - bias_burn.clone()).abs().max() / bias_burn.abs().max(),
            (y - y_burn).abs().max(),
        ];
        assert!(far.map(|far| numbers(far)[0]).into_iter().all(|far| far < 1e-4), "{input:?} {size:?}");
        let square = |y: Tensor<4>| y.clone() * y;
        let along = |y: Tensor<4>| square(y).sum_dim(1).sum_dim(2).sum_dim(3).expand(input);
        let (ours, burns) = (|x| along(convolve(&conv, x)), |x| along(conv.forward(x)));
        let [value, gradient] = difference(input, 1.0, ours, burns);
        assert!(value < 1e-2 && gradient < 1e-2, "{input:?} {size:?}: {value} {gradient}");
    }
}

#[test]
fn views_and_empty_batches_are_taken_as_they_are() {
    let device = Device::flex();
    let mut rng = Pcg64::seed_from_u64(4);
    let x = uniform([4, 6, 5], 3.0, &mut rng, &device);
    let far = |ours: Tensor<3>, theirs: Tensor<3>| numbers((ours - theirs).abs().max())[0];
    let norm = layer_norm(5, &mut rng, &device.clone().autodiff()).valid();
    for view in [x.clone().narrow(1, 2, 3), x.clone().swap_dims(0, 1), x.narrow(0, 1, 1).expand([3, 6, 5])] {
        assert!(far(gelu(view.clone()), activation::gelu(view.clone())) < 1e-5);
        assert!(far(softmax(view.clone()), activation::softmax(view.clone(), 2)) < 1e-5);
        assert!(far(normalise(&norm, view.clone()), norm.forward(view)) < 1e-5);
    }
    let none = Tensor::<3>::zeros([0, 6, 5], &device);
    assert_eq!(normalise(&norm, softmax(gelu(none))).dims(), [0, 6, 5]);
    let conv = conv2d([3, 2], [3, 3], 2, [1, 1], &mut rng, &device.clone().autodiff()).valid();
    assert_eq!(convolve(&conv, Tensor::zeros([0, 3, 8, 6], &device)).dims(), [0, 2, 4, 3]);
}
