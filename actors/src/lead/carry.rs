//! Path row 9: messages go to their provider. `sending` is durable before the provider is called; the call runs beside the
//! lead, which goes on with its work; what came of it is told to the lead and becomes durable in turn.
//!
//! Who may call: the actor whose own commit made the message `sending`, once. Whoever finds it `sending` otherwise (after
//! a crash, or a commit whose answer is lost) cannot know, and puts it in doubt.

use futures::FutureExt;
use hearthline_engine::{
    access::text_to_send,
    audit::Actor,
    ids::EventId,
    lead::{Event, Lead, Outgoing, ReplyWindow, SendCommand, SendEvent},
    message::{Content, Delivery, Message},
    raw::Raw,
};
use hearthline_storage_api::{
    DataKey, Sealing,
    rows::{
        blob,
        codec::RowError,
        lead::LeadRef,
        outbound::{OutboundRef, outbound_partition, outbound_ref},
    },
};
use ractor::ActorRef;
use std::{collections::BTreeSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use super::{
    AskError,
    actor::{LeadActorState, LeadMsg},
    send::opted_out,
};
use crate::{
    carrier::{CALL_TIMEOUT, Found, Handed, Order},
    ports::Ports,
};

/// The calls of a lead: those that its own commits ask for, and those that are being made.
#[derive(Default)]
pub(crate) struct Calls {
    due: Vec<(EventId, Call)>,
    made: BTreeSet<EventId>,
}

/// What a provider is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Send,
    Find,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Handed(Handed),
    /// The address turned out not to want it: there was no call.
    Blocked,
    Found(Vec<Found>),
    /// Nothing is known now that was not known before.
    Nothing,
}

/// A call that came back, and how often its outcome could not be made durable.
#[derive(Debug)]
pub(crate) struct Carried {
    event: EventId,
    outcome: Outcome,
    failures: u32,
}

impl Calls {
    /// The calls that these events ask for, once they are durable.
    pub(crate) fn ask_for(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Send(SendEvent::Started { send, .. }) => self.due.push((*send, Call::Send)),
                Event::Send(SendEvent::Asked { send, .. }) => self.due.push((*send, Call::Find)),
                _ => {}
            }
        }
    }

    /// Nothing is to be called, and nobody is.
    pub(crate) fn is_empty(&self) -> bool {
        self.due.is_empty() && self.made.is_empty()
    }

    fn knows(&self, event: EventId) -> bool {
        self.made.contains(&event) || self.due.iter().any(|(due, _)| *due == event)
    }
}

impl LeadActorState {
    /// Makes the calls that are due. They tell the lead what came of them.
    pub(crate) fn carry(&mut self, myself: &ActorRef<LeadMsg>) {
        for (event, call) in std::mem::take(&mut self.calls.due) {
            let Ok(lead) = self.present_lead() else { continue };
            let Some(outgoing) = lead.outgoing(event).cloned() else { continue };
            let window = lead.window_of(&outgoing.message, self.ports.clock.now());
            let carried = Sent { outgoing, window };
            let Some(key) = self.awake.as_ref().and_then(|awake| awake.key.clone()) else { continue };
            self.calls.made.insert(event);
            let (ports, lead, myself) = (Arc::clone(&self.ports), self.me, myself.clone());
            tokio::spawn(async move {
                let carrying = carry(&ports, lead, &*key, &carried, call);
                let outcome = AssertUnwindSafe(carrying).catch_unwind().await.unwrap_or_else(|_| doubt(call));
                let _ = myself.cast(LeadMsg::Carried(Box::new(Carried { event, outcome, failures: 0 })));
            });
        }
    }

    /// Makes durable what came of a call. What can't be made durable now is told again.
    pub(crate) async fn carried(&mut self, carried: Carried, myself: &ActorRef<LeadMsg>) {
        let Carried { event, outcome, failures } = carried;
        self.acting = Actor::System;
        let settled = match self.ensure_awake().await {
            Ok(()) => self.settle(event, outcome.clone()).await,
            Err(error) => Err(error),
        };
        match settled {
            Err(error) if error.is_retryable() => {
                let wait = self.ports.settings.retry_after.saturating_mul(1 << failures.min(6));
                let again = Carried { event, outcome, failures: failures + 1 };
                self.tell_later(myself, again, wait);
            }
            Ok(()) => drop(self.calls.made.remove(&event)),
            Err(error) => {
                tracing::error!(lead = %self.me.lead, %event, %error, "the outcome of a call could not be used");
                self.calls.made.remove(&event);
                let _ = self.doubt_orphans().await;
            }
        }
    }

