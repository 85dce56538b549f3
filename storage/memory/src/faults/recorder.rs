//! What was asked and answered, as a trace that two runs of one seed must share.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Delivery, Group, InboundStream, KeyRange, Outcome, Partition, Position, Slice, Store, StoreError,
    StreamError, Write, keys::placement_hash,
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{Operation, Target, trace::Digest};

/// The kind of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answered {
    Done,
    Conflict,
    Unknown,
    Failed,
}

/// An operation that was answered. Holds digests, no content: fit to be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// How many were answered before it.
    pub number: u64,
    pub operation: Operation,
    pub target: Target,
    /// The partition's placement hash; of a stream, the position.
    pub place: u64,
    /// A digest of all that was asked, written values included.
    pub asked: u64,
    pub answered: Answered,
    /// A digest of what came back: versions, tokens, positions, and how many rows.
    pub answer: u64,
}

/// Records every answered operation of a store and a stream, in the order of the answers. What never answers leaves no
/// record. Clones record into one trace.
#[derive(Clone)]
pub struct Recorder(Arc<Mutex<Trace>>);

struct Trace {
    digest: Digest,
    count: u64,
    tally: BTreeMap<(Operation, Target, Answered), u64>,
    latest: VecDeque<Record>,
    kept: usize,
}

/// What an operation says of itself before it is answered.
#[derive(Clone, Copy)]
struct Asked {
    operation: Operation,
    target: Target,
    place: u64,
    digest: Digest,
}

impl Recorder {
    /// An empty trace that keeps the `kept` latest records for [`Recorder::latest`].
    #[must_use]
    pub fn new(kept: usize) -> Self {
        let (tally, latest) = (BTreeMap::new(), VecDeque::new());
        Self(Arc::new(Mutex::new(Trace { digest: Digest::START, count: 0, tally, latest, kept })))
    }

    /// The store with a record.
    #[must_use]
    pub fn store(&self, inner: Arc<dyn Store>) -> Arc<dyn Store> {
        Arc::new(RecordedStore { recorder: self.clone(), inner })
    }

    /// The stream with a record.
    #[must_use]
    pub fn stream(&self, inner: Arc<dyn InboundStream>) -> Arc<dyn InboundStream> {
        Arc::new(RecordedStream { recorder: self.clone(), inner })
    }

    /// The trace hash: equal for equal operations and answers in equal order.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.0.lock().digest.value()
    }

    /// How many operations were answered.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.lock().count
    }

    /// How many there were of each kind.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<(Operation, Target, Answered), u64> {
        self.0.lock().tally.clone()
    }

    /// The latest records, oldest first.
    #[must_use]
    pub fn latest(&self) -> Vec<Record> {
        self.0.lock().latest.iter().copied().collect()
    }

    fn record(&self, asked: Asked, answered: Answered, answer: Digest) {
        let mut trace = self.0.lock();
        let Asked { operation, target, place, digest } = asked;
        let record = Record {
            number: trace.count,
            operation,
            target,
            place,
            asked: digest.value(),
            answered,
            answer: answer.value(),
        };
        trace.digest = record.added_to(trace.digest);
        trace.count += 1;
        *trace.tally.entry((operation, target, answered)).or_default() += 1;
        trace.latest.push_back(record);
        if trace.latest.len() > trace.kept {
            trace.latest.pop_front();
        }
    }
}

impl Record {
    fn added_to(&self, digest: Digest) -> Digest {
        let target = match self.target {
            Target::Table(table) => table as u64,
            Target::Group(group) => 0x100 + u64::from(group.index()),
        };
        let kind = (self.operation as u64) << 32 | (self.answered as u64) << 16 | target;
        digest.number(kind).number(self.place).number(self.asked).number(self.answer)
    }
}

impl Asked {
    fn of_store(operation: Operation, partition: &Partition) -> Self {
        let place = placement_hash(&[&partition.key]);
        Self { operation, target: Target::Table(partition.table), place, digest: Digest::START }
    }

