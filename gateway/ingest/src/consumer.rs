//! The consumers: one per group of the stream. What can't be done now is tried again; what can't be done at all becomes
//! a dead letter; nothing is acknowledged before one of the two.

use futures::{FutureExt, future::join_all};
use hearthline_actors::{Ask, AskError, Point, Receipt};
use hearthline_engine::{
    health::Seen,
    ids::{EventId, LeadId},
    lead::{Placement, Rejected},
    message::{Direction, Incoming, OptWord},
    raw::Raw,
};
use hearthline_storage_api::{
    DataKey, Delivery, Group, Purpose,
    rows::{
        codec::RowError,
        inbound::{Claim, ClaimKey, InboundEntry},
        lead::LeadRef,
        queues::{DeadLetterCause, OptOutRow, finish_replay, opt_out_partition, record_opt_out},
    },
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{
    sync::{Semaphore, oneshot},
    task::JoinHandle,
};

use crate::{
    claim::{Claimed, claim, close, sender},
    dead_letter::{self, Letter},
    echo,
    lanes::Lanes,
    media,
    ports::{ConnectionFacts, Ports},
    read::{Via, alone, open, read},
    status,
};

/// Entries under way in one group: 16 groups make about a thousand (measured.md: NATS is best near there).
const IN_FLIGHT: usize = 64;
/// Failures of a lead's actor, or unreadable answers, before a message is a dead letter. Retries never count.
pub(crate) const STRIKES: u32 = 5;
/// Merged leads name the one that goes on, which may have been merged in turn.
const MOST_HOPS: u32 = 32;
pub(crate) const FIRST_WAIT: Duration = Duration::from_millis(20);
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The running consumers.
pub struct Ingest {
    tasks: Vec<JoinHandle<()>>,
}

impl Ingest {
    /// Starts a consumer for every group.
    #[must_use]
    pub fn start(ports: Arc<Ports>) -> Self {
        let tasks = Group::all().map(|group| tokio::spawn(consume(Arc::clone(&ports), group))).collect();
        Self { tasks }
    }

    /// Takes nothing more from the stream. What was not acknowledged comes again after the next start.
    pub fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn consume(ports: Arc<Ports>, group: Group) {
    let places = Arc::new(Semaphore::new(IN_FLIGHT));
    let (lanes, early) = (Lanes::default(), Arc::new(Semaphore::new(status::EARLY_AT_ONCE)));
    let mut wait = FIRST_WAIT;
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let delivery = match ports.stream.next(group).await {
            Ok(delivery) => delivery,
            Err(error) => {
                tracing::error!(group = group.index(), %error, "the inbound stream can't be read");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
                continue;
            }
        };
        wait = FIRST_WAIT;
        // A panic while reading an entry leaves it in the stream for the next start, and the consumer to the others.
        let begun = AssertUnwindSafe(begin(&ports, &lanes, &early, &delivery)).catch_unwind().await;
        let finished = begun.unwrap_or_else(|_| {
            tracing::error!(group = group.index(), position = delivery.position.0, "reading an entry failed");
            vec![settled(false)]
        });
        let ports = Arc::clone(&ports);
        tokio::spawn(async move {
            // A message that is neither applied nor kept leaves its entry in the stream.
            let safe = join_all(finished).await.into_iter().all(|safe| safe == Ok(true));
            if safe && replayed(&ports, &delivery).await {
                acknowledge(&ports, group, &delivery).await;
            }
            drop(place);
        });
    }
}

/// Reads an entry and hands its messages to their senders' lanes. Answers with what to wait for.
async fn begin(
    ports: &Arc<Ports>,
    lanes: &Lanes,
    early: &Arc<Semaphore>,
    delivery: &Delivery,
) -> Vec<oneshot::Receiver<bool>> {
    let entry = match InboundEntry::decode(&delivery.entry) {
        Ok(entry) => Arc::new(entry),
        Err(error) => {
            // The stream's checksum makes this a version's mistake: a version that can read it will.
            tracing::error!(%error, position = delivery.position.0, "an entry of the stream has no readable envelope");
            return vec![settled(false)];
        }
    };
    let reading = persist(ports, "reading an entry", || read(ports, &entry)).await;
    let parts = match reading {
        Ok(parts) => parts,
        Err(error) => {
            tracing::error!(connection = %entry.connection, %error, "an entry can't be opened");
            return vec![settled(bury(ports, &entry, unopened(&entry, error.to_string())).await)];
        }
    };
    let mut finished = Vec::with_capacity(parts.len());
    for (via, message) in parts.messages {
        finished.push(queue(ports, lanes, &entry, via, message).await);
    }
    for (via, status) in parts.statuses {
        finished.push(status::queue(ports, lanes, early, &entry, via, status::Told::Of(status)).await);
    }
    for (via, watermark) in parts.watermarks {
        let told = status::Told::UpTo(watermark);
        finished.push(status::queue(ports, lanes, early, &entry, via, told).await);
    }
    for letter in parts.dead {
        finished.push(settled(bury(ports, &entry, letter).await));
    }
    finished
}

/// All of an entry that can't be opened, as it is.
fn unopened(entry: &InboundEntry, reason: String) -> Letter {
    let body = Raw::new(entry.sealed.clone());
    let cause = DeadLetterCause::Unopened;
    Letter { connection: entry.connection, part: String::new(), cause, reason, body }
}

/// A dead letter that was sent through again is one no more: what is left of it has been kept anew. Answers whether that
/// is durable.
async fn replayed(ports: &Ports, delivery: &Delivery) -> bool {
    let Ok(InboundEntry { tenant, replay: Some(replay), .. }) = InboundEntry::decode(&delivery.entry) else {
        return true;
    };
    let finished =
        persist(ports, "finishing a replay", || finish_replay(&*ports.store, tenant, replay)).await;
    if let Err(error) = &finished {
        tracing::error!(letter = %replay.letter, %error, "a replay could not be finished");
    }
    finished.is_ok()
}

/// Puts a message behind its sender's earlier ones.
async fn queue(
    ports: &Arc<Ports>,
    lanes: &Lanes,
    entry: &Arc<InboundEntry>,
    via: Arc<Via>,
    message: Incoming,
) -> oneshot::Receiver<bool> {
    let (done, finished) = oneshot::channel();
    let lookup = persist(ports, "finding the lookup key", || async {
        Ok(ports.keyring.tenant_key(entry.tenant, Purpose::Lookup).await?)
    })
    .await;
    let lookup = match lookup {
        Ok(lookup) => lookup,
        Err(error) => {
            tracing::error!(tenant = %entry.tenant, %error, "a tenant's lookup key can't be had");
            let reason = "the tenant's lookup key can't be had".to_owned();
            return settled(bury_message(ports, entry, &via, &message, reason).await);
        }
    };
    let lane = lookup.keyed_hash("lane", sender(&message).value.as_bytes());
    let (ports, entry) = (Arc::clone(ports), Arc::clone(entry));
    lanes.run(
        lane,
        Box::pin(async move {
            let _ = done.send(deliver(&ports, &entry, &via, &*lookup, &message).await);
        }),
    );
    finished
}

/// Brings a message into its lead, or among the dead letters. Answers whether it is in one of the two.
async fn deliver(
    ports: &Ports,
    entry: &InboundEntry,
    via: &Via,
    lookup: &dyn DataKey,
    message: &Incoming,
) -> bool {
    let mut wait = FIRST_WAIT;
    let mut strikes = 0;
    loop {
        // A panic here must not end the lane: whoever waits behind would wait for ever.
        let attempted = attempt(ports, entry, via, lookup, message);
        let error = match AssertUnwindSafe(attempted).catch_unwind().await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error,
            Err(_) => AskError::Crashed,
        };
        if !error.is_retryable() {
            strikes += 1;
            tracing::warn!(connection = %entry.connection, %error, strikes, "a message could not be applied");
        }
        if strikes >= STRIKES {
            return bury_message(ports, entry, via, message, error.to_string()).await;
        }
        ports.metrics.retries.inc();
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

async fn attempt(
    ports: &Ports,
    entry: &InboundEntry,
    via: &Via,
    lookup: &dyn DataKey,
    message: &Incoming,
) -> Result<(), AskError> {
    let tenant = entry.tenant;
    let key = ClaimKey::of(lookup, tenant, message.provider, &message.account, &message.claim_id);
    if echo::is_ours(ports, lookup, &key, via, tenant, message).await? {
        ports.metrics.duplicates.inc();
        return Ok(());
    }
    let (lead, event) = match claim(ports, lookup, tenant, &key, message).await? {
        Claimed::To { lead, event } => (lead, event),
        Claimed::Done => {
            ports.metrics.duplicates.inc();
            return Ok(());
        }
        Claimed::Nobody => return without_lead(ports, entry, lookup, &key, message).await,
    };
    media::note(ports, LeadRef { tenant, lead }, event, (via.id, entry.received_at), message).await?;
    let place = placement(ports, entry, &via.facts).await?;
    let late_from = entry.late_from(message.occurred_at);
    let receipt = |place: Placement| {
        let (claim, incoming) = (key.clone(), message.clone());
        let (connection, received_at) = (via.id, entry.received_at);
        Ask::Receive(Box::new(Receipt { claim, event, connection, received_at, late_from, incoming, place }))
    };
    let mut answer = ports.leads.ask(LeadRef { tenant, lead }, receipt(place.clone())).await;
    for _ in 0..MOST_HOPS {
        let Err(AskError::Rejected(Rejected::Forwarded { to })) = answer else { break };
        answer = ports.leads.ask(LeadRef { tenant, lead: to }, receipt(place.clone())).await;
    }
    match answer? {
        hearthline_actors::Answer::Duplicate => ports.metrics.duplicates.inc(),
        hearthline_actors::Answer::Applied { .. }
        | hearthline_actors::Answer::Requested { .. }
        | hearthline_actors::Answer::Nothing => {
            let opens_window = message.direction == Direction::In && message.kind.opens_a_lead();
            let written_at = late_from.unwrap_or(entry.received_at);
            let heard_at = opens_window.then_some(written_at);
            ports.health.note_at(tenant, via.id, Seen::Event { heard_at }, entry.received_at);
            ports.metrics.applied.inc()
        }
    };
    Ok(())
}

/// An unknown sender's opt-out word is recorded without making a lead; other kinds that make none leave no trace.
async fn without_lead(
    ports: &Ports,
    entry: &InboundEntry,
    lookup: &dyn DataKey,
    claim: &ClaimKey,
    message: &Incoming,
) -> Result<(), AskError> {
    let Some(word) = message.opt_word else { return Ok(()) };
    let partition = opt_out_partition(lookup, entry.tenant, message.channel, sender(message));
    let row = OptOutRow { out: word == OptWord::Stop, at: entry.received_at };
    record_opt_out(&*ports.store, &*ports.random, partition, row).await?;
    ports.points.reach(Point::OptOutProjected).await;
    // Delivered again later, it must not undo a word that came in between. It is no lead's.
    let (lead, event) = (LeadId::from_bytes([0; 16]), EventId::from_bytes([0; 16]));
    close(ports, claim, Claim { lead, event, done: true }).await?;
    Ok(())
}

/// Where an unknown sender's lead belongs (IDN-1): the connection's owner, or nobody yet for a team's connection.
async fn placement(
    ports: &Ports,
    entry: &InboundEntry,
    connection: &ConnectionFacts,
) -> Result<Placement, RowError> {
    let facts = ports.teams.team(entry.tenant, connection.team).await?;
    let rules = facts.map(|facts| facts.rules).unwrap_or_default();
    Ok(Placement { tenant: entry.tenant, team: connection.team, owner: connection.owner, rules })
}

/// Keeps one message of a request among the dead letters, alone. Answers whether it is kept.
async fn bury_message(
    ports: &Ports,
    entry: &InboundEntry,
    via: &Via,
    message: &Incoming,
    reason: String,
) -> bool {
    // It was opened once to be read: only a key that is away can make it wait here.
    let letter = match persist(ports, "opening a dead letter", || open(ports, entry)).await {
        Ok(body) => Letter {
            connection: via.id,
            part: format!("message:{}", message.claim_id),
            cause: DeadLetterCause::NotApplied,
            reason,
            body: alone(via.facts.kind, &body, message),
        },
        Err(_) => unopened(entry, reason),
    };
    bury(ports, entry, letter).await
}

/// Keeps a dead letter. Answers whether it is kept.
async fn bury(ports: &Ports, entry: &InboundEntry, letter: Letter) -> bool {
    let kept = persist(ports, "keeping a dead letter", || dead_letter::keep(ports, entry, &letter)).await;
    if let Err(error) = &kept {
        tracing::error!(connection = %entry.connection, %error, "a dead letter could not be kept");
    }
    kept.is_ok()
}

/// An answer that is known already.
pub(crate) fn settled(safe: bool) -> oneshot::Receiver<bool> {
    let (done, finished) = oneshot::channel();
    let _ = done.send(safe);
    finished
}

/// Row 10. Asks until the stream has taken it, so that nothing stays in the backlog for an answer that was lost; a stream
/// that stopped delivers again after the next start, and then it is a duplicate.
async fn acknowledge(ports: &Ports, group: Group, delivery: &Delivery) {
    ports.points.reach(Point::Acknowledging).await;
    let mut wait = FIRST_WAIT;
    while let Err(error) = ports.stream.acknowledge(group, delivery.position).await {
        tracing::warn!(group = group.index(), %error, "an entry could not be acknowledged");
        if !error.is_retryable() {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    ports.points.reach(Point::Acknowledged).await;
}

/// Does it until it is done or can't be done.
pub(crate) async fn persist<T, F, G>(
    ports: &Ports,
    doing: &'static str,
    mut attempt: F,
) -> Result<T, RowError>
where
    F: FnMut() -> G,
    G: Future<Output = Result<T, RowError>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        match attempt().await {
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, doing, "put off");
                ports.metrics.retries.inc();
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            other => return other,
        }
    }
}
