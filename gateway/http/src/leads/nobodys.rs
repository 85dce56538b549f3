//! Messages of which nobody can tell who wrote them (IDN-5). They are dead letters, sealed as those are, and wait in the
//! unassigned queue until a person says whose they are: then they go the way of everything that comes in, with an address
//! of that lead in the place of the sender that could not be read. Nobody opens them on the way.

use hearthline_actors::Entry;
use hearthline_api::{Cursor, Fault, LeadSource, Page, QueueDeed, QueueKind, Unassigned, words};
use hearthline_engine::{
    access::{Access, Action, Refusal, Subject},
    audit::{self, Field},
    lead::{Lead, Source},
    providers::given::with_sender,
};
use hearthline_storage_api::rows::{
    connection::{ConnectionRow, Settings},
    lead::LeadRef,
    queues::{DeadLetterCause, DeadLetterRow},
};
use uuid::Uuid;

use super::{Leads, listener, one::visible, policy_viewer};
use crate::{
    idempotency::Operation,
    problem::Problem,
    routes::dead_letters::{body_of, known, letter_key, letters, send_again},
    viewer::Viewer,
};

/// Before all messages.
pub(super) const FIRST: Uuid = Uuid::nil();

/// The message that a cursor names; a lead's cursor is longer.
pub(super) fn place(cursor: &Cursor) -> Option<Uuid> {
    Uuid::from_slice(&cursor.0).ok()
}

/// The rest of a page: messages behind that one, after the items that are on it already.
pub(super) async fn page(
    leads: &Leads,
    viewer: &Viewer,
    after: Uuid,
    limit: usize,
    mut items: Vec<Unassigned>,
) -> Result<Page<Unassigned>, Problem> {
    let room = limit.saturating_sub(items.len());
    let nobodys = |row: &DeadLetterRow| row.cause == DeadLetterCause::SenderUnreadable;
    let mut found = letters(&leads.gateway, viewer, Some(after), room + 1, nobodys).await?;
    let more = found.len() > room;
    found.truncate(room);
    let last = found.last().map_or(after, |(row, _)| row.id);
    // Without its connection nobody can read it any more, whoever wrote it.
    let known = found.iter().filter_map(|(row, connection)| Some((row, connection.as_deref()?)));
    let shown = known.map(|(row, connection)| shown(leads, viewer, row, connection));
    items.extend(shown);
    let next_cursor = more.then(|| Cursor(last.as_bytes().to_vec()).encode());
    Ok(Page { items, next_cursor })
}

fn shown(leads: &Leads, viewer: &Viewer, row: &DeadLetterRow, connection: &ConnectionRow) -> Unassigned {
    let cause = hearthline_api::DeadLetterCause::SenderUnreadable;
    let said = words::dead_letter(cause, row.received_at);
    Unassigned {
        id: row.id,
        kind: QueueKind::Message,
        lead_id: None,
        lead_name: String::new(),
        team_id: connection.team.0,
        state: None,
        source: LeadSource::from(source(&connection.settings)),
        connection_id: Some(connection.id.0),
        language: None,
        explained: listener(viewer, leads.gateway.now()).explained(&said),
        since: row.dead_at.into(),
        last_interaction_at: None,
        deeds: vec![QueueDeed::Assign, QueueDeed::Discard],
    }
}

const fn source(settings: &Settings) -> Source {
    match settings {
        Settings::TwilioSms(_) => Source::Sms,
        Settings::Whatsapp(_) => Source::Whatsapp,
        Settings::Messenger(_) => Source::Messenger,
        Settings::Instagram(_) => Source::Instagram,
    }
}

/// Gives a message to a lead.
pub(super) async fn assign(
    leads: &Leads,
    viewer: &Viewer,
    operation: Operation,
    letter: Uuid,
    place: LeadRef,
) -> Result<(), Problem> {
    let gateway = &leads.gateway;
    let key = letter_key(gateway, viewer).await?;
    let (row, _) = known(gateway, viewer, &*key, letter).await?;
    if row.cause != DeadLetterCause::SenderUnreadable {
        return Err(Fault::DeedNotPossible.into());
    }
    let lead = receiver(leads, viewer, place).await?;
    let body = body_of(gateway, viewer, &*key, &row).await?;
    let given = lead.identities.iter().find_map(|address| with_sender(&body, address));
    let given = given.ok_or_else(|| {
        let why = "must be a lead with an address on the channel on which it was written";
        Problem(Fault::field("lead_id", "no_address", why))
    })?;
    let entry = Entry::new(viewer.actor(), audit::Subject::Lead(lead.id), "message.assigned")
        .fields([Field::new("dead_letter_id", row.id)])
        .once(operation.id());
    let sent = async { send_again(gateway, viewer, &*key, row, &given).await };
    gateway.recorded(viewer.tenant, entry, sent).await.map(drop)
}

/// The lead, for one who may say that a message is its client's: who may change it, or give it to somebody.
async fn receiver(leads: &Leads, viewer: &Viewer, place: LeadRef) -> Result<Box<Lead>, Problem> {
    let lead = match visible(leads, viewer, place, Action::SeeLead).await {
        Ok((_, lead)) => lead,
        Err(Problem(fault)) if fault.status() < 500 => {
            return Err(Fault::field("lead_id", "not_found", "must be a lead whom you may know of").into());
        }
        Err(problem) => return Err(problem),
    };
    let may = |action| Subject::of(&lead).access(&policy_viewer(viewer), action) == Access::Allowed;
    match may(Action::EditLead) || may(Action::Reassign) {
        true => Ok(lead),
        false => Err(Fault::Refused(Refusal::RoleLacksRight).into()),
    }
}
