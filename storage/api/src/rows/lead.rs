//! A lead's own partition: state, journal and mutation results, committed together.
//!
//! | row key | holds |
//! | --- | --- |
//! | `a` | [`StateRow`]: the aggregate, its unfinished effects, the ids of messages whose claims are not done |
//! | `an` version | [`AuditNote`]: what the audit log still has to hear of that commit |
//! | `b` version n | [`JournalRow`]: an event on its way to the timeline; trimmed once it stands there |
//! | `m` mutation id | [`MutationRow`]: the answer to a client's action, kept 30 days (DECK-4) |

use bytes::Bytes;
use hearthline_engine::{
    audit::{Actor, Deed},
    identity::Address,
    ids::{CallId, EventId, LeadId, MutationId, TaskId, TeamId, TenantId, UserId},
    lead::{Event, Slot, Undoable},
    message::Channel,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

use super::inbound::ClaimKey;
use crate::{
    Binding, KeyRange, Partition, Table,
    keys::{KeyReader, KeyWriter, ShortKey, placement_hash},
};

/// Tenant and lead: what an aggregate is addressed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeadRef {
    pub tenant: TenantId,
    pub lead: LeadId,
}

/// How many hash classes of leads there are: the unit of ownership.
pub const PARTITIONS: u16 = 256;

impl LeadRef {
    /// Which of the 256 partitions it belongs to.
    #[must_use]
    pub fn class(&self) -> u8 {
        (placement_hash(&[self.tenant.as_bytes(), self.lead.as_bytes()]) % 256) as u8
    }
    /// Where its rows stand.
    #[must_use]
    pub fn partition(&self) -> Partition {
        let key = KeyWriter::new().fixed(self.tenant.as_bytes()).fixed(self.lead.as_bytes()).finish();
        Partition { table: Table::LeadCore, key }
    }
    /// What its sealed columns are bound to.
    #[must_use]
    pub fn binding(&self, column: &'static str) -> Binding<'_> {
        Binding { tenant: self.tenant, subject: self.lead.as_bytes(), column }
    }
}

/// The state row's key.
pub const STATE_ROW: &[u8] = b"a";

/// State, audit notes and journal of one moment, without the mutation results: what waking a lead reads.
#[must_use]
pub fn core_range() -> KeyRange {
    KeyRange { from: Bytes::from_static(STATE_ROW), to: Some(Bytes::from_static(b"c")), limit: usize::MAX }
}

/// The aggregate as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateRow {
    pub slot: Slot,
    /// Effects of commits that have not been carried out as far as this row knows.
    pub pending: Pending,
    /// Messages this lead has taken whose claims are not yet done: a second delivery is a duplicate.
    pub recent: Vec<Recent>,
    /// Which mutation results stand beside, oldest first.
    pub mutations: VecDeque<(Timestamp, MutationId)>,
}

/// A message that this lead has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    pub claim: ClaimKey,
    pub event: EventId,
}

/// State-shaped projections that are due, and per-event ones beside the journal. Made again from the state, so several
/// commits collapse into one projection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The owner's deck, and those of users who lost the lead.
    pub decks: bool,
    pub also: BTreeSet<UserId>,
    /// The team leads' decks: the lead is Stale or just left Stale.
    pub team_decks: bool,
    /// Those of the team leads of teams that the lead has left.
    #[serde(default)]
    pub left_teams: BTreeSet<TeamId>,
    pub timer: bool,
    pub directory: bool,
    pub opt_outs: Vec<OptNote>,
    /// Entries of the timeline that changed: messages to the client, as they stand now. One for each message.
    #[serde(default)]
    pub messages: Vec<JournalRow>,
}

/// An address asked not to be written to on a channel, or to be written to again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptNote {
    pub channel: Channel,
    pub address: Address,
    pub out: bool,
    pub at: Timestamp,
}

