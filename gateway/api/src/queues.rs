//! What waits for a person (ING-10, IDN-5, LIF-7): dead letters, leads that nobody has, and what has to be decided. Each
//! item says what it is, why it waits and since when, and what can be done with it. Derived facts alone, but for the body
//! of a dead letter, which only the connection's owner is shown (PRV-8).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, Channel, ConnectionKind, Explained, Form, FromForm, LeadSource, LeadState, LeadStatus,
    form::read::{self, one_of},
};

/// What can be done with something that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueDeed {
    /// Send it through again.
    Replay,
    /// Throw it away.
    Discard,
    /// Give it to somebody.
    Assign,
    /// Bring the lead back, with what was written.
    Restore,
    /// Leave the lead deleted.
    Dismiss,
    /// Say that the message was sent.
    Sent,
    /// Say that the message was not sent.
    NotSent,
    /// Say that the two leads are one person: they are merged.
    Same,
    /// Say that the two leads are two people.
    NotSame,
}

/// What kind of thing waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// A request of a provider, or one message of it, that was not taken.
    DeadLetter,
    /// A lead without an owner.
    Lead,
    /// A message whose sender can't be read (IDN-5).
    Message,
    /// Somebody wrote to a deleted lead.
    DeletedLeadWrote,
    /// Nobody can say whether a message to the client was sent (OUT-3).
    SendInDoubt,
    /// Two leads that may be one person (IDN-3).
    AmbiguousMatch,
}

/// Why a dead letter was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterCause {
    /// Nobody can read it.
    Unreadable,
    /// It is a message, and all that can't be read of it is who wrote it: it waits in the unassigned queue too.
    SenderUnreadable,
    /// It names an account that no connection here speaks for.
    OtherAccount,
    /// The connection is not there any more.
    ConnectionGone,
    /// It was read, and its lead could not take it.
    NotApplied,
    /// Its seal could not be opened.
    Unopened,
}

impl DeadLetterCause {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Unreadable,
        Self::SenderUnreadable,
        Self::OtherAccount,
        Self::ConnectionGone,
        Self::NotApplied,
        Self::Unopened,
    ];
}

/// A request, or one message of it, that was not taken. Not printable: its body is raw.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct DeadLetter {
    pub id: Uuid,
    pub kind: QueueKind,
    pub connection_id: Uuid,
    /// Absent when the connection is gone without a trace.
    pub connection_kind: Option<ConnectionKind>,
    pub cause: DeadLetterCause,
    /// Which field or failure it was, for those who repair it. Never what was in it.
    #[schema(example = "AccountSid is missing")]
    pub reason: String,
    #[serde(flatten)]
    pub explained: Explained,
    /// When the provider was answered.
    #[schema(inline)]
    pub received_at: At,
    /// Since when it waits.
    #[schema(inline)]
    pub since: At,
    /// How often it was sent through again.
    pub replays: u32,
    /// When it was sent through again, while it is not known what became of that.
    #[schema(inline)]
    pub replayed_at: Option<At>,
    pub deeds: Vec<QueueDeed>,
    /// The request, for the connection's owner alone, and only of one dead letter at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A lead, or a message of nobody, that waits to be assigned. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Unassigned {
    /// The lead's; a message's is that of its dead letter, by which it is thrown away.
    pub id: Uuid,
    /// `lead` or `message`.
    pub kind: QueueKind,
    /// Absent of a message.
    pub lead_id: Option<Uuid>,
    /// Empty of a message.
    pub lead_name: String,
    /// Of a message: the connection's.
    pub team_id: Uuid,
    /// Absent of a message.
    pub state: Option<LeadState>,
    /// Of a message: what kind of connection it came through.
    pub source: LeadSource,
    /// Of a message: through which it came.
    pub connection_id: Option<Uuid>,
    pub language: Option<String>,
    #[serde(flatten)]
    pub explained: Explained,
    /// Since when nobody has it.
    #[schema(inline)]
    pub since: At,
    #[schema(inline)]
    pub last_interaction_at: Option<At>,
    pub deeds: Vec<QueueDeed>,
}

