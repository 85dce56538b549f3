//! Two leads that are one person, merged by a person and taken apart again (IDN-3), through whatever dies half-way.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{
    Account, Answer, Brokerage, Client, LONG_ENOUGH, Number, Options, POLL, Server, Sms, User, stranger,
};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

const SECRET: &str = "app-secret-of-merging";
const PLANTED: &str = "planted-lovage-5518";

fn id(item: &Value) -> &str {
    item["id"].as_str().expect("an id")
}

async fn merge(client: &Client, into: &str, lead: &str) -> Answer {
    client.post(&format!("/v1/leads/{into}/merges"), &json!({"lead_id": lead})).await
}

async fn take_back(client: &Client, into: &str, lead: &str) -> Answer {
    client.delete(&format!("/v1/leads/{into}/merges/{lead}")).await
}

/// What was written in a thread, oldest first.
async fn bodies(user: &User, lead: &str) -> Vec<String> {
    let events = user.events(lead).await;
    let mut bodies: Vec<String> =
        events.iter().filter_map(|event| event["body"].as_str()).map(str::to_owned).collect();
    bodies.reverse();
    bodies
}

/// The cards of a user, by lead and kind.
async fn cards(user: &User) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let cards = user.cards().await;
    let mut cards: Vec<_> = cards.iter().map(|card| (text(&card["lead_id"]), text(&card["kind"]))).collect();
    cards.sort();
    cards
}

/// A person who wrote by SMS and on a page, and is two leads.
struct Twice {
    ana: User,
    number: Number,
    page: Account,
    phone: String,
    psid: String,
    /// By SMS.
    one: String,
    /// On the page.
    other: String,
}

impl Twice {
    async fn open(server: &Server, brokerage: &Brokerage, page: &str) -> Self {
        let ana = brokerage.agent().await;
        let number = brokerage.connect(&ana).await;
        let page = Account::connect(brokerage, &ana, "messenger", page, SECRET).await;
        let (phone, psid) = (stranger(), format!("psid-{}", page.account));
        number.deliver(&ana.client, &Sms::new(&phone, "first, by SMS")).await;
        server.settled().await;
        let one = id(&ana.leads().await[0]).to_owned();
        page.deliver(&ana.client, &page.text(&psid, &format!("{psid}-1"), "second, on the page")).await;
        server.settled().await;
        let leads = ana.leads().await;
        let other = leads.iter().map(id).find(|lead| *lead != one).expect("two leads").to_owned();
        Self { ana, number, page, phone, psid, one, other }
    }

    async fn again(&mut self, server: &Server) {
        self.ana = User::sign_in(&Client::new(server, None), &self.ana.email, &self.ana.password).await;
    }

    async fn on_page(&self, server: &Server, n: u32, text: &str) {
        self.page
            .deliver(&self.ana.client, &self.page.text(&self.psid, &format!("{}-{n}", self.psid), text))
            .await;
        server.settled().await;
    }

    async fn by_sms(&self, server: &Server, text: &str) {
        self.number.deliver(&self.ana.client, &Sms::new(&self.phone, text)).await;
        server.settled().await;
    }

    /// Everything is in one place.
    async fn is_one(&self, server: &Server, written: &[&str]) {
        server.settled().await;
        let leads = self.ana.leads().await;
        assert_eq!((leads.len(), id(&leads[0])), (1, self.one.as_str()));
        let lead = self.ana.lead(&self.one).await;
        assert_eq!(lead["phones"], json!([self.phone]));
        assert_eq!(lead["handles"], json!([{"kind": "messenger", "value": self.psid}]));
        assert_eq!(lead["merged"][0]["lead_id"], json!(self.other));
        assert_eq!(bodies(&self.ana, &self.one).await, written);
        assert!(cards(&self.ana).await.iter().all(|(lead, _)| *lead == self.one));
        assert_eq!(cards(&self.ana).await.len(), 1);
    }

    /// Each is a lead of its own.
    async fn are_two(&self, server: &Server) {
        server.settled().await;
        assert_eq!(self.ana.leads().await.len(), 2);
        let (one, other) = (self.ana.lead(&self.one).await, self.ana.lead(&self.other).await);
        assert_eq!((&one["phones"], &one["handles"]), (&json!([self.phone]), &json!([])));
        assert_eq!(other["handles"], json!([{"kind": "messenger", "value": self.psid}]));
        assert_eq!((&one["merged"], &other["merged"]), (&json!([]), &json!([])));
    }
}

