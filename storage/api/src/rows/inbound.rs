//! From webhook to lead: the stream's entries, and the claims that make a message one event (ING-8).

use bytes::Bytes;
use hearthline_engine::{
    ids::{ConnectionId, EventId, LeadId, TenantId},
    message::Provider,
    raw::Raw,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{
    codec::{self, RowError},
    outbound::OutboundRef,
    queues::Replay,
};
use crate::{
    Binding, DataKey, Group, Partition, Sealing, Table,
    keys::{KeyWriter, placement_hash},
};

/// Clocks differ by seconds, and the first attempt of a delivery takes no longer.
const LATE_MS: i64 = 60_000;
/// Meta repeats a request for up to seven days ("Cloud API, Webhooks: webhook delivery failure").
const LATEST_MS: i64 = 8 * 86_400_000;

/// One request of a provider, as it stands in the inbound stream. Only ids, times and the sealed body: nothing of the
/// request's text is in clear.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboundEntry {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    /// When we had read the whole request: what clocks start from.
    pub received_at: Timestamp,
    /// The same by wall time, which providers' time stamps are held against.
    #[serde(default)]
    pub wall_at: Option<Timestamp>,
    /// Which ingest key sealed it (days since 1970-01-01 UTC).
    pub day: u32,
    /// The raw request body, sealed.
    #[serde(with = "serde_bytes")]
    pub sealed: Vec<u8>,
    /// The message of ours that the request's address names: it is part of what the provider signed.
    #[serde(default)]
    pub about: Option<OutboundRef>,
    /// It is a dead letter that somebody sends through again.
    #[serde(default)]
    pub replay: Option<Replay>,
}

/// What an entry says of itself without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    pub tenant: TenantId,
    pub connection: ConnectionId,
    pub received_at: Timestamp,
    #[serde(default)]
    pub replay: Option<Replay>,
}

impl Label {
    /// Since when it waits, as far as it tells: what is sent through again was received when it first came.
    #[must_use]
    pub const fn waits_since(&self) -> Option<Timestamp> {
        if self.replay.is_some() { None } else { Some(self.received_at) }
    }
}

impl InboundEntry {
    /// The label of the stream's bytes; the body is passed over.
    ///
    /// # Errors
    /// [`RowError::Form`].
    pub fn label(bytes: &[u8]) -> Result<Label, RowError> {
        codec::decode("inbound", bytes)
    }
    /// The day number of a moment.
    #[must_use]
    pub fn day_of(at: Timestamp) -> u32 {
        u32::try_from(at.as_millis().div_euclid(86_400_000)).unwrap_or(0)
    }
    /// What the sealed body is bound to.
    #[must_use]
    pub fn binding(tenant: TenantId, connection: &ConnectionId) -> Binding<'_> {
        Binding { tenant, subject: connection.as_bytes(), column: "inbound" }
    }
    /// Which group's consumer reads it: by tenant and connection.
    #[must_use]
    pub fn group(tenant: TenantId, connection: ConnectionId) -> Group {
        Group::of(placement_hash(&[tenant.as_bytes(), connection.as_bytes()]))
    }
    /// As bytes for the stream.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        codec::encode(self).into()
    }
    /// From the stream's bytes.
    ///
    /// # Errors
    /// [`RowError::Form`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RowError> {
        codec::decode("inbound", bytes)
    }
    /// The same entry, about a message of ours.
    #[must_use]
    pub fn about(self, about: Option<OutboundRef>) -> Self {
        Self { about, ..self }
    }
    /// The same entry, received at that moment of wall time.
    #[must_use]
    pub fn at_wall_time(self, at: Timestamp) -> Self {
        Self { wall_at: Some(at), ..self }
    }
    /// When something was written that came late: by the clock of `received_at`, from the provider's time stamp. Nothing, where
    /// it came in time, or later than any provider delivers: such a time stamp is not believed.
    #[must_use]
    pub fn late_from(&self, written_at: Option<Timestamp>) -> Option<Timestamp> {
        let late_ms = self.wall_at?.millis_since(written_at?);
        (LATE_MS..=LATEST_MS).contains(&late_ms).then(|| self.received_at.plus_millis(-late_ms))
    }
    /// Seals a request body with the tenant's ingest key of the day.
    #[must_use]
    pub fn seal(
        key: &dyn DataKey,
        tenant: TenantId,
        connection: ConnectionId,
        received_at: Timestamp,
        body: &[u8],
    ) -> Self {
        let sealed = key.seal(Self::binding(tenant, &connection), body);
        let day = Self::day_of(received_at);
        Self { tenant, connection, received_at, wall_at: None, day, sealed, about: None, replay: None }
    }
    /// A dead letter's body once more, sealed with the ingest key of `day`. It was received when it first came.
    #[must_use]
    pub fn again(
        key: &dyn DataKey,
        tenant: TenantId,
        (connection, received_at): (ConnectionId, Timestamp),
        day: u32,
        body: &Raw<Vec<u8>>,
        replay: Replay,
    ) -> Self {
        let sealed = body.seal(&Sealing { key, binding: Self::binding(tenant, &connection) }).0;
        let replay = Some(replay);
        Self { tenant, connection, received_at, wall_at: None, day, sealed, about: None, replay }
    }
}

