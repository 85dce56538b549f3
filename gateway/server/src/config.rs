//! Configuration: TOML and `HEARTHLINE__SECTION__KEY` variables (surface: "The binary"). An unknown key or a bad value
//! stops the start with the key, the value and what is allowed.

use figment::{
    Figment, Profile,
    error::Kind,
    providers::{Env, Format, Toml},
};
use serde::Deserialize;
use std::{fmt, net::SocketAddr, path::PathBuf};

use hearthline_http::Limits;

/// Everything that can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub http: Http,
    pub store: Store,
    pub stream: Stream,
    pub keys: Keys,
    pub bootstrap: Option<Bootstrap>,
    pub limits: Limits,
    pub log: Log,
}

/// `[http]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    pub listen: SocketAddr,
    /// What providers and browsers call us; webhook URLs are made from it.
    pub public_url: String,
    /// A proxy in front sets X-Forwarded-Proto and X-Forwarded-Host.
    pub trust_proxy: bool,
    /// Holds the token that may create tenants; without it the route does not exist.
    pub operator_token_file: Option<PathBuf>,
    /// How long a stopping server waits for what is under way, in seconds.
    pub drain_s: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://127.0.0.1:8080".to_owned(),
            trust_proxy: false,
            operator_token_file: None,
            drain_s: 10,
        }
    }
}

/// Which backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    Embedded,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub kind: Backend,
    pub path: PathBuf,
    /// Writes are refused while the disk has less room than this, in bytes.
    pub reserve_bytes: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self { kind: Backend::Embedded, path: PathBuf::from("./data"), reserve_bytes: 64 << 20 }
    }
}

/// `[stream]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    pub kind: Backend,
    /// How much may wait in the inbound stream, in bytes, before webhooks are answered 503.
    pub max_bytes: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self { kind: Backend::Embedded, max_bytes: 1 << 30 }
    }
}

/// `[keys]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Base64 of 32 bytes, mode 0600; made at the first start if absent.
    pub master_file: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self { master_file: PathBuf::from("./master.key") }
    }
}

/// `[bootstrap]`: used once, when the store is empty.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bootstrap {
    pub tenant: String,
    pub admin_email: String,
    pub admin_password_file: PathBuf,
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    /// A tracing filter, such as `info` or `hearthline=debug`.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info".to_owned() }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Text,
}

/// Why the configuration can't be used: each line names a key, what it holds, and what is allowed.
#[derive(Debug)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads the file, if one is given, and the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`], with every key that is wrong as far as they can be told apart.
    pub fn load(file: Option<&PathBuf>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError(vec![format!("--config {}: there is no such file", file.display())]));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Env::prefixed("HEARTHLINE__").split("__")).select(Profile::Default);
        let config: Self = figment.extract().map_err(explain)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let mut wrong = Vec::new();
        let url = &self.http.public_url;
        let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let plain_elsewhere =
            url.starts_with("http://") && !loopback.iter().any(|start| url.starts_with(start));
        if !url.starts_with("http://") && !url.starts_with("https://") {
            wrong.push(format!(
                "http.public_url = {url:?}: must start with https:// (or http:// on loopback)"
            ));
        } else if plain_elsewhere && !self.http.trust_proxy {
            wrong.push(format!(
                "http.public_url = {url:?}: http:// is accepted on loopback, or behind a proxy with http.trust_proxy = true"
            ));
        }
        if url.ends_with('/') {
            wrong.push(format!("http.public_url = {url:?}: must not end with a slash"));
        }
        if self.stream.max_bytes < 1 << 20 {
            wrong.push(format!("stream.max_bytes = {}: must be at least 1048576", self.stream.max_bytes));
        }
        if wrong.is_empty() { Ok(()) } else { Err(ConfigError(wrong)) }
    }
}

/// figment's errors in the form "key = value: what is wrong".
fn explain(errors: figment::Error) -> ConfigError {
    let lines = errors.into_iter().map(|error| {
        let key = error.path.join(".");
        let from = error.metadata.as_ref().map(|data| format!(" ({})", data.name)).unwrap_or_default();
        match &error.kind {
            Kind::UnknownField(field, allowed) => {
                let full = if key.is_empty() { field.clone() } else { format!("{key}.{field}") };
                format!("{full}: there is no such key{from}; allowed here: {}", allowed.join(", "))
            }
            Kind::InvalidType(actual, expected) => format!("{key} = {actual}: must be {expected}{from}"),
            Kind::InvalidValue(actual, expected) => format!("{key} = {actual}: must be {expected}{from}"),
            Kind::UnknownVariant(actual, allowed) => {
                format!("{key} = {actual:?}: must be one of {}{from}", allowed.join(", "))
            }
            Kind::MissingField(field) => format!("{key}.{field}: is missing{from}"),
            other => format!("{key}: {other}{from}"),
        }
    });
    ConfigError(lines.collect())
}
