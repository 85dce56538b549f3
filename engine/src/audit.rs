//! What the audit log says (PRV-4): who did or read what, of whom, with which new values.
//!
//! What it promises: the names of actions and fields are derived and may be searched; values and reasons are not, and
//! never show in a `Debug`. The shell seals them under the subject's key before anything is stored.
//!
//! What it deliberately does not know: chains, hashes and how an entry is made durable.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};

use crate::ids::{ConnectionId, LeadId, TeamId, UserId};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person who is signed in.
    User(UserId),
    /// The client, by a message.
    Client,
    /// A deadline that passed.
    Clock,
    /// The deployment itself: its operator, or a change that follows from another one.
    System,
}

/// Of whom or what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A lead.
    Lead(LeadId),
    /// A person who signs in.
    User(UserId),
    /// A team.
    Team(TeamId),
    /// A mailbox, number or account.
    Connection(ConnectionId),
    /// The brokerage as a whole: its lists, its queues.
    Tenant,
}

impl Subject {
    /// The lead, if it is one: its values are sealed under its own key.
    #[must_use]
    pub const fn lead(&self) -> Option<LeadId> {
        match self {
            Self::Lead(lead) => Some(*lead),
            Self::User(_) | Self::Team(_) | Self::Connection(_) | Self::Tenant => None,
        }
    }
}

/// A field that changed, and its new value as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// As the API names it.
    pub name: Cow<'static, str>,
    /// The new value; may be personal.
    pub value: String,
}

impl Field {
    /// A field and what it is now.
    #[must_use]
    pub fn new(name: &'static str, value: impl fmt::Display) -> Self {
        Self { name: Cow::Borrowed(name), value: value.to_string() }
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: (…)", self.name)
    }
}

/// One thing that was done to a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Who did it, where the event itself says so; otherwise whoever gave the command.
    pub actor: Option<Actor>,
    /// `noun.verb`, such as `lead.owner_changed`: stable, for filters.
    pub action: Cow<'static, str>,
    /// What is different now.
    pub fields: Vec<Field>,
}

impl Deed {
    pub(crate) const fn new(action: &'static str, actor: Option<Actor>, fields: Vec<Field>) -> Self {
        Self { actor, action: Cow::Borrowed(action), fields }
    }
}
