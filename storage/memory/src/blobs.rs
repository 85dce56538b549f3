//! Blobs in memory.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{BlobName, Blobs, StoreError};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

/// Blobs in memory, shared by all clones.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<BlobName, Bytes>>>);

impl MemoryBlobs {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.lock().len()
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, name: BlobName, bytes: Bytes) -> Result<(), StoreError> {
        self.0.lock().insert(name, bytes);
        Ok(())
    }
    async fn get(&self, name: BlobName) -> Result<Option<Bytes>, StoreError> {
        Ok(self.0.lock().get(&name).cloned())
    }
    async fn remove(&self, name: BlobName) -> Result<(), StoreError> {
        self.0.lock().remove(&name);
        Ok(())
    }
}
