//! Files: those that clients send, listed before they are fetched (DOC-1), and those that people upload to send them to a
//! client (OUT-2). The row says whose file it is, what became of it and, sealed under the lead's key, what it is and where a
//! provider serves it. Its bytes are a [`super::content`]'s, durable before the row names them: a file that can be read is
//! whole.
//!
//! A row is written by one process at a time; the stamp counts what became of the file, so that what comes late or twice
//! changes nothing. A file that is still to be fetched stands in [`Due`] beside, from before its message is committed until
//! after its fate is known, so that a start finds every one of them.

use bytes::Bytes;
use hearthline_engine::{
    ids::{AttachmentId, ConnectionId, ContentId, EventId, LeadId, TenantId, UserId},
    media::{Announced, MediaRefusal},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

use super::{
    codec::{RowError, decode, encode, open_row, seal_row},
    lead::LeadRef,
};
use crate::{
    Binding, DataKey, KeyRange, Partition, Store, Table, Write,
    keys::{KeyReader, KeyWriter, placement_hash},
};

const ROW: &[u8] = b"a";
/// The stamp of a row that was just made.
const MADE: u64 = 1;
/// The stamp of what nothing follows.
const FINAL: u64 = u32::MAX as u64 + 2;

/// Whose file it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRow {
    pub lead: LeadId,
    pub from: Origin,
    pub created_at: Timestamp,
    pub fate: Fate,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
}

/// How it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody of us uploaded it.
    User(UserId),
    /// With this message, through this connection.
    Message { event: EventId, connection: ConnectionId },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// To be fetched, at that moment or later; why the last attempt failed, if there was one.
    Waiting { attempts: u32, due_at: Timestamp, reason: Option<MediaRefusal> },
    /// It can be read.
    Kept { content: ContentId, size_bytes: u64 },
    /// It is not taken.
    Refused { reason: MediaRefusal, at: Timestamp },
}

/// What it is. Its name is raw (PRV-1).
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FileInfo {
    pub filename: Option<String>,
    /// In lower case, without parameters. Of a file that is not fetched yet, what the provider says of it.
    pub mime_type: String,
    /// Where a provider serves it.
    pub announced: Option<Announced>,
}

/// Shows no name.
impl fmt::Debug for FileInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileInfo").field("mime_type", &self.mime_type).finish_non_exhaustive()
    }
}

/// A file to be written down.
#[derive(Clone, Copy)]
pub struct NewAttachment<'a> {
    pub id: AttachmentId,
    pub place: LeadRef,
    pub from: Origin,
    pub created_at: Timestamp,
    pub fate: Fate,
    pub info: &'a FileInfo,
}

fn partition(tenant: TenantId, id: AttachmentId) -> Partition {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(id.as_bytes()).finish();
    Partition { table: Table::Attachment, key }
}

/// Bound to the file, so that no two can be exchanged within a lead.
fn binding(tenant: TenantId, id: &AttachmentId) -> Binding<'_> {
    Binding { tenant, subject: id.as_bytes(), column: "attachment" }
}

impl Fate {
    /// What comes later supersedes.
    fn stamp(&self) -> u64 {
        match self {
            Self::Waiting { attempts, .. } => MADE + u64::from(*attempts),
            Self::Kept { .. } | Self::Refused { .. } => FINAL,
        }
    }
}

/// Makes the row durable as it stands now. Of a file that has come further already, nothing changes.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn keep(store: &dyn Store, key: &dyn DataKey, new: NewAttachment<'_>) -> Result<(), RowError> {
    let tenant = new.place.tenant;
    let row = AttachmentRow {
        lead: new.place.lead,
        from: new.from,
        created_at: new.created_at,
        fate: new.fate,
        sealed: seal_row(key, binding(tenant, &new.id), new.info).to_vec(),
    };
    let write = Write::Put { key: Bytes::from_static(ROW), value: encode(&row).into() };
    Ok(store.put(&partition(tenant, new.id), new.fate.stamp(), vec![write]).await?)
}

