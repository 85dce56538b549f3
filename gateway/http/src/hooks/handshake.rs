//! `GET /hooks/{kind}/{connection_id}`: the handshake by which Meta learns that the address is ours.

use axum::{
    extract::State,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use hearthline_api::Fault;
use hearthline_engine::{
    health::Seen,
    providers::meta::handshake::{Refused, answer},
};

use super::address_of;
use crate::{gateway::Gateway, metrics::HookOutcome, problem::Problem};

/// A provider's handshake
///
/// Unsigned: what Meta shows is the connection's verify token. A wrong one counts as a wrong signature.
#[utoipa::path(
    get,
    path = "/hooks/{kind}/{connection_id}",
    tag = "hooks",
    params(
        ("kind" = String, Path, description = "`whatsapp`, `messenger` or `instagram`"),
        ("connection_id" = uuid::Uuid, Path, description = "The connection"),
        ("hub.mode" = String, Query, description = "`subscribe`"),
        ("hub.verify_token" = String, Query, description = "The connection's"),
        ("hub.challenge" = String, Query, description = "What is answered"),
    ),
    responses(
        (status = 200, description = "The challenge", body = String, content_type = "text/plain"),
        (status = 400, description = "Nothing to answer with", body = hearthline_api::ProblemDetails),
        (status = 403, description = "Not the connection's token", body = hearthline_api::ProblemDetails),
        (status = 404, description = "No such connection", body = hearthline_api::ProblemDetails),
        (status = 405, description = "Its provider makes no handshake", body = hearthline_api::ProblemDetails),
    ),
)]
pub(crate) async fn handshake(State(gateway): State<Gateway>, uri: Uri) -> Response {
    match answered(&gateway, &uri).await {
        Ok(challenge) => {
            let mut response = challenge.into_response();
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            // The challenge is somebody else's text: no browser is to guess at it.
            response
                .headers_mut()
                .insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        }
        Err(problem) => problem.into_response(),
    }
}

async fn answered(gateway: &Gateway, uri: &Uri) -> Result<String, Problem> {
    let (kind, connection) = address_of(uri.path()).ok_or(Fault::NotFound)?;
    let entry = gateway.hooks.find(connection).await?;
    let settings = entry.settings.as_ref().filter(|settings| settings.kind() == kind);
    let app = settings.ok_or(Fault::NotFound)?.app().ok_or(Fault::MethodNotAllowed)?;
    entry.limiter.check()?;
    answer(&app.verify_token.0, uri.query().unwrap_or_default()).map_err(|refused| match refused {
        Refused::OtherMode | Refused::WrongToken => {
            entry.saw(&gateway.ports.health, Seen::SignatureFailed { other_account: false });
            gateway.ports.metrics.hook(HookOutcome::SignatureWrong);
            Problem(Fault::VerifyTokenWrong)
        }
        Refused::BadChallenge => Problem(Fault::ChallengeInvalid),
    })
}
