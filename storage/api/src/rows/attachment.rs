//! Files that people upload to send them to a client (OUT-2). The bytes are a blob of the lead, sealed under its key like
//! everything else that is raw of it, so that erasing the key erases them; the row says whose file it is, and, sealed under
//! the same key, what.
//!
//! The bytes are durable before the row is: a file that can be found is whole. Rows are written once and never changed.

use bytes::Bytes;
use hearthline_engine::{
    ids::{AttachmentId, EventId, LeadId, TenantId, UserId},
    raw::{Raw, SealedRaw},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

use super::{
    blob,
    codec::{RowError, decode, encode, open_row, seal_row},
    lead::LeadRef,
};
use crate::{Binding, DataKey, KeyRange, Partition, Sealing, Store, Table, Write, keys::KeyWriter};

const ROW: &[u8] = b"a";
/// Nothing is ever written over, so all stamps are the same.
const STAMP: u64 = 1;

/// Whose file it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentRow {
    pub lead: LeadId,
    /// Who uploaded it.
    pub by: UserId,
    pub created_at: Timestamp,
    pub size_bytes: u64,
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
}

/// What it is. Its name is raw (PRV-1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    pub filename: Option<String>,
    /// In lower case, without parameters.
    pub mime_type: String,
}

/// Shows no name.
impl fmt::Debug for FileInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileInfo").field("mime_type", &self.mime_type).finish_non_exhaustive()
    }
}

/// A file to be kept.
#[derive(Clone, Copy)]
pub struct NewAttachment<'a> {
    pub id: AttachmentId,
    pub place: LeadRef,
    pub by: UserId,
    pub created_at: Timestamp,
    pub info: &'a FileInfo,
    pub bytes: &'a Raw<Vec<u8>>,
}

fn partition(tenant: TenantId, id: AttachmentId) -> Partition {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(id.as_bytes()).finish();
    Partition { table: Table::Attachment, key }
}

/// Bound to the file, so that no two can be exchanged within a lead.
fn binding<'a>(tenant: TenantId, id: &'a AttachmentId, column: &'static str) -> Binding<'a> {
    Binding { tenant, subject: id.as_bytes(), column }
}

/// A file's bytes stand beside the bodies of the lead's messages.
fn bytes_partition(place: LeadRef, id: AttachmentId) -> Partition {
    blob::partition(place, EventId(id.0))
}

/// The file, sealed under the lead's key, in pieces that one write each can hold. To be written with [`keep_piece`], in
/// any order, before [`keep`].
#[must_use]
pub fn pieces(key: &dyn DataKey, new: NewAttachment<'_>) -> Vec<(u32, Bytes)> {
    let sealed = new.bytes.seal(&Sealing { key, binding: binding(new.place.tenant, &new.id, "file") });
    let sealed = Bytes::from(sealed.0);
    let pieces = (0..sealed.len()).step_by(blob::CHUNK_BYTES);
    (0_u32..)
        .zip(pieces)
        .map(|(n, at)| (n, sealed.slice(at..sealed.len().min(at + blob::CHUNK_BYTES))))
        .collect()
}

/// Makes one piece durable.
///
/// # Errors
/// [`RowError`].
pub async fn keep_piece(
    store: &dyn Store,
    place: LeadRef,
    id: AttachmentId,
    (n, bytes): (u32, Bytes),
) -> Result<(), RowError> {
    let write = Write::Put { key: blob::key(n), value: bytes };
    Ok(store.put(&bytes_partition(place, id), STAMP, vec![write]).await?)
}

/// Makes the row durable: from then on the file can be found. Its pieces are durable by now.
///
/// # Errors
/// [`RowError`].
pub async fn keep(store: &dyn Store, key: &dyn DataKey, new: NewAttachment<'_>) -> Result<(), RowError> {
    let tenant = new.place.tenant;
    let row = AttachmentRow {
        lead: new.place.lead,
        by: new.by,
        created_at: new.created_at,
        size_bytes: new.bytes.len() as u64,
        sealed: seal_row(key, binding(tenant, &new.id, "attachment"), new.info).to_vec(),
    };
    let write = Write::Put { key: Bytes::from_static(ROW), value: encode(&row).into() };
    Ok(store.put(&partition(tenant, new.id), STAMP, vec![write]).await?)
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
        open_row(key, binding(tenant, &id, "attachment"), &self.sealed)
    }
}

/// The file itself, by the key of its lead. Reading it takes a grant.
///
/// # Errors
/// [`RowError`]; bytes that are not there, or not all of them, are damage.
pub async fn file(
    store: &dyn Store,
    key: &dyn DataKey,
    place: LeadRef,
    id: AttachmentId,
) -> Result<Raw<Vec<u8>>, RowError> {
    let slice = store.read(&bytes_partition(place, id), &KeyRange::all()).await?;
    let sealed = SealedRaw(slice.rows.iter().flat_map(|row| row.value.iter().copied()).collect());
    let sealing = Sealing { key, binding: binding(place.tenant, &id, "file") };
    sealing.open_raw(&sealed).map_err(|source| RowError::Seal { column: "file", source })
}
