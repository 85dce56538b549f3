//! Reaching the cluster, and asking what it is.

use scylla::{
    client::{execution_profile::ExecutionProfile, session::Session, session_builder::SessionBuilder},
    errors::{DbError, ExecutionError, RequestAttemptError},
    policies::load_balancing::DefaultPolicy,
};
use std::{fmt::Display, sync::Arc};

use crate::{
    config::Config,
    dialect::{Dialect, Server},
    open::OpenError,
    schema::Names,
};

/// A session on a server that is new enough.
pub(crate) struct Connected {
    pub session: Arc<Session>,
    pub server: Server,
    pub names: Names,
}

/// Connects, and checks product and version.
pub(crate) async fn connect(config: &Config) -> Result<Connected, OpenError> {
    let names = names(config)?;
    let session = session(config).await.map_err(|error| unreachable(config, error))?;
    let server = server(&session).await.map_err(|error| match (error, &config.datacenter) {
        // Nodes answer, and none of them may be asked.
        (ExecutionError::EmptyPlan, Some(datacenter)) => OpenError::Datacenter(datacenter.clone()),
        (error, _) => unreachable(config, error),
    })?;
    if !server.is_new_enough() {
        return Err(OpenError::TooOld(server));
    }
    Ok(Connected { session: Arc::new(session), server, names })
}

fn unreachable(config: &Config, error: impl Display) -> OpenError {
    OpenError::Unreachable { nodes: config.nodes.join(", "), why: error.to_string() }
}

async fn session(config: &Config) -> Result<Session, scylla::errors::NewSessionError> {
    let mut balancing = DefaultPolicy::builder().token_aware(true);
    if let Some(datacenter) = &config.datacenter {
        balancing = balancing.prefer_datacenter(datacenter.clone()).permit_dc_failover(false);
    }
    let profile = ExecutionProfile::builder()
        .request_timeout(Some(config.request_timeout))
        .load_balancing_policy(balancing.build())
        .build();
    let mut builder = SessionBuilder::new()
        .known_nodes(&config.nodes)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(config.connect_timeout)
        .keepalive_interval(config.silence)
        .keepalive_timeout(config.silence)
        .keyspaces_to_fetch([config.keyspace.clone(), config.keys_keyspace()])
        .fetch_full_schema_metadata(false);
    if let Some((user, password)) = &config.login {
        builder = builder.user(user, password);
    }
    builder.build().await
}

/// ScyllaDB has a table that Apache Cassandra has not.
async fn server(session: &Session) -> Result<Server, ExecutionError> {
    let asked = session.query_unpaged("SELECT version FROM system.versions WHERE key = 'local'", ()).await;
    match asked {
        Ok(answer) => Ok(Server { dialect: Dialect::Scylla, version: first_text(answer) }),
        Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(
            DbError::Invalid | DbError::ConfigError,
            _,
        ))) => {
            let asked = session
                .query_unpaged("SELECT release_version FROM system.local WHERE key = 'local'", ())
                .await;
            Ok(Server { dialect: Dialect::Cassandra, version: first_text(asked?) })
        }
        Err(error) => Err(error),
    }
}

/// The first column of the first row; empty if there is none.
fn first_text(answer: scylla::response::query_result::QueryResult) -> String {
    let rows = answer.into_rows_result().ok();
    rows.and_then(|rows| rows.first_row::<(String,)>().ok()).map(|(text,)| text).unwrap_or_default()
}

/// Names go into statements as they are, so they are of letters, digits and underscores.
fn names(config: &Config) -> Result<Names, OpenError> {
    let name = &config.keyspace;
    let starts = name.chars().next().is_some_and(|first| first.is_ascii_lowercase());
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !starts || !plain || name.len() > 40 {
        return Err(OpenError::Keyspace(name.clone()));
    }
    Ok(Names { data: name.clone(), keys: config.keys_keyspace() })
}
