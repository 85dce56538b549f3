//! `POST /hooks/{kind}/{connection_id}`.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use hearthline_actors::Point;
use hearthline_api::Fault;
use hearthline_engine::health::Seen;
use hearthline_storage_api::{
    StreamError,
    rows::{connection::Settings, inbound::InboundEntry, outbound::OutboundRef},
};
use std::{sync::Arc, time::Duration};

use super::{
    MAX_BATCH_BYTES, MAX_HOOK_BYTES, Signature, address_of,
    book::Entry,
    meta,
    twilio::{self, Called},
};
use crate::{gateway::Gateway, input, metrics::HookOutcome, problem::Problem};

/// Twilio gives up after 15 s; an answer that is later than that helps nobody.
const LONGEST_BODY: Duration = Duration::from_secs(10);
const LONGEST_APPEND: Duration = Duration::from_secs(10);

/// A provider's webhook
///
/// Durable before it is answered. Repeating it does no harm.
#[utoipa::path(
    post,
    path = "/hooks/{kind}/{connection_id}",
    tag = "hooks",
    params(
        ("kind" = String, Path, description = "The connection's kind"),
        ("connection_id" = uuid::Uuid, Path, description = "The connection"),
        ("X-Twilio-Signature" = Option<String>, Header, description = "For `twilio_sms`"),
        ("X-Hub-Signature-256" = Option<String>, Header, description = "For `whatsapp`, `messenger`, `instagram`"),
        ("X-Hub-Signature" = Option<String>, Header, description = "Of these, where only SHA-1 is sent"),
    ),
    request_body(content(
        (String = "application/x-www-form-urlencoded"),
        (String = "application/json"),
    )),
    responses(
        (status = 200, description = "Durable", body = String, content_type = "text/xml"),
        (status = 401, description = "Not signed", body = hearthline_api::ProblemDetails),
        (status = 403, description = "Signed with another secret", body = hearthline_api::ProblemDetails),
        (status = 404, description = "No such connection", body = hearthline_api::ProblemDetails),
        (status = 413, description = "Over 64 KiB, or 3 MiB of Meta's", body = hearthline_api::ProblemDetails),
        (status = 503, description = "Could not be made durable: repeat it", body = hearthline_api::ProblemDetails),
    ),
)]
pub(crate) async fn receive(State(gateway): State<Gateway>, request: Request) -> Response {
    match take(&gateway, request).await {
        Ok(response) => {
            gateway.ports.metrics.hook(HookOutcome::Accepted);
            response
        }
        Err(Refused { outcome, problem }) => {
            gateway.ports.metrics.hook(outcome);
            problem.into_response()
        }
    }
}

struct Refused {
    outcome: HookOutcome,
    problem: Problem,
}

fn refused(outcome: HookOutcome) -> impl Fn(Problem) -> Refused {
    move |problem| Refused { outcome, problem }
}

async fn take(gateway: &Gateway, request: Request) -> Result<Response, Refused> {
    let unknown = || refused(HookOutcome::UnknownConnection)(Problem(Fault::NotFound));
    let (kind, connection) = address_of(request.uri().path()).ok_or_else(unknown)?;
    let entry = gateway.hooks.find(connection).await.map_err(refused(HookOutcome::UnknownConnection))?;
    let settings = entry.settings.as_ref().filter(|settings| settings.kind() == kind).ok_or_else(unknown)?;

    let (parts, body) = request.into_parts();
    let (max_bytes, about) = match settings {
        Settings::TwilioSms(_) => (MAX_HOOK_BYTES, about(parts.uri.query().unwrap_or_default())),
        // Meta signs the body alone: an address may say what it likes.
        Settings::Whatsapp(_) | Settings::Messenger(_) | Settings::Instagram(_) => (MAX_BATCH_BYTES, None),
    };
    let body = read(&parts.headers, body, max_bytes).await?;
    check_signature(gateway, &entry, settings, &parts.uri, &parts.headers, &body)?;
    gateway.ports.points.reach(Point::Verified).await;
    entry.limiter.check().map_err(Problem).map_err(refused(HookOutcome::RateLimited))?;

    let appended = tokio::time::timeout(LONGEST_APPEND, append(gateway, &entry, about, &body)).await;
    let appended = appended.unwrap_or(Err(Problem(Fault::TimedOut)));
    appended.map_err(|problem| {
        entry.saw(&gateway.ports.health, Seen::NotDurable);
        Refused { outcome: HookOutcome::NotDurable, problem }
    })?;
    gateway.ports.points.reach(Point::Appended).await;
    Ok(accepted(settings))
}

