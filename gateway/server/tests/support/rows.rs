//! Where the servers of a test run keep their rows: on disk; or, with `HEARTHLINE_TEST_STORE=scylla`, on a CQL server, each in
//! key spaces of its own. The tests are the same.

use std::{
    path::Path,
    sync::atomic::{AtomicU16, Ordering},
};

use super::{Options, run_to_end};

/// A place on a CQL server.
#[derive(Clone, Debug)]
pub struct Cql {
    pub nodes: String,
    pub keyspace: String,
}

impl Cql {
    /// A new place on that server, with nothing in it.
    pub fn on(nodes: String) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let keyspace = format!("t_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { nodes, keyspace }
    }

    /// A place for one more server of this run, if it is one on a CQL server.
    pub async fn of_this_run() -> Option<Self> {
        if std::env::var("HEARTHLINE_TEST_STORE").ok()? != "scylla" {
            return None;
        }
        let nodes = tokio::task::spawn_blocking(hearthline_test_cql::shared).await.expect("no panic");
        Some(Self::on(nodes.expect("a CQL server for tests")))
    }

    /// The keys of the configuration that lead there.
    pub fn options(&self) -> Options {
        Options::default()
            .set("store.kind", "scylla")
            .set("store.nodes", &self.nodes)
            .set("store.keyspace", &self.keyspace)
    }

    /// Runs `hearthline migrate`, which must work.
    pub async fn migrate(&self, folder: &Path) {
        let ended = run_to_end(&["migrate"], &self.options().pairs(), folder).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}
