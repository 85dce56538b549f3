//! The prepared statements of one table. Time-outs, consistency and what may be repeated are set here, once.
//!
//! Conditional writes and their read-backs are at `LOCAL_SERIAL`, everything else at `LOCAL_QUORUM`, which sees whatever was
//! answered before: a commit is answered once a quorum has it.

use futures::{TryFutureExt, future::try_join_all};
use hearthline_storage_api::{Discipline, Table};
use scylla::{
    client::session::Session,
    errors::PrepareError,
    policies::retry::{DefaultRetryPolicy, FallthroughRetryPolicy, RetryPolicy},
    statement::{
        Consistency, SerialConsistency, Statement, batch::Batch, batch::BatchType,
        prepared::PreparedStatement,
    },
};
use std::sync::Arc;

use crate::schema::Names;

/// What a table is read with. Each statement ends with a limit.
pub(crate) struct Reads {
    /// The whole partition. In a table of commits, this answers one row with nulls when there is a version and no row.
    pub all: PreparedStatement,
    pub from: PreparedStatement,
    pub from_to: PreparedStatement,
}

/// What a table of commits is written with.
pub(crate) struct Commits {
    pub reads: Reads,
    /// The same at `LOCAL_SERIAL`.
    pub serial: Reads,
    pub version: PreparedStatement,
    pub put: PreparedStatement,
    pub delete: PreparedStatement,
}

/// What a stamped table is written with.
pub(crate) struct Stamps {
    pub reads: Reads,
    pub put: PreparedStatement,
    pub delete: PreparedStatement,
    pub clear_all: PreparedStatement,
    pub clear_from: PreparedStatement,
    pub clear_from_to: PreparedStatement,
}

/// Every table's statements.
pub(crate) struct Statements(Vec<(Table, Kind)>);

enum Kind {
    Commits(Box<Commits>),
    Stamps(Box<Stamps>),
}

impl Statements {
    /// Prepares all of them.
    ///
    /// # Errors
    /// A table is missing or has another form, or the server went away.
    pub async fn prepare(session: &Session, names: &Names) -> Result<Self, PrepareError> {
        let tables = Table::ALL.iter().map(|table| async {
            let name = names.of(*table);
            let kind = match table.discipline() {
                Discipline::Conditional => Kind::Commits(Box::new(commits(session, &name).await?)),
                Discipline::Stamped => Kind::Stamps(Box::new(stamps(session, &name).await?)),
            };
            Ok::<_, PrepareError>((*table, kind))
        });
        Ok(Self(try_join_all(tables).await?))
    }

    /// Of a table of commits.
    pub fn commits(&self, table: Table) -> &Commits {
        match self.of(table) {
            Kind::Commits(commits) => commits,
            Kind::Stamps(_) => unreachable!("the discipline of a table decides which statements it has"),
        }
    }

    /// Of a stamped table.
    pub fn stamps(&self, table: Table) -> &Stamps {
        match self.of(table) {
            Kind::Stamps(stamps) => stamps,
            Kind::Commits(_) => unreachable!("the discipline of a table decides which statements it has"),
        }
    }

    fn of(&self, table: Table) -> &Kind {
        let found = self.0.iter().find(|(held, _)| *held == table);
        &found.expect("every table was prepared").1
    }
}

/// A batch in one partition, which needs no batch log, conditional or not.
pub(crate) fn batch() -> Batch {
    Batch::new(BatchType::Unlogged)
}

/// A conditional batch is sent once: whoever gets no answer reads back.
pub(crate) fn conditional_batch() -> Batch {
    let mut batch = batch();
    batch.set_consistency(Consistency::LocalQuorum);
    batch.set_serial_consistency(Some(SerialConsistency::LocalSerial));
    batch.set_is_idempotent(false);
    batch.set_retry_policy(Some(Arc::new(FallthroughRetryPolicy::new())));
    batch
}

/// A batch of stamped writes may be repeated.
pub(crate) fn stamped_batch() -> Batch {
    let mut batch = batch();
    batch.set_consistency(Consistency::LocalQuorum);
    batch.set_serial_consistency(None);
    batch.set_is_idempotent(true);
    batch
}

async fn commits(session: &Session, table: &str) -> Result<Commits, PrepareError> {
    let columns = "version, attempt, key, value";
    Ok(Commits {
        reads: reads(session, table, columns, Consistency::LocalQuorum).await?,
        serial: reads(session, table, columns, Consistency::LocalSerial).await?,
        version: in_batch(
            session,
            format!("UPDATE {table} SET version = ?, attempt = ? WHERE part = ? IF version = ?"),
        )
        .await?,
        put: in_batch(session, format!("INSERT INTO {table} (part, key, value) VALUES (?, ?, ?)")).await?,
        delete: in_batch(session, format!("DELETE FROM {table} WHERE part = ? AND key = ?")).await?,
    })
}

async fn stamps(session: &Session, table: &str) -> Result<Stamps, PrepareError> {
    let clear = |range: &str| {
        repeatable(session, format!("DELETE FROM {table} USING TIMESTAMP ? WHERE part = ?{range}"))
    };
    Ok(Stamps {
        reads: reads(session, table, "key, value", Consistency::LocalQuorum).await?,
        put: repeatable(
            session,
            format!("INSERT INTO {table} (part, key, value) VALUES (?, ?, ?) USING TIMESTAMP ?"),
        )
        .await?,
        delete: repeatable(
            session,
            format!("DELETE FROM {table} USING TIMESTAMP ? WHERE part = ? AND key = ?"),
        )
        .await?,
        clear_all: clear("").await?,
        clear_from: clear(" AND key >= ?").await?,
        clear_from_to: clear(" AND key >= ? AND key < ?").await?,
    })
}

async fn reads(
    session: &Session,
    table: &str,
    columns: &str,
    at: Consistency,
) -> Result<Reads, PrepareError> {
    let select = |range: &str| {
        repeatable(session, format!("SELECT {columns} FROM {table} WHERE part = ?{range} LIMIT ?")).map_ok(
            move |mut select| {
                select.set_consistency(at);
                select
            },
        )
    };
    Ok(Reads {
        all: select("").await?,
        from: select(" AND key >= ?").await?,
        from_to: select(" AND key >= ? AND key < ?").await?,
    })
}

/// What changes nothing, or the same when it is repeated.
async fn repeatable(session: &Session, text: String) -> Result<PreparedStatement, PrepareError> {
    let mut prepared = session.prepare(Statement::new(text)).await?;
    prepared.set_consistency(Consistency::LocalQuorum);
    prepared.set_is_idempotent(true);
    let policy: Arc<dyn RetryPolicy> = Arc::new(DefaultRetryPolicy::new());
    prepared.set_retry_policy(Some(policy));
    Ok(prepared)
}

/// What only stands in conditional batches, which decide about all else.
async fn in_batch(session: &Session, text: String) -> Result<PreparedStatement, PrepareError> {
    session.prepare(Statement::new(text)).await
}
