//! Changes of team rules (LIF-2) at the started binary, with windows of seconds: what is foretold is what then happens.

mod support;

use serde_json::{Value, json};
use std::time::Instant;
use support::{Brokerage, LONG_ENOUGH, Live, Number, Options, POLL, Server, Sms, User, stranger};

/// A brokerage with an agent, a team lead and a number.
struct Office {
    server: Server,
    brokerage: Brokerage,
    ana: User,
    tom: User,
    number: Number,
}

impl Office {
    async fn open() -> Self {
        let server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let (ana, tom) = (brokerage.agent().await, brokerage.team_lead().await);
        let number = brokerage.connect(&ana).await;
        Self { server, brokerage, ana, tom, number }
    }

    /// A stranger writes; their lead.
    async fn lead(&self) -> String {
        self.number.deliver(&self.ana.client, &Sms::new(&stranger(), "Is it still available?")).await;
        self.server.settled().await;
        text(&self.ana.leads().await[0]["id"])
    }

    /// The owner gets in touch: the lead is Active.
    async fn touch(&self, lead: &str) {
        let note = json!({"body": "We spoke at the door", "client_interaction": true});
        self.ana.client.post(&format!("/v1/leads/{lead}/notes"), &note).await.ok();
        assert_eq!(self.ana.lead(lead).await["state"], "active");
    }

    fn path(&self) -> String {
        format!("/v1/teams/{}/rules/preview", self.brokerage.team)
    }

    async fn preview(&self, user: &User, change: &Value) -> Value {
        user.client.post(&self.path(), change).await.ok()
    }