impl Pending {
    /// Whether nothing is due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }
    /// How many projections are due: what the outbox gauge counts, with journal rows and claims beside.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::from(self.decks)
            + usize::from(self.team_decks || !self.left_teams.is_empty())
            + usize::from(self.timer)
            + usize::from(self.directory)
            + self.opt_outs.len()
            + self.messages.len()
    }
}

/// An event that belongs into the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRow {
    pub event_id: EventId,
    /// Where it stands in the timeline.
    pub at: Timestamp,
    /// The lead's version that made it true.
    pub version: u64,
    pub event: Event,
}

/// What a commit did, on its way into the audit log (PRV-4). Written with the commit, deleted once the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditNote {
    /// The lead's version that the commit made.
    pub version: u64,
    /// When it was made: decides the chain's month, however late the log hears of it.
    pub at: Timestamp,
    /// Who gave the command.
    pub actor: Actor,
    /// In their order.
    pub deeds: Vec<Deed>,
}

/// What the keys of all audit notes start with; in between the state and the journal, so that waking reads them too.
pub const AUDIT_NOTES: &[u8] = b"an";

/// An audit note's key.
#[must_use]
pub fn audit_note_key(version: u64) -> Bytes {
    KeyWriter::new().fixed(AUDIT_NOTES).number(version).finish()
}

/// A journal row's key: by version and number within the commit.
#[must_use]
pub fn journal_key(version: u64, n: u32) -> Bytes {
    KeyWriter::new().byte(b'b').number(version).fixed(&n.to_be_bytes()).finish()
}

/// What a client's action came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutationRow {
    pub user: UserId,
    pub at: Timestamp,
    /// The lead's version that the action made.
    pub version: u64,
    /// Wall time: what the seconds for taking it back are counted from.
    #[serde(default)]
    pub wall_at: Timestamp,
    /// It was refused, and nothing changed.
    #[serde(default)]
    pub refused: Option<RefusedRow>,
    /// What was made by it, under its id.
    #[serde(default)]
    pub made: Option<MadeRow>,
    /// How it can be taken back, unless it was.
    #[serde(default)]
    pub undo: Option<Undoable>,
    /// It was taken back.
    #[serde(default)]
    pub undone: bool,
}

/// Why an action was refused. It holds for that action alone: one that asks for something else is decided anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedRow {
    /// The rejection's.
    pub code: String,
    /// The card had changed.
    pub conflict: bool,
    /// Names what was asked for.
    pub asked: u64,
}

/// What an action made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeRow {
    Call(CallId),
    Task(TaskId),
    Entry(EventId),
}

/// A mutation result's key.
#[must_use]
pub fn mutation_key(mutation: MutationId) -> Bytes {
    KeyWriter::new().byte(b'm').fixed(mutation.as_bytes()).finish()
}

/// Which leads of a partition have unfinished effects. Rows by epoch and lead, so that an owner removes only its own.
#[must_use]
pub fn hot_partition(class: u8) -> Partition {
    Partition { table: Table::HotLead, key: Bytes::copy_from_slice(&[class]) }
}

/// The hot row of a lead in an epoch.
#[must_use]
pub fn hot_key(epoch: u64, lead: LeadRef) -> Bytes {
    KeyWriter::new().number(epoch).fixed(lead.tenant.as_bytes()).fixed(lead.lead.as_bytes()).finish()
}

/// The epoch and lead of a hot row.
///
/// # Errors
/// [`ShortKey`].
pub fn read_hot_key(key: &[u8]) -> Result<(u64, LeadRef), ShortKey> {
    let mut reader = KeyReader::new(key);
    let epoch = reader.number()?;
    let tenant = TenantId::from_bytes(reader.fixed()?);
    Ok((epoch, LeadRef { tenant, lead: LeadId::from_bytes(reader.fixed()?) }))
}

/// Where a partition's ownership epoch stands: one row `e` with the epoch, big-endian.
#[must_use]
pub fn ownership_partition(class: u8) -> Partition {
    Partition { table: Table::Ownership, key: Bytes::copy_from_slice(&[class]) }
}
