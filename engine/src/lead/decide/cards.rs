//! Cards: at most one automatic one, always the highest that the lead's situation asks for, and what people do to cards.

use super::Decision;
use crate::{
    ids::{TaskId, UserId},
    lead::{
        AtRiskReason, Card, CardClosed, CardKind, Event, FollowUp, Lead, OpenCall, Reason, Rejected, State,
        deadline::Windows,
    },
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// So many cards and planned follow-ups a lead can have: its state is one row of at most 40 KiB (architecture).
const OPEN_TASKS: usize = 50;

/// What the state itself asks for: the card's kind, why, and when it is due.
fn state_card(lead: &Lead) -> Option<(CardKind, Reason, Timestamp)> {
    let windows = Windows::of(lead);
    match &lead.state {
        State::New => Some((CardKind::ContactNow, Reason::FirstReplyDue, windows.first_contact)),
        State::Active => None,
        State::AtRisk(AtRiskReason::FirstContact) => {
            Some((CardKind::ContactNow, Reason::FirstReplyAtRisk, windows.first_contact))
        }
        State::AtRisk(AtRiskReason::NoTouch) => {
            Some((CardKind::AtRisk, Reason::NoTouch { since: lead.base() }, windows.stale))
        }
        State::Stale(rescue) => Some((CardKind::Rescue, Reason::Stale { since: rescue.since }, rescue.since)),
    }
}

/// How the automatic card is brought in line with the state.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Show {
    /// Somebody has to look: a card that was done opens again, a snoozed one comes back.
    Anew,
    /// Only what stands there is corrected; done stays done, snoozed stays snoozed.
    Quietly,
}

impl Decision<'_> {
    /// Makes the automatic card the one that the state asks for.
    pub(super) fn show_state(&mut self, at: Timestamp, show: Show) {
        self.show_state_because(None, at, show);
    }

    /// As [`Self::show_state`], with another reason than the state's own.
    pub(super) fn show_state_because(&mut self, because: Option<Reason>, at: Timestamp, show: Show) {
        let wanted = state_card(&self.lead).map(|(kind, reason, due)| (kind, because.unwrap_or(reason), due));
        let open = self.lead.automatic_card().cloned();
        match (open, wanted) {
            (Some(card), Some((kind, reason, due_at))) if card.kind == kind => {
                self.change_card(Card { reason, due_at, ..card }, at, show);
            }
            (Some(card), Some((kind, reason, due_at))) => {
                let how = if kind > card.kind { CardClosed::Replaced } else { CardClosed::StateLeft };
                self.push(Event::CardClosed { task: card.task, how, at });
                self.open_automatic(kind, reason, due_at, at);
            }
            (None, Some((kind, reason, due_at))) => match show {
                Show::Anew => self.open_automatic(kind, reason, due_at, at),
                Show::Quietly => {}
            },
            (Some(card), None) if card.kind != CardKind::Reply => {
                self.push(Event::CardClosed { task: card.task, how: CardClosed::StateLeft, at });
                self.ask_for_reply(at);
            }
            (Some(_) | None, None) => {}
        }
    }

    /// A client who still waits for an answer must not be forgotten because another card left: then `reply` stands.
    pub(super) fn ask_for_reply(&mut self, at: Timestamp) {
        if self.lead.awaits_reply() && self.lead.automatic_card().is_none() {
            let reason = self.reply_reason();
            self.open_automatic(CardKind::Reply, reason, self.reply_due(at), at);
        }
    }

    /// The client wrote; and if they opted out somewhere, the card names the channels that are open.
    pub(super) fn reply_reason(&self) -> Reason {
        let inbound = self.lead.last_inbound.as_ref();
        match self.opted_out_reason(inbound.map(|last| last.channel)) {
            Some(reason) => reason,
            None => Reason::Wrote { at: inbound.map_or(self.ctx.now, |last| last.at) },
        }
    }

    /// Which channel is closed (the one they wrote on, if it is) and which are left.
    pub(super) fn opted_out_reason(&self, wrote_on: Option<Channel>) -> Option<Reason> {
        let closed = &self.lead.opted_out;
        let first = closed.first().copied()?;
        let closed_one = wrote_on.filter(|channel| closed.contains(channel)).unwrap_or(first);
        Some(Reason::OptedOut { closed: closed_one, open: open_channels(&self.lead) })
    }

    /// An answer is due as soon as a first one would be: within W1.
    pub(super) fn reply_due(&self, at: Timestamp) -> Timestamp {
        let since = self.lead.last_inbound.as_ref().map_or(at, |last| last.at);
        since.plus(self.lead.rules.first_contact())
    }

    pub(super) fn open_automatic(
        &mut self,
        kind: CardKind,
        reason: Reason,
        due_at: Timestamp,
        at: Timestamp,
    ) {
        let task = self.fresh_task(at);
        let inbound = self.lead.last_inbound.clone();
        let card = Card {
            task,
            kind,
            opened_at: at,
            due_at,
            reason,
            snoozed_until: None,
            snoozed_by: None,
            channel: inbound.as_ref().map(|last| last.channel),
            preview: inbound.and_then(|last| last.preview),
            version: self.next_version(),
        };
        self.push(Event::CardOpened { card });
    }

    /// Puts `card` in the place of the open one with its task; says nothing when that changes nothing.
    pub(super) fn change_card(&mut self, card: Card, at: Timestamp, show: Show) {
        let Some(known) = self.lead.card(card.task).cloned() else { return };
        if known.snoozed_until.is_some() && show == Show::Anew {
            self.push(Event::CardReturned { task: card.task, at });
        }
        let Some(known) = self.lead.card(card.task).cloned() else { return };
        let changed = Card {
            snoozed_until: known.snoozed_until,
            snoozed_by: known.snoozed_by,
            version: known.version,
            ..card
        };
        if changed != known {
            self.push(Event::CardChanged { card: Card { version: self.next_version(), ..changed } });
        }
    }

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
        if open < OPEN_TASKS { Ok(()) } else { Err(Rejected::TooManyOpenTasks) }
    }

    pub(super) fn drop_default_follow_up(&mut self) {
        let planned = self.lead.follow_ups.iter().filter(|follow_up| follow_up.by_default);
        let tasks: Vec<TaskId> = planned.map(|follow_up| follow_up.task).collect();
        for task in tasks {
            self.push(Event::FollowUpRemoved { task });
        }
    }
}

/// The channels on which a lead can still be reached, by what is known of them: opt-outs close a channel, not a person.
fn open_channels(lead: &Lead) -> Vec<Channel> {
    use crate::identity::IdentityKind;
    let mut open = std::collections::BTreeSet::new();
    for address in &lead.identities {
        match address.kind {
            IdentityKind::Phone => open.extend([Channel::Sms, Channel::Voice]),
            IdentityKind::Email => open.extend([Channel::Email]),
            IdentityKind::Whatsapp => open.extend([Channel::Whatsapp]),
            IdentityKind::Messenger => open.extend([Channel::Messenger]),
            IdentityKind::Instagram => open.extend([Channel::Instagram]),
            IdentityKind::SmsSender => open.extend([Channel::Sms]),
        }
    }
    open.difference(&lead.opted_out).copied().collect()
}
