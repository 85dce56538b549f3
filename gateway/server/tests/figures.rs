//! A team's figures (RSC-4): who has how much in hand, how quickly new leads were contacted, and what rescue brought back,
//! through the started binary, with nobody's name and not a word of anybody in them.

mod support;

use serde_json::{Value, json};
use support::{Answer, Brokerage, Live, Number, Options, Server, Sms, User, stranger};

const WORDS: &str = "planted-tamarind-5512";

struct Office {
    server: Server,
    brokerage: Brokerage,
    ana: User,
    ben: User,
    tom: User,
}

impl Office {
    /// Two agents of one team; three clients of Ana's and one of Ben's have written.
    async fn open() -> Self {
        let server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let (ana, ben, tom) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
        let (hers, his) = (brokerage.connect(&ana).await, brokerage.connect(&ben).await);
        for (number, owner) in [(&hers, &ana), (&hers, &ana), (&hers, &ana), (&his, &ben)] {
            Self::hear(number, owner).await;
        }
        server.settled().await;
        Self { server, brokerage, ana, ben, tom }
    }

    async fn hear(number: &Number, owner: &User) {
        number.deliver(&owner.client, &Sms::new(&stranger(), WORDS)).await;
    }

    async fn asked_by(&self, user: &User) -> Answer {
        user.client.get(&format!("/v1/teams/{}/figures", self.brokerage.team)).await
    }

    async fn figures(&self) -> Value {
        self.server.settled().await;
        let answer = self.asked_by(&self.tom).await;
        assert!(!answer.text.contains(WORDS), "{}", answer.text);
        answer.ok()
    }

    /// Contact as somebody noted it.
    async fn touch(&self, by: &User, lead: &str) {
        let note = json!({"body": "Spoke on the phone", "client_interaction": true});
        by.client.post(&format!("/v1/leads/{lead}/notes"), &note).await.ok();
    }

    /// Makes every lead Stale, and gives the team its long windows back.
    async fn neglect(&self) {
        self.brokerage.change_rules(json!({"first_contact_s": 1, "stale_after_s": 2})).await;
        for (agent, leads) in [(&self.ana, 3), (&self.ben, 1)] {
            let mut live = agent.live(None).await;
            let stale = |live: &Live| live.cards.values().filter(|card| card["kind"] == "rescue").count();
            live.until("all of them Stale", |live| stale(live) == leads).await;
        }
        self.brokerage.change_rules(json!({"first_contact_s": 3600, "stale_after_s": 172_800})).await;
    }
}

fn held<'a>(figures: &'a Value, owner: &User) -> &'a Value {
    let all = figures["held"].as_array().expect("who has what");
    all.iter().find(|held| held["owner_id"] == json!(owner.id)).expect("somebody with leads")
}

fn counts(owner: &User, [new, active, stale, awaiting]: [u32; 4]) -> Value {
    json!({
        "owner_id": owner.id, "new": new, "active": active, "at_risk": 0, "stale": stale, "awaiting_reply": awaiting,
    })
}

#[tokio::test]
async fn rsc_4_a_team_lead_sees_who_is_drowning_and_what_rescue_won_back_and_a_restart_changes_no_figure() {
    let mut office = Office::open().await;
    let leads: Vec<String> = office.ana.leads().await.iter().map(|lead| id(lead).to_owned()).collect();

    let first = office.figures().await;
    assert_eq!(held(&first, &office.ana), &counts(&office.ana, [3, 0, 0, 3]));
    assert_eq!(held(&first, &office.ben), &counts(&office.ben, [1, 0, 0, 1]));
    let contact = |contacted: u32, late: u32, figures: &Value| {
        let told = &figures["first_contact"];
        assert_eq!((&told["leads"], &told["contacted"]), (&json!(4), &json!(contacted)), "{told}");
        assert_eq!((&told["late"], told["median_s"].is_null()), (&json!(late), contacted == 0), "{told}");
    };
    contact(0, 0, &first);
    assert_eq!((&first["won_back"]["leads"], &first["won_back"]["of"]), (&json!(0), &json!(0)));

    office.touch(&office.ana, &leads[0]).await;
    let touched = office.figures().await;
    assert_eq!(held(&touched, &office.ana), &counts(&office.ana, [2, 1, 0, 2]));
    contact(1, 0, &touched);

    office.neglect().await;
    let stale = office.figures().await;
    assert_eq!(held(&stale, &office.ana), &counts(&office.ana, [0, 0, 3, 2]));
    assert_eq!(
        stale["held"][0]["owner_id"],
        json!(office.ana.id),
        "whoever has the most Stale ones is first"
    );
    contact(1, 3, &stale);
    assert_eq!((&stale["won_back"]["leads"], &stale["won_back"]["of"]), (&json!(0), &json!(4)));

    // A hand-back, a new owner, the owner after all; Ben's stays Stale.
    let Office { ana, ben, tom, .. } = &office;
    office.touch(tom, &leads[0]).await;
    tom.client.post(&format!("/v1/leads/{}/hand-back", leads[0]), &json!({})).await.ok();
    tom.client.post(&format!("/v1/leads/{}/reassign", leads[1]), &json!({"owner_id": ben.id})).await.ok();
    office.touch(ana, &leads[2]).await;
    let won = office.figures().await;
    let expected = json!({"leads": 3, "of": 4, "hand_backs": 1, "reassignments": 1, "owners_touches": 1});
    assert_eq!(won["won_back"], expected);
    assert_eq!(won["held"][0], counts(ben, [0, 1, 1, 2]));
    assert_eq!(held(&won, ana), &counts(ana, [0, 2, 0, 0]));

    // What is put away is in nobody's hands.
    ana.client.patch(&format!("/v1/leads/{}", leads[2]), &json!({"status": "archived"})).await.ok();
    let rest = office.figures().await;
    assert_eq!(held(&rest, ana), &counts(ana, [0, 1, 0, 0]));
    assert_eq!((&rest["won_back"]["leads"], &rest["won_back"]["of"]), (&json!(2), &json!(3)));

    office.server.terminate().await;
    office.server.restart().await;
    let mut again = office.figures().await;
    again["counted_at"] = rest["counted_at"].clone();
    assert_eq!(again, rest);
}

fn id(lead: &Value) -> &str {
    lead["id"].as_str().expect("an id")
}

#[tokio::test]
async fn ten_4_figures_of_a_team_are_for_its_leads_and_administrators() {
    let office = Office::open().await;
    office.asked_by(&office.ana).await.problem(403, "forbidden");
    let elsewhere = office.brokerage.new_team("South").await;
    let tina = office.brokerage.user("team_lead", &elsewhere).await;
    office.asked_by(&tina).await.not_found();
    let admin = &office.brokerage.admin;
    assert_eq!(office.asked_by(admin).await.ok()["held"].as_array().map(Vec::len), Some(2));
    let theirs = tina.client.get(&format!("/v1/teams/{elsewhere}/figures")).await.ok();
    assert_eq!(theirs["held"], json!([]));
    let other = Brokerage::open(&office.server).await;
    office.asked_by(&other.admin).await.not_found();
}
