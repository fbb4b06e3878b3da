//! Networks that several representation objectives share.

mod dropout; // noise that hides part of what a layer says
mod transformer; // attention over tokens

pub use dropout::Dropout;
pub use transformer::{Sight, Transformer, TransformerConfig};
pub(crate) use transformer::{indices, linear};
