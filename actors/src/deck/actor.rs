//! Projections are gathered while a write is under way, so that a burst of leads costs a few writes, not one each.

use futures::{StreamExt, stream};
use hearthline_engine::{
    deck::LeadCards,
    ids::{TenantId, UserId},
};
use hearthline_storage_api::{
    Commit, DataKey, KeyRange, MAX_BATCH_BYTES, Settled, Write, commit_settled,
    rows::{
        codec::{RowError, decode, open_row},
        deck::{DeckMeta, DeckRow, META_ROW, partition, read_card_key},
        lead::LeadRef,
    },
};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    Attached, DeckDelta, DeckPosition,
    book::{Book, Draft, Entry},
};
use crate::{observe::DeckObservation, ports::Ports};

/// A lead's cards on their way into a deck.
pub(crate) struct Projection {
    pub cards: LeadCards,
    pub key: Arc<dyn DataKey>,
    pub reply: oneshot::Sender<Result<u64, RowError>>,
}

pub(crate) enum DeckMsg {
    Observe(oneshot::Sender<DeckObservation>),
    Project(Box<Projection>),
    Attach(Option<DeckPosition>, oneshot::Sender<Result<Attached, RowError>>),
    /// The write that was under way has its answer.
    Written(Result<Settled, RowError>),
}

pub(crate) struct DeckActor;

pub(crate) struct DeckState {
    ports: Arc<Ports>,
    tenant: TenantId,
    user: UserId,
    /// The deck and its partition's version; none until it is read.
    book: Option<(Book, u64)>,
    /// The offset up to which the feed has been told, or up to which attaching tells.
    told: Option<u64>,
    waiting: VecDeque<Projection>,
    writing: Option<Writing>,
}

/// A draft that is being made durable, and who waits for it.
struct Writing {
    draft: Draft,
    replies: Vec<oneshot::Sender<Result<u64, RowError>>>,
}

/// How many projections one delta gathers at most.
const GATHERED: usize = 64;
/// Tombstones purged by one write.
const PURGED: usize = 64;
/// Room that a draft leaves in a batch: one lead's cards are smaller than this.
const DRAFT_BYTES: usize = MAX_BATCH_BYTES - 12 * 1024;

impl Actor for DeckActor {
    type Msg = DeckMsg;
    type State = DeckState;
    type Arguments = (Arc<Ports>, TenantId, UserId);

    async fn pre_start(
        &self,
        _: ActorRef<DeckMsg>,
        (ports, tenant, user): (Arc<Ports>, TenantId, UserId),
    ) -> Result<DeckState, ActorProcessingErr> {
        Ok(DeckState { ports, tenant, user, book: None, told: None, waiting: VecDeque::new(), writing: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<DeckMsg>,
        message: DeckMsg,
        state: &mut DeckState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            DeckMsg::Project(projection) => state.waiting.push_back(*projection),
            DeckMsg::Attach(from, reply) => {
                let attached = state.ensure_read().await.map(|()| state.attach(from));
                let _ = reply.send(attached.and_then(|attached| attached));
            }
            DeckMsg::Written(outcome) => state.written(outcome),
            DeckMsg::Observe(reply) => drop(reply.send(state.observe())),
        }
        while state.writing.is_none() && !state.waiting.is_empty() {
            state.write(&myself).await;
        }
        Ok(())
    }
}

impl DeckState {
    fn attach(&self, from: Option<DeckPosition>) -> Result<Attached, RowError> {
        self.book.as_ref().map(|(book, _)| book.attach(from)).ok_or(RowError::Contended("deck"))
    }

    async fn ensure_read(&mut self) -> Result<(), RowError> {
        if self.book.is_none() {
            let (book, version) = read(&self.ports, self.tenant, self.user).await?;
            self.tell_what_was_missed(&book);
            self.book = Some((book, version));
        }
        Ok(())
    }

    /// A write whose answer was lost may stand after all, and a repeated projection then changes nothing: pages hear of it
    /// here or never.
    fn tell_what_was_missed(&mut self, book: &Book) {
        let position = book.position();
        let Some(prev) = self.told.replace(position.offset).filter(|told| *told < position.offset) else {
            return;
        };
        let ops = book.changed_after(prev);
        self.ports.feed.changed(self.tenant, self.user, DeckDelta { position, prev, ops });
    }

