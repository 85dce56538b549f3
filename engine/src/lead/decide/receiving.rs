//! A client's message: a new lead, an entry of the timeline, a card, or the return of one who was put away.

use super::{Decision, cards::Show};
use crate::{
    ids::{EventId, UserId},
    lead::{
        Card, CardKind, Cause, Context, Event, Name, Placement, Rejected, RescueProgress, Source, State,
        StateName, Status,
    },
    message::{Channel, Direction, Message, OptWord},
    raw::SealedRaw,
    time::Timestamp,
};

/// The first message of somebody unknown makes a lead; an opt-out word makes none, and is honoured all the same (ING-1).
pub(super) fn first_message(
    message: Message,
    place: Placement,
    name: Option<Name>,
    ctx: &Context,
) -> Result<Vec<Event>, Rejected> {
    if message.opt_word == Some(OptWord::Stop) {
        return Ok(vec![opted_out(&message)]);
    }
    if !awaits_answer(&message) {
        return Err(Rejected::NoSuchLead);
    }
    let at = message.received_at;
    let created = Event::Created {
        id: ctx.lead,
        place,
        source: source_of(message.channel),
        name,
        identities: vec![message.from.clone()],
        at,
    };
    let mut decision = Decision::creating(created, ctx)?;
    decision.push(Event::MessageReceived { message: message.clone() });
    decision.opt_in(&message);
    decision.show_state(at, Show::Anew);
    decision.catch_up();
    Ok(decision.events)
}

