//! A group of requests that will share one sync: each is decided in order, against what is committed and what the ones
//! before it in the group will have changed.

use bytes::Bytes;
use hearthline_storage_api::{Commit, KeyRange, Outcome, Partition, StoreError, Write, supersedes};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::oneshot;

use super::{
    batch::RowWrite,
    keys::{Own, RowKeys, Stamped, own_key},
    tree::{Snapshot, Tree},
};

/// Deletions of a clear that go into one log record.
const CLEARED_AT_ONCE: usize = 4096;

/// Something to write.
#[derive(Debug)]
pub(super) enum Request {
    Commit {
        commit: Commit,
        answer: oneshot::Sender<Result<Outcome, StoreError>>,
    },
    Put {
        partition: Partition,
        stamp: u64,
        writes: Vec<Write>,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
    Clear {
        partition: Partition,
        range: KeyRange,
        answer: oneshot::Sender<Result<(), StoreError>>,
    },
}

/// What to answer once the group is durable.
#[derive(Debug)]
enum Answer {
    Commit(oneshot::Sender<Result<Outcome, StoreError>>, Result<Outcome, StoreError>),
    Done(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>),
}

/// What went wrong with a group, and so what its requests are told.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Nothing was written.
    Nothing(StoreError),
    /// It may be on disk.
    InDoubt(StoreError),
}

/// Decided requests.
pub(super) struct Group<'a> {
    tree: &'a Tree,
    before: Snapshot,
    /// What the group changes so far.
    changed: BTreeMap<Bytes, Option<Bytes>>,
    /// One for each request that writes, under its number.
    pub records: Vec<(u64, Vec<RowWrite>)>,
    answers: Vec<Answer>,
}

impl<'a> Group<'a> {
    pub fn new(tree: &'a Arc<Tree>) -> Self {
        Self {
            tree,
            before: tree.snapshot(),
            changed: BTreeMap::new(),
            records: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Decides one request.
    pub fn add(&mut self, request: Request) {
        let answer = match request {
            Request::Commit { commit, answer } => {
                let outcome = self.commit(&commit);
                Answer::Commit(answer, outcome)
            }
            Request::Put { partition, stamp, writes, answer } => {
                let done = self.put(&partition, stamp, writes);
                Answer::Done(answer, done)
            }
            Request::Clear { partition, range, answer } => {
                let done = self.clear(&partition, &range);
                Answer::Done(answer, done)
            }
        };
        self.answers.push(answer);
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        match self.changed.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.before.get(key),
        }
    }

    fn commit(&mut self, commit: &Commit) -> Result<Outcome, StoreError> {
        let own_key = own_key(&commit.partition)?;
        let rows = RowKeys::of(&commit.partition)?;
        let own = self.get(&own_key)?.map_or(Ok(Own::NONE), |bytes| Own::decode(&bytes))?;
        if own.version != commit.expected {
            return Ok(Outcome::Conflict { version: own.version });
        }
        let mut writes = Vec::with_capacity(commit.writes.len() + 1);
        for write in &commit.writes {
            writes.push(match write {
                Write::Put { key, value } => (rows.key(key)?, Some(value.clone())),
                Write::Delete { key } => (rows.key(key)?, None),
            });
        }
        writes.push((own_key, Some(Own { version: commit.expected + 1, token: commit.token }.encode())));
        self.record(writes);
        Ok(Outcome::Applied)
    }

    fn put(&mut self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        let rows = RowKeys::of(partition)?;
        let mut newer = Vec::with_capacity(writes.len());
        for write in writes {
            let key = rows.key(write.key())?;
            let latest = self.get(&key)?.map(|bytes| Stamped::decode(&bytes)).transpose()?;
            let value = match write {
                Write::Put { value, .. } => Some(value),
                Write::Delete { .. } => None,
            };
            let change = (stamp, value.as_deref());
            if latest.is_some_and(|latest| !supersedes(change, (latest.stamp, latest.value.as_deref()))) {
                continue;
            }
            newer.push((key, Some(Stamped { stamp, value }.encode())));
        }
        if !newer.is_empty() {
            self.record(newer);
        }
        Ok(())
    }

    fn clear(&mut self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        let Some((from, to)) = RowKeys::of(partition)?.range(range) else { return Ok(()) };
        let mut keys = Vec::new();
        for row in self.before.rows(&from, &to) {
            let (key, _) = row?;
            if self.changed.get(&key).is_none_or(Option::is_some) {
                keys.push(key);
            }
        }
        let added = self.changed.range(from..to).filter(|(_, value)| value.is_some());
        for (key, _) in added {
            if self.before.get(key)?.is_none() {
                keys.push(key.clone());
            }
        }
        for some in keys.chunks(CLEARED_AT_ONCE) {
            self.record(some.iter().map(|key| (key.clone(), None)).collect());
        }
        Ok(())
    }

    fn record(&mut self, writes: Vec<RowWrite>) {
        self.changed.extend(writes.iter().cloned());
        self.records.push((self.tree.next_number(), writes));
    }

    /// It is durable and visible.
    pub fn answer(self) {
        for answer in self.answers {
            match answer {
                // Whoever asked may be gone.
                Answer::Commit(to, outcome) => drop(to.send(outcome)),
                Answer::Done(to, done) => drop(to.send(done)),
            }
        }
    }

    /// It is not.
    pub fn fail(self, failure: &Failure) {
        for answer in self.answers {
            match (answer, failure) {
                (Answer::Commit(to, Ok(Outcome::Applied)), Failure::InDoubt(_)) => {
                    drop(to.send(Ok(Outcome::Unknown)))
                }
                (Answer::Commit(to, _), Failure::Nothing(error) | Failure::InDoubt(error)) => {
                    drop(to.send(Err(error.clone())));
                }
                (Answer::Done(to, _), Failure::Nothing(error) | Failure::InDoubt(error)) => {
                    drop(to.send(Err(error.clone())));
                }
            }
        }
    }
}

impl Request {
    /// Tells that nothing was done.
    pub fn refuse(self, error: StoreError) {
        match self {
            Self::Commit { answer, .. } => drop(answer.send(Err(error))),
            Self::Put { answer, .. } | Self::Clear { answer, .. } => drop(answer.send(Err(error))),
        }
    }
}
