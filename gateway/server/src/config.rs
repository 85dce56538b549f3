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
    num::{NonZeroU16, NonZeroU32},
    path::PathBuf,
};

use hearthline_http::Limits;

use self::wrong::explain;

/// What the names of our variables start with.
const PREFIX: &str = "HEARTHLINE__";

/// 15 minutes (surface).
const LONGEST_RAW_ACCESS_S: u32 = 900;

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
    pub media: Media,
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
    /// How long a team lead's grant to read a Stale lead lasts, in seconds: 900 at most.
    pub raw_access_s: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: "http://127.0.0.1:8080".to_owned(),
            trust_proxy: false,
            operator_token_file: None,
            drain_s: 10,
            raw_access_s: LONGEST_RAW_ACCESS_S,
        }
    }
}

/// Where rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreKind {
    Embedded,
    Scylla,
}

/// Where the inbound stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    Embedded,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub kind: StoreKind,
    /// The folder of what is on this machine: the inbound stream, and the rows of an embedded store.
    pub path: PathBuf,
    /// Writes are refused while the disk has less room than this, in bytes.
    pub reserve_bytes: u64,
    /// `host:port` of some nodes of the cluster; with `kind = "scylla"`, as all that follows.
    #[serde(deserialize_with = "list")]
    pub nodes: Vec<String>,
    /// The key space of the rows; that of the wrapped keys is named after it.
    pub keyspace: String,
    /// The data centre of this process; without it, that of the node that answers first.
    pub datacenter: Option<String>,
    /// Copies of everything; only `hearthline migrate` reads it, when it makes the key spaces.
    pub replication: Option<NonZeroU16>,
    pub user: Option<String>,
    pub password_file: Option<PathBuf>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            kind: StoreKind::Embedded,
            path: PathBuf::from("./data"),
            reserve_bytes: 64 << 20,
            nodes: Vec::new(),
            keyspace: "hearthline".to_owned(),
            datacenter: None,
            replication: None,
            user: None,
            password_file: None,
        }
    }
}

/// `[media]`: files that clients send.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// Whether they are fetched. Otherwise they are listed and wait, for a start that fetches them.
    pub fetch: bool,
    /// Larger ones are not taken, in bytes: each is held in memory while it is sealed.
    pub max_bytes: NonZeroU32,
    /// For one attempt to fetch one, in milliseconds.
    pub timeout_ms: NonZeroU32,
    /// After so many attempts a file is refused for good.
    pub attempts: NonZeroU16,
    /// Before the second attempt, in milliseconds; each further one waits twice as long.
    pub retry_after_ms: NonZeroU32,
}

impl Default for Media {
    fn default() -> Self {
        const fn positive(number: u32) -> NonZeroU32 {
            NonZeroU32::new(number).expect("it is not 0")
        }
        Self {
            fetch: true,
            max_bytes: positive(25 << 20),
            timeout_ms: positive(60_000),
            // With the waits between them, some 17 hours: an evening's outage, and a token that is renewed in the morning.
            attempts: NonZeroU16::new(12).expect("it is not 0"),
            retry_after_ms: positive(30_000),
        }
    }
}

/// `[stream]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stream {
    pub kind: StreamKind,
    /// How much may wait in the inbound stream, in bytes, before webhooks are answered 503.
    pub max_bytes: u64,
}

impl Default for Stream {
    fn default() -> Self {
        Self { kind: StreamKind::Embedded, max_bytes: 1 << 30 }
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
        if !(1..=LONGEST_RAW_ACCESS_S).contains(&self.http.raw_access_s) {
            let why = "must be from 1 to 900";
            return Err(ConfigError::at("http.raw_access_s", self.http.raw_access_s, why));
        }
        self.store.check()
    }
}

impl Store {
    fn check(&self) -> Result<(), ConfigError> {
        if self.kind == StoreKind::Embedded {
            return Ok(());
        }
        let nodes = self.nodes.join(", ");
        let wrong = |why: &str| Err(ConfigError::at("store.nodes", &nodes, why));
        if self.nodes.is_empty() {
            return wrong("store.kind = \"scylla\" needs a node at least, such as [\"10.0.0.1:9042\"]");
        }
        let has_port = |node: &String| {
            node.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !self.nodes.iter().all(has_port) {
            return wrong("each node must be a host and a port, such as 10.0.0.1:9042");
        }
        let starts = self.keyspace.starts_with(|c: char| c.is_ascii_lowercase());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !starts || !self.keyspace.chars().all(plain) || self.keyspace.len() > 40 {
            let why = "must start with a letter and be of a-z, 0-9 and _, 40 at most";
            return Err(ConfigError::at("store.keyspace", &self.keyspace, why));
        }
        match (&self.user, &self.password_file) {
            (Some(user), None) => Err(ConfigError::at("store.user", user, "needs store.password_file, too")),
            (None, Some(file)) => {
                Err(ConfigError::at("store.password_file", file.display(), "needs store.user, too"))
            }
            (None, None) | (Some(_), Some(_)) => Ok(()),
        }
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

/// A list, or one text with commas, as variables have it.
fn list<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of texts, or one text with commas")]
    enum Form {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Form::deserialize(value)? {
        Form::List(list) => list,
        Form::Text(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
    })
}
