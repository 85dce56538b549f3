//! Leads by hand, and what people write about them: notes, follow-ups, calls, owners (CRM-1, CRM-2, IDN-4, PRV-1, TEN-2).

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::{Brokerage, Client, Options, Server, Sms, User, mutation_id, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

async fn office() -> (&'static Server, Brokerage, User) {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    (server, brokerage, ana)
}

fn person() -> Value {
    json!({"first_name": "Maria", "last_name": "Oliveira", "email": format!("{}@clients.example", mutation_id())})
}

fn with(mut of: Value, field: &str, value: Value) -> Value {
    of[field] = value;
    of
}

async fn made(by: &User, new: &Value) -> Value {
    by.client.post("/v1/leads", new).await.ok()
}

fn path(lead: &Value, rest: &str) -> String {
    format!("/v1/leads/{}{rest}", lead["id"].as_str().expect("an id"))
}

fn wrong(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect()
}

fn kinds(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[tokio::test]
async fn crm_1_a_lead_made_by_hand_is_listed_has_a_card_and_hears_from_its_client() {
    let (server, brokerage, ana) = office().await;
    let phone = stranger();
    let new = with(person(), "phone", json!(phone));
    let new = with(with(new, "birthday", json!("1984-02-29")), "address", json!("1 Elm Street"));
    let new = with(with(new, "tags", json!(["buyer", "buyer", "north"])), "language", json!("pt"));
    let answer = ana.client.post("/v1/leads", &new).await;
    assert_eq!((answer.status, answer.headers["etag"].clone()), (201, "\"1\"".parse().expect("a value")));
    let lead = answer.ok();
    assert_eq!(
        (&lead["name"], &lead["state"], &lead["owner_id"]),
        (&json!("Maria Oliveira"), &json!("new"), &json!(ana.id))
    );
    assert_eq!((&lead["emails"], &lead["phones"]), (&json!([new["email"]]), &json!([phone])));
    assert_eq!(
        (&lead["tags"], &lead["birthday"], &lead["source"]),
        (&json!(["buyer", "north"]), &json!("1984-02-29"), &json!("manual"))
    );
    assert_eq!(ana.client.all("/v1/leads?q=OLIVEIRA&tag=north").await.len(), 1);
    let cards = ana.cards().await;
    assert_eq!(
        (cards.len(), &cards[0]["kind"], &cards[0]["lead_name"]),
        (1, &json!("contact_now"), &json!("Maria Oliveira"))
    );

    // The client writes: one lead.
    let number = brokerage.connect(&ana).await;
    number.deliver(&ana.client, &Sms::new(&phone, "It is me")).await;
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 1);
    assert_eq!(ana.messages(lead["id"].as_str().expect("an id")).await.len(), 1);
}

#[tokio::test]
async fn crm_1_wrong_fields_are_named_all_at_once_with_what_is_allowed() {
    let (_server, brokerage, ana) = office().await;
    let empty = ana.client.post("/v1/leads", &json!({})).await;
    assert_eq!(
        empty.wrong_fields(),
        wrong(&[("email", "required"), ("first_name", "required"), ("last_name", "required")])
    );
    let all = json!({"first_name": "", "last_name": "x".repeat(101), "email": "nobody", "phone": "12", "birthday": "1985-02-29",
        "source": "import", "tags": ["a", ""], "language": "?", "owner_id": "me", "colour": "red"});
    let expected = wrong(&[
        ("birthday", "invalid_date"),
        ("colour", "unknown_field"),
        ("email", "invalid_email"),
        ("first_name", "too_short"),
        ("language", "invalid_language"),
        ("last_name", "too_long"),
        ("owner_id", "invalid_id"),
        ("phone", "invalid_phone"),
        ("source", "not_allowed"),
        ("tags", "too_short"),
    ]);
    assert_eq!(ana.client.post("/v1/leads", &all).await.wrong_fields(), expected);
    // Where the tenant wants a phone number, it is required.
    ana.client.patch("/v1/tenant", &json!({"phone_required": true})).await.problem(403, "forbidden");
    let set = brokerage.admin.client.patch("/v1/tenant", &json!({"phone_required": true})).await.ok();
    assert_eq!(set["phone_required"], true);
    let without = ana.client.post("/v1/leads", &person()).await;
    assert_eq!(without.wrong_fields(), wrong(&[("phone", "required")]));
    made(&ana, &with(person(), "phone", json!(stranger()))).await;
}

#[tokio::test]
async fn idn_4_an_address_of_another_lead_is_refused_by_its_field_and_names_the_lead_to_those_who_know_it_alone()
 {
    let (server, brokerage, ana) = office().await;
    let (ben, tom) = (brokerage.agent().await, brokerage.team_lead().await);
    let sue = brokerage.user("team_lead", &brokerage.new_team("South").await).await;
    let phone = stranger();
    let first = with(person(), "phone", json!(phone));
    let lead = made(&ben, &first).await;
    let shout = first["email"].as_str().expect("a text").to_uppercase();
    for (new, field) in
        [(with(person(), "email", json!(shout)), "email"), (with(person(), "phone", json!(phone)), "phone")]
    {
        let answer = ana.client.post("/v1/leads", &new).await;
        let problem = answer.problem(409, "identity_taken");
        assert_eq!(
            (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
            (&json!(field), &json!("taken"))
        );
        assert!(!answer.text.contains(lead["id"].as_str().expect("an id")) && !answer.text.contains(&ben.id));
        // Its owner, and whoever else may know of it, is told which lead it is.
        for knows in [&ben, &tom] {
            let problem = knows.client.post("/v1/leads", &new).await.problem(409, "identity_taken");
            assert_eq!(problem["lead_id"], lead["id"]);
        }
        let stranger_to_it = sue.client.post("/v1/leads", &new).await.problem(409, "identity_taken");
        assert!(stranger_to_it.get("lead_id").is_none(), "{stranger_to_it}");
    }
    // The e-mail address of the refused one is nobody's.
    let again = with(person(), "phone", json!(phone));
    ana.client.post("/v1/leads", &again).await.problem(409, "identity_taken");
    made(&ana, &with(person(), "email", again["email"].clone())).await;
    // Another tenant is another world.
    let elsewhere = Brokerage::open(server).await;
    made(&elsewhere.agent().await, &first).await;
}

#[tokio::test]
async fn crm_1_a_record_is_changed_from_the_version_that_was_seen_and_put_away_and_brought_back() {
    let (_server, brokerage, ana) = office().await;
    let lead = made(&ana, &person()).await;
    let patch = |change: Value, version: u64| {
        let request = ana.client.request(Method::PATCH, &path(&lead, "")).json(&change);
        ana.client.send(request.header("If-Match", format!("\"{version}\"")))
    };
    let changed = patch(json!({"last_name": "Silva", "address": "2 Oak Street", "tags": ["vip"]}), 1).await;
    assert_eq!(changed.headers["etag"], "\"2\"");
    let changed = changed.ok();
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["version"]),
        (&json!("Maria Silva"), &json!(["vip"]), &json!(2))
    );
    assert_eq!(ana.cards().await[0]["lead_name"], "Maria Silva");
    patch(json!({"address": null}), 1).await.problem(412, "version_mismatch");
    let same = patch(json!({"last_name": "Silva"}), 2).await.ok();
    assert_eq!(same["version"], 2, "nothing changed");
    assert_eq!(
        patch(json!({"name": "Both", "first_name": "Too"}), 2).await.wrong_fields(),
        wrong(&[("name", "not_allowed")])
    );

    let away = patch(json!({"status": "archived", "address": null}), 2).await.ok();
    assert_eq!(
        (&away["status"], &away["address"], &away["next_action_at"]),
        (&json!("archived"), &Value::Null, &Value::Null)
    );
    assert!(ana.cards().await.is_empty());
    let back = patch(json!({"status": "active_client"}), 3).await.ok();
    assert_eq!((&back["status"], &back["state"]), (&json!("active_client"), &json!("active")));
    let events = ana.events(lead["id"].as_str().expect("an id")).await;
    let noted: Vec<&Value> =
        events.iter().filter(|event| event["detail"]["what"] == "record_changed").collect();
    assert!(noted.iter().all(|event| event["explanation"] == "Details noted."), "{noted:?}");
    let fields: Vec<&Value> = noted.iter().map(|event| &event["detail"]["fields"]).collect();
    assert!(fields.contains(&&json!(["name", "last_name", "address", "tags"])), "{fields:?}");

    // Others may not: a team lead of a lead that is not Stale, an agent of the team.
    let tim = brokerage.team_lead().await;
    tim.client.patch(&path(&lead, ""), &json!({"tags": []})).await.problem(403, "role_lacks_right");
    brokerage.agent().await.client.patch(&path(&lead, ""), &json!({"tags": []})).await.not_found();
    brokerage.admin.client.patch(&path(&lead, ""), &json!({"tags": ["by an admin"]})).await.ok();
}

