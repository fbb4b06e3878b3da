//! Networks that several representation objectives share.

mod dropout; // noise that hides part of what a layer says
mod transformer; // attention over tokens

pub use dropout::Dropout;
pub(crate) use transformer::{Block, indices, linear};
pub use transformer::{Sight, Transformer, TransformerConfig};
