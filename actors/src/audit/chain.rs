//! One chain's writer. Entries are gathered while a write is under way; those whose origin the chain knows are passed over.

use bytes::Bytes;
use hearthline_engine::time::Timestamp;
use hearthline_storage_api::{
    Commit, KeyRange, MAX_BATCH_BYTES, Settled, Write, commit_settled,
    rows::{
        audit::{
            ChainId, EntryRow, HEAD_ROW, HeadRow, Mark, Origin, Seen, Signer, entry_hash, entry_key,
            origin_key, origin_prefix, read_origin_key,
        },
        codec::{RowError, decode, encode},
    },
};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};
use tokio::sync::oneshot;

use super::{
    AuditPorts, Draft,
    register::{RegisterMsg, register},
    root::Latest,
};
use crate::points::Point;

/// Entries that belong together, and who waits for them.
pub(crate) struct Append {
    pub drafts: Vec<Draft>,
    pub reply: oneshot::Sender<Result<(), RowError>>,
}

pub(crate) enum ChainMsg {
    Append(Append),
    /// The write that was under way has its answer.
    Written(Result<(), RowError>),
}

pub(crate) struct ChainActor;

pub(crate) struct ChainStart {
    pub ports: Arc<AuditPorts>,
    pub chain: ChainId,
    pub epoch: u64,
    pub register: ActorRef<RegisterMsg>,
    pub latest: Latest,
}

pub(crate) struct ChainState {
    start: ChainStart,
    signer: Signer,
    /// None until it is read, and after a write that may or may not stand.
    end: Option<End>,
    waiting: VecDeque<Append>,
    writing: Option<Writing>,
}

/// Where the chain ends.
#[derive(Clone, Copy)]
struct End {
    mark: Mark,
    recorded_at: Timestamp,
    /// The highest that wrote here.
    epoch: u64,
    /// Of the partition.
    version: u64,
    /// The register knows of it.
    registered: bool,
}

/// What is being made durable, and who waits for it.
struct Writing {
    end: End,
    done: Vec<oneshot::Sender<Result<(), RowError>>>,
    /// The part of an append that did not fit.
    rest: Option<Append>,
}

/// Entries of one write.
const GATHERED: usize = 64;
/// Room for them: one entry is smaller than what is left of a batch.
const BATCH_BYTES: usize = MAX_BATCH_BYTES - 12 * 1024;

impl Actor for ChainActor {
    type Msg = ChainMsg;
    type State = ChainState;
    type Arguments = ChainStart;

    async fn pre_start(
        &self,
        _: ActorRef<ChainMsg>,
        start: ChainStart,
    ) -> Result<ChainState, ActorProcessingErr> {
        let signer = Signer::of(&*start.ports.keyring);
        Ok(ChainState { start, signer, end: None, waiting: VecDeque::new(), writing: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<ChainMsg>,
        message: ChainMsg,
        state: &mut ChainState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            ChainMsg::Append(append) => state.waiting.push_back(append),
            ChainMsg::Written(outcome) => state.written(outcome),
        }
        while state.writing.is_none() && !state.waiting.is_empty() {
            if let Err(error) = state.write(&myself).await {
                state.end = None;
                state.waiting.drain(..).for_each(|append| drop(append.reply.send(Err(error.clone()))));
            }
        }
        Ok(())
    }
}

impl ChainState {
    async fn end(&mut self) -> Result<End, RowError> {
        if let Some(end) = self.end {
            return Ok(end);
        }
        let partition = self.start.chain.partition();
        let slice = self.start.ports.store.read(&partition, &KeyRange::exactly(HEAD_ROW)).await?;
        let end = match slice.rows.first() {
            Some(row) => {
                let head: HeadRow = decode("audit", &row.value)?;
                End {
                    mark: head.mark,
                    recorded_at: head.recorded_at,
                    epoch: head.epoch.max(self.start.epoch),
                    version: slice.version,
                    registered: false,
                }
            }
            None => End {
                mark: Mark::START,
                recorded_at: Timestamp::default(),
                epoch: self.start.epoch,
                version: slice.version,
                registered: true,
            },
        };
        self.end = Some(end);
        Ok(end)
    }

    /// Starts a write of what is waiting. What the chain holds already is answered once the register knows of it.
    async fn write(&mut self, myself: &ActorRef<ChainMsg>) -> Result<(), RowError> {
        let before = self.end().await?;
        let mut batch = Batch::behind(&self.start, before);
        let (mut done, mut rest) = (Vec::new(), None);
        while let Some(append) = self.waiting.front() {
            let known = self.known(append).await?;
            let Some(Append { drafts, reply }) = self.waiting.pop_front() else { break };
            let left = batch.take(drafts, &known);
            if left.is_empty() {
                done.push(reply);
            } else {
                rest = Some(Append { drafts: left, reply });
            }
            if rest.is_some() || batch.is_full() {
                break;
            }
        }
        if batch.writes.is_empty() && before.registered {
            done.into_iter().for_each(|reply| drop(reply.send(Ok(()))));
            return Ok(());
        }
        let (end, commit) = batch.finish(&self.signer);
        self.writing = Some(Writing { end, done, rest });
        let (ports, chain) = (Arc::clone(&self.start.ports), self.start.chain);
        let (books, latest, myself) =
            (self.start.register.clone(), Arc::clone(&self.start.latest), myself.clone());
        tokio::spawn(async move {
            let outcome = make_durable(&ports, commit, &books, chain, end.mark).await;
            if outcome.is_ok() {
                latest.lock().insert(chain.tenant, (chain, end.mark));
            }
            let _ = myself.cast(ChainMsg::Written(outcome));
        });
        Ok(())
    }

