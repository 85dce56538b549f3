//! Files that are uploaded to be sent to a client, and their download (OUT-2, PRV-2). Their way to the provider:
//! [`crate::media`].

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, TryStreamExt, stream};
use hearthline_api::{
    Attachment, Fault, MAX_PICTURE_BYTES, NewAttachment, NewAttachmentParams, ProblemDetails, sendable,
};
use hearthline_engine::{access::Action, ids::AttachmentId, raw::Raw};
use hearthline_storage_api::rows::{
    attachment::{self, FileInfo},
    lead::LeadRef,
};

use super::{Leads, at_door, door::Door, one::visible};
use crate::{
    idempotency::Operation,
    input::{PathId, QueryInput, read_body},
    problem::Problem,
    viewer::Viewer,
};

/// Pieces of one file that are written at a time: they share syncs.
const PIECES_AT_A_TIME: usize = 16;

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
    let (info, size_bytes) = (FileInfo { filename: new.filename, mime_type }, Some(bytes.len() as u64));
    let id = AttachmentId(operation.new_id(0));
    keep(&leads, &viewer, place, id, &info, Raw::new(bytes.into())).await?;
    let FileInfo { filename, mime_type } = info;
    let shown = Attachment { id: id.to_string(), filename, mime_type: Some(mime_type), size_bytes };
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
    let created_at = leads.gateway.now();
    let new = attachment::NewAttachment { id, place, by: viewer.user, created_at, info, bytes: &bytes };
    let pieces = stream::iter(attachment::pieces(&*key, new));
    pieces
        .map(|piece| attachment::keep_piece(&*ports.store, place, id, piece))
        .buffer_unordered(PIECES_AT_A_TIME)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(attachment::keep(&*ports.store, &*key, new).await?)
}

/// Download a file
///
/// For those who may read the lead's messages.
#[utoipa::path(
    get, path = "/v1/attachments/{id}", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The file", body = String, content_type = "application/octet-stream"),
        (status = 403, description = "You may not read raw content of this lead now", body = ProblemDetails),
        (status = 404, description = "No such file", body = ProblemDetails),
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
    let place = LeadRef { tenant: viewer.tenant, lead: row.lead };
    let (stored, lead) = visible(&leads, &viewer, place, Action::ReadRaw).await?;
    let door = Door::of_request(&leads.gateway, at_door(&viewer), lead.id, &headers);
    let mut grant = door.open(&leads.gateway, &lead).map_err(Fault::from)?;
    let rescue = door.is_rescue(&lead);
    door.record(&leads.gateway, rescue, &[id.to_string()]).await?;
    if rescue {
        // The door may have closed while the reading was recorded (PRV-3).
        let (_, now) = visible(&leads, &viewer, place, Action::ReadRaw).await?;
        grant = door.open(&leads.gateway, &now).map_err(Fault::from)?;
    }
    let info = row.info(&*stored.key, place.tenant, id)?;
    let file = attachment::file(&*ports.store, &*stored.key, place, id).await?.open(&grant);
    Ok(answer(&info, file))
}

/// A file is saved, never shown as a page of ours, whatever its type says.
pub(crate) fn answer(info: &FileInfo, file: Vec<u8>) -> Response {
    let mut response = file.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::try_from(info.mime_type.as_str());
    headers
        .insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    let name = info.filename.as_deref().map_or_else(String::new, encoded);
    let disposition = if name.is_empty() {
        "attachment".to_owned()
    } else {
        format!("attachment; filename*=UTF-8''{name}")
    };
    let disposition = HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    response
}

/// RFC 8187: letters and digits stand for themselves, every other byte is escaped.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    name.bytes().map(byte).collect()
}
