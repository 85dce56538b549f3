//! Configuration: TOML and `HEARTHLINE__SECTION__KEY` variables (surface: "The binary"). An unknown key or a bad value
//! stops the start with the key, the value and what is allowed.

mod wrong;

pub use wrong::ConfigError;

use figment::{
    Figment, Profile,
    providers::{Env, Format, Toml},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use hearthline_http::Limits;

use self::wrong::explain;

/// What the names of our variables start with.
const PREFIX: &str = "HEARTHLINE__";

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
    #[serde(deserialize_with = "address")]
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

impl Config {
    /// Reads the file, if one is given, and the environment over it.
    ///
    /// # Errors
    /// [`ConfigError`], with every key that is wrong as far as they can be told apart.
    pub fn load(file: Option<&PathBuf>) -> Result<Self, ConfigError> {
        let mut figment = Figment::new();
        if let Some(file) = file {
            if !file.is_file() {
                return Err(ConfigError::at("--config", file.display(), "there is no such file"));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment.merge(Env::prefixed(PREFIX).split("__")).select(Profile::Default);
        let config: Self = figment.extract().map_err(|errors| explain(&figment, errors))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let url = &self.http.public_url;
        let wrong = |why: &str| Err(ConfigError::at("http.public_url", url, why));
        let plain = url.strip_prefix("http://");
        let Some(place) = plain.or_else(|| url.strip_prefix("https://")) else {
            return wrong("must start with https:// (or http:// on loopback)");
        };
        if place.is_empty()
            || place.contains(['/', '?', '#', '@', '\\'])
            || place.contains(char::is_whitespace)
        {
            return wrong(
                "must be a scheme, a host and perhaps a port, without a slash or anything else behind them",
            );
        }
        if plain.is_some_and(|place| !is_loopback(place)) && !self.http.trust_proxy {
            return wrong("http:// is accepted on loopback, or behind a proxy with http.trust_proxy = true");
        }
        if self.stream.max_bytes < 1 << 20 {
            return Err(ConfigError::at(
                "stream.max_bytes",
                self.stream.max_bytes,
                "must be at least 1048576",
            ));
        }
        Ok(())
    }
}

/// Whether a host, with or without a port, is this machine and no other.
fn is_loopback(place: &str) -> bool {
    let host = match place.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => place.split(':').next(),
    };
    let host = host.unwrap_or_default();
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn address<'de, D: Deserializer<'de>>(value: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(value)?;
    text.parse().map_err(|_| D::Error::custom("must be an address and a port, such as 127.0.0.1:8080"))
}
