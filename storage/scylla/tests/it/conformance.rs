//! The contract's suite, unchanged. Each test has partitions of its own in one key space; a restart is a new session.

use async_trait::async_trait;
use hearthline_storage_api::{Store, conformance::StoreSubject};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::cluster::{Apart, open};

struct Subject {
    name: Vec<u8>,
}

fn subject() -> Subject {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Subject { name: NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes().to_vec() }
}

#[async_trait]
impl StoreSubject for Subject {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(Apart { inner: open().await, name: self.name.clone() })
    }
}

hearthline_storage_api::store_conformance!(subject());
