//! Files: those that clients sent and those that are uploaded to be sent to one, and their download (DOC-1, OUT-2, PRV-2).
//! The way of the latter to the provider: [`crate::media`].

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hearthline_api::{
    Attachment, AttachmentState, Fault, MAX_PICTURE_BYTES, NewAttachment, NewAttachmentParams,
    ProblemDetails, sendable,
};
use hearthline_engine::{
    access::Action,
    ids::{AttachmentId, ContentId, EventId},
    media::{Announced, MediaRefusal, attachment_id},
    raw::Raw,
    time::{Pace, Timestamp},
};
use hearthline_storage_api::rows::{
    attachment::{self, AttachmentRow, Fate, FileInfo, Origin},
    codec::RowError,
    content::{self, Shelf},
    lead::LeadRef,
    reading::StoredLead,
};

use std::sync::Arc;

use super::{Leads, at_door, door::Door, notices::leave_to_read_file, one::visible};
use crate::{
    idempotency::Operation,
    input::{PathId, QueryInput, read_body},
    problem::Problem,
    viewer::Viewer,
};

/// Upload a file for a message
///
/// The body is the file itself. What MMS carries is taken: JPEG, PNG and GIF of up to 5 MB; audio, video, vCard, calendar
/// and PDF of up to 500 kB. Its id goes into `attachment_ids` of a message to the same lead.
#[utoipa::path(
    post, path = "/v1/attachments", tag = "leads",
    params(NewAttachmentParams, ("Content-Type" = String, Header, description = "The file's")),
    request_body(content = String, content_type = "image/jpeg"),
    responses(
        (status = 201, description = "Kept", body = Attachment),
        (status = 403, description = "A team lead writes only while the lead is Stale", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 413, description = "Over 5 MB", body = ProblemDetails),
        (status = 422, description = "Fields, type or size are wrong", body = ProblemDetails),
        (status = 503, description = "Many uploads at once: come back later", body = ProblemDetails),
    )
)]
pub(super) async fn upload(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    QueryInput(new): QueryInput<NewAttachment>,
    request: Request,
) -> Result<(StatusCode, Json<Attachment>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: new.lead };
    visible(&leads, &viewer, place, Action::Send).await?;
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let bytes = read_body(request, MAX_PICTURE_BYTES).await?;
    let mime_type = sendable(content_type.as_deref(), &bytes).map_err(|wrong| Fault::Invalid(vec![wrong]))?;
    let size_bytes = Some(bytes.len() as u64);
    let info = FileInfo { filename: new.filename, mime_type, announced: None };
    let id = AttachmentId(operation.new_id(0));
    keep(&leads, &viewer, place, id, &info, Raw::new(bytes.into())).await?;
    let FileInfo { filename, mime_type, .. } = info;
    let (state, mime_type) = (AttachmentState::Kept, Some(mime_type));
    let shown = Attachment { id: id.to_string(), filename, mime_type, size_bytes, state, reason: None };
    Ok((StatusCode::CREATED, Json(shown)))
}

async fn keep(
    leads: &Leads,
    viewer: &Viewer,
    place: LeadRef,
    id: AttachmentId,
    info: &FileInfo,
    bytes: Raw<Vec<u8>>,
) -> Result<(), Problem> {
    let ports = &leads.gateway.ports;
    let key = ports.keyring.lead_key(place.tenant, place.lead).await?;
    let (created_at, size_bytes) = (leads.gateway.now(), bytes.len() as u64);
    let shelf = Shelf {
        store: &*ports.store,
        keyring: &*ports.keyring,
        blobs: &*ports.blobs,
        random: &*ports.random,
    };
    let content = content::keep(shelf, place.tenant, (place.lead, id), &bytes, created_at).await?;
    let (from, fate) = (Origin::User(viewer.user), Fate::Kept { content, size_bytes });
    let new = attachment::NewAttachment { id, place, from, created_at, fate, info };
    Ok(attachment::keep(&*ports.store, &*key, new).await?)
}

