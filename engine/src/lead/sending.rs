//! Messages on their way to the client (OUT-3, OUT-4): what a lead remembers of them, what can be asked, what happens.
//!
//! A message goes `pending → sending → sent`, and on from there as the provider tells; or ends as `failed`; or is taken
//! back before it went. `sending` is committed before the provider is called, so that whoever finds it after a crash knows
//! that a call may have been made. If nobody can say what became of a call, the message is `unknown`: it is never sent
//! again, but asked about, and in the end shown to a person.

use serde::{Deserialize, Serialize};

use super::{DeadlineKind, Lead};
use crate::{
    identity::{Address, IdentityKind},
    ids::{ConnectionId, EventId, MutationId, TouchId, UserId},
    message::{Channel, Delivery, Message},
    time::{Seconds, Timestamp},
};

/// So many messages of one lead may be waiting, under way or in doubt at a time.
pub const OPEN_SENDS: usize = 8;
/// So many messages a lead remembers: a status of an older one is no longer taken. The lead is one row of at most 40 KiB.
pub const KEPT_SENDS: usize = 16;

/// A message on its way, or lately sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// As the timeline shows it: its id there (which is the outbox id), its status, the provider's id once it is known.
    pub message: Message,
    /// Who approved the text (OUT-4).
    pub by: UserId,
    /// The person's action, by which it can be taken back.
    pub mutation: Option<MutationId>,
    /// The same for equal texts of a tenant; tells nothing of them. Two messages in doubt are told apart by it.
    pub text_tag: u64,
    /// It does not go before: the time to take it back, quiet hours (OUT-7), waiting after a failed attempt.
    pub not_before: Timestamp,
    /// The same without quiet hours: when it goes if they are lifted meanwhile. None: it is not known of an old one.
    #[serde(default)]
    pub ready_at: Option<Timestamp>,
    /// When the agent wants to be reminded, in place of the team's default (DECK-8).
    pub follow_up_at: Option<Timestamp>,
    /// How often the provider was asked to take it.
    pub attempts: u32,
    /// When the last attempt began.
    pub tried_at: Option<Timestamp>,
    /// When the provider took it: the time of the touch.
    pub accepted_at: Option<Timestamp>,
    /// It counts as a touch now.
    pub touched: bool,
    /// How often the provider was asked what became of it.
    pub asked: u32,
    /// When it will be asked next. None for one in doubt: a person has to look.
    pub ask_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<SendFailure>,
}

impl Outgoing {
    /// A message that a person approved, as it begins.
    #[must_use]
    pub const fn approved(
        message: Message,
        by: UserId,
        mutation: Option<MutationId>,
        text_tag: u64,
        follow_up_at: Option<Timestamp>,
    ) -> Self {
        let not_before = message.received_at;
        Self {
            message,
            by,
            mutation,
            text_tag,
            not_before,
            ready_at: None,
            follow_up_at,
            attempts: 0,
            tried_at: None,
            accepted_at: None,
            touched: false,
            asked: 0,
            ask_at: None,
            failure: None,
        }
    }
    /// Its id, in the timeline and in the outbox.
    #[must_use]
    pub const fn id(&self) -> EventId {
        self.message.event
    }
    /// The touch that it is once the provider took it.
    #[must_use]
    pub const fn touch(&self) -> TouchId {
        TouchId(self.message.event.0)
    }
    /// Still to be sent, being sent, or in doubt without having been left to a person.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self.message.status {
            Delivery::Pending | Delivery::Sending => true,
            Delivery::Unknown => self.ask_at.is_some(),
            Delivery::Received
            | Delivery::Sent
            | Delivery::Delivered
            | Delivery::Read
            | Delivery::Failed
            | Delivery::Canceled => false,
        }
    }
    /// A call to the provider may have been made, and nobody knows what came of it.
    #[must_use]
    pub const fn is_in_doubt(&self) -> bool {
        matches!(self.message.status, Delivery::Sending | Delivery::Unknown)
    }
    /// It is in doubt, and nobody is asked any more what became of it: a person has to look.
    #[must_use]
    pub const fn is_left_to_a_person(&self) -> bool {
        matches!(self.message.status, Delivery::Unknown) && self.ask_at.is_none()
    }
    /// Nothing more can be told of it.
    const fn is_final(&self) -> bool {
        matches!(self.message.status, Delivery::Read | Delivery::Failed | Delivery::Canceled)
    }
}

