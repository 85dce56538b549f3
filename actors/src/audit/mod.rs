//! The audit log's writers (PRV-4): one actor for each chain, one for each tenant's register.
//!
//! What it promises: what was recorded is durable, and the register knows of it, before anybody is answered; entries that
//! come while a write is under way share the next one; the same origin is recorded once, however often it is sent; a
//! writer whose ownership epoch is over keeps nothing in memory, and two writers never fork a chain, because every write is
//! conditional on the partition's version. Readings of derived data are gathered and recorded in batches.
//!
//! What it deliberately does not know: who may read the log, and how it is shown.

mod chain;
mod reads;
mod register;
mod root;

use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::TenantId,
    time::Timestamp,
};
use hearthline_storage_api::{
    DataKey, Keyring, Random, Store,
    rows::{
        audit::{ChainId, Detail, Origin, detail_key, seal_detail},
        codec::RowError,
        lead::{AuditNote, LeadRef},
    },
};
use ractor::{ActorRef, SpawnErr};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

pub use reads::{Reading, TooManyReadings};

use crate::{Clock, FailPoints, ports::Ports};
use chain::Append;
use reads::Readings;
use root::{Root, RootMsg};

/// What the writers stand on.
pub struct AuditPorts {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    pub random: Arc<dyn Random>,
    pub clock: Arc<dyn Clock>,
    pub points: Arc<dyn FailPoints>,
}

impl AuditPorts {
    pub(crate) fn of(ports: &Ports) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            keyring: Arc::clone(&ports.keyring),
            random: Arc::clone(&ports.random),
            clock: Arc::clone(&ports.clock),
            points: Arc::clone(&ports.points),
        }
    }
}

/// Something to be recorded. Made with [`Entry::new`].
#[derive(Clone, Debug)]
pub struct Entry {
    pub actor: Actor,
    pub subject: Subject,
    /// `noun.verb`, such as `team.rules_changed`: stable, for filters.
    pub action: &'static str,
    /// What changed, with its new values; they are sealed.
    pub fields: Vec<Field>,
    /// Why, in the actor's words; sealed.
    pub reason: Option<String>,
    /// The same id (a UUIDv7) is recorded once: that of an operation that may be repeated.
    pub once: Option<Uuid>,
}

impl Entry {
    /// Something without fields or a reason.
    #[must_use]
    pub const fn new(actor: Actor, subject: Subject, action: &'static str) -> Self {
        Self { actor, subject, action, fields: Vec::new(), reason: None, once: None }
    }
    /// With what changed.
    #[must_use]
    pub fn fields(self, fields: impl IntoIterator<Item = Field>) -> Self {
        Self { fields: fields.into_iter().collect(), ..self }
    }
    /// With the actor's reason.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
    /// As part of an operation that may be repeated.
    #[must_use]
    pub fn once(self, operation: Uuid) -> Self {
        Self { once: Some(operation), ..self }
    }
}

/// That an entry is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub id: Uuid,
    pub at: Timestamp,
}

/// An entry on its way, sealed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub origin: Origin,
    pub at: Timestamp,
    pub actor: Actor,
    pub subject: Subject,
    pub action: Cow<'static, str>,
    pub fields: Vec<Cow<'static, str>>,
    pub sealed: Option<Vec<u8>>,
}

/// Writes the audit log. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    ports: Arc<AuditPorts>,
    root: ActorRef<RootMsg>,
    readings: Arc<Readings>,
}

/// How often something is sent again to a chain that could not be written.
const ATTEMPTS: u32 = 8;

impl Audit {
    /// Starts the writers. `epochs`: the ownership epoch of each of the 256 partitions; empty: nobody else owns any.
    ///
    /// # Errors
    /// The actors could not be spawned.
    pub async fn start(ports: Arc<AuditPorts>, epochs: Vec<u64>) -> Result<Self, SpawnErr> {
        let (root, _) = ractor::Actor::spawn(None, Root, (Arc::clone(&ports), epochs)).await?;
        Ok(Self { ports, root, readings: Arc::default() })
    }

