//! A deed of a moment ago is taken back, as far as the lead has not moved on meanwhile. What was told stays told: the
//! timeline keeps the deed and gets its correction.

use super::{
    Decision,
    cards::{Show, state_card},
};
use crate::{
    ids::{TaskId, UserId},
    lead::{Card, CardClosed, CardKind, Event, OpenCall, Plan, Reason, Rejected, Taken, Undoable},
    time::Timestamp,
};

impl Decision<'_> {
    pub(super) fn undo(&mut self, deed: Undoable, by: UserId) -> Result<(), Rejected> {
        self.awake()?;
        let kind = deed.kind();
        match deed {
            Undoable::Done { card } => self.undo_done(card)?,
            Undoable::Snoozed { task, until, before } => self.undo_snooze(task, until, before)?,
            Undoable::Scheduled { plan } => self.undo_plan(plan, by)?,
            Undoable::Outcome { call, touch, plan } => self.undo_outcome(call, touch, plan, by)?,
        }
        self.push(Event::DeedUndone { deed: kind, by, at: self.ctx.now });
        Ok(())
    }

    /// The card comes back as it was, unless the state asks for another one by now.
    fn undo_done(&mut self, card: Card) -> Result<(), Rejected> {
        if self.lead.card(card.task).is_some() {
            return Err(Rejected::LeadMovedOn);
        }
        if card.kind.is_automatic() {
            self.make_way_for(&card)?;
        }
        self.push(Event::CardOpened { card: Card { version: self.next_version(), ..card } });
        Ok(())
    }

    fn make_way_for(&mut self, card: &Card) -> Result<(), Rejected> {
        let still_asked = match card.kind {
            CardKind::Reply => self.lead.awaits_reply() || matches!(card.reason, Reason::TouchRevoked { .. }),
            CardKind::ContactNow
            | CardKind::AtRisk
            | CardKind::Rescue
            | CardKind::FollowUp
            | CardKind::CallOutcome => {
                state_card(&self.lead).is_some_and(|(kind, _reason, _due)| kind == card.kind)
            }
        };
        let open = self.lead.automatic_card().map(|open| (open.task, open.kind));
        match open {
            Some((task, kind)) if still_asked && kind < card.kind => {
                self.push(Event::CardClosed { task, how: CardClosed::Replaced, at: self.ctx.now });
                Ok(())
            }
            None if still_asked => Ok(()),
            Some(_) | None => Err(Rejected::LeadMovedOn),
        }
    }

    fn undo_snooze(
        &mut self,
        task: TaskId,
        until: Timestamp,
        before: Option<(Timestamp, UserId)>,
    ) -> Result<(), Rejected> {
        if self.lead.card(task).is_none_or(|card| card.snoozed_until != Some(until)) {
            return Err(Rejected::LeadMovedOn);
        }
        let at = self.ctx.now;
        match before {
            Some((until, by)) if until > at => self.push(Event::CardSnoozed { task, until, by }),
            Some(_) | None => self.push(Event::CardReturned { task, at }),
        }
        Ok(())
    }

    /// The plan leaves, or the card that it became meanwhile; the default that it replaced stands again.
    fn undo_plan(&mut self, plan: Plan, by: UserId) -> Result<(), Rejected> {
        let Plan { task, replaced } = plan;
        if self.lead.follow_ups.iter().any(|known| known.task == task) {
            self.push(Event::FollowUpRemoved { task });
        } else if self.lead.card(task).is_some() {
            self.push(Event::CardClosed { task, how: CardClosed::Undone { by }, at: self.ctx.now });
        } else {
            return Err(Rejected::LeadMovedOn);
        }
        if self.lead.follow_ups.iter().all(|known| !known.by_default) {
            for follow_up in replaced {
                self.push(Event::FollowUpScheduled { follow_up, by: None });
            }
        }
        Ok(())
    }

    fn undo_outcome(
        &mut self,
        call: OpenCall,
        touch: Option<Taken>,
        plan: Option<Plan>,
        by: UserId,
    ) -> Result<(), Rejected> {
        if self.lead.calls.iter().any(|known| known.id == call.id) || self.lead.card(call.card).is_some() {
            return Err(Rejected::LeadMovedOn);
        }
        if let Some(plan) = plan {
            self.undo_plan(plan, by)?;
        }
        self.push(Event::CallReopened { call: call.clone(), at: self.ctx.now });
        self.open_call_card(&call, call.at);
        if let Some(taken) = touch {
            self.untouch(taken);
        }
        Ok(())
    }

    /// As if the contact had not been made: the state as the other touches make it, and the card that it had closed.
    fn untouch(&mut self, taken: Taken) {
        let Taken { touch, forgotten: kept, rescues, closed_card } = taken;
        self.push(Event::TouchUndone { touch: touch.id, kept, rescues });
        self.correct_first_contact(&touch);
        self.rescue_counts_from = Some(self.ctx.now);
        self.correct_state();
        self.catch_up();
        self.correct_rescue();
        let show = if closed_card { Show::Anew } else { Show::Quietly };
        self.show_state(self.ctx.now, show);
        if closed_card {
            self.ask_for_reply(self.ctx.now);
        }
    }
}
