//! Migrations: numbered, forward only, one after the other. Each statement may be repeated, so that one that was cut short
//! is simply carried out again; each only adds, so that a running server is not disturbed; and a lock keeps two from doing
//! it at once. What is added here is added at the end, and stays as it is.
//!
//! Values stand in the text of a statement, and nothing is prepared: they are few, none comes from outside, and a server whose
//! room for prepared statements is used up drops one between its preparation and its use.

use futures::future::try_join;
use hearthline_storage_api::Table;
use scylla::{
    client::session::Session,
    errors::{DbError, ExecutionError, RequestAttemptError},
    statement::{Consistency, SerialConsistency, Statement},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

use crate::{
    config::Config,
    dialect::Server,
    open::OpenError,
    schema::{self, Names},
    server::{Connected, connect},
};

/// One step.
struct Migration {
    name: &'static str,
    /// What it makes.
    tables: &'static [Table],
    /// The lowest migration that a binary must know to go on running with this one carried out.
    needs: u32,
}

/// All of them; the first is number 1.
const MIGRATIONS: &[Migration] = &[
    Migration { name: "tables", tables: FIRST_TABLES, needs: 1 },
    Migration { name: "audit", tables: &[Table::Audit], needs: 1 },
    Migration { name: "attachments", tables: &[Table::Attachment], needs: 1 },
    Migration { name: "expiry", tables: &[Table::Expiry], needs: 1 },
    Migration { name: "turns", tables: &[Table::Turn], needs: 1 },
    Migration { name: "media", tables: MEDIA_TABLES, needs: 1 },
    Migration { name: "notices", tables: &[Table::Notice], needs: 1 },
    Migration { name: "connection_health", tables: &[Table::ConnectionHealth], needs: 1 },
    Migration { name: "apart", tables: &[Table::Apart], needs: 1 },
];

const FIRST_TABLES: &[Table] = &[
    Table::LeadCore,
    Table::HotLead,
    Table::Timeline,
    Table::Deck,
    Table::TimerDue,
    Table::InboundClaim,
    Table::OutboundRef,
    Table::Identity,
    Table::Directory,
    Table::OptOut,
    Table::Ownership,
    Table::TimerWatermark,
    Table::DeadLetter,
    Table::ReviewQueue,
    Table::Blob,
    Table::Tenant,
    Table::Team,
    Table::User,
    Table::UserEmail,
    Table::Session,
    Table::Connection,
    Table::Idempotency,
    Table::Roster,
    Table::Rollout,
    Table::TenantKey,
    Table::IngestKey,
    Table::LeadKey,
];

const MEDIA_TABLES: &[Table] = &[Table::Content, Table::MediaDue, Table::ContentKey];

/// How long the lock holds without being renewed, and how long another waits for it.
const LOCK_S: i32 = 60;
const WAIT: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(250);
/// Making a table may take long where nodes have to agree.
const SCHEMA_TIMEOUT: Duration = Duration::from_secs(60);

/// What `migrate` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    pub server: Server,
    /// Where the tables were before, and where they are now.
    pub from: u32,
    pub to: u32,
    /// Copies of everything, if the key spaces were made just now.
    pub replication: Option<usize>,
}

/// Where the tables are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no such key space, or no table of migrations in it.
    Absent {
        keyspace: String,
    },
    At(u32),
}

/// The last migration that this binary knows.
pub(crate) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("few migrations")
}

/// Makes what is missing, step by step. Two at once do no harm: one waits for the other.
///
/// # Errors
/// [`OpenError`], which names the fix. What was carried out stays, and the next run goes on from there.
pub async fn migrate(config: &Config) -> Result<Migrated, OpenError> {
    let connected = connect(config).await?;
    let made = make_key_spaces(&connected, config).await?;
    check_tablets(&connected).await?;
    let (session, names) = (&*connected.session, &connected.names);
    let lock = Lock { session, table: names.migrations(), holder: Uuid::new_v4().to_string() };
    lock.take().await?;
    let done = carry_out(&lock, names, &connected.server).await;
    lock.release().await;
    let (from, to) = done?;
    Ok(Migrated { server: connected.server, from, to, replication: made })
}

async fn carry_out(lock: &Lock<'_>, names: &Names, server: &Server) -> Result<(u32, u32), OpenError> {
    // Somebody else may have done it while we waited.
    let from = at(lock.session, names).await?;
    for (number, migration) in (1..).zip(MIGRATIONS).skip(from as usize) {
        for table in migration.tables {
            lock.renew().await?;
            let text = schema::create(names, *table, server.dialect);
            run(lock.session, &text, &format!("table {}", table.name())).await?;
        }
        lock.record(number, migration).await?;
        tracing::info!(number, name = migration.name, "migrated");
    }
    Ok((from, known().max(from)))
}

