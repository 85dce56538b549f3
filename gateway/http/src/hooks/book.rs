//! What hooks know of connections: a bounded cache that outlives the store's absence.
//!
//! An entry is used as it is and, when it is older than [`FRESH`], read again behind the request's back. A change made
//! in this process is here before its answer is given; one made in another is noticed after [`FRESH`] and one request.

use hearthline_actors::HealthBook;
use hearthline_api::Fault;
use hearthline_engine::{
    health::Seen,
    ids::{ConnectionId, TenantId},
};
use hearthline_storage_api::{
    Group, Keyring, Store,
    rows::{
        connection::{self, ConnectionRow, Settings},
        inbound::InboundEntry,
    },
};
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    bounded::Bounded,
    limits::{Single, per_second},
    noise::Noise,
    ports::Ports,
    problem::Problem,
    settings::Limits,
    turns::Turns,
};

/// How long an entry is not asked about.
const FRESH: Duration = Duration::from_secs(15);
/// How many connections are remembered at least.
const CONNECTIONS: usize = 50_000;

/// The connections that hooks know.
pub(crate) struct Hooks {
    pub(super) known: Arc<Known>,
    /// Of requests that could not be made durable.
    pub(super) noise: Noise,
}

/// How many lookups of connections that are not known here are let through: `BURST` at once, then so many a second.
/// Made-up ids must not keep the store busy.
const LOOKUPS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1_000).expect("it is not 0");
const LOOKUPS_BURST: NonZeroU32 = NonZeroU32::new(5_000).expect("it is not 0");

pub(super) struct Known {
    store: Arc<dyn Store>,
    keyring: Arc<dyn Keyring>,
    limits: Limits,
    entries: Bounded<ConnectionId, Arc<Entry>>,
    lookups: Turns<ConnectionId>,
    lookup_limit: Single,
}

/// A connection as hooks need it.
pub(super) struct Entry {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    /// None: deleted.
    pub settings: Option<Settings>,
    pub group: Group,
    pub limiter: Arc<Single>,
    revision: u64,
    read_at: Instant,
    being_read: AtomicBool,
}

impl Entry {
    /// Notes what tells of the connection's health (ING-12).
    pub(super) fn saw(&self, health: &HealthBook, seen: Seen) {
        health.note(self.tenant, self.connection, seen);
    }
}

impl Hooks {
    pub(crate) fn new(ports: &Ports) -> Self {
        let known = Known {
            store: ports.store.clone(),
            keyring: ports.keyring.clone(),
            limits: ports.settings.limits,
            entries: Bounded::new(CONNECTIONS),
            lookups: Turns::default(),
            lookup_limit: Single::new(per_second(LOOKUPS_PER_SECOND, LOOKUPS_BURST)),
        };
        Self { known: Arc::new(known), noise: Noise::default() }
    }

    /// Takes a row that this process has just written.
    pub(crate) fn learn(&self, row: &ConnectionRow) {
        self.known.learn(row);
    }

    /// Reads a connection anew at its next request.
    pub(crate) fn forget(&self, connection: ConnectionId) {
        self.known.entries.remove(&connection);
    }

    /// The connection with that id, from memory where possible.
    ///
    /// # Errors
    /// 404 when there is none; 503 when it is not known here and can't be read.
    pub(super) async fn find(&self, connection: ConnectionId) -> Result<Arc<Entry>, Problem> {
        if let Some(entry) = self.known.entries.get(&connection) {
            self.known.refresh(&entry);
            return Ok(entry);
        }
        // After a restart, a burst asks for one connection a thousand times: it is read once.
        let _turn = self.known.lookups.turn(connection).await;
        if let Some(entry) = self.known.entries.get(&connection) {
            return Ok(entry);
        }
        // Not 429: it may exist, and a provider repeats what is answered 503.
        self.known.lookup_limit.check().map_err(|_| Fault::Unavailable { retry_after_s: 1 })?;
        self.known.read(connection).await?.ok_or(Problem(Fault::NotFound))
    }
}

impl Known {
    fn learn(&self, row: &ConnectionRow) -> Arc<Entry> {
        let before = self.entries.get(&row.id);
        if let Some(newer) = before.as_ref().filter(|entry| entry.revision > row.revision) {
            // A slow read must not bring back what was changed meanwhile.
            return newer.clone();
        }
        let quota = || per_second(self.limits.connection_per_second, self.limits.connection_burst);
        let entry = Arc::new(Entry {
            tenant: row.tenant,
            connection: row.id,
            settings: row.deleted_at.is_none().then(|| row.settings.clone()),
            group: InboundEntry::group(row.tenant, row.id),
            limiter: before.map_or_else(|| Arc::new(Single::new(quota())), |entry| entry.limiter.clone()),
            revision: row.revision,
            read_at: Instant::now(),
            being_read: AtomicBool::new(false),
        });
        self.entries.insert(row.id, entry.clone());
        entry
    }

    async fn read(&self, connection: ConnectionId) -> Result<Option<Arc<Entry>>, Problem> {
        let found = connection::load(&*self.store, &*self.keyring, connection).await?;
        Ok(found.map(|found| self.learn(&found.row)))
    }

    /// Reads an old entry again, once at a time, while requests go on with what is known.
    fn refresh(self: &Arc<Self>, entry: &Arc<Entry>) {
        if entry.read_at.elapsed() < FRESH || entry.being_read.swap(true, Ordering::Relaxed) {
            return;
        }
        let (known, entry) = (self.clone(), entry.clone());
        tokio::spawn(async move {
            match known.read(entry.connection).await {
                Ok(Some(_)) => {}
                Ok(None) => {
                    known.entries.remove(&entry.connection);
                }
                // As it was; the next request tries again.
                Err(_) => entry.being_read.store(false, Ordering::Relaxed),
            }
        });
    }
}
