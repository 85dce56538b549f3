//! What the consumers are given.

use async_trait::async_trait;
use hearthline_actors::{Clock, FailPoints, HealthBook, Leads, TeamBook};
use hearthline_engine::ids::{ConnectionId, TeamId, TenantId, UserId};
use hearthline_storage_api::{InboundStream, Keyring, Random, Store, rows::codec::RowError};
use std::sync::Arc;

use crate::{MediaQueue, Metrics};

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
    /// Where files that are to be fetched stand in line.
    pub media: Arc<MediaQueue>,
    /// Where what tells of connections is noted (ING-12).
    pub health: Arc<HealthBook>,
    pub metrics: Arc<Metrics>,
}

/// Which normalizer reads a connection's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    TwilioSms,
    Whatsapp,
    Messenger,
    Instagram,
}

/// What ingestion needs to know of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionFacts {
    pub tenant: TenantId,
    pub kind: ConnectionKind,
    /// Unknown senders become this user's leads; none: the team's routing rule.
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// The connection's own number, if it has one: its region is the default for numbers without one.
    pub address: String,
    /// The accounts at the provider that it speaks for; what names none is the first one's.
    pub accounts: Vec<String>,
}

/// Looks connections up; may cache.
#[async_trait]
pub trait ConnectionBook: Send + Sync + 'static {
    /// The connection, if it exists (deleted ones are kept for what is still in the stream).
    ///
    /// # Errors
    /// When it can't be read.
    async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionFacts>, RowError>;

    /// The connection of that kind that speaks for an account of the provider, and belongs to the same tenant and the
    /// same app there as `named`, the one that a request came for.
    ///
    /// # Errors
    /// When it can't be read.
    async fn of_account(
        &self,
        named: ConnectionId,
        kind: ConnectionKind,
        account: &str,
    ) -> Result<Option<(ConnectionId, ConnectionFacts)>, RowError>;
}
