//! What readers of a timeline find who looked at its lead before, and were let in by what it was then.

use hearthline_actors::Ask;
use hearthline_engine::{
    ids::UserId,
    lead::{Command, Event},
};
use hearthline_storage_api::rows::{lead::JournalRow, reading::StoredLead};
use uuid::Uuid;

use crate::house::{House, OWNER, TEAM, TEAM_LEAD, lead};

/// The clients' messages of a page, by the provider's ids.
async fn messages(house: &House, stored: &StoredLead) -> Vec<String> {
    let rows = house.timeline_of(lead(1), stored).await;
    let messages = rows.into_iter().filter_map(|row| match row.event {
        Event::MessageReceived { message } => Some(message.provider_event_id),
        _ => None,
    });
    messages.collect()
}

#[tokio::test(start_paused = true)]
async fn prv_3_whoever_had_a_lead_finds_nothing_that_came_after_it_was_looked_at() {
    let house = House::new();
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    let theirs = house.stored(lead(1)).await;
    assert_eq!(theirs.row.slot.lead().unwrap().owner, Some(OWNER));

    let to = Some(UserId(Uuid::from_u128(0x32)));
    let command = Command::Reassign { to, team: TEAM, by: TEAM_LEAD };
    running.node.leads().ask(lead(1), Ask::Do(Box::new(command))).await.unwrap();
    running.receive(lead(1), "SM2").await.unwrap();
    // Both are in the timeline alone: nothing of the lead's own rows tells them apart any more.
    running.rested().await;
    assert_eq!(messages(&house, &theirs).await, ["SM1"]);
    let moved = |row: &JournalRow| matches!(row.event, Event::OwnerChanged { .. });
    assert!(!house.timeline_of(lead(1), &theirs).await.iter().any(moved));

    let now = house.stored(lead(1)).await;
    assert_eq!(messages(&house, &now).await, ["SM1", "SM2"]);
    assert!(house.timeline_of(lead(1), &now).await.iter().any(moved));
}
