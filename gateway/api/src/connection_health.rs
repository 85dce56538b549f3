//! Health of a connection (ING-12): what is known of it, what is to be made of it, and what can be done.

use hearthline_engine::health::{CauseKind, State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{At, DeadLetterCause, Explained};

/// How a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Nothing is known to be wrong.
    Ok,
    /// Nothing comes in: it may be wrong, or quiet.
    Silent,
    /// Part of what should work does not.
    Degraded,
    /// It does not work, in or out.
    Failing,
}

impl From<State> for HealthState {
    fn from(state: State) -> Self {
        match state {
            State::Ok => Self::Ok,
            State::Silent => Self::Silent,
            State::Degraded => Self::Degraded,
            State::Failing => Self::Failing,
        }
    }
}

/// Why a connection is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthCauseCode {
    /// The provider refuses its credentials.
    CredentialsRejected,
    /// Requests come with wrong signatures (ING-6).
    SignaturesRefused,
    /// Too much of what is sent fails.
    SendsFail,
    /// What came in waits for long.
    BacklogStuck,
    /// What came in could not be made durable.
    NotDurable,
    /// Something came in that was not taken (ING-10).
    DeadLetters,
    /// Files are not taken, for a reason that lies with the connection or its provider (DOC-1).
    MediaRefused,
    /// Nothing ever came.
    NeverCalled,
    /// Nothing came for a week.
    Quiet,
}

impl From<CauseKind> for HealthCauseCode {
    fn from(kind: CauseKind) -> Self {
        match kind {
            CauseKind::CredentialsRejected => Self::CredentialsRejected,
            CauseKind::SignaturesRefused => Self::SignaturesRefused,
            CauseKind::SendsFail => Self::SendsFail,
            CauseKind::BacklogStuck => Self::BacklogStuck,
            CauseKind::NotDurable => Self::NotDurable,
            CauseKind::DeadLetters => Self::DeadLetters,
            CauseKind::MediaRefused => Self::MediaRefused,
            CauseKind::NeverCalled => Self::NeverCalled,
            CauseKind::Quiet => Self::Quiet,
        }
    }
}

/// One reason for a state, in words, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthCause {
    pub code: HealthCauseCode,
    /// What it alone makes of the connection.
    pub state: HealthState,
    /// Since when, or when last.
    #[schema(inline)]
    pub since: Option<At>,
    /// The provider's code, or the reason of a refused file. Never a text.
    #[schema(example = "190")]
    pub detail: Option<String>,
    #[serde(flatten)]
    pub explained: Explained,
    /// What can be done, in the language of the user who asks.
    #[schema(example = "Renew the token at the provider and save it here.")]
    pub fix: String,
}

/// What is known of a connection since it was made.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ConnectionHealth {
    pub state: HealthState,
    /// The worst first; none: it is `ok`.
    pub causes: Vec<HealthCause>,
    /// Requests of the provider that were made durable.
    pub received: u64,
    #[schema(inline)]
    pub last_received_at: Option<At>,
    /// Messages that became an event.
    pub events: u64,
    #[schema(inline)]
    pub last_event_at: Option<At>,
    /// Requests with a missing or wrong signature (ING-6).
    pub signature_failures: u64,
    #[schema(inline)]
    pub last_signature_failure_at: Option<At>,
    /// Of these, requests that name another account than the settings do.
    pub signed_for_other_account: u64,
    /// Requests that could not be made durable, and were answered so that the provider repeats them.
    pub not_durable: u64,
    #[schema(inline)]
    pub last_not_durable_at: Option<At>,
    pub backlog: HealthBacklog,
    pub dead_letters: HealthDeadLetters,
    pub sends: HealthSends,
    pub credentials: HealthCredentials,
    pub media: HealthMedia,
    /// Null where the provider counts no hours.
    pub reply_window: Option<HealthReplyWindow>,
    /// What the provider told of the account and of no message: the last of each, newest first.
    pub notices: Vec<HealthNotice>,
}

/// What waits for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthBacklog {
    /// Requests that were received and not yet applied.
    pub waiting: u64,
    /// The longest waiting of them.
    #[schema(inline)]
    pub oldest_received_at: Option<At>,
    /// False for a while after a restart: some of what was left then may be this connection's too.
    pub exact: bool,
    /// Files that are to be fetched, or are being fetched.
    pub files: u64,
}

