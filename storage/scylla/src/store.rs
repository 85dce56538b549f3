//! The contract's four operations in CQL.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Discipline, KeyRange, MAX_STAMP, Outcome, Partition, Row, Slice, Store, StoreError, Token, Write,
    check_clear, check_put,
};
use scylla::{
    client::session::Session,
    deserialize::row::DeserializeRow,
    response::query_result::{QueryResult, QueryRowsResult},
    statement::prepared::PreparedStatement,
    value::Row as CqlRow,
};
use std::sync::Arc;

use crate::{
    dialect::Server,
    failure::{did_nothing, strange, unavailable},
    schema::KEY_PREFIX,
    statements::{Reads, Statements, conditional_batch, stamped_batch},
    undecided::Undecided,
    values::Cell,
};

/// What a clear is stamped with: above every put, and in the past.
const CLEARED: i64 = MAX_STAMP as i64 + 1;

/// A store on a cluster. Opened by [`ScyllaStore::open`](crate::ScyllaStore::open).
pub struct ScyllaStore {
    pub(crate) session: Arc<Session>,
    pub(crate) server: Server,
    pub(crate) statements: Statements,
    pub(crate) undecided: Undecided,
}

/// What a table of commits answers, row by row: version, token, key, value.
type CommittedRow = (Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

#[async_trait]
impl Store for ScyllaStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        match partition.table.discipline() {
            Discipline::Conditional => self.read_committed(partition, range).await,
            Discipline::Stamped => self.read_stamped(partition, range).await,
        }
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        commit.check()?;
        let statements = self.statements.commits(commit.partition.table);
        let part = part_of(&commit.partition);
        let mut batch = conditional_batch();
        let mut values = Vec::with_capacity(commit.writes.len() + 1);
        let token = commit.token.0.to_be_bytes();
        batch.append_statement(statements.version.clone());
        values.push(vec![
            Cell::Number(Some(commit.expected.wrapping_add(1).cast_signed())),
            Cell::Blob(&token),
            Cell::Blob(&part),
            Cell::Number((commit.expected > 0).then_some(commit.expected.cast_signed())),
        ]);
        for write in &commit.writes {
            let (statement, value) = match write {
                Write::Put { key, value } => {
                    (&statements.put, vec![Cell::Blob(&part), Cell::Blob(key), Cell::Blob(value)])
                }
                Write::Delete { key } => (&statements.delete, vec![Cell::Blob(&part), Cell::Blob(key)]),
            };
            batch.append_statement(statement.clone());
            values.push(value);
        }
        match self.session.batch(&batch, values).await {
            Ok(answer) => outcome(answer),
            Err(error) if did_nothing(&error) => Err(unavailable("committing", &error)),
            Err(error) => {
                tracing::debug!(table = commit.partition.table.name(), %error, "a commit's answer was lost");
                self.undecided.note(&commit.partition);
                Ok(Outcome::Unknown)
            }
        }
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        check_put(partition, stamp, &writes)?;
        if writes.is_empty() {
            return Ok(());
        }
        let statements = self.statements.stamps(partition.table);
        let part = part_of(partition);
        let stamp = Cell::Number(Some(stamp.cast_signed()));
        let mut batch = stamped_batch();
        let mut values = Vec::with_capacity(writes.len());
        for write in &writes {
            let (statement, value) = match write {
                Write::Put { key, value } => {
                    (&statements.put, vec![Cell::Blob(&part), Cell::Blob(key), Cell::Blob(value), stamp])
                }
                Write::Delete { key } => {
                    (&statements.delete, vec![stamp, Cell::Blob(&part), Cell::Blob(key)])
                }
            };
            batch.append_statement(statement.clone());
            values.push(value);
        }
        self.session.batch(&batch, values).await.map_err(|error| unavailable("putting", &error))?;
        Ok(())
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        check_clear(partition)?;
        let statements = self.statements.stamps(partition.table);
        let part = part_of(partition);
        let mut values = vec![Cell::Number(Some(CLEARED)), Cell::Blob(&part)];
        let statement = match (&range.to, range.from.is_empty()) {
            (None, true) => &statements.clear_all,
            (None, false) => {
                values.push(Cell::Blob(&range.from));
                &statements.clear_from
            }
            (Some(to), _) if *to <= range.from => return Ok(()),
            (Some(to), _) => {
                values.extend([Cell::Blob(&range.from), Cell::Blob(to)]);
                &statements.clear_from_to
            }
        };
        let done = self.session.execute_unpaged(statement, values).await;
        done.map_err(|error| unavailable("clearing", &error))?;
        Ok(())
    }
}

impl ScyllaStore {
    /// Which server answers.
    #[must_use]
    pub const fn server(&self) -> &Server {
        &self.server
    }

    async fn read_stamped(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let reads = &self.statements.stamps(partition.table).reads;
        let rows = match Query::of(reads, range) {
            None => Vec::new(),
            Some(query) => rows_of::<(Vec<u8>, Vec<u8>)>(&self.select(&query, partition).await?)?,
        };
        let rows =
            rows.into_iter().map(|(key, value)| Row { key: key.into(), value: value.into() }).collect();
        Ok(Slice { version: 0, token: Token::NONE, rows })
    }

