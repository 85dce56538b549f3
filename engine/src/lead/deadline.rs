//! When a lead has to be woken, and why.
//!
//! All clocks of a lead are derived from its state, so there is nothing to keep in step: a shell that asks again after
//! every commit is right. A deadline that has fired is marked ([`super::Fired`]) or leaves with what it was about.

use super::{AtRiskReason, DeadlineKind, Lead, RescueProgress, State};
use crate::{ids::TaskId, rules::TeamRules, time::Timestamp};

/// One clock that still runs. The order is the order of firing: by time, then by kind, then by task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline {
    pub at: Timestamp,
    pub kind: DeadlineKind,
    /// The card or follow-up it is about, for those that are about one.
    pub task: Option<TaskId>,
}

/// The moment at which [`super::decide`] with [`super::Command::Tick`] has something to do next, and what. A moment in
/// the past is due now. Archived and deleted leads have none (LIF-7).
#[must_use]
pub fn next_deadline(lead: &Lead) -> Option<(Timestamp, DeadlineKind)> {
    next(lead).map(|deadline| (deadline.at, deadline.kind))
}

/// The earliest clock that runs.
pub(super) fn next(lead: &Lead) -> Option<Deadline> {
    if lead.is_dormant() {
        return None;
    }
    let state = state_deadlines(lead).into_iter().flatten();
    let state = state.map(|(at, kind)| Deadline { at, kind, task: None });
    let snoozes = lead.cards.iter().filter_map(|card| {
        let at = card.snoozed_until?;
        Some(Deadline { at, kind: DeadlineKind::SnoozeEnds, task: Some(card.task) })
    });
    let follow_ups = lead.follow_ups.iter().map(|follow_up| Deadline {
        at: follow_up.due_at,
        kind: DeadlineKind::FollowUpDue,
        task: Some(follow_up.task),
    });
    let sends = lead.send_deadlines().into_iter().flatten();
    let sends = sends.map(|(at, kind)| Deadline { at, kind, task: None });
    state.chain(snoozes).chain(follow_ups).chain(sends).min()
}

/// The clocks of a lead's state that run, each with its end; none for one that is archived or deleted.
pub(super) fn state_clocks(lead: &Lead) -> Vec<(DeadlineKind, Timestamp)> {
    if lead.is_dormant() {
        return Vec::new();
    }
    state_deadlines(lead).into_iter().flatten().map(|(at, kind)| (kind, at)).collect()
}

/// The clocks of the follow-up state.
///
/// While the first contact is awaited all four windows run: `r`·W2 moves no state there, it only brings back a card that
/// was put away ("Done" row of the table).
fn state_deadlines(lead: &Lead) -> [Option<(Timestamp, DeadlineKind)>; 4] {
    let windows = Windows::of(lead);
    let fired = lead.fired;
    let share = || {
        (!fired.first_contact_share)
            .then(|| (windows.first_contact_at_risk(), DeadlineKind::FirstContactAtRisk))
    };
    let breach =
        || (!fired.first_contact).then(|| (windows.first_contact(), DeadlineKind::FirstContactBreach));
    let stale_share = || (!fired.stale_share).then(|| (windows.stale_at_risk(), DeadlineKind::StaleAtRisk));
    let stale = || Some((windows.stale(), DeadlineKind::Stale));
    match &lead.state {
        State::New => [share(), breach(), stale_share(), stale()],
        State::AtRisk(AtRiskReason::FirstContact) => [None, breach(), stale_share(), stale()],
        State::Active => [None, None, stale_share(), stale()],
        State::AtRisk(AtRiskReason::NoTouch) => [None, None, None, stale()],
        State::Stale(rescue) => {
            let escalation = match rescue.progress {
                RescueProgress::Waiting => Some(lead.rules.stale_ends(rescue.clock)),
                RescueProgress::InProgress { .. } => None,
                RescueProgress::Answered { at, escalated, .. } => {
                    (!escalated).then(|| lead.rules.first_contact_ends(at))
                }
            };
            [escalation.map(|at| (at, DeadlineKind::RescueEscalation)), None, None, None]
        }
    }
}

/// The four moments that the team's windows give, counted from the lead's base; each is reckoned when it is asked for,
/// because with business hours that takes a walk through the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows<'a> {
    base: Timestamp,
    rules: &'a TeamRules,
}

impl<'a> Windows<'a> {
    pub(super) fn of(lead: &'a Lead) -> Self {
        Self { base: lead.base(), rules: &lead.rules }
    }
    pub(super) fn first_contact_at_risk(&self) -> Timestamp {
        self.rules.first_contact_at_risk(self.base)
    }
    pub(super) fn first_contact(&self) -> Timestamp {
        self.rules.first_contact_ends(self.base)
    }
    pub(super) fn stale_at_risk(&self) -> Timestamp {
        self.rules.stale_at_risk(self.base)
    }
    pub(super) fn stale(&self) -> Timestamp {
        self.rules.stale_ends(self.base)
    }
}
