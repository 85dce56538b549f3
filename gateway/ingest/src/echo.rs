//! Echoes: what providers tell us of messages that were sent in the name of our own accounts. Those that went from here
//! are no second event, in whatever order the answer to the send and its echo come; the lead says which are (OUT-3).

use hearthline_actors::{Answer, Ask, AskError, EchoReport};
use hearthline_engine::{
    ids::TenantId,
    lead::Rejected,
    message::{Direction, EventKind, Incoming},
    providers::our_name::OurName,
};
use hearthline_storage_api::{
    DataKey,
    rows::{
        inbound::{Claim, ClaimKey},
        lead::LeadRef,
    },
};

use crate::{
    claim::{close, known_lead, standing},
    ports::Ports,
    read::Via,
};

/// Whether the message is one that we sent. What was claimed as somebody else's before stays so.
pub(crate) async fn is_ours(
    ports: &Ports,
    lookup: &dyn DataKey,
    claim: &ClaimKey,
    via: &Via,
    tenant: TenantId,
    message: &Incoming,
) -> Result<bool, AskError> {
    let written = matches!(message.kind, EventKind::Message | EventKind::Unsupported);
    if message.direction != Direction::Out || !written || standing(ports, claim).await?.is_some() {
        return Ok(false);
    }
    let named: Option<OurName> = message.reference().and_then(|reference| reference.parse().ok());
    let lead = match named {
        Some(named) => Some(named.lead),
        None => known_lead(ports, lookup, tenant, message.client()).await?,
    };
    let Some(lead) = lead else { return Ok(false) };
    let report = EchoReport {
        channel: message.channel,
        provider: message.provider,
        connection: via.id,
        account: via.sends_as().to_owned(),
        provider_event_id: message.provider_event_id.clone(),
        client: message.client().clone(),
        named: named.map(|named| named.event),
        body: message.content.body(),
    };
    match ports.leads.ask(LeadRef { tenant, lead }, Ask::Echo(Box::new(report))).await {
        Ok(Answer::Duplicate) => {}
        Ok(_) | Err(AskError::NotFound | AskError::Rejected(Rejected::NoSuchLead)) => return Ok(false),
        Err(error) => return Err(error),
    }
    if let Some(named) = named {
        // The next delivery need not wake the lead. Its own event was claimed by nobody: it stands since it was asked for.
        close(ports, claim, Claim { lead, event: named.event, done: true }).await?;
    }
    Ok(true)
}
