//! One person on several channels, linked by a person (IDN-3, IDN-4), and what is written to deleted leads (LIF-7).

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use support::{Account, Answer, Brokerage, Client, Options, Server, Sms, User, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

const SECRET: &str = "app-secret-of-identities";
const PLANTED: &str = "planted-marjoram-2290";

fn id(item: &Value) -> &str {
    item["id"].as_str().expect("an id")
}

fn handle(kind: &str, value: &str) -> Value {
    json!({"kind": kind, "value": value})
}

async fn link(client: &Client, lead: &str, identity: &Value) -> Answer {
    client.post(&format!("/v1/leads/{lead}/identities"), identity).await
}

async fn unlink(client: &Client, lead: &str, identity: &Value) -> Answer {
    let request = client.request(Method::DELETE, &format!("/v1/leads/{lead}/identities"));
    client.send(request.json(identity)).await
}

/// A lead made by hand, with nothing written.
async fn by_hand(owner: &User, phone: &str) -> Value {
    let email = format!("maria{}@clients.example", phone.trim_start_matches('+'));
    let new = json!({"first_name": "Maria", "last_name": "Oliveira", "email": email, "phone": phone});
    owner.client.post("/v1/leads", &new).await.ok()
}

async fn bodies(user: &User, lead: &str) -> Vec<String> {
    let events = user.events(lead).await;
    events.iter().filter_map(|event| event["body"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn idn_3_one_person_on_several_channels_is_one_lead_from_the_link_until_it_is_taken_back() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, tim) = (brokerage.agent().await, brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    let page = Account::connect(&brokerage, &ana, "messenger", "page-i1", SECRET).await;
    let phone = stranger();
    number.deliver(&ana.client, &Sms::new(&phone, "by SMS")).await;
    server.settled().await;
    let lead = id(&ana.leads().await[0]).to_owned();
    let psid = handle("messenger", "psid-7");

    for nobody in [&ben.client, &Brokerage::open(server).await.admin.client] {
        link(nobody, &lead, &psid).await.not_found();
        unlink(nobody, &lead, &handle("phone", &phone)).await.not_found();
    }
    link(&tim.client, &lead, &psid).await.problem(403, "role_lacks_right");
    let linked = link(&ana.client, &lead, &psid).await.ok();
    assert_eq!(linked["handles"], json!([psid]));
    assert_eq!(link(&ana.client, &lead, &psid).await.ok()["version"], linked["version"], "once");
    page.deliver(&ana.client, &page.text("psid-7", "mid-1", PLANTED)).await;
    server.settled().await;
    assert_eq!(ana.leads().await.len(), 1);
    assert!(bodies(&ana, &lead).await.contains(&PLANTED.to_owned()));

    // Taken back: whoever writes from it is somebody else, and what was written stays.
    let alone = unlink(&ana.client, &lead, &psid).await.ok();
    assert_eq!((&alone["handles"], &alone["phones"]), (&json!([]), &json!([phone])));
    unlink(&ana.client, &lead, &psid).await.ok();
    page.deliver(&ana.client, &page.text("psid-7", "mid-2", "who is this")).await;
    server.settled().await;
    let leads = ana.leads().await;
    assert_eq!(leads.len(), 2);
    assert!(bodies(&ana, &lead).await.contains(&PLANTED.to_owned()));
    let other = leads.iter().find(|found| id(found) != lead).expect("another lead");

    // Now it is another lead's: named to those who may know of that.
    let taken = link(&ana.client, &lead, &psid).await.problem(409, "identity_taken");
    assert_eq!((&taken["lead_id"], &taken["errors"][0]["field"]), (&other["id"], &json!("value")));
    let theirs = by_hand(&ben, &stranger()).await;
    let taken = link(&ben.client, id(&theirs), &psid).await.problem(409, "identity_taken");
    assert!(taken["lead_id"].is_null(), "{taken}");
    assert_eq!(ben.lead(id(&theirs)).await["handles"], json!([]));

    let kinds = ana.events(&lead).await;
    let whats: Vec<&str> = kinds.iter().filter_map(|event| event["detail"]["what"].as_str()).collect();
    assert!(whats.contains(&"identity_linked") && whats.contains(&"identity_unlinked"), "{whats:?}");
    for action in ["lead.identity_linked", "lead.identity_unlinked"] {
        let entries = brokerage.admin.client.all(&format!("/v1/audit?action={action}")).await;
        assert_eq!(entries.len(), 1, "{action}: {entries:?}");
    }
    assert!(!server.log().text().contains(&phone) && !server.log().text().contains(PLANTED));
}

#[tokio::test]
async fn idn_3_a_whatsapp_id_that_is_a_phone_is_that_phone_and_wrong_values_are_named() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let lead = by_hand(&ana, &stranger()).await;
    let (phone, mail) = (stranger(), "Second.Maria@Clients.example");
    let linked = link(&ana.client, id(&lead), &handle("whatsapp", phone.trim_start_matches('+'))).await.ok();
    assert!(linked["phones"].as_array().is_some_and(|phones| phones.contains(&json!(phone))), "{linked}");
    let linked = link(&brokerage.admin.client, id(&lead), &handle("email", mail)).await.ok();
    assert!(linked["emails"].as_array().is_some_and(|all| all.contains(&json!(mail.to_lowercase()))));
    for (kind, value, wrong) in [
        ("phone", "no number", "invalid_phone"),
        ("email", "nobody", "invalid_email"),
        ("messenger", "   ", "too_short"),
    ] {
        let fields = link(&ana.client, id(&lead), &handle(kind, value)).await.wrong_fields();
        assert_eq!(fields, [("value".to_owned(), wrong.to_owned())], "{kind}");
    }
    let fields = link(&ana.client, id(&lead), &json!({"kind": "pigeon"})).await.wrong_fields();
    assert_eq!(fields.len(), 2, "{fields:?}");
    for n in 0..40 {
        let answer = link(&ana.client, id(&lead), &handle("instagram", &format!("ig-{n}"))).await;
        if answer.status == 409 {
            answer.problem(409, "too_many_identities");
            // What could not be linked is nobody's.
            let other = by_hand(&ana, &stranger()).await;
            link(&ana.client, id(&other), &handle("instagram", &format!("ig-{n}"))).await.ok();
            return;
        }
        answer.ok();
    }
    panic!("a lead takes any number of addresses");
}

#[tokio::test]
async fn idn_3_a_kill_between_the_claim_and_the_lead_leaves_one_owner_of_the_address() {
    for deed in ["link", "unlink"] {
        let mut server = Server::start(Options::default()).await;
        let brokerage = Brokerage::open(&server).await;
        let ana = brokerage.agent().await;
        let page = Account::connect(&brokerage, &ana, "messenger", "page-k", SECRET).await;
        let lead = by_hand(&ana, &stranger()).await;
        let psid = handle("messenger", "psid-k");
        if deed == "unlink" {
            link(&ana.client, id(&lead), &psid).await.ok();
        }
        server.terminate().await;
        let from = server.folder().join("now");
        server.change(|options| {
            options
                .variable("HEARTHLINE_KILL_AT", "identify:1")
                .variable("HEARTHLINE_KILL_FROM", from.display())
        });
        server.restart().await;
        std::fs::write(&from, "").expect("the mark can be written");
        let method = if deed == "link" { Method::POST } else { Method::DELETE };
        let path = format!("/v1/leads/{}/identities", id(&lead));
        let request = ana.client.request(method, &path).json(&psid);
        assert!(ana.client.try_send(request).await.is_err(), "it dies half-way through the {deed}");
        server.exited().await;
        server.change(|options| options.variable("HEARTHLINE_KILL_AT", ""));
        server.restart().await;

        // The address is this lead's alone: it can be linked to no other, and what is written from it comes here.
        let other = by_hand(&ana, &stranger()).await;
        link(&ana.client, id(&other), &psid).await.problem(409, "identity_taken");
        page.deliver(&ana.client, &page.text("psid-k", "mid-k", "still here")).await;
        server.settled().await;
        assert_eq!(bodies(&ana, id(&lead)).await, ["still here"], "{deed}");
        assert_eq!(ana.leads().await.len(), 2);
        // Done again, it is finished.
        if deed == "link" {
            assert_eq!(link(&ana.client, id(&lead), &psid).await.ok()["handles"], json!([psid]));
        } else {
            assert_eq!(unlink(&ana.client, id(&lead), &psid).await.ok()["handles"], json!([]));
            link(&ana.client, id(&other), &psid).await.ok();
        }
    }
}

#[tokio::test]
async fn lif_7_what_is_written_to_a_deleted_lead_waits_for_a_person_who_brings_it_back_or_not() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    let (kept, gone) = (stranger(), stranger());
    let large = format!("{PLANTED} {}", "x".repeat(20_000));
    let mut leads = Vec::new();
    for phone in [&kept, &gone] {
        let lead = by_hand(&ana, phone).await;
        assert_eq!(ana.client.delete(&format!("/v1/leads/{}", id(&lead))).await.status, 204);
        number.deliver(&ana.client, &Sms::new(phone, "Is it still free?")).await;
        leads.push(lead);
    }
    number.deliver(&ana.client, &Sms::new(&kept, &large)).await;
    server.settled().await;
    assert!(ana.leads().await.is_empty());
    assert!(ana.client.all("/v1/reviews").await.is_empty(), "it is for whoever decides");
    let elsewhere = Brokerage::open(server).await;
    assert!(elsewhere.admin.client.all("/v1/reviews").await.is_empty());
    let south = brokerage.new_team("South").await;
    assert!(brokerage.user("team_lead", &south).await.client.all("/v1/reviews").await.is_empty());

    let waiting = tim.client.all("/v1/reviews").await;
    assert_eq!(brokerage.admin.client.pages("/v1/reviews", 1).await.concat(), waiting);
    assert_eq!(waiting.len(), 3);
    for item in &waiting {
        assert_eq!(item["kind"], "deleted_lead_wrote");
        assert_eq!(item["deeds"], json!(["restore", "dismiss"]));
        let why = item["explanation"].as_str().expect("words");
        assert!(why.starts_with("This lead was deleted, and wrote again by SMS at "), "{why}");
        assert!(!item.to_string().contains("free") && !item.to_string().contains(PLANTED));
    }
    let of = |lead: &Value| {
        let item = waiting.iter().find(|item| item["lead_id"] == lead["id"]).expect("its item");
        format!("/v1/reviews/{}/decide", id(item))
    };
    let decide = |client: Client, path: String, what: &'static str| async move {
        client.post(&path, &json!({"decision": what})).await
    };
    decide(elsewhere.admin.client.clone(), of(&leads[0]), "restore").await.not_found();
    decide(ana.client.clone(), of(&leads[0]), "restore").await.problem(403, "role_lacks_right");
    let wrong = decide(tim.client.clone(), of(&leads[0]), "forget").await.wrong_fields();
    assert_eq!(wrong[0].0, "decision");

    assert_eq!(decide(tim.client.clone(), of(&leads[1]), "dismiss").await.status, 204);
    assert_eq!(decide(tim.client.clone(), of(&leads[0]), "restore").await.status, 204);
    server.settled().await;
    assert!(tim.client.all("/v1/reviews").await.is_empty());
    decide(tim.client.clone(), of(&leads[0]), "restore").await.not_found();
    let back = ana.leads().await;
    assert_eq!(back.len(), 1);
    assert_eq!((&back[0]["id"], &back[0]["state"]), (&leads[0]["id"], &json!("active")));
    let mut written = bodies(&ana, id(&leads[0])).await;
    written.sort();
    assert_eq!(written, ["Is it still free?".to_owned(), large]);
    let cards = ana.cards().await;
    assert_eq!((cards.len(), &cards[0]["kind"]), (1, &json!("reply")));
    for action in ["lead.restored", "message.reviewed"] {
        assert!(
            !brokerage.admin.client.all(&format!("/v1/audit?action={action}")).await.is_empty(),
            "{action}"
        );
    }
    assert!(!server.log().text().contains(PLANTED));
}