/// Where the tables are; an error if one was skipped, or they are too new.
pub(crate) async fn state(connected: &Connected) -> Result<State, OpenError> {
    let (session, names) = (&*connected.session, &connected.names);
    let asked = format!(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = '{}' AND table_name = 'schema_migration'",
        names.data
    );
    let found = session.query_unpaged(asked, ()).await;
    let found = found.map_err(|error| OpenError::refused("a look at its tables", &error))?;
    let rows = found.into_rows_result().map(|rows| rows.rows_num()).unwrap_or_default();
    if rows == 0 {
        return Ok(State::Absent { keyspace: names.data.clone() });
    }
    Ok(State::At(at(session, names).await?))
}

async fn at(session: &Session, names: &Names) -> Result<u32, OpenError> {
    let text = format!("SELECT number, needs FROM {} WHERE realm = 'schema'", names.migrations());
    let mut statement = Statement::new(text);
    statement.set_consistency(Consistency::LocalSerial);
    let answer = session.query_unpaged(statement, ()).await;
    let answer = answer.map_err(|error| OpenError::refused("a look at what was migrated", &error))?;
    let strange = |why: String| OpenError::Refused { doing: "a look at what was migrated".to_owned(), why };
    let rows = answer.into_rows_result().map_err(|error| strange(error.to_string()))?;
    let mut carried_out = Vec::new();
    for row in rows.rows::<(Option<i32>, Option<i32>)>().map_err(|error| strange(error.to_string()))? {
        // While the lock is held and nothing was recorded yet, there is a row of it alone.
        if let (Some(number), needs) = row.map_err(|error| strange(error.to_string()))? {
            carried_out.push((number.cast_unsigned(), needs.unwrap_or_default().cast_unsigned()));
        }
    }
    judge(&carried_out, known())
}

/// The last one of an unbroken row. A newer one is fine as long as it says that we can go on.
fn judge(carried_out: &[(u32, u32)], known: u32) -> Result<u32, OpenError> {
    for (expected, (number, needs)) in (1..).zip(carried_out) {
        if *number != expected {
            return Err(OpenError::Skipped { missing: expected, found: *number });
        }
        if *needs > known {
            return Err(OpenError::TooNew { found: *number, known });
        }
    }
    Ok(carried_out.last().map_or(0, |(number, _)| *number))
}

/// Makes both key spaces and the table of migrations, which may be there already. Answers the replication of new ones.
async fn make_key_spaces(connected: &Connected, config: &Config) -> Result<Option<usize>, OpenError> {
    let (session, names) = (&*connected.session, &connected.names);
    let absent = matches!(state(connected).await?, State::Absent { .. });
    if !absent {
        return Ok(None);
    }
    let (datacenter, nodes) = place(session, config).await?;
    let copies = config.replication.unwrap_or(nodes.clamp(1, 3));
    for keyspace in [&names.data, &names.keys] {
        let text = format!(
            "CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'NetworkTopologyStrategy', '{datacenter}': {copies}}}{}",
            connected.server.keyspace_options()
        );
        run(session, &text, &format!("key space {keyspace}")).await?;
    }
    let table = names.migrations();
    let text = format!(
        "CREATE TABLE IF NOT EXISTS {table} (realm text, number int, holder text STATIC, name text, needs int, \
         carried_out_at timestamp, PRIMARY KEY ((realm), number))"
    );
    run(session, &text, "the table of migrations").await?;
    Ok(Some(copies))
}

/// The data centre, and how many nodes it has.
async fn place(session: &Session, config: &Config) -> Result<(String, usize), OpenError> {
    let text = "SELECT data_center FROM system.local WHERE key = 'local'";
    let (local, peers) = try_join(
        session.query_unpaged(text, ()),
        session.query_unpaged("SELECT data_center FROM system.peers", ()),
    )
    .await
    .map_err(|error| OpenError::refused("a look at its nodes", &error))?;
    let mut nodes = Vec::new();
    for answer in [local, peers] {
        if let Ok(rows) = answer.into_rows_result()
            && let Ok(rows) = rows.rows::<(String,)>()
        {
            nodes.extend(rows.flatten().map(|(name,)| name));
        }
    }
    let ours = config.datacenter.clone().or_else(|| nodes.first().cloned()).unwrap_or_default();
    let count = nodes.iter().filter(|name| **name == ours).count();
    if count == 0 || ours.contains('\'') {
        let why =
            format!("no node is in data centre {ours:?}, there are {nodes:?}; correct store.datacenter");
        return Err(OpenError::Refused { doing: "a look at its nodes".to_owned(), why });
    }
    Ok((ours, count))
}

/// ScyllaDB before 2025.4 can't do conditional writes with tablets.
pub(crate) async fn check_tablets(connected: &Connected) -> Result<(), OpenError> {
    let Connected { session, server, names } = connected;
    if server.dialect == crate::Dialect::Cassandra || server.commits_with_tablets() {
        return Ok(());
    }
    for keyspace in [&names.data, &names.keys] {
        let text = format!(
            "SELECT initial_tablets FROM system_schema.scylla_keyspaces WHERE keyspace_name = '{keyspace}'"
        );
        let answer = session.query_unpaged(text, ()).await;
        let answer = answer.map_err(|error| OpenError::refused("a look at its key spaces", &error))?;
        let rows = answer.into_rows_result().ok();
        let tablets = rows.and_then(|rows| rows.maybe_first_row::<(Option<i32>,)>().ok().flatten());
        if tablets.is_some_and(|(initial,)| initial.is_some()) {
            return Err(OpenError::Tablets { keyspace: keyspace.clone(), server: server.clone() });
        }
    }
    Ok(())
}