    /// Records an entry. It is durable when this answers.
    ///
    /// # Errors
    /// [`RowError`]: it may have been recorded, or not.
    pub async fn record(&self, tenant: TenantId, entry: Entry) -> Result<Recorded, RowError> {
        let now = self.ports.clock.now();
        let id = entry.once.unwrap_or_else(|| self.ports.random.uuid_v7(now));
        // What is repeated must find the same chain: its month is that of the operation.
        let at = entry.once.and_then(moment_of).unwrap_or(now);
        let key = detail_key(&*self.ports.keyring, tenant, &entry.subject).await?;
        let origin = Origin { id, version: 0, n: 0 };
        let chain = ChainId::of(tenant, &entry.subject, at);
        let draft = Draft {
            origin,
            at,
            actor: entry.actor,
            subject: entry.subject,
            action: Cow::Borrowed(entry.action),
            fields: entry.fields.iter().map(|field| field.name.clone()).collect(),
            sealed: sealed(&*key, tenant, &entry.subject, entry.reason, entry.fields),
        };
        self.append(chain, vec![draft]).await?;
        Ok(Recorded { id, at })
    }

    /// Path row 8: what commits of a lead did.
    pub(crate) async fn project<'a>(
        &self,
        lead: LeadRef,
        notes: impl Iterator<Item = &'a AuditNote>,
        key: &dyn DataKey,
    ) -> Result<(), RowError> {
        let subject = Subject::Lead(lead.lead);
        let mut chains: BTreeMap<ChainId, Vec<Draft>> = BTreeMap::new();
        for note in notes {
            let chain = chains.entry(ChainId::of(lead.tenant, &subject, note.at)).or_default();
            chain.extend(note.deeds.iter().zip(0..).map(|(deed, n)| Draft {
                origin: Origin { id: lead.lead.0, version: note.version, n },
                at: note.at,
                actor: deed.actor.unwrap_or(note.actor),
                subject,
                action: deed.action.clone(),
                fields: deed.fields.iter().map(|field| field.name.clone()).collect(),
                sealed: sealed(key, lead.tenant, &subject, None, deed.fields.clone()),
            }));
        }
        for (chain, drafts) in chains {
            self.append_once(chain, drafts).await?;
        }
        Ok(())
    }

    async fn append(&self, chain: ChainId, drafts: Vec<Draft>) -> Result<(), RowError> {
        for _ in 1..ATTEMPTS {
            match self.append_once(chain, drafts.clone()).await {
                Err(error) if error.is_retryable() => {}
                settled => return settled,
            }
        }
        self.append_once(chain, drafts).await
    }

    async fn append_once(&self, chain: ChainId, drafts: Vec<Draft>) -> Result<(), RowError> {
        let (reply, answer) = oneshot::channel();
        let append = Append { drafts, reply };
        let _ = self.root.cast(RootMsg::Append { chain, append });
        answer.await.unwrap_or(Err(RowError::Contended("audit")))
    }

    /// Notes that somebody read something derived. It is recorded with the next batch, within seconds.
    ///
    /// # Errors
    /// [`TooManyReadings`]: so many wait that nothing more may be read before they are recorded.
    pub fn saw(&self, reading: Reading) -> Result<(), TooManyReadings> {
        if self.readings.note(reading, self.ports.clock.now())? {
            let audit = self.clone();
            tokio::spawn(async move { audit.gather().await });
        }
        Ok(())
    }

    /// Records the readings that wait.
    ///
    /// # Errors
    /// [`RowError`]; they wait on.
    pub async fn flush(&self) -> Result<(), RowError> {
        reads::flush(self, &self.readings).await
    }

    async fn gather(&self) {
        loop {
            tokio::time::sleep(reads::BATCH).await;
            match self.flush().await {
                Ok(()) if self.readings.rest() => return,
                Ok(()) => {}
                Err(error) => tracing::warn!(%error, "readings could not be recorded yet"),
            }
        }
    }

    pub(crate) fn stop(&self) {
        self.root.stop(None);
    }
}

fn sealed(
    key: &dyn DataKey,
    tenant: TenantId,
    subject: &Subject,
    reason: Option<String>,
    fields: Vec<Field>,
) -> Option<Vec<u8>> {
    if reason.is_none() && fields.is_empty() {
        return None;
    }
    let detail = Detail { reason, values: fields.into_iter().map(|field| field.value).collect() };
    Some(seal_detail(key, tenant, subject, &detail))
}

/// The moment that a UUIDv7 was made.
fn moment_of(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    let millis = i64::try_from(seconds).ok()?.checked_mul(1_000)?;
    Some(Timestamp::from_millis(millis + i64::from(nanos / 1_000_000)))
}
