//! What is wrong with a configuration, in words: the key, what it holds, what is allowed, and where it was set. Values may
//! be shown: no secret is one, only the names of files that hold secrets.

use figment::{Figment, Metadata, Source, error::Kind, value::Value};
use std::fmt;

use super::PREFIX;

/// Why the configuration can't be used; also when a file that it names can't be. Ends the process with 2.
#[derive(Debug)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// One key whose value can't be used. `why` says what is allowed.
    pub fn at(key: &str, value: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self(vec![format!("{key} = \"{value}\": {why}")])
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// figment's errors in the form "key = value: what is wrong (where it was set)".
pub(super) fn explain(figment: &Figment, errors: figment::Error) -> ConfigError {
    ConfigError(errors.into_iter().map(|error| line(figment, &error)).collect())
}

fn line(figment: &Figment, error: &figment::Error) -> String {
    let path = error.path.join(".");
    let below = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    let (key, why) = match &error.kind {
        Kind::MissingField(field) => (below(field), "is missing".to_owned()),
        Kind::UnknownField(field, allowed) => {
            (below(field), format!("there is no such key; allowed here: {}", allowed.join(", ")))
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            (path, format!("must be {}", in_words(expected)))
        }
        Kind::UnknownVariant(_, allowed) => (path, format!("must be one of {}", allowed.join(", "))),
        other => (path, other.to_string().trim_end().to_owned()),
    };
    let held = figment.find_value(&key).ok().and_then(|value| shown(&value));
    let held = held.map(|held| format!(" = {held}")).unwrap_or_default();
    let set_in = set_in(error.metadata.as_ref(), &key);
    // A file that is no TOML is wrong as a whole.
    if key.is_empty() { format!("{why}{set_in}") } else { format!("{key}{held}: {why}{set_in}") }
}

/// The file, or the variable's name.
fn set_in(metadata: Option<&Metadata>, key: &str) -> String {
    match metadata.map(|metadata| &metadata.source) {
        None => String::new(),
        Some(Some(Source::File(path))) => format!(" ({})", path.display()),
        Some(_) => format!(" ({PREFIX}{})", key.replace('.', "__").to_uppercase()),
    }
}

/// A single value; sections and lists are not repeated.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Dict(..) | Value::Array(..) => None,
        single => serde_json::to_string(single).ok(),
    }
}

/// serde's names of types as people say them.
fn in_words(expected: &str) -> &str {
    match expected {
        "a boolean" => "true or false",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a nonzero u16" | "a nonzero u32" => "a whole number from 1",
        other => other,
    }
}
