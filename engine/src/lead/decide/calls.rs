//! Calls: an intent that waits for its outcome, and the touch that the outcome may make (OUT-6, DECK-5).

use super::Decision;
use crate::{
    ids::{CallId, TouchId, UserId},
    lead::{CallOutcome, CardClosed, Event, OpenCall, Rejected, Touch},
    message::Channel,
    time::Timestamp,
};

impl Decision<'_> {
    pub(super) fn start_call(&mut self, call: CallId, by: UserId, at: Timestamp) -> Result<(), Rejected> {
        self.awake()?;
        if self.lead.calls.iter().any(|known| known.id == call) || self.lead.knows_touch(touch_of(call)) {
            return Err(Rejected::NothingChanges);
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
    ) -> Result<(), Rejected> {
        let open =
            self.lead.calls.iter().find(|known| known.id == call).ok_or(Rejected::CallNotOpen)?.clone();
        self.push(Event::CallEnded { call, by, outcome, at: self.ctx.now });
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
}

/// A call is one touch at most, under its own id.
const fn touch_of(call: CallId) -> TouchId {
    TouchId(call.0)
}
