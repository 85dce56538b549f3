//! Puts the parts together: keys, store, stream, node, consumers, surface. And takes them apart in the right order.

use anyhow::Context;
use hearthline_actors::{
    Clock, FailPoints, HealthBook, HealthPorts, NoFailPoints, Node, Settings as NodeSettings,
};
use hearthline_api::close;
use hearthline_engine::time::Seconds;
use hearthline_http::{Gateway, NodePorts, OperatorToken, Settings as HttpSettings};
use hearthline_ingest::{Ingest, MediaDesk, MediaPorts, MediaQueue, MediaSettings};
use hearthline_live::{Actions, Hub};
use hearthline_sealing::{OsRandom, StoredKeyring};
use hearthline_storage_api::{Blobs, InboundStream, Keyring, Random, Store};
use prometheus_client::registry::Registry;
use std::{net::SocketAddr, num::NonZeroU32, path::Path, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    backing::{self, Backing, OnDisk},
    backlog::InboundBacklog,
    books::Books,
    carrier::Providers,
    clock::SystemClock,
    config::{Config, ConfigError},
    housekeeping::Housekeeping,
    media::{self, ProvidersMedia},
    rules::Rollouts,
    signals,
};

/// A server that takes requests.
pub struct Server {
    address: SocketAddr,
    serving: JoinHandle<()>,
    stop: watch::Sender<bool>,
    background: [JoinHandle<()>; 3],
    node: Arc<Node>,
    ingest: Ingest,
    /// None: the configuration says that no files are fetched.
    media: Option<MediaDesk>,
    hub: Arc<Hub>,
    health: Arc<HealthBook>,
    ready: watch::Sender<bool>,
    on_disk: OnDisk,
    drain: Duration,
}

