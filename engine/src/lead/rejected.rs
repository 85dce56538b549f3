//! Why a command was refused: values for people, never logged as errors. Each has a number that stays.

use super::Card;

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Nothing stands behind this id, and the command creates nothing.
    #[error("this lead does not exist")]
    NoSuchLead,
    /// A lead is created once.
    #[error("this lead already exists")]
    AlreadyExists,
    /// Its commands go to the other lead.
    #[error("this lead was merged into another one")]
    Forwarded {
        /// Which one.
        to: crate::ids::LeadId,
    },
    /// Softly deleted leads take only facts.
    #[error("this lead was deleted")]
    Deleted,
    /// Archived leads take only facts, and what brings them back.
    #[error("this lead is archived")]
    Archived,
    /// It was done, or replaced.
    #[error("this card is no longer open")]
    CardNotOpen,
    /// The person saw an older version of it (DECK-4).
    #[error("this card changed in the meantime")]
    CardChanged {
        /// As it is now.
        current: Box<Card>,
    },
    /// DECK-5.
    #[error("this call needs its outcome first")]
    OutcomeMissing,
    /// It has its outcome, or was never started.
    #[error("this call is not open")]
    CallNotOpen,
    /// It was revoked, or is too old to matter.
    #[error("this touch is not known")]
    TouchNotKnown,
    /// LIF-6.
    #[error("a snooze must end in the future")]
    SnoozeInThePast,
    /// Only a rescue ends by a hand-back (RSC-2).
    #[error("only a Stale lead can be handed back")]
    NotStale,
    /// It is so already.
    #[error("nothing changes by this")]
    NothingChanges,
    /// RSC-2 needs one.
    #[error("this lead has no owner to give it back to")]
    NoOwner,
    /// A lead stays small enough for one commit.
    #[error("this lead has too many open tasks")]
    TooManyOpenTasks,
    /// As above.
    #[error("this lead has too many addresses")]
    TooManyIdentities,
    /// As above.
    #[error("too many leads were merged into this one")]
    TooManyMerged,
    /// Its final status was told before.
    #[error("this touch can no longer be taken back")]
    TouchSettled,
    /// A call needs a number to call (OUT-6).
    #[error("no phone number is known of this lead")]
    NoPhone,
    /// Nothing that could be taken back was done under that id, or somebody else did it.
    #[error("there is nothing to take back")]
    NothingToUndo,
    /// The seconds for that are over (DECK-2).
    #[error("it is too late to take this back")]
    TooLateToUndo,
    /// What was done is no longer how things are.
    #[error("the lead has moved on since")]
    LeadMovedOn,
    /// Archive it instead (CRM-2).
    #[error("there was contact with this lead not long ago; archive it instead")]
    RecentActivity,
    /// ING-1: the client asked not to be written to on this channel.
    #[error("the client opted out of messages on this channel")]
    ChannelOptedOut,
    /// OUT-2: the client's last message there is too long ago to be answered.
    #[error("the client's last message on this channel is too long ago to be answered there")]
    WindowClosed,
    /// Nothing is known by which the client could be reached there.
    #[error("the client has no address on this channel")]
    NoAddress,
    /// OUT-10: there is none, or it is somebody else's.
    #[error("there is no connection that you may send from on this channel")]
    NoConnection,
    /// What waits for one client is bounded.
    #[error("too many messages to this client are still under way")]
    TooManySends,
    /// It was never asked for, is somebody else's, or was forgotten.
    #[error("this message is not known")]
    SendNotKnown,
    /// What the provider may have can't be taken back.
    #[error("this message is already on its way")]
    SendUnderWay,
    /// Messages can't be sent there yet.
    #[error("messages can't be sent on this channel")]
    ChannelNotSupported,
    /// There is no such file, or it was uploaded for another lead.
    #[error("a file of this message is not known")]
    AttachmentNotKnown,
    /// What one message carries is bounded by the provider (OUT-2).
    #[error("the files of this message are larger than 5 MB together")]
    AttachmentsTooLarge,
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
            Self::TooManyOpenTasks => "too_many_open_tasks",
            Self::TooManyIdentities => "too_many_identities",
            Self::TooManyMerged => "too_many_merged",
            Self::NoPhone => "lead_without_phone",
            Self::NothingToUndo => "nothing_to_undo",
            Self::TooLateToUndo => "too_late_to_undo",
            Self::LeadMovedOn => "lead_moved_on",
            Self::RecentActivity => "recent_activity",
            Self::ChannelOptedOut => "opted_out",
            Self::WindowClosed => "window_closed",
            Self::NoAddress => "no_address",
            Self::NoConnection => "no_connection",
            Self::TooManySends => "too_many_sends",
            Self::SendNotKnown => "message_not_found",
            Self::SendUnderWay => "message_under_way",
            Self::ChannelNotSupported => "channel_not_supported",
            Self::AttachmentNotKnown => "attachment_not_found",
            Self::AttachmentsTooLarge => "attachments_too_large",
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
            Self::TooManyOpenTasks => 16,
            Self::TooManyIdentities => 41,
            Self::TooManyMerged => 42,
            Self::NoPhone => 25,
            Self::NothingToUndo => 26,
            Self::TooLateToUndo => 27,
            Self::LeadMovedOn => 28,
            Self::RecentActivity => 29,
            Self::ChannelOptedOut => 17,
            Self::NoAddress => 18,
            Self::NoConnection => 19,
            Self::TooManySends => 20,
            Self::SendNotKnown => 21,
            Self::SendUnderWay => 22,
            Self::ChannelNotSupported => 23,
            Self::AttachmentNotKnown => 30,
            Self::AttachmentsTooLarge => 31,
            Self::WindowClosed => 40,
        }
    }
}
