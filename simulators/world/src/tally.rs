//! What is of interest in a world, and how often it happened there: each of these must happen in the worlds of CI, or the
//! simulation shows less than it says.

use std::fmt;

/// Something that happens in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A team lead said why, and that stood in the log before anything was read (PRV-2).
    ReasonRecorded,
    /// Somebody read the words of their own client.
    OwnerRead,
    /// A team lead read the words of a Stale lead's client.
    RescuerRead,
    /// Somebody was kept from reading.
    ReadingRefused,
    /// A reason that had opened the door opened nothing after the lead had left Stale (PRV-3).
    DoorClosed,
    /// A rescuer gave a lead back (RSC-2).
    HandedBack,
    /// A person gave a lead to somebody else.
    Reassigned,
    /// To another team, whose rules it follows from then on.
    ChangedTeams,
    Archived,
    /// By hand.
    BroughtBack,
    /// By a message of the client (LIF-7).
    CameBack,
    Deleted,
    /// A message to a deleted lead went to the review queue (LIF-7).
    SentToReview,
    MadeByHand,
    /// Its address was another lead's (IDN-4).
    AddressTaken,
    /// The client of a lead that was made by hand wrote.
    WroteToOneMadeByHand,
    /// A user left (TEN-5).
    UserLeft,
    /// A lead of theirs went to whoever has it now.
    FollowedALeaver,
    RulesChanged,
    /// A lead whose team keeps business hours was held against the calendar (LIF-5).
    JudgedInHours,
    /// A message was asked for in quiet hours, and went after them (OUT-7).
    HeldInQuietHours,
    /// The carrier knew of an opt-out that no word had told (Twilio: 21610).
    CarrierKnewOptOut,
    /// The provider refused a message for good, for another reason.
    Refused,
    /// The provider took a message and could not deliver it.
    Undelivered,
    StatusToldTwice,
    StatusesOutOfOrder,
}

impl Happening {
    /// All of them.
    pub const ALL: [Self; 26] = [
        Self::ReasonRecorded,
        Self::OwnerRead,
        Self::RescuerRead,
        Self::ReadingRefused,
        Self::DoorClosed,
        Self::HandedBack,
        Self::Reassigned,
        Self::ChangedTeams,
        Self::Archived,
        Self::BroughtBack,
        Self::CameBack,
        Self::Deleted,
        Self::SentToReview,
        Self::MadeByHand,
        Self::AddressTaken,
        Self::WroteToOneMadeByHand,
        Self::UserLeft,
        Self::FollowedALeaver,
        Self::RulesChanged,
        Self::JudgedInHours,
        Self::HeldInQuietHours,
        Self::CarrierKnewOptOut,
        Self::Refused,
        Self::Undelivered,
        Self::StatusToldTwice,
        Self::StatusesOutOfOrder,
    ];
}

/// How often each of them happened.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([u64; Happening::ALL.len()]);

impl Tally {
    pub(crate) const fn count(&mut self, what: Happening) {
        self.0[what as usize] += 1;
    }

    /// How often that happened.
    #[must_use]
    pub const fn of(&self, what: Happening) -> u64 {
        self.0[what as usize]
    }

    /// What never happened.
    #[must_use]
    pub fn missing(&self) -> Vec<Happening> {
        Happening::ALL.into_iter().filter(|what| self.of(*what) == 0).collect()
    }

    pub(crate) const fn add(&mut self, other: &Self) {
        let mut n = 0;
        while n < self.0.len() {
            self.0[n] += other.0[n];
            n += 1;
        }
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Happening::ALL.into_iter().map(|what| (what, self.of(what)))).finish()
    }
}
