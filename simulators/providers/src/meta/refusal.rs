//! Meta's refusals in the Graph API's envelope ("Handling errors"; WhatsApp's "Error codes"; the Send API's).

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: StatusCode,
    /// `OAuthException`, `GraphMethodException`, `IGApiException`, …
    pub kind: &'static str,
    pub code: u32,
    pub subcode: Option<u32>,
    pub message: String,
    /// WhatsApp says what is wrong here.
    pub details: Option<String>,
    pub retry_after_seconds: u32,
}

impl Refusal {
    fn new(status: StatusCode, code: u32, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            kind: "OAuthException",
            code,
            subcode: None,
            message,
            details: None,
            retry_after_seconds: 0,
        }
    }

    /// 400, as most are.
    pub fn bad(code: u32, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A parameter that is missing or wrong: code 100.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self::bad(100, message)
    }

    /// WhatsApp's form: the message repeats the code, and the details say more.
    pub fn whatsapp(code: u32, title: &str, details: impl Into<String>) -> Self {
        let details = Some(details.into());
        Self { details, ..Self::bad(code, format!("(#{code}) {title}")) }
    }

    #[must_use]
    pub fn with_subcode(self, subcode: u32) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    /// No token, a wrong one, or one that has expired.
    pub fn bad_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, 190, message)
    }

    pub fn expired_token() -> Self {
        let message = "Error validating access token: Session has expired.";
        Self::bad_token(message).with_subcode(463)
    }

    /// The id in the path is nothing that this token may see.
    pub fn no_object(id: &str) -> Self {
        let message = format!(
            "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation."
        );
        Self { kind: "GraphMethodException", ..Self::bad(100, message) }.with_subcode(33)
    }

    /// A path that is none of the API's.
    pub fn unknown_path() -> Self {
        let message = "Unknown path components.";
        Self::new(StatusCode::NOT_FOUND, 2500, message)
    }

    pub fn throttled(code: u32, retry_after_seconds: u32) -> Self {
        let (status, message) = match code {
            4 => (StatusCode::BAD_REQUEST, "(#4) Application request limit reached"),
            613 => (StatusCode::BAD_REQUEST, "(#613) Calls to this api have exceeded the rate limit."),
            80_007 => (StatusCode::BAD_REQUEST, "(#80007) Rate limit issues"),
            131_056 => (
                StatusCode::BAD_REQUEST,
                "(#131056) (Business Account, Consumer Account) pair rate limit hit",
            ),
            _ => (StatusCode::TOO_MANY_REQUESTS, "(#130429) Rate limit hit"),
        };
        Self { retry_after_seconds, ..Self::new(status, code, message) }
    }

    pub fn unavailable() -> Self {
        let message = "Service temporarily unavailable";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, 2, message)
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, 1, "An unknown error has occurred.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUv1",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(details) = self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            let asked = HeaderValue::from_static("OAuth \"Facebook Platform\" \"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, asked);
        }
        if self.retry_after_seconds > 0 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after_seconds));
        }
        response
    }
}
