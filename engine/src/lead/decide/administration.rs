//! What people and teams do with a lead as a whole: make it, hand it on, give it back, put it away, change its clocks.

use super::{Decision, cards::Show};
use crate::{
    identity::Address,
    ids::{TeamId, UserId},
    lead::{
        AtRiskReason, Card, CardKind, Cause, Context, Event, Fired, Lead, ProfileChange, Rejected, Shortened,
        State, StateName, Status, deadline::Windows,
    },
    rules::TeamRules,
    time::{Seconds, Timestamp},
};

/// A client has so many addresses at most: the lead is one row of at most 40 KiB.
pub(super) const MOST_IDENTITIES: usize = 32;

/// By hand, or by import: then the card only if asked for.
pub(super) fn create(
    created: Event,
    profile: &ProfileChange,
    by: Option<UserId>,
    with_card: bool,
    ctx: &Context,
) -> Result<Vec<Event>, Rejected> {
    let mut decision = Decision::creating(created, ctx)?;
    decision.change_profile(profile, by);
    if with_card {
        decision.show_state(ctx.now, Show::Anew);
    }
    Ok(decision.events)
}

impl Decision<'_> {
    /// New windows hold at once: what they make overdue fires now, with its own time; what they move into the future
    /// has not happened, except Stale, which only people end, and breaches, which stay on record.
    pub(super) fn change_rules(&mut self, rules: TeamRules) -> Result<(), Rejected> {
        if rules == self.lead.rules || rules.version < self.lead.rules.version {
            return Err(Rejected::NothingChanges);
        }
        let now = self.ctx.now;
        let ahead = Lead { rules: rules.clone(), ..self.lead.clone() };
        let windows = Windows::of(&ahead);
        let fired = still_fired(self.lead.fired, &windows, now, self.is(StateName::Stale));
        let shortened = self.shortened_by(&rules);
        self.push(Event::RulesChanged { rules, fired, shortened });
        if self.lead.is_dormant() {
            return Ok(());
        }
        let back = match &self.lead.state {
            State::AtRisk(AtRiskReason::FirstContact) => {
                (windows.first_contact_at_risk() > now).then_some(State::New)
            }
            State::AtRisk(AtRiskReason::NoTouch) => (windows.stale_at_risk() > now).then_some(State::Active),
            State::New | State::Active | State::Stale(_) => None,
        };
        if let Some(to) = back {
            self.push(Event::StateChanged { to, cause: Cause::RulesChanged, at: now });
        }
        self.show_state(now, Show::Quietly);
        self.renew_reply_due();
        self.plan_sends_anew();
        self.rescue_counts_from = Some(now);
        Ok(())
    }

    /// The windows that were, if the owner has less time now. The rules of a team that the lead has come to are no
    /// change of rules.
    fn shortened_by(&self, rules: &TeamRules) -> Option<Shortened> {
        let lead = &self.lead;
        let shorter = rules.first_contact() < lead.rules.first_contact()
            || rules.stale_after() < lead.rules.stale_after();
        let concerns = lead.owner.is_some() && !lead.is_dormant() && lead.rules.version > 0;
        (shorter && concerns).then(|| Shortened {
            first_contact_was: lead.rules.first_contact(),
            stale_after_was: lead.rules.stale_after(),
        })
    }

    fn renew_reply_due(&mut self) {
        if let Some(card) = self.lead.automatic_card().filter(|card| card.kind == CardKind::Reply).cloned() {
            let due_at = self.reply_due(card.opened_at);
            self.change_card(Card { due_at, ..card }, self.ctx.now, Show::Quietly);
        }
    }

    /// The lead changes hands; its cards move with it. Out of Stale it begins anew as Active. An owner who changes teams
    /// with their leads is no new owner: nothing begins anew by that.
    pub(super) fn reassign(&mut self, to: Option<UserId>, team: TeamId, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        let (from, from_team) = (self.lead.owner, self.lead.team);
        if from == to && from_team == team {
            return Err(Rejected::NothingChanges);
        }
        self.push(Event::OwnerChanged { from, to, from_team, team, by, at: self.ctx.now });
        if self.lead.is_dormant() || from == to {
            return Ok(());
        }
        if self.is(StateName::Stale) {
            self.leave_stale(Cause::Reassigned);
        } else if self.lead.rules.owner_change_restarts_clock {
            self.restart_clock();
        }
        Ok(())
    }

    /// The rescuer gives the lead back to its owner (RSC-2).
    pub(super) fn hand_back(&mut self, by: UserId) -> Result<(), Rejected> {
        self.awake()?;
        if !self.is(StateName::Stale) {
            return Err(Rejected::NotStale);
        }
        if self.lead.owner.is_none() {
            return Err(Rejected::NoOwner);
        }
        let recap = self.lead.recap();
        self.push(Event::HandedBack { by, at: self.ctx.now, recap });
        self.leave_stale(Cause::HandedBack);
        Ok(())
    }

    fn leave_stale(&mut self, cause: Cause) {
        let at = self.ctx.now;
        self.push(Event::ClockRestarted { at });
        self.push(Event::StateChanged { to: State::Active, cause, at });
        self.show_state(at, Show::Quietly);
    }

    fn restart_clock(&mut self) {
        let at = self.ctx.now;
        self.push(Event::ClockRestarted { at });
        let to = match &self.lead.state {
            State::AtRisk(AtRiskReason::FirstContact) => Some(State::New),
            State::AtRisk(AtRiskReason::NoTouch) => Some(State::Active),
            State::New | State::Active | State::Stale(_) => None,
        };
        if let Some(to) = to {
            self.push(Event::StateChanged { to, cause: Cause::ClockRestarted, at });
        }
        self.show_state(at, Show::Anew);
    }

    pub(super) fn change_status(&mut self, to: Status, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        let (from, at) = (self.lead.status, self.ctx.now);
        match (from, to) {
            (Status::Lead, Status::Lead)
            | (Status::ActiveClient, Status::ActiveClient)
            | (Status::Archived, Status::Archived) => return Err(Rejected::NothingChanges),
            (Status::Archived, Status::Lead | Status::ActiveClient) => {
                self.bring_back(to, Some(by), at);
                self.ask_for_reply(at);
            }
            (Status::Lead | Status::ActiveClient, Status::Archived) => {
                self.push(Event::StatusChanged { from, to, by: Some(by), at });
                self.put_everything_away(at);
            }
            (Status::Lead, Status::ActiveClient) | (Status::ActiveClient, Status::Lead) => {
                self.push(Event::StatusChanged { from, to, by: Some(by), at });
            }
        }
        Ok(())
    }

    fn change_profile(&mut self, change: &ProfileChange, by: Option<UserId>) {
        let (profile, fields) = self.lead.profile().changed_by(change);
        if !fields.is_empty() {
            self.push(Event::ProfileChanged { profile: Box::new(profile), fields, by, at: self.ctx.now });
        }
    }

    /// One person on several channels, linked by a person (IDN-3).
    pub(super) fn link_identity(&mut self, address: Address, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        if self.lead.identities.contains(&address) {
            return Ok(());
        }
        if self.lead.identities.len() >= MOST_IDENTITIES {
            return Err(Rejected::TooManyIdentities);
        }
        self.push(Event::IdentityLinked { address, by, at: self.ctx.now });
        Ok(())
    }

    pub(super) fn unlink_identity(&mut self, address: Address, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        if self.lead.identities.contains(&address) {
            self.push(Event::IdentityUnlinked { address, by, at: self.ctx.now });
        }
        Ok(())
    }

    /// Nothing happens where nothing differs.
    pub(super) fn edit(
        &mut self,
        change: &ProfileChange,
        status: Option<Status>,
        by: UserId,
    ) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        self.change_profile(change, Some(by));
        match status.filter(|to| *to != self.lead.status) {
            Some(to) => self.change_status(to, by),
            None => Ok(()),
        }
    }

    /// Soft: everything stays, nothing runs (LIF-7). Refused while people still have to do with the lead, or a call waits
    /// for its outcome (CRM-2).
    pub(super) fn delete(&mut self, by: UserId, quiet_for: Seconds) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        let recent = self.lead.last_interaction_at.is_some_and(|at| at.plus(quiet_for) > self.ctx.now);
        if recent || (quiet_for > Seconds(0) && !self.lead.calls.is_empty()) {
            return Err(Rejected::RecentActivity);
        }
        let at = self.ctx.now;
        self.push(Event::Deleted { by, at });
        self.put_everything_away(at);
        Ok(())
    }
}

/// A mark stays where its deadline lies behind us under the new windows too.
fn still_fired(fired: Fired, windows: &Windows<'_>, now: Timestamp, stale: bool) -> Fired {
    Fired {
        first_contact_share: fired.first_contact_share && windows.first_contact_at_risk() <= now,
        first_contact: fired.first_contact && windows.first_contact() <= now,
        stale_share: fired.stale_share && windows.stale_at_risk() <= now,
        stale: fired.stale && (stale || windows.stale() <= now),
    }
}
