//! Every field that is wrong is named, with what is allowed; nothing that was sent is repeated.

use serde_json::{Value, json};

use crate::{
    client::{Ask, ask},
    world::{OPERATOR, World, text},
};

/// What is sent instead, at which field, and which code is expected.
struct Case(&'static str, Value, &'static str);

const PLANTED: &str = "PLANTED-d41d8c";

fn cases(valid: &Value, cases: Vec<Case>) -> Vec<(Value, &'static str, &'static str)> {
    let with = |Case(field, value, code): Case| {
        let mut body = valid.clone();
        let mut at = &mut body;
        let mut parts = field.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_some() {
                at = &mut at[part];
            } else if value == json!("<absent>") {
                at.as_object_mut().unwrap().remove(part);
            } else {
                at[part] = value.clone();
            }
        }
        (body, field, code)
    };
    cases.into_iter().map(with).collect()
}

async fn refuses_each(world: &World, ask: &Ask, valid: &Value, wrong: Vec<Case>) {
    for (body, field, code) in cases(valid, wrong) {
        let answer = world.send(ask.clone().json(&body)).await;
        let problem = answer.refuses(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        let found = errors.iter().any(|error| error["field"] == field && error["code"] == code);
        assert!(found, "{field} {code}: {problem}");
        assert!(errors.iter().all(|error| !text(error, "message").is_empty()));
        assert!(!answer.text().contains(PLANTED), "{}", answer.text());
    }
}

fn long(length: usize) -> Value {
    json!("x".repeat(length))
}

#[tokio::test]
async fn every_wrong_field_of_tenants_sessions_and_teams_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    let tenant = json!({"name": "A", "admin_email": "a@a.example", "admin_password": "long enough"});
    let wrong = vec![
        Case("name", json!("<absent>"), "required"),
        Case("name", json!("  "), "too_short"),
        Case("name", long(121), "too_long"),
        Case("name", json!("a\nb"), "control_characters"),
        Case("admin_email", json!(format!("{PLANTED} a@b")), "invalid_email"),
        Case("admin_email", json!("a@"), "invalid_email"),
        Case("admin_password", json!("short"), "too_short"),
        Case("admin_password", json!(12_345_678), "wrong_type"),
        Case("PLAN", json!(PLANTED), "unknown_field"),
    ];
    refuses_each(&world, &ask("POST", "/v1/tenants").token(OPERATOR), &tenant, wrong).await;

    let session = json!({"email": "a@a.example", "password": "x"});
    let wrong = vec![
        Case("email", json!(null), "required"),
        Case("password", json!({"a": PLANTED}), "wrong_type"),
        Case("remember_me", json!(true), "unknown_field"),
    ];
    refuses_each(&world, &ask("POST", "/v1/sessions"), &session, wrong).await;
    let refresh =
        vec![Case("refresh_token", json!("<absent>"), "required"), Case("x", json!(1), "unknown_field")];
    let valid = json!({"refresh_token": "hlr_x"});
    refuses_each(&world, &ask("POST", "/v1/sessions/refresh"), &valid, refresh).await;

    let wrong = vec![
        Case("name", json!("<absent>"), "required"),
        Case("time_zone", json!("Paris"), "invalid_time_zone"),
        Case("rules", json!({}), "unknown_field"),
    ];
    refuses_each(&world, &ask("POST", "/v1/teams").token(&admin), &json!({"name": "North"}), wrong).await;
}

#[tokio::test]
async fn every_wrong_field_of_users_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let valid =
        json!({"email": "x@example.com", "name": "X", "role": "agent", "team_id": team, "language": "en"});
    let wrong = vec![
        Case("email", json!("<absent>"), "required"),
        Case("email", json!("x"), "invalid_email"),
        Case("name", json!("<absent>"), "required"),
        Case("role", json!("boss"), "not_allowed"),
        Case("role", json!("<absent>"), "required"),
        Case("team_id", json!("<absent>"), "required"),
        Case("team_id", json!("north"), "invalid_id"),
        Case("team_id", json!("01890000-0000-7000-8000-000000000000"), "not_found"),
        Case("language", json!("<absent>"), "required"),
        Case("language", json!("e"), "invalid_language"),
        Case("language", json!("pt_BR"), "invalid_language"),
        Case("time_zone", json!("Mars/Olympus"), "invalid_time_zone"),
        Case("password", json!("1234567"), "too_short"),
        Case("password", long(257), "too_long"),
        Case("admin", json!(PLANTED), "unknown_field"),
    ];
    refuses_each(&world, &ask("POST", "/v1/users").token(&admin), &valid, wrong).await;
}

