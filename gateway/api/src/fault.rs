//! The one table from cause to answer: every kind of failure, its HTTP status, its stable code and its words.
//!
//! Three kinds (style: errors): rules that were broken ([`Rejected`], shown to people, never logged), what is wrong with
//! a request or its sender, and infrastructure, of which a client learns only whether to try again.

use hearthline_engine::{access::Refusal, lead::Rejected, media::MediaRefusal};
use uuid::Uuid;

use crate::{FieldError, ProblemDetails};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The body is not JSON; where and why.
    MalformedJson { line: usize, column: usize, what: &'static str },
    /// The body has another media type.
    UnsupportedMediaType,
    /// Fields are missing, unknown or wrong.
    Invalid(Vec<FieldError>),
    /// The body is larger than this route takes.
    BodyTooLarge { max_bytes: usize },
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// `Idempotency-Key` is not 1 to 255 visible ASCII characters.
    IdempotencyKeyInvalid,
    /// `Idempotency-Key` was used with another body.
    IdempotencyKeyReused,
    /// `If-Match` names a version that is no longer current.
    VersionMismatch,

    /// No access token.
    TokenMissing,
    /// Not a token of this deployment.
    TokenInvalid,
    /// The access token's 15 minutes are over.
    TokenExpired,
    /// The session was signed out, revoked or left alone too long.
    SessionEnded,
    /// E-mail address and password do not belong together.
    WrongCredentials,
    /// Not a refresh token that works.
    RefreshTokenInvalid,
    /// A refresh token was used twice: its session is over.
    RefreshTokenReused,
    /// The socket's path without a WebSocket handshake (RFC 9110, 15.5.22).
    UpgradeRequired,
    /// The socket ticket is unknown, used or older than 30 s.
    TicketInvalid,
    /// A thing one may know of, and something one may not do with it. `needs` is the permission's code.
    Forbidden { needs: &'static str },
    /// What the access policy refuses on a lead, with its own code.
    Refused(Refusal),
    /// What does not exist, or may not be known of.
    NotFound,
    /// Another user of the deployment has that e-mail address.
    EmailTaken { field: &'static str },
    /// Nobody removes themselves: somebody has to be left.
    OwnUser,
    /// Another lead of the tenant has that address or number (IDN-4). `lead`: that one, for those who may know of it.
    IdentityTaken { field: &'static str, lead: Option<Uuid> },

    /// It was merged into that lead, which goes on with it (IDN-3).
    LeadMerged { lead: Uuid },

    /// That can't be done with this thing, or has been done by somebody else by now.
    DeedNotPossible,

    /// A webhook without the provider's signature.
    SignatureMissing,
    /// A webhook whose signature is not the provider's.
    SignatureWrong,
    /// A handshake without the connection's verify token.
    VerifyTokenWrong,
    /// A handshake with nothing to answer, or with what must not be sent back.
    ChallengeInvalid,

    /// A rule of the life cycle was broken.
    Rejected(Rejected),

    /// A file that the provider has not handed over yet. `reason`: why the last attempt failed, if there was one.
    FileNotFetched { retry_after_s: u32, reason: Option<MediaRefusal> },
    /// A file that is not taken.
    FileRefused(MediaRefusal),

    /// Too many requests.
    RateLimited { retry_after_s: u32 },
    /// What is needed for this is away or full for now.
    Unavailable { retry_after_s: u32 },
    /// It took too long.
    TimedOut,
    /// The process is starting or stopping.
    NotReady,
    /// Our own failure; it is logged, and the answer says nothing of it.
    Internal,
}

struct Row {
    status: u16,
    code: &'static str,
    title: &'static str,
}

const fn row(status: u16, code: &'static str, title: &'static str) -> Row {
    Row { status, code, title }
}

impl Fault {
    /// One field that is wrong.
    #[must_use]
    pub fn field(field: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.row().status
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.row().code
    }

    fn row(&self) -> Row {
        match self {
            Self::MalformedJson { .. } => row(400, "malformed_json", "The body is not JSON"),
            Self::UnsupportedMediaType => row(415, "unsupported_media_type", "The body must be JSON"),
            Self::Invalid(_) => row(422, "validation_failed", "Some fields are not right"),
            Self::BodyTooLarge { .. } => row(413, "body_too_large", "The body is too large"),
            Self::MethodNotAllowed => row(405, "method_not_allowed", "This path has no such method"),
            Self::IdempotencyKeyInvalid => row(
                400,
                "idempotency_key_invalid",
                "Idempotency-Key must be 1 to 255 visible ASCII characters",
            ),
            Self::IdempotencyKeyReused => {
                row(422, "idempotency_key_reused", "This Idempotency-Key was used for another request")
            }
            Self::VersionMismatch => row(412, "version_mismatch", "It was changed in the meantime"),

            Self::TokenMissing => row(401, "token_missing", "Sign in first"),
            Self::TokenInvalid => row(401, "token_invalid", "This is not an access token of this deployment"),
            Self::TokenExpired => row(401, "token_expired", "The access token has expired"),
            Self::SessionEnded => row(401, "session_ended", "The session has ended"),
            Self::WrongCredentials => row(401, "wrong_credentials", "E-mail address or password is wrong"),
            Self::RefreshTokenInvalid => row(401, "refresh_token_invalid", "The refresh token does not work"),
            Self::RefreshTokenReused => {
                row(401, "refresh_token_reused", "The refresh token was used before: the session has ended")
            }
            Self::UpgradeRequired => row(426, "upgrade_required", "This path takes a WebSocket handshake"),
            Self::TicketInvalid => row(401, "ticket_invalid", "The ticket is unknown, used or too old"),
            Self::Forbidden { .. } => row(403, "forbidden", "You may not do this"),
            Self::Refused(refusal) => row(403, refusal.code(), "You may not do this"),
            Self::NotFound => row(404, "not_found", "There is nothing here"),
            Self::OwnUser => row(409, "own_user", "Nobody can remove themselves"),
            Self::IdentityTaken { .. } => row(409, "identity_taken", "Another lead has this address"),
            Self::LeadMerged { .. } => row(409, "lead_merged", "This lead was merged into another one"),
            Self::EmailTaken { .. } => row(409, "email_taken", "This e-mail address belongs to another user"),

            Self::DeedNotPossible => row(409, "deed_not_possible", "This can't be done with it"),

            Self::SignatureMissing => row(401, "signature_missing", "The request is not signed"),
            Self::SignatureWrong => row(403, "signature_wrong", "The signature is not right"),
            Self::VerifyTokenWrong => row(403, "verify_token_wrong", "The verify token is not right"),
            Self::ChallengeInvalid => row(400, "challenge_invalid", "The challenge can't be answered"),

            Self::Rejected(rejected) => rejected_row(rejected),

            Self::FileNotFetched { .. } => row(409, "attachment_not_fetched", "The file is not there yet"),
            Self::FileRefused(_) => row(410, "attachment_refused", "The file was not taken"),
            Self::RateLimited { .. } => row(429, "rate_limited", "Too many requests"),
            Self::Unavailable { .. } => row(503, "unavailable", "Not available for now"),
            Self::TimedOut => row(503, "timed_out", "It took too long"),
            Self::NotReady => row(503, "not_ready", "Not ready yet"),
            Self::Internal => row(500, "internal", "Something is wrong on our side"),
        }
    }

    /// Seconds after which it makes sense to try again.
    #[must_use]
    pub const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::RateLimited { retry_after_s }
            | Self::Unavailable { retry_after_s }
            | Self::FileNotFetched { retry_after_s, .. } => Some(*retry_after_s),
            Self::TimedOut | Self::NotReady => Some(1),
            _ => None,
        }
    }

    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::MalformedJson { line, column, what } => format!("line {line}, column {column}: {what}"),
            Self::UnsupportedMediaType => "send Content-Type: application/json".to_owned(),
            Self::BodyTooLarge { max_bytes } => format!("at most {max_bytes} bytes"),
            Self::IdempotencyKeyReused => "a new request needs a new key".to_owned(),
            Self::VersionMismatch => "read it again, and send its ETag as If-Match".to_owned(),
            Self::TokenMissing => "send Authorization: Bearer with an access token".to_owned(),
            Self::TokenExpired => "get a new one with POST /v1/sessions/refresh".to_owned(),
            Self::Forbidden { needs } => format!("this takes {needs}"),
            Self::Invalid(errors) if errors.len() == 1 => {
                format!("{}: {}", errors[0].field, errors[0].message)
            }
            Self::Invalid(errors) => format!("{} fields are not right", errors.len()),
            Self::Rejected(rejected) => rejected.to_string(),
            Self::Refused(refusal) => refusal.to_string(),
            Self::FileRefused(reason) | Self::FileNotFetched { reason: Some(reason), .. } => {
                format!("{}: {reason}", reason.code())
            }
            _ => return None,
        })
    }

    /// As it is answered.
    #[must_use]
    pub fn details(self) -> ProblemDetails {
        let Row { status, code, title } = self.row();
        let (detail, retry_after_s) = (self.detail(), self.retry_after_s());
        let lead_id = match &self {
            Self::IdentityTaken { lead, .. } => *lead,
            Self::LeadMerged { lead } => Some(*lead),
            _ => None,
        };
        let errors = match self {
            Self::Invalid(errors) => errors,
            Self::EmailTaken { field } => vec![FieldError::new(field, "taken", "belongs to another user")],
            Self::IdentityTaken { field, .. } => {
                vec![FieldError::new(field, "taken", "belongs to another lead")]
            }
            Self::Rejected(rejected) => rejected_field(&rejected).into_iter().collect(),
            _ => Vec::new(),
        };
        ProblemDetails {
            kind: format!("urn:hearthline:problem:{code}"),
            title: title.to_owned(),
            status,
            code: code.to_owned(),
            detail,
            errors,
            lead_id,
            retry_after_s,
        }
    }
}

