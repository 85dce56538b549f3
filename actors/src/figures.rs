//! How a team's leads stand, counted from the directory (RSC-4): who has how many in which state, how quickly new leads were
//! contacted, and what rescue brought back.
//!
//! What it promises: every live lead of the team counts once, and with its present owner; nothing is read but the directory.
//! What it deliberately does not know: names, and what anybody wrote. A lead that was brought back twice counts once; one
//! that was put away while it was Stale counts nowhere.

use hearthline_engine::{
    ids::{TeamId, UserId},
    lead::{StateName, Status, WonBackBy},
    time::Timestamp,
};
use hearthline_storage_api::rows::directory::DirectoryRow;
use std::collections::BTreeMap;

/// What somebody has in hand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub new: u32,
    pub active: u32,
    pub at_risk: u32,
    pub stale: u32,
    /// Of all these, those whose client wrote and has no answer yet.
    pub awaiting_reply: u32,
}

/// Of the leads that began in the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FirstContact {
    /// All of them.
    pub leads: u32,
    /// Those that were contacted.
    pub contacted: u32,
    /// Those whose first-contact window ended without contact.
    pub late: u32,
    /// From their beginning to their first contact, of those that were contacted.
    pub median_ms: Option<i64>,
}

/// Leads that were brought back in the window and have not been Stale since, by what did it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WonBackCounts {
    pub hand_backs: u32,
    pub reassignments: u32,
    pub owners_touches: u32,
}

/// The figures of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamFigures {
    /// By owner; None: leads that nobody has.
    pub held: BTreeMap<Option<UserId>, Held>,
    pub first_contact: FirstContact,
    pub won_back: WonBackCounts,
}

impl TeamFigures {
    /// Counts a directory's rows for one team; `since` is the beginning of the window.
    pub(crate) fn of<'a>(
        rows: impl Iterator<Item = &'a DirectoryRow>,
        team: TeamId,
        since: Timestamp,
    ) -> Self {
        let mut figures = Self::default();
        let mut took_ms = Vec::new();
        for row in rows.filter(|row| row.team == team && !row.deleted) {
            if row.created_at >= since {
                figures.first_contact.count(row, &mut took_ms);
            }
            // What is put away is in nobody's hands.
            if row.status != Status::Archived {
                figures.held.entry(row.owner).or_default().count(row);
                figures.won_back.count(row, since);
            }
        }
        figures.first_contact.median_ms = median(took_ms);
        figures
    }
}

impl Held {
    const fn count(&mut self, row: &DirectoryRow) {
        match row.state {
            StateName::New => self.new += 1,
            StateName::Active => self.active += 1,
            StateName::AtRisk => self.at_risk += 1,
            StateName::Stale => self.stale += 1,
        }
        if row.awaits_reply {
            self.awaiting_reply += 1;
        }
    }
}

impl FirstContact {
    fn count(&mut self, row: &DirectoryRow, took_ms: &mut Vec<i64>) {
        self.leads += 1;
        if row.first_contact_breached {
            self.late += 1;
        }
        if let Some(at) = row.first_contact_at {
            self.contacted += 1;
            took_ms.push(at.as_millis().saturating_sub(row.created_at.as_millis()).max(0));
        }
    }
}

impl WonBackCounts {
    fn count(&mut self, row: &DirectoryRow, since: Timestamp) {
        let Some(won) = row.won_back.filter(|won| won.at >= since) else { return };
        match won.by {
            WonBackBy::HandBack => self.hand_backs += 1,
            WonBackBy::Reassignment => self.reassignments += 1,
            WonBackBy::OwnersTouch => self.owners_touches += 1,
        }
    }
}

/// The middle one; of an even number, the earlier of the two in the middle.
fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    let last = values.len().checked_sub(1)?;
    values.get(last / 2).copied()
}