/// An attachment of a message as those see it who may read the message.
pub(super) async fn shown(
    leads: &Leads,
    place: LeadRef,
    stored: &StoredLead,
    (event, n): (EventId, u32),
    file: hearthline_engine::message::Attachment,
) -> Result<Attachment, RowError> {
    let id = file.held_as().unwrap_or_else(|| attachment_id(event, n));
    let as_told = |state| Attachment {
        id: id.to_string(),
        filename: file.filename.clone(),
        mime_type: file.mime_type.clone(),
        size_bytes: file.size_bytes,
        state,
        reason: None,
    };
    if file.held_as().is_some() {
        return Ok(as_told(AttachmentState::Kept));
    }
    if Announced::of(&file).is_none() {
        return Ok(as_told(AttachmentState::NoFile));
    }
    let row = attachment::load(&*leads.gateway.ports.store, place.tenant, id).await?;
    let Some(row) = row else {
        // Of a time when files were not fetched.
        return Ok(as_told(AttachmentState::NoFile));
    };
    // It may have come while its lead was being merged: then the one that it came for names it.
    let key = match row.lead == place.lead {
        true => Arc::clone(&stored.key),
        false => leads.gateway.ports.keyring.lead_key(place.tenant, row.lead).await?,
    };
    let code = |reason: MediaRefusal| reason.code().to_owned();
    Ok(match row.fate {
        Fate::Waiting { reason, .. } => {
            Attachment { reason: reason.map(code), ..as_told(AttachmentState::Waiting) }
        }
        Fate::Refused { reason, .. } => {
            Attachment { reason: Some(code(reason)), ..as_told(AttachmentState::Refused) }
        }
        Fate::Kept { size_bytes, .. } => {
            let info = row.info(&*key, place.tenant, id)?;
            let (mime_type, size_bytes) = (Some(info.mime_type), Some(size_bytes));
            Attachment { mime_type, size_bytes, ..as_told(AttachmentState::Kept) }
        }
    })
}

/// Download a file
///
/// For those who may read the lead's messages: a file that a client sent, or one that was uploaded. One range of bytes may
/// be asked for.
#[utoipa::path(
    get, path = "/v1/attachments/{id}", tag = "leads",
    params(
        ("id" = uuid::Uuid, Path),
        ("Raw-Access-Grant" = Option<String>, Header, description = "From POST /v1/leads/{id}/raw-access"),
        ("Range" = Option<String>, Header, description = "`bytes=0-99`"),
    ),
    responses(
        (status = 200, description = "The file", body = String, content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for", body = String, content_type = "application/octet-stream"),
        (status = 403, description = "You may not read raw content of this lead now", body = ProblemDetails),
        (status = 404, description = "No such file", body = ProblemDetails),
        (status = 409, description = "It is not fetched yet: come back later", body = ProblemDetails),
        (status = 410, description = "It was not taken, and why", body = ProblemDetails),
    )
)]
pub(super) async fn download(
    State(leads): State<Leads>,
    viewer: Viewer,
    headers: HeaderMap,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let (ports, id) = (&leads.gateway.ports, AttachmentId(id));
    let row = attachment::load(&*ports.store, viewer.tenant, id).await?.ok_or(Fault::NotFound)?;
    let own = LeadRef { tenant: viewer.tenant, lead: row.lead };
    // Whoever was written to has this file of somebody else's client (IDN-6).
    if let Some((stored, grant)) = leave_to_read_file(&leads, &viewer, (id.0, &row)).await? {
        let info = row.info(&*stored.key, own.tenant, id)?;
        let content = kept(&row, leads.gateway.now(), leads.gateway.pace())?;
        let file = content::open(&*ports.keyring, &*ports.blobs, own.tenant, content).await?.open(&grant);
        return Ok(part(answer(&info, file), &headers).await);
    }
    let place = leads.goes_on(own).await?;
    let (_, lead) = visible(&leads, &viewer, place, Action::ReadRaw).await?;
    let door = Door::of_request(&leads.gateway, at_door(&viewer), lead.id, &headers);
    let mut grant = door.open(&leads.gateway, &lead).map_err(Fault::from)?;
    let content = kept(&row, leads.gateway.now(), leads.gateway.pace())?;
    let rescue = door.is_rescue(&lead);
    door.record(&leads.gateway, rescue, &[id.to_string()]).await?;
    if rescue {
        // The door may have closed while the reading was recorded (PRV-3).
        let (_, now) = visible(&leads, &viewer, place, Action::ReadRaw).await?;
        grant = door.open(&leads.gateway, &now).map_err(Fault::from)?;
    }
    let key = ports.keyring.lead_key(own.tenant, own.lead).await.map_err(RowError::from)?;
    let info = row.info(&*key, own.tenant, id)?;
    let file = content::open(&*ports.keyring, &*ports.blobs, place.tenant, content).await?.open(&grant);
    Ok(part(answer(&info, file), &headers).await)
}

