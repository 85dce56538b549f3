//! Somebody takes a lead elsewhere between being listed and being told: what it was listed for is no longer its business.

use async_trait::async_trait;
use hearthline_actors::{Ask, FailPoints, Point, Standing, TeamFacts};
use hearthline_engine::{
    ids::{TeamId, UserId},
    lead::Command,
    rules::{Share, TeamRules},
    time::Seconds,
};
use hearthline_storage_api::rows::{
    rollout,
    settlement::{self, Settlement},
};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::house::{House, OWNER, Running, TEAM, TEAM_LEAD, TENANT, lead};

const OTHER_TEAM: TeamId = TeamId(Uuid::from_u128(0x21));
const COLLEAGUE: UserId = UserId(Uuid::from_u128(0x32));

/// Once it is armed, holds the next commit back from everything that follows it.
#[derive(Default)]
struct Hold {
    armed: AtomicBool,
    reached: Notify,
    go_on: Notify,
}

#[async_trait]
impl FailPoints for Hold {
    async fn reach(&self, point: Point) {
        if point == Point::Committed && self.armed.swap(false, Ordering::Relaxed) {
            self.reached.notify_one();
            self.go_on.notified().await;
        }
    }
}

/// A lead is given to somebody else; and before any list knows of it, `meanwhile` begins.
async fn overtaken(
    hold: &Hold,
    running: &Running,
    (to, team): (UserId, TeamId),
    meanwhile: impl Future<Output = ()>,
) {
    let command = Command::Reassign { to: Some(to), team, by: TEAM_LEAD };
    hold.armed.store(true, Ordering::Relaxed);
    let reassigned = running.node.leads().ask(lead(1), Ask::Do(Box::new(command)));
    let told = async {
        hold.reached.notified().await;
        let let_go = async {
            // Long enough for the lead to be listed and asked.
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            hold.go_on.notify_one();
        };
        tokio::join!(meanwhile, let_go);
    };
    let (reassigned, ()) = tokio::join!(reassigned, told);
    reassigned.unwrap();
    running.rested().await;
}

fn rules(version: u64, first_contact: u32) -> TeamRules {
    let share = Share::from_permille(500).unwrap();
    let mut rules = TeamRules::new(Seconds(first_contact), Seconds(100_000), share).unwrap();
    rules.version = version;
    rules
}

async fn house_with(hold: &Arc<Hold>) -> (House, Running) {
    let mut house = House::new();
    house.points = Arc::clone(hold) as _;
    let running = house.node().await;
    running.receive(lead(1), "SM1").await.unwrap();
    running.rested().await;
    (house, running)
}

#[tokio::test(start_paused = true)]
async fn lif_2_a_lead_that_changes_teams_during_a_rollout_follows_its_new_team() {
    let hold = Arc::new(Hold::default());
    let (house, running) = house_with(&hold).await;
    let theirs = TeamFacts { rules: rules(1, 700), team_leads: Vec::new() };
    house.team.others.lock().insert(OTHER_TEAM, theirs.clone());
    rollout::begin(&house.memory, TENANT, TEAM, 2).await.unwrap();
    house.team.facts.lock().rules = rules(2, 600);

    let rolled_out = async { running.node.roll_out(TENANT, TEAM).await.unwrap() };
    overtaken(&hold, &running, (COLLEAGUE, OTHER_TEAM), rolled_out).await;

    let lead = house.lead(lead(1)).await;
    assert_eq!((lead.team, &lead.rules), (OTHER_TEAM, &theirs.rules));
}

#[tokio::test(start_paused = true)]
async fn ten_5_a_lead_that_somebody_was_given_while_its_owner_left_stays_theirs() {
    let hold = Arc::new(Hold::default());
    let (house, running) = house_with(&hold).await;
    assert_eq!(house.lead(lead(1)).await.owner, Some(OWNER));
    let note = Settlement { count: 1, by: TEAM_LEAD, teams: vec![TEAM] };
    settlement::begin(&house.memory, TENANT, OWNER, &note).await.unwrap();
    house.team.standings.lock().insert(OWNER, Standing::Gone { heir: None, by: TEAM_LEAD });

    let settled = async { running.node.settle(TENANT, OWNER).await.unwrap() };
    overtaken(&hold, &running, (COLLEAGUE, TEAM), settled).await;

    assert_eq!(house.lead(lead(1)).await.owner, Some(COLLEAGUE));
}
