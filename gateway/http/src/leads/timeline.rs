//! A lead's timeline, newest first (TML-1). Raw fields are there for those whom the policy lets read them, and absent
//! for the others.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue},
};
use futures::future::try_join_all;
use hearthline_api::{
    Cursor, Event, EventDetail, EventParams, EventQuery, Page, PageParams, ProblemDetails, RawFields, words,
};
use hearthline_engine::{
    access::Action,
    ids::{EventId, LeadId},
    lead::{Event as Fact, Lead, SendEvent, enters_timeline},
    message::{Channel, Content, Delivery, Direction, EventKind, Message, Provider},
    raw::{RawGrant, SealedRaw},
    time::Timestamp,
};
use hearthline_storage_api::{
    Sealing,
    keys::{KeyReader, KeyWriter},
    rows::{
        blob,
        codec::RowError,
        lead::{JournalRow, LeadRef},
        reading::{self, StoredLead, TimelineQuery},
        user::Role,
    },
};
use std::cmp::Reverse;

use super::{
    Leads, at_door, attachments,
    door::{Door, REFUSED_HEADER},
    listener,
    one::visible,
};
use crate::{
    input::{PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// A lead's timeline
#[utoipa::path(
    get, path = "/v1/leads/{id}/events", tag = "leads",
    params(
        ("id" = uuid::Uuid, Path), EventParams, PageParams,
        ("Raw-Access-Grant" = Option<String>, Header, description = "From POST /v1/leads/{id}/raw-access"),
    ),
    responses(
        (status = 200, description = "A page, newest first", body = Page<Event>),
        (status = 404, description = "No such lead", body = ProblemDetails),
    )
)]
pub(super) async fn list_events(
    State(leads): State<Leads>,
    viewer: Viewer,
    headers: HeaderMap,
    PathId(id): PathId,
    QueryInput(query): QueryInput<EventQuery>,
) -> Result<(HeaderMap, Json<Page<Event>>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let (stored, lead) = visible(&leads, &viewer, place, Action::SeeTimeline).await?;
    let now = leads.gateway.now();
    let door = Door::of_request(&leads.gateway, at_door(&viewer), lead.id, &headers);
    let before = match query.page.cursor.as_ref().map(moment) {
        Some(Some(before)) => Some(before),
        Some(None) => return Ok((HeaderMap::new(), Json(Page { items: Vec::new(), next_cursor: None }))),
        None => None,
    };
    let wanted = |row: &JournalRow| {
        // The others are on their way to a queue.
        enters_timeline(&row.event)
            && query.channel.is_none_or(|channel| channel_of(&row.event) == channel)
            && query.from.is_none_or(|from| row.at >= from)
            && query.to.is_none_or(|to| row.at < to)
    };
    let limit = query.page.limit;
    let parts = parts(&leads, place, (stored, lead.clone())).await?;
    // Of each as much as a page holds: what is newest of all is among it.
    let oldest = parts.iter().map(|part| part.lead.created_at).min().unwrap_or(lead.created_at);
    let asked = TimelineQuery { before, now, oldest, limit: limit + 1, wanted: &wanted };
    let mut rows = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        let found = reading::timeline(&*leads.gateway.ports.store, part.place, &part.stored, &asked).await?;
        rows.extend(found.into_iter().map(|row| (n, row)));
    }
    rows.sort_by_key(|(_, row)| Reverse((row.at, row.event_id)));
    rows.truncate(limit + 1);
    let page = Page::cut(rows, limit, |(_, row)| cursor(row));
    let entries: Vec<&JournalRow> = page.items.iter().map(|(_, row)| row).collect();
    let (grant, headers) = through(&leads, &viewer, &door, place, &lead, &entries).await?;
    let listener = listener(&viewer, now);
    let mut items = Vec::with_capacity(page.items.len());
    for (n, row) in page.items {
        let (part, said) = (&parts[n], words::told(&row.event));
        let event = shown(&leads, (part.place, &part.lead), &part.stored, row, grant.as_ref()).await?;
        let explained = said.map(|said| listener.explained(&said));
        items.push(Event { lead_id: place.lead.0, explained, ..event });
    }
    Ok((headers, Json(Page { items, next_cursor: page.next_cursor })))
}

/// A lead whose events stand in a timeline: its own, or one that was merged into it.
struct Part {
    place: LeadRef,
    stored: StoredLead,
    lead: Box<Lead>,
}

