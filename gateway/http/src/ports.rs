//! What the surface stands on, given by whoever starts it.

use async_trait::async_trait;
use hearthline_actors::{Audit, Clock, FailPoints, HealthBook};
use hearthline_engine::{
    ids::{ConnectionId, TeamId, TenantId, UserId},
    rules::TeamRules,
};
use hearthline_storage_api::{
    Blobs, InboundStream, Keyring, Random, Store,
    rows::{codec::RowError, connection::ConnectionRow, settlement::Settlement, tenant::Backing},
};
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio::sync::watch;

use crate::{metrics::Metrics, settings::Settings};

/// What the surface stands on.
#[derive(Clone)]
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    /// Where the bytes of files stand.
    pub blobs: Arc<dyn Blobs>,
    pub random: Arc<dyn Random>,
    /// Where webhooks become durable.
    pub stream: Arc<dyn InboundStream>,
    /// The engine's time: when things were received and made. The demo's runs fast.
    pub clock: Arc<dyn Clock>,
    /// Wall time: sessions, tickets, claims.
    pub wall: Arc<dyn Clock>,
    /// Where a test may end a webhook; production passes through.
    pub points: Arc<dyn FailPoints>,
    /// Where every change is recorded, and who read what.
    pub audit: Audit,
    /// Where what tells of connections is noted (ING-12).
    pub health: Arc<HealthBook>,
    /// Which files wait to be fetched.
    pub files: Arc<dyn FilesDue>,
    /// Who asks providers whether they know a connection.
    pub tester: Arc<dyn ConnectionTester>,
    pub settings: Settings,
    pub rules_changed: Arc<dyn RulesChanged>,
    pub people_moved: Arc<dyn PeopleMoved>,
    /// What `/readyz` says.
    pub ready: watch::Receiver<bool>,
    /// What `/metrics` shows; everybody has registered by now.
    pub registry: Arc<Registry>,
    /// Of this crate, registered there.
    pub metrics: Metrics,
}

impl Ports {
    pub(crate) fn backing(&self) -> Backing<'_> {
        Backing { store: &*self.store, keyring: &*self.keyring, random: &*self.random }
    }
}

/// Tells which files are to be fetched (DOC-1).
pub trait FilesDue: Send + Sync + 'static {
    /// How many wait, or are under way, of a connection.
    fn of_connection(&self, connection: ConnectionId) -> u64;
}

/// Asks providers whether they know a connection (ING-12). Changes nothing there.
#[async_trait]
pub trait ConnectionTester: Send + Sync + 'static {
    /// What the provider says, and notes it in the connection's health.
    async fn test(&self, connection: &ConnectionRow) -> Tested;
}

/// What a provider said to a test, with its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tested {
    Taken,
    Rejected { code: Option<String> },
    Refused { code: Option<String> },
    Throttled,
    Unreachable,
}

/// Lets leads and connections follow people who left or changed places (TEN-5).
#[async_trait]
pub trait PeopleMoved: Send + Sync + 'static {
    /// Before the user's row is stored: makes it durable that things will have to follow. The change may still fail;
    /// following a user who stays does no harm.
    ///
    /// # Errors
    /// [`RowError`]; the user is not changed.
    async fn will_move(
        &self,
        tenant: TenantId,
        user: UserId,
        settlement: &Settlement,
    ) -> Result<(), RowError>;

    /// The row is stored: let things follow. Returns when that has begun.
    async fn moved(&self, tenant: TenantId, user: UserId);
}

/// Takes changed rules to a team's live leads (LIF-2).
#[async_trait]
pub trait RulesChanged: Send + Sync + 'static {
    /// Before rules of that version are stored: makes it durable that leads will have to be told, so that a crash right
    /// after the change leaves somebody who knows. The change may still fail; telling leads what stands does no harm.
    ///
    /// # Errors
    /// [`RowError`]; the rules are not changed.
    async fn will_change(&self, tenant: TenantId, team: TeamId, version: u64) -> Result<(), RowError>;

    /// The rules are stored: tell the leads. Returns when that has begun.
    async fn changed(&self, tenant: TenantId, team: TeamId, rules: &TeamRules);
}
