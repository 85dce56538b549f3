//! What is done now and then: keys, dead letters, sessions and idempotency keys whose time is over are destroyed, and the timer index is made again.

use hearthline_actors::{Clock, Node};
use hearthline_engine::{ids::TenantId, time::Timestamp};
use hearthline_sealing::StoredKeyring;
use hearthline_storage_api::{
    InboundStream, KeyRange, Random, Store,
    rows::{
        codec::RowError,
        expiry,
        inbound::InboundEntry,
        queues::{dead_letters, discard_dead_letters},
        tenant::{self, Backing},
    },
};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How often somebody looks.
const EVERY: Duration = Duration::from_secs(3_600);
/// How long an ingest key is kept (architecture: "Privacy is a type").
const INGEST_KEY_DAYS: u32 = 7;
/// Days before that are looked at again, for a process that was stopped meanwhile.
const LOOKED_BACK_DAYS: u32 = 7;
/// How long a dead letter is kept, in milliseconds.
const DEAD_LETTER_MS: i64 = 30 * 86_400_000;
/// Dead letters removed by one write.
const REMOVED_AT_ONCE: usize = 256;
/// The slow sweep runs once in so many rounds: daily.
const SWEEP_EVERY: u64 = 24;

/// What housekeeping works on.
pub struct Housekeeping {
    pub store: Arc<dyn Store>,
    pub stream: Arc<dyn InboundStream>,
    pub keyring: Arc<StoredKeyring>,
    pub clock: Arc<dyn Clock>,
    /// Wall time: sessions and idempotency keys live by it.
    pub wall: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub node: Arc<Node>,
}

impl Housekeeping {
    /// Starts it in the background.
    pub fn start(self) -> JoinHandle<()> {
        tokio::spawn(async move {
            for round in 0_u64.. {
                tokio::time::sleep(EVERY).await;
                if let Err(error) = self.round(round % SWEEP_EVERY == 0).await {
                    tracing::warn!(%error, "housekeeping was put off");
                }
            }
        })
    }

    async fn round(&self, sweep: bool) -> Result<(), RowError> {
        let now = self.clock.now();
        let backing = Backing { store: &*self.store, keyring: &*self.keyring, random: &*self.random };
        let swept = expiry::sweep(backing, self.wall.now()).await?;
        tracing::debug!(swept, "expired sessions and idempotency keys were removed");
        for tenant in tenant::list_tenants(&*self.store).await? {
            self.destroy_ingest_keys(tenant, now).await?;
            self.remove_dead_letters(tenant, now).await?;
            if sweep {
                self.node.sweep_timers(tenant).await?;
            }
        }
        Ok(())
    }

    /// Old ingest keys go once nothing waits in the stream: every entry they sealed is sealed anew, or dead and sealed anew.
    async fn destroy_ingest_keys(&self, tenant: TenantId, now: Timestamp) -> Result<(), RowError> {
        if self.stream.backlog() > 0 {
            return Ok(());
        }
        let newest = InboundEntry::day_of(now).saturating_sub(INGEST_KEY_DAYS + 1);
        for day in newest.saturating_sub(LOOKED_BACK_DAYS)..=newest {
            self.keyring.destroy_ingest_key(tenant, day).await?;
        }
        Ok(())
    }

    /// A dead letter's id tells when it was made.
    async fn remove_dead_letters(&self, tenant: TenantId, now: Timestamp) -> Result<(), RowError> {
        let partition = dead_letters(tenant);
        let slice = self.store.read(&partition, &KeyRange::all().limit(REMOVED_AT_ONCE)).await?;
        let old = slice.rows.into_iter().filter(|row| {
            let made = Uuid::from_slice(&row.key).ok().and_then(|id| id.get_timestamp());
            let made_ms =
                made.map(|at| i64::try_from(at.to_unix().0).unwrap_or(i64::MAX).saturating_mul(1_000));
            made_ms.is_some_and(|made| now.as_millis().saturating_sub(made) > DEAD_LETTER_MS)
        });
        let old: Vec<Uuid> = old.filter_map(|row| Uuid::from_slice(&row.key).ok()).collect();
        if old.is_empty() { Ok(()) } else { discard_dead_letters(&*self.store, tenant, old).await }
    }
}