#[tokio::test]
async fn crm_2_deleting_is_soft_and_refused_while_there_was_contact_not_long_ago() {
    let (server, brokerage, ana) = office().await;
    let number = brokerage.connect(&ana).await;
    let phone = stranger();
    number.deliver(&ana.client, &Sms::new(&phone, "Hello")).await;
    server.settled().await;
    let wrote = ana.leads().await.remove(0);
    ana.client.delete(&path(&wrote, "")).await.problem(409, "recent_activity");
    let quiet = made(&ana, &with(person(), "phone", json!(stranger()))).await;
    brokerage.agent().await.client.delete(&path(&quiet, "")).await.not_found();
    assert_eq!(ana.client.delete(&path(&quiet, "")).await.status, 204);
    ana.client.get(&path(&quiet, "")).await.not_found();
    ana.client.delete(&path(&quiet, "")).await.not_found();
    assert_eq!(ana.leads().await.len(), 1);
    assert_eq!(ana.cards().await.len(), 1);
    // Who still writes waits for a person's decision.
    number
        .deliver(&ana.client, &Sms::new(quiet["phones"][0].as_str().expect("a phone"), "Still there?"))
        .await;
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 1);
}

/// Types and times are derived; every text is raw.
async fn reads_no_word(other: &User, lead: &str, own: &[Value]) {
    let seen = other.events(lead).await;
    assert_eq!(kinds(&seen), kinds(own));
    for event in &seen {
        for field in ["body", "subject", "html", "attachments"] {
            assert!(event.get(field).is_none(), "{field} in {event}");
        }
    }
    let text = json!(seen).to_string();
    assert!(!["moosgruen", "quittengelee", "zinnoberrot"].iter().any(|word| text.contains(word)));
}

