//! What a change of rules would do to a team's leads (LIF-2): the engine's own decision on each of them as it is stored,
//! without making it. Bounded in leads and in time; an answer that was cut off says so.

use axum::{Json, extract::State};
use futures::{StreamExt, stream};
use hearthline_actors::LeadFilter;
use hearthline_api::{
    DeadlineMoves, Fault, MovedDeadline, PreviewedLead, ProblemDetails, Rules, RulesChange, RulesDeadline,
    RulesPreview, StateMoves,
};
use hearthline_engine::{
    deck::display_name,
    ids::{LeadId, TeamId},
    lead::{ClockMove, Lead, RulesEffect, Slot, StateName, preview_rules as foretell},
    rules::TeamRules,
};
use hearthline_storage_api::rows::{codec::RowError, lead::LeadRef, reading, team::TeamRow, user::Role};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::Leads;
use crate::{
    input::{JsonInput, PathId},
    problem::Problem,
    routes::teams::known_team,
    viewer::Viewer,
};

/// Previews at a time; more are asked to come again.
pub(super) const AT_A_TIME: usize = 2;
/// Leads looked at, newest first.
const MOST_LEADS: u32 = 10_000;
/// No page of leads is begun after this long.
const LONGEST: Duration = Duration::from_secs(5);
/// Leads taken from the directory at once.
const PAGE: usize = 500;
/// Leads read from the store at the same time.
const READ_AT_ONCE: usize = 32;
/// Leads shown.
const SAMPLE: usize = 20;

/// Preview a change of a team's rules
///
/// What `PATCH` of the same body would do at this moment: how many leads would change their state, which deadlines would
/// move, and some of those leads. Nothing is changed. The newest 10,000 leads are looked at, for 5 seconds at most.
#[utoipa::path(
    post, path = "/v1/teams/{id}/rules/preview", tag = "teams",
    params(("id" = uuid::Uuid, Path)),
    request_body = RulesChange,
    responses(
        (status = 200, description = "What would change now", body = RulesPreview),
        (status = 403, description = "This takes RULES_EDIT, or leading the team", body = ProblemDetails),
        (status = 404, description = "No such team", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
        (status = 503, description = "Others are previewing: come again", body = ProblemDetails),
    )
)]
pub(super) async fn preview_rules(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
    JsonInput(change): JsonInput<RulesChange>,
) -> Result<Json<RulesPreview>, Problem> {
    let team = known_team(&leads.gateway, &viewer, TeamId(id)).await?;
    if viewer.role == Role::Agent {
        return Err(Fault::Forbidden { needs: "RULES_EDIT" }.into());
    }
    let rules = rules_after(&team, &change)?;
    let busy = Fault::Unavailable { retry_after_s: 1 };
    let _turn = leads.previews.try_acquire().map_err(|_| busy)?;
    leads.gateway.saw_list(&viewer, "rules.previewed", None)?;
    let tally = look(&leads, &team, &rules).await?;
    let time_zone = change.time_zone.as_deref().unwrap_or(&team.time_zone);
    Ok(Json(tally.told(Rules::of(&rules, time_zone))))
}

/// The rules that the change would make, in the version that it would make.
fn rules_after(team: &TeamRow, change: &RulesChange) -> Result<TeamRules, Problem> {
    let applied = change.apply(&team.rules, &team.time_zone);
    let mut rules = applied.map_err(|error| Fault::Invalid(vec![error]))?;
    let other_zone = change.time_zone.as_ref().is_some_and(|zone| *zone != team.time_zone);
    if rules != team.rules || other_zone {
        rules.version += 1;
    }
    Ok(rules)
}

