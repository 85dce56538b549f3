//! Why a lead is where it is and what comes next: as data, and as one English sentence (surface: `explanation`).

use super::{AtRiskReason, Lead, RescueProgress, State, Status, deadline::Windows};
use crate::time::{Timestamp, Zone};

/// Where a lead stands, with the times that say why. Words are made where the language is known;
/// [`Explanation::in_english`] is the one rendering that is always there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// Nobody has contacted the client yet.
    New {
        /// What its windows are counted from.
        since: Timestamp,
        /// The end of the first-contact window.
        due_by: Timestamp,
    },
    /// The first-contact window is nearly over, or over.
    FirstContactAtRisk {
        /// When its share of the window had passed.
        since: Timestamp,
        /// The end of the first-contact window.
        due_by: Timestamp,
    },
    /// Contacted, and not long ago.
    Active {
        /// The last touch, if there was one.
        last_touch_at: Option<Timestamp>,
        /// When it is at risk again.
        at_risk_at: Timestamp,
    },
    /// The stale window is nearly over.
    AtRisk {
        /// When its share of the window had passed.
        since: Timestamp,
        /// What the window is counted from.
        no_touch_since: Timestamp,
        /// The end of the window.
        stale_at: Timestamp,
    },
    /// The stale window is over.
    Stale {
        /// Since when.
        since: Timestamp,
        /// How far the rescue got.
        progress: RescueProgress,
    },
    /// No clock runs.
    Archived,
    /// No clock runs.
    Deleted,
}

impl Lead {
    /// Where the lead stands, and why.
    #[must_use]
    pub fn explanation(&self) -> Explanation {
        let windows = Windows::of(self);
        if self.deleted {
            return Explanation::Deleted;
        }
        if self.status == Status::Archived {
            return Explanation::Archived;
        }
        match &self.state {
            State::New => Explanation::New { since: self.base(), due_by: windows.first_contact() },
            State::AtRisk(AtRiskReason::FirstContact) => Explanation::FirstContactAtRisk {
                since: windows.first_contact_at_risk(),
                due_by: windows.first_contact(),
            },
            State::Active => Explanation::Active {
                last_touch_at: self.last_touch_at(),
                at_risk_at: windows.stale_at_risk(),
            },
            State::AtRisk(AtRiskReason::NoTouch) => Explanation::AtRisk {
                since: windows.stale_at_risk(),
                no_touch_since: self.base(),
                stale_at: windows.stale(),
            },
            State::Stale(rescue) => {
                Explanation::Stale { since: rescue.since, progress: rescue.progress.clone() }
            }
        }
    }

    /// When the lead is, or became, at risk: of its first-contact window while that runs, else of its stale window. None
    /// for a Stale lead and one whose clocks do not run.
    #[must_use]
    pub fn at_risk_at(&self) -> Option<Timestamp> {
        if self.is_dormant() {
            return None;
        }
        let windows = Windows::of(self);
        match &self.state {
            State::New | State::AtRisk(AtRiskReason::FirstContact) => Some(windows.first_contact_at_risk()),
            State::Active | State::AtRisk(AtRiskReason::NoTouch) => Some(windows.stale_at_risk()),
            State::Stale(_) => None,
        }
    }

    /// When the lead is, or became, Stale. None for one whose clocks do not run.
    #[must_use]
    pub fn stale_at(&self) -> Option<Timestamp> {
        if self.is_dormant() {
            return None;
        }
        match &self.state {
            State::New | State::Active | State::AtRisk(_) => Some(Windows::of(self).stale()),
            State::Stale(rescue) => Some(rescue.since),
        }
    }

    /// When somebody has to do something next: the earliest card (a snoozed one when it comes back) or planned follow-up;
    /// without one, when the lead is at risk. None for one whose clocks do not run.
    #[must_use]
    pub fn next_action_at(&self) -> Option<Timestamp> {
        if self.is_dormant() {
            return None;
        }
        let cards =
            self.cards.iter().map(|card| card.snoozed_until.map_or(card.due_at, |at| at.max(card.due_at)));
        let plans = self.follow_ups.iter().map(|follow_up| follow_up.due_at);
        cards.chain(plans).min().or_else(|| self.at_risk_at())
    }
}

impl Explanation {
    /// One sentence for somebody in `zone` at `now`: times of today as hours and minutes, others with their day.
    #[must_use]
    pub fn in_english(&self, now: Timestamp, zone: &Zone) -> String {
        let at = |moment: &Timestamp| clock(*moment, now, zone);
        match self {
            Self::New { since, due_by } => {
                format!("New since {}; first reply due by {}.", at(since), at(due_by))
            }
            Self::FirstContactAtRisk { since, due_by } if *due_by <= now => {
                format!("At risk since {}; the first reply was due by {}.", at(since), at(due_by))
            }
            Self::FirstContactAtRisk { since, due_by } => {
                format!("At risk since {}; first reply due by {}.", at(since), at(due_by))
            }
            Self::Active { last_touch_at: Some(touched), at_risk_at } => {
                format!("Active; last touch {}; at risk from {}.", at(touched), at(at_risk_at))
            }
            Self::Active { last_touch_at: None, at_risk_at } => {
                format!("Active; no touch yet; at risk from {}.", at(at_risk_at))
            }
            Self::AtRisk { since, no_touch_since, stale_at } => format!(
                "At risk since {}; no touch since {}; stale from {}.",
                at(since),
                at(no_touch_since),
                at(stale_at)
            ),
            Self::Stale { since, progress } => {
                let progress = match progress {
                    RescueProgress::Waiting => "waits for rescue".to_owned(),
                    RescueProgress::InProgress { .. } => "rescue in progress".to_owned(),
                    RescueProgress::Answered { at: answered, .. } => {
                        format!("the client answered {}; hand-back is possible", at(answered))
                    }
                };
                format!("Stale since {}; {progress}.", at(since))
            }
            Self::Archived => "Archived; no clock runs.".to_owned(),
            Self::Deleted => "Deleted; no clock runs.".to_owned(),
        }
    }
}

/// "09:41" today, "Tue 3 May 09:41" this year, "Tue 3 May 2022 09:41" otherwise.
fn clock(moment: Timestamp, now: Timestamp, zone: &Zone) -> String {
    let (Some(moment_here), Some(now_here)) = (zone.at(moment), zone.at(now)) else {
        return moment.to_string();
    };
    let format = if moment_here.date() == now_here.date() {
        "%H:%M"
    } else if moment_here.year() == now_here.year() {
        "%a %-d %b %H:%M"
    } else {
        "%a %-d %b %Y %H:%M"
    };
    moment_here.strftime(format).to_string()
}
