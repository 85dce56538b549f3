//! Deadlines: each fires once, with its own time, in order, however late (LIF-4).

use super::{Decision, cards::Show};
use crate::{
    ids::TaskId,
    lead::{
        AtRiskReason, Cause, DeadlineKind, Event, Rescue, RescueProgress, State, StateName,
        deadline::{Deadline, next},
    },
    time::Timestamp,
};

/// A lead that waits for rescue escalates every W2 for ever, and W2 may be two seconds: after a long stop so many
/// escalations can be overdue that they would not fit into one commit. So many of them are told one by one; the next one
/// stands for all that are left, and counts them.
const ESCALATIONS_ONE_BY_ONE: u32 = 16;

/// No lead has so many clocks. The bound keeps a decision finite whatever state it is given; the rest fires at the next
/// tick, which is due at once.
const DEADLINES_AT_ONCE: usize = 1_024;

impl Decision<'_> {
    /// Fires everything that has fallen due by now, in deadline order.
    pub(super) fn catch_up(&mut self) {
        for _ in 0..DEADLINES_AT_ONCE {
            match next(&self.lead) {
                Some(deadline) if deadline.at <= self.ctx.now => self.fire(deadline),
                Some(_) | None => return,
            }
        }
    }

    fn fire(&mut self, Deadline { at, kind, task }: Deadline) {
        match kind {
            DeadlineKind::FirstContactAtRisk => self.become_at_risk(AtRiskReason::FirstContact, kind, at),
            DeadlineKind::FirstContactBreach => {
                // The breach is recorded once; the card comes back each time the window ends.
                let event = match self.lead.breached_at {
                    None => Event::FirstContactBreached { at },
                    Some(_) => Event::DeadlinePassed { deadline: kind, at },
                };
                self.push(event);
                self.show_state(at, Show::Anew);
            }
            DeadlineKind::StaleAtRisk if self.is(StateName::Active) => {
                self.become_at_risk(AtRiskReason::NoTouch, kind, at);
            }
            DeadlineKind::StaleAtRisk => {
                self.push(Event::DeadlinePassed { deadline: kind, at });
                self.show_state(at, Show::Anew);
            }
            DeadlineKind::Stale => {
                let clock = self.rescue_counts_from.map_or(at, |from| from.max(at));
                let rescue = Rescue { since: at, progress: RescueProgress::Waiting, escalations: 0, clock };
                self.push(Event::StateChanged { to: State::Stale(rescue), cause: Cause::Deadline(kind), at });
                self.show_state(at, Show::Anew);
            }
            DeadlineKind::RescueEscalation => self.escalate(at),
            DeadlineKind::SnoozeEnds => {
                if let Some(task) = task {
                    self.push(Event::CardReturned { task, at });
                }
            }
            DeadlineKind::FollowUpDue => self.follow_up_due(task),
            DeadlineKind::SendDue => self.send_due(),
            DeadlineKind::SendInDoubt => self.send_in_doubt(),
        }
    }

    fn become_at_risk(&mut self, reason: AtRiskReason, kind: DeadlineKind, at: Timestamp) {
        self.push(Event::StateChanged { to: State::AtRisk(reason), cause: Cause::Deadline(kind), at });
        self.show_state(at, Show::Anew);
    }

    fn follow_up_due(&mut self, task: Option<TaskId>) {
        let due = self.lead.follow_ups.iter().find(|follow_up| Some(follow_up.task) == task).cloned();
        if let Some(follow_up) = due {
            self.open_follow_up(follow_up);
        }
    }

    /// The team is told that a Stale lead is left alone, or a client's answer to its rescuer.
    fn escalate(&mut self, at: Timestamp) {
        let State::Stale(rescue) = &self.lead.state else { return };
        let mut count = rescue.escalations.saturating_add(1);
        let mut next_from = self.rescue_counts_from.map_or(at, |from| from.max(at));
        if self.escalations >= ESCALATIONS_ONE_BY_ONE {
            let (left, last_end) = self.lead.rules.stale_windows(next_from, self.ctx.now);
            count = count.saturating_add(left);
            next_from = last_end;
        }
        self.escalations += 1;
        self.push(Event::RescueEscalated { at, count, next_from });
        self.show_state(at, Show::Anew);
    }
}
