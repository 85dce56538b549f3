//! Nothing that was answered is lost, and nothing is doubled (ING-7, ING-8, IDN-2).

use hearthline_engine::{
    identity::Address,
    ids::{ConnectionId, EventId, LeadId, TenantId},
    lead::Event,
    message::OptWord,
};
use hearthline_storage_api::rows::{inbound::Claim, lead::LeadRef};
use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use crate::{
    ledger::{Kind, Ledger, Sent},
    made::Became,
    running::Durable,
};

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    let ledger = durable.ledger.lock();
    let taken = taken(facts, &ledger, broken);
    let mut words_without_lead = 0;
    let mut reviewed: BTreeMap<LeadRef, usize> = BTreeMap::new();
    for (sid, sent) in &ledger.sent {
        let places = taken.get(sid.as_str()).map_or(0, Vec::len);
        match sent.kind {
            Kind::Broken => judge_letters(facts, sid, sent, places, broken),
            Kind::Text | Kind::Start if places == 0 && deleted(facts, sid, sent.tenant).is_some() => {
                let lead = deleted(facts, sid, sent.tenant).expect("just found");
                *reviewed.entry(lead).or_default() += 1;
            }
            Kind::Stop | Kind::Start if !sent.known && places == 0 => words_without_lead += 1,
            Kind::Text | Kind::Stop | Kind::Start if places != 1 => {
                broken.push(format!("message {sid} is {places} events: {:?}", sent.kind));
            }
            Kind::Text | Kind::Stop | Kind::Start => {}
        }
    }
    judge_senders(&ledger, &taken, broken);
    judge_reviews(facts, &reviewed, broken);
    judge_doubts(facts, broken);
    judge_claims(facts, &taken, words_without_lead + reviewed.values().sum::<usize>(), broken);
    for (tenant, lead) in &facts.identities {
        let place = LeadRef { tenant: *tenant, lead: *lead };
        let stands = facts.leads.get(&place).is_some_and(|known| known.lead().is_some());
        // An address of somebody who could not be written down under it: whoever comes next goes on with that id.
        let claimed = || ledger.made.values().any(|made| made.own == *lead && made.became == Became::Taken);
        if !stands && !claimed() {
            broken.push(format!("an identity points to lead {lead}, which does not stand"));
        }
    }
}

/// The lead that a message was claimed for, if it is a deleted one.
fn deleted(facts: &Facts, sid: &str, tenant: TenantId) -> Option<LeadRef> {
    let claim = facts.claims.get(facts.claim_keys.get(sid)?)?;
    let place = LeadRef { tenant, lead: claim.lead };
    facts.leads.get(&place)?.lead().is_some_and(|lead| lead.deleted).then_some(place)
}

/// What somebody wrote to a deleted lead waits for a person, once; and after the deletion nothing else enters its
/// timeline, words that close a channel aside (LIF-7).
fn judge_reviews(facts: &Facts, reviewed: &BTreeMap<LeadRef, usize>, broken: &mut Vec<String>) {
    if facts.reviews != *reviewed {
        broken.push(format!("for review wait {:?}, and there should {reviewed:?}", facts.reviews));
    }
    for known in facts.leads.values() {
        let gone = known.timeline.iter().find(|row| matches!(row.event, Event::Deleted { .. }));
        let Some(gone) = gone else { continue };
        let later = known.timeline.iter().filter(|row| row.version > gone.version);
        for row in later {
            let Event::MessageReceived { message } = &row.event else { continue };
            if message.opt_word != Some(OptWord::Stop) {
                broken.push(format!("lead {} took a message after it was deleted", known.place.lead));
            }
        }
    }
}

/// What was left to a person waits for one, and nothing else does (OUT-3).
fn judge_doubts(facts: &Facts, broken: &mut Vec<String>) {
    for (place, known) in &facts.leads {
        let sends = known.lead().into_iter().flat_map(|lead| &lead.sends);
        for outgoing in sends {
            let waits = facts.doubts.contains(&(*place, outgoing.id()));
            if waits != outgoing.is_left_to_a_person() {
                let status = outgoing.message.status;
                broken.push(format!("message {} is {status:?}, and in review: {waits}", outgoing.id()));
            }
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
    // Who was written down under a number is whoever writes from it (IDN-1, CRM-1).
    for made in ledger.made.values() {
        if let Became::Lead { lead, .. } = made.became {
            let place = LeadRef { tenant: made.tenant, lead };
            leads.entry((made.tenant, &made.phone)).or_default().insert(place);
        }
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
    let undone = facts.claims.values().filter(|claim| !claim.done).count();
    if undone > 0 {
        broken.push(format!("{undone} claims are not done"));
    }
    // What a provider told of a message to a client is claimed beside it.
    let ours: BTreeSet<EventId> = facts.leads.values().flat_map(super::sends::ids).collect();
    let nobody = LeadId::from_bytes([0; 16]);
    let (of_nobody, of_leads): (Vec<&Claim>, Vec<&Claim>) = facts
        .claims
        .values()
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