#[tokio::test]
async fn every_wrong_field_of_rules_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let valid = json!({"first_contact_s": 60, "stale_after_s": 61, "at_risk_share": 0.5});
    let wrong = vec![
        Case("first_contact_s", json!(0), "out_of_range"),
        Case("first_contact_s", json!(-1), "out_of_range"),
        Case("first_contact_s", json!(1.5), "out_of_range"),
        Case("first_contact_s", json!("60"), "wrong_type"),
        Case("stale_after_s", json!(60), "out_of_range"),
        Case("stale_after_s", json!(u64::MAX), "out_of_range"),
        Case("at_risk_share", json!(0.049), "out_of_range"),
        Case("at_risk_share", json!(0.951), "out_of_range"),
        Case("at_risk_share", json!("0.8"), "wrong_type"),
        Case("business_hours", json!(PLANTED), "wrong_type"),
        Case("business_hours", json!({}), "never_open"),
        Case("pause_stale_window", json!(true), "not_allowed"),
        Case("quiet_hours", json!([]), "wrong_type"),
        Case("time_zone", json!("Europe/Atlantis"), "invalid_time_zone"),
        Case("default_follow_up_s", json!(0), "out_of_range"),
        Case("routing", json!("by_name"), "not_allowed"),
        Case("no_answer_counts", json!(1), "wrong_type"),
        Case("stale_after", json!(1), "unknown_field"),
    ];
    let ask = ask("PATCH", format!("/v1/teams/{team}/rules")).token(&admin);
    refuses_each(&world, &ask, &valid, wrong).await;
    // Alone, each is held against what stands: 3,600 and 172,800.
    refuses_each(&world, &ask, &json!({}), vec![Case("stale_after_s", json!(3_600), "out_of_range")]).await;
    refuses_each(&world, &ask, &json!({}), vec![Case("first_contact_s", json!(172_800), "out_of_range")])
        .await;
}

#[tokio::test]
async fn lif_5_every_wrong_field_of_hours_is_named_with_its_place() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let patch = ask("PATCH", format!("/v1/teams/{team}/rules")).token(&admin);
    let open = |spans: Value| json!({"business_hours": {"monday": spans}});
    let nine = json!({"from": "09:00", "to": "12:00"});
    let nine_spans = vec![nine.clone(); 9];
    for (body, field, code) in [
        (open(json!([{"from": "09:00", "to": "09:00"}])), "business_hours.monday[0].to", "out_of_range"),
        (
            open(json!([nine, {"from": "11:59", "to": "13:00"}])),
            "business_hours.monday[1].from",
            "out_of_range",
        ),
        (open(json!([{"from": "9:00", "to": "12:00"}])), "business_hours.monday[0].from", "invalid_time"),
        (open(json!([{"from": "09:00", "to": "24:01"}])), "business_hours.monday[0].to", "invalid_time"),
        (open(json!([nine, {"from": 9, "to": "24:00"}])), "business_hours.monday[1].from", "wrong_type"),
        (open(json!([{"from": "09:00"}])), "business_hours.monday[0].to", "required"),
        (open(json!([nine, PLANTED])), "business_hours.monday[1]", "wrong_type"),
        (
            open(json!([{"from": "09:00", "to": "12:00", "x": 1}])),
            "business_hours.monday[0].x",
            "unknown_field",
        ),
        (open(json!(PLANTED)), "business_hours.monday", "wrong_type"),
        (open(json!(nine_spans)), "business_hours.monday", "too_long"),
        (
            json!({"business_hours": {"monday": [nine], "moonday": []}}),
            "business_hours.moonday",
            "unknown_field",
        ),
        (
            json!({"business_hours": {"sunday": [nine], "holidays": ["2026-12-25", "2026-02-30"]}}),
            "business_hours.holidays[1]",
            "invalid_date",
        ),
        (json!({"business_hours": {"monday": []}}), "business_hours", "never_open"),
        (
            json!({"business_hours": {"monday": [{"from": "09:00", "to": "09:01"}]}}),
            "business_hours",
            "out_of_range",
        ),
        (
            json!({"business_hours": {"monday": [{"from": "09:00", "to": "09:01"}]}, "first_contact_s": 3_121}),
            "first_contact_s",
            "out_of_range",
        ),
        (json!({"quiet_hours": {"from": "21:00", "to": "21:00"}}), "quiet_hours.to", "out_of_range"),
        (json!({"quiet_hours": {"from": "21:00"}}), "quiet_hours.to", "required"),
        (json!({"quiet_hours": {"from": "21h", "to": "08:00"}}), "quiet_hours.from", "invalid_time"),
    ] {
        let answer = world.send(patch.clone().json(&body)).await;
        let problem = answer.refuses(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(
            (text(&errors[0], "field"), text(&errors[0], "code")),
            (field.to_owned(), code.to_owned())
        );
        assert!(errors.len() == 1 && !text(&errors[0], "message").is_empty(), "{problem}");
        assert!(!answer.text().contains(PLANTED), "{}", answer.text());
    }
}

