//! What carries messages to clients: the port that providers' adapters stand behind.
//!
//! The one thing an adapter must be right about is what it calls [`Handed::NotSent`]: such a message is tried again.
//! Whatever may have reached the provider is [`Handed::Unknown`].

use async_trait::async_trait;
use hearthline_engine::{
    access::TextToSend,
    identity::Address,
    ids::{AttachmentId, ConnectionId, EventId, LeadId, TeamId, TenantId, UserId},
    lead::ReplyWindow,
    message::{Channel, Provider},
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::codec::RowError;
use std::time::Duration;

/// Hands messages to providers.
#[async_trait]
pub trait Carrier: Send + Sync + 'static {
    /// The connection that a message goes through (OUT-10): the one that is wished, the one that the client wrote to last,
    /// the sender's own, or their team's; never another person's. None: there is none.
    ///
    /// # Errors
    /// When connections can't be read.
    async fn line(&self, wanted: &LineWanted) -> Result<Option<Line>, RowError>;

    /// Hands a message over. `order.event` goes with it, so that whatever the provider tells of the message names it.
    async fn send(&self, order: Order) -> Handed;

    /// The messages that the provider has and that this one may be: same text, from and to, taken since shortly before the
    /// attempt; oldest first. That one is missing proves nothing.
    ///
    /// # Errors
    /// The provider could not be asked, or has not answered.
    async fn find(&self, order: Order) -> Result<Vec<Found>, Unasked>;
}

/// Who wants to write to whom.
#[derive(Clone, Debug)]
pub struct LineWanted {
    pub tenant: TenantId,
    /// The lead's.
    pub team: TeamId,
    pub sender: UserId,
    pub channel: Channel,
    /// The sender's wish: this one or none.
    pub wished: Option<ConnectionId>,
    /// The one that the client wrote to last on this channel.
    pub last: Option<ConnectionId>,
}

/// A connection to send through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub connection: ConnectionId,
    pub provider: Provider,
    /// What the client sees as the sender.
    pub from: Address,
}

/// A message to hand over, or to look for.
#[derive(Debug)]
pub struct Order {
    pub tenant: TenantId,
    pub lead: LeadId,
    /// The outbox id.
    pub event: EventId,
    pub connection: ConnectionId,
    pub from: Address,
    pub to: Address,
    pub tried_at: Timestamp,
    /// Whether the provider takes it, and as what, as far as we know.
    pub window: ReplyWindow,
    pub text: TextToSend,
    /// Files that we hold and the provider is to fetch.
    pub attachments: Vec<AttachmentId>,
}

/// What the provider said to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// It has it, under this id of that account.
    Accepted { provider_event_id: String, account: String },
    /// It never will, with its code. `opted_out`: because the client does not want it.
    Refused { code: Option<String>, opted_out: bool },
    /// It never will: the client's last message is too long ago, with its code (OUT-2).
    WindowClosed { code: Option<String> },
    /// Later: surely not sent.
    Throttled { retry_after: Option<Seconds> },
    /// Surely not sent.
    NotSent,
    /// Perhaps.
    Unknown,
}

/// A message that the provider has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub provider_event_id: String,
    pub account: String,
}

/// The provider could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider could not be asked")]
pub struct Unasked;

/// How long a provider may take for one call, whatever its adapter allows.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Carries nothing: for a node that only reads (TEN-7).
#[derive(Clone, Copy, Debug)]
pub struct NoCarrier;

#[async_trait]
impl Carrier for NoCarrier {
    async fn line(&self, _: &LineWanted) -> Result<Option<Line>, RowError> {
        Ok(None)
    }
    async fn send(&self, _: Order) -> Handed {
        Handed::NotSent
    }
    async fn find(&self, _: Order) -> Result<Vec<Found>, Unasked> {
        Err(Unasked)
    }
}
