//! The access policy, every combination of it, as one table; and the one maker of raw grants.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    access::{
        Access, Action, AuditedReason, RAW_ACCESS_MS, Refusal, Relation, Role, Subject, Viewer, decide,
        on_lead, raw_grant,
    },
    ids::TeamId,
    lead::{Command, StateName, Status},
    time::Timestamp,
};
use std::fmt::Write;

const ROLES: [Role; 3] = [Role::Agent, Role::TeamLead, Role::Admin];
const RELATIONS: [Relation; 3] = [Relation::Owner, Relation::Team, Relation::Tenant];
const STATES: [StateName; 4] = [StateName::New, StateName::Active, StateName::AtRisk, StateName::Stale];

fn viewer(user: hearthline_engine::ids::UserId, team: TeamId, role: Role) -> Viewer {
    Viewer { user, team: Some(team), role }
}

#[test]
fn prv_2_every_role_relation_state_and_action() {
    let mut table =
        String::from("role, relation, action: what holds in every state, or Stale | New, Active, AtRisk.\n");
    for role in ROLES {
        for relation in RELATIONS {
            writeln!(table, "\n## {role:?}, {relation:?}").unwrap();
            for action in Action::ALL {
                let answers = STATES.map(|state| say(decide(role, relation, state, action)));
                let (elsewhere, stale) = (answers[0], answers[3]);
                assert!(
                    answers[..3].iter().all(|answer| *answer == elsewhere),
                    "{role:?} {relation:?} {action:?}"
                );
                let answer =
                    if stale == elsewhere { stale.to_owned() } else { format!("{stale} | {elsewhere}") };
                writeln!(table, "{:<18} {answer}", format!("{action:?}")).unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}

fn say(access: Access) -> &'static str {
    match access {
        Access::Allowed => "yes",
        Access::NotFound => "not found",
        Access::Forbidden(refusal) => refusal.code(),
    }
}

#[test]
fn ten_4_an_agent_knows_of_no_lead_but_their_own() {
    for action in Action::ALL.into_iter().filter(|action| !action.is_administrative()) {
        for state in STATES {
            for relation in [Relation::Team, Relation::Tenant] {
                assert_eq!(decide(Role::Agent, relation, state, action), Access::NotFound, "{action:?}");
            }
        }
    }
}

#[test]
fn ten_4_an_admin_reads_no_raw_content_whatever_the_relation() {
    for relation in RELATIONS {
        for state in STATES {
            for action in [Action::ReadRaw, Action::RequestRawAccess] {
                assert_ne!(decide(Role::Admin, relation, state, action), Access::Allowed);
            }
        }
    }
}

#[test]
fn ten_3_who_may_edit_rules_may_not_read_stale_content_and_the_other_way_round() {
    for role in ROLES {
        let edits = decide(role, Relation::Team, StateName::Stale, Action::EditRules) == Access::Allowed;
        let reads = decide(role, Relation::Team, StateName::Stale, Action::ReadRaw) == Access::Allowed;
        assert!(!(edits && reads), "{role:?}");
    }
}

#[test]
fn ten_4_the_relation_follows_from_owner_and_team() {
    let of = |user, team, role| Relation::of(&viewer(user, team, role), Some(ANA), TEAM);
    assert_eq!(of(ANA, TEAM, Role::Agent), Relation::Owner);
    // Whoever owns it owns it, even from another team.
    assert_eq!(of(ANA, OTHER_TEAM, Role::Agent), Relation::Owner);
    assert_eq!(of(TIM, TEAM, Role::TeamLead), Relation::Team);
    assert_eq!(of(TIM, OTHER_TEAM, Role::TeamLead), Relation::Tenant);
    let admin = Viewer { user: TIM, team: None, role: Role::Admin };
    assert_eq!(Relation::of(&admin, None, TEAM), Relation::Tenant);
}

fn subject(state: StateName) -> Subject {
    Subject { lead: LEAD, owner: Some(ANA), team: TEAM, state, deleted: false, episode: 0 }
}

#[test]
fn prv_2_the_owner_reads_and_nobody_else_does_in_any_state_but_stale() {
    let reason = AuditedReason::durable(LEAD, 0, TIM, START);
    for state in STATES {
        let ask = |viewer: Viewer, reason| raw_grant(&viewer, &subject(state), reason, START).map(|_| ());
        assert_eq!(ask(viewer(ANA, TEAM, Role::Agent), None), Ok(()));
        assert_eq!(ask(viewer(BEN, TEAM, Role::Agent), Some(&reason)), Err(Refusal::NotVisible));
        assert_eq!(ask(viewer(TIM, OTHER_TEAM, Role::TeamLead), Some(&reason)), Err(Refusal::NotVisible));
        assert_eq!(ask(viewer(TIM, TEAM, Role::Admin), Some(&reason)), Err(Refusal::AdminReadsNoContent));
        let expected = if state == StateName::Stale { Ok(()) } else { Err(Refusal::LeadNotStale) };
        assert_eq!(ask(viewer(TIM, TEAM, Role::TeamLead), Some(&reason)), expected);
    }
}

#[test]
fn prv_2_a_team_lead_needs_their_own_audited_reason_for_this_lead_and_not_an_old_one() {
    let tim = viewer(TIM, TEAM, Role::TeamLead);
    let stale = subject(StateName::Stale);
    let reason = AuditedReason::durable(LEAD, 0, TIM, START);
    let end = START.plus_millis(RAW_ACCESS_MS);
    assert_eq!(reason.expires_at(), end);
    let ask =
        |reason: Option<&AuditedReason>, now: Timestamp| raw_grant(&tim, &stale, reason, now).map(|_| ());
    assert_eq!(ask(None, START), Err(Refusal::ReasonMissing));
    assert_eq!(ask(Some(&reason), end.plus_millis(-1)), Ok(()));
    assert_eq!(ask(Some(&reason), end), Err(Refusal::ReasonMissing));
    let others = AuditedReason::durable(LEAD, 0, BEN, START);
    assert_eq!(ask(Some(&others), START), Err(Refusal::ReasonMissing));
    let elsewhere = hearthline_engine::ids::LeadId(uuid::Uuid::from_u128(4));
    assert_eq!(
        ask(Some(&AuditedReason::durable(elsewhere, 0, TIM, START)), START),
        Err(Refusal::ReasonMissing)
    );
}

#[test]
fn prv_3_the_door_closes_at_once_when_a_stale_lead_is_archived_handed_back_or_deleted() {
    let tim = viewer(TIM, TEAM, Role::TeamLead);
    let reason = AuditedReason::durable(LEAD, 1, TIM, hours(49));
    let read =
        |story: &Story| raw_grant(&tim, &Subject::of(story.lead()), Some(&reason), story.now).map(|_| ());
    let stale = Story::stale();
    assert_eq!(read(&stale), Ok(()));
    let archived = stale.clone().then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!((archived.state(), read(&archived)), (StateName::Stale, Err(Refusal::LeadNotStale)));
    let handed_back = stale.clone().then(Command::HandBack { by: TIM });
    assert_eq!(read(&handed_back), Err(Refusal::LeadNotStale));
    let deleted = stale.clone().then(delete());
    assert_eq!(read(&deleted), Err(Refusal::NotVisible));
    assert_eq!(on_lead(&tim, deleted.lead(), Action::SeeLead), Access::NotFound);
    let touched = stale.then(touch(7, ANA, hours(49)));
    assert_eq!(read(&touched), Err(Refusal::LeadNotStale));
}

#[test]
fn prv_3_a_reason_from_the_last_time_that_a_lead_was_stale_opens_nothing_this_time() {
    let tim = viewer(TIM, TEAM, Role::TeamLead);
    let first = Story::stale();
    let reason = AuditedReason::durable(LEAD, 1, TIM, first.now);
    let read =
        |story: &Story| raw_grant(&tim, &Subject::of(story.lead()), Some(&reason), first.now).map(|_| ());
    assert_eq!(read(&first), Ok(()));
    let mut again = first.clone().then(Command::HandBack { by: TIM });
    again.now = again.now.plus_millis(49 * 3_600_000);
    let again = again.then(Command::Tick);
    assert_eq!((again.state(), again.lead().stale_episodes), (StateName::Stale, 2));
    assert_eq!(read(&again), Err(Refusal::ReasonMissing));
}

#[test]
fn rsc_1_the_owner_of_a_stale_lead_keeps_every_right() {
    let ana = viewer(ANA, TEAM, Role::Agent);
    let story = Story::stale();
    for action in [Action::ReadRaw, Action::Send, Action::Call, Action::Schedule, Action::ActOnCard] {
        assert_eq!(on_lead(&ana, story.lead(), action), Access::Allowed, "{action:?}");
    }
}
