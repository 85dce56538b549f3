//! What one may not know of does not exist (TEN-2, TEN-4).

use serde_json::json;

use crate::{
    client::ask,
    connections::connected,
    world::{World, text},
};

/// An id of the right form that nobody has.
const UNKNOWN: &str = "01890000-0000-7000-8000-000000000000";

#[tokio::test]
async fn ten_2_another_tenants_row_answers_exactly_as_one_that_does_not_exist() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let user = world.user(&admin, "ana@example.com", "agent", &team).await;
    let connection = connected(&world, &admin, &json!({"owner_id": user})).await;
    let rival = world.other_tenant().await;
    let unknown = UNKNOWN.to_owned();
    let asks = |id: &str, kind: &str| match kind {
        "team" => vec![
            ask("GET", format!("/v1/teams/{id}")),
            ask("GET", format!("/v1/teams/{id}/rules")),
            ask("PATCH", format!("/v1/teams/{id}/rules")).json(&json!({"first_contact_s": 60})),
        ],
        "user" => vec![ask("GET", format!("/v1/users/{id}"))],
        _ => vec![
            ask("GET", format!("/v1/connections/{id}")),
            ask("PATCH", format!("/v1/connections/{id}"))
                .json(&json!({"settings": {"number": "+14155550199"}})),
            ask("DELETE", format!("/v1/connections/{id}")),
        ],
    };
    for (kind, id) in [("team", &team), ("user", &user), ("connection", &text(&connection, "id"))] {
        for (theirs, nobodys) in asks(id, kind).into_iter().zip(asks(&unknown, kind)) {
            let theirs = world.send(theirs.token(&rival)).await;
            let nobodys = world.send(nobodys.token(&rival)).await;
            theirs.refuses(404, "not_found");
            assert_eq!(theirs.body, nobodys.body);
        }
    }
    for list in ["/v1/teams", "/v1/users", "/v1/connections"] {
        let items = world.get(&rival, list).await.expect(200)["items"].as_array().unwrap().len();
        assert_eq!(items, usize::from(list == "/v1/users"), "{list}");
    }
    world.get(&admin, &format!("/v1/connections/{}", text(&connection, "id"))).await.expect(200);
}

#[tokio::test]
async fn ten_2_a_reference_to_another_tenants_row_is_a_wrong_field_like_any_unknown_one() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let user = world.user(&admin, "ana@example.com", "agent", &team).await;
    let rival = world.other_tenant().await;
    let unknown = UNKNOWN.to_owned();
    for team in [&team, &unknown] {
        let body = json!({"email": "x@rival.example", "name": "X", "role": "agent", "team_id": team, "language": "en"});
        let problem = world.post(&rival, "/v1/users", &body).await.refuses(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], "team_id");
        assert_eq!(problem["errors"][0]["code"], "not_found");
    }
    for owner in [&user, &unknown] {
        let body = crate::connections::new_connection(&json!({"owner_id": owner}));
        let problem = world.post(&rival, "/v1/connections", &body).await.refuses(422, "validation_failed");
        assert_eq!(problem["errors"][0]["field"], "owner_id");
    }
}

#[tokio::test]
async fn ten_4_agents_and_team_leads_know_of_their_own_and_admins_of_all() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (north, south) = (world.team(&admin).await, world.team(&admin).await);
    let ana = world.user(&admin, "ana@example.com", "agent", &north).await;
    let leo = world.user(&admin, "leo@example.com", "team_lead", &north).await;
    let bob = world.user(&admin, "bob@example.com", "agent", &south).await;
    let (as_ana, as_leo) = (world.token("ana@example.com").await, world.token("leo@example.com").await);

    world.get(&as_ana, &format!("/v1/teams/{north}/rules")).await.expect(200);
    world.get(&as_ana, &format!("/v1/teams/{south}/rules")).await.refuses(404, "not_found");
    world.get(&as_ana, &format!("/v1/users/{bob}")).await.refuses(404, "not_found");
    world.get(&as_ana, &format!("/v1/users/{ana}")).await.expect(200);
    world.get(&as_leo, &format!("/v1/users/{ana}")).await.expect(200);
    world.get(&as_leo, &format!("/v1/users/{bob}")).await.refuses(404, "not_found");
    let team = world.get(&admin, &format!("/v1/teams/{north}")).await.expect(200);
    assert_eq!(team["team_lead_ids"], json!([leo]));
}

#[tokio::test]
async fn what_one_may_know_of_and_not_do_answers_403_with_the_permission() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    world.user(&admin, "leo@example.com", "team_lead", &team).await;
    let leo = world.token("leo@example.com").await;
    let change =
        ask("PATCH", format!("/v1/teams/{team}/rules")).token(&leo).json(&json!({"stale_after_s": 9_000}));
    let problem = world.send(change).await.refuses(403, "forbidden");
    assert_eq!(problem["detail"], "this takes RULES_EDIT");
    world.post(&leo, "/v1/teams", &json!({"name": "Mine"})).await.refuses(403, "forbidden");
    let user = json!({"email": "x@example.com", "name": "X", "role": "admin", "language": "en"});
    world.post(&leo, "/v1/users", &user).await.refuses(403, "forbidden");
    let connection = crate::connections::new_connection(&json!({"team_id": team}));
    world.post(&leo, "/v1/connections", &connection).await.refuses(403, "forbidden");
}
