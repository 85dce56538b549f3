//! What is seen of connections (ING-12), gathered from hooks, consumers and senders, and added to their rows every few
//! seconds.
//!
//! What it promises: noting something takes no waiting and little memory, whatever the store does; what is asked for holds
//! everything that was noted before; what was noted survives a stop, and but for its last five seconds a kill. Where the
//! store loses an answer for good, some of it may count twice.
//!
//! What it deliberately does not know: what is to be made of it ([`hearthline_engine::health::judge`]), and who may see it.

mod backlog;

use futures::future::join_all;
use hearthline_engine::{
    health::{Health, Seen, Sent},
    ids::{ConnectionId, TenantId},
    time::Timestamp,
};
use hearthline_storage_api::{
    InboundStream, Keyring, Random, Store,
    rows::{codec::RowError, health, tenant::Backing},
};
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::RwLock, task::JoinHandle};

pub use backlog::{Backlog, CountedStream};

use crate::{
    Clock, Metrics,
    metrics::{RefusalLabels, SentLabels},
};

/// How long is gathered before it is written.
const EVERY: Duration = Duration::from_secs(5);
/// Connections of which something may wait to be written; of more, nothing is counted until there is room.
const WAITING: usize = 65_536;
/// Rows that are written at once.
const AT_ONCE: usize = 16;

/// Everything from outside.
pub struct HealthPorts {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    pub random: Arc<dyn Random>,
    pub clock: Arc<dyn Clock>,
    /// Where webhooks become durable: used through [`HealthBook::stream`] from now on.
    pub stream: Arc<dyn InboundStream>,
    pub metrics: Arc<Metrics>,
}

/// What is seen of connections.
pub struct HealthBook {
    ports: HealthPorts,
    stream: Arc<CountedStream>,
    /// What is in no row yet.
    seen: Mutex<BTreeMap<ConnectionId, (TenantId, Health)>>,
    /// Held while something is on its way from memory to its row, so that nobody looks when it is in neither.
    moving: RwLock<()>,
}

impl HealthBook {
    /// An empty one. Nothing is written before [`Self::start`] or [`Self::flush`].
    #[must_use]
    pub fn new(ports: HealthPorts) -> Self {
        let stream = Arc::new(CountedStream::new(Arc::clone(&ports.stream)));
        Self { ports, stream, seen: Mutex::default(), moving: RwLock::default() }
    }

    /// The stream, counted by connections.
    #[must_use]
    pub fn stream(&self) -> Arc<dyn InboundStream> {
        Arc::<CountedStream>::clone(&self.stream)
    }

    /// Notes something that was seen now.
    pub fn note(&self, tenant: TenantId, connection: ConnectionId, seen: Seen) {
        self.note_at(tenant, connection, seen, self.ports.clock.now());
    }

    /// Notes something that was seen at that moment.
    pub fn note_at(&self, tenant: TenantId, connection: ConnectionId, seen: Seen, at: Timestamp) {
        self.measure(&seen);
        let mut waiting = self.seen.lock();
        if waiting.len() >= WAITING && !waiting.contains_key(&connection) {
            self.ports.metrics.health_not_counted.inc();
            return;
        }
        let (_, health) = waiting.entry(connection).or_insert_with(|| (tenant, Health::default()));
        health.note(seen, at);
        self.ports.metrics.health_unwritten.set(i64::try_from(waiting.len()).unwrap_or(i64::MAX));
    }

    fn measure(&self, seen: &Seen) {
        let metrics = &self.ports.metrics;
        match seen {
            Seen::Sent(sent) => {
                let outcome = match sent {
                    Sent::Accepted => "accepted",
                    Sent::Refused { .. } => "refused",
                    Sent::WindowClosed => "window_closed",
                    Sent::OptedOut => "opted_out",
                    Sent::Throttled => "throttled",
                    Sent::Unreachable => "unreachable",
                    Sent::Unknown => "unknown",
                };
                metrics.sends.get_or_create(&SentLabels { outcome }).inc();
            }
            Seen::Undelivered { .. } => {
                metrics.sends.get_or_create(&SentLabels { outcome: "undelivered" }).inc();
            }
            Seen::CredentialsRejected { .. } => drop(metrics.credentials_rejected.inc()),
            Seen::FileRefused(reason) => {
                metrics.files_refused.get_or_create(&RefusalLabels { reason: reason.code() }).inc();
            }
            // Counted by those who see them.
            Seen::Received
            | Seen::SignatureFailed { .. }
            | Seen::NotDurable
            | Seen::Event { .. }
            | Seen::DeadLetter { .. }
            | Seen::CredentialsTaken
            | Seen::SettingsChanged
            | Seen::FileKept
            | Seen::Told { .. } => {}
        }
    }

    /// All that is known of a tenant's connection.
    ///
    /// # Errors
    /// [`RowError`].
    pub async fn of(&self, tenant: TenantId, connection: ConnectionId) -> Result<Health, RowError> {
        let _still = self.moving.read().await;
        let row = health::load(&*self.ports.store, &*self.ports.keyring, tenant, connection).await?;
        let mut whole = row.row;
        if let Some((_, seen)) = self.seen.lock().get(&connection) {
            whole.add(seen);
        }
        Ok(whole)
    }

    /// What waits in the stream for a tenant's connection.
    #[must_use]
    pub fn backlog(&self, tenant: TenantId, connection: ConnectionId) -> Backlog {
        self.stream.of(tenant, connection)
    }

    /// Writes what was seen, every few seconds.
    pub fn start(self: &Arc<Self>) -> JoinHandle<()> {
        let book = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                if let Err(error) = book.flush().await {
                    tracing::warn!(%error, "the health of connections can't be written yet");
                }
            }
        })
    }

    /// Writes all that was seen before.
    ///
    /// # Errors
    /// The last of [`RowError`]; what could not be written is kept for the next time.
    pub async fn flush(&self) -> Result<(), RowError> {
        let (mut after, mut ended) = (None, Ok(()));
        loop {
            let from = after.map_or(Unbounded, Excluded);
            let some: Vec<ConnectionId> =
                self.seen.lock().range((from, Unbounded)).map(|(id, _)| *id).take(AT_ONCE).collect();
            let Some(last) = some.last().copied() else { return ended };
            after = Some(last);
            let moving = self.moving.write().await;
            let written = join_all(some.into_iter().map(|connection| self.write(connection))).await;
            drop(moving);
            let left = self.seen.lock().len();
            self.ports.metrics.health_unwritten.set(i64::try_from(left).unwrap_or(i64::MAX));
            ended = written.into_iter().fold(ended, Result::and);
        }
    }

    async fn write(&self, connection: ConnectionId) -> Result<(), RowError> {
        let HealthPorts { store, keyring, random, clock, .. } = &self.ports;
        let Some((tenant, seen)) = self.seen.lock().remove(&connection) else { return Ok(()) };
        let backing = Backing { store: &**store, keyring: &**keyring, random: &**random };
        let added = health::add(backing, tenant, connection, &seen, clock.now()).await;
        // What nobody can ever write (a tenant's key that is gone) would be held for ever.
        if added.as_ref().is_err_and(RowError::is_retryable) {
            let mut waiting = self.seen.lock();
            let (_, health) = waiting.entry(connection).or_insert_with(|| (tenant, Health::default()));
            health.add(&seen);
        }
        added
    }
}
