//! Who reads the words of a client (PRV-2, PRV-3), in the API's order: a team lead's reason is durable before there is a
//! grant, their reading before the first byte, and then the lead is looked at once more; an owner reads what was there when
//! the lead was theirs. Nobody takes up what a dead process left: whoever wanted to read asks again.

use hearthline_actors::Entry;
use hearthline_engine::{
    access::{Access, Action, AuditedReason, RawGrant, Relation, Subject, Viewer, on_lead, raw_grant},
    audit::{Actor, Field, Subject as Of},
    ids::{EventId, LeadId, TenantId},
    lead::{Event, Lead},
    message::Content,
    time::Timestamp,
};
use hearthline_storage_api::{
    Sealing,
    rows::{
        blob,
        codec::RowError,
        lead::LeadRef,
        reading::{self, StoredLead, TimelineQuery},
    },
};
use uuid::Uuid;

use crate::people::People;

/// Why somebody wanted to read a lead.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub viewer: Viewer,
    pub lead: LeadId,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// The entry in the log.
    pub entry: Uuid,
    /// When it was durable, at the latest.
    pub durable_at: Timestamp,
    /// What the access policy makes of it.
    audited: AuditedReason,
}

/// Somebody at a lead's door.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub lead: LeadId,
    /// Which of the ledger's reasons they showed.
    pub reason: Option<usize>,
    /// Between these two moments the lead was looked at for the last time.
    pub from: Timestamp,
    pub at: Timestamp,
    pub found: Found,
}

/// What they found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The words of this message; and the entry of the reading, of one who is not the owner.
    Words {
        provider_event_id: String,
        body: String,
        entry: Option<Uuid>,
    },
    Refused,
}

/// A message that can be read.
struct Message {
    event: EventId,
    provider_event_id: String,
    content: hearthline_engine::raw::SealedRaw,
}

impl People {
    /// Somebody wants to read; `anew`: and gives a reason for it, if one is asked of them.
    pub(crate) fn look(&self, (tenant, viewer): (TenantId, Viewer), lead: LeadId, anew: bool) {
        let people = self.clone();
        tokio::spawn(async move {
            let place = LeadRef { tenant, lead };
            if anew {
                people.give_reason(place, viewer).await;
            }
            let reason = {
                let ledger = people.ledger.lock();
                let theirs = |reason: &Reason| reason.lead == lead && reason.viewer.user == viewer.user;
                ledger.reasons.iter().rposition(theirs)
            };
            // What storage did not answer nobody read.
            let Ok(Some((from, at, found))) = people.try_to_read(place, viewer, reason).await else { return };
            people.trace.note("look", &[lead.as_bytes(), format!("{found:?}").as_bytes()]);
            people.ledger.lock().looks.push(Look { tenant, viewer, lead, reason, from, at, found });
        });
    }

    async fn give_reason(&self, place: LeadRef, viewer: Viewer) {
        let Ok(Some((_, lead))) = self.stored(place).await else { return };
        if on_lead(&viewer, &lead, Action::RequestRawAccess) != Access::Allowed {
            return;
        }
        let (episode, asked_at) = (Subject::of(&lead).episode, self.running.clock.now());
        let entry = Entry::new(Actor::User(viewer.user), Of::Lead(place.lead), "raw.access_granted")
            .reason("they have not answered for days");
        let Ok(recorded) = self.running.node.audit().record(place.tenant, entry).await else { return };
        let audited = AuditedReason::durable(place.lead, episode, viewer.user, asked_at);
        let (lead, entry, durable_at) = (place.lead, recorded.id, self.running.clock.now());
        self.ledger.lock().reasons.push(Reason { viewer, lead, asked_at, entry, durable_at, audited });
    }

    /// Nothing where there is nothing to read.
    async fn try_to_read(
        &self,
        place: LeadRef,
        viewer: Viewer,
        reason: Option<usize>,
    ) -> Result<Option<(Timestamp, Timestamp, Found)>, RowError> {
        let audited = reason.map(|n| self.ledger.lock().reasons[n].audited.clone());
        let open = |lead: &Lead| {
            let now = self.running.clock.now();
            (now, raw_grant(&viewer, &Subject::of(lead), audited.as_ref(), now))
        };
        let mut from = self.running.clock.now();
        let Some((stored, lead)) = self.stored(place).await? else { return Ok(None) };
        let (mut at, mut grant) = open(&lead);
        if grant.is_err() {
            return Ok(Some((from, at, Found::Refused)));
        }
        let Some(message) = self.newest(place, &stored, &lead).await? else { return Ok(None) };
        let mut entry = None;
        if Relation::of(&viewer, lead.owner, lead.team) != Relation::Owner {
            let reading = Entry::new(Actor::User(viewer.user), Of::Lead(place.lead), "raw.read")
                .fields([Field::new("event_ids", message.event)]);
            entry = Some(self.running.node.audit().record(place.tenant, reading).await?.id);
            // That took time: the door may have closed meanwhile.
            from = self.running.clock.now();
            let Some((_, lead)) = self.stored(place).await? else { return Ok(None) };
            (at, grant) = open(&lead);
        }
        let Ok(grant) = grant else { return Ok(Some((from, at, Found::Refused))) };
        let body = self.words(place, &stored, &message, &grant)?;
        Ok(Some((from, at, Found::Words { provider_event_id: message.provider_event_id, body, entry })))
    }

    async fn stored(&self, place: LeadRef) -> Result<Option<(StoredLead, Lead)>, RowError> {
        let keyring = &*self.running.hook.keyring;
        let Some(stored) = reading::lead(&*self.running.store, keyring, place).await? else {
            return Ok(None);
        };
        let lead = stored.row.slot.lead().cloned();
        Ok(lead.map(|lead| (stored, lead)))
    }

    /// The newest message of the client, if it is as short as those of these worlds are.
    async fn newest(
        &self,
        place: LeadRef,
        stored: &StoredLead,
        lead: &Lead,
    ) -> Result<Option<Message>, RowError> {
        let wanted = |row: &hearthline_storage_api::rows::lead::JournalRow| {
            matches!(row.event, Event::MessageReceived { .. })
        };
        let now = self.running.clock.now();
        let query = TimelineQuery { before: None, now, oldest: lead.created_at, limit: 1, wanted: &wanted };
        let rows = reading::timeline(&*self.running.store, place, stored, &query).await?;
        let Some(Event::MessageReceived { message }) = rows.into_iter().next().map(|row| row.event) else {
            return Ok(None);
        };
        let content = blob::content(&*self.running.store, place, message.event, message.content).await?;
        let (event, provider_event_id) = (message.event, message.provider_event_id);
        Ok(Some(Message { event, provider_event_id, content }))
    }

    fn words(
        &self,
        place: LeadRef,
        stored: &StoredLead,
        message: &Message,
        grant: &RawGrant,
    ) -> Result<String, RowError> {
        let sealing = Sealing { key: &*stored.key, binding: place.binding("content") };
        let raw = sealing.open_raw(&message.content);
        let raw = raw.map_err(|source| RowError::Seal { column: "content", source })?;
        let content: hearthline_engine::raw::Raw<Content> =
            raw.decode().map_err(|_| RowError::Form { column: "content" })?;
        Ok(content.open(grant).body.unwrap_or_default())
    }
}
