//! What must be true whenever everything is settled, as anybody sees it through HTTP.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Desk,
    ledger::{Ledger, Sent, count},
    screen::Seen,
    support::{LONG_ENOUGH, Live},
};

/// Checks all desks against the ledger.
pub async fn check(ledger: &Ledger, desks: &[Desk]) {
    let sent = ledger.messages();
    let not_taken = sent.iter().find(|(_, sent)| !sent.acknowledged);
    assert_eq!(not_taken.map(|(sid, _)| sid), None, "nothing is on its way now");
    for desk in desks {
        let mine: BTreeMap<&String, &Sent> =
            sent.iter().filter(|(_, sent)| sent.to == desk.number.number).collect();
        check_leads(ledger, desk, &mine).await;
        check_screen(ledger, desk).await;
    }
    count(&ledger.counts.checks);
}

/// Each acknowledged message is one event of its sender's one lead, and each card that was done was done once.
async fn check_leads(ledger: &Ledger, desk: &Desk, sent: &BTreeMap<&String, &Sent>) {
    let done = ledger.all_done();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut senders = BTreeSet::new();
    for lead in desk.agent.leads().await {
        let id = lead["id"].as_str().expect("an id");
        let phones = lead["phones"].as_array().expect("phones");
        let [Value::String(phone)] = phones.as_slice() else { panic!("a lead with phones {phones:?}") };
        assert!(senders.insert(phone.clone()), "{phone} has two leads");
        let events = desk.agent.events(id).await;
        for event in events.iter().filter(|event| event["kind"] == "message") {
            let sid = event["provider_event_id"].as_str().expect("its owner reads it").to_owned();
            assert_eq!(event["from"], *phone, "{sid} stands in another's timeline");
            let twice = found.insert(sid, phone.clone());
            assert_eq!(twice, None, "a message is there twice: {event}");
        }
        let done_here = events.iter().filter(|event| event["kind"] == "task").count();
        assert_eq!(done_here, done.get(id).map_or(0, BTreeSet::len), "cards of {id} that were done");
    }
    let expected: BTreeMap<String, String> =
        sent.iter().map(|(sid, sent)| ((*sid).clone(), sent.from.clone())).collect();
    let lost: Vec<&String> = expected.keys().filter(|sid| !found.contains_key(*sid)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert_eq!(found, expected, "what was sent, from whom");
    let strangers: BTreeSet<String> = expected.into_values().collect();
    assert_eq!(senders, strangers, "one lead for each sender");
}

/// The page that was resumed again and again shows what the deck is, and nothing that was done.
async fn check_screen(ledger: &Ledger, desk: &Desk) {
    let deck = desk.agent.deck().await;
    let offset = deck["offset"].as_u64().expect("an offset");
    let mut seen = desk.seen.clone();
    let at_offset = |seen: &Seen| seen.position.as_ref().is_some_and(|position| position.offset >= offset);
    let seen =
        desk.log.within(LONG_ENOUGH, "the screen to be where the deck is", seen.wait_for(at_offset)).await;
    let seen = seen.expect("the screen runs").clone();
    let position = seen.position.expect("waited for");
    assert_eq!((position.offset, deck["epoch"].as_str()), (offset, Some(position.epoch.as_str())));
    let cards = Live::by_id(deck["cards"].as_array().expect("cards"));
    assert_eq!(facts(&seen.cards), facts(&cards), "the screen and the deck");
    let leads: BTreeSet<&str> = cards.values().filter_map(|card| card["lead_id"].as_str()).collect();
    assert_eq!(leads.len(), cards.len(), "a lead has one automatic card at most");
    let back = ledger.all_done().into_values().flatten().find(|id| cards.contains_key(id));
    assert_eq!(back, None, "a card that was done");
}

/// What of a card does not change with time alone.
fn facts(cards: &BTreeMap<String, Value>) -> BTreeMap<&str, Vec<&Value>> {
    let fields = ["task_id", "lead_id", "kind", "due_at", "preview", "state", "version"];
    cards.iter().map(|(id, card)| (id.as_str(), fields.iter().map(|field| &card[*field]).collect())).collect()
}
