//! What we give a provider with a message and hear again with what it tells of that message, where the provider takes such
//! a thing (Meta's "biz_opaque_callback_data" and "metadata"): by it the message is known even if the answer to the send
//! was lost (OUT-3). It tells the provider nothing but that two messages are two.

use std::{fmt, str::FromStr};

use crate::ids::{EventId, LeadId};

/// Marks it as ours among what other senders of the same account write there.
const PREFIX: &str = "hearthline";

/// A message of ours, as its provider repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OurName {
    /// To whom it is.
    pub lead: LeadId,
    /// Its id in the outbox and in the timeline.
    pub event: EventId,
}

/// Somebody else's words, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this names no message of ours")]
pub struct NotOurs;

impl fmt::Display for OurName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}:{}:{}", self.lead, self.event)
    }
}

impl FromStr for OurName {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, NotOurs> {
        let ids = text.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(':')).ok_or(NotOurs)?;
        let (lead, event) = ids.split_once(':').ok_or(NotOurs)?;
        let (lead, event) = (lead.parse().map_err(|_| NotOurs)?, event.parse().map_err(|_| NotOurs)?);
        Ok(Self { lead, event })
    }
}
