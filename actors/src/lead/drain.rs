//! Path rows 8 and 10b: everything that is due is carried out at once, each part on its own. What fails is tried again;
//! what was carried out twice has no second effect.

use bytes::Bytes;
use futures::future::join_all;
use hearthline_engine::{
    deck::{Audience, lead_cards},
    ids::UserId,
    lead::{Event, Lead, SendEvent, Slot, StateName, enters_timeline, next_deadline},
};
use hearthline_storage_api::{
    Commit, DataKey, KeyRange, MAX_BATCH_BYTES, Purpose, Settled, Write, commit_settled,
    rows::{
        codec::{RowError, decode, encode, seal_row},
        directory::{self, DirectoryRow},
        inbound::{CLAIM_ROW, Claim, ClaimKey},
        lead::{AuditNote, JournalRow, LeadRef, OptNote, Pending},
        notice::{notice_key, notices},
        queues::{OptOutRow, opt_out_partition, record_opt_out, review_key, reviews},
        timeline::{self, Month},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::actor::LeadActorState;
use crate::{leads::Handles, points::Point, ports::Ports};

/// What one drain did. Each part stands for itself.
pub(crate) struct Drained {
    /// Journal rows that now stand in the timeline.
    pub timeline: Result<Vec<Bytes>, RowError>,
    /// The offset of each user's deck that now shows the lead as it is.
    pub decks: Result<BTreeMap<UserId, u64>, RowError>,
    pub timer: Result<(), RowError>,
    pub directory: Result<(), RowError>,
    pub opt_outs: Result<usize, RowError>,
    /// Audit notes that the log now holds.
    pub audit: Result<Vec<Bytes>, RowError>,
    pub messages: Result<usize, RowError>,
    pub claims: Vec<(ClaimKey, Result<(), RowError>)>,
}

/// The lead as a drain sees it: nothing of it changes meanwhile.
struct Task<'a> {
    ports: &'a Ports,
    handles: &'a Handles,
    me: LeadRef,
    version: u64,
    slot: &'a Slot,
    key: &'a Arc<dyn DataKey>,
}

impl LeadActorState {
    /// Carries out what is due. Answers whether nothing is left.
    pub(crate) async fn drain(&mut self) -> bool {
        let Some(drained) = self.carry_out().await else { return true };
        let answered = drained.decks.clone().ok();
        let all_done = self.note(drained);
        if let Some(offsets) = answered {
            self.answer_projected(&offsets);
        }
        all_done
    }

    async fn carry_out(&self) -> Option<Drained> {
        let awake = self.awake.as_ref()?;
        let key = awake.key.as_ref()?;
        let task = Task {
            ports: &self.ports,
            handles: &self.handles,
            me: self.me,
            version: awake.version,
            slot: &awake.row.slot,
            key,
        };
        let pending = &awake.row.pending;
        let claims = awake.row.recent.iter().map(|recent| {
            let claim = recent.claim.clone();
            let ports = &self.ports;
            async move {
                let done = finish_claim(ports, &claim).await;
                (claim, done)
            }
        });
        // The parts are independent; the order of polling is fixed, so that a simulated run repeats.
        let (timeline, decks, timer, directory, opt_outs, audit, messages, claims) = futures::join!(
            task.project_timeline(&awake.journal),
            task.project_decks(pending),
            task.project_timer(pending.timer),
            task.project_directory(pending.directory),
            task.record_opt_outs(&pending.opt_outs),
            task.project_audit(&awake.audit),
            task.rewrite_messages(&pending.messages),
            join_all(claims),
        );
        Some(Drained { timeline, decks, timer, directory, opt_outs, audit, messages, claims })
    }

    /// Takes what was carried out off the lists. Answers whether the lists are empty.
    fn note(&mut self, drained: Drained) -> bool {
        let Some(awake) = self.awake.as_mut() else { return true };
        awake.ahead = true;
        if let Ok(standing) = drained.timeline {
            for row_key in standing {
                awake.journal.remove(&row_key);
                awake.trim.push(row_key);
            }
        }
        for row_key in drained.audit.unwrap_or_default() {
            awake.audit.remove(&row_key);
            awake.trim.push(row_key);
        }
        let pending = &mut awake.row.pending;
        if drained.decks.is_ok() {
            pending.decks = false;
            pending.team_decks = false;
            pending.also.clear();
            pending.left_teams.clear();
        }
        pending.timer &= drained.timer.is_err();
        pending.directory &= drained.directory.is_err();
        if let Ok(count) = drained.opt_outs {
            pending.opt_outs.drain(..count);
        }
        if let Ok(count) = drained.messages {
            pending.messages.drain(..count);
        }
        let done: BTreeSet<ClaimKey> =
            drained.claims.into_iter().filter(|(_, result)| result.is_ok()).map(|(claim, _)| claim).collect();
        awake.row.recent.retain(|recent| !done.contains(&recent.claim));
        self.backlog.set(awake.runnable());
        awake.due() == 0
    }
}

impl Task<'_> {
    fn lead(&self) -> Option<&Lead> {
        match self.slot {
            Slot::Present(lead) => Some(lead),
            Slot::Vacant => None,
        }
    }

    /// Puts the journal's rows where the timeline reads them, month by month, in batches the store takes.
    async fn project_timeline(
        &self,
        journal: &BTreeMap<Bytes, (JournalRow, Bytes)>,
    ) -> Result<Vec<Bytes>, RowError> {
        let mut months: BTreeMap<Month, Vec<Write>> = BTreeMap::new();
        let elsewhere = |event: &Event| !enters_timeline(event);
        for (row, sealed) in journal.values().filter(|(row, _)| !elsewhere(&row.event)) {
            let key = timeline::key(row.at, row.event_id);
            months.entry(Month::of(row.at)).or_default().push(Write::Put { key, value: sealed.clone() });
        }
        for (month, writes) in months {
            let partition = timeline::partition(self.me, month);
            for batch in batches(writes) {
                // Rows of a timeline never change, so any stamp serves.
                self.ports.store.put(&partition, 1, batch).await?;
            }
        }
        // After the timeline: whoever is told of a message finds it there.
        for (row, sealed) in journal.values().filter(|(row, _)| elsewhere(&row.event)) {
            self.project_elsewhere(row, sealed).await?;
        }
        if !journal.is_empty() {
            self.ports.points.reach(Point::TimelineProjected).await;
        }
        Ok(journal.keys().cloned().collect())
    }

    /// What waits for a person's decision (LIF-7, OUT-3), or does so no more; and what somebody else is told (IDN-6). It
    /// stays sealed under the lead's key.
    async fn project_elsewhere(&self, row: &JournalRow, sealed: &Bytes) -> Result<(), RowError> {
        let put = |key| (1, Write::Put { key, value: sealed.clone() });
        // Above the stamp of what waits.
        let delete = |key| (2, Write::Delete { key });
        let tenant = self.me.tenant;
        let (partition, (stamp, write)) = match &row.event {
            Event::SentToReview { .. } => (reviews(tenant), put(review_key(self.me, row.event_id))),
            Event::Reviewed { event, .. } => (reviews(tenant), delete(review_key(self.me, *event))),
            Event::Send(SendEvent::Asked { send, .. }) => (reviews(tenant), put(review_key(self.me, *send))),
            Event::Send(SendEvent::Resolved { send, .. }) => {
                (reviews(tenant), delete(review_key(self.me, *send)))
            }
            Event::WroteToAnother { message, to, at, .. } => {
                (notices(tenant, *to), put(notice_key(*at, *message, self.me)))
            }
            _ => return Ok(()),
        };
        Ok(self.ports.store.put(&partition, stamp, vec![write]).await?)
    }

    /// Hands the lead's cards to every deck that shows them.
    async fn project_decks(&self, pending: &Pending) -> Result<BTreeMap<UserId, u64>, RowError> {
        let Pending { decks, team_decks: team, also, left_teams, .. } = pending;
        let due = *decks || *team || !also.is_empty() || !left_teams.is_empty();
        let Some(lead) = self.lead().filter(|_| due) else {
            return Ok(BTreeMap::new());
        };
        let mut users: BTreeMap<UserId, Audience> =
            also.iter().map(|user| (*user, Audience::Nobody)).collect();
        for left in left_teams {
            let facts = self.ports.teams.team(self.me.tenant, *left).await?;
            users.extend(
                facts.into_iter().flat_map(|facts| facts.team_leads).map(|user| (user, Audience::Nobody)),
            );
        }
        if *team || lead.state_name() == StateName::Stale {
            let facts = self.ports.teams.team(self.me.tenant, lead.team).await?;
            let leads = facts.into_iter().flat_map(|facts| facts.team_leads);
            users.extend(leads.map(|user| (user, Audience::TeamLead)));
        }
        users.extend(lead.owner.map(|owner| (owner, Audience::Owner)));
        let projections = users.into_iter().map(|(user, audience)| async move {
            let cards = lead_cards(lead, user, audience);
            let offset =
                self.handles.decks.project(self.me.tenant, cards, self.version, Arc::clone(self.key)).await?;
            Ok::<_, RowError>((user, offset))
        });
        let offsets = join_all(projections).await.into_iter().collect::<Result<BTreeMap<_, _>, _>>()?;
        self.ports.points.reach(Point::DecksProjected).await;
        Ok(offsets)
    }

    /// Writes the hint of the next deadline, and arms it in memory.
    async fn project_timer(&self, due: bool) -> Result<(), RowError> {
        let Some(lead) = self.lead().filter(|_| due) else { return Ok(()) };
        let deadline = next_deadline(lead).map(|(at, _)| at);
        self.handles.timers.keep(self.me, deadline).await?;
        self.ports.points.reach(Point::TimerProjected).await;
        Ok(())
    }

    /// Shows the lead in its tenant's directory.
    async fn project_directory(&self, due: bool) -> Result<(), RowError> {
        let Some(lead) = self.lead().filter(|_| due) else { return Ok(()) };
        let row = directory_row(lead, self.version);
        let value = seal_row(&**self.key, self.me.binding("directory"), &row);
        let partition = directory::partition_of(self.me.tenant, self.me.lead);
        let write = Write::Put { key: directory::key(self.me.lead), value };
        self.ports.store.put(&partition, self.version, vec![write]).await?;
        self.handles.directories.updated(self.me.tenant, row);
        self.ports.points.reach(Point::DirectoryProjected).await;
        Ok(())
    }

    /// Tells the audit log what the lead's commits did.
    async fn project_audit(&self, notes: &BTreeMap<Bytes, AuditNote>) -> Result<Vec<Bytes>, RowError> {
        if !notes.is_empty() {
            self.handles.audit.project(self.me, notes.values(), &**self.key).await?;
            self.ports.points.reach(Point::AuditProjected).await;
        }
        Ok(notes.keys().cloned().collect())
    }

    /// Puts messages to the client into the timeline as they stand now. Their stamp is the lead's version, so that the entry
    /// of the request, and older news of it, come too late.
    async fn rewrite_messages(&self, messages: &[JournalRow]) -> Result<usize, RowError> {
        for row in messages {
            let value = seal_row(&**self.key, self.me.binding("journal"), row);
            let write = Write::Put { key: timeline::key(row.at, row.event_id), value };
            let partition = timeline::partition(self.me, Month::of(row.at));
            self.ports.store.put(&partition, row.version, vec![write]).await?;
        }
        if !messages.is_empty() {
            self.ports.points.reach(Point::MessageProjected).await;
        }
        Ok(messages.len())
    }

    /// Records who asked not to be written to, by address: it outlives the lead.
    async fn record_opt_outs(&self, words: &[OptNote]) -> Result<usize, RowError> {
        if words.is_empty() {
            return Ok(0);
        }
        let lookup = self.ports.keyring.tenant_key(self.me.tenant, Purpose::Lookup).await?;
        for word in words {
            let partition = opt_out_partition(&*lookup, self.me.tenant, word.channel, &word.address);
            let row = OptOutRow { out: word.out, at: word.at };
            record_opt_out(&*self.ports.store, &*self.ports.random, partition, row).await?;
        }
        self.ports.points.reach(Point::OptOutProjected).await;
        Ok(words.len())
    }
}