/// The bytes of a file, if it is there.
fn kept(row: &AttachmentRow, now: Timestamp, pace: Pace) -> Result<ContentId, Fault> {
    match row.fate {
        Fate::Kept { content, .. } => Ok(content),
        Fate::Refused { reason, .. } => Err(Fault::FileRefused(reason)),
        Fate::Waiting { due_at, reason, .. } => {
            let left_s = pace.to_wall_millis(due_at.millis_since(now)).clamp(0, 3_600_000) / 1_000;
            let retry_after_s = u32::try_from(left_s).unwrap_or(0) + 1;
            Err(Fault::FileNotFetched { retry_after_s, reason })
        }
    }
}

/// A file is saved, never shown as a page of ours, whatever its type says; what a browser might run is no type at all.
pub(crate) fn answer(info: &FileInfo, file: Vec<u8>) -> Response {
    let mut response = file.into_response();
    let headers = response.headers_mut();
    let kind = if is_harmless(&info.mime_type) { info.mime_type.as_str() } else { UNKNOWN };
    let kind = HeaderValue::try_from(kind).unwrap_or(HeaderValue::from_static(UNKNOWN));
    headers.insert(header::CONTENT_TYPE, kind);
    let name = info.filename.as_deref().map_or_else(String::new, encoded);
    let disposition = if name.is_empty() {
        "attachment".to_owned()
    } else {
        format!("attachment; filename*=UTF-8''{name}")
    };
    let disposition = HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

const UNKNOWN: &str = "application/octet-stream";
/// Types that no browser runs, beside sounds and films.
const HARMLESS: [&str; 20] = [
    "image/jpeg",
    "image/jpg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/bmp",
    "image/tiff",
    "image/heic",
    "image/heif",
    "image/avif",
    "application/pdf",
    "application/vcard",
    "application/vnd.apple.pkpass",
    "text/plain",
    "text/csv",
    "text/vcard",
    "text/x-vcard",
    "text/calendar",
    "text/rtf",
    "text/directory",
];

fn is_harmless(mime_type: &str) -> bool {
    let media = mime_type.starts_with("audio/") || mime_type.starts_with("video/");
    let documents = mime_type.starts_with("application/vnd.openxmlformats-officedocument.")
        || matches!(
            mime_type,
            "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint"
        );
    HARMLESS.contains(&mime_type) || media || documents
}

/// The name after the last separator of folders. RFC 8187: letters and digits stand for themselves, every other byte is
/// escaped.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).collect::<String>().bytes().map(byte).collect()
}

/// The part that `Range` asks for (RFC 9110, 14): one range; of several, or of none that can be read, the whole is answered.
async fn part(whole: Response, asked: &HeaderMap) -> Response {
    let (mut head, body) = whole.into_parts();
    head.headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let asked = asked.get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let Some((first, last)) = asked.and_then(|range| range.split_once('-')) else {
        return Response::from_parts(head, bytes.into());
    };
    let size = bytes.len();
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() && last > 0 => size.saturating_sub(last)..size,
        _ => return Response::from_parts(head, bytes.into()),
    };
    let said = if range.start < size {
        head.status = StatusCode::PARTIAL_CONTENT;
        format!("bytes {}-{}/{size}", range.start, range.end - 1)
    } else {
        head.status = StatusCode::RANGE_NOT_SATISFIABLE;
        format!("bytes */{size}")
    };
    head.headers.remove(header::CONTENT_LENGTH);
    if let Ok(said) = HeaderValue::try_from(said) {
        head.headers.insert(header::CONTENT_RANGE, said);
    }
    let bytes = if range.start < size { bytes.slice(range) } else { bytes::Bytes::new() };
    Response::from_parts(head, bytes.into())
}
