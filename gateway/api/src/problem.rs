//! Problem details (RFC 9457): what a refused request is answered with.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The media type of [`ProblemDetails`].
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused. `code` is stable; `title` and `detail` are for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemDetails {
    /// `urn:hearthline:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// In a few words, the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What programs go by.
    #[schema(example = "validation_failed")]
    pub code: String,
    /// What happened this time, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The fields that are wrong, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The lead that stands in the way, for those who may know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<Uuid>,
    /// Seconds until it makes sense to try again; the `Retry-After` header says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// A field that is wrong, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Its name, with a path where it is nested: `settings.auth_token`.
    pub field: String,
    /// What programs go by.
    pub code: String,
    /// What is allowed. Never repeats what was sent.
    pub message: String,
}

impl FieldError {
    /// A field, why it is wrong, and what is allowed.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: code.to_owned(), message: message.into() }
    }
}
