//! Where the servers are, and how long they may take.

use std::time::Duration;

/// How to reach a cluster, and what is ours on it.
#[derive(Clone)]
pub struct Config {
    /// `host:port` of some nodes; the others are found through them.
    pub nodes: Vec<String>,
    /// User and password, where the server asks for them.
    pub login: Option<(String, String)>,
    /// The key space of the data. Keys are in another one, named after it: `<keyspace>_keys`.
    pub keyspace: String,
    /// The data centre that this process is in; requests stay there. Without it, that of the node that answers first.
    pub datacenter: Option<String>,
    /// Copies of everything in the data centre. Only `migrate` reads it; without it, three, or as many as there are nodes.
    pub replication: Option<usize>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a request may take. Longer than the server's own limits (2 s for a conditional write), so that mostly the
    /// server says what happened.
    pub request_timeout: Duration,
    /// How long a connection may be silent before it is asked, and again before it is given up.
    pub silence: Duration,
}

impl Config {
    /// What suits a local cluster, on these nodes.
    #[must_use]
    pub fn new(nodes: Vec<String>) -> Self {
        Self {
            nodes,
            login: None,
            keyspace: "hearthline".to_owned(),
            datacenter: None,
            replication: None,
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_secs(4),
            silence: Duration::from_secs(2),
        }
    }

    /// The key space of the wrapped keys, apart from data so that backups of data hold none.
    pub(crate) fn keys_keyspace(&self) -> String {
        format!("{}_keys", self.keyspace)
    }
}