    const fn of_stream(operation: Operation, group: Group, position: u64) -> Self {
        Self { operation, target: Target::Group(group), place: position, digest: Digest::START }
    }

    fn with(self, add: impl FnOnce(Digest) -> Digest) -> Self {
        Self { digest: add(self.digest), ..self }
    }
}

/// The kind of an answer that is either there or an error.
const fn kind<T, E>(answer: &Result<T, E>) -> Answered {
    match answer {
        Ok(_) => Answered::Done,
        Err(_) => Answered::Failed,
    }
}

struct RecordedStore {
    recorder: Recorder,
    inner: Arc<dyn Store>,
}

#[async_trait]
impl Store for RecordedStore {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let asked = Asked::of_store(Operation::Read, partition).with(|digest| digest.range(range));
        let answer = self.inner.read(partition, range).await;
        let digest = answer.as_ref().map_or(Digest::START, |slice| {
            let token = Digest::START.number(slice.version).bytes(&slice.token.0.to_be_bytes());
            token.number(slice.rows.len() as u64)
        });
        self.recorder.record(asked, kind(&answer), digest);
        answer
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StoreError> {
        let asked = Asked::of_store(Operation::Commit, &commit.partition).with(|digest| {
            let token = digest.number(commit.expected).bytes(&commit.token.0.to_be_bytes());
            token.writes(&commit.writes)
        });
        let answer = self.inner.commit(commit).await;
        let (answered, digest) = match &answer {
            Ok(Outcome::Applied) => (Answered::Done, Digest::START),
            Ok(Outcome::Conflict { version }) => (Answered::Conflict, Digest::START.number(*version)),
            Ok(Outcome::Unknown) => (Answered::Unknown, Digest::START),
            Err(_) => (Answered::Failed, Digest::START),
        };
        self.recorder.record(asked, answered, digest);
        answer
    }

    async fn put(&self, partition: &Partition, stamp: u64, writes: Vec<Write>) -> Result<(), StoreError> {
        let asked =
            Asked::of_store(Operation::Put, partition).with(|digest| digest.number(stamp).writes(&writes));
        let answer = self.inner.put(partition, stamp, writes).await;
        self.recorder.record(asked, kind(&answer), Digest::START);
        answer
    }

    async fn clear(&self, partition: &Partition, range: &KeyRange) -> Result<(), StoreError> {
        let asked = Asked::of_store(Operation::Clear, partition).with(|digest| digest.range(range));
        let answer = self.inner.clear(partition, range).await;
        self.recorder.record(asked, kind(&answer), Digest::START);
        answer
    }
}

struct RecordedStream {
    recorder: Recorder,
    inner: Arc<dyn InboundStream>,
}

#[async_trait]
impl InboundStream for RecordedStream {
    async fn append(&self, group: Group, entry: Bytes) -> Result<Position, StreamError> {
        let asked = Asked::of_stream(Operation::Append, group, 0).with(|digest| digest.bytes(&entry));
        let answer = self.inner.append(group, entry).await;
        let place = answer.as_ref().map_or(0, |position| position.0);
        self.recorder.record(Asked { place, ..asked }, kind(&answer), Digest::START);
        answer
    }

    async fn next(&self, group: Group) -> Result<Delivery, StreamError> {
        let answer = self.inner.next(group).await;
        let (place, digest) = answer.as_ref().map_or((0, Digest::START), |delivery| {
            (delivery.position.0, Digest::START.bytes(&delivery.entry))
        });
        self.recorder.record(Asked::of_stream(Operation::Next, group, place), kind(&answer), digest);
        answer
    }

    async fn acknowledge(&self, group: Group, position: Position) -> Result<(), StreamError> {
        let answer = self.inner.acknowledge(group, position).await;
        let asked = Asked::of_stream(Operation::Acknowledge, group, position.0);
        self.recorder.record(asked, kind(&answer), Digest::START);
        answer
    }

    fn backlog(&self) -> u64 {
        self.inner.backlog()
    }

    fn backlog_of(&self, group: Group) -> u64 {
        self.inner.backlog_of(group)
    }
}
