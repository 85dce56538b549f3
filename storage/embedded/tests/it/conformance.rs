//! The suites that every backend passes: once with the defaults, once with segments and memory so small that rows move to
//! tables and segments go all the time.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_engine::ids::{ContentId, TenantId};
use hearthline_storage_api::{
    BlobName, Blobs, InboundStream, Store, StoreError,
    conformance::{StoreSubject, StreamLimits, StreamSubject},
};
use hearthline_storage_embedded::{Config, DiskBlobs, Embedded, disk::RealDisk};
use std::sync::Arc;
use tempfile::TempDir;

const LIMITS: StreamLimits = StreamLimits { entry_bytes: 4096, total_bytes: 64 * 1024 };

struct Folder {
    config: Config,
    _folder: TempDir,
}

fn folder(shape: fn(&mut Config)) -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path());
    config.stream.max_entry_bytes = LIMITS.entry_bytes;
    config.stream.max_waiting_bytes = LIMITS.total_bytes;
    shape(&mut config);
    Folder { config, _folder: folder }
}

fn usual(_: &mut Config) {}

fn tiny(config: &mut Config) {
    config.store.memory_bytes = 8 * 1024;
    config.store.segment_bytes = 16 * 1024;
    config.store.cache_bytes = 16 * 1024;
    config.store.max_group_bytes = 1;
    config.stream.segment_bytes = 16 * 1024;
    config.stream.cache_bytes = 8 * 1024;
    config.stream.max_block_bytes = 1024;
    config.stream.ack_batch = 3;
}

#[async_trait]
impl StoreSubject for Folder {
    async fn open(&self) -> Arc<dyn Store> {
        Embedded::open(self.config.clone()).unwrap().0
    }
}

#[async_trait]
impl StreamSubject for Folder {
    async fn open(&self) -> Arc<dyn InboundStream> {
        Embedded::open(self.config.clone()).unwrap().1
    }
    fn limits(&self) -> StreamLimits {
        LIMITS
    }
}

mod store {
    use super::{folder, usual};
    hearthline_storage_api::store_conformance!(folder(usual));
}

mod tiny_store {
    use super::{folder, tiny};
    hearthline_storage_api::store_conformance!(folder(tiny));
}

mod stream {
    use super::{folder, usual};
    hearthline_storage_api::stream_conformance!(folder(usual));
}

mod tiny_stream {
    use super::{folder, tiny};
    hearthline_storage_api::stream_conformance!(folder(tiny));
}

#[tokio::test]
async fn doc_4_files_on_disk_are_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let open = || DiskBlobs::open(Arc::new(RealDisk), folder.path().join("blobs"), 0).unwrap();
    hearthline_storage_api::conformance::blobs::hold_to_the_contract(&open()).await;
    // What a crash left half written goes with the next start; what was answered stays.
    std::fs::write(folder.path().join("blobs/unfinished/7"), b"half of it").unwrap();
    let again = open();
    assert!(std::fs::read_dir(folder.path().join("blobs/unfinished")).unwrap().next().is_none());
    let name = BlobName { tenant: TenantId::from_bytes([2; 16]), content: ContentId::from_bytes([1; 16]) };
    assert_eq!(again.get(name).await, Ok(Some(Bytes::from_static(b"other"))));
    let full = DiskBlobs::open(Arc::new(RealDisk), folder.path().join("blobs"), u64::MAX).unwrap();
    assert!(matches!(full.put(name, Bytes::from_static(b"new")).await, Err(StoreError::Full(_))));
}