    /// Which origins of an append the chain holds already.
    async fn known(&self, append: &Append) -> Result<BTreeSet<Origin>, RowError> {
        let commits: BTreeSet<(uuid::Uuid, u64)> =
            append.drafts.iter().map(|draft| (draft.origin.id, draft.origin.version)).collect();
        let mut known = BTreeSet::new();
        for (id, version) in commits {
            let range = KeyRange::prefix(&origin_prefix(id, version));
            let slice = self.start.ports.store.read(&self.start.chain.partition(), &range).await?;
            for row in &slice.rows {
                known.insert(read_origin_key(&row.key)?);
            }
        }
        Ok(known)
    }

    fn written(&mut self, outcome: Result<(), RowError>) {
        let Some(Writing { end, done, rest }) = self.writing.take() else { return };
        match outcome {
            Ok(()) => {
                // A writer whose epoch is over keeps nothing in memory: the chain is another one's now.
                let owned = end.epoch == self.start.epoch;
                self.end = owned.then_some(End { registered: true, ..end });
                done.into_iter().for_each(|reply| drop(reply.send(Ok(()))));
                // What is left of an append goes first.
                if let Some(rest) = rest {
                    self.waiting.push_front(rest);
                }
            }
            Err(error) => {
                // Whether it was written or not, the next write reads the chain again.
                self.end = None;
                let replies = done.into_iter().chain(rest.map(|append| append.reply));
                replies.for_each(|reply| drop(reply.send(Err(error.clone()))));
            }
        }
    }
}

/// The chain first, then the register; only then is anybody answered.
async fn make_durable(
    ports: &AuditPorts,
    commit: Option<Commit>,
    books: &ActorRef<RegisterMsg>,
    chain: ChainId,
    mark: Mark,
) -> Result<(), RowError> {
    if let Some(commit) = commit {
        let commit = Commit { token: ports.random.token(), ..commit };
        match commit_settled(&*ports.store, commit).await? {
            Settled::Applied => ports.points.reach(Point::AuditAppended).await,
            Settled::Conflict { .. } => return Err(RowError::Contended("audit")),
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    register(books, chain, mark).await
}

/// Entries in the making, each with its hash.
struct Batch<'a> {
    start: &'a ChainStart,
    now: Timestamp,
    before: End,
    mark: Mark,
    seen: Option<Seen>,
    taken: BTreeSet<Origin>,
    writes: Vec<Write>,
    bytes: usize,
}

impl<'a> Batch<'a> {
    fn behind(start: &'a ChainStart, before: End) -> Self {
        let other = start.latest.lock().get(&start.chain.tenant).copied();
        let other = other.filter(|(chain, _)| *chain != start.chain);
        Self {
            start,
            now: start.ports.clock.now().max(before.recorded_at),
            before,
            mark: before.mark,
            seen: other.map(|(chain, mark)| Seen { month: chain.month, shard: chain.shard, mark }),
            taken: BTreeSet::new(),
            writes: Vec::new(),
            bytes: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.taken.len() >= GATHERED || self.bytes >= BATCH_BYTES
    }

    /// Takes drafts in their order; answers with those that do not fit.
    fn take(&mut self, drafts: Vec<Draft>, known: &BTreeSet<Origin>) -> Vec<Draft> {
        let mut left = drafts.into_iter();
        for draft in left.by_ref() {
            if known.contains(&draft.origin) || self.taken.contains(&draft.origin) {
                continue;
            }
            self.add(draft);
            if self.is_full() {
                break;
            }
        }
        left.collect()
    }

    fn add(&mut self, draft: Draft) {
        let Draft { origin, at, actor, subject, action, fields, sealed } = draft;
        let seq = self.mark.count + 1;
        let (recorded_at, seen) = (self.now, self.seen.take());
        let hash = [0; 32];
        let mut row =
            EntryRow { seq, origin, at, recorded_at, actor, subject, action, fields, sealed, seen, hash };
        row.hash = entry_hash(&self.start.chain, &self.mark.hash, &row);
        self.mark = Mark { count: seq, hash: row.hash };
        let entry = Write::Put { key: entry_key(seq), value: encode(&row).into() };
        let mark = Write::Put { key: origin_key(&origin), value: encode(&seq).into() };
        self.bytes += entry.size_bytes() + mark.size_bytes();
        self.taken.insert(origin);
        self.writes.extend([entry, mark]);
    }

    /// The new end, and the commit that makes it; none when nothing is new. Its token is made when it is sent.
    fn finish(mut self, signer: &Signer) -> (End, Option<Commit>) {
        if self.writes.is_empty() {
            return (self.before, None);
        }
        let unsigned =
            HeadRow { mark: self.mark, epoch: self.before.epoch, recorded_at: self.now, mac: [0; 32] };
        let head = signer.head(&self.start.chain, unsigned);
        let value = encode(&head).into();
        self.writes.push(Write::Put { key: Bytes::from_static(HEAD_ROW), value });
        let commit = Commit {
            partition: self.start.chain.partition(),
            expected: self.before.version,
            token: hearthline_storage_api::Token::NONE,
            writes: self.writes,
        };
        let end = End {
            mark: self.mark,
            recorded_at: self.now,
            epoch: self.before.epoch,
            version: self.before.version + 1,
            registered: false,
        };
        (end, Some(commit))
    }
}