/// Row 10b: the claim knows that the lead's commit holds its message.
async fn finish_claim(ports: &Ports, claim: &ClaimKey) -> Result<(), RowError> {
    let partition = claim.partition();
    for _ in 0..8 {
        let slice = ports.store.read(&partition, &KeyRange::exactly(CLAIM_ROW)).await?;
        let Some(row) = slice.rows.first() else { return Err(RowError::Form { column: "inbound_claim" }) };
        let standing: Claim = decode("inbound_claim", &row.value)?;
        if standing.done {
            return Ok(());
        }
        let value = encode(&Claim { done: true, ..standing }).into();
        let commit = Commit {
            partition: partition.clone(),
            expected: slice.version,
            token: ports.random.token(),
            writes: vec![Write::Put { key: Bytes::from_static(CLAIM_ROW), value }],
        };
        match commit_settled(&*ports.store, commit).await? {
            Settled::Applied => {
                ports.points.reach(Point::ClaimDone).await;
                return Ok(());
            }
            Settled::Conflict { .. } => {}
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    Err(RowError::Contended("inbound_claim"))
}

/// What lists show of a lead.
fn directory_row(lead: &Lead, version: u64) -> DirectoryRow {
    DirectoryRow {
        lead: lead.id,
        version,
        team: lead.team,
        owner: lead.owner,
        state: lead.state_name(),
        status: lead.status,
        deleted: lead.deleted,
        source: lead.source,
        name: hearthline_engine::deck::display_name(lead),
        identities: lead.identities.clone(),
        language: lead.language.clone(),
        tags: lead.tags.iter().cloned().collect(),
        created_at: lead.created_at,
        last_interaction_at: lead.last_interaction_at,
        last_touch_at: lead.last_touch_at(),
        next_deadline_at: next_deadline(lead).map(|(at, _)| at),
        awaits_reply: lead.awaits_reply(),
        first_contact_at: lead.first_contact_at,
        first_contact_breached: lead.breached_at.is_some(),
        won_back: lead.won_back,
        merged: lead.merged.iter().map(|merged| merged.lead).collect(),
        rescue: lead.rescue().cloned(),
    }
}

/// Cuts writes into batches that the store takes.
fn batches(writes: Vec<Write>) -> Vec<Vec<Write>> {
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let mut room = 0;
    for write in writes {
        let size = write.size_bytes();
        match batches.last_mut() {
            Some(batch) if size <= room => batch.push(write),
            Some(_) | None => {
                batches.push(vec![write]);
                room = MAX_BATCH_BYTES;
            }
        }
        room = room.saturating_sub(size);
    }
    batches
}