    /// Starts a write of what is waiting; what changes nothing is answered at once.
    async fn write(&mut self, myself: &ActorRef<DeckMsg>) {
        if let Err(error) = self.ensure_read().await {
            self.refuse_all(&error);
            return;
        }
        let Some((book, version)) = &self.book else { return };
        let now = self.ports.clock.now();
        let mut draft = Draft::new();
        let mut replies = Vec::new();
        let mut size = 0;
        while let Some(projection) = self.waiting.pop_front() {
            book.draft(&mut draft, &projection.cards, &projection.key, now);
            replies.push(projection.reply);
            size += projection.cards.cards.len().max(1) * 1_024;
            if replies.len() >= GATHERED || size > DRAFT_BYTES {
                break;
            }
        }
        book.draft_purge(&mut draft, now, PURGED);
        if draft.is_empty() {
            let offset = book.offset();
            replies.into_iter().for_each(|reply| drop(reply.send(Ok(offset))));
            return;
        }
        let commit = Commit {
            partition: partition(self.tenant, self.user),
            expected: *version,
            token: self.ports.random.token(),
            writes: book.writes(self.tenant, &draft),
        };
        self.writing = Some(Writing { draft, replies });
        let (ports, myself) = (Arc::clone(&self.ports), myself.clone());
        tokio::spawn(async move {
            let outcome = commit_settled(&*ports.store, commit).await.map_err(RowError::from);
            let _ = myself.cast(DeckMsg::Written(outcome));
        });
    }

    fn written(&mut self, outcome: Result<Settled, RowError>) {
        let Some(Writing { draft, replies }) = self.writing.take() else { return };
        let error = match outcome {
            Ok(Settled::Applied) => return self.applied(draft, replies),
            Ok(Settled::Conflict { .. }) => RowError::Contended("deck"),
            Ok(Settled::Unresolved(error)) => error.into(),
            Err(error) => error,
        };
        // Whether it was written or not, the next projection reads the deck again.
        self.book = None;
        replies.into_iter().for_each(|reply| drop(reply.send(Err(error.clone()))));
    }

    fn applied(&mut self, draft: Draft, replies: Vec<oneshot::Sender<Result<u64, RowError>>>) {
        let Some((book, version)) = &mut self.book else { return };
        *version += 1;
        let prev = book.offset();
        let ops = book.install(draft);
        let position = book.position();
        self.told = Some(position.offset);
        if !ops.is_empty() {
            self.ports.feed.changed(self.tenant, self.user, DeckDelta { position, prev, ops });
        }
        replies.into_iter().for_each(|reply| drop(reply.send(Ok(position.offset))));
    }

    fn observe(&self) -> DeckObservation {
        let book = self.book.as_ref().map(|(book, _)| book);
        DeckObservation {
            tenant: self.tenant,
            user: self.user,
            offset: book.map(Book::offset),
            cards: book.map_or(0, Book::open_cards),
            waiting: self.waiting.len(),
        }
    }

    fn refuse_all(&mut self, error: &RowError) {
        self.waiting.drain(..).for_each(|projection| drop(projection.reply.send(Err(error.clone()))));
    }
}

/// Reads a deck; one that was never written gets its epoch with its first write.
async fn read(ports: &Ports, tenant: TenantId, user: UserId) -> Result<(Book, u64), RowError> {
    let slice = ports.store.read(&partition(tenant, user), &KeyRange::all()).await?;
    let mut rows = slice.rows.into_iter();
    let Some(meta) = rows.next().filter(|row| row.key == META_ROW) else {
        return begin(ports, tenant, user, slice.version).await;
    };
    let mut book = Book::new(decode::<DeckMeta>("deck", &meta.value)?);
    let entries: Vec<Result<_, RowError>> = stream::iter(rows)
        .map(|row| async move {
            let (lead, task) = read_card_key(&row.key)?;
            let key = ports.keyring.lead_key(tenant, lead).await?;
            let place = LeadRef { tenant, lead };
            let row: DeckRow = open_row(&*key, place.binding("deck"), &row.value)?;
            Ok((lead, task, Entry { row, key }))
        })
        .buffered(32)
        .collect()
        .await;
    for entry in entries {
        let (lead, task, entry) = entry?;
        book.insert(lead, task, entry);
    }
    Ok((book, slice.version))
}

/// A deck's first write: its epoch is durable before any client hears of it.
async fn begin(ports: &Ports, tenant: TenantId, user: UserId, version: u64) -> Result<(Book, u64), RowError> {
    let mut epoch = [0_u8; 16];
    ports.random.fill(&mut epoch);
    let meta = DeckMeta { epoch: Uuid::from_bytes(epoch), next_offset: 1, floor_offset: 0 };
    let value = hearthline_storage_api::rows::codec::encode(&meta).into();
    let commit = Commit {
        partition: partition(tenant, user),
        expected: version,
        token: ports.random.token(),
        writes: vec![Write::Put { key: bytes::Bytes::from_static(META_ROW), value }],
    };
    match commit_settled(&*ports.store, commit).await? {
        Settled::Applied => Ok((Book::new(meta), version + 1)),
        Settled::Conflict { .. } => Err(RowError::Contended("deck")),
        Settled::Unresolved(error) => Err(error.into()),
    }
}
