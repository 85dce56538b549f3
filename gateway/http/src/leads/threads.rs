//! What sockets may show of a watched thread: the same doors, the same records, the same events as over HTTP.

use async_trait::async_trait;
use hearthline_api::{
    Event, Fault,
    words::{self, Listener},
};
use hearthline_engine::{
    access::{Access, Action, AuditedReason, Refusal, Subject},
    ids::LeadId,
    lead::{Lead, Slot},
    time::Zone,
};
use hearthline_live::{Code, Opened, Person, Threads};
use hearthline_storage_api::rows::{
    lead::{JournalRow, LeadRef},
    reading::{self, StoredLead},
    session::SessionId,
};
use std::time::Duration;

use super::{
    Leads,
    door::{AtDoor, Door},
    timeline::{is_raw, shown},
};

/// What is needed is away: the client may ask again.
const AWAY: Code = "unavailable";

#[async_trait]
impl Threads for Leads {
    fn reason(&self, person: &Person, lead: LeadId, grant: &str) -> Option<AuditedReason> {
        self.door(person, lead, Some(grant)).reason()
    }

    async fn open(&self, person: &Person, lead: LeadId, grant: Option<&str>) -> Result<Opened, Code> {
        let (_, standing) = self.seen(person, lead).await?;
        let door = self.door(person, lead, grant);
        match door.open(&self.gateway, &standing) {
            Ok(_) => {
                let left = door.expires_at().map(|ends| ends.millis_since(self.gateway.wall()));
                let left = left.filter(|_| door.is_rescue(&standing));
                let ends_in = left.map(|left| Duration::from_millis(left.max(0).unsigned_abs()));
                Ok(Opened { raw: true, ends_in })
            }
            // A grant that opens nothing is said so, and not taken for a wish to see less.
            Err(refusal) if grant.is_some() => Err(refusal.code()),
            Err(_) => {
                door.saw(&self.gateway, "timeline.read").map_err(|_| AWAY)?;
                Ok(Opened { raw: false, ends_in: None })
            }
        }
    }

    async fn show(
        &self,
        person: &Person,
        lead: LeadId,
        row: JournalRow,
        grant: Option<&str>,
        raw: bool,
    ) -> Result<Event, Code> {
        let (mut stored, mut standing) = self.seen(person, lead).await?;
        let door = self.door(person, lead, grant);
        let mut opened = None;
        if raw {
            opened = Some(door.open(&self.gateway, &standing).map_err(Refusal::code)?);
            if is_raw(&row.event) {
                let rescue = door.is_rescue(&standing);
                let recorded = door.record(&self.gateway, rescue, &[row.event_id.to_string()]).await;
                recorded.map_err(|_| AWAY)?;
                if rescue {
                    (stored, standing) = self.seen(person, lead).await?;
                    opened = Some(door.open(&self.gateway, &standing).map_err(Refusal::code)?);
                }
            }
        }
        let place = LeadRef { tenant: person.tenant, lead };
        let said = words::told(&row.event);
        let event =
            shown(self, (place, &standing), &stored, row, opened.as_ref()).await.map_err(|error| {
                tracing::warn!(%lead, %error, "an event of a watched thread could not be read");
                AWAY
            })?;
        // Entries of a timeline name no time of day: they need no zone.
        let listener = Listener { words: person.words, zone: Zone::UTC, now: self.gateway.now() };
        Ok(Event { explained: said.map(|said| listener.explained(&said)), ..event })
    }
}

impl Leads {
    fn door(&self, person: &Person, lead: LeadId, grant: Option<&str>) -> Door {
        let session = SessionId(person.session);
        let who = AtDoor { tenant: person.tenant, viewer: person.viewer, session };
        Door::before(&self.gateway, who, lead, grant)
    }

    /// The lead, for one who may see its thread.
    async fn seen(&self, person: &Person, lead: LeadId) -> Result<(StoredLead, Box<Lead>), Code> {
        let ports = &self.gateway.ports;
        let place = LeadRef { tenant: person.tenant, lead };
        let mut stored = match reading::lead(&*ports.store, &*ports.keyring, place).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return Err(Refusal::NotVisible.code()),
            Err(error) => {
                tracing::warn!(%lead, %error, "a watched thread could not be read");
                return Err(AWAY);
            }
        };
        let Slot::Present(standing) = std::mem::replace(&mut stored.row.slot, Slot::Vacant) else {
            return Err(Refusal::NotVisible.code());
        };
        match Subject::of(&standing).access(&person.viewer, Action::SeeTimeline) {
            Access::Allowed => Ok((stored, standing)),
            Access::NotFound => Err(Refusal::NotVisible.code()),
            Access::Forbidden(refusal) => Err(Fault::Refused(refusal).code()),
        }
    }
}