#[tokio::test]
async fn every_wrong_field_of_connections_is_named() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let adminless = text(&world.sign_in("admin@example.com").await["user"], "id");
    let valid = crate::connections::new_connection(&json!({"team_id": team}));
    let wrong = vec![
        Case("kind", json!("sms"), "not_allowed"),
        Case("team_id", json!("<absent>"), "<owner>"),
        Case("owner_id", json!("me"), "invalid_id"),
        Case("owner_id", json!(adminless), "not_allowed"),
        Case("settings", json!("<absent>"), "required"),
        Case("settings", json!([]), "wrong_type"),
        Case("settings.account_sid", json!("<absent>"), "required"),
        Case("settings.account_sid", json!("AC 1"), "not_allowed"),
        Case("settings.auth_token", json!("<absent>"), "required"),
        Case("settings.auth_token", long(257), "not_allowed"),
        Case("settings.number", json!("4155550100"), "invalid_phone"),
        Case("settings.number", json!("+1415555010x"), "invalid_phone"),
        Case("settings.messaging_service_sid", json!(""), "not_allowed"),
        Case("settings.api_base_url", json!("ftp://x"), "invalid_url"),
        Case("settings.page_id", json!(PLANTED), "unknown_field"),
        Case("webhook_url", json!(PLANTED), "unknown_field"),
    ];
    let (ownerless, wrong): (Vec<_>, Vec<_>) = wrong.into_iter().partition(|case| case.2 == "<owner>");
    let ask = ask("POST", "/v1/connections").token(&admin);
    refuses_each(&world, &ask, &valid, wrong).await;
    let (body, ..) = cases(&valid, ownerless).remove(0);
    let problem = world.send(ask.json(&body)).await.refuses(422, "validation_failed");
    assert_eq!(problem["errors"][0]["field"], "owner_id");
    assert_eq!(problem["errors"][0]["message"], "is required, or team_id is");
}

#[tokio::test]
async fn all_wrong_fields_are_named_together() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({"email": "x", "role": "boss", "nickname": 1});
    let problem = world.post(&admin, "/v1/users", &body).await.refuses(422, "validation_failed");
    let mut fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| text(e, "field")).collect();
    fields.sort();
    assert_eq!(fields, ["email", "language", "name", "nickname", "role"]);
    let unknown =
        problem["errors"].as_array().unwrap().iter().find(|error| error["field"] == "nickname").unwrap();
    let allowed = "is not known here; allowed: email, name, role, team_id, language, time_zone, password";
    assert_eq!(unknown["message"], allowed);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_told_where() {
    let world = World::start().await;
    let admin = world.admin().await;
    let send = async |body: &str| {
        let ask = ask("POST", "/v1/teams").token(&admin).header("content-type", "application/json");
        world.send(ask.body(body)).await
    };
    let answer = send(&format!("{{\"name\": \"x\",\n  {PLANTED}: 1}}")).await;
    let problem = answer.refuses(400, "malformed_json");
    assert_eq!(problem["detail"], "line 2, column 3: this is not JSON");
    assert!(!answer.text().contains(PLANTED));
    let problem = send("{\"name\": ").await.refuses(400, "malformed_json");
    assert!(text(&problem, "detail").ends_with("it ends too early"));
    send("").await.refuses(400, "malformed_json");
    send("[]").await.refuses(400, "malformed_json");
}

#[tokio::test]
async fn a_body_of_another_type_or_size_is_refused_as_such() {
    let world = World::start().await;
    let admin = world.admin().await;
    let form = ask("POST", "/v1/teams").token(&admin).header("content-type", "text/plain").body("name=x");
    world.send(form).await.refuses(415, "unsupported_media_type");
    let name = "x".repeat(300 * 1024);
    world.post(&admin, "/v1/teams", &json!({"name": name})).await.refuses(413, "body_too_large");
}

#[tokio::test]
async fn wrong_query_fields_are_named_too() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (query, field, code) in [
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=ten", "limit", "out_of_range"),
        ("cursor=%25", "cursor", "invalid_cursor"),
        ("cursor=AAAA", "cursor", "invalid_cursor"),
        ("limit=1&limit=2", "limit", "repeated"),
        ("page=2", "page", "unknown_field"),
    ] {
        let answer = world.get(&admin, &format!("/v1/teams?{query}")).await;
        let problem = answer.refuses(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
        assert_eq!(problem["errors"][0]["code"], code, "{query}");
    }
}