#[tokio::test]
async fn idn_6_a_client_who_writes_to_another_agents_number_stays_one_lead_and_that_agent_reads_that_message_alone()
 {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben, cleo) = (brokerage.agent().await, brokerage.agent().await, brokerage.agent().await);
    let tim = brokerage.team_lead().await;
    let (hers, his) = (brokerage.connect(&ana).await, brokerage.connect(&ben).await);
    let phone = stranger();
    hers.deliver(&ana.client, &Sms::new(&phone, "To Ana, before")).await;
    server.settled().await;
    let lead = id(&ana.leads().await[0]).to_owned();
    assert!(ben.client.all("/v1/notices").await.is_empty());
    his.deliver(&ben.client, &Sms::new(&phone, PLANTED)).await;
    hers.deliver(&ana.client, &Sms::new(&phone, "To Ana, after")).await;
    server.settled().await;

    // One lead, Ana's, with all of it.
    assert!(ben.leads().await.is_empty() && ben.cards().await.is_empty());
    let mut written = bodies(&ana, &lead).await;
    written.sort();
    assert_eq!(written, ["To Ana, after", "To Ana, before", PLANTED]);
    // Ben is told whose client that is, and nothing of the lead.
    let told = ben.client.all("/v1/notices").await;
    assert_eq!(told.len(), 1);
    let notice = &told[0];
    assert_eq!((&notice["kind"], &notice["channel"]), (&json!("belongs_to_another"), &json!("sms")));
    assert_eq!((&notice["owner_id"], &notice["connection_id"]), (&json!(ana.id), &json!(his.id)));
    assert!(notice["owner_name"].is_string());
    let why = notice["explanation"].as_str().expect("words");
    assert!(why.starts_with("A client of somebody else wrote to you by SMS at "), "{why}");
    let text = notice.to_string();
    assert!(!text.contains(PLANTED) && !text.contains(&phone) && !text.contains(&lead), "{text}");
    ben.client.get(&format!("/v1/leads/{lead}")).await.not_found();
    ben.client.get(&format!("/v1/leads/{lead}/events")).await.not_found();
    // That one message is his to read too, and Ana sees that he did.
    let path = format!("/v1/notices/{}", id(notice));
    let read = ben.client.get(&path).await.ok();
    assert_eq!((&read["body"], &read["from"]), (&json!(PLANTED), &json!(phone)));
    assert!(!read.to_string().contains("To Ana"));
    let readers = ana.client.all(&format!("/v1/leads/{lead}/readers")).await;
    let read = readers.iter().find(|reader| reader["reader_id"] == json!(ben.id) && reader["raw"] == true);
    // She knows nothing else of Ben, and learns who it was.
    let name = ben.client.get(&format!("/v1/users/{}", ben.id)).await.ok()["name"].clone();
    assert_eq!(read.map(|reader| &reader["reader_name"]), Some(&name));
    // It is nobody else's.
    let elsewhere = Brokerage::open(server).await;
    for nobody in [&ana, &cleo, &tim, &brokerage.admin, &elsewhere.admin] {
        assert!(nobody.client.all("/v1/notices").await.is_empty());
        nobody.client.get(&path).await.not_found();
        nobody.client.delete(&path).await.not_found();
    }

    // More of them come in pages; taken off the list, one is gone, and can't be read any more.
    for n in 0..3 {
        his.deliver(&ben.client, &Sms::new(&phone, &format!("again {n}"))).await;
    }
    server.settled().await;
    let all = ben.client.all("/v1/notices").await;
    assert_eq!(all.len(), 4);
    assert_eq!(ben.client.pages("/v1/notices", 1).await.concat(), all);
    assert_eq!(ben.client.delete(&path).await.status, 204);
    ben.client.get(&path).await.not_found();
    assert_eq!(ben.client.all("/v1/notices").await.len(), 3);
    // Given the lead, he has all of it, and needs no notice.
    tim.client.post(&format!("/v1/leads/{lead}/reassign"), &json!({"owner_id": ben.id})).await.ok();
    assert!(ben.client.all("/v1/notices").await.is_empty());
    assert_eq!(bodies(&ben, &lead).await.len(), 6);
    assert!(!server.log().text().contains(PLANTED) && !server.log().text().contains(&phone));
}
