//! Extractors for bodies, queries, paths and versions. What they refuse, they refuse as a [`Problem`].

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    http::{
        HeaderMap,
        header::{CONTENT_TYPE, IF_MATCH},
        request::Parts,
    },
};
use bytes::BytesMut;
use futures::StreamExt;
use hearthline_api::{Fault, FromForm, form};
use uuid::Uuid;

use crate::problem::Problem;

/// The largest JSON body that is read.
pub const MAX_JSON_BYTES: usize = 256 * 1024;

/// A JSON body, read field by field.
pub struct JsonInput<T>(pub T);

impl<S: Send + Sync, T: FromForm> FromRequest<S> for JsonInput<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Fault::UnsupportedMediaType.into());
        }
        let body = read_body(request, MAX_JSON_BYTES).await?;
        Ok(Self(form::from_json(&body)?))
    }
}

/// No content type at all is taken for JSON; another one is not.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE) else { return true };
    let Ok(value) = value.to_str() else { return false };
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// What is read and thrown away of a body that is too large, so that its sender hears the answer: who is cut off while
/// still sending sees a broken connection instead.
const THROWN_AWAY_BYTES: usize = 8 * 1024 * 1024;

/// The whole body, if it is not larger than `max_bytes`.
pub(crate) async fn read_body(request: Request, max_bytes: usize) -> Result<Bytes, Problem> {
    let mut stream = request.into_body().into_data_stream();
    let mut body = BytesMut::new();
    let mut seen = 0_usize;
    while let Some(chunk) = stream.next().await {
        // Also when the client goes away half-way: nobody is there to read the difference.
        let chunk = chunk.map_err(|_| Problem(Fault::BodyTooLarge { max_bytes }))?;
        seen = seen.saturating_add(chunk.len());
        if seen <= max_bytes {
            body.extend_from_slice(&chunk);
        } else if seen > THROWN_AWAY_BYTES {
            break;
        }
    }
    if seen > max_bytes { Err(Fault::BodyTooLarge { max_bytes }.into()) } else { Ok(body.freeze()) }
}

/// A JSON body that may be missing where every field may be.
pub struct OptionalJsonInput<T>(pub T);

impl<S: Send + Sync, T: FromForm> FromRequest<S> for OptionalJsonInput<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json = is_json(request.headers());
        let body = read_body(request, MAX_JSON_BYTES).await?;
        if body.is_empty() {
            return Ok(Self(form::from_json(b"{}")?));
        }
        if !json {
            return Err(Fault::UnsupportedMediaType.into());
        }
        Ok(Self(form::from_json(&body)?))
    }
}

/// The ids in a path that has two: of a thing, and of one inside it. Whatever is no UUID names nothing: 404.
pub struct PathIds(pub Uuid, pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Fault::NotFound)?;
        let mut ids = params.iter().map(|(_, value)| value.parse().map_err(|_| Problem(Fault::NotFound)));
        match (ids.next(), ids.next()) {
            (Some(outer), Some(inner)) => Ok(Self(outer?, inner?)),
            _ => Err(Fault::NotFound.into()),
        }
    }
}

/// A query string, read field by field.
pub struct QueryInput<T>(pub T);

impl<S: Send + Sync, T: FromForm> FromRequestParts<S> for QueryInput<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(form::from_query(parts.uri.query().unwrap_or_default())?))
    }
}

/// The one id in a path. Whatever is no UUID names nothing: 404.
pub struct PathId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Fault::NotFound)?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok());
        id.map(Self).ok_or(Problem(Fault::NotFound))
    }
}

/// What `If-Match` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// No such header, or `*`.
    Any,
    /// One of these versions.
    Versions(Vec<u64>),
}

impl IfMatch {
    /// # Errors
    /// 412 when the current version is not among those asked for.
    pub fn check(&self, current: u64) -> Result<(), Fault> {
        match self {
            Self::Any => Ok(()),
            Self::Versions(versions) if versions.contains(&current) => Ok(()),
            Self::Versions(_) => Err(Fault::VersionMismatch),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(IF_MATCH).iter().peekable();
        if values.peek().is_none() {
            return Ok(Self::Any);
        }
        let mut versions = Vec::new();
        for value in values {
            let Ok(text) = value.to_str() else { continue };
            for tag in text.split(',').map(str::trim) {
                if tag == "*" {
                    return Ok(Self::Any);
                }
                // A tag that is none of ours matches nothing.
                versions.extend(version_of(tag));
            }
        }
        Ok(Self::Versions(versions))
    }
}

/// The version as an ETag.
#[must_use]
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

fn version_of(tag: &str) -> Option<u64> {
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}