/// Whose file that is, if there is such a file in the tenant.
///
/// # Errors
/// [`RowError`].
pub async fn load(
    store: &dyn Store,
    tenant: TenantId,
    id: AttachmentId,
) -> Result<Option<AttachmentRow>, RowError> {
    let slice = store.read(&partition(tenant, id), &KeyRange::exactly(ROW)).await?;
    slice.rows.first().map(|row| decode("attachment", &row.value)).transpose()
}

impl AttachmentRow {
    /// What the file is, by the key of its lead.
    ///
    /// # Errors
    /// [`RowError::Seal`], [`RowError::Form`].
    pub fn info(&self, key: &dyn DataKey, tenant: TenantId, id: AttachmentId) -> Result<FileInfo, RowError> {
        open_row(key, binding(tenant, &id), &self.sealed)
    }

    /// How large it is, once it is kept.
    #[must_use]
    pub const fn size_bytes(&self) -> Option<u64> {
        match self.fate {
            Fate::Kept { size_bytes, .. } => Some(size_bytes),
            Fate::Waiting { .. } | Fate::Refused { .. } => None,
        }
    }
}

/// A file that is still to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    pub at: Timestamp,
    pub connection: ConnectionId,
    pub tenant: TenantId,
    pub id: AttachmentId,
}

#[derive(Serialize, Deserialize)]
struct DueRow {
    at: Timestamp,
    connection: ConnectionId,
}

/// How many partitions the files that are to be fetched stand in.
pub const DUE_GROUPS: u8 = 16;

impl Due {
    fn place(&self) -> (Partition, Bytes) {
        let group =
            (placement_hash(&[self.tenant.as_bytes(), self.id.as_bytes()]) % u64::from(DUE_GROUPS)) as u8;
        let key = KeyWriter::new().fixed(self.tenant.as_bytes()).fixed(self.id.as_bytes()).finish();
        (due_partition(group), key)
    }

    /// Notes durably that the file is to be fetched; of one whose fate is known, nothing changes.
    ///
    /// # Errors
    /// [`RowError`]. Repeat it.
    pub async fn note(&self, store: &dyn Store, fate: &Fate) -> Result<(), RowError> {
        let (partition, key) = self.place();
        let value = encode(&DueRow { at: self.at, connection: self.connection }).into();
        Ok(store.put(&partition, fate.stamp(), vec![Write::Put { key, value }]).await?)
    }

    /// Its fate is durable: nobody has to look for it any more.
    ///
    /// # Errors
    /// [`RowError`]. Repeat it.
    pub async fn strike(&self, store: &dyn Store) -> Result<(), RowError> {
        let (partition, key) = self.place();
        Ok(store.put(&partition, FINAL, vec![Write::Delete { key }]).await?)
    }
}

fn due_partition(group: u8) -> Partition {
    Partition { table: Table::MediaDue, key: Bytes::copy_from_slice(&[group]) }
}

/// At most `limit` of the files in a group that are to be fetched, those after `after`, with the place to go on from.
///
/// # Errors
/// [`RowError`].
pub async fn due(
    store: &dyn Store,
    group: u8,
    after: Option<Bytes>,
    limit: usize,
) -> Result<(Vec<Due>, Option<Bytes>), RowError> {
    let from = after.map_or_else(Bytes::new, |key| [&key[..], &[0]].concat().into());
    let range = KeyRange { from, to: None, limit };
    let rows = store.read(&due_partition(group), &range).await?.rows;
    let last = rows.last().filter(|_| rows.len() == limit).map(|row| row.key.clone());
    let read = |row: &crate::Row| {
        let mut key = KeyReader::new(&row.key);
        let (tenant, id) = (TenantId::from_bytes(key.fixed()?), AttachmentId::from_bytes(key.fixed()?));
        let DueRow { at, connection } = decode("media_due", &row.value)?;
        Ok(Due { at, connection, tenant, id })
    };
    Ok((rows.iter().map(read).collect::<Result<_, RowError>>()?, last))
}