impl Server {
    /// Opens everything, finishes what an earlier process left, and takes requests.
    ///
    /// # Errors
    /// What could not be opened, with its name and, where there is one, the fix.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        Self::start_by(config, Arc::new(SystemClock)).await
    }

    /// [`Self::start`], with the engine's time from elsewhere: sessions, tickets and links keep wall time.
    ///
    /// # Errors
    /// As there.
    pub async fn start_by(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        signals::survive_file_size_limit().context("setting up signals")?;
        let listen = config.http.listen;
        let listener =
            hearthline_http::listen(listen).with_context(|| format!("http.listen = \"{listen}\""))?;
        let address = listener.local_addr().context("reading the listening address")?;
        let base = Foundation::open(&config, clock).await?;
        let mut registry = Registry::default();
        let metrics = AllMetrics::register(&mut registry, &base);
        let hub = Arc::new(Hub::new(Arc::clone(&base.clock), Arc::clone(&metrics.live)));
        let node =
            Node::start(Arc::new(base.node_ports(Arc::clone(&hub), Arc::clone(&metrics.actors)))).await;
        let node = Arc::new(node.context("taking over what an earlier process left")?);
        let ingest = Ingest::start(Arc::new(base.ingest_ports(&node, Arc::clone(&metrics.ingest))));
        let desk = || MediaDesk::start(Arc::new(base.media_ports(&config, Arc::clone(&metrics.ingest))));
        let media = config.media.fetch.then(desk);
        let rollouts = Rollouts { store: Arc::clone(&base.store), node: Arc::clone(&node) };
        rollouts.finish_earlier();
        let (ready, is_ready) = watch::channel(false);
        let gateway = Gateway::new(hearthline_http::Ports {
            store: Arc::clone(&base.store),
            keyring: Arc::clone(&base.keyring),
            blobs: Arc::clone(&base.blobs),
            random: Arc::clone(&base.random),
            stream: Arc::clone(&base.stream),
            clock: Arc::clone(&base.clock),
            wall: Arc::clone(&base.wall),
            audit: node.audit().clone(),
            health: Arc::clone(&base.health),
            files: Arc::new(media::Due(Arc::clone(&base.media))),
            tester: Arc::<Providers>::clone(&base.carrier),
            settings: http_settings(&config)?,
            rules_changed: Arc::new(rollouts.clone()),
            people_moved: Arc::new(rollouts),
            ready: is_ready,
            registry: Arc::new(registry),
            metrics: metrics.http,
            points: Arc::clone(&base.points),
        });
        if let Some(bootstrap) = &config.bootstrap {
            crate::bootstrap::ensure(&gateway, bootstrap).await?;
        }
        let router = hearthline_http::router(
            &gateway,
            hearthline_http::extra(&gateway, surface_of(&node, &hub, &base)),
        );
        let background = base.background(&gateway, &hub, &node);
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, router, stopped));
        let _ = ready.send(true);
        tracing::info!(%address, "ready");
        let drain = Duration::from_secs(config.http.drain_s);
        let Foundation { on_disk, health, .. } = base;
        Ok(Self {
            address,
            serving,
            stop,
            background,
            node,
            ingest,
            media,
            hub,
            health,
            ready,
            on_disk,
            drain,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the process is told to stop, then stops.
    ///
    /// # Errors
    /// The store could not be closed.
    pub async fn run_until_stopped(self) -> anyhow::Result<()> {
        signals::told_to_stop().await;
        self.stop().await
    }

    /// Finishes what is under way and closes everything.
    ///
    /// # Errors
    /// The store could not be closed.
    pub async fn stop(self) -> anyhow::Result<()> {
        tracing::info!("stopping");
        let _ = self.ready.send(false);
        let _ = self.stop.send(true);
        self.hub.close_all(close::GOING_AWAY);
        if tokio::time::timeout(self.drain, self.serving).await.is_err() {
            tracing::warn!("some requests were still under way");
        }
        self.ingest.stop();
        self.media.iter().for_each(MediaDesk::stop);
        note_readings(&self.node, self.drain).await;
        self.node.stop();
        self.background.iter().for_each(JoinHandle::abort);
        note_health(&self.health, self.drain).await;
        self.on_disk.close().await.context("closing the store")?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Readings that wait for the next batch go into the audit log now: nobody reads any more, and there is no next batch.
async fn note_readings(node: &Node, drain: Duration) {
    match tokio::time::timeout(drain, node.audit().flush()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the last readings could not be recorded"),
        Err(_) => tracing::error!("the last readings could not be recorded in time"),
    }
}

/// What was seen of connections in the last seconds is written: there is no next time.
async fn note_health(health: &HealthBook, drain: Duration) {
    match tokio::time::timeout(drain, health.flush()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the health of connections could not be written"),
        Err(_) => tracing::error!("the health of connections could not be written in time"),
    }
}

/// What everything stands on.
struct Foundation {
    on_disk: OnDisk,
    stored_keyring: Arc<StoredKeyring>,
    store: Arc<dyn Store>,
    stream: Arc<dyn InboundStream>,
    blobs: Arc<dyn Blobs>,
    media: Arc<MediaQueue>,
    keyring: Arc<dyn Keyring>,
    random: Arc<dyn Random>,
    /// The engine's time.
    clock: Arc<dyn Clock>,
    wall: Arc<dyn Clock>,
    points: Arc<dyn FailPoints>,
    books: Arc<Books>,
    carrier: Arc<Providers>,
    health: Arc<HealthBook>,
    actor_metrics: Arc<hearthline_actors::Metrics>,
}

impl Foundation {
    async fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let random: Arc<dyn Random> = Arc::new(OsRandom);
        let file = &config.keys.master_file;
        // What is wrong with the file is told before anything is opened.
        let key = backing::read_master_key(file)?;
        let Backing { store, stream, blobs, on_disk } = Backing::open(config).await?;
        let master = backing::master_key(key, file, &*store, &*random).await?;
        let keyring = StoredKeyring::open(Arc::clone(&store), master, Arc::clone(&random)).await;
        let stored_keyring = Arc::new(keyring.map_err(|error| backing::unopened(error, file))?);
        let keyring: Arc<dyn Keyring> = Arc::<StoredKeyring>::clone(&stored_keyring);
        let books = Arc::new(Books { store: Arc::clone(&store), keyring: Arc::clone(&keyring) });
        let (wall, points): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), fail_points());
        let clocks = (Arc::clone(&clock), Arc::clone(&wall));
        let actor_metrics = Arc::new(hearthline_actors::Metrics::default());
        let health = Arc::new(HealthBook::new(HealthPorts {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            random: Arc::clone(&random),
            clock: Arc::clone(&clock),
            stream,
            metrics: Arc::clone(&actor_metrics),
        }));
        let (public_url, noted) = (&config.http.public_url, Arc::clone(&health));
        let carrier = Providers::new(Arc::clone(&store), Arc::clone(&keyring), clocks, public_url, noted);
        let carrier = Arc::new(carrier.context("making clients of the providers")?);
        Ok(Self {
            on_disk,
            stored_keyring,
            store,
            stream: health.stream(),
            blobs,
            media: Arc::default(),
            keyring,
            random,
            clock,
            wall,
            points,
            books,
            carrier,
            health,
            actor_metrics,
        })
    }

    /// What runs until the end beside the requests.
    fn background(&self, gateway: &Gateway, hub: &Arc<Hub>, node: &Arc<Node>) -> [JoinHandle<()>; 3] {
        [
            crate::sockets::close_ended(gateway, Arc::clone(hub)),
            self.housekeeping(Arc::clone(node)).start(),
            self.health.start(),
        ]
    }

    fn housekeeping(&self, node: Arc<Node>) -> Housekeeping {
        Housekeeping {
            store: Arc::clone(&self.store),
            stream: Arc::clone(&self.stream),
            keyring: Arc::clone(&self.stored_keyring),
            clock: Arc::clone(&self.clock),
            wall: Arc::clone(&self.wall),
            random: Arc::clone(&self.random),
            node,
        }
    }

    fn node_ports(
        &self,
        hub: Arc<Hub>,
        metrics: Arc<hearthline_actors::Metrics>,
    ) -> hearthline_actors::Ports {
        hearthline_actors::Ports {
            store: Arc::clone(&self.store),
            keyring: Arc::clone(&self.keyring),
            random: Arc::clone(&self.random),
            clock: Arc::clone(&self.clock),
            wall: Arc::clone(&self.wall),
            points: Arc::clone(&self.points),
            teams: Arc::<Books>::clone(&self.books),
            feed: hub,
            carrier: Arc::<Providers>::clone(&self.carrier),
            metrics,
            settings: NodeSettings::default(),
        }
    }

    fn ingest_ports(
        &self,
        node: &Node,
        metrics: Arc<hearthline_ingest::Metrics>,
    ) -> hearthline_ingest::Ports {
        hearthline_ingest::Ports {
            store: Arc::clone(&self.store),
            stream: Arc::clone(&self.stream),
            keyring: Arc::clone(&self.keyring),
            random: Arc::clone(&self.random),
            clock: Arc::clone(&self.clock),
            points: Arc::clone(&self.points),
            connections: Arc::<Books>::clone(&self.books),
            teams: Arc::<Books>::clone(&self.books),
            leads: node.leads().clone(),
            media: Arc::clone(&self.media),
            health: Arc::clone(&self.health),
            metrics,
        }
    }

    fn media_ports(&self, config: &Config, metrics: Arc<hearthline_ingest::Metrics>) -> MediaPorts {
        let wanted = config.media;
        let millis = |millis: NonZeroU32| Duration::from_millis(millis.get().into());
        let limits = hearthline_providers::media::Limits {
            timeout: millis(wanted.timeout_ms),
            max_bytes: usize::try_from(wanted.max_bytes.get()).unwrap_or(usize::MAX),
        };
        let (store, keyring) = (Arc::clone(&self.store), Arc::clone(&self.keyring));
        MediaPorts {
            store: Arc::clone(&self.store),
            keyring: Arc::clone(&self.keyring),
            blobs: Arc::clone(&self.blobs),
            random: Arc::clone(&self.random),
            clock: Arc::clone(&self.clock),
            points: Arc::clone(&self.points),
            source: Arc::new(ProvidersMedia { store, keyring, limits }),
            queue: Arc::clone(&self.media),
            health: Arc::clone(&self.health),
            metrics,
            settings: MediaSettings {
                attempts: wanted.attempts.get().into(),
                first_wait: millis(wanted.retry_after_ms),
            },
        }
    }
}

