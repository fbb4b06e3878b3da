//! The settings of what comes between frames and agents.

use serde::{Deserialize, Serialize};

/// How frames become features. Worlds without frames have no use for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EncoderConfig {
    /// Kind of a network with fresh weights: `conv`, four convolutions; `vit`, the transformer of a V-JEPA run of default sizes;
    /// or `means`, the mean colours of 16 x 16 blocks, without weights.
    pub network: String,
    /// Folder of a run of `contrastive`, `cpc`, `scan`, `vjepa`, `clip` or `cleanclip` whose network of frames is taken, at its
    /// newest checkpoint, in place of one with fresh weights; it has to stay where it is. Empty for fresh weights.
    pub run: String,
    /// The network is trained, by the loss of the agent's critics alone, as URLB has it for pixels, or by the whole loss of PPO.
    /// Otherwise it stays as it is, which costs much less: every frame goes through it once.
    pub trained: bool,
    /// Numbers that are made of a frame: of a frozen network the slowest combinations of its features, at most so many as it
    /// has; where fresh weights are trained the outputs of a last layer, DrQ-v2's flag `feature_dim`: 50. A network of a run
    /// that is trained has its own.
    pub features: usize,
    /// Adam's learning rate, where it is trained. DrQ-v2's flag `lr`: 1e-4.
    pub learning_rate: f64,
    /// Pixels by which frames are shifted at random at most, along each axis, where critics train it; 0 for none. DrQ-v2: 4.
    pub shift: usize,
}

impl Default for EncoderConfig {
    fn default() -> Self {
        Self { network: "conv".into(), run: String::new(), trained: false, features: 50, learning_rate: 1e-4, shift: 4 }
    }
}

impl EncoderConfig {
    /// Rules of the settings: key, whether it holds, what was expected.
    pub(crate) fn rules(&self) -> [(&'static str, bool, &'static str); 4] {
        [
            ("encoder.network", ["conv", "vit", "means"].contains(&self.network.as_str()), "`conv`, `vit` or `means`"),
            ("encoder.features", (1..=1 << 16).contains(&self.features), "1 to 65536"),
            ("encoder.learning_rate", self.learning_rate.is_finite() && self.learning_rate > 0.0, "a positive number"),
            ("encoder.shift", self.shift <= 64, "0 (none) to 64 pixels"),
        ]
    }
}
