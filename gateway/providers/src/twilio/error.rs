//! What can go wrong, told apart by one question: can the provider have acted on the request?

use reqwest::StatusCode;
use std::time::Duration;

/// A message was not accepted, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Twilio said no: surely not sent. The code is Twilio's (21610: the recipient opted out), if it gave one.
    #[error("Twilio refused the message: status {status}{}", Code(*code))]
    Refused { status: u16, code: Option<u32> },
    /// Too many requests: surely not sent, and worth another try later.
    #[error("Twilio asks for fewer requests")]
    Throttled { retry_after: Option<Duration> },
    /// The request never reached Twilio: the name did not resolve, or no connection was made. Surely not sent.
    #[error("Twilio could not be reached")]
    NotSent,
    /// The connection broke or the time ran out after the request may have been read, or the answer does not tell (a 5xx,
    /// a 3xx, a success that can't be read). It may be on its way: never to be sent again blindly (OUT-3).
    #[error("it is not known whether Twilio took the message")]
    Unknown { status: Option<u16> },
}

impl SendError {
    /// Whether the message is surely not on its way.
    #[must_use]
    pub const fn surely_not_sent(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }

    /// Whether the same message may be tried again as it is.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::NotSent)
    }

    /// No answer came.
    pub(super) fn lost(error: &reqwest::Error) -> Self {
        // Asked in this order: a connection that could not be made in time is both.
        if error.is_connect() || error.is_builder() { Self::NotSent } else { Self::Unknown { status: None } }
    }

    /// An answer other than a success.
    pub(super) fn answered(status: StatusCode, retry_after: Option<Duration>, code: Option<u32>) -> Self {
        let status_code = status.as_u16();
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled { retry_after },
            // Not Twilio's words: something between us gave up waiting, and Twilio may not have.
            StatusCode::REQUEST_TIMEOUT => Self::Unknown { status: Some(status_code) },
            _ if status_code == 499 => Self::Unknown { status: Some(status_code) },
            _ if status.is_client_error() => Self::Refused { status: status_code, code },
            _ => Self::Unknown { status: Some(status_code) },
        }
    }
}

/// Twilio could not be asked about messages. Nothing was changed by asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such message in this account.
    #[error("Twilio knows no such message")]
    Missing,
    /// Twilio said no: most often the account's token is wrong.
    #[error("Twilio refused to tell: status {status}{}", Code(*code))]
    Refused { status: u16, code: Option<u32> },
    /// Too many requests.
    #[error("Twilio asks for fewer requests")]
    Throttled { retry_after: Option<Duration> },
    /// No answer, or a 5xx.
    #[error("Twilio could not be asked")]
    Unreachable,
    /// The answer is not what Twilio's description says, or too large.
    #[error("Twilio's answer can't be read")]
    Unreadable,
}

impl ReadError {
    /// Whether asking again later may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unreachable)
    }

    pub(super) fn answered(status: StatusCode, retry_after: Option<Duration>, code: Option<u32>) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::Missing,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled { retry_after },
            _ if status.is_client_error() => Self::Refused { status: status.as_u16(), code },
            _ if status.is_server_error() => Self::Unreachable,
            _ => Self::Unreadable,
        }
    }
}

/// `, code 21610`, or nothing.
struct Code(Option<u32>);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, ", code {code}"))
    }
}