    /// Makes the change, and waits until every lead of the sample stands as it was foretold.
    async fn comes_true(&self, change: &Value, foretold: &Value) {
        let rules = self.brokerage.change_rules(change.clone()).await;
        assert_eq!(rules, foretold["rules"], "the rules themselves");
        for expected in items(&foretold["sample"]) {
            let until = Instant::now() + LONG_ENOUGH;
            loop {
                let lead = self.ana.lead(&text(&expected["lead_id"])).await;
                if as_foretold(&lead, expected) {
                    break;
                }
                assert!(Instant::now() < until, "foretold: {expected}\nit became: {lead}");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Whether a lead has the state and the deadlines that were foretold.
fn as_foretold(lead: &Value, expected: &Value) -> bool {
    let state = &expected["to"];
    let shown = items(&expected["deadlines"]).iter().all(|moved| match text(&moved["deadline"]).as_str() {
        // What is over at once is no time that a lead still shows.
        _ if moved["after"].is_null() => true,
        "stale" => lead["stale_at"] == moved["after"],
        "first_contact_at_risk" => *state != "new" || lead["at_risk_at"] == moved["after"],
        "at_risk" => *state != "active" || lead["at_risk_at"] == moved["after"],
        _ => true,
    });
    lead["state"] == *state && shown
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

/// The sample's leads with the states they go through.
fn moves(preview: &Value) -> Vec<(String, String, String)> {
    let mut moves: Vec<_> = items(&preview["sample"])
        .iter()
        .map(|lead| (text(&lead["lead_id"]), text(&lead["from"]), text(&lead["to"])))
        .collect();
    moves.sort();
    moves
}

fn sorted(mut moves: Vec<(&str, &str, &str)>) -> Vec<(String, String, String)> {
    moves.sort_unstable();
    moves.into_iter().map(|(lead, from, to)| (lead.to_owned(), from.to_owned(), to.to_owned())).collect()
}

#[tokio::test]
async fn lif_2_a_change_of_rules_has_exactly_the_effect_that_its_preview_foretold() {
    let office = Office::open().await;
    office.brokerage.change_rules(json!({"first_contact_s": 3_600, "stale_after_s": 7_200})).await;
    let (fresh, touched, away) = (office.lead().await, office.lead().await, office.lead().await);
    office.touch(&touched).await;
    office.ana.client.patch(&format!("/v1/leads/{away}"), &json!({"status": "archived"})).await.ok();
    office.server.settled().await;
    let before = office.ana.leads().await;

    // Nothing would change.
    let same = office.preview(&office.tom, &json!({"first_contact_s": 3_600})).await;
    assert_eq!(
        (&same["leads"], &same["complete"], &same["rules"]["version"]),
        (&json!(3), &json!(true), &json!(2))
    );
    assert_eq!((&same["states"], &same["deadlines"], &same["sample"]), (&json!([]), &json!([]), &json!([])));

    // Shorter windows: one lead is at risk at once, the other's deadlines move; the archived one notices nothing.
    let shorter = json!({"first_contact_s": 600, "stale_after_s": 3_000, "at_risk_share": 0.05});
    let one = json!({"first_contact_s": 1, "stale_after_s": 3_000, "at_risk_share": 0.05});
    for (change, to) in [(&shorter, "new"), (&one, "at_risk")] {
        if to == "at_risk" {
            // The window of a second is to be over: the time itself is what is waited for.
            tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
        }
        let foretold = office.preview(&office.tom, change).await;
        assert_eq!(foretold, office.preview(&office.brokerage.admin, change).await, "both see the same");
        assert_eq!(moves(&foretold), sorted(vec![(&fresh, "new", to), (&touched, "active", "active")]));
        let stale = json!({"deadline": "stale", "earlier": 2, "later": 0, "due_now": 0});
        assert!(items(&foretold["deadlines"]).contains(&stale), "{foretold}");
        let due = items(&foretold["deadlines"]).iter().find(|moved| moved["deadline"] == "first_contact");
        let due_now = u32::from(to == "at_risk");
        assert_eq!(due.expect("the new lead's window")["due_now"], due_now, "{foretold}");
        let states =
            if due_now == 0 { json!([]) } else { json!([{"from": "new", "to": "at_risk", "leads": 1}]) };
        assert_eq!(foretold["states"], states);
        let sampled = items(&foretold["sample"]).iter().find(|lead| lead["lead_id"] == fresh.as_str());
        let (sampled, card) = (sampled.expect("the new lead"), &office.ana.cards().await[0]);
        assert_eq!(
            (&sampled["lead_name"], &sampled["owner_id"]),
            (&card["lead_name"], &json!(office.ana.id))
        );
    }
    // To look changes nothing.
    assert_eq!(office.ana.leads().await, before);
    let foretold = office.preview(&office.tom, &one).await;
    office.comes_true(&one, &foretold).await;

    // Longer again: the lead at risk is new again.
    let longer = json!({"first_contact_s": 3_600, "stale_after_s": 86_400, "at_risk_share": 0.8});
    let foretold = office.preview(&office.tom, &longer).await;
    assert_eq!(foretold["states"], json!([{"from": "at_risk", "to": "new", "leads": 1}]));
    let later = |deadline: &str| {
        let moved = items(&foretold["deadlines"]).iter().find(|moved| moved["deadline"] == deadline);
        moved.map(|moved| moved["later"].clone())
    };
    assert_eq!((later("stale"), later("first_contact_at_risk")), (Some(json!(2)), Some(json!(1))));
    office.comes_true(&longer, &foretold).await;

    // So short that both are Stale at once; the door of Stale then stays open whatever the rules become.
    let shortest = json!({"first_contact_s": 1, "stale_after_s": 2, "at_risk_share": 0.5});
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let foretold = office.preview(&office.tom, &shortest).await;
    assert_eq!(moves(&foretold), sorted(vec![(&fresh, "new", "stale"), (&touched, "active", "stale")]));
    office.comes_true(&shortest, &foretold).await;
    let foretold = office.preview(&office.tom, &longer).await;
    assert_eq!(foretold["states"], json!([]), "Stale stays Stale");
    assert_eq!(
        foretold["deadlines"],
        json!([{"deadline": "rescue_escalation", "earlier": 0, "later": 2, "due_now": 0}])
    );
}

#[tokio::test]
async fn lif_2_the_owner_is_told_of_a_shortened_window_on_the_deck_in_the_thread_and_in_their_language() {
    let office = Office::open().await;
    let lead = office.lead().await;
    let away = office.lead().await;
    office.ana.client.patch(&format!("/v1/leads/{away}"), &json!({"status": "archived"})).await.ok();
    let mut live = office.ana.live(None).await;
    live.say(&json!({"watch": {"lead_id": lead}})).await;
    while live.next().await.get("watched").is_none() {}
    let due = live.cards.values().next().expect("a card")["due_at"].clone();

    office.brokerage.change_rules(json!({"first_contact_s": 1_800, "stale_after_s": 86_400})).await;
    // Both the thread that is open and the card that stands there tell it, without being asked.
    let shortened = |event: &Value| event["explanation_key"] == "windows_shortened";
    let earlier = |live: &Live| live.cards.values().all(|card| card["due_at"].as_str() < due.as_str());
    let mut told = None;
    while told.is_none() || !earlier(&live) {
        let frame = live.next().await;
        told = frame.get("event").filter(|event| shortened(event)).cloned().or(told);
    }
    let entries: Vec<Value> =
        office.ana.events(&lead).await.into_iter().filter(|event| shortened(event)).collect();
    assert_eq!(entries.len(), 1);
    let expected = json!({"what": "windows_shortened", "first_contact_s": 1_800, "first_contact_was_s": 3_600,
        "stale_after_s": 86_400, "stale_after_was_s": 172_800});
    assert_eq!(entries[0]["detail"], expected);
    assert_eq!(
        entries[0]["explanation"],
        "The team's rules changed; there is less time now: first reply within 30 min, stale 24 h after the last touch."
    );
    assert_eq!(told.expect("it was told")["id"], entries[0]["id"]);
    assert!(!office.ana.events(&away).await.iter().any(&shortened), "what is put away has no windows");

    // Longer windows are good news; they are on the card, and no entry of their own.
    office.brokerage.change_rules(json!({"first_contact_s": 3_600, "stale_after_s": 172_800})).await;
    live.until("the old time on the card", |live| live.cards.values().all(|card| card["due_at"] == due))
        .await;
    assert_eq!(office.ana.events(&lead).await.iter().filter(|event| shortened(event)).count(), 1);
}

#[tokio::test]
async fn lif_2_a_preview_is_for_those_who_lead_or_administer_and_says_what_is_wrong() {
    let office = Office::open().await;
    let change = json!({"stale_after_s": 7_200});
    office.ana.client.post(&office.path(), &change).await.problem(403, "forbidden");
    let south = office.brokerage.new_team("South").await;
    let sue = office.brokerage.user("team_lead", &south).await;
    sue.client.post(&office.path(), &change).await.not_found();
    let other = Brokerage::open(&office.server).await;
    other.admin.client.post(&office.path(), &change).await.not_found();
    office.brokerage.admin.client.post(&office.path(), &change).await.ok();

    for (change, field) in [
        (json!({"stale_after_s": 0}), "stale_after_s"),
        (json!({"first_contact_s": 200_000}), "first_contact_s"),
        (json!({"at_risk_share": 0.01}), "at_risk_share"),
        (json!({"time_zone": "Mars/Olympus"}), "time_zone"),
        (json!({"windows": 3}), "windows"),
    ] {
        let wrong = office.tom.client.post(&office.path(), &change).await.wrong_fields();
        assert_eq!(wrong[0].0, field, "{change}");
    }
    let rules = format!("/v1/teams/{}/rules", office.brokerage.team);
    assert_eq!(office.tom.client.get(&rules).await.ok()["version"], 1, "nothing was changed");
}
