//! Signing in and out (TEN-1).

use axum::{Extension, Json, extract::State, http::StatusCode};
use hearthline_api::{
    Along, EngineClock, Fault, Form, FromForm, ProblemDetails, Refresh, Session, SignIn, form::read,
};
use hearthline_storage_api::rows::user::{self, normalized_email};

use super::people::shown;
use crate::{
    along::{self, Brought, DeckSource},
    client::ClientAddress,
    gateway::Gateway,
    input::{JsonInput, QueryInput},
    metrics::SignInOutcome,
    problem::Problem,
    sessions::{ACCESS_LASTS, Grant},
    viewer::Viewer,
};

/// Sign in
///
/// The answer to an unknown address is the same as to a wrong password, and takes as long. What comes `with` a session never
/// costs it: what cannot be had at once is absent.
#[utoipa::path(
    post,
    path = "/v1/sessions",
    tag = "sessions",
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in", body = Session),
        (status = 401, description = "Address or password is wrong", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
        (status = 429, description = "Too many attempts", body = ProblemDetails),
    ),
    security(()),
)]
pub(crate) async fn sign_in(
    State(gateway): State<Gateway>,
    Extension(decks): Extension<DeckSource>,
    address: ClientAddress,
    JsonInput(SignIn { email, password, with }): JsonInput<SignIn>,
) -> Result<Json<Session>, Problem> {
    gateway.limits.address(address.0)?;
    let hashed = gateway.hashed_email(&normalized_email(&email));
    gateway.limits.password(&hashed)?;
    let ports = &gateway.ports;
    let found = user::find_by_email(&*ports.store, &*ports.keyring, &email).await?;
    let stored = found.as_ref().and_then(|user| user.password_hash.clone());
    let right = gateway.passwords.verify(password, stored).await?;
    let Some(user) = found.filter(|_| right) else {
        gateway.limits.wrong_password(hashed);
        ports.metrics.sign_in(SignInOutcome::Refused);
        return Err(Fault::WrongCredentials.into());
    };
    let grant = gateway.sessions.begin(user).await?;
    Ok(Json(session(&gateway, &decks, grant, &with).await))
}

/// Get the next access token
///
/// A refresh token works once. Whoever lost the answer shows it again and gets the same next one, until something of that answer
/// is used (its tokens, its ticket), or within ten seconds. Shown later, it ends its session: somebody has copied it. What
/// comes `with` a session never costs it: what cannot be had at once is absent.
#[utoipa::path(
    post,
    path = "/v1/sessions/refresh",
    tag = "sessions",
    request_body = Refresh,
    responses(
        (status = 200, description = "A new access token and refresh token", body = Session),
        (status = 401, description = "The token does not work, or no more", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
    security(()),
)]
pub(crate) async fn refresh(
    State(gateway): State<Gateway>,
    Extension(decks): Extension<DeckSource>,
    address: ClientAddress,
    JsonInput(Refresh { refresh_token, with }): JsonInput<Refresh>,
) -> Result<Json<Session>, Problem> {
    gateway.limits.address(address.0)?;
    let grant = gateway.sessions.refresh(&refresh_token).await?;
    Ok(Json(session(&gateway, &decks, grant, &with).await))
}

/// Which sessions end.
pub(crate) struct SignOut {
    everywhere: bool,
}

impl FromForm for SignOut {
    fn read(form: &mut Form) -> Option<Self> {
        Some(Self { everywhere: form.optional("everywhere", read::boolean)?.unwrap_or(false) })
    }
}

/// Sign out
#[utoipa::path(
    delete,
    path = "/v1/sessions",
    tag = "sessions",
    params(("everywhere" = Option<bool>, Query, description = "All sessions of this user")),
    responses((status = 204, description = "Signed out")),
)]
pub(crate) async fn sign_out(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(SignOut { everywhere }): QueryInput<SignOut>,
) -> Result<StatusCode, Problem> {
    if everywhere {
        gateway.sessions.end_all(viewer.tenant, viewer.user).await?;
    } else {
        gateway.sessions.end(viewer.session).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn session(gateway: &Gateway, decks: &DeckSource, grant: Grant, with: &[Along]) -> Session {
    let Brought { deck, ticket } = along::bring(gateway, decks, &grant.viewer, with).await;
    Session {
        access_token: grant.access_token,
        refresh_token: grant.refresh_token,
        expires_in: ACCESS_LASTS.0,
        user: shown(&grant.user),
        clock: EngineClock::showing(gateway.now(), gateway.pace()),
        deck,
        ticket,
    }
}
