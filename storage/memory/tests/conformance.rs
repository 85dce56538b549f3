//! The memory backend keeps the contracts.

use async_trait::async_trait;
use hearthline_storage_api::{
    InboundStream, Store,
    conformance::{StoreSubject, StreamLimits, StreamSubject},
};
use hearthline_storage_memory::{Limits, MemoryStore, MemoryStream};
use std::sync::Arc;

/// A restart is a new handle on the same content.
struct InMemory(MemoryStore);

#[async_trait]
impl StoreSubject for InMemory {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
}

/// A restart is a new session on the same entries.
struct StreamInMemory(MemoryStream);

const LIMITS: StreamLimits = StreamLimits { entry_bytes: 16 * 1024, total_bytes: 300_000 };

#[async_trait]
impl StreamSubject for StreamInMemory {
    async fn open(&self) -> Arc<dyn InboundStream> {
        Arc::new(self.0.reopen())
    }
    fn limits(&self) -> StreamLimits {
        LIMITS
    }
}

fn stream() -> StreamInMemory {
    let limits = Limits { total_bytes: LIMITS.total_bytes, entry_bytes: LIMITS.entry_bytes };
    StreamInMemory(MemoryStream::new(limits))
}

mod store {
    use super::*;
    hearthline_storage_api::store_conformance!(InMemory(MemoryStore::new()));
}

mod stream {
    use super::*;
    hearthline_storage_api::stream_conformance!(super::stream());
}
