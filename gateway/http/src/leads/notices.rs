//! Messages of somebody else's clients that came to one's own number or account (IDN-6). Whoever was written to is told
//! whose client that is, and may read that one message; of the lead they learn nothing else. What they read is recorded,
//! for the owner to see.

use axum::{Json, extract::State, http::StatusCode};
use hearthline_api::{
    Channel, Cursor, Fault, Notice, NoticeKind, Page, PageParams, PageQuery, ProblemDetails, words,
};
use hearthline_engine::{
    ids::{EventId, UserId},
    lead::{Event, Lead},
    message::Message,
    raw::RawGrant,
};
use hearthline_storage_api::{
    KeyRange, Write,
    rows::{
        attachment::{AttachmentRow, Origin},
        codec::{RowError, open_row},
        lead::{JournalRow, LeadRef},
        notice::{NoticeOf, notices, read_notice_key},
        reading::{self, StoredLead},
        timeline::{self, Month},
        user,
    },
};
use uuid::Uuid;

use super::{Leads, at_door, door::Door, listener, timeline::raw_fields};
use crate::{
    input::{PathId, QueryInput},
    problem::Problem,
    viewer::Viewer,
};

/// Rows read at once while looking for those that are still to be told.
const READ_AT_ONCE: usize = 100;

/// One notice, with the lead that it is about.
struct Told {
    key: Vec<u8>,
    of: NoticeOf,
    event: Event,
    stored: StoredLead,
    /// Whose client it is now.
    owner: Option<UserId>,
}

impl Told {
    fn place(&self, viewer: &Viewer) -> LeadRef {
        LeadRef { tenant: viewer.tenant, lead: self.of.lead }
    }
}

