//! Opening the store, and why it can't be: one line each, with the fix in it.

use scylla::errors::ExecutionError;

use crate::{
    config::Config,
    dialect::Server,
    migrate::{self, State},
    server::{Connected, connect},
    statements::Statements,
    store::ScyllaStore,
    undecided::Undecided,
};

/// Why the store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "no node of {nodes} answers as it should: {why}; start the server, or correct store.nodes (or store.user)"
    )]
    Unreachable { nodes: String, why: String },
    #[error("no node that answers is in data centre {0}: correct store.datacenter")]
    Datacenter(String),
    #[error("{0} is too old: use {wanted}", wanted = .0.dialect.wanted())]
    TooOld(Server),
    #[error(
        "key space {keyspace} has tablets, with which {server} can't do conditional writes: update it to 2025.4 or newer"
    )]
    Tablets { keyspace: String, server: Server },
    #[error("the keyspace {0:?} must start with a letter and be of a-z, 0-9 and _, 40 at most")]
    Keyspace(String),
    #[error("{server} is not migrated: {state}; run `hearthline migrate`")]
    NotMigrated { server: Server, state: String },
    #[error(
        "migration {missing} is missing though {found} was carried out: restore the key space from a backup made before"
    )]
    Skipped { missing: u32, found: u32 },
    #[error(
        "the tables were migrated to {found} by a newer hearthline, and this one knows {known}: use a binary that is as new"
    )]
    TooNew { found: u32, known: u32 },
    #[error(
        "another `hearthline migrate` is at it and has not ended in {waited_s} s: see what it does, then run it again"
    )]
    Locked { waited_s: u64 },
    #[error("the server refused {doing}: {why}; see its log, and whether its nodes agree on their schema")]
    Refused { doing: String, why: String },
}

impl OpenError {
    pub(crate) fn refused(doing: impl Into<String>, why: &ExecutionError) -> Self {
        Self::Refused { doing: doing.into(), why: why.to_string() }
    }

    /// Whether trying again later can help: nothing has to be changed but the server be there.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Locked { .. })
    }
}

impl ScyllaStore {
    /// Connects to a cluster that `migrate` has prepared.
    ///
    /// # Errors
    /// [`OpenError`], which names the fix.
    pub async fn open(config: &Config) -> Result<Self, OpenError> {
        let connected = connect(config).await?;
        let state = migrate::state(&connected).await?;
        if let Some(missing) = missing(&state) {
            return Err(OpenError::NotMigrated { server: connected.server, state: missing });
        }
        migrate::check_tablets(&connected).await?;
        let Connected { session, server, names } = connected;
        let statements = Statements::prepare(&session, &names).await;
        let statements = statements
            .map_err(|error| OpenError::Refused { doing: "statements".to_owned(), why: error.to_string() })?;
        Ok(Self { session, server, statements, undecided: Undecided::default() })
    }
}

/// What is missing, in words.
fn missing(state: &State) -> Option<String> {
    let known = migrate::known();
    match state {
        State::Absent { keyspace } => Some(format!("there is no key space {keyspace}")),
        State::At(at) if *at < known => Some(format!("it is at migration {at} of {known}")),
        State::At(_) => None,
    }
}
