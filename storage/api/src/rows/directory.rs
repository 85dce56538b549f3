//! The directory of a tenant's leads: what lists and filters show, in 16 partitions.

use bytes::Bytes;
use hearthline_engine::{
    identity::Address,
    ids::{LeadId, TeamId, TenantId, UserId},
    lead::{Rescue, Source, StateName, Status, WonBack},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    Partition, Table,
    keys::{KeyWriter, placement_hash},
};

/// How many partitions a tenant's directory has.
pub const DIRECTORY_SHARDS: u8 = 16;

/// A lead as lists show it. Sealed under the lead's key as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryRow {
    pub lead: LeadId,
    pub version: u64,
    pub team: TeamId,
    pub owner: Option<UserId>,
    pub state: StateName,
    pub status: Status,
    pub deleted: bool,
    pub source: Source,
    pub name: String,
    pub identities: Vec<Address>,
    pub language: Option<String>,
    pub tags: Vec<String>,
    pub created_at: Timestamp,
    pub last_interaction_at: Option<Timestamp>,
    pub last_touch_at: Option<Timestamp>,
    /// When the lead has to be woken next: what the slow sweep builds the timer index from again.
    #[serde(default)]
    pub next_deadline_at: Option<Timestamp>,
    /// How far its rescue got, if it is Stale and neither archived nor deleted: the rescue queue.
    #[serde(default)]
    pub rescue: Option<Rescue>,
    /// The client wrote, and nobody has answered yet.
    #[serde(default)]
    pub awaits_reply: bool,
    /// The first touch ever.
    #[serde(default)]
    pub first_contact_at: Option<Timestamp>,
    /// The first-contact window ended without one.
    #[serde(default)]
    pub first_contact_breached: bool,
    /// How it was brought back when it was Stale the last time.
    #[serde(default)]
    pub won_back: Option<WonBack>,
    /// What was merged into it.
    #[serde(default)]
    pub merged: Vec<LeadId>,
}

/// Where a lead's directory row stands.
#[must_use]
pub fn partition_of(tenant: TenantId, lead: LeadId) -> Partition {
    partition(tenant, (placement_hash(&[lead.as_bytes()]) % u64::from(DIRECTORY_SHARDS)) as u8)
}

/// One of a tenant's directory partitions.
#[must_use]
pub fn partition(tenant: TenantId, shard: u8) -> Partition {
    Partition { table: Table::Directory, key: KeyWriter::new().fixed(tenant.as_bytes()).byte(shard).finish() }
}

/// A row's key.
#[must_use]
pub fn key(lead: LeadId) -> Bytes {
    Bytes::copy_from_slice(lead.as_bytes())
}
