//! What is measured over HTTP: the whole server as the binary runs it, and its surface alone with nobody behind the
//! stream. Both in this process, on loopback, each in a folder of its own.

use anyhow::Context as _;
use async_trait::async_trait;
use hearthline_actors::{Audit, AuditPorts, Clock, HealthBook, HealthPorts, NoFailPoints};
use hearthline_engine::{
    ids::{ConnectionId, TeamId, TenantId, UserId},
    rules::TeamRules,
    time::Seconds,
};
use hearthline_http::{
    ConnectionTester, Extra, FilesDue, Gateway, Limits, Metrics, OperatorToken, PasswordCost, PeopleMoved,
    Ports, RulesChanged, Settings, Tested,
};
use hearthline_sealing::{MasterKey, OsRandom, StoredKeyring};
use hearthline_server::{clock::SystemClock, config::Config as ServerConfig, serve::Server};
use hearthline_storage_api::{
    Keyring, Random, Store,
    rows::{codec::RowError, connection::ConnectionRow, settlement::Settlement},
};
use hearthline_storage_embedded::{Config, DiskBlobs, Embedded, EmbeddedStore, EmbeddedStream};
use std::{net::SocketAddr, num::NonZeroU32, sync::Arc};
use tempfile::TempDir;
use tokio::{sync::watch, task::JoinHandle};

use crate::office::{OPERATOR_TOKEN, PUBLIC_URL};

/// The server, consumers and all.
pub struct Whole {
    server: Server,
    _folder: TempDir,
}

impl Whole {
    pub async fn start(folder: TempDir) -> anyhow::Result<Self> {
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("operator-token"), OPERATOR_TOKEN).context("keeping the operator's token")?;
        let mut config = ServerConfig::default();
        config.http.listen = loopback();
        PUBLIC_URL.clone_into(&mut config.http.public_url);
        config.http.operator_token_file = Some(path("operator-token"));
        config.store.path = path("data");
        config.stream.max_bytes = 1 << 40;
        config.keys.master_file = path("master.key");
        config.limits = unlimited();
        Ok(Self { server: Server::start(config).await?, _folder: folder })
    }

    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        self.server.stop().await
    }
}

/// The surface over the embedded store and stream. What it makes durable stays in the stream.
pub struct Surface {
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    embedded: (Arc<EmbeddedStore>, Arc<EmbeddedStream>),
    _folder: TempDir,
}

impl Surface {
    pub async fn start(folder: TempDir) -> anyhow::Result<Self> {
        let mut config = Config::new(folder.path());
        config.stream.max_waiting_bytes = u64::MAX;
        config.stream.max_waiting_entries = u64::MAX;
        let blobs = DiskBlobs::open(Arc::clone(&config.disk), config.path.join("blobs"), 0)?;
        let embedded = Embedded::open(config)?;
        let store: Arc<dyn Store> = Arc::<EmbeddedStore>::clone(&embedded.0);
        let random: Arc<dyn Random> = Arc::new(OsRandom);
        let master = MasterKey::from_bytes([7; 32]);
        let keyring = StoredKeyring::open(Arc::clone(&store), master, Arc::clone(&random)).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut registry = prometheus_client::registry::Registry::default();
        let metrics = Metrics::register(&mut registry);
        let (_, ready) = watch::channel(true);
        let keyring: Arc<dyn Keyring> = Arc::new(keyring);
        let audit = AuditPorts {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            random: Arc::clone(&random),
            clock: Arc::clone(&clock),
            points: Arc::new(NoFailPoints),
        };
        let health = HealthBook::new(HealthPorts {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            random: Arc::clone(&random),
            clock: Arc::clone(&clock),
            stream: Arc::<EmbeddedStream>::clone(&embedded.1),
            metrics: Arc::default(),
        });
        let gateway = Gateway::new(Ports {
            store,
            keyring,
            blobs: Arc::new(blobs),
            random,
            audit: Audit::start(Arc::new(audit), Vec::new()).await.context("starting the audit log")?,
            stream: health.stream(),
            health: Arc::new(health),
            files: Arc::new(NoProviders),
            tester: Arc::new(NoProviders),
            clock: Arc::clone(&clock),
            wall: clock,
            points: Arc::new(NoFailPoints),
            settings: settings(),
            rules_changed: Arc::new(NobodyToTell),
            people_moved: Arc::new(NobodyToTell),
            ready,
            registry: Arc::new(registry),
            metrics,
        });
        let listener = hearthline_http::listen(loopback()).context("listening")?;
        let address = listener.local_addr()?;
        let router = hearthline_http::router(&gateway, Extra::default());
        let (stop, mut stopped) = watch::channel(false);
        let told = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
        let serving = tokio::spawn(hearthline_http::serve(listener, router, told));
        Ok(Self { address, stop, serving, embedded, _folder: folder })
    }

    pub async fn stop(self) -> anyhow::Result<()> {
        let _ = self.stop.send(true);
        self.serving.await?;
        let (store, stream) = self.embedded;
        tokio::task::spawn_blocking(move || {
            stream.close();
            store.close();
        })
        .await
        .context("closing")
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn settings() -> Settings {
    Settings {
        public_url: PUBLIC_URL.to_owned(),
        trust_proxy: false,
        operator_token: Some(OperatorToken(OPERATOR_TOKEN.to_owned())),
        raw_access: Seconds(900),
        limits: unlimited(),
        password_cost: PasswordCost { memory_kib: 8, passes: 1 },
    }
}

/// What is measured is not the limiter, though every request passes it.
fn unlimited() -> Limits {
    let much = NonZeroU32::new(100_000_000).expect("not 0");
    Limits { connection_per_second: much, connection_burst: much, ..Limits::default() }
}

struct NobodyToTell;

struct NoProviders;

impl FilesDue for NoProviders {
    fn of_connection(&self, _: ConnectionId) -> u64 {
        0
    }
}

#[async_trait]
impl ConnectionTester for NoProviders {
    async fn test(&self, _: &ConnectionRow) -> Tested {
        Tested::Unreachable
    }
}

#[async_trait]
impl PeopleMoved for NobodyToTell {
    async fn will_move(&self, _: TenantId, _: UserId, _: &Settlement) -> Result<(), RowError> {
        Ok(())
    }
    async fn moved(&self, _: TenantId, _: UserId) {}
}

#[async_trait]
impl RulesChanged for NobodyToTell {
    async fn will_change(&self, _: TenantId, _: TeamId, _: u64) -> Result<(), RowError> {
        Ok(())
    }
    async fn changed(&self, _: TenantId, _: TeamId, _: &TeamRules) {}
}