#[tokio::test]
async fn idn_3_two_leads_become_one_with_all_that_was_written_and_two_again() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twice = Twice::open(server, &brokerage, "page-m1").await;
    let Twice { ana, one, other, .. } = &twice;
    let planned = json!({"due_at": "2031-01-01T09:00:00Z", "title": PLANTED});
    ana.client.post(&format!("/v1/leads/{other}/follow-ups"), &planned).await.ok();
    let state =
        |lead: &Value| (lead["state"].clone(), lead["last_touch_at"].clone(), lead["owner_id"].clone());
    let before = [ana.lead(one).await, ana.lead(other).await];
    let decked = cards(ana).await;
    let mut live = ana.live(None).await;

    let merged = merge(&ana.client, one, other).await.ok();
    assert_eq!(merged["merged"][0]["by"], json!(ana.id));
    assert_eq!(merge(&ana.client, one, other).await.ok()["version"], merged["version"], "once");
    live.until("the other lead's card is gone", |live| live.cards.len() == 1).await;
    twice.is_one(server, &["first, by SMS", "second, on the page"]).await;
    // In one order, page by page.
    let path = format!("/v1/leads/{one}/events");
    let whole = ana.client.all(&path).await;
    assert_eq!(ana.client.pages(&path, 2).await.concat(), whole);
    assert!(whole.iter().all(|event| event["lead_id"] == one.as_str()));
    let times: Vec<&str> = whole.iter().filter_map(|event| event["received_at"].as_str()).collect();
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    // The other one is named to those who may know, and nobody finds it otherwise.
    let gone = ana.client.get(&format!("/v1/leads/{other}")).await.problem(409, "lead_merged");
    assert_eq!(gone["lead_id"], json!(one));
    ana.client.get(&format!("/v1/leads/{other}/events")).await.not_found();
    // Whichever way they write, it comes here.
    twice.on_page(server, 2, "third, on the page").await;
    twice.by_sms(server, "fourth, by SMS").await;
    let written = ["first, by SMS", "second, on the page", "third, on the page", "fourth, by SMS"];
    twice.is_one(server, &written).await;

    take_back(&ana.client, one, other).await.ok();
    take_back(&ana.client, one, other).await.not_found();
    twice.are_two(server).await;
    let after = [ana.lead(one).await, ana.lead(other).await];
    assert_eq!(after.each_ref().map(state), before.each_ref().map(state));
    assert_eq!(cards(ana).await, decked);
    // What was written since stays where it is; what is written now finds its own again.
    twice.on_page(server, 3, "fifth, on the page").await;
    twice.by_sms(server, "sixth, by SMS").await;
    assert_eq!(bodies(ana, other).await, ["second, on the page", "fifth, on the page"]);
    let here = ["first, by SMS", "third, on the page", "fourth, by SMS", "sixth, by SMS"];
    assert_eq!(bodies(ana, one).await, here);
    for action in ["lead.merged", "lead.merged_into", "lead.merge_undone", "lead.came_back"] {
        let entries = brokerage.admin.client.all(&format!("/v1/audit?action={action}")).await;
        assert_eq!(entries.len(), 1, "{action}: {entries:?}");
    }
    assert!(!server.log().text().contains(PLANTED) && !server.log().text().contains(&twice.phone));
}

