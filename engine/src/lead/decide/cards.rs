//! The automatic card: at most one, always the highest that the lead's situation asks for.

use super::Decision;
use crate::{
    lead::{AtRiskReason, Card, CardClosed, CardKind, Event, Lead, Reason, State, deadline::Windows},
    message::Channel,
    time::Timestamp,
};

/// What the state itself asks for: the card's kind, why, and when it is due.
pub(super) fn state_card(lead: &Lead) -> Option<(CardKind, Reason, Timestamp)> {
    let windows = Windows::of(lead);
    match &lead.state {
        State::New => Some((CardKind::ContactNow, Reason::FirstReplyDue, windows.first_contact())),
        State::Active => None,
        State::AtRisk(AtRiskReason::FirstContact) => {
            Some((CardKind::ContactNow, Reason::FirstReplyAtRisk, windows.first_contact()))
        }
        State::AtRisk(AtRiskReason::NoTouch) => {
            Some((CardKind::AtRisk, Reason::NoTouch { since: lead.base() }, windows.stale()))
        }
        State::Stale(rescue) => Some((CardKind::Rescue, Reason::Stale { since: rescue.since }, rescue.since)),
    }
}

/// A reason that tells more than the state's own stays until the state has something new to say.
fn special_or(standing: Reason, own: Reason) -> Reason {
    match standing {
        Reason::TouchRevoked { .. }
        | Reason::OptedOut { .. }
        | Reason::SendFailed { .. }
        | Reason::SendInDoubt { .. } => standing,
        Reason::FirstReplyDue
        | Reason::FirstReplyAtRisk
        | Reason::NoTouch { .. }
        | Reason::Stale { .. }
        | Reason::Wrote { .. }
        | Reason::FollowUp
        | Reason::CallWithoutOutcome { .. } => own,
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
        let open = self.lead.automatic_card().cloned();
        let wanted = state_card(&self.lead).map(|(kind, own, due)| {
            // What became of a message stays to be said until its sender did something about it: the state's own news
            // changes kind and time of the card (OUT-3). In a rescue it is the lead that needs somebody.
            let standing = open.as_ref().map(|card| card.reason.clone());
            let standing = standing.filter(|said| kind != CardKind::Rescue && said.speaks_of_a_send());
            (kind, because.or(standing).unwrap_or(own), due)
        });
        match (open, wanted) {
            (Some(card), Some((kind, reason, due_at))) if card.kind == kind => {
                let reason = match show {
                    Show::Anew => reason,
                    Show::Quietly => special_or(card.reason.clone(), reason),
                };
                self.change_card(Card { reason, due_at, ..card }, at, show);
            }
            // The state's own card was done before: `reply` goes on standing for the message alone.
            (Some(card), Some(_)) if card.kind == CardKind::Reply && show == Show::Quietly => {}
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

    /// The reason of a card once all channels are open again.
    pub(super) fn without_opt_out(&self, reason: Reason) -> Reason {
        let own = state_card(&self.lead).map(|(_kind, own, _due)| own);
        match (reason, own) {
            (Reason::OptedOut { .. }, Some(own)) => own,
            (standing, Some(_) | None) => standing,
        }
    }

    /// The card as it is without anything special to tell.
    pub(super) fn speak_plainly(&mut self, card: Card) {
        let own = state_card(&self.lead).filter(|(kind, _, _)| *kind == card.kind);
        let reason = own.map_or_else(|| self.reply_reason(), |(_, reason, _)| reason);
        self.change_card(Card { reason, ..card }, self.ctx.now, Show::Quietly);
    }

    /// An answer is due as soon as a first one would be: within W1.
    pub(super) fn reply_due(&self, at: Timestamp) -> Timestamp {
        let since = self.lead.last_inbound.as_ref().map_or(at, |last| last.at);
        self.lead.rules.first_contact_ends(since)
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
