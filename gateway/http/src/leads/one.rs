//! One lead.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header::ETAG},
};
use hearthline_api::{ChannelState, Fault, Lead, LeadClocks, ProblemDetails, words};
use hearthline_engine::{
    access::{Access, Action, Subject},
    lead::Lead as Aggregate,
    time::Timestamp,
};
use hearthline_storage_api::rows::{
    lead::LeadRef,
    reading::{self, StoredLead},
    user::Role,
};

use super::{Leads, at_door, door::Door, listener, policy_viewer};
use crate::{
    input::{PathId, etag},
    problem::Problem,
    viewer::Viewer,
};

/// One lead
#[utoipa::path(
    get, path = "/v1/leads/{id}", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The lead", body = Lead, headers(("ETag" = String))),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "It was merged: `lead_merged`, with the `lead_id` of the lead that goes on", body = ProblemDetails),
    )
)]
pub(super) async fn get_lead(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<(HeaderMap, Json<Lead>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: hearthline_engine::ids::LeadId(id) };
    let lead = match visible(&leads, &viewer, place, Action::SeeLead).await {
        Ok((_, lead)) => lead,
        Err(Problem(Fault::NotFound)) => return Err(gone_or_merged(&leads, &viewer, place).await?),
        Err(problem) => return Err(problem),
    };
    if viewer.role != Role::Agent {
        Door::before(&leads.gateway, at_door(&viewer), lead.id, None).saw(&leads.gateway, "lead.read")?;
    }
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&etag(lead.version)) {
        headers.insert(ETAG, tag);
    }
    Ok((headers, Json(shown(&lead, &viewer, leads.gateway.now()))))
}

/// Who may know of the lead that goes on with a merged one is told which that is (IDN-3).
async fn gone_or_merged(leads: &Leads, viewer: &Viewer, place: LeadRef) -> Result<Problem, Problem> {
    let on = leads.goes_on(place).await?;
    let known = on != place && visible(leads, viewer, on, Action::SeeLead).await.is_ok();
    Ok(Problem(if known { Fault::LeadMerged { lead: on.lead.0 } } else { Fault::NotFound }))
}

/// The lead, for one who may do this with it. Whoever may not know of it gets what a lead that does not exist gets.
pub(super) async fn visible(
    leads: &Leads,
    viewer: &Viewer,
    place: LeadRef,
    action: Action,
) -> Result<(StoredLead, Box<Aggregate>), Problem> {
    let ports = &leads.gateway.ports;
    let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?.ok_or(Fault::NotFound)?;
    let lead = stored.row.slot.lead().cloned().map(Box::new).ok_or(Fault::NotFound)?;
    match Subject::of(&lead).access(&policy_viewer(viewer), action) {
        Access::Allowed => Ok((stored, lead)),
        Access::NotFound => Err(Fault::NotFound.into()),
        Access::Forbidden(refusal) => Err(Fault::Refused(refusal).into()),
    }
}

/// A lead as its viewer sees it, with times of day in their zone.
pub(super) fn shown(lead: &Aggregate, viewer: &Viewer, now: Timestamp) -> Lead {
    let clocks = LeadClocks { at_risk_at: lead.at_risk_at(), stale_at: lead.stale_at() };
    let listener = listener(viewer, now);
    let explained = listener.explained(&words::explanation(&lead.explanation()));
    let channels = lead.channels(now).into_iter().map(|(channel, standing)| {
        ChannelState::of(channel, standing, listener.explained(&words::channel_standing(channel, &standing)))
    });
    Lead::of(lead, clocks, explained, channels.collect())
}