/// Why a message will not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendFailure {
    /// The client asked not to be written to on this channel.
    OptedOut,
    /// The provider does not take it, with its code.
    Refused {
        /// The provider's own.
        code: Option<String>,
    },
    /// The provider took it and could not deliver it, with its code.
    Undelivered {
        /// The provider's own.
        code: Option<String>,
    },
    /// The client's last message is too long ago to be answered there, with the provider's code if it is the one that
    /// says so (OUT-2).
    WindowClosed {
        /// The provider's own.
        code: Option<String>,
    },
    /// Tried as often as makes sense; the provider could not be reached.
    GaveUp,
    /// Nobody could say what became of it, and a person found that it was not sent.
    NotSent,
}

/// What names a message to its sender: the action that asked for it, or its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendName {
    /// The action.
    Mutation(MutationId),
    /// The message.
    Event(EventId),
}

/// What can be asked about messages to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the comment of each variant speaks of those fields that their names leave open"
)]
pub enum SendCommand {
    /// A person approved a text. `undo`: how long it can be taken back; `opted_out`: the address is known not to want it.
    Request { outgoing: Box<Outgoing>, undo: Seconds, opted_out: bool },
    /// The person takes it back.
    TakeBack { which: SendName, by: UserId },
    /// The provider took it, under this id.
    Accepted { send: EventId, provider_event_id: String },
    /// The provider does not take it, with its code.
    Refused { send: EventId, code: Option<String>, opted_out: bool },
    /// The provider does not take it because the client's last message is too long ago, with its code.
    WindowClosed { send: EventId, code: Option<String> },
    /// It surely was not sent: the provider could not be reached, or said "later".
    NotSent { send: EventId, retry_after: Option<Seconds> },
    /// Just before the call the address turned out not to want it: no call was made.
    Blocked { send: EventId },
    /// A call was made, or may have been, and its answer is lost.
    Doubt { send: EventId },
    /// A person found out what became of a message in doubt.
    Resolve { send: EventId, went: bool, by: UserId },
    /// The provider tells of it. Any word of a message proves that the provider took it.
    Status { send: EventId, provider_event_id: String, status: Delivery, code: Option<String> },
    /// The provider tells of a whole conversation: all that was sent in it up to a moment got so far.
    Reached { connection: ConnectionId, client: Address, status: Delivery, until: Timestamp },
}

impl SendCommand {
    /// The person who gives it; none for what a provider or the machine tells.
    #[must_use]
    pub const fn by(&self) -> Option<UserId> {
        match self {
            Self::Request { outgoing, .. } => Some(outgoing.by),
            Self::TakeBack { by, .. } | Self::Resolve { by, .. } => Some(*by),
            Self::Accepted { .. }
            | Self::Refused { .. }
            | Self::WindowClosed { .. }
            | Self::Reached { .. }
            | Self::NotSent { .. }
            | Self::Blocked { .. }
            | Self::Doubt { .. }
            | Self::Status { .. } => None,
        }
    }
}

