//! People who leave, change places or change themselves (TEN-5): what was theirs follows, through crashes too.

mod support;

use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use support::{Brokerage, Client, Live, Number, Options, POLL, Server, Sms, User, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

fn user_path(user: &User) -> String {
    format!("/v1/users/{}", user.id)
}

/// Leads that so many strangers made by writing to that number.
async fn written(server: &Server, user: &User, number: &Number, many: usize) {
    for _ in 0..many {
        number.deliver(&user.client, &Sms::new(&stranger(), "Hello")).await;
    }
    server.settled().await;
}

/// Waits until all of one who left is handed on: what their status says.
async fn handed_on(server: &Server, admin: &User, user: &User) -> Value {
    let left = async {
        loop {
            let shown = admin.client.get(&user_path(user)).await.ok();
            if shown["status"] == "left" {
                return shown;
            }
            assert_eq!(shown["status"], "leaving");
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(Duration::from_secs(30), "everything being handed on", left).await
}

async fn owned(admin: &User, owner: &User) -> Vec<Value> {
    admin.client.all(&format!("/v1/leads?owner_id={}", owner.id)).await
}

#[tokio::test]
async fn ten_5_who_leaves_is_out_at_once_and_the_team_lead_has_what_was_theirs() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let number = brokerage.connect(&ana).await;
    written(server, &ana, &number, 5).await;
    let lead = ana.leads().await.remove(0);
    let id = lead["id"].as_str().expect("an id");
    let plan = json!({"due_at": "2099-01-01T09:00:00Z", "title": "Call the bank"});
    ana.client.post(&format!("/v1/leads/{id}/follow-ups"), &plan).await.ok();
    let away = json!({"status": "archived"});
    let archived = ana.leads().await.remove(1);
    ana.client.patch(&format!("/v1/leads/{}", archived["id"].as_str().expect("an id")), &away).await.ok();
    let mut live = Live::open(&ana, None).await;

    ana.client.delete(&user_path(&ana)).await.problem(403, "forbidden");
    tim.client.delete(&user_path(&ana)).await.problem(403, "forbidden");
    brokerage.admin.client.delete(&user_path(&brokerage.admin)).await.problem(409, "own_user");
    let answer = brokerage.admin.client.delete(&user_path(&ana)).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.ok()["successor_id"], json!(tim.id));
    assert_eq!(live.closed().await, Some(4200), "the socket ends with the sessions");
    ana.client.get("/v1/deck").await.problem(401, "session_ended");
    let again = json!({"email": ana.email, "password": ana.password});
    ana.client.nobody().post("/v1/sessions", &again).await.problem(401, "wrong_credentials");

    handed_on(server, &brokerage.admin, &ana).await;
    server.settled().await;
    assert!(owned(&brokerage.admin, &ana).await.is_empty());
    assert_eq!(owned(&brokerage.admin, &tim).await.len(), 5, "archived ones too");
    assert_eq!(tim.cards().await.len(), 4);
    let moved = tim.lead(id).await;
    assert_eq!(moved["next_action_at"], lead["next_action_at"], "with its tasks");
    let events = tim.events(id).await;
    let change = events.iter().find(|event| event["detail"]["what"] == "owner_changed").expect("its history");
    assert_eq!(
        (&change["by"], &change["detail"]["from_owner_id"]),
        (&json!(brokerage.admin.id), &json!(ana.id))
    );
    // Whoever writes to their number writes to the team lead.
    written(server, &tim, &number, 1).await;
    assert_eq!(owned(&brokerage.admin, &tim).await.len(), 6);
    let connection = tim.client.get(&format!("/v1/connections/{}", number.id)).await.ok();
    assert_eq!(connection["owner_id"], json!(tim.id));
    // Nothing can be given to them, and they can't leave twice.
    let back = tim.client.post(&format!("/v1/leads/{id}/reassign"), &json!({"owner_id": ana.id})).await;
    assert_eq!(back.wrong_fields(), [("owner_id".to_owned(), "not_found".to_owned())]);
    brokerage.admin.client.delete(&user_path(&ana)).await.not_found();
    // It is all on record, and admins read it.
    let audit = brokerage.admin.client.all("/v1/audit").await;
    let actions = |action: &str| audit.iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((actions("user.left"), actions("connection.handed_on")), (1, 1));
    assert_eq!(actions("lead.owner_changed"), 5, "each of them");
}

#[tokio::test]
async fn ten_5_without_a_team_lead_the_leads_wait_to_be_assigned() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let tim = brokerage.team_lead().await;
    let number = brokerage.connect(&tim).await;
    written(server, &tim, &number, 2).await;
    assert_eq!(brokerage.admin.client.delete(&user_path(&tim)).await.ok()["successor_id"], Value::Null);
    handed_on(server, &brokerage.admin, &tim).await;
    server.settled().await;
    let leads = brokerage.admin.leads().await;
    assert!(leads.len() == 2 && leads.iter().all(|lead| lead["owner_id"].is_null()), "{leads:?}");
    let team = brokerage.admin.client.get(&format!("/v1/teams/{}", brokerage.team)).await.ok();
    assert_eq!(team["team_lead_ids"], json!([]));
}

