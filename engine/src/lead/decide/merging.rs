//! Two leads become one, and two again (IDN-3). The one that is merged away stands still from the moment it says so; the
//! other then takes what it brings. Each step, decided twice, is decided once: whoever carries a merge out may die between
//! any two.

use super::{Decision, administration::MOST_IDENTITIES, cards::Show, tasks::OPEN_TASKS};
use crate::{
    ids::{LeadId, UserId},
    lead::{Brought, CardClosed, CardKind, Command, Context, Event, Lead, Outgoing, Rejected, Touch},
};

/// So many leads are merged into one at most: the lead is one row of at most 40 KiB.
const MOST_MERGED: usize = 16;

/// What a lead that was merged into another still does: it hears what providers tell of its own messages, and comes back.
/// All else is the other one's.
pub(super) fn merged_away(
    lead: &Lead,
    to: LeadId,
    command: Command,
    ctx: &Context,
) -> Result<Vec<Event>, Rejected> {
    let mut decision = Decision::on(lead, ctx);
    if let Command::MergeInto { into, .. } = command
        && into == to
    {
        return Ok(Vec::new());
    }
    if let Command::ComeBack { from, lost, by } = command {
        if from != to {
            return Err(Rejected::Forwarded { to });
        }
        decision.push(Event::CameBack { from, lost, by, at: ctx.now });
        // What was told meanwhile, and the clocks that went on.
        decision.correct_state();
        decision.catch_up();
        return Ok(decision.events);
    }
    if let Command::Send(told) = command
        && told.by().is_none()
    {
        decision.send(told)?;
        return Ok(decision.events);
    }
    Err(Rejected::Forwarded { to })
}

impl Decision<'_> {
    /// The lead steps aside for another one, with everything that it has.
    pub(super) fn merge_into(&mut self, into: LeadId, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        if into == self.lead.id {
            return Err(Rejected::NothingChanges);
        }
        if !self.lead.calls.is_empty() {
            return Err(Rejected::OutcomeMissing);
        }
        let under_way = |outgoing: &Outgoing| outgoing.is_open() || outgoing.is_in_doubt();
        if self.lead.sends.iter().any(under_way) {
            return Err(Rejected::SendUnderWay);
        }
        self.push(Event::MergedInto { into, by, at: self.ctx.now });
        Ok(())
    }

    /// The lead takes what another one brings.
    pub(super) fn absorb(&mut self, lead: LeadId, brought: Brought, by: UserId) -> Result<(), Rejected> {
        if self.lead.has_merged(lead) {
            return Ok(());
        }
        self.awake()?;
        if self.lead.merged.len() >= MOST_MERGED {
            return Err(Rejected::TooManyMerged);
        }
        let new = brought.identities.iter().filter(|address| !self.lead.identities.contains(address));
        if self.lead.identities.len() + new.count() > MOST_IDENTITIES {
            return Err(Rejected::TooManyIdentities);
        }
        let open = self.lead.cards.len() + self.lead.follow_ups.len();
        if open + brought.follow_ups.len() > OPEN_TASKS {
            return Err(Rejected::TooManyOpenTasks);
        }
        let at = self.ctx.now;
        let touch = brought.last_touch.clone();
        self.push(Event::Absorbed { lead, brought: Box::new(brought), by, at });
        if let Some(touch) = touch.filter(|touch| !self.lead.knows_touch(touch.id)) {
            self.take_touch(Touch { settled: false, ..touch });
        }
        self.ask_for_reply(at);
        Ok(())
    }

    /// They were two after all: what came with that lead goes with it, and the state follows.
    pub(super) fn let_go(&mut self, lead: LeadId, by: UserId) -> Result<(), Rejected> {
        let Some(gone) = self.lead.merged.iter().find(|merged| merged.lead == lead).cloned() else {
            return Ok(());
        };
        let at = self.ctx.now;
        self.push(Event::LetGo { lead, by, at });
        let touch = self.lead.touches.iter().find(|touch| gone.touch == Some(touch.id)).cloned();
        if let Some(touch) = &touch {
            self.push(Event::TouchRevoked { touch: touch.id });
            self.correct_first_contact(touch);
        }
        if self.lead.is_dormant() {
            return Ok(());
        }
        self.rescue_counts_from = Some(at);
        self.correct_state();
        self.catch_up();
        self.correct_rescue();
        let answered = self.lead.automatic_card().filter(|card| card.kind == CardKind::Reply);
        if let Some(task) = answered.filter(|_| !self.lead.awaits_reply()).map(|card| card.task) {
            self.push(Event::CardClosed { task, how: CardClosed::StateLeft, at });
        }
        // Without that contact the state asks for somebody again.
        self.show_state(at, if touch.is_some() { Show::Anew } else { Show::Quietly });
        self.ask_for_reply(at);
        Ok(())
    }
}
