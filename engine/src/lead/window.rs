//! Conversations and their reply windows (OUT-2): how long after a client's last message the provider of a channel lets a
//! business write to them, and how far a client has read.
//!
//! Where the windows come from: WhatsApp, Meta's "Cloud API, Messages, Customer service windows": 24 hours after the client's
//! last message to that number; after that, templates only. Messenger and Instagram, Meta's "Messenger Platform and IG
//! Messaging API policy": 24 hours of standard messaging; and for an answer that a person writes by hand, seven days with
//! the tag `HUMAN_AGENT`. No text is ever sent here that a person did not approve (OUT-4), so such an answer is always one;
//! the tag is used only where the standard window is over, as the policy wants it. A reaction opens no window here: Meta's
//! documents do not agree on it, and a window that is thought closed can be opened by asking.
//!
//! Times are those of our receipt, like all clocks of a lead, but for what came late ([`Message::late_from`]): the provider
//! counts from when the client wrote. Where it counts otherwise after all, its own refusal has the last word
//! ([`SendFailure::WindowClosed`]).

use serde::{Deserialize, Serialize};

use super::{Lead, Outgoing, SendFailure};
use crate::{
    identity::Address,
    ids::ConnectionId,
    message::{Channel, Delivery, Direction, Message, Provider},
    time::{Seconds, Timestamp},
};

/// So many conversations a lead remembers: those that were quiet for longest are forgotten. The lead is one row.
pub const KEPT_CONVERSATIONS: usize = 8;

/// How long anything may be answered, where the provider counts the hours.
pub const STANDARD_WINDOW: Seconds = Seconds(24 * 3_600);
const HUMAN_AGENT: Seconds = Seconds(7 * 24 * 3_600);

/// What was said between a client's address and one of our connections, on a channel whose provider counts the hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Ours.
    pub connection: ConnectionId,
    /// Where.
    pub channel: Channel,
    /// Theirs.
    pub client: Address,
    /// When they wrote last: when we received it, or before that where it came late.
    pub heard_at: Timestamp,
    /// Everything up to then reached them, by the provider's clock.
    #[serde(default)]
    pub delivered_until: Option<Timestamp>,
    /// They read everything up to then, by the provider's clock.
    #[serde(default)]
    pub read_until: Option<Timestamp>,
}

/// Whether a business may write, by the provider's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyWindow {
    /// The channel has no windows.
    Always,
    /// Until then.
    Open {
        /// When it closes.
        until: Timestamp,
    },
    /// Until then, and only what a person writes.
    ByHand {
        /// When it closes.
        until: Timestamp,
    },
    /// No more, until the client writes again.
    Closed,
}

impl ReplyWindow {
    /// Whether a message may go.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }
    /// When it closes, if it is open and will.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Open { until } | Self::ByHand { until } => Some(until),
            Self::Always | Self::Closed => None,
        }
    }
}

/// Whether a client can be written to on a channel, as far as the lead itself knows (OUT-2, OUT-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelStanding {
    /// They can.
    Open {
        /// Until when, where the channel's provider counts the hours.
        until: Option<Timestamp>,
    },
    /// Their last message there is too long ago, or there is none.
    WindowClosed,
    /// They asked not to be.
    OptedOut,
}

/// Whether the channel's provider counts the hours since the client wrote.
#[must_use]
pub const fn has_windows(channel: Channel) -> bool {
    match channel {
        Channel::Whatsapp | Channel::Messenger | Channel::Instagram => true,
        Channel::Sms | Channel::Email | Channel::Voice | Channel::Note | Channel::Task | Channel::System => {
            false
        }
    }
}

/// The window at a moment, for a client who wrote last at `heard_at`; none: never.
#[must_use]
pub fn reply_window(channel: Channel, heard_at: Option<Timestamp>, at: Timestamp) -> ReplyWindow {
    if !has_windows(channel) {
        return ReplyWindow::Always;
    }
    let Some(heard_at) = heard_at else { return ReplyWindow::Closed };
    let standard = heard_at.plus(STANDARD_WINDOW);
    let by_hand = by_hand_window(channel).map(|window| heard_at.plus(window));
    match by_hand {
        _ if at < standard => ReplyWindow::Open { until: by_hand.unwrap_or(standard) },
        Some(until) if at < until => ReplyWindow::ByHand { until },
        Some(_) | None => ReplyWindow::Closed,
    }
}

/// How long what a person writes may be answered, where that is longer than [`STANDARD_WINDOW`].
#[must_use]
pub const fn by_hand_window(channel: Channel) -> Option<Seconds> {
    match channel {
        Channel::Messenger | Channel::Instagram => Some(HUMAN_AGENT),
        Channel::Whatsapp
        | Channel::Sms
        | Channel::Email
        | Channel::Voice
        | Channel::Note
        | Channel::Task
        | Channel::System => None,
    }
}

/// Why the provider could not deliver a message, by its code: WhatsApp says so of a closed window after it took the message
/// (Meta's "Cloud API error codes": 131047).
pub(super) fn undelivered(outgoing: &Outgoing, code: Option<String>) -> SendFailure {
    const OUTSIDE_WINDOW: &str = "131047";
    let closed = outgoing.message.provider == Provider::Meta && code.as_deref() == Some(OUTSIDE_WINDOW);
    if closed { SendFailure::WindowClosed { code } } else { SendFailure::Undelivered { code } }
}

