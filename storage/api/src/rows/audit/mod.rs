//! The audit log (PRV-4): hash chains of entries, one for each tenant, month and one of 16 shards.
//!
//! | partition | row key | holds |
//! | --- | --- | --- |
//! | `(tenant, month, shard)`: a chain | `h` | [`HeadRow`]: how many entries, the hash of the last one, signed |
//! | | `e` seq | [`EntryRow`]: one entry; its hash covers the one before |
//! | | `x` origin | the seq of the entry that came from there: what is recorded again is recorded once |
//! | `(tenant, 0, 255)`: the register | `r` month shard | [`RegisterRow`]: how far that chain had got, signed |
//! | | `t` | [`TotalRow`]: a hash of all of the register's rows, signed |
//!
//! What it promises: nobody without the master key changes, deletes, swaps or cuts off anything that was answered for
//! without [`verify()`] finding it. An edited or missing entry breaks its chain; a chain that was hashed anew has no signed
//! head; a chain that was set back to an older, signed head is behind the register; a row of the register that was set back
//! with it does not fit the total; a register that was set back as a whole is behind what chains have [`Seen`] of each
//! other. Only the whole log at once, as a backup would bring it back, looks right; against that an operator keeps
//! [`Anchor`]s elsewhere.
//!
//! What it deliberately does not know: who may read it, and what an entry means.

mod chain;
mod read;
mod verify;

pub use chain::*;
pub use read::*;
pub use verify::*;

use bytes::Bytes;
use hearthline_engine::{
    audit::{Actor, Subject},
    ids::{LeadId, TenantId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};
use uuid::Uuid;

use super::timeline::Month;
use crate::{
    Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey, placement_hash},
};

/// How many chains a tenant has a month.
pub const AUDIT_SHARDS: u8 = 16;
/// The shard that no chain has.
const REGISTER: u8 = 255;

/// Which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChainId {
    pub tenant: TenantId,
    pub month: Month,
    pub shard: u8,
}

impl ChainId {
    /// The chain that an entry belongs into: all of a subject's entries of a month are in one.
    #[must_use]
    pub fn of(tenant: TenantId, subject: &Subject, at: Timestamp) -> Self {
        Self { tenant, month: Month::of(at), shard: Self::shard_of(tenant, subject) }
    }
    /// The shard of a subject's entries.
    #[must_use]
    pub fn shard_of(tenant: TenantId, subject: &Subject) -> u8 {
        let id = match subject {
            Subject::Lead(LeadId(id)) => id.as_bytes(),
            Subject::User(id) => id.as_bytes(),
            Subject::Team(id) => id.as_bytes(),
            Subject::Connection(id) => id.as_bytes(),
            Subject::Tenant => tenant.as_bytes(),
        };
        (placement_hash(&[tenant.as_bytes(), id]) % u64::from(AUDIT_SHARDS)) as u8
    }
    /// Where its rows stand.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition { table: Table::Audit, key: self.key() }
    }
    /// Which of the 256 partitions owns it.
    #[must_use]
    pub fn class(&self) -> u8 {
        (placement_hash(&[&self.key()]) % 256) as u8
    }
    fn key(&self) -> Bytes {
        let month = self.month.0.to_be_bytes();
        KeyWriter::new().fixed(self.tenant.as_bytes()).fixed(&month).byte(self.shard).finish()
    }
}

/// Where a tenant's register stands.
#[must_use]
pub fn register_partition(tenant: TenantId) -> Partition {
    ChainId { tenant, month: Month(0), shard: REGISTER }.partition()
}

/// What an entry came from. The same origin is recorded once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The lead whose commit it was; else the id of one call.
    pub id: Uuid,
    /// The version that the commit made; 0 for a call.
    pub version: u64,
    /// Which one of that commit or call.
    pub n: u32,
}

/// An entry. Ids, names of fields and times stand as they are; what may be personal is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRow {
    /// The first is 1.
    pub seq: u64,
    pub origin: Origin,
    /// When it happened.
    pub at: Timestamp,
    /// When it was written; never before the entry before.
    pub recorded_at: Timestamp,
    pub actor: Actor,
    pub subject: Subject,
    /// `noun.verb`.
    pub action: Cow<'static, str>,
    /// The names of the fields that changed; their values are in [`Detail`].
    pub fields: Vec<Cow<'static, str>>,
    /// [`Detail`], sealed under the lead's key, or the tenant's where there is no lead.
    #[serde(with = "serde_bytes")]
    pub sealed: Option<Vec<u8>>,
    /// How far another chain had got.
    pub seen: Option<Seen>,
    /// SHA-256 over all of this and the hash of the entry before.
    pub hash: [u8; 32],
}

/// What of an entry may be personal.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The new values, in the order of the fields' names.
    pub values: Vec<String>,
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Detail({} values)", self.values.len())
    }
}

/// A chain's length and the hash of its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub count: u64,
    pub hash: [u8; 32],
}

impl Mark {
    /// Of a chain without entries.
    pub const START: Self = Self { count: 0, hash: [0; 32] };
}

/// How far another chain of the same tenant had got when an entry was written: chains vouch for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub month: Month,
    pub shard: u8,
    pub mark: Mark,
}

/// A chain's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRow {
    pub mark: Mark,
    /// The highest ownership epoch that wrote here: a writer of an older one believes nothing that it remembers.
    pub epoch: u64,
    pub recorded_at: Timestamp,
    pub mac: [u8; 32],
}

/// How far a chain had got when it was last answered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRow {
    pub mark: Mark,
    pub mac: [u8; 32],
}

/// What the register says as a whole: no row of it can be set back alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalRow {
    pub chains: u64,
    /// SHA-256 over all its rows.
    pub digest: [u8; 32],
    pub mac: [u8; 32],
}

/// The head row's key.
pub const HEAD_ROW: &[u8] = b"h";
/// The total's key.
pub const TOTAL_ROW: &[u8] = b"t";

/// An entry row's key.
#[must_use]
pub fn entry_key(seq: u64) -> Bytes {
    KeyWriter::new().byte(b'e').number(seq).finish()
}

/// The seq of an entry row's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_entry_key(key: &[u8]) -> Result<u64, ShortKey> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    reader.number()
}

/// An origin row's key.
#[must_use]
pub fn origin_key(origin: &Origin) -> Bytes {
    KeyWriter::new().fixed(&origin_prefix(origin.id, origin.version)).fixed(&origin.n.to_be_bytes()).finish()
}

/// What the keys of all origins of one commit or call start with.
#[must_use]
pub fn origin_prefix(id: Uuid, version: u64) -> Bytes {
    KeyWriter::new().byte(b'x').fixed(id.as_bytes()).number(version).finish()
}

/// The origin of an origin row's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_origin_key(key: &[u8]) -> Result<Origin, ShortKey> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    let id = Uuid::from_bytes(reader.fixed()?);
    Ok(Origin { id, version: reader.number()?, n: u32::from_be_bytes(reader.fixed()?) })
}

/// A register row's key.
#[must_use]
pub fn register_key(chain: &ChainId) -> Bytes {
    KeyWriter::new().byte(b'r').fixed(&chain.month.0.to_be_bytes()).byte(chain.shard).finish()
}

/// The chain of a register row's key.
///
/// # Errors
/// [`ShortKey`].
pub fn read_register_key(tenant: TenantId, key: &[u8]) -> Result<ChainId, ShortKey> {
    let mut reader = KeyReader::new(key);
    reader.byte()?;
    Ok(ChainId { tenant, month: Month(u32::from_be_bytes(reader.fixed()?)), shard: reader.byte()? })
}