/// What came to you and is somebody else's
///
/// Messages of other people's clients to your own numbers and accounts, the newest first. Once a lead is yours, it is not
/// here any more.
#[utoipa::path(
    get, path = "/v1/notices", tag = "queues",
    params(PageParams),
    responses((status = 200, description = "A page, the newest first", body = Page<Notice>))
)]
pub(super) async fn list_notices(
    State(leads): State<Leads>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Notice>>, Problem> {
    let mut after = page.cursor.map(|cursor| cursor.0);
    let mut found = Vec::new();
    while found.len() <= page.limit {
        let rows = rows_after(&leads, &viewer, after.as_deref()).await?;
        let last = rows.len() < READ_AT_ONCE;
        after = rows.last().map(|(key, _)| key.clone()).or(after);
        for (key, sealed) in rows {
            found.extend(told(&leads, &viewer, key, &sealed).await?);
        }
        if last {
            break;
        }
    }
    found.truncate(page.limit + 1);
    let page = Page::cut(found, page.limit, |told| Cursor(told.key.clone()));
    let mut items = Vec::with_capacity(page.items.len());
    for one in &page.items {
        items.push(shown(&leads, &viewer, one).await?);
    }
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}

/// One of them, with its message
///
/// The reading is recorded, and the lead's owner sees it.
#[utoipa::path(
    get, path = "/v1/notices/{id}", tag = "queues",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The message", body = Notice),
        (status = 403, description = "Administrators read no content", body = ProblemDetails),
        (status = 404, description = "No such notice", body = ProblemDetails),
    )
)]
pub(super) async fn read_notice(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Json<Notice>, Problem> {
    let one = with(&leads, &viewer, EventId(id)).await?.ok_or(Fault::NotFound)?;
    let grant = opened(&leads, &viewer, &one, &id.to_string()).await?;
    let place = one.place(&viewer);
    let message = message_of(&leads, place, &one).await?.ok_or(Fault::NotFound)?;
    let raw = raw_fields(&leads, place, &one.stored, &message, &grant).await?;
    let notice = shown(&leads, &viewer, &one).await?;
    Ok(Json(Notice { message: Some(raw), ..notice }))
}

/// Take it off the list
#[utoipa::path(
    delete, path = "/v1/notices/{id}", tag = "queues",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No such notice", body = ProblemDetails),
    )
)]
pub(super) async fn dismiss_notice(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    let one = with(&leads, &viewer, EventId(id)).await?.ok_or(Fault::NotFound)?;
    let gone = vec![Write::Delete { key: one.key.into() }];
    // Above the stamp that it was told with.
    let put = leads.gateway.ports.store.put(&notices(viewer.tenant, viewer.user), 2, gone).await;
    put.map_err(RowError::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Leave for whoever was written to, to read a file of that message; none for anybody else.
pub(super) async fn leave_to_read_file(
    leads: &Leads,
    viewer: &Viewer,
    (id, row): (Uuid, &AttachmentRow),
) -> Result<Option<(StoredLead, RawGrant)>, Problem> {
    let Origin::Message { event, .. } = row.from else { return Ok(None) };
    let Some(one) = with(leads, viewer, event).await?.filter(|one| one.of.lead == row.lead) else {
        return Ok(None);
    };
    let grant = opened(leads, viewer, &one, &id.to_string()).await?;
    Ok(Some((one.stored, grant)))
}

/// The door, for whoever was written to. Recorded before it opens.
async fn opened(leads: &Leads, viewer: &Viewer, one: &Told, what: &str) -> Result<RawGrant, Problem> {
    let door = Door::before(&leads.gateway, at_door(viewer), one.of.lead, None);
    let grant = door.open_as_addressee(addressee(&one.event)).map_err(Fault::from)?;
    door.record(&leads.gateway, true, &[what.to_owned()]).await?;
    Ok(grant)
}

const fn addressee(event: &Event) -> Option<UserId> {
    match event {
        Event::WroteToAnother { to, .. } => Some(*to),
        _ => None,
    }
}

async fn rows_after(
    leads: &Leads,
    viewer: &Viewer,
    after: Option<&[u8]>,
) -> Result<Vec<(Vec<u8>, bytes::Bytes)>, RowError> {
    let mut range = KeyRange::all().limit(READ_AT_ONCE);
    if let Some(after) = after {
        range.from = [after, &[0][..]].concat().into();
    }
    let slice = leads.gateway.ports.store.read(&notices(viewer.tenant, viewer.user), &range).await?;
    Ok(slice.rows.into_iter().map(|row| (row.key.to_vec(), row.value)).collect())
}

/// What a row tells, unless its lead is the viewer's own by now, or gone.
async fn told(leads: &Leads, viewer: &Viewer, key: Vec<u8>, sealed: &[u8]) -> Result<Option<Told>, RowError> {
    let of = read_notice_key(&key)?;
    let place = LeadRef { tenant: viewer.tenant, lead: of.lead };
    let ports = &leads.gateway.ports;
    let Some(stored) = reading::lead(&*ports.store, &*ports.keyring, place).await? else { return Ok(None) };
    // The lead may have been merged into another one, which is somebody's.
    let on = leads.goes_on(place).await?;
    let standing = match on == place {
        true => stored.row.slot.lead().cloned(),
        false => reading::lead(&*ports.store, &*ports.keyring, on)
            .await?
            .and_then(|stored| stored.row.slot.lead().cloned()),
    };
    let others = |lead: &Lead| !lead.deleted && lead.owner != Some(viewer.user);
    let Some(Lead { owner, .. }) = standing.filter(others) else { return Ok(None) };
    let row: JournalRow = open_row(&*stored.key, place.binding("journal"), sealed)?;
    Ok(Some(Told { key, of, event: row.event, stored, owner }))
}

/// The viewer's notice of that message.
async fn with(leads: &Leads, viewer: &Viewer, message: EventId) -> Result<Option<Told>, Problem> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = rows_after(leads, viewer, after.as_deref()).await?;
        let last = rows.len() < READ_AT_ONCE;
        after = rows.last().map(|(key, _)| key.clone());
        let is_it = |key: &[u8]| read_notice_key(key).is_ok_and(|of| of.message == message);
        if let Some((key, sealed)) = rows.into_iter().find(|(key, _)| is_it(key)) {
            return Ok(told(leads, viewer, key, &sealed).await?);
        }
        if last {
            return Ok(None);
        }
    }
}

/// The message as it stands in the lead's timeline: it was there before its notice.
async fn message_of(leads: &Leads, place: LeadRef, one: &Told) -> Result<Option<Message>, RowError> {
    let partition = timeline::partition(place, Month::of(one.of.at));
    let range = KeyRange::exactly(&timeline::key(one.of.at, one.of.message));
    let slice = leads.gateway.ports.store.read(&partition, &range).await?;
    let Some(row) = slice.rows.first() else { return Ok(None) };
    let entry: JournalRow = open_row(&*one.stored.key, place.binding("journal"), &row.value)?;
    Ok(match entry.event {
        Event::MessageReceived { message } => Some(message),
        _ => None,
    })
}

async fn shown(leads: &Leads, viewer: &Viewer, one: &Told) -> Result<Notice, Problem> {
    let Event::WroteToAnother { channel, connection, .. } = one.event else {
        return Err(RowError::Form { column: "notice" }.into());
    };
    let (ports, owner) = (&leads.gateway.ports, one.owner);
    let owner_name = match owner {
        Some(owner) => user::load(&*ports.store, &*ports.keyring, viewer.tenant, owner).await?,
        None => None,
    };
    let said = words::wrote_to_another(one.of.at, channel);
    Ok(Notice {
        id: one.of.message.0,
        kind: NoticeKind::BelongsToAnother,
        owner_id: owner.map(|owner| owner.0),
        owner_name: owner_name.map(|found| found.row.name),
        connection_id: connection.0,
        channel: Channel::from(channel),
        received_at: one.of.at.into(),
        explained: listener(viewer, leads.gateway.now()).explained(&said),
        message: None,
    })
}