/// What every part counts, in one registry.
struct AllMetrics {
    actors: Arc<hearthline_actors::Metrics>,
    live: Arc<hearthline_live::Metrics>,
    ingest: Arc<hearthline_ingest::Metrics>,
    http: hearthline_http::Metrics,
}

impl AllMetrics {
    fn register(registry: &mut Registry, base: &Foundation) -> Self {
        let actors = Arc::clone(&base.actor_metrics);
        // What stands in a registry below this one is read after this one's collectors: the outbox after the stream.
        // The other way round, a message could leave the stream between the two and be seen in neither.
        actors.register(registry.sub_registry_with_labels(std::iter::empty()));
        let live = Arc::new(hearthline_live::Metrics::default());
        live.register(registry);
        let ingest = Arc::new(hearthline_ingest::Metrics::default());
        ingest.register(registry);
        let http = hearthline_http::Metrics::register(registry);
        registry.register_collector(Box::new(InboundBacklog(Arc::clone(&base.stream))));
        Self { actors, live, ingest, http }
    }
}

/// What the running node gives to the routes.
fn surface_of(node: &Node, hub: &Arc<Hub>, base: &Foundation) -> NodePorts {
    let (leads, decks) = (node.leads().clone(), node.decks().clone());
    let zones = Arc::<Books>::clone(&base.books);
    NodePorts {
        leads: leads.clone(),
        directories: node.directories().clone(),
        decks: node.decks().clone(),
        actions: Actions::new(leads, decks, Arc::clone(&base.clock), zones),
        hub: Arc::clone(hub),
    }
}

