//! Calls: an intent that waits for its outcome, and the touch that the outcome may make (OUT-6, DECK-5). And notes, which
//! are touches when they tell of contact with the client.

use super::Decision;
use crate::{
    identity::IdentityKind,
    ids::{CallId, TouchId, UserId},
    lead::{CallOutcome, CardClosed, Event, OpenCall, Rejected, Touch, Written},
    message::Channel,
    time::Timestamp,
};

impl Decision<'_> {
    pub(super) fn start_call(&mut self, call: CallId, by: UserId, at: Timestamp) -> Result<(), Rejected> {
        self.awake()?;
        if self.lead.calls.iter().any(|known| known.id == call) || self.lead.knows_touch(touch_of(call)) {
            return Err(Rejected::NothingChanges);
        }
        if self.lead.identities.iter().all(|address| address.kind != IdentityKind::Phone) {
            return Err(Rejected::NoPhone);
        }
        self.room_for_a_task()?;
        let at = at.min(self.ctx.now);
        let open = OpenCall { id: call, by, at, card: self.fresh_task(at) };
        self.push(Event::CallStarted { call, by, at, card: open.card });
        self.open_call_card(&open, at);
        Ok(())
    }

    /// The touch is the caller's, has the time of the call, and is valid from now. A lead that was archived in the
    /// meantime takes the outcome too: the call was made.
    pub(super) fn record_outcome(
        &mut self,
        call: CallId,
        by: UserId,
        outcome: CallOutcome,
        note: Option<Written>,
    ) -> Result<(), Rejected> {
        let open =
            self.lead.calls.iter().find(|known| known.id == call).ok_or(Rejected::CallNotOpen)?.clone();
        self.push(Event::CallEnded { call, by, outcome, note, at: self.ctx.now });
        if self.lead.card(open.card).is_some() {
            self.push(Event::CardClosed {
                task: open.card,
                how: CardClosed::OutcomeRecorded,
                at: self.ctx.now,
            });
        }
        let counts = match outcome {
            CallOutcome::Spoke | CallOutcome::LeftMessage => true,
            CallOutcome::NoAnswer => self.lead.rules.no_answer_counts,
            CallOutcome::WrongNumber => false,
        };
        let id = touch_of(call);
        if counts && !self.lead.knows_touch(id) {
            self.take_touch(Touch { id, by: open.by, at: open.at, channel: Channel::Voice, settled: true });
        }
        Ok(())
    }

    /// Who tells the outcome on the call's card must have seen the card as it is.
    pub(super) fn check_call_card(&self, call: CallId, seen: Option<u64>) -> Result<(), Rejected> {
        let Some(seen) = seen else { return Ok(()) };
        let open = self.lead.calls.iter().find(|known| known.id == call).ok_or(Rejected::CallNotOpen)?;
        self.seen_card(open.card, seen).map(drop)
    }

    /// The outcome form plans what comes next (OUT-6). A lead that was put away meanwhile takes no plans.
    pub(super) fn plan_follow_up(&mut self, by: UserId, due_at: Option<Timestamp>) -> Result<(), Rejected> {
        match due_at {
            Some(due_at) => self.schedule(by, due_at, None),
            None => Ok(()),
        }
    }

    /// A note is a fact: an archived lead takes it too.
    pub(super) fn write_note(
        &mut self,
        text: Written,
        by: UserId,
        client_interaction: bool,
    ) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        let (id, at) = (TouchId(text.event.0), self.ctx.now);
        self.push(Event::NoteWritten { text, by, client_interaction, at });
        if client_interaction && !self.lead.knows_touch(id) {
            self.take_touch(Touch { id, by, at, channel: Channel::Note, settled: true });
        }
        Ok(())
    }
}

/// A call is one touch at most, under its own id.
pub(in crate::lead) const fn touch_of(call: CallId) -> TouchId {
    TouchId(call.0)
}
