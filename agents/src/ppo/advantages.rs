//! Generalised advantage estimation: Schulman, Moritz, Levine, Jordan and Abbeel, ICLR 2016.
//!
//! ```text
//! delta_t = r_t + gamma V(s_{t+1}) - V(s_t),   V(s_{t+1}) = 0 after the end of a task                    (eq. 10)
//! A_t     = delta_t + gamma lambda A_{t+1},    A_{t+1} = 0 after the end of an episode                   (eq. 16)
//! ```
//!
//! An episode that a time limit cut ends here too, but its last delta has the value of the state that it would have gone on from.
//! Steps of others are passed over: the next state is the next one in which the agent acts again.

/// Discount `gamma` and `lambda`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) discount: f64,
    pub(super) lambda: f64,
}

/// What advantages are made of, `row = step * lanes + lane`, `[rows]` each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps<'a> {
    pub(super) lanes: usize,
    pub(super) reward: &'a [f32],
    /// `V(s_t)`.
    pub(super) value: &'a [f32],
    /// The value that follows where an episode ends or the last step is reached; 0 where none does.
    pub(super) after: &'a [f32],
    pub(super) ended: &'a [bool],
    /// Whether the step is the agent's own.
    pub(super) own: &'a [bool],
}

/// Advantages, `[rows]`; 0 for steps that are not the agent's own.
pub(super) fn advantages(steps: Steps<'_>, Weights { discount, lambda }: Weights) -> Vec<f32> {
    let Steps { lanes, reward, value, after, ended, own } = steps;
    let rows = reward.len();
    let mut out = vec![0.0; rows];
    for lane in 0..lanes {
        let (mut next, mut trace) = (0.0, 0.0);
        for row in (lane..rows).step_by(lanes).rev() {
            if ended[row] || row + lanes >= rows {
                (next, trace) = (f64::from(after[row]), 0.0);
            }
            if own[row] {
                let here = f64::from(value[row]);
                let delta = f64::from(reward[row]) + discount * next - here;
                trace = delta + discount * lambda * trace;
                out[row] = trace as f32;
                next = here;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: Weights = Weights { discount: 0.5, lambda: 0.5 };

    fn of(reward: &[f32], value: &[f32], after: &[f32], ended: &[bool], own: &[bool], lanes: usize) -> Vec<f32> {
        advantages(Steps { lanes, reward, value, after, ended, own }, HALF)
    }

    #[test]
    fn without_an_end_the_value_after_the_last_step_counts() {
        // delta_2 = 3 + 4/2 - 2 = 3, delta_1 = 2 + 2/2 - 1 = 2, delta_0 = 1 + 1/2 - 0.5 = 1.
        let found = of(&[1.0, 2.0, 3.0], &[0.5, 1.0, 2.0], &[9.0, 9.0, 4.0], &[false; 3], &[true; 3], 1);
        assert_eq!(found, [1.0 + 0.25 * 2.75, 2.0 + 0.25 * 3.0, 3.0]);
    }

    #[test]
    fn ends_of_tasks_and_time_limits_differ_in_the_value_that_follows() {
        let (reward, value, ended) = ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [false, true, false]);
        let terminal = of(&reward, &value, &[0.0, 0.0, 0.0], &ended, &[true; 3], 1);
        // delta_1 = 1 + 0 - 2, delta_0 = 1 + 1 - 2; nothing of the next episode comes through.
        assert_eq!(terminal[..2], [-0.25, -1.0]);
        let limit = of(&reward, &value, &[0.0, 6.0, 0.0], &ended, &[true; 3], 1);
        assert_eq!(limit[..2], [0.25 * 2.0, 2.0]);
        assert_eq!(terminal[2], limit[2]);
    }

    #[test]
    fn lanes_are_apart_and_the_steps_of_others_are_passed_over() {
        let (reward, value) = ([1.0, 10.0, 2.0, 20.0, 3.0, 30.0], [0.0; 6]);
        let own = [true, true, false, true, true, false];
        let found = of(&reward, &value, &[0.0; 6], &[false; 6], &own, 2);
        // Lane 0 has the steps 1 and 3; lane 1 has 10 and 20.
        assert_eq!(found, [1.0 + 0.25 * 3.0, 10.0 + 0.25 * 20.0, 0.0, 20.0, 3.0, 0.0]);
    }
}
