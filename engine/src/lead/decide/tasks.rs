//! Tasks that people open and deal with: follow-ups, calls' cards, Done and Snooze; and what leaves with the lead.

use super::Decision;
use crate::{
    ids::{TaskId, UserId},
    lead::{Card, CardClosed, CardKind, Event, FollowUp, OpenCall, Reason, Rejected},
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// So many cards and planned follow-ups a lead can have: its state is one row of at most 40 KiB (architecture).
pub(super) const OPEN_TASKS: usize = 50;
/// And so many bytes of sealed titles and previews, for the same reason.
const OPEN_TASKS_BYTES: usize = 14 * 1024;

impl Decision<'_> {
    /// The card of a call whose outcome is still to be told.
    pub(super) fn open_call_card(&mut self, call: &OpenCall, at: Timestamp) {
        let card = Card {
            task: call.card,
            kind: CardKind::CallOutcome,
            opened_at: at,
            due_at: call.at,
            reason: Reason::CallWithoutOutcome { at: call.at },
            snoozed_until: None,
            snoozed_by: None,
            channel: Some(Channel::Voice),
            preview: None,
            version: self.next_version(),
        };
        self.push(Event::CardOpened { card });
    }

    /// A follow-up that fell due becomes a card of its own.
    pub(super) fn open_follow_up(&mut self, follow_up: FollowUp) {
        let card = Card {
            task: follow_up.task,
            kind: CardKind::FollowUp,
            opened_at: follow_up.due_at,
            due_at: follow_up.due_at,
            reason: Reason::FollowUp,
            snoozed_until: None,
            snoozed_by: None,
            channel: None,
            preview: follow_up.title,
            version: self.next_version(),
        };
        self.push(Event::FollowUpRemoved { task: follow_up.task });
        self.push(Event::CardOpened { card });
    }

    /// The lead goes to rest: cards and plans leave. Calls stay open: their outcome may still be told.
    pub(super) fn put_everything_away(&mut self, at: Timestamp) {
        self.take_sends_back(at);
        let tasks: Vec<TaskId> = self.lead.cards.iter().map(|card| card.task).collect();
        for task in tasks {
            self.push(Event::CardClosed { task, how: CardClosed::LeadGone, at });
        }
        let plans: Vec<TaskId> = self.lead.follow_ups.iter().map(|follow_up| follow_up.task).collect();
        for task in plans {
            self.push(Event::FollowUpRemoved { task });
        }
    }

    /// Calls without an outcome get their cards back when the lead does.
    pub(super) fn show_open_calls(&mut self, at: Timestamp) {
        for call in self.lead.calls.clone() {
            if self.lead.card(call.card).is_none() {
                self.open_call_card(&call, at);
            }
        }
    }

    /// Done: the task is done, and no touch is made by it. A call needs its outcome first (DECK-5).
    pub(super) fn done(&mut self, task: TaskId, by: UserId, expected_version: u64) -> Result<(), Rejected> {
        self.awake()?;
        let card = self.seen_card(task, expected_version)?;
        if card.kind == CardKind::CallOutcome {
            return Err(Rejected::OutcomeMissing);
        }
        self.push(Event::CardClosed { task, how: CardClosed::Done { by }, at: self.ctx.now });
        Ok(())
    }

    /// Snooze: out of the deck until then, and open all the same (LIF-6).
    pub(super) fn snooze(
        &mut self,
        task: TaskId,
        by: UserId,
        until: Timestamp,
        expected_version: u64,
    ) -> Result<(), Rejected> {
        self.awake()?;
        self.seen_card(task, expected_version)?;
        if until <= self.ctx.now {
            return Err(Rejected::SnoozeInThePast);
        }
        self.push(Event::CardSnoozed { task, until, by });
        Ok(())
    }

    /// A person plans a follow-up; it takes the place of the one that the team's default planned (DECK-8).
    pub(super) fn schedule(
        &mut self,
        by: UserId,
        due_at: Timestamp,
        title: Option<SealedRaw>,
    ) -> Result<(), Rejected> {
        self.awake()?;
        self.room_for_a_task()?;
        self.drop_default_follow_up();
        let task = self.fresh_task(self.ctx.now);
        let follow_up = FollowUp { task, due_at, title, by_default: false };
        self.push(Event::FollowUpScheduled { follow_up, by: Some(by) });
        Ok(())
    }

    /// What people open themselves is bounded; what the life cycle opens never is refused, and is one card at a time.
    pub(super) fn room_for_a_task(&self) -> Result<(), Rejected> {
        let open = self.lead.cards.len() + self.lead.follow_ups.len();
        let titles = self.lead.follow_ups.iter().filter_map(|follow_up| follow_up.title.as_ref());
        let texts = titles.chain(self.lead.cards.iter().filter_map(|card| card.preview.as_ref()));
        let bytes: usize = texts.map(|text| text.0.len()).sum();
        if open < OPEN_TASKS && bytes < OPEN_TASKS_BYTES { Ok(()) } else { Err(Rejected::TooManyOpenTasks) }
    }

    pub(super) fn drop_default_follow_up(&mut self) {
        let planned = self.lead.follow_ups.iter().filter(|follow_up| follow_up.by_default);
        let tasks: Vec<TaskId> = planned.map(|follow_up| follow_up.task).collect();
        for task in tasks {
            self.push(Event::FollowUpRemoved { task });
        }
    }
}
