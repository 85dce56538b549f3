//! Path rows 6, 6b and 7: the hot row and the key, then one commit in one partition: state, journal, unfinished effects,
//! recent ids and mutation results, conditional on the version.

use bytes::Bytes;
use hearthline_engine::{
    ids::{EventId, MutationId, derived},
    lead::{self, Effect, Event, SendEvent, Slot, StateName},
    time::Timestamp,
};
use hearthline_storage_api::{
    Commit, DataKey, Settled, Write, commit_settled,
    rows::{
        codec::{encode, seal_row},
        lead::{
            AuditNote, JournalRow, MutationRow, OptNote, Pending, Recent, STATE_ROW, StateRow,
            audit_note_key, journal_key, mutation_key,
        },
    },
};
use std::sync::Arc;

use super::{AskError, actor::LeadActorState};
use crate::points::Point;

/// What goes into a commit beside the events.
#[derive(Default)]
pub(crate) struct Beside {
    pub recent: Option<Recent>,
    pub mutation: Option<(MutationId, MutationRow)>,
}

/// What a commit wrote beside the state row, and how many rows it deleted.
struct Written {
    journal: Vec<(Bytes, JournalRow)>,
    note: Option<AuditNote>,
    trimmed: usize,
}

/// How long the answer to a client's action is kept (architecture: 30 days with the lead).
const MUTATION_KEPT_MS: i64 = 30 * 86_400_000;
/// More are never kept, so that the state row stays small; the oldest leave first.
const MUTATIONS_KEPT: usize = 256;
/// Journal rows deleted by one commit; the rest wait for the next.
const TRIM_AT_ONCE: usize = 256;

