//! What the consumers are given.

use async_trait::async_trait;
use hearthline_actors::{Clock, FailPoints, Leads, TeamBook};
use hearthline_engine::ids::{ConnectionId, TeamId, TenantId, UserId};
use hearthline_storage_api::{InboundStream, Keyring, Random, Store, rows::codec::RowError};
use std::sync::Arc;

use crate::Metrics;

/// Everything from outside.
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub stream: Arc<dyn InboundStream>,
    pub keyring: Arc<dyn Keyring>,
    pub random: Arc<dyn Random>,
    pub clock: Arc<dyn Clock>,
    pub points: Arc<dyn FailPoints>,
    pub connections: Arc<dyn ConnectionBook>,
    pub teams: Arc<dyn TeamBook>,
    pub leads: Leads,
    pub metrics: Arc<Metrics>,
}

/// Which normalizer reads a connection's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    TwilioSms,
}

/// What ingestion needs to know of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFacts {
    pub tenant: TenantId,
    pub kind: ConnectionKind,
    /// Unknown senders become this user's leads; none: the team's routing rule.
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// The connection's own number or handle: its region is the default for numbers without one.
    pub address: String,
    /// The account at the provider: a request that names another one is nobody's.
    pub account: String,
}

/// Looks connections up; may cache.
#[async_trait]
pub trait ConnectionBook: Send + Sync + 'static {
    /// The connection, if it exists (deleted ones are kept for what is still in the stream).
    ///
    /// # Errors
    /// When it can't be read.
    async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionFacts>, RowError>;
}