/// The message of ours that an address for statuses names (`?lead=…&message=…`). The query is part of what is signed.
fn about(query: &str) -> Option<OutboundRef> {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    Some(OutboundRef { lead: value("lead")?.parse().ok()?, event: value("message")?.parse().ok()? })
}

async fn read(headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Bytes, Refused> {
    let mut request = Request::new(body);
    if let Some(length) = headers.get(header::CONTENT_LENGTH) {
        request.headers_mut().insert(header::CONTENT_LENGTH, length.clone());
    }
    match tokio::time::timeout(LONGEST_BODY, input::read_body(request, max_bytes)).await {
        Ok(body) => body.map_err(refused(HookOutcome::TooLarge)),
        Err(_) => Err(refused(HookOutcome::NotDurable)(Problem(Fault::TimedOut))),
    }
}

fn check_signature(
    gateway: &Gateway,
    entry: &Entry,
    settings: &Settings,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), Refused> {
    let ours = &gateway.ports.settings;
    let called = Called { public_url: &ours.public_url, trust_proxy: ours.trust_proxy, uri, headers };
    let signature = match settings {
        Settings::TwilioSms(settings) => twilio::check(settings, &called, body),
        Settings::Whatsapp(settings) => meta::check(&settings.app, headers, body),
        Settings::Messenger(settings) | Settings::Instagram(settings) => {
            meta::check(&settings.app, headers, body)
        }
    };
    let (outcome, fault, other_account) = match signature {
        Signature::Right => return Ok(()),
        Signature::Missing => (HookOutcome::SignatureMissing, Fault::SignatureMissing, false),
        Signature::Wrong { other_account } => {
            (HookOutcome::SignatureWrong, Fault::SignatureWrong, other_account)
        }
    };
    entry.saw(&gateway.ports.health, Seen::SignatureFailed { other_account });
    tracing::debug!(connection = %entry.connection, other_account, "a webhook's signature is not right");
    Err(refused(outcome)(Problem(fault)))
}

async fn append(
    gateway: &Gateway,
    entry: &Arc<Entry>,
    about: Option<OutboundRef>,
    body: &[u8],
) -> Result<(), Problem> {
    let received_at = gateway.now();
    let day = InboundEntry::day_of(received_at);
    let key = gateway.ports.keyring.ingest_key(entry.tenant, day).await?;
    let sealed = InboundEntry::seal(&*key, entry.tenant, entry.connection, received_at, body);
    let sealed = sealed.at_wall_time(gateway.ports.wall.now()).about(about);
    gateway
        .ports
        .stream
        .append(entry.group, sealed.encode())
        .await
        .map_err(|error| not_durable(gateway, &error))?;
    gateway.ports.health.note_at(entry.tenant, entry.connection, Seen::Received, received_at);
    Ok(())
}

/// A provider repeats what is answered 5xx. (Too large can't be: the cap here is far below the stream's.)
fn not_durable(gateway: &Gateway, error: &StreamError) -> Problem {
    let retry_after_s = match error {
        StreamError::Full(_) => 10,
        StreamError::Unavailable(_)
        | StreamError::Poisoned(_)
        | StreamError::Corrupt(_)
        | StreamError::TooLarge { .. } => 5,
    };
    if let Some(held_back) = gateway.hooks.noise.due() {
        tracing::error!(error = %error, held_back, "webhooks can't be made durable: providers are asked to come again");
    }
    Problem(Fault::Unavailable { retry_after_s })
}

/// What the provider wants to hear: Twilio empty TwiML, by which nothing is said back; Meta only the status.
fn accepted(settings: &Settings) -> Response {
    match settings {
        Settings::TwilioSms(_) => {
            let mut response = Response::new(Body::from(Bytes::from_static(b"<Response/>")));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
            response
        }
        Settings::Whatsapp(_) | Settings::Messenger(_) | Settings::Instagram(_) => {
            Response::new(Body::empty())
        }
    }
}
