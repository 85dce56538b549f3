//! What can go wrong, told apart by one question: can Meta have acted on the request?
//!
//! Meta's codes say more than its statuses, which changed over the years ("Handling errors", "Cloud API error codes", "Send
//! API error codes"): a limit was a 400 and is a 429.

use reqwest::StatusCode;
use std::time::Duration;

use super::answer::Refusal;

/// Limits of an app, a page, a business account, a number, and of one pair of number and client.
const LIMITS: [u32; 10] = [4, 17, 32, 341, 613, 80_002, 80_006, 80_007, 130_429, 131_056];
/// "Something went wrong", "service unavailable": Meta itself does not know how far it came.
const FAILURES: [u32; 4] = [1, 2, 131_000, 131_016];
/// Too long after the client's last message: WhatsApp.
const OUTSIDE_WINDOW: u32 = 131_047;
/// The same of Messenger (two of them) and Instagram, under the code of missing permissions.
const PERMISSION: u32 = 10;
const OUTSIDE_WINDOWS: [u32; 3] = [2_018_278, 2_018_065, 2_534_022];

/// A message was not accepted, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Meta said no: surely not sent. The code is Meta's (190: the token is not good any more), if it gave one.
    #[error("Meta refused the message: status {status}{}", Code(*code, *subcode))]
    Refused { status: u16, code: Option<u32>, subcode: Option<u32> },
    /// Meta said no because the client's last message is too long ago: surely not sent.
    #[error("Meta refused the message: the client's last one is too long ago{}", Code(Some(*code), *subcode))]
    WindowClosed { code: u32, subcode: Option<u32> },
    /// Too many requests: surely not sent, and worth another try later.
    #[error("Meta asks for fewer requests")]
    Throttled { retry_after: Option<Duration> },
    /// The request never reached Meta: the name did not resolve, or no connection was made. Surely not sent.
    #[error("Meta could not be reached")]
    NotSent,
    /// The connection broke or the time ran out after the request may have been read, or the answer does not tell (a 5xx,
    /// a 3xx, a success that can't be read). It may be on its way: never to be sent again blindly (OUT-3).
    #[error("it is not known whether Meta took the message")]
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
    pub(super) fn answered(
        status: StatusCode,
        retry_after: Option<Duration>,
        refusal: Option<Refusal>,
    ) -> Self {
        let told = status.as_u16();
        let unknown = Self::Unknown { status: Some(told) };
        let Some(Refusal { code, subcode }) = refusal else {
            return match status {
                StatusCode::TOO_MANY_REQUESTS => Self::Throttled { retry_after },
                // Not Meta's words: something between us gave up waiting, and Meta may not have.
                StatusCode::REQUEST_TIMEOUT => unknown,
                _ if told == 499 => unknown,
                _ if status.is_client_error() => Self::Refused { status: told, code: None, subcode: None },
                _ => unknown,
            };
        };
        let outside = code == OUTSIDE_WINDOW
            || (code == PERMISSION && subcode.is_some_and(|subcode| OUTSIDE_WINDOWS.contains(&subcode)));
        if LIMITS.contains(&code) {
            Self::Throttled { retry_after }
        } else if FAILURES.contains(&code) || !status.is_client_error() {
            unknown
        } else if outside {
            Self::WindowClosed { code, subcode }
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            Self::Throttled { retry_after }
        } else {
            Self::Refused { status: told, code: Some(code), subcode }
        }
    }
}

/// Meta could not be asked about an account. Nothing was changed by asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Meta said no: the token is not good (190), or does not reach the account.
    #[error("Meta refused to tell: status {status}{}", Code(*code, *subcode))]
    Refused { status: u16, code: Option<u32>, subcode: Option<u32> },
    /// Too many requests.
    #[error("Meta asks for fewer requests")]
    Throttled { retry_after: Option<Duration> },
    /// No answer, or one that does not tell.
    #[error("Meta could not be asked")]
    Unreachable,
}

impl From<SendError> for ReadError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Refused { status, code, subcode } => Self::Refused { status, code, subcode },
            SendError::WindowClosed { code, subcode } => {
                Self::Refused { status: 400, code: Some(code), subcode }
            }
            SendError::Throttled { retry_after } => Self::Throttled { retry_after },
            SendError::NotSent | SendError::Unknown { .. } => Self::Unreachable,
        }
    }
}

/// `, code 10, subcode 2018278`, or nothing.
struct Code(Option<u32>, Option<u32>);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, ", code {code}"))?;
        self.1.map_or(Ok(()), |subcode| write!(f, ", subcode {subcode}"))
    }
}
