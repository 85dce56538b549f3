//! What a person has to decide (IDN-3, LIF-7, OUT-3, PRV-8): somebody wrote to a deleted lead; nobody can say whether a
//! message was sent. Administrators and the team's leads see that, and decide; what was written is for whoever has the lead.
//! Behind both stand leads that may be one person, which their owner sees too: [`super::matches`].

use axum::{Json, extract::State, http::StatusCode};
use hearthline_actors::Ask;
use hearthline_api::{
    Channel, Cursor, Decision, Fault, Page, PageParams, PageQuery, ProblemDetails, QueueDeed, QueueKind,
    Review, Verdict, words,
};
use hearthline_engine::{
    access::Refusal,
    deck::display_name,
    ids::{EventId, LeadId, TenantId},
    lead::{Command, Event, Lead, Outgoing, Rejected, SendCommand},
    message::{Channel::System, Message},
    namesake::Pair,
    time::Timestamp,
};
use hearthline_storage_api::{
    KeyRange,
    keys::{KeyReader, KeyWriter},
    rows::{
        codec::{RowError, open_row},
        lead::{JournalRow, LeadRef},
        queues::reviews,
        reading,
        user::Role,
    },
};

use super::{Leads, ask::made, listener, matches};
use crate::{
    idempotency::Operation,
    input::{JsonInput, PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// Rows read at once while looking for those that a viewer may know of.
const READ_AT_ONCE: usize = 100;

/// Something that waits, with its lead.
struct Held {
    key: Vec<u8>,
    place: LeadRef,
    lead: Box<Lead>,
    row: JournalRow,
}

/// What has to be decided
///
/// Of your team's leads, of all for administrators. Agents see leads of their own that may be one person, and nothing else.
/// Derived facts alone.
#[utoipa::path(
    get, path = "/v1/reviews", tag = "queues",
    params(PageParams),
    responses(
        (status = 200, description = "A page: messages by lead, in their order; then leads that may be one person, the longest known first", body = Page<Review>),
    )
)]
pub(super) async fn list_reviews(
    State(leads): State<Leads>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Review>>, Problem> {
    leads.gateway.saw_list(&viewer, "reviews.listed", None)?;
    let wanted = page.limit + 1;
    let after = page.cursor.as_ref().map(Place::read);
    let mut found: Vec<(Place, Review)> = Vec::new();
    if viewer.role != Role::Agent && !matches!(after, Some(Place::Match(..))) {
        let after = match &after {
            Some(Place::Message(key)) => Some(key.clone()),
            Some(Place::Match(..)) | None => None,
        };
        let waiting = waiting_after(&leads, &viewer, after, wanted).await?;
        found.extend(
            waiting.iter().map(|held| (Place::Message(held.key.clone()), shown(&leads, &viewer, held))),
        );
    }
    if found.len() < wanted {
        let after = match after {
            Some(Place::Match(since, pair)) => Some((since, pair)),
            Some(Place::Message(_)) | None => None,
        };
        found.extend(matches::after(&leads, &viewer, after, wanted - found.len()).await?);
    }
    let page = Page::cut(found, page.limit, |(place, _)| place.cursor());
    Ok(Json(page.map(|(_, review)| review)))
}

/// Where something stands in the list: messages first, by their row's key.
pub(super) enum Place {
    Message(Vec<u8>),
    Match(Timestamp, Pair),
}

impl Place {
    fn cursor(&self) -> Cursor {
        Cursor(match self {
            Self::Message(key) => key.clone(),
            Self::Match(since, pair) => {
                let [first, second] = pair.leads();
                let since = since.as_millis().unsigned_abs();
                let key = KeyWriter::new().number(since).fixed(first.as_bytes()).fixed(second.as_bytes());
                key.finish().to_vec()
            }
        })
    }

    /// A match's cursor is longer than a message's key by its moment.
    fn read(cursor: &Cursor) -> Self {
        let read = || {
            let mut reader = KeyReader::new(&cursor.0);
            let since = Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?);
            let first = LeadId::from_bytes(reader.fixed().ok()?);
            Some(Self::Match(since, Pair::of(first, LeadId::from_bytes(reader.fixed().ok()?))))
        };
        read().unwrap_or_else(|| Self::Message(cursor.0.clone()))
    }
}

