//! Shells around the engine on ractor.
//!
//! What it is for: one actor per hot lead, one per open deck, one per tenant's directory, one supervisor per partition;
//! they hold state and timers, commit, and carry out what the engine's effects ask for.
//!
//! What it promises: one writer per lead; an answer only after the commit is durable; every effect of a commit is carried
//! out at least once and has its effect once, whatever dies in between; queues are bounded at the edges.
//!
//! What it deliberately does not know: HTTP, sockets, providers, and which store is behind the contract.
//!
//! The way of a message through here: [`Leads::ask`] finds the shard of the lead's partition, the shard finds or wakes the
//! lead's actor, the actor decides and commits ([`lead`]), then drains: timeline, decks, timer, directory, opt-outs, audit
//! and claims, all at once, each of them harmless when repeated.

mod audit;
mod carrier;
mod clock;
mod deck;
mod directory;
mod epoch;
mod figures;
mod health;
mod lead;
mod leads;
mod listed;
mod matches;
mod merge;
mod metrics;
mod node;
mod observe;
mod points;
mod ports;
mod rollout;
mod routing;
mod settle;
mod shard;
mod sweep;
mod timers;

pub use audit::{Audit, AuditPorts, Entry, Reading, Recorded, TooManyReadings};
pub use carrier::{Carrier, Found, Handed, Line, LineWanted, NoCarrier, Order, Unasked};
pub use clock::Clock;
pub use deck::{Attached, DeckDelta, DeckFeed, DeckOp, DeckPosition, Decks, LeadSeal};
pub use directory::{Directories, LeadFilter, LeadPage, RescuePlace, rescue_place};
pub use figures::{FirstContact, Held, TeamFigures, WonBackCounts};
pub use health::{Backlog, CountedStream, HealthBook, HealthPorts};
pub use lead::{
    Act, ActKind, Answer, Ask, AskError, Create, EchoReport, LeadObservation, Made, OfCall, OnCard,
    ReachReport, Receipt, SendRequest, StatusReport, TakeBack, UNDO_MS,
};
pub use leads::Leads;
pub use matches::{LeadMatch, MatchFilter};
pub use metrics::Metrics;
pub use node::{Node, StartError};
pub use observe::{
    DeckObservation, DirectoryObservation, NodeObservation, ShardObservation, TimerObservation,
};
pub use points::{FailPoints, NoFailPoints, Point};
pub use ports::{Ports, Settings, Standing, TeamBook, TeamFacts};
