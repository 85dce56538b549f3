//! Messages to the client (OUT-3, OUT-7): who may still be written to, when it goes, what the answer means.
//!
//! What it promises: a message is only ever put back to `pending` after an attempt that surely sent nothing; one in doubt
//! is never tried again. The provider's having it is the touch, a final failure takes it back, and the order in which the
//! provider tells does not matter (ING-13).

use super::Decision;
use crate::{
    identity::Address,
    ids::{ConnectionId, EventId, UserId},
    lead::{
        Event, FollowUp, OPEN_SENDS, Outgoing, Reason, Rejected, SendCommand, SendEvent, SendFailure,
        SendName, Touch, sending::rank, window::undelivered,
    },
    message::{Channel, Delivery},
    time::{Seconds, Timestamp},
};

/// Attempts at a provider that surely took nothing. The waits between them grow from two seconds to five minutes, so that
/// the last attempt comes after about a quarter of an hour.
const ATTEMPTS: u32 = 10;
const LONGEST_WAIT_S: u32 = 300;
/// No provider's "later" holds a message back longer than this.
const LONGEST_RETRY_AFTER_S: u32 = 3_600;
/// How often the provider is asked what became of a message in doubt. The waits double from one second, so a person is
/// asked to look after eight and a half minutes.
const ASKED_AT_MOST: u32 = 10;

