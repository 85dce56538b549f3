//! Making events true. Total and without rules: any event can be applied to any slot, and what makes no sense there
//! changes nothing. Whether an event should happen was decided before.

use super::{
    AtRiskReason, Card, Cause, DeadlineKind, Event, Fired, LastInbound, Lead, OpenCall, RescueProgress, Slot,
    State, Status, Touch, WonBack, WonBackBy,
};
use crate::{
    ids::TouchId,
    message::{Direction, Message, OptWord},
    time::Timestamp,
};

/// So many messages of a deleted lead wait for review with it remembered; the oldest are forgotten first. The lead is one
/// row of at most 40 KiB.
const MOST_IN_REVIEW: usize = 256;

/// Makes `event` true for what stands in `slot`.
pub fn apply(slot: &mut Slot, event: &Event) {
    match slot {
        Slot::Vacant => {
            if let Some(lead) = Lead::created(event) {
                *slot = Slot::Present(Box::new(lead));
            }
        }
        Slot::Present(lead) => lead.apply(event),
    }
}

/// Counts a commit. The shell calls it once for every batch of events it makes durable, after applying them.
pub fn advance(slot: &mut Slot) {
    match slot {
        Slot::Present(lead) => lead.version = lead.version.saturating_add(1),
        Slot::Vacant => {}
    }
}

impl Lead {
    /// The lead that a [`Event::Created`] makes; nothing for any other event.
    pub(super) fn created(event: &Event) -> Option<Self> {
        let Event::Created { id, place, source, name, identities, at } = event else { return None };
        Some(Self {
            id: *id,
            tenant: place.tenant,
            team: place.team,
            owner: place.owner,
            owner_since: Some(*at),
            source: *source,
            name: name.clone(),
            details: super::Details::default(),
            identities: identities.clone(),
            language: None,
            tags: std::collections::BTreeSet::new(),
            status: Status::Lead,
            status_before_archive: None,
            deleted: false,
            state: State::New,
            rules: place.rules.clone(),
            created_at: *at,
            anchor: *at,
            fired: Fired::default(),
            first_contact_at: None,
            breached_at: None,
            first_contact_excused: false,
            touches: Vec::new(),
            rescue_touches: std::collections::BTreeSet::new(),
            last_inbound: None,
            conversations: Vec::new(),
            last_interaction_at: None,
            cards: Vec::new(),
            calls: Vec::new(),
            follow_ups: Vec::new(),
            sends: Vec::new(),
            opted_out: std::collections::BTreeSet::new(),
            stale_episodes: 0,
            won_back: None,
            in_review: std::collections::BTreeSet::new(),
            merged_into: None,
            merged: Vec::new(),
            version: 0,
        })
    }

