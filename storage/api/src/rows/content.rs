//! The bytes of files, once for equal ones of a tenant (DOC-1). They stand among the blobs under a name of their own,
//! sealed under a key of their own, because several leads may have sent the same file. Which leads' files are made of
//! them stands beside that name, in one partition: whoever erases the last of them knows it, and destroys key and bytes.
//!
//! Equal bytes are found by a keyed hash, so that nobody who reads the tables can tell whether a known picture is among
//! them. Key and bytes are durable before their name is: bytes that can be found are whole. What a crash leaves in between
//! has no name, and is found by nobody.

use bytes::Bytes;
use hearthline_engine::{
    ids::{AttachmentId, ContentId, LeadId, TenantId},
    raw::{Raw, SealedRaw},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::codec::{RowError, decode, encode};
use crate::{
    Binding, BlobName, Blobs, Commit, KeyRange, Keyring, Naming, Partition, Purpose, Random, Sealing,
    Settled, Store, Table, Write, commit_settled, keys::KeyWriter,
};

/// What contents stand on.
#[derive(Clone, Copy)]
pub struct Shelf<'a> {
    pub store: &'a dyn Store,
    pub keyring: &'a dyn Keyring,
    pub blobs: &'a dyn Blobs,
    pub random: &'a dyn Random,
}

/// The name of some bytes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct ContentRow {
    id: ContentId,
}

const ROW: &[u8] = b"c";

/// A file that is made of some bytes.
fn reference(lead: LeadId, attachment: AttachmentId) -> Bytes {
    KeyWriter::new().byte(b'r').fixed(lead.as_bytes()).fixed(attachment.as_bytes()).finish()
}

fn binding(tenant: TenantId, content: &ContentId) -> Binding<'_> {
    Binding { tenant, subject: content.as_bytes(), column: "file" }
}

/// Keeps the bytes of a lead's file, or finds that they are kept. Durable when it answers; repeated, it answers the same.
///
/// # Errors
/// [`RowError`]. Repeat it.
pub async fn keep(
    shelf: Shelf<'_>,
    tenant: TenantId,
    (lead, attachment): (LeadId, AttachmentId),
    bytes: &Raw<Vec<u8>>,
    now: Timestamp,
) -> Result<ContentId, RowError> {
    let lookup = shelf.keyring.tenant_key(tenant, Purpose::Lookup).await?;
    let hash = bytes.keyed_hash(&Naming { key: &*lookup, purpose: "content" });
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(&hash).finish();
    let partition = Partition { table: Table::Content, key };
    let reference = reference(lead, attachment);
    let mut new: Option<ContentId> = None;
    for _ in 0..16 {
        let slice = shelf.store.read(&partition, &KeyRange::exactly(ROW)).await?;
        let standing =
            slice.rows.first().map(|row| decode::<ContentRow>("content", &row.value)).transpose()?;
        let mut writes = vec![Write::Put { key: reference.clone(), value: Bytes::new() }];
        let content = match (standing, new) {
            (Some(row), _) => row.id,
            (None, made) => {
                let id = match made {
                    Some(id) => id,
                    None => put(shelf, tenant, bytes, now).await?,
                };
                new = Some(id);
                writes.push(Write::Put {
                    key: Bytes::from_static(ROW),
                    value: encode(&ContentRow { id }).into(),
                });
                id
            }
        };
        let commit = Commit {
            partition: partition.clone(),
            expected: slice.version,
            token: shelf.random.token(),
            writes,
        };
        match commit_settled(shelf.store, commit).await? {
            Settled::Applied => {
                if let Some(orphan) = new.filter(|new| *new != content) {
                    // Somebody else kept the same bytes meanwhile: ours are not needed.
                    shelf.blobs.remove(BlobName { tenant, content: orphan }).await?;
                }
                return Ok(content);
            }
            Settled::Conflict { .. } => {}
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    Err(RowError::Contended("content"))
}

/// Makes the bytes durable under a new name.
async fn put(
    shelf: Shelf<'_>,
    tenant: TenantId,
    bytes: &Raw<Vec<u8>>,
    now: Timestamp,
) -> Result<ContentId, RowError> {
    let content = ContentId(shelf.random.uuid_v7(now));
    let key = shelf.keyring.content_key(tenant, content).await?;
    let sealed = bytes.seal(&Sealing { key: &*key, binding: binding(tenant, &content) });
    shelf.blobs.put(BlobName { tenant, content }, sealed.0.into()).await?;
    Ok(content)
}

/// The bytes of a file. Reading them takes a grant.
///
/// # Errors
/// [`RowError`]; bytes that are not there are damage.
pub async fn open(
    keyring: &dyn Keyring,
    blobs: &dyn Blobs,
    tenant: TenantId,
    content: ContentId,
) -> Result<Raw<Vec<u8>>, RowError> {
    let key = keyring.content_key(tenant, content).await?;
    let sealed = blobs.get(BlobName { tenant, content }).await?;
    let sealed = SealedRaw(sealed.ok_or(RowError::Form { column: "file" })?.to_vec());
    let sealing = Sealing { key: &*key, binding: binding(tenant, &content) };
    sealing.open_raw(&sealed).map_err(|source| RowError::Seal { column: "file", source })
}