#[tokio::test]
async fn prv_1_notes_titles_and_outcomes_are_read_by_the_owner_and_by_nobody_else() {
    let (server, brokerage, ana) = office().await;
    let tim = brokerage.team_lead().await;
    let phone = stranger();
    let lead = made(&ana, &with(person(), "phone", json!(phone))).await;
    let long = format!("moosgruen {}", "ä".repeat(9_900));
    let note = json!({"body": long});
    let request = || {
        ana.client
            .request(Method::POST, &path(&lead, "/notes"))
            .json(&note)
            .header("Idempotency-Key", "note-1")
    };
    let first = ana.client.send(request()).await;
    assert_eq!(first.status, 201);
    let first = first.ok();
    assert_eq!(ana.client.send(request()).await.ok(), first, "sent twice, it is one note");
    ana.client
        .post(
            &path(&lead, "/follow-ups"),
            &json!({"due_at": "2099-01-01T09:00:00Z", "title": "quittengelee"}),
        )
        .await
        .ok();
    let call = ana.client.send(ana.client.request(Method::POST, &path(&lead, "/calls"))).await.ok();
    assert_eq!(call["tel"], format!("tel:{phone}"));
    let outcome = path(&lead, &format!("/calls/{}/outcome", call["id"].as_str().expect("an id")));
    assert_eq!(
        ana.client.post(&outcome, &json!({"result": "fine"})).await.wrong_fields(),
        wrong(&[("result", "not_allowed")])
    );
    let told = json!({"result": "no_answer", "note": "zinnoberrot"});
    assert_eq!(ana.client.post(&outcome, &told).await.ok()["state"], "new", "nobody was reached");
    ana.client.post(&outcome, &told).await.problem(409, "call_not_open");
    let met = json!({"body": "We met at the flat", "client_interaction": true});
    ana.client.post(&path(&lead, "/notes"), &met).await.ok();
    assert_eq!(
        ana.lead(lead["id"].as_str().expect("an id")).await["state"],
        "active",
        "a note of contact is a touch"
    );

    let id = lead["id"].as_str().expect("an id");
    let own = ana.events(id).await;
    let expected = ["call", "note", "outcome", "state_change", "task"].map(str::to_owned);
    assert_eq!(kinds(&own), BTreeSet::from(expected));
    let find = |kind: &str, field: &str, text: &str| {
        own.iter().any(|event| event["kind"] == kind && event[field] == text)
    };
    assert!(
        find("note", "body", &long)
            && find("task", "subject", "quittengelee")
            && find("outcome", "body", "zinnoberrot")
    );
    for (other, code) in [(&tim, "lead_not_stale"), (&brokerage.admin, "role_lacks_right")] {
        reads_no_word(other, id, &own).await;
        other.client.post(&path(&lead, "/notes"), &note).await.problem(403, code);
    }
    server.settled().await;
    let log = server.log().text();
    assert!(!["moosgruen", "quittengelee", "zinnoberrot", &phone].iter().any(|word| log.contains(word)));
}

