//! Where settings come from.

use std::path::PathBuf;

use toml::Table;

use super::source::{self, Entry};

/// One layer of settings; several are laid over the defaults in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// The TOML file of this path.
    File(PathBuf),
    /// One assignment of a command line, e.g. `sac.learning_rate=3e-4`; strings need no quotes.
    Set(String),
    /// Values of a program, in nested tables or under dotted keys.
    Values {
        /// What errors call the place they came from.
        origin: String,
        /// The values.
        values: Table,
    },
}

impl Layer {
    /// The text that the layer sets the top-level `key` to; nothing where it does not set it to one.
    ///
    /// For settings that decide which others exist, and so are needed before the layers can be checked. A file that
    /// cannot be read sets nothing here; [`Layers::put`](super::Layers::put) says what is wrong with it.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<String> {
        let of = |table: &Table| table.get(key)?.as_str().map(ToOwned::to_owned);
        match self {
            Self::File(path) => of(&std::fs::read_to_string(path).ok()?.parse().ok()?),
            Self::Set(assignment) => {
                let (_, value) = assignment.split_once('=').filter(|(name, _)| name.trim() == key)?;
                Some(value.trim().trim_matches('"').to_owned())
            }
            Self::Values { values, .. } => of(values),
        }
    }

    /// The dotted keys that an assignment or values set, each with its origin; none for a file.
    #[must_use]
    pub fn keys(&self) -> Vec<(String, String)> {
        match self {
            Self::File(_) => Vec::new(),
            Self::Set(assignment) => {
                let key = assignment.split('=').next().unwrap_or_default().trim();
                vec![(key.to_owned(), source::set_origin(assignment))]
            }
            Self::Values { origin, values } => source::table(values.clone(), origin)
                .into_iter()
                .map(|Entry { key, origin, .. }| (key, origin))
                .collect(),
        }
    }
}