/// Names one message of one provider account, or one status of it. The provider's id is opaque and may be long, so it
/// enters the key as a keyed hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClaimKey {
    pub tenant: TenantId,
    pub provider: Provider,
    /// HMAC over account and provider event id (and the status, for a status).
    #[serde(with = "serde_bytes")]
    pub hash: [u8; 32],
}

impl ClaimKey {
    /// For a provider's message.
    #[must_use]
    pub fn of(
        lookup: &dyn DataKey,
        tenant: TenantId,
        provider: Provider,
        account: &str,
        event_id: &str,
    ) -> Self {
        let value = KeyWriter::new()
            .number(account.len() as u64)
            .fixed(account.as_bytes())
            .fixed(event_id.as_bytes());
        Self { tenant, provider, hash: lookup.keyed_hash("inbound_claim", &value.finish()) }
    }
    /// Where the claim stands.
    #[must_use]
    pub fn partition(&self) -> Partition {
        let key = KeyWriter::new()
            .fixed(self.tenant.as_bytes())
            .byte(self.provider as u8)
            .fixed(&self.hash)
            .finish();
        Partition { table: Table::InboundClaim, key }
    }
}

/// Which lead and event a message became. The first claim wins over later changes of identities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub lead: LeadId,
    pub event: EventId,
    /// The lead's commit is known to hold it; only now may the id leave the lead's recent ids.
    pub done: bool,
}

/// The one row of a claim's partition.
pub const CLAIM_ROW: &[u8] = b"c";

/// Which lead an identity points to: the one row of an identity's partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRow {
    pub lead: LeadId,
    /// Where the other addresses stand that were claimed for that lead together with this one: if the lead is never made,
    /// whoever goes on with its id finds them by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<ByteBuf>,
}

impl IdentityRow {
    /// An address that was claimed alone.
    #[must_use]
    pub const fn alone(lead: LeadId) -> Self {
        Self { lead, beside: Vec::new() }
    }
}

/// The one row of an identity's partition.
pub const IDENTITY_ROW: &[u8] = b"i";

/// Where an identity stands: by keyed hash, so that the table tells no phone number or address.
#[must_use]
pub fn identity_partition(
    lookup: &dyn DataKey,
    tenant: TenantId,
    address: &hearthline_engine::identity::Address,
) -> Partition {
    let hash = lookup.keyed_hash("identity", address.value.as_bytes());
    let key = KeyWriter::new().fixed(tenant.as_bytes()).byte(address.kind as u8).fixed(&hash).finish();
    Partition { table: Table::Identity, key }
}
