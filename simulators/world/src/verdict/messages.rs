//! Nothing that was answered is lost, and nothing is doubled (ING-7, ING-8, IDN-2).

use hearthline_engine::{
    identity::Address,
    ids::{ConnectionId, EventId, LeadId, TenantId},
    lead::Event,
};
use hearthline_storage_api::rows::{inbound::Claim, lead::LeadRef};
use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::{
    ledger::{Kind, Ledger, Sent},
    running::Durable,
};

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    let ledger = durable.ledger.lock();
    let taken = taken(facts, &ledger, broken);
    let mut words_without_lead = 0;
    for (sid, sent) in &ledger.sent {
        let places = taken.get(sid.as_str()).map_or(0, Vec::len);
        match sent.kind {
            Kind::Broken => judge_letters(facts, sid, sent, places, broken),
            Kind::Stop | Kind::Start if !sent.known && places == 0 => words_without_lead += 1,
            Kind::Text | Kind::Stop | Kind::Start if places != 1 => {
                broken.push(format!("message {sid} is {places} events: {:?}", sent.kind));
            }
            Kind::Text | Kind::Stop | Kind::Start => {}
        }
    }
    judge_senders(&ledger, &taken, broken);
    judge_claims(facts, &taken, words_without_lead, broken);
    for (tenant, lead) in &facts.identities {
        let place = LeadRef { tenant: *tenant, lead: *lead };
        if facts.leads.get(&place).and_then(|known| known.lead()).is_none() {
            broken.push(format!("an identity points to lead {lead}, which does not stand"));
        }
    }
}

/// Which events each message became, over all leads.
fn taken<'a>(
    facts: &'a Facts,
    ledger: &Ledger,
    broken: &mut Vec<String>,
) -> BTreeMap<&'a str, Vec<(LeadRef, EventId)>> {
    let mut taken: BTreeMap<&str, Vec<(LeadRef, EventId)>> = BTreeMap::new();
    for (place, known) in &facts.leads {
        let mut seen = BTreeSet::new();
        for row in &known.timeline {
            if !seen.insert(row.event_id) {
                broken.push(format!("event {} stands twice in the timeline of {}", row.event_id, place.lead));
            }
            let Event::MessageReceived { message } = &row.event else { continue };
            taken.entry(&message.provider_event_id).or_default().push((*place, message.event));
            let sent = ledger.sent.get(&message.provider_event_id);
            if sent.is_none_or(|sent| !fits(sent, place.tenant, message.connection, &message.from)) {
                broken.push(format!("lead {} holds a message that nobody sent to it", place.lead));
            }
        }
    }
    taken
}

fn fits(sent: &Sent, tenant: TenantId, connection: ConnectionId, from: &Address) -> bool {
    sent.tenant == tenant && sent.connection == connection && sent.phone == from.value
}

/// One lead for each sender of a tenant.
fn judge_senders(ledger: &Ledger, taken: &BTreeMap<&str, Vec<(LeadRef, EventId)>>, broken: &mut Vec<String>) {
    let mut leads: BTreeMap<(TenantId, &str), BTreeSet<LeadRef>> = BTreeMap::new();
    for (sid, sent) in &ledger.sent {
        let places = taken.get(sid.as_str()).into_iter().flatten();
        leads.entry((sent.tenant, &sent.phone)).or_default().extend(places.map(|(place, _)| *place));
    }
    for ((_, phone), places) in &leads {
        if places.len() > 1 {
            broken.push(format!("the sender {phone} is {} leads", places.len()));
        }
    }
    let owned: Vec<&LeadRef> = leads.values().flatten().collect();
    let distinct: BTreeSet<&LeadRef> = owned.iter().copied().collect();
    if owned.len() != distinct.len() {
        broken.push("two senders share a lead".to_owned());
    }
}

/// Every claim is done, and says what the timeline says; but a stranger's word is nobody's claim, and a word that reached
/// its lead before the lead's first message did is recorded and no event.
fn judge_claims(
    facts: &Facts,
    taken: &BTreeMap<&str, Vec<(LeadRef, EventId)>>,
    words_without_lead: usize,
    broken: &mut Vec<String>,
) {
    let events: BTreeSet<_> = taken.values().flatten().map(|(place, event)| (place.lead, *event)).collect();
    let undone = facts.claims.iter().filter(|claim| !claim.done).count();
    if undone > 0 {
        broken.push(format!("{undone} claims are not done"));
    }
    // What a provider told of a message to a client is claimed beside it.
    let ours: BTreeSet<EventId> = facts.leads.values().flat_map(super::sends::ids).collect();
    let nobody = LeadId::from_bytes([0; 16]);
    let (of_nobody, of_leads): (Vec<&Claim>, Vec<&Claim>) = facts
        .claims
        .iter()
        .filter(|claim| !ours.contains(&claim.event))
        .partition(|claim| claim.lead == nobody);
    let claimed: BTreeSet<_> = of_leads.iter().map(|claim| (claim.lead, claim.event)).collect();
    let beside = claimed.difference(&events).count() + of_nobody.len();
    let distinct = claimed.len() == of_leads.len();
    if !distinct || !claimed.is_superset(&events) || beside != words_without_lead {
        let (claims, held) = (facts.claims.len(), events.len());
        broken.push(format!("{claims} claims name {} events; timelines hold {held}", claimed.len()));
    }
}

/// What nobody can read is kept, once for each time the provider was taken it from (ING-10).
fn judge_letters(facts: &Facts, sid: &str, sent: &Sent, events: usize, broken: &mut Vec<String>) {
    let same = |tenant: TenantId, body: &[u8]| tenant == sent.tenant && body == sent.request.body;
    let letters = facts.dead_letters.iter().filter(|(tenant, body)| same(*tenant, body)).count();
    let times = usize::try_from(sent.times).unwrap_or(usize::MAX);
    if events != 0 || letters == 0 || letters > times {
        broken.push(format!(
            "the unreadable {sid}, sent {times} times, is {events} events and {letters} dead letters"
        ));
    }
}