#[tokio::test]
async fn ten_5_leaving_survives_kills_half_way_and_moves_every_lead_once() {
    for nth in [1, 7, 20] {
        let folder = tempfile::tempdir().expect("a folder");
        let from = folder.path().join("now");
        let options = Options::default()
            .variable("HEARTHLINE_KILL_AT", format!("commit:{nth}"))
            .variable("HEARTHLINE_KILL_FROM", from.display());
        let mut server = Server::start(options).await;
        let brokerage = Brokerage::open(&server).await;
        let (ana, tim) = (brokerage.agent().await, brokerage.team_lead().await);
        let number = brokerage.connect(&ana).await;
        written(&server, &ana, &number, 30).await;
        std::fs::write(&from, "").expect("a file");
        let request = |client: &Client| {
            client.request(Method::DELETE, &user_path(&ana)).header("Idempotency-Key", "leaving")
        };
        // It may die before or after its answer.
        let _ = brokerage.admin.client.try_send(request(&brokerage.admin.client)).await;
        server.exited().await;
        std::fs::remove_file(&from).expect("a file");
        server.restart().await;
        let nobody = Client::new(&server, None);
        let admin = User::sign_in(&nobody, &brokerage.admin.email, &brokerage.admin.password).await;
        let tim = User::sign_in(&nobody, &tim.email, &tim.password).await;
        handed_on(&server, &admin, &ana).await;
        server.settled().await;
        assert_eq!(admin.client.send(request(&admin.client)).await.status, 202, "{nth}: the same answer");
        assert!(owned(&admin, &ana).await.is_empty(), "{nth}");
        let leads = owned(&admin, &tim).await;
        assert_eq!((leads.len(), tim.cards().await.len()), (30, 30), "{nth}");
        for lead in &leads {
            let events = tim.events(lead["id"].as_str().expect("an id")).await;
            let moves = events.iter().filter(|event| event["detail"]["what"] == "owner_changed").count();
            assert_eq!(moves, 1, "{nth}: each of them once");
        }
    }
}

#[tokio::test]
async fn ten_5_leads_and_connections_go_with_a_user_to_another_team() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, tim) = (brokerage.agent().await, brokerage.team_lead().await);
    let south = brokerage.new_team("South").await;
    let number = brokerage.connect(&ana).await;
    written(server, &ana, &number, 3).await;
    let mut live = Live::open(&ana, None).await;
    let moved = brokerage.admin.client.patch(&user_path(&ana), &json!({"team_id": south})).await;
    assert!(moved.headers.contains_key("etag"));
    assert_eq!(moved.ok()["team_id"], json!(south));
    assert_eq!(live.closed().await, Some(4002), "come back at once, with other rights");
    let followed = async {
        while ana.leads().await.iter().any(|lead| lead["team_id"] != json!(south)) {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(Duration::from_secs(30), "the leads following", followed).await;
    assert_eq!((ana.leads().await.len(), ana.cards().await.len()), (3, 3), "with their cards");
    assert_eq!(tim.leads().await.len(), 0);
    written(server, &ana, &number, 1).await;
    assert!(ana.leads().await.iter().all(|lead| lead["team_id"] == json!(south)));
    // Team leads: the list follows the role.
    let role = |role: &str| json!({"role": role});
    brokerage.admin.client.patch(&user_path(&tim), &role("agent")).await.ok();
    let team = format!("/v1/teams/{}", brokerage.team);
    assert_eq!(brokerage.admin.client.get(&team).await.ok()["team_lead_ids"], json!([]));
    brokerage.admin.client.patch(&user_path(&tim), &role("team_lead")).await.ok();
    assert_eq!(brokerage.admin.client.get(&team).await.ok()["team_lead_ids"], json!([tim.id]));
}

#[tokio::test]
async fn ten_3_people_change_themselves_and_admins_the_rest_from_the_version_they_saw() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let (ana, ben) = (brokerage.agent().await, brokerage.agent().await);
    let own = json!({"name": "Ana Prado", "language": "pt-BR", "time_zone": "America/Sao_Paulo"});
    let changed = ana.client.patch(&user_path(&ana), &own).await.ok();
    assert_eq!((&changed["name"], &changed["time_zone"]), (&own["name"], &own["time_zone"]));
    let changed = ana.client.patch(&user_path(&ana), &json!({"time_zone": null})).await.ok();
    assert_eq!(changed["time_zone"], Value::Null);
    ana.client.patch(&user_path(&ana), &json!({"role": "admin"})).await.problem(403, "forbidden");
    ana.client.patch(&user_path(&ben), &json!({"name": "Somebody"})).await.not_found();
    let wrong =
        brokerage.admin.client.patch(&user_path(&ben), &json!({"team_id": ana.id, "language": "?"})).await;
    assert_eq!(wrong.wrong_fields(), [("language".to_owned(), "invalid_language".to_owned())]);
    let nowhere = brokerage.admin.client.patch(&user_path(&ben), &json!({"team_id": ana.id})).await;
    assert_eq!(nowhere.wrong_fields(), [("team_id".to_owned(), "not_found".to_owned())]);
    let seen = brokerage.admin.client.get(&user_path(&ben)).await.headers["etag"].clone();
    ben.client.patch(&user_path(&ben), &json!({"name": "Ben"})).await.ok();
    let request = brokerage.admin.client.request(Method::PATCH, &user_path(&ben)).json(&json!({"name": "B"}));
    brokerage.admin.client.send(request.header("If-Match", seen)).await.problem(412, "version_mismatch");
    // Another tenant's users are nobody.
    let elsewhere = Brokerage::open(server).await;
    elsewhere.admin.client.delete(&user_path(&ben)).await.not_found();
    elsewhere.admin.client.patch(&user_path(&ben), &json!({"name": "B"})).await.not_found();
}
