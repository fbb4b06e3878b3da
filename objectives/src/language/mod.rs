//! Objectives on texts, one file each, and what they share.

mod causal; // the next token from those before
mod mlm; // hidden tokens from all others
mod model; // a transformer that says tokens
mod rts; // which tokens were replaced
mod simcse; // the same text twice through dropout
#[cfg(test)]
mod tests; // what holds for all of them
mod tokenizer; // texts to numbers
mod trigram; // counting: the baseline of language models

pub use causal::{Causal, CausalConfig};
pub use mlm::{Mlm, MlmConfig};
pub use model::Texts;
pub use rts::{Rts, RtsConfig};
pub use simcse::{SimCse, SimCseConfig};
pub use tokenizer::Tokenizer;
pub use trigram::Trigram;