async fn run(session: &Session, text: &str, doing: &str) -> Result<(), OpenError> {
    let mut statement = Statement::new(text);
    statement.set_request_timeout(Some(SCHEMA_TIMEOUT));
    statement.set_is_idempotent(true);
    match session.query_unpaged(statement, ()).await {
        Ok(_) => Ok(()),
        // Two that make it at once may both be told so, `IF NOT EXISTS` or not.
        Err(ExecutionError::LastAttemptError(RequestAttemptError::DbError(
            DbError::AlreadyExists { .. },
            _,
        ))) => Ok(()),
        Err(error) => Err(OpenError::refused(doing, &error)),
    }
}

/// The right to migrate, kept in the partition that says what was carried out.
struct Lock<'a> {
    session: &'a Session,
    table: String,
    holder: String,
}

impl Lock<'_> {
    /// Waits until nobody else has it.
    async fn take(&self) -> Result<(), OpenError> {
        let started = Instant::now();
        loop {
            let text = format!(
                "UPDATE {} USING TTL {LOCK_S} SET holder = '{}' WHERE realm = 'schema' IF holder = null",
                self.table, self.holder
            );
            if self.conditional(text).await? {
                return Ok(());
            }
            if started.elapsed() > WAIT {
                return Err(OpenError::Locked { waited_s: WAIT.as_secs() });
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Holds it for longer; an error if it was lost meanwhile.
    async fn renew(&self) -> Result<(), OpenError> {
        let text = format!(
            "UPDATE {0} USING TTL {LOCK_S} SET holder = '{1}' WHERE realm = 'schema' IF holder = '{1}'",
            self.table, self.holder
        );
        let ours = self.conditional(text).await?;
        if ours { Ok(()) } else { Err(OpenError::Locked { waited_s: 0 }) }
    }

    async fn record(&self, number: u32, migration: &Migration) -> Result<(), OpenError> {
        let text = format!(
            "INSERT INTO {} (realm, number, name, needs, carried_out_at) \
             VALUES ('schema', {number}, '{}', {}, toTimestamp(now())) IF NOT EXISTS",
            self.table, migration.name, migration.needs
        );
        self.conditional(text).await.map(|_| ())
    }

    /// It would end by itself, later.
    async fn release(&self) {
        let text = format!(
            "UPDATE {} SET holder = null WHERE realm = 'schema' IF holder = '{}'",
            self.table, self.holder
        );
        if let Err(error) = self.conditional(text).await {
            tracing::warn!(%error, "the lock of migrations stays for a minute");
        }
    }

    /// Whether the condition was true.
    async fn conditional(&self, text: String) -> Result<bool, OpenError> {
        let mut statement = Statement::new(text);
        statement.set_consistency(Consistency::LocalQuorum);
        statement.set_serial_consistency(Some(SerialConsistency::LocalSerial));
        let doing = "the lock of migrations";
        let answer = self.session.query_unpaged(statement, ()).await;
        let answer = answer.map_err(|error| OpenError::refused(doing, &error))?;
        let strange = |why: String| OpenError::Refused { doing: doing.to_owned(), why };
        let rows = answer.into_rows_result().map_err(|error| strange(error.to_string()))?;
        let applied = rows.column_specs().get_by_name("[applied]").map(|(index, _)| index);
        let row = rows.first_row::<scylla::value::Row>().map_err(|error| strange(error.to_string()))?;
        Ok(applied.and_then(|index| row.columns.get(index)?.as_ref()?.as_boolean()).unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_made_by_one_migration() {
        for table in Table::ALL {
            let made: Vec<_> =
                MIGRATIONS.iter().filter(|migration| migration.tables.contains(table)).collect();
            assert_eq!(made.len(), 1, "{} belongs into a migration, a new one at the end", table.name());
        }
    }

    #[test]
    fn a_skipped_migration_is_refused_and_a_newer_one_only_if_it_says_so() {
        assert_eq!(judge(&[], 2).ok(), Some(0));
        assert_eq!(judge(&[(1, 1), (2, 1)], 2).ok(), Some(2));
        assert_eq!(judge(&[(1, 1), (2, 1), (3, 2)], 2).ok(), Some(3));
        assert!(matches!(judge(&[(1, 1), (2, 1), (3, 3)], 2), Err(OpenError::TooNew { found: 3, known: 2 })));
        assert!(matches!(judge(&[(2, 1)], 2), Err(OpenError::Skipped { missing: 1, found: 2 })));
        assert!(matches!(judge(&[(1, 1), (3, 1)], 3), Err(OpenError::Skipped { missing: 2, found: 3 })));
    }
}