/// Messages that wait, behind a row's key, up to so many.
async fn waiting_after(
    leads: &Leads,
    viewer: &Viewer,
    mut after: Option<Vec<u8>>,
    wanted: usize,
) -> Result<Vec<Held>, Problem> {
    let mut found = Vec::new();
    while found.len() < wanted {
        let keys = keys_after(leads, viewer.tenant, after.as_deref()).await?;
        let last = keys.len() < READ_AT_ONCE;
        after = keys.last().map(|(key, _)| key.clone()).or(after);
        for (key, sealed) in keys {
            found.extend(held(leads, viewer, key, &sealed).await?);
        }
        if last {
            break;
        }
    }
    found.truncate(wanted);
    Ok(found)
}

/// Decide
///
/// `restore` brings a deleted lead back, as Active, with everything that was written since; `dismiss` leaves it deleted, and
/// takes this message off the list. `sent` and `not_sent` say what became of a message in doubt; the provider's word, if it
/// comes after all, goes before it. Of two leads that may be one person, `same` merges the second of `leads` into the first,
/// as `POST /v1/leads/{id}/merges` does, which may refuse it; `not_same` is for good. Decided twice, it is decided once.
#[utoipa::path(
    post, path = "/v1/reviews/{id}/decide", tag = "queues",
    params(("id" = uuid::Uuid, Path)),
    request_body = Decision,
    responses(
        (status = 204, description = "Decided"),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "Nothing of that id waits", body = ProblemDetails),
        (status = 409, description = "Not one of its deeds: `deed_not_possible`; or the leads cannot be merged now", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn decide(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(Decision { decision }): JsonInput<Decision>,
) -> Result<StatusCode, Problem> {
    if let Some(found) = matches::with(&leads, &viewer, id).await? {
        matches::decide(&leads, &viewer, operation, found, decision).await?;
        return Ok(StatusCode::NO_CONTENT);
    }
    may(&viewer)?;
    let waiting = of_lead_with(&leads, &viewer, EventId(id)).await?;
    let one = waiting.iter().find(|held| event_of(held) == Some(EventId(id))).ok_or(Fault::NotFound)?;
    if !deeds_of(&one.row).contains(&decision.deed()) {
        return Err(Fault::DeedNotPossible.into());
    }
    let (place, event, by) = (one.place, EventId(id), viewer.user);
    match decision {
        Verdict::Dismiss => {
            leads.review(place, Command::Review { event, restored: None, by }).await?;
        }
        Verdict::Restore => {
            for message in waiting.iter().filter_map(|held| message_of(&held.row)) {
                let (event, restored) = (message.event, Some(Box::new(message)));
                leads.review(place, Command::Review { event, restored, by }).await?;
            }
        }
        Verdict::Sent | Verdict::NotSent => {
            let went = decision == Verdict::Sent;
            leads.review(place, Command::Send(SendCommand::Resolve { send: event, went, by })).await?;
        }
        // No message has them among its deeds.
        Verdict::Same | Verdict::NotSame => return Err(Fault::DeedNotPossible.into()),
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Leads {
    /// Has the lead take a decision; one that it has taken before is no news.
    async fn review(&self, place: LeadRef, command: Command) -> Result<(), Problem> {
        match made(place, self.node.leads.ask(place, Ask::Do(Box::new(command))).await) {
            Ok(_) | Err(Problem(Fault::Rejected(Rejected::NothingChanges))) => Ok(()),
            Err(problem) => Err(problem),
        }
    }
}

fn may(viewer: &Viewer) -> Result<(), Problem> {
    match viewer.role {
        Role::Admin | Role::TeamLead => Ok(()),
        Role::Agent => Err(Fault::Refused(Refusal::RoleLacksRight).into()),
    }
}

/// Keys and sealed rows behind a place.
async fn keys_after(
    leads: &Leads,
    tenant: TenantId,
    after: Option<&[u8]>,
) -> Result<Vec<(Vec<u8>, bytes::Bytes)>, RowError> {
    let mut range = KeyRange::all().limit(READ_AT_ONCE);
    if let Some(after) = after {
        range.from = [after, &[0][..]].concat().into();
    }
    let rows = leads.gateway.ports.store.read(&reviews(tenant), &range).await?.rows;
    Ok(rows.into_iter().map(|row| (row.key.to_vec(), row.value)).collect())
}

fn ids_of(key: &[u8]) -> Option<(LeadId, EventId)> {
    let mut reader = KeyReader::new(key);
    Some((LeadId::from_bytes(reader.fixed().ok()?), EventId::from_bytes(reader.fixed().ok()?)))
}

/// What a row is about, if the viewer may know of its lead.
async fn held(leads: &Leads, viewer: &Viewer, key: Vec<u8>, sealed: &[u8]) -> Result<Option<Held>, RowError> {
    let Some((lead, _)) = ids_of(&key) else { return Ok(None) };
    let place = LeadRef { tenant: viewer.tenant, lead };
    let ports = &leads.gateway.ports;
    let Some(stored) = reading::lead(&*ports.store, &*ports.keyring, place).await? else { return Ok(None) };
    let Some(lead) = stored.row.slot.lead() else { return Ok(None) };
    if !viewer.knows_team(lead.team) {
        return Ok(None);
    }
    let row: JournalRow = open_row(&*stored.key, place.binding("journal"), sealed)?;
    // Decided by now, and about to leave the list.
    let waits = match &row.event {
        Event::Send(event) => {
            let known = lead.outgoing(event.send()).filter(|_| !lead.deleted);
            known.is_some_and(Outgoing::is_left_to_a_person)
        }
        _ => message_of(&row).is_none_or(|message| lead.in_review.contains(&message.event)),
    };
    Ok(waits.then(|| Held { key, place, lead: Box::new(lead.clone()), row }))
}

/// Everything that waits of the lead to which that message was written.
async fn of_lead_with(leads: &Leads, viewer: &Viewer, event: EventId) -> Result<Vec<Held>, Problem> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let keys = keys_after(leads, viewer.tenant, after.as_deref()).await?;
        let last = keys.len() < READ_AT_ONCE;
        after = keys.last().map(|(key, _)| key.clone());
        let lead = keys.iter().filter_map(|(key, _)| ids_of(key)).find(|(_, known)| *known == event);
        if let Some((lead, _)) = lead {
            let range = KeyRange::prefix(lead.as_bytes());
            let rows = leads.gateway.ports.store.read(&reviews(viewer.tenant), &range).await?.rows;
            let mut waiting = Vec::with_capacity(rows.len());
            for row in rows {
                waiting.extend(held(leads, viewer, row.key.to_vec(), &row.value).await?);
            }
            return Ok(waiting);
        }
        if last {
            return Err(Fault::NotFound.into());
        }
    }
}

fn event_of(held: &Held) -> Option<EventId> {
    ids_of(&held.key).map(|(_, event)| event)
}

/// What was written, whole again.
fn message_of(row: &JournalRow) -> Option<Message> {
    match &row.event {
        Event::SentToReview { content, message: Some(message), .. } => {
            Some(Message { content: content.clone(), ..(**message).clone() })
        }
        _ => None,
    }
}

/// What can be done with it.
fn deeds_of(row: &JournalRow) -> Vec<QueueDeed> {
    match &row.event {
        Event::Send(_) => vec![QueueDeed::Sent, QueueDeed::NotSent],
        _ if message_of(row).is_some() => vec![QueueDeed::Restore, QueueDeed::Dismiss],
        _ => vec![QueueDeed::Dismiss],
    }
}

fn shown(leads: &Leads, viewer: &Viewer, held: &Held) -> Review {
    let (kind, channel, said) = match &held.row.event {
        Event::Send(event) => {
            let outgoing = held.lead.outgoing(event.send());
            let channel = outgoing.map_or(System, |outgoing| outgoing.message.channel);
            let tried_at = outgoing.and_then(|outgoing| outgoing.tried_at).unwrap_or(held.row.at);
            (QueueKind::SendInDoubt, channel, words::left_in_doubt(tried_at, channel))
        }
        _ => {
            let channel = message_of(&held.row).map_or(System, |message| message.channel);
            (QueueKind::DeletedLeadWrote, channel, words::deleted_lead_wrote(held.row.at, channel))
        }
    };
    Review {
        id: event_of(held).unwrap_or(held.row.event_id).0,
        kind,
        lead_id: held.lead.id.0,
        lead_name: display_name(&held.lead),
        team_id: held.lead.team.0,
        owner_id: held.lead.owner.map(|owner| owner.0),
        channel: Channel::from(channel),
        explained: listener(viewer, leads.gateway.now()).explained(&said),
        since: held.row.at.into(),
        deeds: deeds_of(&held.row),
        leads: Vec::new(),
    }
}