#[tokio::test]
async fn ten_2_for_another_tenant_there_is_no_such_lead_whatever_is_asked_of_it() {
    let (server, _brokerage, ana) = office().await;
    let lead = made(&ana, &person()).await;
    let elsewhere = Brokerage::open(server).await.agent().await;
    for rest in ["/notes", "/follow-ups", "/calls", "/reassign"] {
        let body =
            json!({"body": "x", "due_at": "2099-01-01T09:00:00Z", "title": "x", "owner_id": elsewhere.id});
        let fields: &[&str] = match rest {
            "/notes" => &["body"],
            "/follow-ups" => &["due_at", "title"],
            "/calls" => &[],
            _ => &["owner_id"],
        };
        let body: Value = fields
            .iter()
            .map(|field| ((*field).to_owned(), body[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        elsewhere.client.post(&path(&lead, rest), &body).await.not_found();
    }
}

#[tokio::test]
async fn rsc_1_a_lead_changes_hands_and_teams_with_its_cards_rules_and_history() {
    let (server, brokerage, ana) = office().await;
    let tim = brokerage.team_lead().await;
    let south = brokerage.new_team("South").await;
    let (ben, eva) = (brokerage.agent().await, brokerage.user("agent", &south).await);
    let rules = format!("/v1/teams/{south}/rules");
    brokerage.admin.client.patch(&rules, &json!({"first_contact_s": 60})).await.ok();
    let lead = made(&ana, &person()).await;
    let id = lead["id"].as_str().expect("an id");
    let to = |owner: &Value| json!({"owner_id": owner});
    ana.client.post(&path(&lead, "/reassign"), &to(&json!(ben.id))).await.problem(403, "role_lacks_right");
    ben.client.post(&path(&lead, "/reassign"), &to(&json!(ben.id))).await.not_found();
    for nobody in [json!(eva.id), json!(mutation_id())] {
        let answer = tim.client.post(&path(&lead, "/reassign"), &to(&nobody)).await;
        assert_eq!(
            answer.wrong_fields(),
            wrong(&[("owner_id", "not_found")]),
            "a team lead knows their team"
        );
    }
    assert_eq!(
        tim.client.post(&path(&lead, "/reassign"), &json!({})).await.wrong_fields(),
        wrong(&[("owner_id", "required")])
    );
    let admin = brokerage.admin.client.post(&path(&lead, "/reassign"), &to(&json!(brokerage.admin.id))).await;
    assert_eq!(admin.wrong_fields(), wrong(&[("owner_id", "not_allowed")]));

    let now = tim.client.post(&path(&lead, "/reassign"), &to(&json!(ben.id))).await.ok();
    assert_eq!(now["owner_id"], json!(ben.id));
    tim.client.post(&path(&lead, "/reassign"), &to(&json!(ben.id))).await.problem(409, "nothing_changes");
    ana.client.get(&path(&lead, "")).await.not_found();
    assert_eq!((ana.cards().await.len(), ben.cards().await.len()), (0, 1));
    let before = ben.lead(id).await["at_risk_at"].clone();
    brokerage.admin.client.post(&path(&lead, "/reassign"), &to(&json!(eva.id))).await.ok();
    server.settled().await;
    let now = eva.lead(id).await;
    assert_eq!(now["team_id"], json!(south));
    assert_ne!(now["at_risk_at"], before, "the new team's windows hold");
    tim.client.get(&path(&lead, "")).await.not_found();
    brokerage.admin.client.post(&path(&lead, "/reassign"), &to(&Value::Null)).await.ok();
    assert_eq!((eva.cards().await.len(), eva.leads().await.len()), (0, 0));
    let history: Vec<(Value, Value)> = brokerage
        .admin
        .events(id)
        .await
        .iter()
        .filter(|event| event["detail"]["what"] == "owner_changed")
        .map(|event| (event["detail"]["from_owner_id"].clone(), event["detail"]["to_owner_id"].clone()))
        .collect();
    let expected = [(&eva.id, None), (&ben.id, Some(&eva.id)), (&ana.id, Some(&ben.id))];
    assert_eq!(history, expected.map(|(from, to)| (json!(from), json!(to))));
}

#[tokio::test]
async fn crm_1_a_create_that_dies_anywhere_is_finished_by_its_key_and_makes_one_lead() {
    for (point, nth) in
        [("identify", 1), ("identify", 2), ("hot", 1), ("key", 1), ("commit", 1), ("project_directory", 1)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let from = folder.path().join("now");
        let options = Options::default()
            .variable("HEARTHLINE_KILL_AT", format!("{point}:{nth}"))
            .variable("HEARTHLINE_KILL_FROM", from.display());
        let mut server = Server::start(options).await;
        let brokerage = Brokerage::open(&server).await;
        let ana = brokerage.agent().await;
        std::fs::write(&from, "").expect("a file");
        let new = with(person(), "phone", json!(stranger()));
        let request = |client: &Client| {
            client.request(Method::POST, "/v1/leads").json(&new).header("Idempotency-Key", "the-create")
        };
        if let Ok(answer) = ana.client.try_send(request(&ana.client)).await {
            panic!("{point}:{nth}: it answered {} {}", answer.status, answer.text);
        }
        server.exited().await;
        std::fs::remove_file(&from).expect("a file");
        server.restart().await;
        let ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
        let lead = ana.client.send(request(&ana.client)).await;
        assert_eq!(lead.status, 201, "{point}: {}", lead.text);
        let lead = lead.ok();
        server.settled().await;
        assert_eq!(ana.client.send(request(&ana.client)).await.ok(), lead, "{point}");
        let leads = ana.leads().await;
        assert_eq!((leads.len(), &leads[0]["id"]), (1, &lead["id"]), "{point}");
        assert_eq!(
            (&leads[0]["emails"], &leads[0]["phones"]),
            (&json!([new["email"]]), &json!([new["phone"]]))
        );
        assert_eq!(ana.cards().await.len(), 1, "{point}");
        // Without the key the addresses are taken.
        ana.client.post("/v1/leads", &new).await.problem(409, "identity_taken");
    }
}

#[tokio::test]
async fn crm_1_a_create_that_nobody_finishes_leaves_its_addresses_to_whoever_comes_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("now");
    let options = Options::default()
        .variable("HEARTHLINE_KILL_AT", "identify:2")
        .variable("HEARTHLINE_KILL_FROM", from.display());
    let mut server = Server::start(options).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    std::fs::write(&from, "").expect("a file");
    let phone = stranger();
    let new = with(person(), "phone", json!(phone));
    assert!(ana.client.try_send(ana.client.request(Method::POST, "/v1/leads").json(&new)).await.is_err());
    server.exited().await;
    std::fs::remove_file(&from).expect("a file");
    server.restart().await;
    let ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
    // The same person, typed in again; then the client writes.
    let lead = made(&ana, &new).await;
    number.deliver(&ana.client, &Sms::new(&phone, "Hello")).await;
    server.settled().await;
    let leads = ana.leads().await;
    assert_eq!((leads.len(), &leads[0]["id"]), (1, &lead["id"]));
}

#[tokio::test]
async fn idn_4_two_people_who_write_down_one_e_mail_at_once_make_one_lead_and_the_other_number_stays_free() {
    let (server, brokerage, ana) = office().await;
    let ben = brokerage.agent().await;
    for _ in 0..24 {
        let (email, numbers) = (person()["email"].clone(), [stranger(), stranger()]);
        let new = |n: usize| with(with(person(), "email", email.clone()), "phone", json!(numbers[n]));
        let (first, second) = (new(0), new(1));
        let (one, other) =
            tokio::join!(ana.client.post("/v1/leads", &first), ben.client.post("/v1/leads", &second));
        let made = usize::from(one.status != 201);
        let (winner, loser) = if made == 0 { (one, other) } else { (other, one) };
        assert_eq!((winner.status, loser.status), (201, 409), "{} {}", winner.text, loser.text);
        let refused = loser.problem(409, "identity_taken");
        assert_eq!(refused["errors"][0]["field"], "email");
        assert_eq!(winner.ok()["phones"], json!([numbers[made]]));
        // Nobody has the number that was refused.
        let alone = with(person(), "phone", json!(numbers[1 - made]));
        assert_eq!(self::made(&ben, &alone).await["phones"], json!([numbers[1 - made]]));
    }
    server.settled().await;
    assert_eq!(ana.leads().await.len() + ben.leads().await.len(), 48);
}

#[tokio::test]
async fn idn_4_a_create_that_died_leaves_no_number_with_the_lead_of_whoever_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let from = folder.path().join("now");
    let options = Options::default()
        .variable("HEARTHLINE_KILL_AT", "identify:2")
        .variable("HEARTHLINE_KILL_FROM", from.display());
    let mut server = Server::start(options).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    std::fs::write(&from, "").expect("a file");
    let (died, phone) = (stranger(), stranger());
    let new = with(person(), "phone", json!(died));
    assert!(ana.client.try_send(ana.client.request(Method::POST, "/v1/leads").json(&new)).await.is_err());
    server.exited().await;
    std::fs::remove_file(&from).expect("a file");
    server.restart().await;
    let ana = User::sign_in(&Client::new(&server, None), &ana.email, &ana.password).await;
    // The same person, with another number: the first one is a stranger's.
    let lead = made(&ana, &with(new, "phone", json!(phone))).await;
    assert_eq!(lead["phones"], json!([phone]));
    number.deliver(&ana.client, &Sms::new(&died, "Who are you?")).await;
    server.settled().await;
    let leads = ana.leads().await;
    assert_eq!(leads.len(), 2);
    assert!(leads.iter().any(|other| other["id"] != lead["id"] && other["phones"] == json!([died])));
}
