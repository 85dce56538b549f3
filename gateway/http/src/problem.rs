//! A [`Fault`] as an HTTP answer.

use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use hearthline_api::{Fault, PROBLEM_JSON};
use hearthline_engine::{access::Refusal, lead::Rejected};
use hearthline_storage_api::{KeyError, StoreError, rows::codec::RowError};

/// Why a request was refused; every handler's error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(pub Fault);

/// How long a client is asked to wait when something that we need is away, in seconds.
pub(crate) const AWAY_RETRY_S: u32 = 2;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let details = self.0.details();
        let body = serde_json::to_vec(&details).expect("problem details hold only text and numbers");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(details.status).expect("the table of faults has only real statuses");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = details.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if details.status == 401 {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

impl From<Rejected> for Problem {
    fn from(rejected: Rejected) -> Self {
        Self(rejected.into())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<RowError> for Problem {
    fn from(error: RowError) -> Self {
        Self(infrastructure(error.is_retryable(), &error))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        RowError::from(error).into()
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        RowError::from(error).into()
    }
}

/// What went wrong below us is for the log; a client learns whether to come again.
fn infrastructure(retryable: bool, error: &dyn std::error::Error) -> Fault {
    if retryable {
        tracing::warn!(error = %error, "a request could not be served for now");
        return Fault::Unavailable { retry_after_s: AWAY_RETRY_S };
    }
    tracing::error!(error = %error, "a request failed");
    Fault::Internal
}
