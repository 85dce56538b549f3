//! Dead letters (ING-10): what came in and was not taken. Administrators and the team's leads see what and why, and send it
//! through again after a fix; what is in it only the connection's owner reads (PRV-8).

use axum::{Json, extract::State, http::StatusCode};
use hearthline_actors::Entry;
use hearthline_api::{
    Cursor, DeadLetter, DeadLetterCause as Cause, Fault, Page, PageParams, PageQuery, ProblemDetails,
    QueueDeed, QueueKind, words,
};
use hearthline_engine::{
    access,
    audit::{Field, Subject},
    ids::ConnectionId,
    raw::Raw,
};
use hearthline_storage_api::{
    DataKey, Purpose, Sealing,
    rows::{
        codec::RowError,
        connection::{self, ConnectionRow},
        inbound::InboundEntry,
        queues::{
            DeadLetterCause, DeadLetterRow, Replay, dead_letter_body, dead_letter_body_binding,
            discard_dead_letters, list_dead_letters as letters_after, load_dead_letter, note_replay,
        },
        user::Role,
    },
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

use super::{
    connections::{knows, wire::kind_of},
    paging::after,
};
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{PathId, QueryInput},
    leads::listener,
    problem::Problem,
    viewer::Viewer,
};

/// Rows read at once while looking for those that a viewer may know of.
const READ_AT_ONCE: usize = 100;
/// The stream is full or away.
const STREAM_RETRY_S: u32 = 5;

/// A dead letter, and the connection through which it came.
pub(crate) type Known = (DeadLetterRow, Option<Arc<ConnectionRow>>);

/// Dead letters
///
/// What came in and was not taken, and why: of every connection for administrators, of your team's for team leads, of your
/// own for everybody. What is in it is not shown here. A message of which nobody can tell who wrote it (`sender_unreadable`)
/// waits in the unassigned queue too, and is assigned there.
#[utoipa::path(
    get, path = "/v1/dead-letters", tag = "queues",
    params(PageParams),
    responses((status = 200, description = "A page, the longest received first", body = Page<DeadLetter>))
)]
pub(crate) async fn list_dead_letters(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<DeadLetter>>, Problem> {
    let after = after(&page)?;
    gateway.saw_list(&viewer, "dead_letters.listed", None)?;
    let found = letters(&gateway, &viewer, after, page.limit + 1, |_| true).await?;
    let page = Page::cut(found, page.limit, |(row, _)| Cursor(row.id.as_bytes().to_vec()));
    Ok(Json(page.map(|(row, connection)| shown(&gateway, &viewer, &row, connection.as_deref()))))
}

/// Letters that a viewer may know of and that are wanted, behind one, up to so many; the longest received first.
pub(crate) async fn letters(
    gateway: &Gateway,
    viewer: &Viewer,
    mut after: Option<Uuid>,
    most: usize,
    wanted: impl Fn(&DeadLetterRow) -> bool,
) -> Result<Vec<Known>, Problem> {
    let key = letter_key(gateway, viewer).await?;
    let mut book = Connections { gateway, viewer, found: BTreeMap::new() };
    let mut found: Vec<Known> = Vec::new();
    while found.len() < most {
        let store = &*gateway.ports.store;
        let rows = letters_after(store, &*key, viewer.tenant, after, READ_AT_ONCE).await?;
        let last = rows.len() < READ_AT_ONCE;
        after = rows.last().map(|row| row.id).or(after);
        for row in rows.into_iter().filter(&wanted) {
            if let Some(connection) = book.known(row.connection).await? {
                found.push((row, connection));
            }
        }
        if last {
            break;
        }
    }
    // More than were asked for may have been read at once.
    found.truncate(most);
    Ok(found)
}

/// One dead letter
///
/// With what is in it for the connection's owner, which is recorded, and without for everybody else.
#[utoipa::path(
    get, path = "/v1/dead-letters/{id}", tag = "queues",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The dead letter", body = DeadLetter),
        (status = 404, description = "No such dead letter", body = ProblemDetails),
    )
)]
pub(crate) async fn get_dead_letter(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Json<DeadLetter>, Problem> {
    let key = letter_key(&gateway, &viewer).await?;
    let (row, connection) = known(&gateway, &viewer, &*key, id).await?;
    let letter = shown(&gateway, &viewer, &row, connection.as_deref());
    let owner = connection.and_then(|connection| connection.owner);
    let Ok(grant) = access::connection_grant(&viewer.person(), owner) else { return Ok(Json(letter)) };
    let entry = Entry::new(viewer.actor(), Subject::Connection(row.connection), "raw.read")
        .fields([Field::new("dead_letter_id", row.id)]);
    gateway.record(viewer.tenant, entry).await?;
    let body = body_of(&gateway, &viewer, &*key, &row).await?.open(&grant);
    Ok(Json(DeadLetter { body: Some(String::from_utf8_lossy(&body).into_owned()), ..letter }))
}

/// Send a dead letter through again
///
/// After a fix: it goes the way of everything that comes in, as received when it first came. What was taken before is not
/// taken twice. It is gone once it was taken; until then, or if it dies once more, it is listed.
#[utoipa::path(
    post, path = "/v1/dead-letters/{id}/replay", tag = "queues",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202, description = "On its way", body = DeadLetter),
        (status = 404, description = "No such dead letter", body = ProblemDetails),
        (status = 409, description = "Its seal can't be opened: `deed_not_possible`", body = ProblemDetails),
    )
)]
pub(crate) async fn replay(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
) -> Result<(StatusCode, Json<DeadLetter>), Problem> {
    let key = letter_key(&gateway, &viewer).await?;
    let (row, connection) = known(&gateway, &viewer, &*key, id).await?;
    if row.cause == DeadLetterCause::Unopened {
        return Err(Fault::DeedNotPossible.into());
    }
    let entry = changed(&viewer, operation, &row, "dead_letter.replayed");
    let again = async {
        let plain = body_of(&gateway, &viewer, &*key, &row).await?;
        send_again(&gateway, &viewer, &*key, row, &plain).await
    };
    let row = gateway.recorded(viewer.tenant, entry, again).await?;
    Ok((StatusCode::ACCEPTED, Json(shown(&gateway, &viewer, &row, connection.as_deref()))))
}

