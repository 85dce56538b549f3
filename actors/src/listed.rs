//! The leads of a tenant in memory, and which of them may be one person.

use hearthline_engine::{
    ids::LeadId,
    namesake::{Namesakes, Pair, Standing},
};
use hearthline_storage_api::rows::directory::DirectoryRow;
use std::collections::BTreeMap;

use crate::matches::{LeadMatch, MatchFilter};

/// The newest row of each lead.
#[derive(Default)]
pub(crate) struct Listed {
    rows: BTreeMap<LeadId, DirectoryRow>,
    namesakes: Namesakes,
}

impl Listed {
    /// Takes a row over, unless a newer one is here.
    pub(crate) fn update(&mut self, row: DirectoryRow) {
        let newer = self.rows.get(&row.lead).is_none_or(|standing| standing.version <= row.version);
        if newer {
            self.namesakes.note(&standing(&row));
            self.rows.insert(row.lead, row);
        }
    }
    /// Two leads are two people.
    pub(crate) fn tell_apart(&mut self, pair: Pair) {
        self.namesakes.tell_apart(pair);
    }
    /// All of them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &DirectoryRow> {
        self.rows.values()
    }
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
    pub(crate) fn knows(&self, lead: LeadId) -> bool {
        self.rows.contains_key(&lead)
    }
    /// The pairs that somebody has to decide on, the longest known first.
    pub(crate) fn matches(&self, filter: &MatchFilter) -> Vec<LeadMatch> {
        let found = self.namesakes.pairs().filter_map(|pair| {
            let [one, other] = pair.leads().map(|lead| self.rows.get(&lead));
            let (one, other) = (one?, other?);
            let found = LeadMatch { pair, since: one.created_at.max(other.created_at) };
            (filter.wants(one) && filter.wants(other) && filter.wants_place(&found)).then_some(found)
        });
        let mut found: Vec<LeadMatch> = found.collect();
        found.sort_unstable_by_key(|found| (found.since, found.pair));
        found.truncate(filter.limit);
        found
    }
}

fn standing(row: &DirectoryRow) -> Standing<'_> {
    Standing {
        lead: row.lead,
        gone: row.deleted,
        name: &row.name,
        source: row.source,
        identities: &row.identities,
        merged: &row.merged,
    }
}
