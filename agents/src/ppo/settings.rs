//! Settings of proximal policy optimisation.

use serde::{Deserialize, Serialize};

/// Settings of PPO. Defaults are those of the paper for continuous actions (table 3), or of the 37 details where these say more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PpoConfig {
    /// Width of the two hidden layers of policy and value. Paper: 64.
    pub width: usize,
    /// Numbers of the memory, a gated recurrent unit before policy and value; 0 for none. CleanRL with a memory: 128.
    pub recurrent: usize,
    /// Adam's learning rate. Paper: 3e-4.
    pub learning_rate: f64,
    /// Discount `gamma`. Paper: 0.99.
    pub discount: f64,
    /// Weight `lambda` of longer returns in advantages. Paper: 0.95.
    pub lambda: f64,
    /// Passes over a rollout. Paper: 10.
    pub epochs: usize,
    /// Transitions per gradient step. Paper: 64. With a memory whole lanes, as many as come nearest, at least one.
    pub minibatch: usize,
    /// How far the ratio `k` may go from 1, `c`. Paper: 0.2.
    pub clip: f64,
    /// How far values may go from what they were, `c'`; 0 does not cut. Details: 0.2.
    pub value_clip: f64,
    /// Weight `w` of the values' loss. Details: 0.5, of half the square.
    pub value_weight: f64,
    /// Weight `e` of the entropy. Paper: 0 for continuous actions.
    pub entropy: f64,
    /// Largest common norm of the gradients; 0 does not cut. Details: 0.5.
    pub gradient_norm: f64,
    /// Whether rewards are divided by the running deviation of their discounted returns. Details: yes.
    pub scale_rewards: bool,
    /// Whether advantages are normalised over a minibatch. Details: yes.
    pub normalise_advantages: bool,
    /// Whether the deviation of actions depends on the state. Details: no.
    pub state_std: bool,
    /// Correlation of the exploring noise from one step to the next, below 1; each step's own law stays as it is. 0 draws anew,
    /// as the paper does; more of it leaves ratios to the law given the noise before. Hollenstein et al., "Colored Noise in PPO", AAAI
    /// 2024: some helps where motion has to persist.
    pub noise_correlation: f64,
    /// Whether no value follows the last step of an episode that only the time limit ended. Pardo et al., 2018: no; with
    /// `objective=adversarial`, whose game ends there, the default is yes.
    pub time_limit_is_terminal: bool,
}

impl Default for PpoConfig {
    fn default() -> Self {
        Self {
            width: 64,
            recurrent: 0,
            learning_rate: 3e-4,
            discount: 0.99,
            lambda: 0.95,
            epochs: 10,
            minibatch: 64,
            clip: 0.2,
            value_clip: 0.2,
            value_weight: 0.5,
            entropy: 0.0,
            gradient_norm: 0.5,
            scale_rewards: true,
            normalise_advantages: true,
            state_std: false,
            noise_correlation: 0.0,
            time_limit_is_terminal: false,
        }
    }
}
