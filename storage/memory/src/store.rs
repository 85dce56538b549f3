//! Rows in ordered maps behind one lock.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Discipline, KeyRange, Outcome, Partition, Row, Slice, Store, StoreError, Token, Write,
    check_clear, check_put, supersedes,
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, ops::Bound, sync::Arc};

/// A store in memory. Clones share one content: a clone taken by the next incarnation of a process finds what the last one
/// was answered for. Every operation happens at once, without waiting for anything.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    conditional: BTreeMap<Partition, Conditional>,
    stamped: BTreeMap<Partition, BTreeMap<Bytes, Stamped>>,
}

/// A partition of a conditional table.
struct Conditional {
    version: u64,
    token: Token,
    rows: BTreeMap<Bytes, Bytes>,
}

/// A row of a stamped table; without a value it was deleted, which late puts must not undo.
struct Stamped {
    stamp: u64,
    value: Option<Bytes>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every row there is, ordered: for tests that look for what must not be stored, or compare two stores.
    #[must_use]
    pub fn dump(&self) -> Vec<(Partition, Row)> {
        let content = self.0.lock();
        let conditional = content.conditional.iter().flat_map(|(partition, held)| {
            held.rows.iter().map(|(key, value)| (partition.clone(), row(key, value)))
        });
        let stamped = content.stamped.iter().flat_map(|(partition, rows)| {
            rows.iter().filter_map(|(key, held)| Some((partition.clone(), row(key, held.value.as_ref()?))))
        });
        let mut rows: Vec<_> = conditional.chain(stamped).collect();
        rows.sort_by(|(a, row_a), (b, row_b)| (a, &row_a.key).cmp(&(b, &row_b.key)));
        rows
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let content = self.0.lock();
        Ok(match partition.table.discipline() {
            Discipline::Conditional => read_conditional(content.conditional.get(partition), range),
            Discipline::Stamped => read_stamped(content.stamped.get(partition), range),
        })
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        commit.check()?;
        let mut content = self.0.lock();
        let version = content.conditional.get(&commit.partition).map_or(0, |held| held.version);
        if version != commit.expected {
            return Ok(Outcome::Conflict { version });
        }
        let held = content.conditional.entry(commit.partition).or_insert_with(Conditional::empty);
        held.version += 1;
        held.token = commit.token;
        for write in commit.writes {
            match write {
                Write::Put { key, value } => held.rows.insert(key, value),
                Write::Delete { key } => held.rows.remove(&key),
            };
        }
        Ok(Outcome::Applied)
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        check_put(partition, stamp, &writes)?;
        let mut content = self.0.lock();
        let rows = content.stamped.entry(partition.clone()).or_default();
        for write in writes {
            put_stamped(rows, stamp, write);
        }
        Ok(())
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        check_clear(partition)?;
        let mut content = self.0.lock();
        if let Some(rows) = content.stamped.get_mut(partition) {
            rows.retain(|key, _| !range.contains(key));
            if rows.is_empty() {
                content.stamped.remove(partition);
            }
        }
        Ok(())
    }
}

impl Conditional {
    const fn empty() -> Self {
        Self { version: 0, token: Token::NONE, rows: BTreeMap::new() }
    }
}

fn read_conditional(held: Option<&Conditional>, range: &KeyRange) -> Slice {
    let Some(held) = held else {
        return Slice { version: 0, token: Token::NONE, rows: Vec::new() };
    };
    let rows = in_range(&held.rows, range).map(|(key, value)| row(key, value)).take(range.limit).collect();
    Slice { version: held.version, token: held.token, rows }
}

fn read_stamped(rows: Option<&BTreeMap<Bytes, Stamped>>, range: &KeyRange) -> Slice {
    let rows = rows.into_iter().flat_map(|rows| in_range(rows, range));
    let living = rows.filter_map(|(key, held)| Some(row(key, held.value.as_ref()?)));
    Slice { version: 0, token: Token::NONE, rows: living.take(range.limit).collect() }
}

/// The part of a map that a range names. A range that ends before it starts names nothing (`BTreeMap` would panic).
fn in_range<'a, V>(
    rows: &'a BTreeMap<Bytes, V>,
    range: &'a KeyRange,
) -> impl Iterator<Item = (&'a Bytes, &'a V)> {
    let from = Bound::Included(range.from.clone());
    rows.range((from, Bound::Unbounded)).take_while(|(key, _)| range.contains(key))
}

fn put_stamped(rows: &mut BTreeMap<Bytes, Stamped>, stamp: u64, write: Write) {
    let (key, value) = match write {
        Write::Put { key, value } => (key, Some(value)),
        Write::Delete { key } => (key, None),
    };
    let change = (stamp, value.as_deref());
    if rows.get(&key).is_none_or(|held| supersedes(change, (held.stamp, held.value.as_deref()))) {
        rows.insert(key, Stamped { stamp, value });
    }
}

fn row(key: &Bytes, value: &Bytes) -> Row {
    Row { key: key.clone(), value: value.clone() }
}