/// The lead itself, the leads that were merged into it, and those that were merged into them (IDN-3). Each keeps its rows
/// under its own key.
async fn parts(
    leads: &Leads,
    place: LeadRef,
    (stored, lead): (StoredLead, Box<Lead>),
) -> Result<Vec<Part>, RowError> {
    let ports = &leads.gateway.ports;
    let mut parts = vec![Part { place, stored, lead }];
    let mut next = 0;
    while next < parts.len() {
        let (into, merged) = (parts[next].place, parts[next].lead.merged.clone());
        for merged in merged {
            let place = LeadRef { lead: merged.lead, ..into };
            let Some(stored) = reading::lead(&*ports.store, &*ports.keyring, place).await? else { continue };
            let known = stored.row.slot.lead().filter(|known| known.merged_into == Some(into.lead));
            if let Some(lead) = known.cloned().map(Box::new) {
                parts.push(Part { place, stored, lead });
            }
        }
        next += 1;
    }
    Ok(parts)
}

/// Leave to read, if there is one, and why not, if one was asked for. Somebody else's reading than the owner's is recorded
/// first, and then the lead is looked at once more: the door may have closed meanwhile (PRV-3).
async fn through(
    leads: &Leads,
    viewer: &Viewer,
    door: &Door,
    place: LeadRef,
    lead: &Lead,
    rows: &[&JournalRow],
) -> Result<(Option<RawGrant>, HeaderMap), Problem> {
    let gateway = &leads.gateway;
    let mut opened = door.open(gateway, lead);
    let messages = rows.iter().filter(|row| is_raw(&row.event)).map(|row| row.event_id.to_string());
    let messages: Vec<String> = messages.collect();
    if opened.is_ok() && !messages.is_empty() {
        let rescue = door.is_rescue(lead);
        door.record(gateway, rescue, &messages).await?;
        if rescue {
            let (_, now) = visible(leads, viewer, place, Action::SeeTimeline).await?;
            opened = door.open(gateway, &now);
        }
    }
    if opened.is_err() && viewer.role != Role::Agent {
        door.saw(gateway, "timeline.read")?;
    }
    let mut headers = HeaderMap::new();
    if let Err(refusal) = &opened
        && door.was_shown_a_grant()
    {
        headers.insert(REFUSED_HEADER, HeaderValue::from_static(refusal.code()));
    }
    Ok((opened.ok(), headers))
}

/// Whether an event has raw parts.
pub(super) const fn is_raw(fact: &Fact) -> bool {
    match fact {
        Fact::MessageReceived { .. } | Fact::NoteWritten { .. } | Fact::Send(SendEvent::Requested { .. }) => {
            true
        }
        Fact::CallEnded { note, .. } => note.is_some(),
        Fact::FollowUpScheduled { follow_up, .. } => follow_up.title.is_some(),
        _ => false,
    }
}

fn cursor(row: &JournalRow) -> Cursor {
    let key =
        KeyWriter::new().number(row.at.as_millis().unsigned_abs()).fixed(row.event_id.as_bytes()).finish();
    Cursor(key.to_vec())
}

fn moment(cursor: &Cursor) -> Option<(Timestamp, EventId)> {
    let mut reader = KeyReader::new(&cursor.0);
    let at = Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?);
    Some((at, EventId::from_bytes(reader.fixed().ok()?)))
}

pub(super) async fn shown(
    leads: &Leads,
    (place, lead): (LeadRef, &Lead),
    stored: &StoredLead,
    row: JournalRow,
    grant: Option<&RawGrant>,
) -> Result<Event, RowError> {
    match message_of(lead, &row.event) {
        Some(message) => {
            let raw = match grant {
                Some(grant) => Some(raw_fields(leads, place, stored, message, grant).await?),
                None => None,
            };
            Ok(Event {
                id: row.event_id.0,
                lead_id: place.lead.0,
                channel: message.channel.into(),
                kind: message.kind.into(),
                direction: message.direction.into(),
                received_at: message.received_at.into(),
                occurred_at: message.occurred_at.into(),
                status: message.status.into(),
                provider: message.provider.into(),
                by: None,
                detail: None,
                explained: None,
                raw,
            })
        }
        None => Ok(internal(leads, place, stored, (row.event_id, row.at), &row.event, grant).await?),
    }
}

/// An entry that is no message of a client's.
async fn internal(
    leads: &Leads,
    place: LeadRef,
    stored: &StoredLead,
    (id, at): (EventId, Timestamp),
    fact: &Fact,
    grant: Option<&RawGrant>,
) -> Result<Event, RowError> {
    let raw = match grant {
        Some(grant) => written(leads, place, stored, fact, grant).await?,
        None => None,
    };
    let (by, detail) = EventDetail::of(fact);
    Ok(Event {
        id: id.0,
        lead_id: place.lead.0,
        channel: channel_of(fact).into(),
        kind: kind_of(fact).into(),
        direction: Direction::Internal.into(),
        received_at: at.into(),
        occurred_at: at.into(),
        status: Delivery::Received.into(),
        provider: Provider::Hearthline.into(),
        by,
        detail,
        explained: None,
        raw,
    })
}