    fn tell_later(&self, myself: &ActorRef<LeadMsg>, carried: Carried, wait: Duration) {
        let myself = myself.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let _ = myself.cast(LeadMsg::Carried(Box::new(carried)));
        });
    }

    async fn settle(&mut self, event: EventId, outcome: Outcome) -> Result<(), AskError> {
        let send = event;
        let command = match outcome {
            Outcome::Handed(Handed::Accepted { provider_event_id, account }) => {
                let provider = self.known(event)?.message.provider;
                self.claim_reference(event, provider, &account, &provider_event_id).await?;
                self.ports.points.reach(crate::Point::OutboundReferred).await;
                SendCommand::Accepted { send, provider_event_id }
            }
            Outcome::Handed(Handed::Refused { code, opted_out }) => {
                SendCommand::Refused { send, code, opted_out }
            }
            Outcome::Handed(Handed::WindowClosed { code }) => SendCommand::WindowClosed { send, code },
            Outcome::Handed(Handed::Throttled { retry_after }) => SendCommand::NotSent { send, retry_after },
            Outcome::Handed(Handed::NotSent) => SendCommand::NotSent { send, retry_after: None },
            Outcome::Handed(Handed::Unknown) => SendCommand::Doubt { send },
            Outcome::Blocked => SendCommand::Blocked { send },
            Outcome::Found(found) => match self.recognize(event, found).await? {
                Some(provider_event_id) => SendCommand::Accepted { send, provider_event_id },
                None => return Ok(()),
            },
            Outcome::Nothing => return Ok(()),
        };
        self.told(command).await.map(|_| ())
    }

    fn known(&self, event: EventId) -> Result<&Outgoing, AskError> {
        let known = self.present_lead()?.outgoing(event);
        known.ok_or(AskError::Rejected(hearthline_engine::lead::Rejected::SendNotKnown))
    }

    /// Which of the provider's messages is this one. Another message in doubt may have the same text: as long as there are
    /// fewer of them there than here, nobody can say whose they are.
    async fn recognize(&self, event: EventId, found: Vec<Found>) -> Result<Option<String>, AskError> {
        let lead = self.present_lead()?;
        let Some(outgoing) = lead.outgoing(event).filter(|outgoing| outgoing.accepted_at.is_none()) else {
            return Ok(None);
        };
        let mut free = Vec::new();
        for candidate in found {
            match self.reference(&outgoing.message, &candidate).await? {
                Some(standing) if standing.event == event => return Ok(Some(candidate.provider_event_id)),
                Some(_) => {}
                None => free.push(candidate),
            }
        }
        if free.len() < rivals(lead, outgoing) {
            return Ok(None);
        }
        for candidate in free {
            let (account, id) = (&candidate.account, &candidate.provider_event_id);
            let standing = self.claim_reference(event, outgoing.message.provider, account, id).await?;
            self.ports.points.reach(crate::Point::OutboundReferred).await;
            if standing.event == event {
                return Ok(Some(candidate.provider_event_id));
            }
        }
        Ok(None)
    }

    async fn reference(&self, message: &Message, found: &Found) -> Result<Option<OutboundRef>, AskError> {
        let lookup = self.ports.keyring.tenant_key(self.me.tenant, hearthline_storage_api::Purpose::Lookup);
        let lookup = lookup.await.map_err(RowError::from)?;
        let (account, id) = (&found.account, &found.provider_event_id);
        let partition = outbound_partition(&*lookup, self.me.tenant, message.provider, account, id);
        Ok(outbound_ref(&*self.ports.store, &partition).await?)
    }

    /// What is `sending` without a call of this actor's: nobody knows whether there was one.
    pub(crate) async fn doubt_orphans(&mut self) -> Result<(), AskError> {
        self.acting = Actor::System;
        let Ok(lead) = self.present_lead() else { return Ok(()) };
        let sending = lead.sends.iter().filter(|outgoing| outgoing.message.status == Delivery::Sending);
        let orphans: Vec<EventId> =
            sending.map(Outgoing::id).filter(|event| !self.calls.knows(*event)).collect();
        for send in orphans {
            self.told(SendCommand::Doubt { send }).await?;
        }
        Ok(())
    }
}

