//! Exploring noise that persists from one step to the next.
//!
//! ```text
//! e_t   = c e_{t-1} + sqrt(1 - c^2) n,   n standard normal; at the start of an episode e = n
//! u_t   = mean(s_t) + sigma(s_t) e_t
//! p(u_t | s_t, e_{t-1}) = N( mean + c sigma e_{t-1}, (1 - c^2) sigma^2 )
//! ```
//!
//! Ratios are those of the last line, the noise being part of what the policy remembers: that the same actions would have been made by other
//! noise under other weights is left out. What a step's fresh noise does while it persists is so credited to the mean of that
//! step: the gradient of the action is averaged over the steps after it, with weights `c^k`, and is `1 / (1 - c)` times as large for what
//! changes slowly. Two other laws were tried in the rooms, with `c` of 0.8. That of a single step, which Hollenstein et al. ("Colored
//! Noise in PPO", AAAI 2024) keep, takes what persists for chance of each step: deviations collapse within some hundred thousand steps. That
//! of an autoregressive policy, whose noise before follows from the weights at hand (Korenkevych et al., IJCAI 2019), has no bias,
//! but tells little of what changes slowly, `(1 - c) / (1 + c)` of the information of a step: after three million steps the mode of
//! Adversarial Surprise had hardly learned to walk (1.05 rooms beside 1.37).

use burn::tensor::Tensor;
use freeroam_trainer::nn::{numbers, tensor};

use crate::experience::Experience;
use crate::gaussian::Gaussian;

/// Noise of more deviations than that comes from the rounding of actions near their ends.
const FARTHEST: f32 = 6.0;

/// How noise persists, and where it is in a memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Persistence {
    /// `c`, below 1.
    pub(super) correlation: f32,
    /// Numbers of the recurrent unit, which are first.
    pub(super) recurrent: usize,
    /// Numbers of an action.
    pub(super) action: usize,
}

/// What is known of the noise before each row of an experience.
pub(super) struct Known {
    /// `e_{t-1}`, `[rows, action]`.
    pub(super) before: Tensor<2>,
    /// `c`, or 0 where an episode begins, `[rows, 1]`.
    pub(super) kept: Tensor<2>,
}

impl Persistence {
    /// Numbers of a memory that are noise.
    pub(super) fn width(self) -> usize {
        if self.correlation > 0.0 { self.action } else { 0 }
    }

    /// What the recurrent unit remembers, `[B, recurrent]`, and the latest noise, `[B, action]` or nothing.
    pub(super) fn split(self, memory: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let part = |at, width| match width {
            0 => Tensor::zeros([memory.dims()[0], 0], &memory.device()),
            _ => memory.clone().narrow(1, at, width),
        };
        (part(0, self.recurrent), part(self.recurrent, self.width()))
    }

    /// The noise of a step from that of the step before, `[B, action]` or nothing, and standard normal noise, `[B, action]`. Where the former is
    /// 0 an episode begins.
    pub(super) fn next(self, before: Tensor<2>, fresh: Tensor<2>) -> Tensor<2> {
        if self.width() == 0 {
            return fresh;
        }
        let ([rows, action], device) = (fresh.dims(), fresh.device());
        let part = (1.0 - self.correlation * self.correlation).sqrt();
        let both = numbers(before).into_iter().zip(numbers(fresh));
        let next = both.map(|(e, n)| if e == 0.0 { n } else { self.correlation * e + part * n });
        tensor(next.collect(), rows, action, &device)
    }

    /// What is known before each row, from the laws that the actions `u` were drawn from, `[rows, action]`; nothing where noise
    /// does not persist.
    pub(super) fn known(self, experience: &Experience, law: &Gaussian, u: Tensor<2>) -> Option<Known> {
        let ([rows, action], device) = (u.dims(), u.device());
        (self.width() > 0).then(|| {
            let noise = numbers(law.noise(u).clamp(-FARTHEST, FARTHEST));
            let mut latest = numbers(self.split(experience.memory.clone()).1);
            let mut before = Vec::with_capacity(rows * action);
            for row in 0..rows {
                let lane = row % experience.lanes * action;
                let latest = &mut latest[lane..lane + action];
                before.extend_from_slice(latest);
                if experience.ended[row] {
                    latest.fill(0.0);
                } else if experience.own[row] {
                    latest.copy_from_slice(&noise[row * action..(row + 1) * action]);
                }
            }
            let begins = |before: &[f32]| before.iter().all(|e| *e == 0.0);
            let kept = before.chunks_exact(action).map(|e| if begins(e) { 0.0 } else { self.correlation });
            Known { kept: tensor(kept.collect(), rows, 1, &device), before: tensor(before, rows, action, &device) }
        })
    }
}