/// Dead letters of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthDeadLetters {
    /// Those that wait for somebody.
    pub waiting: u64,
    /// There are more in the tenant than were looked through.
    pub more: bool,
    /// How many there were since the connection was made.
    pub ever: u64,
    #[schema(inline)]
    pub last_at: Option<At>,
    #[schema(inline)]
    pub last_cause: Option<DeadLetterCause>,
}

/// What became of what was sent, in the last hours.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthSends {
    /// How long that is, in seconds, in whole hours: the one that has begun counts.
    pub window_s: u32,
    /// What was answered, or should have been: `accepted`, `refused`, `unreachable` and `unknown`.
    pub attempts: u64,
    pub accepted: u64,
    pub refused: u64,
    /// The provider could not be reached.
    pub unreachable: u64,
    /// The answer was lost.
    pub unknown: u64,
    /// Of what was accepted, what did not arrive.
    pub undelivered: u64,
    /// Too late after the client's last message: no fault of the connection's.
    pub window_closed: u64,
    /// The provider asked to come later.
    pub throttled: u64,
    /// What failed, at once or later, of all attempts; null without attempts.
    #[schema(example = 0.04)]
    pub error_rate: Option<f64>,
    /// Of what was refused or did not arrive, by the provider's code, the most frequent first.
    pub codes: Vec<CodeCount>,
    /// When the provider took a message last.
    #[schema(inline)]
    pub last_accepted_at: Option<At>,
    #[schema(inline)]
    pub last_failed_at: Option<At>,
}

/// How often a code was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeCount {
    /// The provider's, or `http_` and a status.
    #[schema(example = "131026")]
    pub code: String,
    pub count: u64,
}

/// Whether the provider takes the connection's credentials, as far as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthCredentials {
    /// It refused them, and they were neither taken nor changed since.
    pub rejected: bool,
    /// When it took them last: for a message, a file that is for them alone, or a test.
    #[schema(inline)]
    pub taken_at: Option<At>,
    /// When it refused them last.
    #[schema(inline)]
    pub rejected_at: Option<At>,
    #[schema(example = "190")]
    pub code: Option<String>,
}

/// Files of clients (DOC-1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthMedia {
    /// Those that were fetched.
    pub kept: u64,
    /// Those that are not taken.
    pub refused: u64,
    /// Why, the most frequent first.
    pub reasons: Vec<ReasonCount>,
    #[schema(inline)]
    pub last_refused_at: Option<At>,
    pub last_refused_reason: Option<String>,
}

/// How often files were not taken for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReasonCount {
    #[schema(example = "too_large")]
    pub reason: String,
    pub count: u64,
}

/// Whether the client who wrote last can be answered (OUT-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthWindowState {
    /// Nobody has written yet.
    NeverWritten,
    /// They can.
    Open,
    /// They can, by what a person writes.
    ByHand,
    /// Nobody can be answered until a client writes again.
    Closed,
}

/// The reply window of a connection: that of the client who wrote last, since nobody else's is open for longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthReplyWindow {
    pub state: HealthWindowState,
    /// When that state ends, if it does by itself.
    #[schema(inline)]
    pub until: Option<At>,
    /// When a client wrote last.
    #[schema(inline)]
    pub last_heard_at: Option<At>,
    /// How long anything may be answered, in seconds.
    pub standard_s: u32,
    /// How long what a person writes may be, where the provider knows the difference.
    pub by_hand_s: Option<u32>,
    /// Messages that the provider refused as too late, in `sends.window_s`.
    pub refused: u64,
    #[schema(inline)]
    pub last_refused_at: Option<At>,
}

/// What a provider told of an account: limits, quality, the state of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthNotice {
    /// The provider's name for it.
    #[schema(example = "phone_number_quality_update")]
    pub name: String,
    /// When last.
    #[schema(inline)]
    pub at: At,
    /// How often.
    pub count: u64,
    /// What was told then, as far as it can be shown.
    pub facts: Vec<HealthFact>,
}

/// One thing that a provider told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthFact {
    #[schema(example = "current_limit")]
    pub name: String,
    #[schema(example = "TIER_10K")]
    pub value: String,
}
