//! What is told of messages that were sent in the name of one of our accounts: those that we sent are no second event, in
//! whatever order the answer to the send and its echo come (OUT-3); and how far a client has read a conversation (ING-13).
//!
//! A message is known by the name that we gave it, by the provider's id, or, where the provider repeats no name
//! (Instagram), by its text while nobody knows what became of it. An echo with the very words of a message in doubt, to the
//! same client through the same account, is taken for that message.

use hearthline_engine::{
    identity::Address,
    ids::{ConnectionId, EventId},
    lead::{Lead, Outgoing, SendCommand},
    message::{Channel, Delivery, Provider},
    raw::Raw,
    time::Timestamp,
};
use hearthline_storage_api::{
    Purpose,
    rows::{
        codec::RowError,
        outbound::{OutboundRef, outbound_partition, outbound_ref},
    },
};

use super::{Answer, AskError, StatusReport, actor::LeadActorState, send::Tagging};

/// A message that was written to a client through one of our connections, by whomever.
#[derive(Clone, Debug)]
pub struct EchoReport {
    pub channel: Channel,
    pub provider: Provider,
    pub connection: ConnectionId,
    /// The account at the provider that our own sends name.
    pub account: String,
    pub provider_event_id: String,
    pub client: Address,
    /// The message that its own words name, if they do.
    pub named: Option<EventId>,
    pub body: Raw<String>,
}

/// How far a whole conversation got, by the provider's clock.
#[derive(Clone, Debug)]
pub struct ReachReport {
    pub connection: ConnectionId,
    pub client: Address,
    pub status: Delivery,
    pub until: Timestamp,
}

impl LeadActorState {
    /// `Duplicate` if it is a message of ours, which is known to be sent from now on; `Nothing` if it is somebody else's.
    pub(crate) async fn echo(&mut self, echo: EchoReport) -> Result<Answer, AskError> {
        let Ok(lead) = self.present_lead() else { return Ok(Answer::Nothing) };
        let of_id = |known: &&Outgoing| {
            known.accepted_at.is_some() && known.message.provider_event_id == echo.provider_event_id
        };
        let named = echo.named.filter(|event| lead.outgoing(*event).is_some());
        let known = named.or_else(|| lead.sends.iter().find(of_id).map(Outgoing::id));
        let ours = match known {
            Some(event) => event,
            None => match self.outbound_of(&echo).await? {
                // Of a message that the lead has forgotten, or of another lead's.
                Some(_) => return Ok(Answer::Duplicate),
                None => match self.in_doubt_like(&echo).await? {
                    Some(event) => event,
                    None => return Ok(Answer::Nothing),
                },
            },
        };
        let EchoReport { account, provider_event_id, .. } = echo;
        let report =
            StatusReport { event: ours, account, provider_event_id, status: Delivery::Sent, code: None };
        self.status(report).await.map(|_| Answer::Duplicate)
    }

    /// What is told of a whole conversation.
    pub(crate) async fn reached(&mut self, report: ReachReport) -> Result<Answer, AskError> {
        let ReachReport { connection, client, status, until } = report;
        if self.present_lead().is_err() {
            return Ok(Answer::Nothing);
        }
        self.told(SendCommand::Reached { connection, client, status, until }).await
    }

    async fn outbound_of(&self, echo: &EchoReport) -> Result<Option<OutboundRef>, AskError> {
        let tenant = self.me.tenant;
        let lookup = self.ports.keyring.tenant_key(tenant, Purpose::Lookup).await.map_err(RowError::from)?;
        let id = &echo.provider_event_id;
        let partition = outbound_partition(&*lookup, tenant, echo.provider, &echo.account, id);
        Ok(outbound_ref(&*self.ports.store, &partition).await?)
    }

    async fn in_doubt_like(&self, echo: &EchoReport) -> Result<Option<EventId>, AskError> {
        if echo.channel != Channel::Instagram {
            return Ok(None);
        }
        let lookup = self.ports.keyring.tenant_key(self.me.tenant, Purpose::Lookup).await;
        let tag = echo.body.tag(&Tagging(&*lookup.map_err(RowError::from)?));
        Ok(doubtful(self.present_lead()?, echo, tag).map(Outgoing::id))
    }
}

/// The oldest message in doubt with those words.
fn doubtful<'a>(lead: &'a Lead, echo: &EchoReport, tag: u64) -> Option<&'a Outgoing> {
    lead.sends.iter().find(|known| {
        known.is_in_doubt()
            && known.text_tag == tag
            && known.message.connection == echo.connection
            && known.message.to.contains(&echo.client)
    })
}