/// What happens to messages to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the comment of each variant speaks of those fields that their names leave open"
)]
pub enum SendEvent {
    /// A person approved it: an entry of the timeline.
    Requested { outgoing: Box<Outgoing> },
    /// The provider is called after this is durable.
    Started { send: EventId, at: Timestamp },
    /// Not now: quiet hours, or the provider could not take it. Or sooner than it was to go: quiet hours were lifted.
    /// `ready_at`: the time without quiet hours.
    PutOff {
        send: EventId,
        until: Timestamp,
        #[serde(default)]
        ready_at: Option<Timestamp>,
    },
    /// The provider has it. `touched`: from `at` on it counts as a touch.
    Accepted { send: EventId, provider_event_id: String, at: Timestamp, touched: bool },
    /// It got further, as the provider tells.
    StatusRaised { send: EventId, status: Delivery, failure: Option<SendFailure> },
    /// It will not be sent.
    Failed { send: EventId, why: SendFailure, at: Timestamp },
    /// Nobody knows whether the provider has it.
    Doubted { send: EventId, ask_at: Timestamp },
    /// The provider is asked what became of it after this is durable. `next`: none, a person has to look.
    Asked { send: EventId, next: Option<Timestamp> },
    /// It is known now what became of a message in doubt that a person was asked about. `by`: none, the provider told.
    Resolved { send: EventId, went: bool, by: Option<UserId>, at: Timestamp },
    /// It was taken back before it went. `by`: none, the lead was put away.
    TakenBack { send: EventId, by: Option<UserId>, at: Timestamp },
}

impl SendEvent {
    /// Which message it is about.
    #[must_use]
    pub const fn send(&self) -> EventId {
        match self {
            Self::Requested { outgoing } => outgoing.id(),
            Self::Started { send, .. }
            | Self::PutOff { send, .. }
            | Self::Accepted { send, .. }
            | Self::StatusRaised { send, .. }
            | Self::Failed { send, .. }
            | Self::Doubted { send, .. }
            | Self::Asked { send, .. }
            | Self::Resolved { send, .. }
            | Self::TakenBack { send, .. } => *send,
        }
    }
}

/// How far along a status is, once the provider has the message: it only ever rises, so the order in which statuses come
/// does not matter (ING-13). A message that was delivered was not undelivered, whatever else is told.
#[must_use]
pub(super) const fn rank(status: Delivery) -> u8 {
    match status {
        Delivery::Received | Delivery::Pending | Delivery::Canceled => 0,
        Delivery::Sending | Delivery::Unknown => 1,
        Delivery::Sent => 2,
        Delivery::Failed => 3,
        Delivery::Delivered => 4,
        Delivery::Read => 5,
    }
}

impl Lead {
    /// The message with that id, if it is still remembered.
    #[must_use]
    pub fn outgoing(&self, send: EventId) -> Option<&Outgoing> {
        self.sends.iter().find(|outgoing| outgoing.id() == send)
    }

    /// Where the client is written to on that channel: where they wrote from last, or the first address that serves it.
    #[must_use]
    pub fn address_on(&self, channel: Channel) -> Option<&Address> {
        let serves = |address: &&Address| match address.kind {
            IdentityKind::Phone => matches!(channel, Channel::Sms | Channel::Whatsapp),
            IdentityKind::Email => channel == Channel::Email,
            IdentityKind::Whatsapp => channel == Channel::Whatsapp,
            IdentityKind::Messenger => channel == Channel::Messenger,
            IdentityKind::Instagram => channel == Channel::Instagram,
            // A short code or a name: nobody can answer it.
            IdentityKind::SmsSender => false,
        };
        if let Some(conversation) = self.latest_conversation(channel) {
            return Some(&conversation.client);
        }
        let last = self.last_inbound.as_ref().filter(|last| last.channel == channel);
        let last = last.and_then(|last| last.from.as_ref()).filter(serves);
        last.or_else(|| self.identities.iter().find(serves))
    }

    /// The next message that is to go. On one channel they go in the order in which they were asked for, one at a time.
    pub(super) fn next_to_send(&self) -> Option<&Outgoing> {
        let mut seen: Vec<Channel> = Vec::new();
        let first_in_line = self.sends.iter().filter(|outgoing| {
            let waits = match outgoing.message.status {
                Delivery::Pending => true,
                Delivery::Sending => false,
                Delivery::Received
                | Delivery::Sent
                | Delivery::Delivered
                | Delivery::Read
                | Delivery::Failed
                | Delivery::Unknown
                | Delivery::Canceled => return false,
            };
            let first = !seen.contains(&outgoing.message.channel);
            seen.push(outgoing.message.channel);
            waits && first
        });
        first_in_line.min_by_key(|outgoing| (outgoing.not_before, outgoing.id()))
    }

