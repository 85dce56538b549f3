//! Where the bytes of files stand (DOC-4): a contract small enough for a folder and for any S3-compatible store.
//!
//! What it promises: a blob that was put is whole and durable, or not there at all; it never changes. What it deliberately
//! does not know: what the bytes are. They come sealed.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_engine::ids::{ContentId, TenantId};

use crate::StoreError;

/// Names a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName {
    pub tenant: TenantId,
    pub content: ContentId,
}

/// Bytes by name, written once.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Makes bytes durable under a name. Repeated with the same name, either of the two stands.
    ///
    /// # Errors
    /// [`StoreError`]; nothing stands under the name that did not before. Repeat it.
    async fn put(&self, name: BlobName, bytes: Bytes) -> Result<(), StoreError>;

    /// The bytes under a name, all of them; none if there is no such blob.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn get(&self, name: BlobName) -> Result<Option<Bytes>, StoreError>;

    /// Removes what stands under a name; fine if there is nothing.
    ///
    /// # Errors
    /// [`StoreError`]; it may have happened. Repeat it.
    async fn remove(&self, name: BlobName) -> Result<(), StoreError>;
}