/// Throw a dead letter away
///
/// For good. The audit log keeps that there was one, and who did not want it.
#[utoipa::path(
    delete, path = "/v1/dead-letters/{id}", tag = "queues",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, description = "No such dead letter", body = ProblemDetails),
    )
)]
pub(crate) async fn discard(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    let key = letter_key(&gateway, &viewer).await?;
    let (row, _) = known(&gateway, &viewer, &*key, id).await?;
    let entry = changed(&viewer, operation, &row, "dead_letter.discarded");
    let discard = async { Ok(discard_dead_letters(&*gateway.ports.store, viewer.tenant, [row.id]).await?) };
    gateway.recorded(viewer.tenant, entry, discard).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn changed(viewer: &Viewer, operation: Operation, row: &DeadLetterRow, action: &'static str) -> Entry {
    let fields = [Field::new("dead_letter_id", row.id), Field::new("reason", &row.reason)];
    Entry::new(viewer.actor(), Subject::Connection(row.connection), action)
        .fields(fields)
        .once(operation.id())
}

/// Notes the replay and appends `plain`, the letter as it is to be read, to the inbound stream. Dying in between leaves a
/// letter that says that it is on its way and is not: it can be sent again, as often as anybody likes.
pub(crate) async fn send_again(
    gateway: &Gateway,
    viewer: &Viewer,
    key: &dyn DataKey,
    row: DeadLetterRow,
    plain: &Raw<Vec<u8>>,
) -> Result<DeadLetterRow, Problem> {
    let ports = &gateway.ports;
    let now = gateway.now();
    let body = dead_letter_body(&*ports.store, viewer.tenant, &row).await?;
    let again = DeadLetterRow { body, replays: row.replays + 1, replayed_at: Some(now), ..row };
    note_replay(&*ports.store, key, viewer.tenant, &again).await?;
    let replay = Replay { letter: again.id, attempt: again.replays, alone: again.alone };
    let day = InboundEntry::day_of(now);
    let ingest = ports.keyring.ingest_key(viewer.tenant, day).await?;
    let from = (again.connection, again.received_at);
    let entry = InboundEntry::again(&*ingest, viewer.tenant, from, day, plain, replay);
    let group = InboundEntry::group(viewer.tenant, again.connection);
    ports.stream.append(group, entry.encode()).await.map_err(|error| {
        tracing::warn!(%error, "a dead letter could not be sent through again");
        Problem(Fault::Unavailable { retry_after_s: STREAM_RETRY_S })
    })?;
    Ok(again)
}

fn unsealed(source: hearthline_storage_api::OpenError) -> RowError {
    RowError::Seal { column: "dead_letter_body", source }
}

pub(crate) async fn body_of(
    gateway: &Gateway,
    viewer: &Viewer,
    key: &dyn DataKey,
    row: &DeadLetterRow,
) -> Result<Raw<Vec<u8>>, Problem> {
    let body = dead_letter_body(&*gateway.ports.store, viewer.tenant, row).await?;
    let sealing = Sealing { key, binding: dead_letter_body_binding(viewer.tenant, &row.id) };
    Ok(sealing.open_raw(&body).map_err(unsealed)?)
}

pub(crate) async fn letter_key(gateway: &Gateway, viewer: &Viewer) -> Result<Arc<dyn DataKey>, Problem> {
    let key = gateway.ports.keyring.tenant_key(viewer.tenant, Purpose::DeadLetter).await;
    Ok(key.map_err(RowError::from)?)
}

/// The dead letter, if this viewer may know of it.
pub(crate) async fn known(
    gateway: &Gateway,
    viewer: &Viewer,
    key: &dyn DataKey,
    id: Uuid,
) -> Result<Known, Problem> {
    let found = load_dead_letter(&*gateway.ports.store, key, viewer.tenant, id).await?;
    let row = found.ok_or(Fault::NotFound)?;
    let mut book = Connections { gateway, viewer, found: BTreeMap::new() };
    let connection = book.known(row.connection).await?.ok_or(Fault::NotFound)?;
    Ok((row, connection))
}

/// The connections of a page of letters, each read once. Deleted ones are still their owners'.
struct Connections<'a> {
    gateway: &'a Gateway,
    viewer: &'a Viewer,
    found: BTreeMap<ConnectionId, Option<Arc<ConnectionRow>>>,
}