/// `POST /v1/unassigned/{id}/assign`: one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Of a lead: an agent or team lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<Uuid>,
    /// Of a message: whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_id: Option<Uuid>,
}

impl FromForm for Assignment {
    fn read(form: &mut Form) -> Option<Self> {
        let owner_id = form.optional("owner_id", read::uuid);
        let lead_id = form.optional("lead_id", read::uuid);
        Some(Self { owner_id: owner_id?, lead_id: lead_id? })
    }
}

/// `POST /v1/leads/{id}/merges`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// The lead that is the same person.
    pub lead_id: Uuid,
}

impl FromForm for Merge {
    fn read(form: &mut Form) -> Option<Self> {
        let lead_id = form.required("lead_id", read::uuid);
        Some(Self { lead_id: lead_id? })
    }
}

/// What a person found out of a message in doubt: `POST /v1/leads/{id}/messages/{event_id}/outcome`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageOutcome {
    pub result: MessageResult,
}

/// Whether it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageResult {
    /// It was, when it was tried.
    Sent,
    /// It was not.
    NotSent,
}

impl MessageResult {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[("sent", Self::Sent), ("not_sent", Self::NotSent)];
}

impl FromForm for MessageOutcome {
    fn read(form: &mut Form) -> Option<Self> {
        let result = form.required("result", one_of(MessageResult::ALL));
        Some(Self { result: result? })
    }
}

/// Something that a person has to decide. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Review {
    /// The message's; of an ambiguous match, the pair's.
    pub id: Uuid,
    pub kind: QueueKind,
    /// Of an ambiguous match: the first of `leads`.
    pub lead_id: Uuid,
    pub lead_name: String,
    pub team_id: Uuid,
    pub owner_id: Option<Uuid>,
    /// Of an ambiguous match: how the second of `leads` came; `system`: by hand.
    pub channel: Channel,
    #[serde(flatten)]
    pub explained: Explained,
    /// Since when it waits.
    #[schema(inline)]
    pub since: At,
    /// Empty for those who may look and not decide.
    pub deeds: Vec<QueueDeed>,
    /// Of an ambiguous match: both leads; the first one goes on with both if they are the same. Empty for other kinds.
    pub leads: Vec<MatchedLead>,
}

/// A lead that may be the same person as another. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct MatchedLead {
    pub lead_id: Uuid,
    pub lead_name: String,
    pub team_id: Uuid,
    pub owner_id: Option<Uuid>,
    pub source: LeadSource,
    pub status: LeadStatus,
    #[schema(inline)]
    pub created_at: At,
    #[schema(inline)]
    pub last_interaction_at: Option<At>,
}

/// What is decided of something in review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The deleted lead comes back, with all that was written.
    Restore,
    /// It stays deleted.
    Dismiss,
    /// The message in doubt was sent, when it was tried.
    Sent,
    /// It was not.
    NotSent,
    /// The two leads are one person: the second is merged into the first.
    Same,
    /// They are two, and nobody is asked again.
    NotSame,
}

impl Verdict {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("restore", Self::Restore),
        ("dismiss", Self::Dismiss),
        ("sent", Self::Sent),
        ("not_sent", Self::NotSent),
        ("same", Self::Same),
        ("not_same", Self::NotSame),
    ];

    /// What is done by it.
    #[must_use]
    pub const fn deed(self) -> QueueDeed {
        match self {
            Self::Restore => QueueDeed::Restore,
            Self::Dismiss => QueueDeed::Dismiss,
            Self::Sent => QueueDeed::Sent,
            Self::NotSent => QueueDeed::NotSent,
            Self::Same => QueueDeed::Same,
            Self::NotSame => QueueDeed::NotSame,
        }
    }
}

/// `POST /v1/reviews/{id}/decide`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// One of the item's deeds.
    pub decision: Verdict,
}

impl FromForm for Decision {
    fn read(form: &mut Form) -> Option<Self> {
        let decision = form.required("decision", one_of(Verdict::ALL));
        Some(Self { decision: decision? })
    }
}