/// How many messages are in doubt that the provider's list can't tell apart from this one, itself among them.
fn rivals(lead: &Lead, outgoing: &Outgoing) -> usize {
    let same = |other: &&Outgoing| {
        other.is_in_doubt() && other.text_tag == outgoing.text_tag && other.message.to == outgoing.message.to
    };
    lead.sends.iter().filter(same).count()
}

/// A call that failed on our side: a message may have gone.
const fn doubt(call: Call) -> Outcome {
    match call {
        Call::Send => Outcome::Handed(Handed::Unknown),
        Call::Find => Outcome::Nothing,
    }
}

/// A message as it stood when its provider was to be called.
struct Sent {
    outgoing: Outgoing,
    window: ReplyWindow,
}

async fn carry(ports: &Ports, lead: LeadRef, key: &dyn DataKey, sent: &Sent, call: Call) -> Outcome {
    match call {
        Call::Send => match wanted(ports, lead, &sent.outgoing).await {
            Ok(false) => Outcome::Blocked,
            Ok(true) => hand_over(ports, lead, key, sent).await,
            Err(error) => not_sent(lead, &sent.outgoing, &error),
        },
        Call::Find => match order(ports, lead, key, sent).await {
            Ok(Some(order)) => match tokio::time::timeout(CALL_TIMEOUT, ports.carrier.find(order)).await {
                Ok(Ok(found)) => Outcome::Found(found),
                Ok(Err(_)) | Err(_) => Outcome::Nothing,
            },
            Ok(None) | Err(_) => Outcome::Nothing,
        },
    }
}

async fn hand_over(ports: &Ports, lead: LeadRef, key: &dyn DataKey, sent: &Sent) -> Outcome {
    let order = match order(ports, lead, key, sent).await {
        Ok(Some(order)) => order,
        // It has no address: no call is made.
        Ok(None) => return Outcome::Handed(Handed::NotSent),
        Err(error) => return not_sent(lead, &sent.outgoing, &error),
    };
    ports.points.reach(crate::Point::Sending).await;
    let handed = tokio::time::timeout(CALL_TIMEOUT, ports.carrier.send(order)).await;
    ports.points.reach(crate::Point::HandedOver).await;
    Outcome::Handed(handed.unwrap_or(Handed::Unknown))
}

/// The call was never made: what it needs can't be read.
fn not_sent(lead: LeadRef, outgoing: &Outgoing, error: &RowError) -> Outcome {
    tracing::warn!(lead = %lead.lead, event = %outgoing.id(), %error, "a message could not be handed over yet");
    Outcome::Handed(Handed::NotSent)
}

/// The last look at who does not want to be written to: the word may have come by another way (OUT-7).
async fn wanted(ports: &Ports, lead: LeadRef, outgoing: &Outgoing) -> Result<bool, RowError> {
    for address in &outgoing.message.to {
        if opted_out(ports, lead.tenant, outgoing.message.channel, address).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn order(
    ports: &Ports,
    lead: LeadRef,
    key: &dyn DataKey,
    sent: &Sent,
) -> Result<Option<Order>, RowError> {
    let outgoing = &sent.outgoing;
    let message = &outgoing.message;
    let Some(to) = message.to.first().cloned() else { return Ok(None) };
    let content = content(ports, lead, key, message).await?;
    let attachments = content.held();
    let Some(text) = text_to_send(outgoing, content.body()) else { return Ok(None) };
    Ok(Some(Order {
        tenant: lead.tenant,
        lead: lead.lead,
        event: message.event,
        connection: message.connection,
        from: message.from.clone(),
        to,
        tried_at: outgoing.tried_at.unwrap_or(message.received_at),
        window: sent.window,
        text,
        attachments,
    }))
}

async fn content(
    ports: &Ports,
    lead: LeadRef,
    key: &dyn DataKey,
    message: &Message,
) -> Result<Raw<Content>, RowError> {
    let sealed = blob::content(&*ports.store, lead, message.event, message.content.clone()).await?;
    let sealing = Sealing { key, binding: lead.binding("content") };
    let opened = sealing.open_raw(&sealed).map_err(|source| RowError::Seal { column: "content", source })?;
    opened.decode().map_err(|_| RowError::Form { column: "content" })
}
