//! SimCSE, unsupervised: Gao, Yao and Chen, "SimCSE: Simple Contrastive Learning of Sentence Embeddings", EMNLP 2021.
//!
//! A text is read twice, each time through other dropout; its two features should be more alike than those of other texts:
//!
//! ```text
//! repeat
//!   h_i, h'_i  the states of the start token under two draws of dropout;  z = tanh(W h + b)
//!   minimise  - mean_i log( exp(cos(z_i, z'_i) / T) / sum_j exp(cos(z_i, z'_j) / T) )        (eq. 4)
//! ```
//!
//! The layer `W` serves training only; the feature of a text is the state itself, as the paper has it for this form. From random weights it learns little beyond which words there are: start from a masked language model.
//!
//! Differences from the official code: the masks of dropout come from the run's own stream; no auxiliary masked language
//! model.

use std::path::Path;

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, OptimizerConfig, Scheduled, load_weights, log_softmax};
use serde::{Deserialize, Serialize};

use super::model::{LanguageModel, Texts};
use crate::contrast::unit;
use crate::nets::{Dropout, Sight, Transformer, TransformerConfig, indices, linear};
use crate::{Representation, Scalars, Tokens};

/// Settings of SimCSE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimCseConfig {
    /// Temperature `T` of the contrast. Official script: 0.05.
    pub temperature: f64,
    /// The transformer; its dropout makes the two views.
    pub net: TransformerConfig,
    /// How it is trained. Official script: a learning rate of 3e-5.
    pub optimizer: OptimizerConfig,
}

impl Default for SimCseConfig {
    fn default() -> Self {
        let optimizer = OptimizerConfig { learning_rate: 3e-5, ..OptimizerConfig::default() };
        Self { temperature: 0.05, net: TransformerConfig::default(), optimizer }
    }
}

/// Transformer and the layer of training.
#[derive(Module, Debug)]
pub(super) struct Reader {
    body: Transformer,
    head: Linear,
}

/// SimCSE's state.
pub struct SimCse {
    config: SimCseConfig,
    texts: Texts,
    device: Device,
    pub(super) reader: Scheduled<Reader>,
}

/// Two views of the same texts as unit vectors, `[B, width]` each.
struct Views(Tensor<2>, Tensor<2>);

impl SimCse {
    /// For these `texts`, on the plain `device`.
    #[must_use]
    pub fn new(config: &SimCseConfig, texts: Texts, stream: &mut Stream, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let body = Transformer::new(&config.net, texts.vocabulary, texts.length, stream, &device);
        let head = linear(config.net.width, config.net.width, Gain(1.0), stream, &device);
        let reader = Scheduled::new(Reader { body, head }, &config.optimizer, texts.steps);
        Self { config: config.clone(), texts, device, reader }
    }
}

impl Reader {
    /// The states of the start tokens, `[B, width]`.
    fn states(&self, tokens: &Tokens, dropout: &mut Dropout<'_>) -> Tensor<2> {
        let states = self.body.forward(tokens, Sight::Everything, dropout); // [B, L, width]
        let [rows, _, width] = states.dims();
        states.narrow(1, 0, 1).reshape([rows, width])
    }

    fn views(&self, tokens: &Tokens, dropout: &mut Dropout<'_>) -> Views {
        // Both in one pass: dropout hides other numbers in each row.
        let twice = Tokens { ids: tokens.ids.repeat(2), rows: 2 * tokens.rows, length: tokens.length };
        let z = unit(self.head.forward(self.states(&twice, dropout)).tanh()); // [2 B, width]
        Views(z.clone().narrow(0, 0, tokens.rows), z.narrow(0, tokens.rows, tokens.rows))
    }
}

impl Views {
    fn loss(&self, temperature: f64) -> Tensor<1> {
        let Self(one, other) = self;
        let rows = one.dims()[0];
        let logits = one.clone().matmul(other.clone().transpose()) / temperature; // [B, B]
        let own = indices(0..rows, &one.device().inner()).reshape([rows, 1]);
        -log_softmax(logits).gather(1, own).mean()
    }

    /// Wang and Isola, 2020: the mean squared distance of two views (alignment) and the logarithm of the mean of
    /// `exp(-2 d^2)` over pairs of texts (uniformity); 1 where both views are equal, as without dropout; and the spread of a
    /// view, as [`Spread::deviation`](crate::Spread). Constants, `[1]` each.
    fn monitors(self) -> Scalars {
        let (one, other) = (self.0.inner(), self.1.inner());
        let [rows, width] = one.dims();
        let alignment = (one.clone() - other).square().sum_dim(1).mean();
        let cosines = one.clone().matmul(one.clone().transpose()); // [B, B]
        let pairs = (cosines * 4.0 - 4.0).exp().sum() - rows as f32;
        let uniformity = (pairs / (rows * rows - rows).max(1) as f32).clamp_min(1e-12).log();
        let equal = alignment.clone().lower_elem(1e-9).float();
        let deviation = (one.clone() - one.mean_dim(0)).square().mean_dim(0).sqrt().mean() * (width as f32).sqrt();
        vec![
            ("simcse/alignment", alignment),
            ("simcse/uniformity", uniformity),
            ("simcse/equal_views", equal),
            ("simcse/deviation", deviation),
        ]
    }
}

impl Representation<Tokens> for SimCse {
    fn update(&mut self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let mut dropout = Dropout::new(self.config.net.dropout, stream);
        let views = self.reader.module().views(batch, &mut dropout);
        let loss = views.loss(self.config.temperature);
        let mut metrics = vec![("simcse/loss", loss.clone().inner())];
        metrics.extend(views.monitors());
        metrics.push(("simcse/gradient_norm", self.reader.descend(loss)));
        metrics
    }

    fn embed(&self, batch: &Tokens) -> Tensor<2> {
        self.reader.frozen().states(batch, &mut Dropout::off())
    }

    fn score(&self, batch: &Tokens, stream: &mut Stream) -> Scalars {
        let views = self.reader.frozen().views(batch, &mut Dropout::new(self.config.net.dropout, stream));
        let mut scores = vec![("simcse/loss", views.loss(self.config.temperature))];
        scores.extend(views.monitors());
        scores
    }

    /// Takes over the transformer of a masked or causal language model, or of another run of SimCSE.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        let mut reader = self.reader.module().clone();
        if dir.join("simcse.bpk").exists() {
            reader = load_weights(reader, dir, "simcse")?;
        } else {
            let name = ["mlm", "causal"].into_iter().find(|name| dir.join(format!("{name}.bpk")).exists());
            let Some(name) = name else {
                return Err(TrainerError::Usage(format!(
                    "`init` = {}: SimCSE starts from a run of `mlm`, `causal` or `simcse`",
                    dir.display()
                )));
            };
            let stream = &mut Stream::new(0, "weights to be replaced", 0);
            let model = LanguageModel::new(&self.config.net, self.texts, stream, &self.device);
            reader.body = load_weights(model, dir, name)?.body;
        }
        self.reader.replace(reader);
        Ok(())
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.reader.save(dir, "simcse")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.reader.load(dir, "simcse")
    }
}
