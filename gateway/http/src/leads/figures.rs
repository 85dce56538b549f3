//! A team's figures (RSC-4): who is drowning, and what rescue brought back. Counted from the directory; no lead is opened.

use axum::{Json, extract::State};
use hearthline_actors as actors;
use hearthline_api::{Fault, FirstContactFigures, Held, ProblemDetails, TeamFigures, WonBackFigures};
use hearthline_engine::{
    ids::{TeamId, UserId},
    time::Timestamp,
};
use hearthline_storage_api::rows::user::Role;
use std::cmp::Reverse;

use super::Leads;
use crate::{input::PathId, problem::Problem, routes::teams::known_team, viewer::Viewer};

/// Thirty days.
const WINDOW_S: u32 = 30 * 86_400;

/// A team's figures
///
/// Who has how many leads in which state now; how quickly the leads of the last 30 days were contacted; how many were brought
/// back in that time. For the team's leads, and administrators.
#[utoipa::path(
    get, path = "/v1/teams/{id}/figures", tag = "teams",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The figures as they are now", body = TeamFigures),
        (status = 403, description = "This takes leading the team, or being an administrator", body = ProblemDetails),
        (status = 404, description = "No such team", body = ProblemDetails),
    )
)]
pub(super) async fn team_figures(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<Json<TeamFigures>, Problem> {
    let team = known_team(&leads.gateway, &viewer, TeamId(id)).await?;
    if viewer.role == Role::Agent {
        return Err(Fault::Forbidden { needs: "LEADS_REASSIGN" }.into());
    }
    leads.gateway.saw_list(&viewer, "team.figures_read", None)?;
    let now = leads.gateway.now();
    let since = Timestamp::from_millis(now.as_millis().saturating_sub(i64::from(WINDOW_S) * 1000));
    let counted = leads.node.directories.figures(viewer.tenant, team.id, since).await?;
    Ok(Json(told(team.id, now, counted)))
}

fn told(team: TeamId, now: Timestamp, counted: actors::TeamFigures) -> TeamFigures {
    let mut held: Vec<Held> = counted.held.into_iter().map(in_hand).collect();
    held.sort_unstable_by_key(|held| {
        (Reverse((held.stale, held.at_risk, held.awaiting_reply)), held.owner_id)
    });
    let stale: u32 = held.iter().map(|held| held.stale).sum();
    TeamFigures {
        team_id: team.0,
        counted_at: now.into(),
        window_s: WINDOW_S,
        held,
        first_contact: first_contact(counted.first_contact),
        won_back: won_back(counted.won_back, stale),
    }
}

fn in_hand((owner, held): (Option<UserId>, actors::Held)) -> Held {
    let actors::Held { new, active, at_risk, stale, awaiting_reply } = held;
    Held { owner_id: owner.map(|owner| owner.0), new, active, at_risk, stale, awaiting_reply }
}

fn first_contact(counted: actors::FirstContact) -> FirstContactFigures {
    let actors::FirstContact { leads, contacted, late, median_ms } = counted;
    let median_s = median_ms.map(|ms| ms.unsigned_abs() / 1000);
    FirstContactFigures { leads, contacted, late, median_s }
}

const fn won_back(counted: actors::WonBackCounts, stale: u32) -> WonBackFigures {
    let actors::WonBackCounts { hand_backs, reassignments, owners_touches } = counted;
    let leads = hand_backs + reassignments + owners_touches;
    WonBackFigures { leads, of: leads + stale, hand_backs, reassignments, owners_touches }
}
