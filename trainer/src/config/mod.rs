//! Layered configuration of any serde struct.
//!
//! ```text
//!  defaults  <  preset text  <  Layer: a file, --set key=value, values of a program; in order
//!     │              │                    │
//!     └───── one toml::Table, an origin per key ──► resolve::<RunConfig>()
//! ```
//!
//! The defaults fix which keys exist and the type of each. Later layers win, key by key. An error names the key, the
//! value, where it came from and what was expected.

mod layer; // where settings come from
mod nearest; // suggestions for unknown keys
mod source; // TOML text with the place of each key
mod value; // fitting a value to the type of its default

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

pub use self::layer::Layer;
pub use self::nearest::nearest;
use self::source::Entry;
use crate::TrainerError;

/// Layers of settings, lowest first: defaults, presets, and what the user gave.
///
/// ```
/// use freeroam_trainer::Layers;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Config { env: String, rate: f64 }
///
/// let defaults = Config { env: "Ant-v0".into(), rate: 1e-4 };
/// let mut layers = Layers::of(&defaults)?;
/// layers.text("preset `fast`", "rate = 1")?;
/// layers.set("env=PointMaze-UMaze-v0")?;
/// let config: Config = layers.resolve()?;
/// assert_eq!((config.env.as_str(), config.rate), ("PointMaze-UMaze-v0", 1.0));
/// assert_eq!(layers.origin("rate"), "preset `fast`:1:1");
/// # Ok::<(), freeroam_trainer::TrainerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Layers {
    defaults: Table,
    table: Table,
    /// Dotted key to origin, for keys that a layer has set.
    origins: BTreeMap<String, String>,
    /// Tables that exist elsewhere only, and whose they are.
    elsewhere: BTreeMap<String, String>,
}

impl Layers {
    /// Starts from `defaults`: their keys are the valid keys, their values' types the valid types.
    #[must_use]
    pub fn new(defaults: Table) -> Self {
        Self { table: defaults.clone(), defaults, origins: BTreeMap::new(), elsewhere: BTreeMap::new() }
    }

    /// Starts from the fields of `defaults`. `None` fields have no key in TOML and could not be set later, so a
    /// configuration has no `Option` fields.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when `defaults` is not a TOML table.
    pub fn of<T: serde::Serialize>(defaults: &T) -> Result<Self, TrainerError> {
        let table =
            Table::try_from(defaults).map_err(|error| TrainerError::Usage(format!("default settings: {error}")))?;
        Ok(Self::new(table))
    }

    /// Notes that a top-level `table` exists under other circumstances: its keys are refused with `reason`, such as
    /// "it belongs to ..", instead of the nearest key.
    pub fn elsewhere(&mut self, table: &str, reason: &str) {
        self.elsewhere.insert(table.into(), reason.into());
    }

    /// Puts TOML `text` on top; `origin` names it in errors.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] for a syntax error, an unknown key or a value of the wrong type. The layers are then
    /// unchanged.
    pub fn text(&mut self, origin: &str, text: &str) -> Result<(), TrainerError> {
        self.merge(source::parse(origin, text)?)
    }

