//! The two forms of the loss, for unit features.

use burn::tensor::{Tensor, TensorData};
use freeroam_trainer::nn::numbers;

/// For each row the first other one with the same skill, or itself: the rows of `features`, `[B, D]`, in that order.
fn positives(features: Tensor<2>, task: &Tensor<2>) -> Tensor<2> {
    let skills: Vec<i64> = numbers(task.clone().argmax(1).float()).into_iter().map(|skill| skill as i64).collect();
    // First and second row of each skill.
    let mut first = vec![[None; 2]; task.dims()[1]];
    for (row, skill) in skills.iter().enumerate() {
        let [one, two] = &mut first[*skill as usize];
        match (&one, &two) {
            (None, _) => *one = Some(row),
            (_, None) => *two = Some(row),
            _ => {}
        }
    }
    let positive = |(row, skill): (usize, &i64)| match first[*skill as usize] {
        [Some(one), two] if one == row => two.unwrap_or(row) as i64,
        [one, _] => one.unwrap_or(row) as i64,
    };
    let indices: Vec<i64> = skills.iter().enumerate().map(positive).collect();
    let count = indices.len();
    let indices = Tensor::from_data(TensorData::new(indices, [count]), &task.device());
    features.select(0, indices)
}

/// `[B, D]` unit features and `[B, N]` one-hot skills to `L`, `[B, 1]`.
pub(super) fn urlb_loss(features: Tensor<2>, task: &Tensor<2>, temperature: f32) -> Tensor<2> {
    let positive = positives(features.clone(), task);
    let own = (features.clone() * positive).sum_dim(1) / temperature; // [B, 1]
    let all = (features.clone().matmul(features.clone().transpose()) / temperature).exp();
    let others = Tensor::eye(features.dims()[0], &task.device()) * -1.0 + 1.0; // [B, B], constants
    let sum = (all * others).sum_dim(1) + 1e-6; // [B, 1]
    -(own.exp() / sum + 1e-6).log()
}

/// As [`urlb_loss`], in the form of the mazes.
pub(super) fn maze_loss(features: Tensor<2>, task: &Tensor<2>, temperature: f32) -> Tensor<2> {
    let positive = positives(features.clone(), task);
    let own = (features.clone() * positive).exp().sum_dim(1); // [B, 1]
    let all = features.clone().matmul(features.clone().transpose()) / temperature; // [B, B]
    let itself = Tensor::eye(features.dims()[0], &task.device()); // [B, B], constants
    let most = (all.clone() - itself * 1e9).max_dim(1).detach(); // [B, 1]
    let other_skill = task.clone().matmul(task.clone().transpose()) * -1.0 + 1.0; // [B, B], constants
    let sum = ((all - most).exp() * other_skill).sum_dim(1) + 1e-6; // [B, 1]
    -(own / sum + 1e-6).log()
}

#[cfg(test)]
pub(super) mod tests {
    use burn::tensor::Device;
    use freeroam_replay::Stream;
    use freeroam_trainer::nn::tensor;

    use super::*;
    use crate::TaskLaw;
    use crate::contrast::unit;

    /// Skills in turn, `[rows, skills]`.
    pub(in crate::becl) fn tasks(rows: usize, skills: usize, device: &Device) -> Tensor<2> {
        let tasks = TaskLaw::OneHot(skills).for_evaluation(rows, &mut Stream::new(0, "tasks", 0));
        tensor(tasks, rows, skills, device)
    }

    fn mean_reward(loss: Tensor<2>) -> f32 {
        (-loss).exp().mean().into_scalar()
    }

    /// 1,024 states of 16 skills: random features, one axis per skill, the regular simplex, which is the best there is.
    #[test]
    fn rewards_of_the_urlb_form() {
        let device = Device::flex();
        let task = tasks(1024, 16, &device);
        let mut values = vec![0.0; 1024 * 16];
        Stream::new(1, "features", 0).fill_normal(&mut values);
        let random = unit(tensor(values, 1024, 16, &device));
        let simplex = unit(task.clone() - 1.0 / 16.0);
        let reward = |features| mean_reward(urlb_loss(features, &task, 0.5));
        for (features, expected) in [(random, 9.7e-4_f32), (task.clone(), 5.17e-3), (simplex, 5.64e-3)] {
            let got = reward(features);
            assert!((got / expected - 1.0).abs() < 0.05, "{got}, expected {expected}");
        }
    }

    /// 500 states of 10 skills. The positive term of equal one-hot features is e + 9; the best other one of the same skill is
    /// at cosine 1.
    #[test]
    fn rewards_of_the_maze_form() {
        let device = Device::flex();
        let task = tasks(500, 10, &device);
        let collapsed = Tensor::eye(10, &device).narrow(0, 0, 1).repeat_dim(0, 500);
        let own = 1.0_f32.exp() + 9.0;
        for (features, others) in [(task.clone(), 450.0 * (-2.0_f32).exp()), (collapsed, 450.0)] {
            let got = mean_reward(maze_loss(features, &task, 0.5));
            assert!((got / (own / others) - 1.0).abs() < 0.01, "{got}, expected {}", own / others);
        }
    }

    #[test]
    fn a_positive_is_the_first_other_state_of_the_skill() {
        let device = Device::flex();
        let task =
            Tensor::<2>::from_floats([[1., 0., 0.], [0., 1., 0.], [1., 0., 0.], [1., 0., 0.], [0., 0., 1.]], &device);
        let rows = tensor((0..5).map(|row| row as f32).collect(), 5, 1, &device);
        assert_eq!(numbers(positives(rows, &task)), [2.0, 1.0, 0.0, 0.0, 4.0]);
    }
}