impl Conversation {
    fn is(&self, connection: ConnectionId, client: &Address) -> bool {
        self.connection == connection && self.client == *client
    }

    /// How far a message got that was tried then, by what is known of the conversation.
    pub(super) fn reached(&self, tried_at: Timestamp) -> Option<Delivery> {
        let covers = |until: Option<Timestamp>| until.is_some_and(|until| tried_at <= until);
        if covers(self.read_until) {
            return Some(Delivery::Read);
        }
        covers(self.delivered_until).then_some(Delivery::Delivered)
    }

    /// Whether that mark stands there already, or a later one.
    pub(super) fn knows(&self, status: Delivery, until: Timestamp) -> bool {
        let mark = match status {
            Delivery::Read => self.read_until,
            Delivery::Delivered => self.delivered_until.max(self.read_until),
            Delivery::Received
            | Delivery::Pending
            | Delivery::Sending
            | Delivery::Sent
            | Delivery::Failed
            | Delivery::Canceled
            | Delivery::Unknown => return true,
        };
        mark.is_some_and(|known| known >= until)
    }
}

impl Lead {
    /// The conversation between these two, if the client ever wrote in it.
    #[must_use]
    pub fn conversation(&self, connection: ConnectionId, client: &Address) -> Option<&Conversation> {
        self.conversations.iter().find(|known| known.is(connection, client))
    }

    /// The one on that channel in which the client wrote last, by an address that is still theirs.
    #[must_use]
    pub fn latest_conversation(&self, channel: Channel) -> Option<&Conversation> {
        let theirs = self.conversations.iter().filter(|known| known.channel == channel);
        theirs
            .filter(|known| self.identities.contains(&known.client))
            .max_by_key(|known| (known.heard_at, known.connection))
    }

    /// The channels on which an address of the client is known that messages can be sent to, and how each stands.
    #[must_use]
    pub fn channels(&self, now: Timestamp) -> Vec<(Channel, ChannelStanding)> {
        const CHANNELS: [Channel; 4] =
            [Channel::Sms, Channel::Whatsapp, Channel::Messenger, Channel::Instagram];
        let reachable = CHANNELS.into_iter().filter(|channel| {
            // A phone alone does not say that there is a WhatsApp behind it.
            match channel {
                Channel::Whatsapp => self.latest_conversation(*channel).is_some(),
                Channel::Sms
                | Channel::Messenger
                | Channel::Instagram
                | Channel::Email
                | Channel::Voice
                | Channel::Note
                | Channel::Task
                | Channel::System => self.address_on(*channel).is_some(),
            }
        });
        reachable.map(|channel| (channel, self.standing_of(channel, now))).collect()
    }

    fn standing_of(&self, channel: Channel, now: Timestamp) -> ChannelStanding {
        if self.opted_out.contains(&channel) {
            return ChannelStanding::OptedOut;
        }
        let heard_at = self.latest_conversation(channel).map(|known| known.heard_at);
        let window = reply_window(channel, heard_at, now);
        if window.is_open() {
            ChannelStanding::Open { until: window.until() }
        } else {
            ChannelStanding::WindowClosed
        }
    }

    /// The window of a message at a moment.
    #[must_use]
    pub fn window_of(&self, message: &Message, at: Timestamp) -> ReplyWindow {
        let heard = message.to.first().and_then(|client| self.conversation(message.connection, client));
        reply_window(message.channel, heard.map(|known| known.heard_at), at)
    }

    /// The client's message opens its window anew.
    pub(super) fn hear(&mut self, message: &Message) {
        let opens =
            message.direction == Direction::In && message.kind.opens_a_lead() && has_windows(message.channel);
        if !opens {
            return;
        }
        let heard_at = message.late_from.unwrap_or(message.received_at);
        let known = self.conversations.iter_mut().find(|known| known.is(message.connection, &message.from));
        if let Some(known) = known {
            known.heard_at = known.heard_at.max(heard_at);
            return;
        }
        self.conversations.push(Conversation {
            connection: message.connection,
            channel: message.channel,
            client: message.from.clone(),
            heard_at,
            delivered_until: None,
            read_until: None,
        });
        self.conversations.sort_by_key(|known| (known.heard_at, known.connection));
        let too_many = self.conversations.len().saturating_sub(KEPT_CONVERSATIONS);
        self.conversations.drain(..too_many);
    }

    pub(super) fn mark_reached(
        &mut self,
        connection: ConnectionId,
        client: &Address,
        status: Delivery,
        until: Timestamp,
    ) {
        let known = self.conversations.iter_mut().find(|known| known.is(connection, client));
        let Some(known) = known else { return };
        match status {
            Delivery::Read => known.read_until = known.read_until.max(Some(until)),
            Delivery::Delivered => known.delivered_until = known.delivered_until.max(Some(until)),
            Delivery::Received
            | Delivery::Pending
            | Delivery::Sending
            | Delivery::Sent
            | Delivery::Failed
            | Delivery::Canceled
            | Delivery::Unknown => {}
        }
    }
}