impl Connections<'_> {
    /// The connection of a letter that the viewer may know of: of one without a trace, administrators alone know.
    async fn known(&mut self, id: ConnectionId) -> Result<Option<Option<Arc<ConnectionRow>>>, Problem> {
        if !self.found.contains_key(&id) {
            let ports = &self.gateway.ports;
            let row = connection::load(&*ports.store, &*ports.keyring, id).await?.map(|found| found.row);
            let row = row.filter(|row| row.tenant == self.viewer.tenant).map(Arc::new);
            self.found.insert(id, row);
        }
        let row = self.found.get(&id).cloned().flatten();
        let allowed = row.as_ref().map_or(self.viewer.role == Role::Admin, |row| knows(self.viewer, row));
        Ok(allowed.then_some(row))
    }
}

fn shown(
    gateway: &Gateway,
    viewer: &Viewer,
    row: &DeadLetterRow,
    connection: Option<&ConnectionRow>,
) -> DeadLetter {
    let cause = cause_of(row.cause);
    let replay = (row.cause != DeadLetterCause::Unopened).then_some(QueueDeed::Replay);
    let assign = (row.cause == DeadLetterCause::SenderUnreadable).then_some(QueueDeed::Assign);
    DeadLetter {
        id: row.id,
        kind: QueueKind::DeadLetter,
        connection_id: row.connection.0,
        connection_kind: connection.map(|connection| kind_of(&connection.settings)),
        cause,
        reason: row.reason.clone(),
        explained: listener(viewer, gateway.now()).explained(&words::dead_letter(cause, row.received_at)),
        received_at: row.received_at.into(),
        since: row.dead_at.into(),
        replays: row.replays,
        replayed_at: row.replayed_at.map(Into::into),
        deeds: replay.into_iter().chain(assign).chain([QueueDeed::Discard]).collect(),
        body: None,
    }
}

pub(super) const fn cause_of(cause: DeadLetterCause) -> Cause {
    match cause {
        DeadLetterCause::Unreadable => Cause::Unreadable,
        DeadLetterCause::SenderUnreadable => Cause::SenderUnreadable,
        DeadLetterCause::OtherAccount => Cause::OtherAccount,
        DeadLetterCause::ConnectionGone => Cause::ConnectionGone,
        DeadLetterCause::NotApplied => Cause::NotApplied,
        DeadLetterCause::Unopened => Cause::Unopened,
    }
}
