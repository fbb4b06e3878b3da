//! Laws from which skills are drawn.

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::nn::tensor;
use serde::{Deserialize, Serialize};

/// The two kinds of skills that objectives offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Skills {
    /// A vector of `skill_dim` real numbers.
    Continuous,
    /// One of `skill_dim` skills, one-hot.
    Discrete,
}

/// The prior `p(z)` of an objective's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskLaw {
    /// No task: the policy sees the observation only.
    None,
    /// Uniform on the unit sphere of this dimension.
    Sphere(usize),
    /// Standard normal of this dimension.
    Normal(usize),
    /// One of so many skills, one-hot.
    OneHot(usize),
    /// Uniform on the cube `[0, 1]` of this dimension.
    Cube(usize),
    /// As `Cube`, or its negative with the same chance.
    Signed(usize),
    /// 0.5 in each of so many coordinates.
    Half(usize),
    /// A goal, an observation of so many numbers, and the steps until the episode explores instead. Which goals, the objective
    /// says; by itself this is the start of exploring.
    Goal(usize),
    /// A record of what the episode has shown so far, of so many numbers, which the objective keeps; by itself nothing but zeros.
    Record(usize),
    /// Always the same one-hot skill.
    Always {
        /// The skill, from 0.
        skill: usize,
        /// Number of skills.
        of: usize,
    },
}

impl TaskLaw {
    /// Length of a task vector.
    #[must_use]
    pub fn dim(self) -> usize {
        match self {
            Self::None => 0,
            Self::Sphere(dim) | Self::Normal(dim) | Self::OneHot(dim) => dim,
            Self::Goal(observation) => observation + 1,
            Self::Cube(dim) | Self::Signed(dim) | Self::Half(dim) | Self::Record(dim) => dim,
            Self::Always { of, .. } => of,
        }
    }

    /// Whether there are different tasks.
    #[must_use]
    pub fn has_skills(self) -> bool {
        !matches!(self, Self::None | Self::Half(_) | Self::Record(_) | Self::Always { .. })
    }

    /// Draws one task into `out`, `[dim]`.
    pub fn draw(self, stream: &mut Stream, out: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Normal(_) => stream.fill_normal(out),
            Self::Sphere(_) => {
                stream.fill_normal(out);
                let norm = out.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
                out.iter_mut().for_each(|x| *x /= norm);
            }
            Self::OneHot(count) => {
                let chosen = stream.below(count);
                one_hot(chosen, out);
            }
            Self::Cube(_) => stream.fill_uniform(0.0, 1.0, out),
            Self::Signed(_) => {
                let sign = if stream.below(2) == 0 { 1.0 } else { -1.0 };
                stream.fill_uniform(0.0, 1.0, out);
                out.iter_mut().for_each(|x| *x *= sign);
            }
            Self::Goal(_) | Self::Record(_) => out.fill(0.0),
            Self::Half(_) => out.fill(0.5),
            Self::Always { skill, .. } => one_hot(skill, out),
        }
    }

    /// Tasks for an evaluation with `count` rollouts, `[count, dim]`: drawn from the prior; one-hot skills take turns, and so
    /// do the signs of signed ones, so that each appears as evenly as possible.
    #[must_use]
    pub fn for_evaluation(self, count: usize, stream: &mut Stream) -> Vec<f32> {
        let mut tasks = vec![0.0; count * self.dim()];
        for (i, task) in tasks.chunks_exact_mut(self.dim().max(1)).enumerate() {
            match self {
                Self::OneHot(skills) => one_hot(i % skills, task),
                Self::Signed(dim) => {
                    Self::Cube(dim).draw(stream, task);
                    if i % 2 == 1 {
                        task.iter_mut().for_each(|x| *x = -*x);
                    }
                }
                law => law.draw(stream, task),
            }
        }
        tasks
    }

    /// The tasks that point along `delta` in latent space: the unit direction, scaled to the prior's typical length, or the
    /// skill of the largest component. Laws without directions give the nearest vector that they have. `[B, dim] -> [B, dim]`.
    #[must_use]
    pub fn along(self, delta: Tensor<2>) -> Tensor<2> {
        let unit = |delta: Tensor<2>| {
            let norm = delta.clone().square().sum_dim(1).sqrt().clamp_min(1e-8); // [B, 1]
            delta / norm
        };
        match self {
            Self::None | Self::Goal(_) | Self::Record(_) => delta,
            Self::Half(_) => delta.full_like(0.5),
            Self::Always { skill, of } => {
                let mut row = vec![0.0; of];
                one_hot(skill, &mut row);
                let rows = delta.dims()[0];
                tensor(row.repeat(rows), rows, of, &delta.device())
            }
            Self::Cube(_) => delta.clamp(0.0, 1.0),
            Self::Signed(_) => delta.clamp(-1.0, 1.0),
            Self::Sphere(_) => unit(delta),
            Self::Normal(dim) => unit(delta) * (dim as f32).sqrt(),
            Self::OneHot(dim) => delta.argmax(1).flatten::<1>(0, 1).one_hot::<2>(dim).float(),
        }
    }
}

/// Skills as the objectives of the METRA family score them: one-hot rows become zero-centred,
/// `(z - 1/N) N/(N-1)`, so that the chosen dimension is compared with the mean of the others. Vectors stay as they are.
pub(crate) fn centred(law: TaskLaw, task: Tensor<2>) -> Tensor<2> {
    match law {
        TaskLaw::OneHot(count) if count > 1 => {
            let n = count as f32;
            (task - 1.0 / n) * (n / (n - 1.0))
        }
        _ => task,
    }
}

fn one_hot(chosen: usize, out: &mut [f32]) {
    out.fill(0.0);
    out[chosen] = 1.0;
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn one_hot_skills_take_turns() {
        let tasks = TaskLaw::OneHot(3).for_evaluation(7, &mut Stream::new(0, "tasks", 0));
        let counts: Vec<f32> = (0..3).map(|k| tasks.iter().skip(k).step_by(3).sum()).collect();
        assert_eq!(counts, [3.0, 2.0, 2.0]);
    }

    #[test]
    fn signs_take_turns() {
        let tasks = TaskLaw::Signed(2).for_evaluation(5, &mut Stream::new(0, "tasks", 0));
        let signs: Vec<f32> = tasks.iter().map(|x| x.signum()).collect();
        assert_eq!(signs, [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0]);
        let mut task = [0.0; 3];
        TaskLaw::Always { skill: 2, of: 3 }.draw(&mut Stream::new(0, "tasks", 0), &mut task);
        assert_eq!(task, [0.0, 0.0, 1.0]);
    }

    #[test]
    fn centred_rewards_of_all_skills_sum_to_zero() {
        let device = Device::flex();
        let all = centred(TaskLaw::OneHot(4), Tensor::eye(4, &device)); // [N, N]
        let delta = Tensor::<2>::from_floats([[0.3, -2.0, 5.0, 0.1]], &device);
        let total: f32 = (all * delta).sum().into_scalar();
        assert!(total.abs() < 1e-5, "{total}");
    }

    #[test]
    fn sphere_tasks_have_unit_length() {
        let mut task = [0.0; 4];
        TaskLaw::Sphere(4).draw(&mut Stream::new(1, "tasks", 0), &mut task);
        assert!((task.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-6);
    }
}