    /// Puts the TOML file at `path` on top.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when it cannot be read, and as in [`Layers::text`].
    pub fn file(&mut self, path: &Path) -> Result<(), TrainerError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| TrainerError::Usage(format!("config file {}: {error}", path.display())))?;
        self.text(&path.display().to_string(), &text)
    }

    /// Puts one assignment, e.g. `sac.learning_rate=3e-4` or `env=Ant-v0`, on top. Strings need no quotes.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when there is no `=`, the key is unknown or the value has the wrong type.
    pub fn set(&mut self, assignment: &str) -> Result<(), TrainerError> {
        let origin = source::set_origin(assignment);
        let Some((key, text)) = assignment.split_once('=') else {
            return Err(TrainerError::Usage(format!("{origin}: expected key=value")));
        };
        let (key, text) = (key.trim(), text.trim());
        let value = match lookup(&self.defaults, key) {
            Some(default) => source::value(text, default),
            None => return Err(self.unknown(key, &origin)),
        };
        self.merge(source::entries(key, value, &origin))
    }

    /// Puts `values`, nested or under dotted keys, on top; `origin` names them in errors.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when a key is unknown or a value has the wrong type. The layers are then unchanged.
    pub fn values(&mut self, origin: &str, values: Table) -> Result<(), TrainerError> {
        self.merge(source::table(values, origin))
    }

    /// Puts `layer` on top.
    ///
    /// # Errors
    /// As [`Layers::file`], [`Layers::set`] or [`Layers::values`].
    pub fn put(&mut self, layer: &Layer) -> Result<(), TrainerError> {
        match layer {
            Layer::File(path) => self.file(path),
            Layer::Set(assignment) => self.set(assignment),
            Layer::Values { origin, values } => self.values(origin, values.clone()),
        }
    }

    /// Where the value of the dotted `key` came from: `defaults`, `file.toml:12:3`, `--set a.b=1` or a program's name for
    /// its values.
    #[must_use]
    pub fn origin(&self, key: &str) -> String {
        self.origins.get(key).cloned().unwrap_or_else(|| "defaults".into())
    }

    /// All settings with every layer applied.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// The value of the dotted `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        lookup(&self.table, key)
    }

    /// The settings as a struct.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] naming the first key, in alphabetical order, whose value the struct refuses (a negative
    /// count, an unknown variant).
    pub fn resolve<T: DeserializeOwned>(&self) -> Result<T, TrainerError> {
        let error = match T::deserialize(Value::Table(self.table.clone())) {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        // Flattened and tagged structs lose the path of the offending field, so look for it: lay the settings over
        // the defaults one by one until the struct refuses.
        let mut table = self.defaults.clone();
        for (key, origin) in &self.origins {
            let Some(value) = self.get(key) else { continue };
            put(&mut table, key, value.clone());
            if let Err(error) = T::deserialize(Value::Table(table.clone())) {
                return Err(TrainerError::Usage(format!("`{key}` = {value} ({origin}): {}", error.message())));
            }
        }
        Err(TrainerError::Usage(format!("settings: {}", error.message())))
    }

    /// The error for a value out of its range: names key, value, origin and `expected`.
    #[must_use]
    pub fn out_of_range(&self, key: &str, expected: &str) -> TrainerError {
        let value = self.get(key).map_or_else(|| "missing".to_string(), ToString::to_string);
        TrainerError::Usage(format!("`{key}` = {value} ({}), expected {expected}", self.origin(key)))
    }

    fn merge(&mut self, entries: Vec<Entry>) -> Result<(), TrainerError> {
        let mut fitted = Vec::with_capacity(entries.len());
        for Entry { key, value, origin } in entries {
            let Some(default) = lookup(&self.defaults, &key) else {
                return Err(self.unknown(&key, &origin));
            };
            let value = value::fit(value, default).map_err(|(value, expected)| {
                TrainerError::Usage(format!("`{key}` = {value} ({origin}), expected {expected}"))
            })?;
            // A table without keys says nothing; in place of the old one it would drop what the layers below say.
            if !value.as_table().is_some_and(Table::is_empty) {
                fitted.push((key, value, origin));
            }
        }
        for (key, value, origin) in fitted {
            put(&mut self.table, &key, value);
            self.origins.insert(key, origin);
        }
        Ok(())
    }

    fn unknown(&self, key: &str, origin: &str) -> TrainerError {
        if let Some(reason) = key.split('.').next().and_then(|table| self.elsewhere.get(table)) {
            return TrainerError::Usage(format!("`{key}` ({origin}): {reason}"));
        }
        let hint =
            nearest::key(&self.defaults, key).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        TrainerError::Usage(format!("unknown key `{key}` ({origin}){hint}"))
    }
}

/// The value at a dotted key.
fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let mut parts = key.split('.');
    let first = table.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.as_table()?.get(part))
}

/// Sets the value at a dotted key; tables on the way are made when missing.
fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            table.insert(key.into(), value);
        }
        Some((head, rest)) => {
            if let Value::Table(inner) = table.entry(head).or_insert_with(|| Value::Table(Table::new())) {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
