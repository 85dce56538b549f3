//! A tenant's register: how far each chain had got, before anybody is answered for it.

use bytes::Bytes;
use hearthline_engine::ids::TenantId;
use hearthline_storage_api::{
    Commit, KeyRange, Settled, Write, commit_settled,
    rows::{
        audit::{
            ChainId, Mark, RegisterRow, Signer, TOTAL_ROW, read_register_key, register_key,
            register_partition,
        },
        codec::{RowError, decode, encode},
    },
};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::oneshot;

use super::AuditPorts;

/// A chain's new end, and who waits until the register knows of it.
pub(crate) struct Registration {
    chain: ChainId,
    mark: Mark,
    reply: oneshot::Sender<Result<(), RowError>>,
}

pub(crate) enum RegisterMsg {
    Register(Registration),
    /// The write that was under way has its answer.
    Written(Result<(), RowError>),
}

/// Tells a register of a chain's end; answers when that is durable.
pub(super) async fn register(
    register: &ActorRef<RegisterMsg>,
    chain: ChainId,
    mark: Mark,
) -> Result<(), RowError> {
    let (reply, answer) = oneshot::channel();
    let _ = register.cast(RegisterMsg::Register(Registration { chain, mark, reply }));
    answer.await.unwrap_or(Err(RowError::Contended("audit register")))
}

pub(crate) struct Register;

pub(crate) struct RegisterState {
    ports: Arc<AuditPorts>,
    tenant: TenantId,
    signer: Signer,
    /// None until it is read, and after a write that may or may not stand.
    book: Option<Book>,
    waiting: Vec<Registration>,
    writing: Option<(Book, Vec<Registration>)>,
}

/// The register in memory.
#[derive(Clone)]
struct Book {
    marks: BTreeMap<ChainId, Mark>,
    version: u64,
}

impl Actor for Register {
    type Msg = RegisterMsg;
    type State = RegisterState;
    type Arguments = (Arc<AuditPorts>, TenantId);

    async fn pre_start(
        &self,
        _: ActorRef<RegisterMsg>,
        (ports, tenant): (Arc<AuditPorts>, TenantId),
    ) -> Result<RegisterState, ActorProcessingErr> {
        let signer = Signer::of(&*ports.keyring);
        Ok(RegisterState { ports, tenant, signer, book: None, waiting: Vec::new(), writing: None })
    }

    async fn handle(
        &self,
        myself: ActorRef<RegisterMsg>,
        message: RegisterMsg,
        state: &mut RegisterState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            RegisterMsg::Register(registration) => state.waiting.push(registration),
            RegisterMsg::Written(outcome) => state.written(outcome),
        }
        if state.writing.is_none()
            && !state.waiting.is_empty()
            && let Err(error) = state.write(&myself).await
        {
            answer(state.waiting.drain(..), &Err(error));
        }
        Ok(())
    }
}

impl RegisterState {
    /// Writes everything that waits, together.
    async fn write(&mut self, myself: &ActorRef<RegisterMsg>) -> Result<(), RowError> {
        let before = match self.book.take() {
            Some(book) => book,
            None => self.read().await?,
        };
        let mut book = Book { version: before.version + 1, ..before.clone() };
        let mut changed = BTreeMap::new();
        for Registration { chain, mark, .. } in &self.waiting {
            let standing = book.marks.get(chain).copied().unwrap_or(Mark::START);
            if mark.count > standing.count {
                book.marks.insert(*chain, *mark);
                changed.insert(*chain, *mark);
            }
        }
        if changed.is_empty() {
            self.book = Some(before);
            answer(self.waiting.drain(..), &Ok(()));
            return Ok(());
        }
        let put = |key: Bytes, row: Vec<u8>| Write::Put { key, value: row.into() };
        let mut writes: Vec<Write> = changed
            .iter()
            .map(|(chain, mark)| put(register_key(chain), encode(&self.signer.register(chain, *mark))))
            .collect();
        let total = self.signer.total(self.tenant, &book.marks);
        writes.push(put(Bytes::from_static(TOTAL_ROW), encode(&total)));
        let commit = Commit {
            partition: register_partition(self.tenant),
            expected: before.version,
            token: self.ports.random.token(),
            writes,
        };
        self.writing = Some((book, std::mem::take(&mut self.waiting)));
        let (ports, myself) = (Arc::clone(&self.ports), myself.clone());
        tokio::spawn(async move {
            let outcome = match commit_settled(&*ports.store, commit).await {
                Ok(Settled::Applied) => Ok(()),
                Ok(Settled::Conflict { .. }) => Err(RowError::Contended("audit register")),
                Ok(Settled::Unresolved(error)) | Err(error) => Err(error.into()),
            };
            let _ = myself.cast(RegisterMsg::Written(outcome));
        });
        Ok(())
    }

    async fn read(&self) -> Result<Book, RowError> {
        let slice = self.ports.store.read(&register_partition(self.tenant), &KeyRange::prefix(b"r")).await?;
        let mut marks = BTreeMap::new();
        for row in &slice.rows {
            let chain = read_register_key(self.tenant, &row.key)?;
            marks.insert(chain, decode::<RegisterRow>("audit", &row.value)?.mark);
        }
        Ok(Book { marks, version: slice.version })
    }

    fn written(&mut self, outcome: Result<(), RowError>) {
        let Some((book, waited)) = self.writing.take() else { return };
        self.book = outcome.is_ok().then_some(book);
        answer(waited.into_iter(), &outcome);
    }
}

fn answer(waited: impl Iterator<Item = Registration>, outcome: &Result<(), RowError>) {
    waited.for_each(|registration| drop(registration.reply.send(outcome.clone())));
}