/// Foretells lead by lead, page by page.
async fn look(leads: &Leads, team: &TeamRow, rules: &TeamRules) -> Result<Tally, Problem> {
    let began = Instant::now();
    let mut tally = Tally { complete: true, ..Tally::default() };
    let mut filter = LeadFilter { team: Some(team.id), limit: PAGE, ..LeadFilter::default() };
    loop {
        let page = leads.node.directories.list(team.tenant, filter.clone()).await?;
        filter.after = page.leads.last().map(|last| (last.created_at, last.lead));
        let mut effects =
            stream::iter(page.leads).map(|row| one(leads, team, rules, row.lead)).buffered(READ_AT_ONCE);
        while let Some(found) = effects.next().await {
            if let Some((lead, effect)) = found? {
                tally.count(&lead, &effect);
            }
        }
        if !page.more {
            return Ok(tally);
        }
        if tally.leads >= MOST_LEADS || began.elapsed() >= LONGEST {
            tally.complete = false;
            return Ok(tally);
        }
    }
}

/// What would become of a lead; nothing for one that is gone, or another team's by now.
async fn one(
    leads: &Leads,
    team: &TeamRow,
    rules: &TeamRules,
    lead: LeadId,
) -> Result<Option<(Box<Lead>, RulesEffect)>, RowError> {
    let ports = &leads.gateway.ports;
    let place = LeadRef { tenant: team.tenant, lead };
    let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
    Ok(stored.and_then(|stored| match stored.row.slot {
        Slot::Present(lead) if !lead.deleted && lead.team == team.id => {
            let effect = foretell(&lead, rules, leads.gateway.now());
            Some((lead, effect))
        }
        Slot::Present(_) | Slot::Vacant => None,
    }))
}

/// What is counted so far.
#[derive(Default)]
struct Tally {
    leads: u32,
    complete: bool,
    states: BTreeMap<(StateName, StateName), u32>,
    deadlines: BTreeMap<RulesDeadline, DeadlineMoves>,
    /// Leads whose state would change.
    moved: Vec<PreviewedLead>,
    /// Leads of which only deadlines would move.
    timed: Vec<PreviewedLead>,
}

impl Tally {
    fn count(&mut self, lead: &Lead, effect: &RulesEffect) {
        self.leads += 1;
        if effect.is_nothing() {
            return;
        }
        for moved in &effect.clocks {
            self.count_deadline(moved);
        }
        let changes = effect.from != effect.to;
        if changes {
            *self.states.entry((effect.from, effect.to)).or_default() += 1;
        }
        let sample = if changes { &mut self.moved } else { &mut self.timed };
        if sample.len() < SAMPLE {
            sample.push(shown(lead, effect));
        }
    }

    fn count_deadline(&mut self, moved: &ClockMove) {
        let Some(deadline) = RulesDeadline::of(moved.clock) else { return };
        let none = DeadlineMoves { deadline, earlier: 0, later: 0, due_now: 0 };
        let counts = self.deadlines.entry(deadline).or_insert(none);
        match (moved.before, moved.after) {
            (_, None) => counts.due_now += 1,
            (Some(before), Some(after)) if after < before => counts.earlier += 1,
            (_, Some(_)) => counts.later += 1,
        }
    }

    fn told(self, rules: Rules) -> RulesPreview {
        let states = self.states.into_iter().map(|((from, to), leads)| StateMoves {
            from: from.into(),
            to: to.into(),
            leads,
        });
        RulesPreview {
            rules,
            leads: self.leads,
            complete: self.complete,
            states: states.collect(),
            deadlines: self.deadlines.into_values().collect(),
            sample: self.moved.into_iter().chain(self.timed).take(SAMPLE).collect(),
        }
    }
}

fn shown(lead: &Lead, effect: &RulesEffect) -> PreviewedLead {
    PreviewedLead {
        lead_id: lead.id.0,
        lead_name: display_name(lead),
        owner_id: lead.owner.map(|owner| owner.0),
        from: effect.from.into(),
        to: effect.to.into(),
        deadlines: effect.clocks.iter().filter_map(MovedDeadline::of).collect(),
    }
}
