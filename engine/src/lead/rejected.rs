//! Why a command was refused: values for people, never logged as errors. Each has a number that stays.

use super::Card;

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    #[error("this lead does not exist")]
    NoSuchLead,
    #[error("this lead already exists")]
    AlreadyExists,
    #[error("this lead was merged into another one")]
    Forwarded { to: crate::ids::LeadId },
    #[error("this lead was deleted")]
    Deleted,
    #[error("this lead is archived")]
    Archived,
    #[error("this card is no longer open")]
    CardNotOpen,
    #[error("this card changed in the meantime")]
    CardChanged { current: Box<Card> },
    #[error("this call needs its outcome first")]
    OutcomeMissing,
    #[error("this call is not open")]
    CallNotOpen,
    #[error("this touch is not known")]
    TouchNotKnown,
    #[error("a snooze must end in the future")]
    SnoozeInThePast,
    #[error("only a Stale lead can be handed back")]
    NotStale,
    #[error("nothing changes by this")]
    NothingChanges,
    #[error("this lead has no owner to give it back to")]
    NoOwner,
    #[error("this touch can no longer be taken back")]
    TouchSettled,
}

impl Rejected {
    /// The stable code that APIs carry.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchLead => "lead_not_found",
            Self::AlreadyExists => "lead_exists",
            Self::Forwarded { .. } => "lead_merged",
            Self::Deleted => "lead_deleted",
            Self::Archived => "lead_archived",
            Self::CardNotOpen => "card_not_open",
            Self::CardChanged { .. } => "card_changed",
            Self::OutcomeMissing => "outcome_missing",
            Self::CallNotOpen => "call_not_open",
            Self::TouchNotKnown => "touch_not_known",
            Self::SnoozeInThePast => "snooze_in_the_past",
            Self::NotStale => "lead_not_stale",
            Self::NothingChanges => "nothing_changes",
            Self::NoOwner => "lead_without_owner",
            Self::TouchSettled => "touch_settled",
        }
    }
    /// The number in the list of rejections (documentation and support refer to it); numbers are never used again.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self {
            Self::NoSuchLead => 1,
            Self::AlreadyExists => 2,
            Self::Forwarded { .. } => 3,
            Self::Deleted => 4,
            Self::Archived => 5,
            Self::CardNotOpen => 6,
            Self::CardChanged { .. } => 7,
            Self::OutcomeMissing => 8,
            Self::CallNotOpen => 9,
            Self::TouchNotKnown => 10,
            Self::SnoozeInThePast => 11,
            Self::NotStale => 12,
            Self::NothingChanges => 13,
            Self::NoOwner => 14,
            Self::TouchSettled => 15,
        }
    }
}
