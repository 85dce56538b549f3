//! The server of these tests, and stores on it.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{Commit, KeyRange, Outcome, Partition, Slice, Store, StoreError, Write};
use hearthline_storage_scylla::{Config, ScyllaStore, migrate};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// Where the server is.
pub fn nodes() -> Vec<String> {
    static NODES: OnceLock<String> = OnceLock::new();
    let nodes = NODES.get_or_init(|| hearthline_test_cql::shared().expect("a CQL server for tests"));
    nodes.split(',').map(str::to_owned).collect()
}

/// A key space that nobody else has: runs may share a server.
pub fn fresh_keyspace(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{what}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// How to reach a key space.
pub fn config(keyspace: String) -> Config {
    let mut config = Config::new(nodes());
    config.keyspace = keyspace;
    // The machine that runs tests may be building too.
    config.request_timeout = std::time::Duration::from_secs(30);
    config
}

/// One migrated key space for all tests that keep to partitions of their own.
pub fn migrated() -> &'static Config {
    static MIGRATED: OnceLock<Config> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let config = config(fresh_keyspace("it"));
        let migrating = config.clone();
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = std::thread::spawn(move || runtime().expect("a runtime").block_on(migrate(&migrating)));
        done.join().expect("migrating does not panic").expect("a new key space can be migrated");
        config
    })
}

/// A session of one's own on it.
pub async fn open() -> Arc<dyn Store> {
    Arc::new(ScyllaStore::open(migrated()).await.expect("it was migrated"))
}

/// A store whose partitions are nobody else's: a name before every key.
pub struct Apart {
    pub inner: Arc<dyn Store>,
    pub name: Vec<u8>,
}

impl Apart {
    fn place(&self, partition: &Partition) -> Partition {
        Partition { table: partition.table, key: Bytes::from([&self.name[..], &partition.key].concat()) }
    }
}

#[async_trait]
impl Store for Apart {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        self.inner.read(&self.place(partition), range).await
    }
    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        self.inner.commit(Commit { partition: self.place(&commit.partition), ..commit }).await
    }
    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        self.inner.put(&self.place(partition), stamp, writes).await
    }
    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        self.inner.clear(&self.place(partition), range).await
    }
}
