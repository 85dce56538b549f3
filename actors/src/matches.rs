//! Pairs of leads that may be one person (IDN-3), as the directory is asked for them.
//!
//! What it promises: whatever becomes of a process, a pair is asked about as soon as both leads are listed: it follows from
//! their rows, and is kept nowhere else. What it deliberately does not know: who may decide.

use hearthline_engine::{
    ids::{TeamId, UserId},
    namesake::Pair,
    time::Timestamp,
};
use hearthline_storage_api::rows::directory::DirectoryRow;
use uuid::Uuid;

/// Which pairs are asked for. Of both leads everything that is set must fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchFilter {
    pub team: Option<TeamId>,
    pub owner: Option<UserId>,
    /// That one alone, by its pair's id.
    pub id: Option<Uuid>,
    /// Behind this one: the last of the page before.
    pub after: Option<(Timestamp, Pair)>,
    pub limit: usize,
}

/// Two leads that may be one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadMatch {
    pub pair: Pair,
    /// Since when both are there.
    pub since: Timestamp,
}

impl MatchFilter {
    pub(crate) fn wants(&self, row: &DirectoryRow) -> bool {
        self.team.is_none_or(|team| row.team == team)
            && self.owner.is_none_or(|owner| row.owner == Some(owner))
    }
    pub(crate) fn wants_place(&self, found: &LeadMatch) -> bool {
        self.after.is_none_or(|after| (found.since, found.pair) > after)
            && self.id.is_none_or(|id| found.pair.id() == id)
    }
}
