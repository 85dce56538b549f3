//! Who asks.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::Response,
};
use hearthline_api::Fault;
use hearthline_engine::{
    access,
    ids::{TeamId, TenantId, UserId},
};
use hearthline_storage_api::rows::{session::SessionId, user::Role};
use std::sync::Arc;

use crate::{gateway::Gateway, problem::Problem};

/// A signed-in user, as of this request. An extractor on every route behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub tenant: TenantId,
    pub user: UserId,
    pub session: SessionId,
    /// Of the tokens that they came with.
    pub generation: u32,
    /// Now, not when the token was made.
    pub role: Role,
    pub team: Option<TeamId>,
    /// BCP 47.
    pub language: Arc<str>,
    /// IANA name; none: the team's.
    pub time_zone: Option<Arc<str>>,
}

impl Viewer {
    /// As the access policy asks for them.
    #[must_use]
    pub fn person(&self) -> access::Viewer {
        access::Viewer { user: self.user, team: self.team, role: self.role }
    }

    /// # Errors
    /// 403, naming the permission that is missing.
    pub fn must_be_admin(&self, permission: &'static str) -> Result<(), Problem> {
        if self.role == Role::Admin { Ok(()) } else { Err(Fault::Forbidden { needs: permission }.into()) }
    }

    /// Whether a team is one this user may know of: admins know all of their tenant's.
    #[must_use]
    pub fn knows_team(&self, team: TeamId) -> bool {
        self.role == Role::Admin || self.team == Some(team)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Put there by `authenticate`. A route outside it fails closed.
        parts.extensions.get::<Self>().cloned().ok_or(Problem(Fault::TokenMissing))
    }
}

/// Lets through who has an access token and stays within the limits of user and tenant.
pub(crate) async fn authenticate(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = bearer(&request).ok_or(Fault::TokenMissing)?;
    let viewer = gateway.sessions.authenticate(token).await?;
    gateway.limits.viewer(viewer.tenant, viewer.user)?;
    request.extensions_mut().insert(viewer);
    Ok(next.run(request).await)
}

/// The token of an `Authorization: Bearer` header (RFC 6750; the scheme in any case).
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