impl LeadActorState {
    /// Makes events true. Answers with the new version once they are durable.
    ///
    /// # Errors
    /// Nothing became true, or it is not known: memory is dropped and the next command reads again.
    pub(crate) async fn commit(&mut self, events: Vec<Event>, beside: Beside) -> Result<u64, AskError> {
        let key = self.ready_to_commit().await?;
        let now = self.ports.clock.now();
        let next = self.next_row(&events, &beside, now)?;
        let version = self.awake()?.version + 1;
        let journal = self.journal_of(&events, version, now);
        let note = self.audit_note(&events, version, now);
        let (writes, trimmed) = self.writes(&*key, &next, &journal, note.as_ref(), &beside)?;
        let started = std::time::Instant::now();
        let commit = Commit {
            partition: self.me.partition(),
            expected: version - 1,
            token: self.ports.random.token(),
            writes,
        };
        match commit_settled(&*self.ports.store, commit).await {
            Ok(Settled::Applied) => {}
            Ok(Settled::Conflict { version: other }) => {
                self.ports.metrics.commit_conflicts.inc();
                self.forget();
                return Err(AskError::Away(format!("another writer took the lead to version {other}")));
            }
            Ok(Settled::Unresolved(error)) => {
                self.forget();
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        self.ports.metrics.commits.inc();
        self.ports.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
        self.install(next, version, Written { journal, note, trimmed }, key)?;
        self.calls.ask_for(&events);
        self.ports.points.reach(Point::Committed).await;
        Ok(version)
    }

    /// The hot row stands and the key is durable before anything of this lead is written.
    async fn ready_to_commit(&mut self) -> Result<Arc<dyn DataKey>, AskError> {
        self.stand_hot().await?;
        if let Some(key) = &self.awake()?.key {
            return Ok(Arc::clone(key));
        }
        let key = self.ports.keyring.lead_key(self.me.tenant, self.me.lead).await.map_err(key_error)?;
        self.awake_mut()?.key = Some(Arc::clone(&key));
        self.ports.points.reach(Point::Keyed).await;
        Ok(key)
    }

    /// The state row as it will be.
    fn next_row(&self, events: &[Event], beside: &Beside, now: Timestamp) -> Result<StateRow, AskError> {
        let awake = self.awake()?;
        let mut row = awake.row.clone();
        let was_stale = is_stale(&row.slot);
        for event in events {
            lead::apply(&mut row.slot, event);
        }
        if !events.is_empty() {
            // What nobody sees changes no version that people hold in hand.
            lead::advance(&mut row.slot);
        }
        let stale_now_or_before = was_stale || is_stale(&row.slot);
        for event in events {
            for effect in lead::effects(event) {
                add(&mut row, event, effect, stale_now_or_before);
            }
        }
        row.recent.extend(beside.recent.clone());
        if let Some((mutation, _)) = &beside.mutation
            && row.mutations.iter().all(|(_, known)| known != mutation)
        {
            row.mutations.push_back((now, *mutation));
        }
        Ok(row)
    }

    /// The events that belong into the timeline, the review queue or somebody's notices, as journal rows.
    fn journal_of(&self, events: &[Event], version: u64, now: Timestamp) -> Vec<(Bytes, JournalRow)> {
        let wanted = |effect: &Effect| matches!(effect, Effect::Timeline | Effect::Review | Effect::Notice);
        let in_timeline = events.iter().filter(|event| lead::effects(event).iter().any(wanted));
        in_timeline
            .zip(0_u32..)
            .map(|(event, n)| {
                let (event_id, at) = match event {
                    Event::MessageReceived { message } => (message.event, message.received_at),
                    Event::NoteWritten { text, at, .. } | Event::CallEnded { note: Some(text), at, .. } => {
                        (text.event, *at)
                    }
                    Event::SentToReview { message: Some(message), at, .. } => (message.event, *at),
                    Event::Send(SendEvent::Requested { outgoing }) => {
                        (outgoing.id(), outgoing.message.received_at)
                    }
                    // Ids of state changes share the lead's derivation, from a range that cards never reach.
                    other => (EventId(derived(self.me.lead, version, 1_000 + n, now)), at_of(other, now)),
                };
                (journal_key(version, n), JournalRow { event_id, at, version, event: event.clone() })
            })
            .collect()
    }

    /// What the audit log has to hear of the commit.
    fn audit_note(&self, events: &[Event], version: u64, at: Timestamp) -> Option<AuditNote> {
        let deeds: Vec<_> = events.iter().filter_map(lead::audited).collect();
        (!deeds.is_empty()).then_some(AuditNote { version, at, actor: self.acting, deeds })
    }

    /// The batch, and how many journal rows it deletes.
    fn writes(
        &self,
        key: &dyn DataKey,
        next: &StateRow,
        journal: &[(Bytes, JournalRow)],
        note: Option<&AuditNote>,
        beside: &Beside,
    ) -> Result<(Vec<Write>, usize), AskError> {
        let mut next = next.clone();
        let mut writes = Vec::with_capacity(journal.len() + 3);
        for mutation in expired(&mut next, self.ports.clock.now()) {
            writes.push(Write::Delete { key: mutation_key(mutation) });
        }
        let value = seal_row(key, self.me.binding("state"), &next);
        writes.push(Write::Put { key: Bytes::from_static(STATE_ROW), value });
        for (row_key, row) in journal {
            let value = seal_row(key, self.me.binding("journal"), row);
            writes.push(Write::Put { key: row_key.clone(), value });
        }
        if let Some(note) = note {
            let value = seal_row(key, self.me.binding("audit_note"), note);
            writes.push(Write::Put { key: audit_note_key(note.version), value });
        }
        if let Some((mutation, result)) = &beside.mutation {
            writes.push(Write::Put { key: mutation_key(*mutation), value: encode(result).into() });
        }
        let trim = &self.awake()?.trim;
        let trimmed = trim.len().min(TRIM_AT_ONCE);
        writes.extend(trim[..trimmed].iter().map(|key| Write::Delete { key: key.clone() }));
        Ok((writes, trimmed))
    }

    /// Memory follows what is durable.
    fn install(
        &mut self,
        next: StateRow,
        version: u64,
        written: Written,
        key: Arc<dyn DataKey>,
    ) -> Result<(), AskError> {
        let me = self.me;
        let Written { journal, note, trimmed } = written;
        let entries = journal.iter().map(|(_, row)| row).filter(|row| lead::enters_timeline(&row.event));
        let entries: Vec<JournalRow> = entries.cloned().collect();
        let now = self.ports.clock.now();
        let awake = self.awake_mut()?;
        awake.row = next;
        expired(&mut awake.row, now);
        awake.version = version;
        for (row_key, row) in journal {
            let sealed = seal_row(&*key, me.binding("journal"), &row);
            awake.journal.insert(row_key, (row, sealed));
        }
        awake.audit.extend(note.map(|note| (audit_note_key(note.version), note)));
        awake.trim.drain(..trimmed);
        awake.ahead = false;
        let due = awake.runnable();
        self.backlog.set(due);
        self.ports.feed.committed(me, &self.awake()?.row.slot, &entries);
        Ok(())
    }
}

fn key_error(error: hearthline_storage_api::KeyError) -> AskError {
    hearthline_storage_api::rows::codec::RowError::from(error).into()
}

fn is_stale(slot: &Slot) -> bool {
    match slot {
        Slot::Present(lead) => lead.state_name() == StateName::Stale,
        Slot::Vacant => false,
    }
}

/// Takes the mutation results that are too old, or too many, out of the row; the batch deletes theirs.
fn expired(row: &mut StateRow, now: Timestamp) -> Vec<MutationId> {
    let mut gone = Vec::new();
    while let Some((at, mutation)) = row.mutations.front() {
        if row.mutations.len() <= MUTATIONS_KEPT && now.millis_since(*at) <= MUTATION_KEPT_MS {
            break;
        }
        gone.push(*mutation);
        row.mutations.pop_front();
    }
    gone
}

/// Notes what an effect asks for; several of a kind collapse into one.
fn add(row: &mut StateRow, event: &Event, effect: Effect, team_decks: bool) {
    let StateRow { pending, slot, .. } = row;
    match effect {
        // The journal row itself is the note.
        Effect::Timeline | Effect::Review | Effect::Notice => {}
        Effect::Decks { also } => {
            pending.decks = true;
            pending.team_decks |= team_decks;
            pending.also.extend(also);
            if let Event::OwnerChanged { from_team, team, .. } = event
                && from_team != team
            {
                pending.left_teams.insert(*from_team);
            }
        }
        // The directory tells the next deadline, so that the slow sweep can make the index again.
        Effect::Timer => (pending.timer, pending.directory) = (true, true),
        Effect::Directory => pending.directory = true,
        Effect::OptOut { .. } => pending.opt_outs.extend(opt_note(event)),
        Effect::Message => note_message(pending, slot, event),
    }
}

/// The entry of a message to the client, as it is to stand in the timeline now.
fn note_message(pending: &mut Pending, slot: &Slot, event: &Event) {
    let Event::Send(event) = event else { return };
    let Some((lead, outgoing)) = slot.lead().and_then(|lead| Some((lead, lead.outgoing(event.send())?)))
    else {
        return;
    };
    let (event_id, at, version) = (outgoing.id(), outgoing.message.received_at, lead.version);
    let event = Event::Send(SendEvent::Requested { outgoing: Box::new(outgoing.clone()) });
    pending.messages.retain(|note| note.event_id != event_id);
    pending.messages.push(JournalRow { event_id, at, version, event });
}

fn opt_note(event: &Event) -> Option<OptNote> {
    let (channel, address, out, at) = match event {
        Event::OptedOut { channel, address, at } => (channel, address, true, at),
        Event::OptedIn { channel, address, at } => (channel, address, false, at),
        _ => return None,
    };
    Some(OptNote { channel: *channel, address: address.clone(), out, at: *at })
}

/// Where an event stands in the timeline: at its own time where it has one.
const fn at_of(event: &Event, now: Timestamp) -> Timestamp {
    match event {
        Event::StateChanged { at, .. }
        | Event::DeadlinePassed { at, .. }
        | Event::FirstContactBreached { at }
        | Event::RescueEscalated { at, .. }
        | Event::OwnerChanged { at, .. }
        | Event::StatusChanged { at, .. } => *at,
        _ => now,
    }
}
