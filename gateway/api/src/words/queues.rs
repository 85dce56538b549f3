//! What is said of things that wait for a person.

use hearthline_engine::{message::Channel, time::Timestamp};

use super::{Param, Phrase, Said};
use crate::DeadLetterCause;

/// Why something that a provider sent was not taken (ING-10).
#[must_use]
pub fn dead_letter(cause: DeadLetterCause, received_at: Timestamp) -> Said {
    let (key, phrase) = match cause {
        DeadLetterCause::Unreadable => ("dead_unreadable", Phrase::DeadUnreadable),
        DeadLetterCause::OtherAccount => ("dead_other_account", Phrase::DeadOtherAccount),
        DeadLetterCause::ConnectionGone => ("dead_connection_gone", Phrase::DeadConnectionGone),
        DeadLetterCause::NotApplied => ("dead_not_applied", Phrase::DeadNotApplied),
        DeadLetterCause::Unopened => ("dead_unopened", Phrase::DeadUnopened),
    };
    Said::always(key, phrase, [("received_at", Param::Moment(received_at))])
}

/// Why a lead waits to be assigned (IDN-5).
#[must_use]
pub fn unassigned(since: Timestamp) -> Said {
    Said::always("unassigned", Phrase::Unassigned, [("since", Param::Moment(since))])
}

/// That somebody wrote to a deleted lead (LIF-7).
#[must_use]
pub fn deleted_lead_wrote(at: Timestamp, channel: Channel) -> Said {
    let params = [("at", Param::Moment(at)), ("channel", Param::Channel(channel))];
    Said::always("deleted_lead_wrote", Phrase::DeletedLeadWrote, params)
}