/// The text that somebody of us wrote with it, if they wrote one: a note's or an outcome's body, a task's title.
async fn written(
    leads: &Leads,
    place: LeadRef,
    stored: &StoredLead,
    fact: &Fact,
    grant: &RawGrant,
) -> Result<Option<RawFields>, RowError> {
    match fact {
        Fact::NoteWritten { text, .. } | Fact::CallEnded { note: Some(text), .. } => {
            let content = opened(leads, place, stored, text.event, &text.content, grant).await?;
            Ok(Some(RawFields { body: content.body, ..RawFields::default() }))
        }
        Fact::FollowUpScheduled { follow_up, .. } => {
            let Some(title) = &follow_up.title else { return Ok(None) };
            let sealing = Sealing { key: &*stored.key, binding: place.binding("preview") };
            let raw =
                sealing.open_raw(title).map_err(|source| RowError::Seal { column: "preview", source })?;
            let subject = raw.open_text(grant).map_err(|_| RowError::Form { column: "preview" })?;
            Ok(Some(RawFields { subject: Some(subject), ..RawFields::default() }))
        }
        _ => Ok(None),
    }
}

async fn opened(
    leads: &Leads,
    place: LeadRef,
    stored: &StoredLead,
    event: EventId,
    content: &SealedRaw,
    grant: &RawGrant,
) -> Result<Content, RowError> {
    let sealed = blob::content(&*leads.gateway.ports.store, place, event, content.clone()).await?;
    let sealing = Sealing { key: &*stored.key, binding: place.binding("content") };
    let raw = sealing.open_raw(&sealed).map_err(|source| RowError::Seal { column: "content", source })?;
    Ok(raw.decode().map_err(|_| RowError::Form { column: "content" })?.open(grant))
}

/// The message that an entry is, if it is one. One that was sent lately is shown as the lead knows it now, whether or not
/// its entry has been written anew.
fn message_of<'a>(lead: &'a Lead, fact: &'a Fact) -> Option<&'a Message> {
    match fact {
        Fact::MessageReceived { message } => Some(message),
        Fact::Send(SendEvent::Requested { outgoing }) => {
            Some(&lead.outgoing(outgoing.id()).unwrap_or(outgoing).message)
        }
        _ => None,
    }
}

/// Opens what is raw, under the grant.
pub(super) async fn raw_fields(
    leads: &Leads,
    place: LeadRef,
    stored: &StoredLead,
    message: &Message,
    grant: &RawGrant,
) -> Result<RawFields, RowError> {
    let content = opened(leads, place, stored, message.event, &message.content, grant).await?;
    let files = (0..).zip(content.attachments);
    let files = files.map(|(n, file)| attachments::shown(leads, place, stored, (message.event, n), file));
    let attachments = try_join_all(files).await?;
    Ok(RawFields {
        // A message to the client has none before the provider took it.
        provider_event_id: Some(message.provider_event_id.clone()).filter(|id| !id.is_empty()),
        from: Some(message.from.value.clone()),
        to: message.to.iter().map(|address| address.value.clone()).collect(),
        subject: content.subject,
        body: content.body,
        html: content.html,
        thread_key: content.thread_key,
        refers_to: content.refers_to,
        attachments,
    })
}

const fn channel_of(fact: &Fact) -> Channel {
    match fact {
        Fact::MessageReceived { message } => message.channel,
        Fact::NoteWritten { .. } => Channel::Note,
        Fact::Send(SendEvent::Requested { outgoing }) => outgoing.message.channel,
        Fact::CallStarted { .. } | Fact::CallEnded { .. } => Channel::Voice,
        Fact::CardOpened { .. }
        | Fact::CardChanged { .. }
        | Fact::CardClosed { .. }
        | Fact::CardSnoozed { .. }
        | Fact::CardReturned { .. }
        | Fact::DeedUndone { .. }
        | Fact::FollowUpScheduled { .. }
        | Fact::FollowUpRemoved { .. } => Channel::Task,
        _ => Channel::System,
    }
}

const fn kind_of(fact: &Fact) -> EventKind {
    match fact {
        Fact::MessageReceived { message } => message.kind,
        Fact::NoteWritten { .. } => EventKind::Note,
        Fact::Send(SendEvent::Requested { outgoing }) => outgoing.message.kind,
        Fact::CallStarted { .. } => EventKind::Call,
        Fact::CallEnded { .. } => EventKind::Outcome,
        Fact::CardOpened { .. }
        | Fact::CardChanged { .. }
        | Fact::CardClosed { .. }
        | Fact::CardSnoozed { .. }
        | Fact::CardReturned { .. }
        | Fact::DeedUndone { .. }
        | Fact::FollowUpScheduled { .. }
        | Fact::FollowUpRemoved { .. } => EventKind::Task,
        _ => EventKind::StateChange,
    }
}
