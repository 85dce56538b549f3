//! What is said of things that wait for a person.

use hearthline_engine::{message::Channel, time::Timestamp};

use super::{Param, Phrase, Said};
use crate::DeadLetterCause;

/// Why something that a provider sent was not taken (ING-10).
#[must_use]
pub fn dead_letter(cause: DeadLetterCause, received_at: Timestamp) -> Said {
    let (key, phrase) = match cause {
        DeadLetterCause::Unreadable => ("dead_unreadable", Phrase::DeadUnreadable),
        DeadLetterCause::SenderUnreadable => ("dead_sender_unreadable", Phrase::DeadSenderUnreadable),
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

/// That nobody can say whether a message that was tried then was sent (OUT-3).
#[must_use]
pub fn left_in_doubt(tried_at: Timestamp, channel: Channel) -> Said {
    let params = [("tried_at", Param::Moment(tried_at)), ("channel", Param::Channel(channel))];
    Said::always("left_in_doubt", Phrase::LeftInDoubt, params)
}

/// That somebody else's client wrote to the listener (IDN-6).
#[must_use]
pub fn wrote_to_another(at: Timestamp, channel: Channel) -> Said {
    let params = [("at", Param::Moment(at)), ("channel", Param::Channel(channel))];
    Said::always("wrote_to_another", Phrase::WroteToAnother, params)
}

/// That two leads may be one person (IDN-3).
#[must_use]
pub fn same_name(since: Timestamp) -> Said {
    Said::always("same_name", Phrase::SameName, [("since", Param::Moment(since))])
}
