//! The contrastive loss: which of many keys belongs to a query?
//!
//! ```text
//! s_ij = critic(q_i, k_j) / T,   [B, M]
//! L    = mean_i [ log sum_{j valid for i} exp s_ij - log sum_{j positive for i} exp s_ij ]
//! ```
//!
//! van den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018, eq. 4; with several
//! positives their sum, as Miech et al., 2020. `log M - L` bounds the mutual information of queries and keys from below, at
//! most by `log M`.

use burn::tensor::Tensor;

/// Large enough that what is masked has no weight, small enough that its differences stay finite.
const MASKED: f32 = 1e9;

/// `L`, `[1]`, of similarities `[B, M]` that are divided by the temperature already. Masks are constants of 0 and 1,
/// `[B, M]`: which keys belong to a query, and which count at all. Every query has a positive, which is valid too.
#[must_use]
pub fn info_nce(similarity: Tensor<2>, positive: Tensor<2>, valid: Tensor<2>) -> Tensor<1> {
    let positive = log_sum_exp(similarity.clone() + (positive - 1.0) * MASKED); // [B, 1]
    let all = log_sum_exp(similarity + (valid - 1.0) * MASKED); // [B, 1]
    (all - positive).mean()
}

/// `log sum_j exp x_ij`, `[B, M] -> [B, 1]`. The largest is a constant; its gradient cancels.
pub(crate) fn log_sum_exp(x: Tensor<2>) -> Tensor<2> {
    let most = x.clone().detach().max_dim(1);
    (x - most.clone()).exp().sum_dim(1).log() + most
}

/// Share of the queries whose nearest valid key is a positive, `[1]`, constant.
#[must_use]
pub fn retrieval(similarity: Tensor<2>, positive: Tensor<2>, valid: Tensor<2>) -> Tensor<1> {
    let similarity = similarity.inner();
    let best = (similarity.clone() + (valid - 1.0) * MASKED).max_dim(1);
    let own = (similarity + (positive - 1.0) * MASKED).max_dim(1);
    own.greater_equal(best).float().mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_replay::Stream;
    use freeroam_trainer::nn::{numbers, tensor};

    use super::*;

    fn similarities(rows: usize, columns: usize, device: &Device) -> Tensor<2> {
        let mut values = vec![0.0; rows * columns];
        Stream::new(0, "similarities", 0).fill_normal(&mut values);
        tensor(values, rows, columns, device)
    }

    #[test]
    fn equal_keys_cost_the_logarithm_of_their_number() {
        let device = Device::flex();
        let (eye, all) = (Tensor::eye(8, &device), Tensor::ones([8, 8], &device));
        let loss: f32 = info_nce(Tensor::zeros([8, 8], &device), eye, all).into_scalar();
        assert!((loss - 8.0_f32.ln()).abs() < 1e-6, "{loss}");
    }

    #[test]
    fn masked_keys_change_neither_the_loss_nor_its_gradient() {
        let device = Device::flex();
        let valid = tensor((0..24).map(|at| if at % 6 == 5 { 0.0 } else { 1.0 }).collect(), 4, 6, &device);
        let positive = Tensor::cat(vec![Tensor::eye(4, &device), Tensor::zeros([4, 2], &device)], 1);
        let similarity = similarities(4, 6, &device);
        let changed = similarity.clone() + (valid.clone() - 1.0) * -1000.0;
        let of = |x: Tensor<2>| {
            let x = x.autodiff().require_grad();
            let loss = info_nce(x.clone(), positive.clone(), valid.clone());
            let value: f32 = loss.clone().inner().into_scalar();
            (value, numbers(x.grad(&loss.backward()).expect("tracked")))
        };
        let ((loss, gradient), other) = (of(similarity), of(changed));
        assert!((loss - other.0).abs() < 1e-6);
        assert!(gradient.iter().skip(5).step_by(6).all(|x| *x == 0.0), "{gradient:?}");
        assert!(gradient.iter().zip(&other.1).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let device = Device::flex();
        let (eye, all) = (Tensor::<2>::eye(4, &device), Tensor::ones([4, 4], &device));
        let similarity = similarities(4, 4, &device);
        let x = similarity.clone().autodiff().require_grad();
        let gradient = numbers(x.grad(&info_nce(x.clone(), eye.clone(), all.clone()).backward()).expect("tracked"));
        for at in 0..16 {
            let moved = |by: f32| -> f32 {
                let mut values = numbers(similarity.clone());
                values[at] += by;
                info_nce(tensor(values, 4, 4, &device), eye.clone(), all.clone()).into_scalar()
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            assert!((slope - gradient[at]).abs() < 1e-4, "{at}: {slope} {}", gradient[at]);
        }
    }
}