/// Broken rules keep the codes that the engine gives them.
fn rejected_row(rejected: &Rejected) -> Row {
    let (status, title) = match rejected {
        Rejected::NoSuchLead | Rejected::TouchNotKnown | Rejected::SendNotKnown => {
            (404, "There is nothing here")
        }
        // Raw access and hand-back exist only while a lead is Stale (surface: 403 `lead_not_stale`).
        Rejected::NotStale => (403, "You may not do this"),
        Rejected::SnoozeInThePast
        | Rejected::ChannelNotSupported
        | Rejected::AttachmentNotKnown
        | Rejected::AttachmentsTooLarge => (422, "Some fields are not right"),
        Rejected::AlreadyExists
        | Rejected::Forwarded { .. }
        | Rejected::Deleted
        | Rejected::Archived
        | Rejected::CardNotOpen
        | Rejected::CardChanged { .. }
        | Rejected::OutcomeMissing
        | Rejected::CallNotOpen
        | Rejected::NoOwner
        | Rejected::TouchSettled
        | Rejected::TooManyOpenTasks
        | Rejected::TooManyIdentities
        | Rejected::TooManyMerged
        | Rejected::NoPhone
        | Rejected::NothingToUndo
        | Rejected::TooLateToUndo
        | Rejected::LeadMovedOn
        | Rejected::RecentActivity
        | Rejected::ChannelOptedOut
        | Rejected::WindowClosed
        | Rejected::NoAddress
        | Rejected::NoConnection
        | Rejected::TooManySends
        | Rejected::SendUnderWay
        | Rejected::NothingChanges => (409, "This can't be done now"),
    };
    row(status, rejected.code(), title)
}

/// The field that could be another, where a broken rule is about one, and what is allowed there.
fn rejected_field(rejected: &Rejected) -> Option<FieldError> {
    let (field, message) = match rejected {
        Rejected::ChannelOptedOut => ("channel", "must be one that the client takes messages on"),
        Rejected::WindowClosed => ("channel", "must be one that the client wrote on lately"),
        Rejected::NoAddress => ("channel", "must be one that an address of the client is known on"),
        Rejected::ChannelNotSupported => ("channel", "must be sms, whatsapp, messenger or instagram"),
        Rejected::NoConnection => ("connection_id", "must be a connection of your own or of your team's"),
        Rejected::AttachmentNotKnown => ("attachment_ids", "must be files that were uploaded for this lead"),
        Rejected::AttachmentsTooLarge => ("attachment_ids", "must be at most 5 MB together"),
        _ => return None,
    };
    Some(FieldError::new(field, rejected.code(), message))
}

impl From<Rejected> for Fault {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::NoSuchLead => Self::NotFound,
            other => Self::Rejected(other),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // A thing one may not know of: exactly as if it did not exist (TEN-2).
            Refusal::NotVisible => Self::NotFound,
            other => Self::Refused(other),
        }
    }
}