impl Decision<'_> {
    pub(super) fn send(&mut self, command: SendCommand) -> Result<(), Rejected> {
        match command {
            SendCommand::Request { outgoing, undo, opted_out } => {
                self.request_send(*outgoing, undo, opted_out)
            }
            SendCommand::TakeBack { which, by } => self.take_send_back(which, by),
            SendCommand::Accepted { send, provider_event_id } => self.send_accepted(send, provider_event_id),
            SendCommand::Refused { send, code, opted_out } => self.send_refused(send, code, opted_out),
            SendCommand::WindowClosed { send, code } => {
                self.under_way(send)?;
                self.fail_send(send, SendFailure::WindowClosed { code });
                Ok(())
            }
            SendCommand::NotSent { send, retry_after } => self.send_not_sent(send, retry_after),
            SendCommand::Blocked { send } => {
                self.under_way(send)?;
                self.fail_send(send, SendFailure::OptedOut);
                Ok(())
            }
            SendCommand::Doubt { send } => {
                self.under_way(send)?;
                self.push_send(SendEvent::Doubted { send, ask_at: self.in_wall(Seconds(1)) });
                Ok(())
            }
            SendCommand::Resolve { send, went, by } => self.resolve_send(send, went, by),
            SendCommand::Status { send, provider_event_id, status, code } => {
                self.send_status(send, provider_event_id, status, code)
            }
            SendCommand::Reached { connection, client, status, until } => {
                self.conversation_reached(connection, client, status, until)
            }
        }
    }

    /// The engine's moment when so much wall time has passed.
    fn in_wall(&self, wall: Seconds) -> Timestamp {
        self.ctx.now.plus(self.ctx.pace.in_wall(wall))
    }

    fn push_send(&mut self, event: SendEvent) {
        self.push(Event::Send(event));
    }

    fn known_send(&self, send: EventId) -> Result<Outgoing, Rejected> {
        self.lead.outgoing(send).cloned().ok_or(Rejected::SendNotKnown)
    }

    /// The message, if the answer to its call is still waited for.
    fn under_way(&self, send: EventId) -> Result<Outgoing, Rejected> {
        let known = self.known_send(send)?;
        if known.message.status == Delivery::Sending { Ok(known) } else { Err(Rejected::NothingChanges) }
    }

    fn request_send(
        &mut self,
        outgoing: Outgoing,
        undo: Seconds,
        address_opted_out: bool,
    ) -> Result<(), Rejected> {
        self.awake()?;
        if self.lead.outgoing(outgoing.id()).is_some() {
            return Err(Rejected::NothingChanges);
        }
        if address_opted_out || self.lead.opted_out.contains(&outgoing.message.channel) {
            return Err(Rejected::ChannelOptedOut);
        }
        if self.lead.sends.iter().filter(|known| known.is_open()).count() >= OPEN_SENDS {
            return Err(Rejected::TooManySends);
        }
        if outgoing.follow_up_at.is_some() {
            self.room_for_a_task()?;
        }
        let ready_at = self.in_wall(undo);
        let not_before = self.lead.rules.may_send_from(ready_at);
        // As it will be when the message goes: what quiet hours hold back past its end is refused now, while the person
        // can still do something else.
        if !self.lead.window_of(&outgoing.message, not_before).is_open() {
            return Err(Rejected::WindowClosed);
        }
        let outgoing = Box::new(Outgoing { not_before, ready_at: Some(ready_at), ..outgoing });
        self.push_send(SendEvent::Requested { outgoing });
        Ok(())
    }

    fn take_send_back(&mut self, which: SendName, by: UserId) -> Result<(), Rejected> {
        let named = |outgoing: &&Outgoing| match which {
            SendName::Mutation(mutation) => outgoing.mutation == Some(mutation),
            SendName::Event(event) => outgoing.id() == event,
        };
        let theirs = self.lead.sends.iter().find(named).filter(|outgoing| outgoing.by == by);
        let outgoing = theirs.ok_or(Rejected::SendNotKnown)?;
        match outgoing.message.status {
            Delivery::Pending => {
                let send = outgoing.id();
                self.push_send(SendEvent::TakenBack { send, by: Some(by), at: self.ctx.now });
                Ok(())
            }
            Delivery::Canceled => Err(Rejected::NothingChanges),
            Delivery::Received
            | Delivery::Sending
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Read
            | Delivery::Failed
            | Delivery::Unknown => Err(Rejected::SendUnderWay),
        }
    }

    /// What still waits goes nowhere once the lead is put away.
    pub(super) fn take_sends_back(&mut self, at: Timestamp) {
        let waits = |outgoing: &&Outgoing| outgoing.message.status == Delivery::Pending;
        let waiting: Vec<EventId> = self.lead.sends.iter().filter(waits).map(Outgoing::id).collect();
        for send in waiting {
            self.push_send(SendEvent::TakenBack { send, by: None, at });
        }
    }

    /// The rules changed: what waits goes when the quiet hours of now let it (OUT-7).
    pub(super) fn plan_sends_anew(&mut self) {
        let now = self.ctx.now;
        let rules = &self.lead.rules;
        let waiting = self.lead.sends.iter().filter(|outgoing| outgoing.message.status == Delivery::Pending);
        let moved = waiting.filter_map(|outgoing| {
            let ready_at = outgoing.ready_at?;
            let until = rules.may_send_from(ready_at.max(now));
            let moves = until != outgoing.not_before.max(now);
            moves.then_some(SendEvent::PutOff { send: outgoing.id(), until, ready_at: Some(ready_at) })
        });
        for event in moved.collect::<Vec<_>>() {
            self.push_send(event);
        }
    }

    /// The client closed the channel: what still waits is not sent (ING-1). No card is opened over it.
    pub(super) fn close_sends(&mut self, channel: Channel) {
        let waits = |outgoing: &&Outgoing| {
            outgoing.message.status == Delivery::Pending && outgoing.message.channel == channel
        };
        let waiting: Vec<EventId> = self.lead.sends.iter().filter(waits).map(Outgoing::id).collect();
        for send in waiting {
            self.fail_send(send, SendFailure::OptedOut);
        }
    }

    /// Its time has come: unless it may not go any more, or not now.
    pub(super) fn send_due(&mut self) {
        let Some(outgoing) = self.lead.next_to_send() else { return };
        let (send, channel, now) = (outgoing.id(), outgoing.message.channel, self.ctx.now);
        let from = self.lead.rules.may_send_from(now);
        let window = self.lead.window_of(&outgoing.message, from);
        if self.lead.opted_out.contains(&channel) {
            self.fail_send(send, SendFailure::OptedOut);
        } else if !window.is_open() {
            self.fail_send(send, SendFailure::WindowClosed { code: None });
        } else if from > now {
            self.push_send(SendEvent::PutOff { send, until: from, ready_at: Some(now) });
        } else {
            self.push_send(SendEvent::Started { send, at: now });
        }
    }

    /// The provider is to be asked what became of a message, for the last time perhaps.
    pub(super) fn send_in_doubt(&mut self) {
        let Some((_, outgoing)) = self.lead.next_to_ask() else { return };
        let (send, asked) = (outgoing.id(), outgoing.asked + 1);
        let tried_at = outgoing.tried_at.unwrap_or(outgoing.message.received_at);
        let next = (asked < ASKED_AT_MOST).then(|| self.in_wall(doubled(1, asked, LONGEST_WAIT_S)));
        self.push_send(SendEvent::Asked { send, next });
        if next.is_none() {
            self.tell_of_send(Reason::SendInDoubt { tried_at });
        }
    }

    fn send_accepted(&mut self, send: EventId, provider_event_id: String) -> Result<(), Rejected> {
        let known = self.known_send(send)?;
        if known.accepted_at.is_some() {
            return Err(Rejected::NothingChanges);
        }
        let at = match known.message.status {
            Delivery::Sending => self.ctx.now,
            // Found out later: it went when it was tried.
            Delivery::Received
            | Delivery::Pending
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Read
            | Delivery::Failed
            | Delivery::Unknown
            | Delivery::Canceled => self.tried_at(&known),
        };
        self.found(&known);
        self.push_send(SendEvent::Accepted { send, provider_event_id, at, touched: true });
        self.touch_by_send(&known, at);
        self.raise_as_conversation(send)
    }

    /// A person found out what became of a message in doubt (OUT-3): it went when it was tried, or it never did. The
    /// provider may tell otherwise later, and is believed.
    fn resolve_send(&mut self, send: EventId, went: bool, by: UserId) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        let known = self.known_send(send)?;
        match known.message.status {
            Delivery::Unknown => {}
            Delivery::Pending | Delivery::Sending => return Err(Rejected::SendUnderWay),
            Delivery::Received
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Read
            | Delivery::Failed
            | Delivery::Canceled => return Err(Rejected::NothingChanges),
        }
        self.push_send(SendEvent::Resolved { send, went, by: Some(by), at: self.ctx.now });
        if !went {
            self.fail_send(send, SendFailure::NotSent);
            return Ok(());
        }
        // The provider's id is not known, and told if the provider ever speaks of it.
        let (at, provider_event_id) = (self.tried_at(&known), String::new());
        self.push_send(SendEvent::Accepted { send, provider_event_id, at, touched: true });
        self.touch_by_send(&known, at);
        self.raise_as_conversation(send)
    }

    /// What a person was asked about need not be looked at any more: the provider told.
    fn found(&mut self, known: &Outgoing) {
        if known.is_left_to_a_person() {
            let (send, at) = (known.id(), self.ctx.now);
            self.push_send(SendEvent::Resolved { send, went: true, by: None, at });
        }
    }

    fn tried_at(&self, outgoing: &Outgoing) -> Timestamp {
        outgoing.tried_at.unwrap_or(outgoing.message.received_at).min(self.ctx.now)
    }

    fn send_refused(&mut self, send: EventId, code: Option<String>, opted_out: bool) -> Result<(), Rejected> {
        let known = self.under_way(send)?;
        let channel = known.message.channel;
        if opted_out && !self.lead.opted_out.contains(&channel) {
            // The carrier heard the word that we did not (Twilio: 21610).
            for address in known.message.to {
                self.push(Event::OptedOut { channel, address, at: self.ctx.now });
            }
            self.close_sends(channel);
        }
        let why = if opted_out { SendFailure::OptedOut } else { SendFailure::Refused { code } };
        self.fail_send(send, why);
        Ok(())
    }

    fn send_not_sent(&mut self, send: EventId, retry_after: Option<Seconds>) -> Result<(), Rejected> {
        let known = self.under_way(send)?;
        if self.lead.is_dormant() {
            // Put away meanwhile: it is not tried again.
            self.push_send(SendEvent::TakenBack { send, by: None, at: self.ctx.now });
            return Ok(());
        }
        if known.attempts >= ATTEMPTS {
            self.fail_send(send, SendFailure::GaveUp);
            return Ok(());
        }
        let asked_for = retry_after.map_or(0, |after| after.0).min(LONGEST_RETRY_AFTER_S);
        let wait = doubled(1, known.attempts, LONGEST_WAIT_S).max(Seconds(asked_for));
        let ready_at = self.in_wall(wait);
        let until = self.lead.rules.may_send_from(ready_at);
        self.push_send(SendEvent::PutOff { send, until, ready_at: Some(ready_at) });
        Ok(())
    }

    /// What the provider tells: first, that it has the message; then, perhaps, how far it got.
    fn send_status(
        &mut self,
        send: EventId,
        provider_event_id: String,
        status: Delivery,
        code: Option<String>,
    ) -> Result<(), Rejected> {
        let known = self.known_send(send)?;
        let failed = status == Delivery::Failed;
        let before = self.events.len();
        if let Some(at) = known.accepted_at.filter(|_| known.message.provider_event_id.is_empty()) {
            // A person said that it went; now it has its name.
            let touched = known.touched;
            self.push_send(SendEvent::Accepted { send, provider_event_id, at, touched });
        } else if known.accepted_at.is_none() {
            let at = self.tried_at(&known);
            self.found(&known);
            self.push_send(SendEvent::Accepted { send, provider_event_id, at, touched: !failed });
            if !failed {
                self.touch_by_send(&known, at);
            }
        }
        self.raise_status(send, status, code)?;
        self.raise_as_conversation(send)?;
        if self.events.len() == before { Err(Rejected::NothingChanges) } else { Ok(()) }
    }

    fn raise_status(
        &mut self,
        send: EventId,
        status: Delivery,
        code: Option<String>,
    ) -> Result<(), Rejected> {
        let known = self.known_send(send)?;
        if rank(status) <= rank(known.message.status) {
            return Ok(());
        }
        let failure = (status == Delivery::Failed).then(|| undelivered(&known, code));
        self.push_send(SendEvent::StatusRaised { send, status, failure: failure.clone() });
        let at = known.accepted_at.unwrap_or(self.ctx.now);
        match failure {
            Some(why) => self.tell_of_failure(&known, why),
            None => {
                if !known.touched {
                    self.touch_by_send(&known, at);
                }
                // Delivered and read are never taken back: the touch is final.
                let _ = self.settle_touch(known.touch());
            }
        }
        Ok(())
    }

    /// What is told of a whole conversation holds for each message in it that the provider has. One whose answer is still
    /// out may be among them or not: the mark stays, and says it once that is known (ING-13).
    fn conversation_reached(
        &mut self,
        connection: ConnectionId,
        client: Address,
        status: Delivery,
        until: Timestamp,
    ) -> Result<(), Rejected> {
        let known = self.lead.conversation(connection, &client).ok_or(Rejected::NothingChanges)?;
        let in_it = |outgoing: &&Outgoing| {
            outgoing.message.connection == connection
                && outgoing.message.to.contains(&client)
                && outgoing.tried_at.is_some_and(|tried_at| tried_at <= until)
        };
        let in_it: Vec<&Outgoing> = self.lead.sends.iter().filter(in_it).collect();
        let concerns = |outgoing: &&Outgoing| {
            outgoing.is_in_doubt()
                || (outgoing.accepted_at.is_some() && rank(outgoing.message.status) < rank(status))
        };
        if known.knows(status, until) || !in_it.iter().copied().any(|outgoing| concerns(&outgoing)) {
            return Err(Rejected::NothingChanges);
        }
        let taken = in_it.iter().filter(|outgoing| outgoing.accepted_at.is_some());
        let taken: Vec<EventId> = taken.map(|outgoing| outgoing.id()).collect();
        self.push(Event::Reached { connection, client, status, until });
        for send in taken {
            self.raise_as_conversation(send)?;
        }
        Ok(())
    }

    /// Raises a message to where its conversation is known to be.
    fn raise_as_conversation(&mut self, send: EventId) -> Result<(), Rejected> {
        let known = self.known_send(send)?;
        let client = known.message.to.first();
        let conversation = client.and_then(|client| self.lead.conversation(known.message.connection, client));
        let tried_at = known.tried_at.unwrap_or(known.message.received_at);
        match conversation.and_then(|conversation| conversation.reached(tried_at)) {
            Some(status) => self.raise_status(send, status, None),
            None => Ok(()),
        }
    }

    fn fail_send(&mut self, send: EventId, why: SendFailure) {
        let Ok(known) = self.known_send(send) else { return };
        self.push_send(SendEvent::Failed { send, why: why.clone(), at: self.ctx.now });
        self.tell_of_failure(&known, why);
    }

    /// A final failure shows on the card (OUT-3), and takes the touch back if there was one.
    fn tell_of_failure(&mut self, failed: &Outgoing, why: SendFailure) {
        let revoked = self.lead.knows_touch(failed.touch()) && self.revoke_touch(failed.touch()).is_ok();
        // Of a closed window the sender is told as such: to send it again helps nobody.
        if revoked && !matches!(why, SendFailure::WindowClosed { .. }) {
            return;
        }
        let quiet = why == SendFailure::OptedOut && self.lead.automatic_card().is_none();
        if !quiet {
            let asked_at = failed.message.received_at;
            self.tell_of_send(Reason::SendFailed { asked_at, failure: why });
        }
    }

    fn tell_of_send(&mut self, reason: Reason) {
        if !self.lead.is_dormant() {
            self.tell(reason, self.ctx.now);
        }
    }

    /// The provider has it: that is the touch (ledger), and what comes next is planned (DECK-8).
    fn touch_by_send(&mut self, outgoing: &Outgoing, at: Timestamp) {
        let (id, by, channel) = (outgoing.touch(), outgoing.by, outgoing.message.channel);
        if self.lead.knows_touch(id) {
            return;
        }
        if let Some(due_at) = outgoing.follow_up_at.filter(|_| !self.lead.is_dormant()) {
            self.drop_default_follow_up();
            let task = self.fresh_task(self.ctx.now);
            let follow_up = FollowUp { task, due_at, title: None, by_default: false };
            self.push(Event::FollowUpScheduled { follow_up, by: Some(by) });
        }
        self.take_touch(Touch { id, by, at, channel, settled: false });
        self.end_send_reason();
    }

    /// A card that stays open after the touch no longer speaks of a message that did not go.
    fn end_send_reason(&mut self) {
        let Some(card) = self.lead.automatic_card().cloned() else { return };
        if card.reason.speaks_of_a_send() {
            self.speak_plainly(card);
        }
    }
}

/// `first` doubled `times` times, at most `longest_s`.
fn doubled(first: u32, times: u32, longest_s: u32) -> Seconds {
    Seconds(first.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX)).min(longest_s))
}