/// Takes requests until told to stop; those under way are finished.
async fn serve(listener: TcpListener, router: axum::Router, mut stopped: watch::Receiver<bool>) {
    let told = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
    hearthline_http::serve(listener, router, told).await;
}

pub(crate) fn http_settings(config: &Config) -> Result<HttpSettings, ConfigError> {
    let operator_token = config.http.operator_token_file.as_deref().map(operator_token).transpose()?;
    Ok(HttpSettings {
        public_url: config.http.public_url.clone(),
        trust_proxy: config.http.trust_proxy,
        operator_token,
        raw_access: Seconds(config.http.raw_access_s),
        limits: config.limits,
        password_cost: hearthline_http::PasswordCost::default(),
    })
}

fn operator_token(file: &Path) -> Result<OperatorToken, ConfigError> {
    let wrong = |why: &str| ConfigError::at("http.operator_token_file", file.display(), why);
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    let token = text.trim_end();
    if token.len() < 16 {
        return Err(wrong("a token must have at least 16 characters"));
    }
    Ok(OperatorToken(token.to_owned()))
}

#[cfg(debug_assertions)]
fn fail_points() -> Arc<dyn FailPoints> {
    match crate::kill::KillAt::from_env() {
        Some(kill) => Arc::new(kill),
        None => Arc::new(NoFailPoints),
    }
}

#[cfg(not(debug_assertions))]
fn fail_points() -> Arc<dyn FailPoints> {
    Arc::new(NoFailPoints)
}
