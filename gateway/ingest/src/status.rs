//! What providers tell of messages that we sent (ING-13): each is brought to its message, in whatever order they come.
//!
//! The message is named by the address that the provider called, which is ours and part of what it signed; or, for a
//! callback that was configured elsewhere, by the provider's id. Such a one may come before its message is known: then it
//! waits, in memory and a bounded number at a time, and its entry does not; one that is nobody's is counted and let go.

use futures::FutureExt;
use hearthline_actors::{Answer, Ask, AskError, Point, ReachReport, StatusReport};
use hearthline_engine::{
    health::{Seen, Sent},
    lead::Rejected,
    message::{Delivery, Provider},
    providers::{StatusUpdate, Watermark, our_name::OurName},
};
use hearthline_storage_api::{
    DataKey, Purpose,
    rows::{
        inbound::{Claim, ClaimKey, InboundEntry},
        lead::LeadRef,
        outbound::{OutboundRef, outbound_partition, outbound_ref},
    },
};
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, oneshot};

use crate::{
    claim::{close, known_lead, standing},
    consumer::{FIRST_WAIT, LONGEST_WAIT, STRIKES, persist, settled},
    lanes::Lanes,
    ports::{ConnectionKind, Ports},
    read::Via,
};

/// How long a status waits for its message (architecture: "an early one is retried for 10 min").
const EARLY_MS: i64 = 600_000;
const LONGEST_EARLY_WAIT: Duration = Duration::from_secs(30);
/// Statuses of a group that wait for their messages at the same time.
pub(crate) const EARLY_AT_ONCE: usize = 16;

/// What a provider tells.
pub(crate) enum Told {
    /// Of one message.
    Of(StatusUpdate),
    /// Of all that was sent in a conversation up to a moment.
    UpTo(Watermark),
}

impl Told {
    /// What is told of the same thing comes one after the other.
    fn lane(&self) -> &[u8] {
        match self {
            Self::Of(status) => status.provider_event_id.as_bytes(),
            Self::UpTo(watermark) => watermark.client.value.as_bytes(),
        }
    }
}

/// What became of it.
enum Heard {
    /// Its message knows it.
    Done,
    /// Nobody knows its message yet.
    Early,
    /// Nobody will.
    Nobodys,
}

/// Puts a status behind the earlier ones of its message.
pub(crate) async fn queue(
    ports: &Arc<Ports>,
    lanes: &Lanes,
    early: &Arc<Semaphore>,
    entry: &Arc<InboundEntry>,
    via: Arc<Via>,
    told: Told,
) -> oneshot::Receiver<bool> {
    let lookup = persist(ports, "finding the lookup key", || async {
        Ok(ports.keyring.tenant_key(entry.tenant, Purpose::Lookup).await?)
    })
    .await;
    let Ok(lookup) = lookup else {
        tracing::error!(tenant = %entry.tenant, "a tenant's lookup key can't be had");
        return settled(false);
    };
    let (done, finished) = oneshot::channel();
    let lane = lookup.keyed_hash("lane", told.lane());
    let (ports, early) = (Arc::clone(ports), Arc::clone(early));
    let status =
        Status { entry: Arc::clone(entry), provider: provider_of(via.facts.kind), via, lookup, told };
    lanes.run(
        lane,
        Box::pin(async move {
            let delivered = deliver(&ports, &status).await;
            if let Heard::Early = delivered {
                wait_for_message(ports, &early, status);
            }
            let _ = done.send(true);
        }),
    );
    finished
}

const fn provider_of(kind: ConnectionKind) -> Provider {
    match kind {
        ConnectionKind::TwilioSms => Provider::Twilio,
        ConnectionKind::Whatsapp | ConnectionKind::Messenger | ConnectionKind::Instagram => Provider::Meta,
    }
}

/// A status on its way.
struct Status {
    entry: Arc<InboundEntry>,
    provider: Provider,
    via: Arc<Via>,
    lookup: Arc<dyn DataKey>,
    told: Told,
}