    /// One arm for each event: a longer match than elsewhere, because this is the one place where events become state.
    #[expect(clippy::too_many_lines, reason = "one arm for each event, none of them with a rule in it")]
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            // A lead is created once; what a hand-back changes, the events after it say.
            Event::Created { .. }
            | Event::HandedBack { .. }
            | Event::NoteWritten { .. }
            | Event::WroteToAnother { .. }
            | Event::DeedUndone { .. } => {}
            Event::MessageReceived { message } => self.take_message(message),
            Event::NameLearned { name } => self.name = Some(name.clone()),
            Event::StateChanged { to, cause, at } => self.enter(to.clone(), *cause, *at),
            Event::DeadlinePassed { deadline, at: _ } => self.mark(*deadline),
            Event::FirstContactMade { at } => self.first_contact_at = Some(*at),
            Event::FirstContactUndone => self.first_contact_at = None,
            Event::FirstContactBreached { at } => {
                self.breached_at = Some(*at);
                self.mark(DeadlineKind::FirstContactBreach);
            }
            Event::Touched { touch, rescue } => self.take_touch(touch, *rescue),
            Event::TouchRevoked { touch } => self.drop_touch(*touch),
            Event::TouchUndone { touch, kept, rescues } => self.untouch(*touch, kept, rescues),
            Event::TouchSettled { touch } => {
                self.touches.iter_mut().filter(|kept| kept.id == *touch).for_each(|kept| kept.settled = true);
                self.forget_old_touches();
            }
            Event::ClockRestarted { at } => self.anchor = self.anchor.max(*at),
            Event::RescueMoved { progress, at } => {
                if let State::Stale(rescue) = &mut self.state {
                    if matches!(progress, RescueProgress::Waiting) {
                        rescue.clock = rescue.clock.max(*at);
                    }
                    rescue.progress = progress.clone();
                }
            }
            Event::RescueEscalated { at: _, count, next_from } => self.note_escalation(*count, *next_from),
            Event::CardOpened { card } | Event::CardChanged { card } => self.put_card(card),
            Event::CardClosed { task, how: _, at: _ } => self.cards.retain(|card| card.task != *task),
            Event::CardSnoozed { task, until, by } => {
                let version = self.version.saturating_add(1);
                for card in self.cards.iter_mut().filter(|card| card.task == *task) {
                    (card.snoozed_until, card.snoozed_by, card.version) = (Some(*until), Some(*by), version);
                }
            }
            Event::CardReturned { task, at: _ } => {
                let version = self.version.saturating_add(1);
                for card in self.cards.iter_mut().filter(|card| card.task == *task) {
                    (card.snoozed_until, card.snoozed_by, card.version) = (None, None, version);
                }
            }
            Event::FollowUpScheduled { follow_up, by: _ } => {
                self.follow_ups.retain(|known| known.task != follow_up.task);
                self.follow_ups.push(follow_up.clone());
            }
            Event::FollowUpRemoved { task } => self.follow_ups.retain(|known| known.task != *task),
            Event::CallStarted { call, by, at, card } => {
                self.calls.retain(|known| known.id != *call);
                self.calls.push(OpenCall { id: *call, by: *by, at: *at, card: *card });
            }
            Event::CallEnded { call, .. } => self.calls.retain(|known| known.id != *call),
            Event::CallReopened { call, at: _ } => {
                self.calls.retain(|known| known.id != call.id);
                self.calls.push(call.clone());
            }
            Event::ProfileChanged { profile, .. } => self.take_profile(profile),
            Event::OptedOut { channel, .. } => {
                self.opted_out.insert(*channel);
            }
            Event::OptedIn { channel, .. } => {
                self.opted_out.remove(channel);
            }
            Event::OwnerChanged { to, team, at, .. } => {
                if self.owner != *to {
                    self.owner_since = Some(*at);
                }
                if self.team != *team {
                    // Versions of another team's rules can't be compared with these.
                    self.rules.version = 0;
                }
                (self.owner, self.team) = (*to, *team);
            }
            Event::RulesChanged { rules, fired, shortened: _ } => {
                (self.rules, self.fired) = (rules.clone(), *fired)
            }
            Event::StatusChanged { from, to, .. } => {
                self.first_contact_excused |= *from == Status::Archived;
                self.status_before_archive = (*to == Status::Archived).then_some(*from);
                self.status = *to;
            }
            Event::Deleted { .. } => self.deleted = true,
            Event::SentToReview { message, .. } => {
                self.in_review.extend(message.as_ref().map(|message| message.event));
                while self.in_review.len() > MOST_IN_REVIEW {
                    self.in_review.pop_first();
                }
            }
            Event::Reviewed { event, .. } => {
                self.in_review.remove(event);
            }
            // As one who comes back from the archive.
            Event::Restored { .. } => (self.deleted, self.first_contact_excused) = (false, true),
            Event::IdentityLinked { address, .. } => {
                self.identities.retain(|known| known != address);
                self.identities.push(address.clone());
            }
            Event::IdentityUnlinked { address, .. } => self.identities.retain(|known| known != address),
            Event::MergedInto { into, .. } => (self.merged_into, self.deleted) = (Some(*into), true),
            Event::CameBack { lost, .. } => {
                (self.merged_into, self.deleted) = (None, false);
                self.identities.retain(|address| !lost.contains(address));
            }
            Event::Absorbed { lead, brought, by, at } => self.absorb(*lead, brought, *by, *at),
            Event::LetGo { lead, .. } => self.let_go(*lead),
            Event::Send(event) => self.apply_send(event),
            Event::Reached { connection, client, status, until } => {
                self.mark_reached(*connection, client, *status, *until);
            }
        }
    }

    fn take_message(&mut self, message: &Message) {
        self.hear(message);
        self.last_interaction_at = self.last_interaction_at.max(Some(message.received_at));
        let waits = message.direction == Direction::In
            && message.kind.opens_a_lead()
            && message.opt_word != Some(OptWord::Stop);
        if waits && self.last_inbound.as_ref().is_none_or(|last| last.at <= message.received_at) {
            self.last_inbound = Some(LastInbound {
                at: message.received_at,
                channel: message.channel,
                preview: message.preview.clone(),
                connection: Some(message.connection),
                from: Some(message.from.clone()),
            });
        }
    }

    /// The marks of the windows that start anew with a state, and of those that its beginning stands for.
    fn enter(&mut self, to: State, cause: Cause, at: Timestamp) {
        self.won_back = self.won_back_by(&to, cause, at);
        match &to {
            State::New => self.fired = Fired::default(),
            State::Active => (self.fired.stale_share, self.fired.stale) = (false, false),
            State::AtRisk(AtRiskReason::FirstContact) => self.fired.first_contact_share = true,
            State::AtRisk(AtRiskReason::NoTouch) => self.fired.stale_share = true,
            State::Stale(_) => {
                self.fired.stale = true;
                self.stale_episodes = self.stale_episodes.saturating_add(1);
            }
        }
        match cause {
            Cause::HandedBack | Cause::Reassigned => self.first_contact_excused = true,
            Cause::ReturnedFromArchive
            | Cause::Deadline(_)
            | Cause::FirstTouch
            | Cause::Touch
            | Cause::TouchRevoked
            | Cause::RulesChanged
            | Cause::ClockRestarted => {}
        }
        self.state = to;
    }

    /// What is known of the last rescue once the lead enters a state: it stays until the lead is Stale again.
    const fn won_back_by(&self, to: &State, cause: Cause, at: Timestamp) -> Option<WonBack> {
        match (&self.state, to) {
            (_, State::Stale(_)) => None,
            (State::New | State::Active | State::AtRisk(_), _) => self.won_back,
            (State::Stale(_), State::New | State::Active | State::AtRisk(_)) => match cause {
                Cause::HandedBack => Some(WonBack { at, by: WonBackBy::HandBack }),
                Cause::Reassigned => Some(WonBack { at, by: WonBackBy::Reassignment }),
                Cause::FirstTouch | Cause::Touch => Some(WonBack { at, by: WonBackBy::OwnersTouch }),
                Cause::Deadline(_)
                | Cause::TouchRevoked
                | Cause::RulesChanged
                | Cause::ReturnedFromArchive
                | Cause::ClockRestarted => None,
            },
        }
    }

    fn mark(&mut self, deadline: DeadlineKind) {
        match deadline {
            DeadlineKind::FirstContactAtRisk => self.fired.first_contact_share = true,
            DeadlineKind::FirstContactBreach => self.fired.first_contact = true,
            DeadlineKind::StaleAtRisk => self.fired.stale_share = true,
            DeadlineKind::Stale => self.fired.stale = true,
            DeadlineKind::RescueEscalation
            | DeadlineKind::SnoozeEnds
            | DeadlineKind::FollowUpDue
            | DeadlineKind::SendDue
            | DeadlineKind::SendInDoubt => {}
        }
    }

    fn note_escalation(&mut self, count: u32, next_from: Timestamp) {
        if let State::Stale(rescue) = &mut self.state {
            (rescue.escalations, rescue.clock) = (count, next_from);
            if let RescueProgress::Answered { escalated, .. } = &mut rescue.progress {
                *escalated = true;
            }
        }
    }

    fn take_touch(&mut self, touch: &Touch, rescue: bool) {
        self.last_interaction_at = self.last_interaction_at.max(Some(touch.at));
        self.touches.retain(|kept| kept.id != touch.id);
        self.touches.push(touch.clone());
        if rescue {
            self.rescue_touches.insert(touch.id);
        }
        self.forget_old_touches();
    }

    fn drop_touch(&mut self, touch: TouchId) {
        self.touches.retain(|kept| kept.id != touch);
        self.rescue_touches.remove(&touch);
    }

    fn untouch(&mut self, touch: TouchId, kept: &[super::Touch], rescues: &[TouchId]) {
        self.drop_touch(touch);
        for touch in kept {
            if !self.knows_touch(touch.id) {
                self.touches.push(touch.clone());
            }
        }
        self.rescue_touches.extend(rescues);
        let touches = &self.touches;
        self.rescue_touches.retain(|id| touches.iter().any(|touch| touch.id == *id));
    }

    /// Keeps what can still be revoked, and of the settled ones those that the base, the last touch and the time of the
    /// first contact are read from.
    fn forget_old_touches(&mut self) {
        let settled = || self.touches.iter().filter(|touch| touch.settled).map(|touch| (touch.at, touch.id));
        let own = settled().filter(|(_, id)| !self.rescue_touches.contains(id)).max();
        let rescuer = settled().filter(|(_, id)| self.rescue_touches.contains(id)).max();
        let first = settled().min();
        let kept: Vec<TouchId> = [own, rescuer, first].into_iter().flatten().map(|(_, id)| id).collect();
        self.touches.retain(|touch| !touch.settled || kept.contains(&touch.id));
        let touches = &self.touches;
        self.rescue_touches.retain(|id| touches.iter().any(|touch| touch.id == *id));
    }

    fn put_card(&mut self, card: &Card) {
        match self.cards.iter_mut().find(|known| known.task == card.task) {
            Some(known) => *known = card.clone(),
            None => self.cards.push(card.clone()),
        }
    }
}