#[tokio::test]
async fn idn_3_only_whoever_may_change_both_merges_them_and_what_waits_keeps_them_apart() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twice = Twice::open(server, &brokerage, "page-m2").await;
    let Twice { ana, one, other, .. } = &twice;
    let (ben, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let elsewhere = Brokerage::open(server).await;
    let his = ben.client.post("/v1/leads", &json!({"first_name": "B", "last_name": "C", "email": format!("{}@clients.example", support::mutation_id())})).await.ok();
    for nobody in [&ben.client, &elsewhere.admin.client] {
        merge(nobody, one, other).await.not_found();
        take_back(nobody, one, other).await.not_found();
    }
    merge(&tim.client, one, other).await.problem(403, "role_lacks_right");
    for unknown in [id(&his), brokerage.team.as_str()] {
        let wrong = merge(&ana.client, one, unknown).await.wrong_fields();
        assert_eq!(wrong, [("lead_id".to_owned(), "not_found".to_owned())]);
    }
    let itself = merge(&ana.client, one, one).await.wrong_fields();
    assert_eq!(itself, [("lead_id".to_owned(), "not_allowed".to_owned())]);
    take_back(&ana.client, one, other).await.not_found();

    // The one that is to go has a call without its outcome; the one that stays is put away.
    let call = ana.client.request(Method::POST, &format!("/v1/leads/{one}/calls"));
    let call = ana.client.send(call).await.ok();
    merge(&ana.client, other, one).await.problem(409, "outcome_missing");
    let outcome = format!("/v1/leads/{one}/calls/{}/outcome", id(&call));
    ana.client.post(&outcome, &json!({"result": "no_answer"})).await.ok();
    ana.client.patch(&format!("/v1/leads/{other}"), &json!({"status": "archived"})).await.ok();
    merge(&ana.client, other, one).await.problem(409, "lead_archived");
    ana.client.patch(&format!("/v1/leads/{other}"), &json!({"status": "lead"})).await.ok();
    twice.are_two(server).await;
    assert!(cards(ana).await.iter().any(|(lead, _)| lead == one), "as it was");
    // An administrator may, across owners; of a chain each link is taken back by itself.
    merge(&brokerage.admin.client, id(&his), one).await.ok();
    ana.client.get(&format!("/v1/leads/{one}")).await.not_found();
    merge(&ana.client, one, other).await.not_found();
    merge(&brokerage.admin.client, id(&his), other).await.ok();
    assert_eq!(bodies(&ben, id(&his)).await, ["first, by SMS", "second, on the page"]);
    take_back(&brokerage.admin.client, id(&his), one).await.ok();
    take_back(&brokerage.admin.client, id(&his), other).await.ok();
    twice.are_two(server).await;
}

#[tokio::test]
async fn idn_3_a_merge_that_dies_anywhere_comes_to_one_end_and_so_does_taking_it_back() {
    for (point, nth) in [("commit", 1), ("commit", 2), ("identify", 1), ("project_directory", 1)] {
        let mut server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let mut twice = Twice::open(&server, &brokerage, "page-mk").await;
        let mut written = vec!["first, by SMS", "second, on the page"];
        for deed in [Method::POST, Method::DELETE] {
            server.terminate().await;
            let from = server.folder().join(format!("now-{deed}"));
            server.change(|options| {
                options
                    .variable("HEARTHLINE_KILL_AT", format!("{point}:{nth}"))
                    .variable("HEARTHLINE_KILL_FROM", from.display())
            });
            server.restart().await;
            twice.again(&server).await;
            std::fs::write(&from, "").expect("the mark can be written");
            let merges = format!("/v1/leads/{}/merges", twice.one);
            let request = if deed == Method::POST {
                twice.ana.client.request(deed.clone(), &merges).json(&json!({"lead_id": twice.other}))
            } else {
                twice.ana.client.request(deed.clone(), &format!("{merges}/{}", twice.other))
            };
            let answer = twice.ana.client.try_send(request).await;
            assert!(answer.is_err() || point == "project_directory", "{point}:{nth}: it dies in the {deed}");
            server.exited().await;
            server.change(|options| options.variable("HEARTHLINE_KILL_AT", ""));
            server.restart().await;
            twice.again(&server).await;
            // Nobody asks for it again: the note of it is enough.
            let merged = json!(if deed == Method::POST { 1 } else { 0 });
            let ends = async {
                loop {
                    let lead = twice.ana.lead(&twice.one).await;
                    let other = twice.ana.client.get(&format!("/v1/leads/{}", twice.other)).await;
                    let there = u64::from(other.status == 409);
                    let count = lead["merged"].as_array().map_or(0, Vec::len);
                    if json!(count) == merged && json!(there) == merged {
                        return;
                    }
                    tokio::time::sleep(POLL).await;
                }
            };
            server
                .log()
                .within(LONG_ENOUGH, &format!("the {deed} that died at {point}:{nth} ends"), ends)
                .await;
            let text = if deed == Method::POST { "third, on the page" } else { "fourth, on the page" };
            let n = if deed == Method::POST { 2 } else { 3 };
            // The addresses follow: whatever is written next finds its lead.
            twice.on_page(&server, n, text).await;
            if deed == Method::POST {
                written.push(text);
                twice.is_one(&server, &written).await;
            } else {
                twice.are_two(&server).await;
                let own = bodies(&twice.ana, &twice.other).await;
                assert_eq!(own, ["second, on the page", "fourth, on the page"], "{point}:{nth}");
            }
        }
    }
}
