//! The memory backend keeps the contracts; so it does behind every wrapper that has no fault to make.

use async_trait::async_trait;
use hearthline_storage_api::{
    InboundStream, Store,
    conformance::{StoreSubject, StreamLimits, StreamSubject},
};
use hearthline_storage_memory::{
    Limits, MemoryStore, MemoryStream,
    faults::{Cut, Failing, Recorder, SeededDelays, Slow, Unknown, never},
};
use std::{sync::Arc, time::Duration};

const LIMITS: StreamLimits = StreamLimits { entry_bytes: 16 * 1024, total_bytes: 300_000 };

fn limits() -> Limits {
    Limits { total_bytes: LIMITS.total_bytes, entry_bytes: LIMITS.entry_bytes }
}

/// Content in memory. A restart is a new handle on a store, and a new session on a stream.
#[derive(Default)]
struct Bare {
    store: MemoryStore,
    stream: Option<MemoryStream>,
}

impl Bare {
    fn store() -> Self {
        Self::default()
    }

    fn stream() -> Self {
        Self { stream: Some(MemoryStream::new(limits())), ..Self::default() }
    }

    fn session(&self) -> Arc<dyn InboundStream> {
        Arc::new(self.stream.as_ref().expect("made with a stream").reopen())
    }
}

#[async_trait]
impl StoreSubject for Bare {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.store.clone())
    }
}

#[async_trait]
impl StreamSubject for Bare {
    async fn open(&self) -> Arc<dyn InboundStream> {
        self.session()
    }
    fn limits(&self) -> StreamLimits {
        LIMITS
    }
}

/// The same behind all wrappers. Delays let other tasks run and take no time.
struct Wrapped(Bare);

fn slow() -> Slow {
    Slow::new(SeededDelays::new(1, Duration::from_secs(1)), |_| tokio::task::yield_now())
}

#[async_trait]
impl StoreSubject for Wrapped {
    async fn open(&self) -> Arc<dyn Store> {
        let unknown = Unknown::new(never).store(slow().store(StoreSubject::open(&self.0).await));
        Recorder::new(10).store(Cut::new(never).store(Failing::new(never).store(unknown)))
    }
}

#[async_trait]
impl StreamSubject for Wrapped {
    async fn open(&self) -> Arc<dyn InboundStream> {
        let failing = Failing::new(never).stream(slow().stream(self.0.session()));
        Recorder::new(10).stream(Cut::new(never).stream(failing))
    }
    fn limits(&self) -> StreamLimits {
        LIMITS
    }
}

mod store {
    hearthline_storage_api::store_conformance!(super::super::Bare::store());
}

mod stream {
    hearthline_storage_api::stream_conformance!(super::super::Bare::stream());
}

mod wrapped_store {
    hearthline_storage_api::store_conformance!(super::super::Wrapped(super::super::Bare::store()));
}

mod wrapped_stream {
    hearthline_storage_api::stream_conformance!(super::super::Wrapped(super::super::Bare::stream()));
}

#[tokio::test]
async fn doc_4_files_in_memory_keep_the_contract() {
    let blobs = hearthline_storage_memory::MemoryBlobs::default();
    hearthline_storage_api::conformance::blobs::hold_to_the_contract(&blobs).await;
    assert_eq!(blobs.count(), 2);
}