    /// The next message whose fate is to be asked about.
    pub(super) fn next_to_ask(&self) -> Option<(Timestamp, &Outgoing)> {
        let doubtful = self.sends.iter().filter(|outgoing| outgoing.message.status == Delivery::Unknown);
        doubtful
            .filter_map(|outgoing| Some((outgoing.ask_at?, outgoing)))
            .min_by_key(|(at, outgoing)| (*at, outgoing.id()))
    }

    /// When the next message is to go, and when the next one in doubt is to be asked about.
    pub(super) fn send_deadlines(&self) -> [Option<(Timestamp, DeadlineKind)>; 2] {
        [
            self.next_to_send().map(|outgoing| (outgoing.not_before, DeadlineKind::SendDue)),
            self.next_to_ask().map(|(at, _)| (at, DeadlineKind::SendInDoubt)),
        ]
    }

    pub(super) fn apply_send(&mut self, event: &SendEvent) {
        if let SendEvent::Requested { outgoing } = event {
            self.sends.retain(|known| known.id() != outgoing.id());
            self.sends.push((**outgoing).clone());
            self.forget_old_sends();
            return;
        }
        if let SendEvent::Accepted { at, .. } = event {
            self.last_interaction_at = self.last_interaction_at.max(Some(*at));
        }
        let id = event.send();
        if let Some(outgoing) = self.sends.iter_mut().find(|known| known.id() == id) {
            outgoing.apply(event);
        }
    }

    /// What nothing more can be told of goes first, then what the provider has, then what a person was left with.
    fn forget_old_sends(&mut self) {
        while self.sends.len() > KEPT_SENDS {
            let first = |wanted: fn(&Outgoing) -> bool| self.sends.iter().position(wanted);
            let accepted = |outgoing: &Outgoing| outgoing.accepted_at.is_some();
            let oldest = first(Outgoing::is_final).or_else(|| first(accepted));
            let Some(oldest) = oldest.or_else(|| first(|outgoing| !outgoing.is_open())) else { return };
            self.sends.remove(oldest);
        }
    }
}

impl Outgoing {
    fn apply(&mut self, event: &SendEvent) {
        match event {
            // What it came to, the event after it says.
            SendEvent::Requested { .. } | SendEvent::Resolved { .. } => {}
            SendEvent::Started { send: _, at } => {
                self.message.status = Delivery::Sending;
                self.attempts = self.attempts.saturating_add(1);
                self.tried_at = Some(*at);
            }
            SendEvent::PutOff { send: _, until, ready_at } => {
                self.message.status = Delivery::Pending;
                (self.not_before, self.ready_at) = (*until, *ready_at);
            }
            SendEvent::Accepted { send: _, provider_event_id, at, touched } => {
                self.message.status = Delivery::Sent;
                self.message.provider_event_id.clone_from(provider_event_id);
                (self.accepted_at, self.touched) = (Some(*at), *touched);
                (self.ask_at, self.failure) = (None, None);
            }
            SendEvent::StatusRaised { send: _, status, failure } => {
                self.message.status = *status;
                self.touched = *status != Delivery::Failed;
                self.failure.clone_from(failure);
            }
            SendEvent::Failed { send: _, why, at: _ } => {
                self.message.status = Delivery::Failed;
                self.failure = Some(why.clone());
                self.ask_at = None;
            }
            SendEvent::Doubted { send: _, ask_at } => {
                self.message.status = Delivery::Unknown;
                (self.ask_at, self.asked) = (Some(*ask_at), 0);
            }
            SendEvent::Asked { send: _, next } => {
                self.asked = self.asked.saturating_add(1);
                self.ask_at = *next;
            }
            SendEvent::TakenBack { .. } => self.message.status = Delivery::Canceled,
        }
    }
}
