//! Touches: what counts as contact, what takes it back, and what both do to the state (LIF-1, LIF-3, RSC-6).

use super::{Decision, cards::Show};
use crate::{
    ids::TouchId,
    lead::{
        AtRiskReason, Card, CardClosed, CardKind, Cause, Event, FollowUp, Reason, Rejected, Rescue,
        RescueProgress, State, StateName, Touch,
    },
    time::Timestamp,
};

/// A provider that never tells how a message ended must not make the lead grow for ever: beyond this many touches that
/// could still be revoked, the oldest is taken as final.
const REVOCABLE_TOUCHES: usize = 64;

impl Decision<'_> {
    pub(super) fn touch(&mut self, touch: Touch) -> Result<(), Rejected> {
        if self.lead.knows_touch(touch.id) {
            return Err(Rejected::NothingChanges);
        }
        // A clock that runs ahead must not move the base into the future.
        self.take_touch(Touch { at: touch.at.min(self.ctx.now), ..touch });
        Ok(())
    }

    /// Takes a touch, of whatever age, and lets the state follow.
    pub(super) fn take_touch(&mut self, touch: Touch) {
        let base_before = self.lead.base();
        let by_rescuer = self.is_rescue(&touch);
        let first_ever = self.lead.first_contact_at.is_none();
        self.push(Event::Touched { touch: touch.clone(), rescue: by_rescuer });
        if self.lead.first_contact_at.is_none_or(|first| touch.at < first) {
            self.push(Event::FirstContactMade { at: touch.at });
        }
        self.settle_the_oldest();
        if self.lead.is_dormant() {
            return;
        }
        if by_rescuer {
            self.rescue_goes_on(&touch);
        } else {
            let cause = if first_ever { Cause::FirstTouch } else { Cause::Touch };
            self.contact_was_made(&touch, cause, base_before);
            if first_ever && !self.is(StateName::Stale) {
                self.plan_default_follow_up(&touch);
            }
        }
    }

    /// Whether the touch is a rescuer's: somebody else's than the owner's, made since the lead is Stale.
    fn is_rescue(&self, touch: &Touch) -> bool {
        self.lead.rescue().is_some_and(|rescue| touch.at >= rescue.since && self.lead.owner != Some(touch.by))
    }

    fn rescue_goes_on(&mut self, touch: &Touch) {
        let moved = self.lead.rescue().is_some_and(|rescue| match rescue.progress {
            RescueProgress::InProgress { by } => by != touch.by,
            RescueProgress::Waiting => true,
            // A call that ended before the client's answer does not answer it.
            RescueProgress::Answered { at, .. } => touch.at >= at,
        });
        if moved {
            self.push(Event::RescueMoved {
                progress: RescueProgress::InProgress { by: touch.by },
                at: touch.at,
            });
        }
        self.close_answered_reply(touch.at);
    }

    fn contact_was_made(&mut self, touch: &Touch, cause: Cause, base_before: Timestamp) {
        let ends_waiting = match &self.lead.state {
            State::New | State::AtRisk(AtRiskReason::FirstContact) => true,
            // An older touch that arrives late moves nothing.
            State::AtRisk(AtRiskReason::NoTouch) => self.lead.base() > base_before,
            // The window counts from this touch alone: the rescuers' touches since never ended anything.
            State::Stale(_) => self.lead.rules.stale_ends(touch.at) > self.ctx.now,
            State::Active => false,
        };
        if ends_waiting {
            let card = self.lead.automatic_card().map(|card| card.task);
            if let Some(task) = card {
                self.push(Event::CardClosed { task, how: CardClosed::Touched, at: self.ctx.now });
            }
            self.push(Event::StateChanged { to: State::Active, cause, at: touch.at });
            if card.is_some() {
                // A touch from before the client's last message made contact, and did not answer that.
                self.ask_for_reply(self.ctx.now);
            }
        } else {
            self.close_answered_reply(touch.at);
        }
    }

    /// A `reply` card leaves with a touch that came after the message it is about.
    fn close_answered_reply(&mut self, touched_at: Timestamp) {
        let answered = self.lead.last_inbound.as_ref().is_none_or(|last| last.at <= touched_at);
        if let Some(card) = self.lead.automatic_card().filter(|card| card.kind == CardKind::Reply && answered)
        {
            let task = card.task;
            self.push(Event::CardClosed { task, how: CardClosed::Touched, at: self.ctx.now });
        }
    }

    /// DECK-8, unless somebody has already planned what comes next.
    fn plan_default_follow_up(&mut self, touch: &Touch) {
        if self.lead.follow_ups.is_empty() {
            let task = self.fresh_task(self.ctx.now);
            let due_at = touch.at.plus(self.lead.rules.default_follow_up);
            let follow_up = FollowUp { task, due_at, title: None, by_default: true };
            self.push(Event::FollowUpScheduled { follow_up, by: None });
        }
    }

    fn settle_the_oldest(&mut self) {
        let open = self.lead.touches.iter().filter(|touch| !touch.settled);
        if open.clone().count() > REVOCABLE_TOUCHES
            && let Some((_, touch)) = open.map(|touch| (touch.at, touch.id)).min()
        {
            self.push(Event::TouchSettled { touch });
        }
    }

    pub(super) fn settle_touch(&mut self, touch: TouchId) -> Result<(), Rejected> {
        let known =
            self.lead.touches.iter().find(|known| known.id == touch).ok_or(Rejected::TouchNotKnown)?;
        if known.settled {
            return Err(Rejected::NothingChanges);
        }
        self.push(Event::TouchSettled { touch });
        Ok(())
    }

    /// The message never arrived: everything is as if it had not been sent, and the card says so.
    pub(super) fn revoke_touch(&mut self, touch: TouchId) -> Result<(), Rejected> {
        let known =
            self.lead.touches.iter().find(|known| known.id == touch).ok_or(Rejected::TouchNotKnown)?.clone();
        if known.settled {
            return Err(Rejected::TouchSettled);
        }
        let last_before = self.lead.last_touch_at();
        self.push(Event::TouchRevoked { touch });
        self.correct_first_contact(&known);
        if self.lead.is_dormant() {
            return Ok(());
        }
        self.rescue_counts_from = Some(self.ctx.now);
        self.correct_state();
        self.catch_up();
        self.correct_rescue();
        if self.lead.last_touch_at() == last_before {
            self.show_state(self.ctx.now, Show::Quietly);
        } else {
            self.tell_of_revocation(known.at);
        }
        Ok(())
    }

    pub(super) fn correct_first_contact(&mut self, revoked: &Touch) {
        if self.lead.first_contact_at != Some(revoked.at) {
            return;
        }
        match self.lead.touches.iter().map(|touch| touch.at).min() {
            Some(at) if at == revoked.at => {}
            Some(at) => self.push(Event::FirstContactMade { at }),
            None => {
                self.push(Event::FirstContactUndone);
                self.drop_default_follow_up();
            }
        }
    }

    /// The state as the touches that are left make it; what is overdue by them fires afterwards.
    pub(super) fn correct_state(&mut self) {
        let to = match &self.lead.state {
            State::New | State::Stale(_) => None,
            State::Active | State::AtRisk(_) if self.lead.awaits_first_contact() => Some(State::New),
            State::Active | State::AtRisk(_) => None,
        };
        if let Some(to) = to {
            self.push(Event::StateChanged { to, cause: Cause::TouchRevoked, at: self.ctx.now });
        }
    }

    /// How far the rescue got, by the rescuers' touches that are left and what the client wrote since.
    pub(super) fn correct_rescue(&mut self) {
        let Some(rescue) = self.lead.rescue().cloned() else { return };
        let progress = self.rescue_as_it_stands(&rescue);
        if progress != rescue.progress {
            self.push(Event::RescueMoved { progress, at: self.ctx.now });
        }
    }

    fn rescue_as_it_stands(&self, rescue: &Rescue) -> RescueProgress {
        let touches = self.lead.touches.iter().filter(|touch| self.lead.rescue_touches.contains(&touch.id));
        let Some(last) = touches.max_by_key(|touch| (touch.at, touch.id)) else {
            return RescueProgress::Waiting;
        };
        match (&self.lead.last_inbound, &rescue.progress) {
            (Some(inbound), RescueProgress::Answered { by, at, escalated }) if inbound.at >= *at => {
                RescueProgress::Answered { by: *by, at: *at, escalated: *escalated }
            }
            (Some(inbound), _) if inbound.at > last.at => {
                RescueProgress::Answered { by: last.by, at: inbound.at, escalated: false }
            }
            (Some(_) | None, _) => RescueProgress::InProgress { by: last.by },
        }
    }

    /// The state's card, or a `reply` where the state asks for none, with the revocation as its reason.
    fn tell_of_revocation(&mut self, sent_at: Timestamp) {
        self.tell(Reason::TouchRevoked { sent_at }, self.ctx.now);
    }

    /// Somebody has to know: the state's card, or a `reply` where the state asks for none, with that reason.
    pub(super) fn tell(&mut self, reason: Reason, at: Timestamp) {
        if !self.is(StateName::Active) {
            self.show_state_because(Some(reason), at, Show::Anew);
            return;
        }
        match self.lead.automatic_card().cloned() {
            Some(card) => self.change_card(Card { reason, ..card }, at, Show::Anew),
            None => self.open_automatic(CardKind::Reply, reason, self.reply_due(at), at),
        }
    }
}
