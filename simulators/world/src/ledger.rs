//! What was done to the engine, kept by the world and by nobody else: what providers sent and were answered, what people
//! asked for and were told. It outlives every incarnation, and the verdict is held against it.

use hearthline_engine::{
    ids::{ConnectionId, LeadId, MutationId, TeamId, TenantId, TouchId, UserId},
    rules::TeamRules,
    time::Timestamp,
};
use std::collections::BTreeMap;

use crate::{
    deeds::Deed,
    leaving::Leaving,
    letters::Letter,
    looks::{Look, Reason},
    made::ByHand,
    provider::Request,
    tally::Tally,
};

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Stop,
    Start,
    /// Nobody can read it.
    Broken,
}

/// A message of a client.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub tenant: TenantId,
    pub phone: String,
    pub connection: ConnectionId,
    pub kind: Kind,
    pub request: Request,
    /// It is a word, and the sender's lead stood before it was first sent.
    pub known: bool,
    /// The provider got its 2xx.
    pub answered: bool,
    /// How often it was sent.
    pub times: u32,
}

/// A command that a person's other work gives a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Touch { id: TouchId, by: UserId, at: Timestamp },
    Reassign { to: UserId, team: TeamId, by: UserId },
    HandBack { by: UserId },
}

/// An order on its way.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub tenant: TenantId,
    pub lead: LeadId,
    pub order: Order,
    pub given_at: Timestamp,
    /// When it was known to hold, or refused.
    pub settled: Option<(Timestamp, bool)>,
}

/// A change of rules.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub tenant: TenantId,
    pub team: TeamId,
    pub rules: TeamRules,
    /// When the book had it.
    pub made_at: Option<Timestamp>,
    /// When every lead was told.
    pub rolled_out_at: Option<Timestamp>,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Ledger {
    /// By the provider's id.
    pub sent: BTreeMap<String, Sent>,
    pub deeds: BTreeMap<MutationId, Deed>,
    pub given: BTreeMap<u64, Given>,
    /// Messages that people wrote to clients.
    pub letters: BTreeMap<MutationId, Letter>,
    pub rulings: Vec<Ruling>,
    /// Leads that people make.
    pub made: BTreeMap<MutationId, ByHand>,
    pub leavings: Vec<Leaving>,
    /// Why team leads wanted to read, as it stands in the log.
    pub reasons: Vec<Reason>,
    /// Who read what, or was kept from it.
    pub looks: Vec<Look>,
    pub counts: Counts,
    /// Answers that contradict one another.
    pub contradictions: Vec<String>,
}

/// What happened, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events of the plan.
    pub events: u64,
    /// Messages that clients wrote.
    pub messages: u64,
    /// Requests of providers, repeated ones among them.
    pub requests: u64,
    /// Actions on cards, repeated ones not counted.
    pub deeds: u64,
    pub orders: u64,
    /// Messages that people wrote to clients.
    pub letters: u64,
    /// Attempts to hand one over.
    pub calls: u64,
    /// Those that the provider took.
    pub taken: u64,
    /// Those of which nobody can say whether the provider took them, shown to a person.
    pub doubtful: u64,
    /// What the provider told of them, each time counted.
    pub statuses: u64,
    pub rulings: u64,
    /// Processes that died before the end.
    pub deaths: u64,
    /// Deltas that screens were told.
    pub deltas: u64,
    /// Leads whose state was held against the model.
    pub judged: u64,
    /// Leads whose state could have been either of two, by when a command reached them.
    pub undecided: u64,
    /// What else happened.
    pub happened: Tally,
}

impl Counts {
    /// Adds another world's.
    pub const fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.messages += other.messages;
        self.requests += other.requests;
        self.deeds += other.deeds;
        self.orders += other.orders;
        self.letters += other.letters;
        self.calls += other.calls;
        self.taken += other.taken;
        self.doubtful += other.doubtful;
        self.statuses += other.statuses;
        self.rulings += other.rulings;
        self.deaths += other.deaths;
        self.deltas += other.deltas;
        self.judged += other.judged;
        self.undecided += other.undecided;
        self.happened.add(&other.happened);
    }
}
