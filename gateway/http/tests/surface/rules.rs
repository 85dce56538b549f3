//! Team rules (LIF-2).

use serde_json::json;

use crate::{client::ask, world::World};

#[tokio::test]
async fn lif_2_a_teams_rules_start_with_the_defaults() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let answer = world.get(&admin, &format!("/v1/teams/{team}/rules")).await;
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let expected = json!({"first_contact_s": 3600, "stale_after_s": 172_800, "at_risk_share": 0.8,
        "business_hours": null, "pause_stale_window": false, "quiet_hours": null, "time_zone": "Europe/Paris", "default_follow_up_s": 172_800, "routing": "owner",
        "no_answer_counts": false, "owner_change_restarts_clock": false, "version": 1});
    assert_eq!(answer.expect(200), expected);
}

#[tokio::test]
async fn lif_2_a_change_is_told_to_live_leads_before_and_after_it_is_stored() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let patch = async |body: serde_json::Value| {
        world.send(ask("PATCH", format!("/v1/teams/{team}/rules")).token(&admin).json(&body)).await
    };
    let changed =
        patch(json!({"first_contact_s": 1, "stale_after_s": 2, "at_risk_share": 0.5, "routing": "owner",
        "business_hours": null, "time_zone": "America/New_York"}));
    let changed = changed.await.expect(200);
    assert_eq!((&changed["stale_after_s"], &changed["version"]), (&json!(2), &json!(2)));
    assert_eq!(changed["time_zone"], "America/New_York");
    assert_eq!(*world.ground.told.0.lock(), [("will change", 2), ("changed", 2)]);

    patch(json!({"first_contact_s": 1})).await.expect(200);
    patch(json!({"first_contact_s": 2})).await.refuses(422, "validation_failed");
    assert_eq!(world.ground.told.0.lock().len(), 2, "what changes nothing is told to nobody");
}

#[tokio::test]
async fn of_two_edits_from_one_version_the_second_answers_412() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let patch = async |if_match: &str, seconds: u32| {
        let ask = ask("PATCH", format!("/v1/teams/{team}/rules")).token(&admin).header("if-match", if_match);
        world.send(ask.json(&json!({"default_follow_up_s": seconds}))).await
    };
    assert_eq!(patch("\"1\"", 60).await.header("etag"), Some("\"2\""));
    patch("\"1\"", 70).await.refuses(412, "version_mismatch");
    patch("\"nonsense\"", 70).await.refuses(412, "version_mismatch");
    patch("\"7\", W/\"2\"", 80).await.expect(200);
    patch("*", 90).await.expect(200);
    let (one, two) = tokio::join!(patch("\"4\"", 100), patch("\"4\"", 110));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn lif_5_hours_are_kept_as_a_whole_and_follow_the_teams_zone() {
    let world = World::start().await;
    let admin = world.admin().await;
    let team = world.team(&admin).await;
    let path = format!("/v1/teams/{team}/rules");
    let patch =
        async |body: serde_json::Value| world.send(ask("PATCH", &path).token(&admin).json(&body)).await;
    let spans = json!([{"from": "09:00", "to": "12:30"}, {"from": "13:30", "to": "24:00"}]);
    let business = json!({"monday": spans, "saturday": [{"from": "00:00", "to": "24:00"}],
        "holidays": ["2026-12-25", "2026-01-01", "2026-12-25"]});
    let quiet = json!({"from": "21:00", "to": "08:00"});
    let set = patch(json!({"business_hours": business, "quiet_hours": quiet, "pause_stale_window": true}));
    let set = set.await.expect(200);
    assert_eq!(set["business_hours"]["monday"], spans);
    assert_eq!(set["business_hours"]["tuesday"], json!([]));
    assert_eq!(set["business_hours"]["holidays"], json!(["2026-01-01", "2026-12-25"]), "in order, each once");
    assert_eq!((&set["quiet_hours"], &set["pause_stale_window"]), (&quiet, &json!(true)));

    // What is absent stays, in the zone that holds now; what is null goes.
    let moved = patch(json!({"time_zone": "America/New_York"})).await.expect(200);
    assert_eq!((&moved["business_hours"], &moved["quiet_hours"]), (&set["business_hours"], &quiet));
    assert_eq!(moved["version"], 3, "leads are told of the other zone");
    assert_eq!(world.get(&admin, &path).await.expect(200), moved);
    let less = patch(json!({"business_hours": null})).await.expect(200);
    assert_eq!((&less["business_hours"], &less["pause_stale_window"]), (&json!(null), &json!(false)));
    assert_eq!(less["quiet_hours"], quiet);
    let none = patch(json!({"quiet_hours": null})).await.expect(200);
    assert_eq!((&none["quiet_hours"], &none["version"]), (&json!(null), &json!(5)));
}