    /// One statement where rows are found or the whole partition is asked for: version and rows of one moment. Where a range
    /// is empty, no row carries the version; then it is asked before and after, until it stays the same.
    async fn read_committed(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let serial = self.undecided.holds(partition);
        let statements = self.statements.commits(partition.table);
        let reads = if serial { &statements.serial } else { &statements.reads };
        let head = Query { statement: &reads.all, from: None, to: None, limit: 1 };
        let query = Query::of(reads, range).map(|query| query.with_the_next_row(reads));
        let mut before = None;
        let slice = loop {
            if let Some(query) = &query
                && let Some(slice) = self.committed(query, partition, range).await?
            {
                break slice;
            }
            let now = self.committed(&head, partition, range).await?;
            let now = now.map_or((0, Token::NONE), |slice| (slice.version, slice.token));
            if query.is_none() || now.0 == 0 || before == Some(now) {
                break Slice { version: now.0, token: now.1, rows: Vec::new() };
            }
            before = Some(now);
        };
        if serial {
            self.undecided.settle(partition);
        }
        Ok(slice)
    }

    /// What one statement says. `None`: it found no row at all, and so no version.
    async fn committed(
        &self,
        query: &Query<'_>,
        partition: &Partition,
        range: &KeyRange,
    ) -> Result<Option<Slice>, StoreError> {
        let found = rows_of::<CommittedRow>(&self.select(query, partition).await?)?;
        let Some((version, token, ..)) = found.first() else { return Ok(None) };
        let (version, token) = head_of(*version, token.as_deref())?;
        let rows = found.into_iter().filter_map(|(_, _, key, value)| {
            Some(Row { key: Bytes::from(key?), value: value.map(Bytes::from).unwrap_or_default() })
        });
        let rows = rows.filter(|row| range.contains(&row.key)).take(range.limit).collect();
        Ok(Some(Slice { version, token, rows }))
    }

    /// In one page: pages are of different moments.
    async fn select(&self, query: &Query<'_>, partition: &Partition) -> Result<QueryRowsResult, StoreError> {
        let part = part_of(partition);
        let mut values = vec![Cell::Blob(&part)];
        values.extend([query.from, query.to].into_iter().flatten().map(Cell::Blob));
        values.push(Cell::Limit(query.limit));
        let answer = self.session.execute_unpaged(query.statement, values).await;
        let answer = answer.map_err(|error| unavailable("reading", &error))?;
        answer.into_rows_result().map_err(|error| strange("reading", error))
    }
}

/// A statement for a range.
struct Query<'a> {
    statement: &'a PreparedStatement,
    from: Option<&'a [u8]>,
    to: Option<&'a [u8]>,
    limit: i32,
}

impl<'a> Query<'a> {
    /// `None`: the range holds nothing.
    fn of(reads: &'a Reads, range: &'a KeyRange) -> Option<Self> {
        let limit = i32::try_from(range.limit).unwrap_or(i32::MAX);
        if limit == 0 || range.to.as_ref().is_some_and(|to| *to <= range.from) {
            return None;
        }
        Some(match (&range.to, range.from.is_empty()) {
            (None, true) => Self { statement: &reads.all, from: None, to: None, limit },
            (None, false) => Self { statement: &reads.from, from: Some(&range.from), to: None, limit },
            (Some(to), _) => Self { statement: &reads.from_to, from: Some(&range.from), to: Some(to), limit },
        })
    }
}

impl<'a> Query<'a> {
    /// Asked for one row at most, it asks for the next one, in the range or behind it: that one tells the version, too.
    fn with_the_next_row(self, reads: &'a Reads) -> Self {
        match (self.limit, self.from, self.to) {
            (1, Some(from), Some(_)) => Self { statement: &reads.from, from: Some(from), to: None, limit: 1 },
            _ => self,
        }
    }
}

/// The key as it is stored.
fn part_of(partition: &Partition) -> Vec<u8> {
    [&[KEY_PREFIX], partition.key.as_ref()].concat()
}

fn rows_of<R>(answer: &QueryRowsResult) -> Result<Vec<R>, StoreError>
where
    R: for<'a> DeserializeRow<'a, 'a>,
{
    let rows = answer.rows::<R>().map_err(|error| strange("reading", error))?;
    rows.map(|row| row.map_err(|error| strange("reading", error))).collect()
}

fn head_of(version: Option<i64>, token: Option<&[u8]>) -> Result<(u64, Token), StoreError> {
    let (Some(version), Some(token)) = (version, token) else {
        return Err(StoreError::Corrupt("a row of a partition that was never committed to".to_owned()));
    };
    let token =
        token.try_into().map_err(|_| StoreError::Corrupt("a token that is not 16 bytes".to_owned()))?;
    Ok((version.cast_unsigned(), Token(u128::from_be_bytes(token))))
}

/// Reads the answer to a conditional batch by the names of its columns: Apache Cassandra leaves out columns that it has no
/// value for, and ScyllaDB answers one row a statement.
fn outcome(answer: QueryResult) -> Result<Outcome, StoreError> {
    let rows = answer.into_rows_result().map_err(|error| strange("committing", error))?;
    let named = |name: &str| rows.column_specs().get_by_name(name).map(|(index, _)| index);
    let applied = named("[applied]").ok_or_else(|| strange("committing", "no column [applied]"))?;
    let version = named("version");
    let mut conflict = 0;
    let mut all_applied = rows.rows_num() > 0;
    for row in rows_of::<CqlRow>(&rows)? {
        all_applied &= row.columns.get(applied).and_then(|cell| cell.as_ref()?.as_boolean()).unwrap_or(false);
        let found = version.and_then(|index| row.columns.get(index)?.as_ref()?.as_bigint());
        conflict = conflict.max(found.map_or(0, i64::cast_unsigned));
    }
    Ok(if all_applied { Outcome::Applied } else { Outcome::Conflict { version: conflict } })
}
