//! One lead.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header::ETAG},
};
use hearthline_api::{Fault, Lead, LeadClocks, ProblemDetails};
use hearthline_engine::{
    access::{self, Access, Action, Subject},
    explain_zone,
    lead::{Lead as Aggregate, Slot},
    time::Timestamp,
};
use hearthline_storage_api::rows::{
    lead::LeadRef,
    reading::{self, StoredLead},
};

use super::{Leads, policy_viewer};
use crate::{
    input::{PathId, etag},
    problem::Problem,
    viewer::Viewer,
};

/// One lead
#[utoipa::path(
    get, path = "/v1/leads/{id}", tag = "leads",
    responses(
        (status = 200, body = Lead, headers(("ETag" = String))),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
) -> Result<(HeaderMap, Json<Lead>), Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: hearthline_engine::ids::LeadId(id) };
    let (_, lead) = visible(&leads, &viewer, place, Action::SeeLead).await?;
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&etag(lead.version)) {
        headers.insert(ETAG, tag);
    }
    Ok((headers, Json(shown(&lead, &viewer, leads.gateway.now()))))
}

/// The lead, for one who may do this with it. Whoever may not know of it gets what a lead that does not exist gets.
pub(super) async fn visible(
    leads: &Leads,
    viewer: &Viewer,
    place: LeadRef,
    action: Action,
) -> Result<(StoredLead, Box<Aggregate>), Problem> {
    let ports = &leads.gateway.ports;
    let mut stored = reading::lead(&*ports.store, &*ports.keyring, place).await?.ok_or(Fault::NotFound)?;
    let Slot::Present(lead) = std::mem::replace(&mut stored.row.slot, Slot::Vacant) else {
        return Err(Fault::NotFound.into());
    };
    match Subject::of(&lead).access(&policy_viewer(viewer), action) {
        Access::Allowed => Ok((stored, lead)),
        Access::NotFound => Err(Fault::NotFound.into()),
        Access::Forbidden(refusal) => Err(forbidden(refusal)),
    }
}

fn forbidden(refusal: access::Refusal) -> Problem { Fault::Forbidden { needs: refusal.code() }.into() }

/// A lead as its viewer sees it, with times of day in their zone.
pub(super) fn shown(lead: &Aggregate, viewer: &Viewer, now: Timestamp) -> Lead {
    let clocks = LeadClocks { at_risk_at: lead.at_risk_at(), stale_at: lead.stale_at() };
    let zone = explain_zone(viewer.time_zone.as_deref());
    Lead::of(lead, clocks, lead.explanation().in_english(now, &zone))
}