/// Brings a status to its message, however long storage is away.
async fn deliver(ports: &Ports, status: &Status) -> Heard {
    let (mut wait, mut strikes) = (FIRST_WAIT, 0);
    loop {
        // A panic here must not end the lane: whoever waits behind would wait for ever.
        let attempted = AssertUnwindSafe(attempt(ports, status)).catch_unwind().await;
        let error = match attempted.unwrap_or(Err(AskError::Crashed)) {
            Ok(Heard::Nobodys) => return nobodys(ports),
            Ok(heard) => return heard,
            Err(error) => error,
        };
        if !error.is_retryable() {
            strikes += 1;
            tracing::warn!(connection = %status.entry.connection, %error, strikes, "a status could not be applied");
        }
        if strikes >= STRIKES {
            // It is derived, and can be asked for again: nobody's words are lost.
            return nobodys(ports);
        }
        ports.metrics.retries.inc();
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Tries an early status again for ten minutes, if there is a place to wait in.
fn wait_for_message(ports: Arc<Ports>, early: &Arc<Semaphore>, status: Status) {
    let Ok(place) = Arc::clone(early).try_acquire_owned() else {
        nobodys(&ports);
        return;
    };
    tokio::spawn(async move {
        let mut wait = FIRST_WAIT;
        let longest_ms = ports.clock.pace().in_wall_millis(EARLY_MS);
        while ports.clock.now().millis_since(status.entry.received_at) < longest_ms {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_EARLY_WAIT);
            match deliver(&ports, &status).await {
                Heard::Early => {}
                Heard::Done | Heard::Nobodys => return,
            }
        }
        nobodys(&ports);
        drop(place);
    });
}

fn nobodys(ports: &Ports) -> Heard {
    ports.metrics.unmatched_statuses.inc();
    Heard::Nobodys
}

async fn attempt(ports: &Ports, status: &Status) -> Result<Heard, AskError> {
    match &status.told {
        Told::Of(told) => of_message(ports, status, told).await,
        Told::UpTo(told) => of_conversation(ports, status, told).await,
    }
}

/// All that was sent to that client through that connection. Told again, it changes nothing: it needs no claim.
async fn of_conversation(ports: &Ports, status: &Status, told: &Watermark) -> Result<Heard, AskError> {
    let tenant = status.entry.tenant;
    let Some(lead) = known_lead(ports, &*status.lookup, tenant, &told.client).await? else {
        return Ok(Heard::Nobodys);
    };
    let report = ReachReport {
        connection: status.via.id,
        client: told.client.clone(),
        status: told.status,
        until: told.until,
    };
    match ports.leads.ask(LeadRef { tenant, lead }, Ask::Reached(Box::new(report))).await {
        Ok(Answer::Applied { .. }) => drop(ports.metrics.applied.inc()),
        Ok(_) | Err(AskError::NotFound) => return Ok(Heard::Nobodys),
        Err(error) => return Err(error),
    }
    Ok(Heard::Done)
}

/// The message that a status is about: named by the address that was called, by the words that we gave the provider with
/// it, or by the provider's id.
async fn of_message(ports: &Ports, status: &Status, told: &StatusUpdate) -> Result<Heard, AskError> {
    let Status { entry, provider, via, lookup, told: _ } = status;
    let (tenant, id, lookup) = (entry.tenant, &told.provider_event_id, &**lookup);
    // A page and its Instagram account may be one connection: what was sent through it is known by the first.
    let account = match provider {
        Provider::Meta => via.sends_as(),
        Provider::Twilio | Provider::Google | Provider::Microsoft | Provider::Hearthline => &told.account,
    };
    let name = format!("{id}:{}", told.provider_status);
    let claim = ClaimKey::of(lookup, tenant, *provider, &told.account, &name);
    if standing(ports, &claim).await?.is_some() {
        ports.metrics.duplicates.inc();
        return Ok(Heard::Done);
    }
    let given: Option<OurName> = told.reference.as_deref().and_then(|given| given.parse().ok());
    let given = given.map(|OurName { lead, event }| OutboundRef { lead, event });
    let named = match entry.about.or(given) {
        Some(about) => Some(about),
        None => {
            let partition = outbound_partition(lookup, tenant, *provider, account, id);
            outbound_ref(&*ports.store, &partition).await?
        }
    };
    let Some(OutboundRef { lead, event }) = named else { return Ok(Heard::Early) };
    let report = StatusReport {
        event,
        account: account.to_owned(),
        provider_event_id: id.clone(),
        status: told.status,
        code: told.error_code.clone(),
    };
    match ports.leads.ask(LeadRef { tenant, lead }, Ask::Status(Box::new(report))).await {
        Ok(_) => {}
        // Forgotten: many others were sent to this client since.
        Err(AskError::NotFound | AskError::Rejected(Rejected::SendNotKnown | Rejected::NoSuchLead)) => {
            return Ok(Heard::Nobodys);
        }
        Err(error) => return Err(error),
    }
    close(ports, &claim, Claim { lead, event, done: true }).await?;
    if let Some(seen) = failure(*provider, told) {
        ports.health.note(tenant, via.id, seen);
    }
    ports.points.reach(Point::StatusClaimed).await;
    ports.metrics.applied.inc();
    Ok(Heard::Done)
}

/// What a message that did not arrive tells of its connection (ING-12): nothing, where it was the client's silence.
fn failure(provider: Provider, told: &StatusUpdate) -> Option<Seen> {
    /// Meta's "Cloud API error codes": more than 24 hours have passed.
    const OUTSIDE_WINDOW: &str = "131047";
    let late = provider == Provider::Meta && told.error_code.as_deref() == Some(OUTSIDE_WINDOW);
    match told.status {
        Delivery::Failed if late => Some(Seen::Sent(Sent::WindowClosed)),
        Delivery::Failed => Some(Seen::Undelivered { code: told.error_code.clone() }),
        Delivery::Received
        | Delivery::Pending
        | Delivery::Sending
        | Delivery::Sent
        | Delivery::Delivered
        | Delivery::Read
        | Delivery::Canceled
        | Delivery::Unknown => None,
    }
}