impl Decision<'_> {
    /// `via`: whose own connection it came through.
    pub(super) fn receive(
        &mut self,
        mut message: Message,
        via: Option<UserId>,
        name: Option<Name>,
    ) -> Result<(), Rejected> {
        let says_stop = message.opt_word == Some(OptWord::Stop);
        if self.lead.deleted && awaits_answer(&message) && !says_stop {
            // Deleted stays deleted: a person decides what becomes of who still writes (LIF-7).
            let at = message.received_at;
            let content = std::mem::replace(&mut message.content, SealedRaw(Vec::new()));
            self.push(Event::SentToReview { content, at, message: Some(Box::new(message)) });
            return Ok(());
        }
        let returns = self.lead.status == Status::Archived && awaits_answer(&message) && !says_stop;
        if returns {
            self.bring_back(
                self.lead.status_before_archive.unwrap_or(Status::Lead),
                None,
                message.received_at,
            );
        }
        self.push(Event::MessageReceived { message: message.clone() });
        self.learn_name(name);
        self.tell_addressee(&message, via);
        if says_stop {
            self.opt_out(&message);
        } else if awaits_answer(&message) {
            self.opt_in(&message);
            self.answer_rescue(message.received_at);
            self.show_message(message.received_at);
        }
        Ok(())
    }

    /// A person decided on a message to the deleted lead: it stays deleted, or comes back with it. Decided again, nothing
    /// happens.
    pub(super) fn review(
        &mut self,
        event: EventId,
        restored: Option<Message>,
        by: UserId,
    ) -> Result<(), Rejected> {
        if !self.lead.in_review.contains(&event) {
            return Err(Rejected::NothingChanges);
        }
        let at = self.ctx.now;
        self.push(Event::Reviewed { event, restored: restored.is_some(), by, at });
        let Some(message) = restored else { return Ok(()) };
        if self.lead.deleted {
            self.push(Event::Restored { by, at });
            self.restart_after_deletion(by, at);
        }
        let received_at = message.received_at;
        self.push(Event::MessageReceived { message: message.clone() });
        self.opt_in(&message);
        self.show_message(received_at);
        Ok(())
    }

    /// As Active, with the stale window starting now: as one who comes back from the archive.
    fn restart_after_deletion(&mut self, by: UserId, at: Timestamp) {
        if self.lead.status == Status::Archived {
            let status = self.lead.status_before_archive.unwrap_or(Status::Lead);
            self.bring_back(status, Some(by), at);
            return;
        }
        self.push(Event::ClockRestarted { at });
        if !self.is(StateName::Active) {
            self.push(Event::StateChanged { to: State::Active, cause: Cause::ReturnedFromArchive, at });
        }
        self.show_open_calls(at);
    }

    /// Who was written to on their own number hears that the client is somebody else's (IDN-6).
    fn tell_addressee(&mut self, message: &Message, via: Option<UserId>) {
        let Some(to) = via.filter(|_| awaits_answer(message)) else { return };
        if self.lead.owner.is_some_and(|owner| owner != to) {
            let (channel, connection, at) = (message.channel, message.connection, message.received_at);
            self.push(Event::WroteToAnother { message: message.event, to, channel, connection, at });
        }
    }

    /// Only what nobody knew yet: nothing inferred overwrites what stands (DATA-2).
    fn learn_name(&mut self, name: Option<Name>) {
        if let (None, Some(name)) = (&self.lead.name, name) {
            self.push(Event::NameLearned { name });
        }
    }

    fn opt_out(&mut self, message: &Message) {
        if !self.lead.opted_out.contains(&message.channel) {
            self.push(opted_out(message));
            self.close_sends(message.channel);
        }
    }

    /// Said even when this lead never opted out: the address may have, before it had a lead.
    fn opt_in(&mut self, message: &Message) {
        if message.opt_word == Some(OptWord::Start) {
            self.push(Event::OptedIn {
                channel: message.channel,
                address: message.from.clone(),
                at: message.received_at,
            });
        }
    }

    /// The client answers a rescuer: hand-back is offered (RSC-2).
    fn answer_rescue(&mut self, at: Timestamp) {
        let progress = self.lead.rescue().map(|rescue| rescue.progress.clone());
        if let Some(RescueProgress::InProgress { by }) = progress {
            self.push(Event::RescueMoved {
                progress: RescueProgress::Answered { by, at, escalated: false },
                at,
            });
        }
    }

    /// One automatic card tells of the message: the open one, brought back if it was snoozed, or a new `reply`.
    fn show_message(&mut self, at: Timestamp) {
        let Some(open) = self.lead.automatic_card().cloned() else {
            let reason = self.reply_reason();
            let due_at = self.reply_due(at);
            self.open_automatic(CardKind::Reply, reason, due_at, at);
            return;
        };
        let inbound = self.lead.last_inbound.clone();
        let channel = inbound.as_ref().map(|last| last.channel);
        let reason = match self.opted_out_reason(channel) {
            Some(reason) => reason,
            None if open.kind == CardKind::Reply => self.reply_reason(),
            None => self.without_opt_out(open.reason.clone()),
        };
        let preview = inbound.and_then(|last| last.preview);
        self.change_card(Card { channel, preview, reason, ..open }, at, Show::Anew);
    }

    /// Back from the archive: as Active, with the stale window starting now.
    pub(super) fn bring_back(&mut self, to: Status, by: Option<crate::ids::UserId>, at: Timestamp) {
        self.push(Event::StatusChanged { from: self.lead.status, to, by, at });
        self.push(Event::ClockRestarted { at });
        if !self.is(StateName::Active) {
            self.push(Event::StateChanged { to: State::Active, cause: Cause::ReturnedFromArchive, at });
        }
        self.show_open_calls(at);
    }
}

/// Whether a message is one that somebody has to answer: written by the client, and not a reaction, edit or echo.
fn awaits_answer(message: &Message) -> bool {
    message.direction == Direction::In && message.kind.opens_a_lead()
}

fn opted_out(message: &Message) -> Event {
    Event::OptedOut { channel: message.channel, address: message.from.clone(), at: message.received_at }
}

const fn source_of(channel: Channel) -> Source {
    match channel {
        Channel::Sms => Source::Sms,
        Channel::Whatsapp => Source::Whatsapp,
        Channel::Messenger => Source::Messenger,
        Channel::Instagram => Source::Instagram,
        Channel::Email => Source::Email,
        Channel::Voice => Source::Call,
        Channel::Note | Channel::Task | Channel::System => Source::Manual,
    }
}
