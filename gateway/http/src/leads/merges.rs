//! Two leads that are one person, merged by a person, and taken apart again (IDN-3). Noted durably before anything changes:
//! a process that dies half-way leaves a note, and the next one finishes it. In this process, merges of a tenant take
//! turns, with those who link the addresses that move.

use axum::{extract::State, http::StatusCode};
use hearthline_api::{Fault, Lead, Merge, ProblemDetails};
use hearthline_engine::{
    access::Action,
    ids::{LeadId, TenantId},
    lead::Lead as Aggregate,
};
use hearthline_storage_api::{
    Purpose,
    rows::{
        codec::RowError,
        lead::LeadRef,
        merge::{self, MergeNote, Merging},
        reading,
    },
};

use super::{
    Leads,
    ask::{Shown, problem},
    identities::Turn,
    one::visible,
};
use crate::{
    input::{JsonInput, PathId, PathIds},
    problem::Problem,
    viewer::Viewer,
};

/// Merges of merged leads are followed so far.
const MOST_HOPS: u32 = 32;

/// Merge another lead into this one
///
/// For the owner of both, and administrators. This lead goes on with both: it has the other's addresses, plans and history;
/// the other one is not found any more. Merged twice, it is merged once. To take it back: `DELETE` the merge.
#[utoipa::path(
    post, path = "/v1/leads/{id}/merges", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    request_body = Merge,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "The other one has a call without its outcome, or a message on its way; or this one is archived, or would have too much", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn merge_leads(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
    JsonInput(Merge { lead_id }): JsonInput<Merge>,
) -> Result<Shown, Problem> {
    let (into, lead) = (place(&viewer, id), place(&viewer, lead_id));
    if lead == into {
        return Err(Fault::field("lead_id", "not_allowed", "must be another lead").into());
    }
    leads.make_one(&viewer, into, lead).await?;
    leads.show(&viewer, into, StatusCode::OK).await
}

/// Take a merge back
///
/// Both leads are what they were: addresses and plans that came with the other one go back to it, and its clocks, which
/// went on, fire what fell due. What was written and done here since stays here.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/merges/{lead_id}", tag = "leads",
    params(("id" = uuid::Uuid, Path), ("lead_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead, or it was never merged into this one", body = ProblemDetails),
    )
)]
pub(super) async fn take_merge_back(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathIds(id, other): PathIds,
) -> Result<Shown, Problem> {
    let (into, lead) = (place(&viewer, id), place(&viewer, other));
    let turn = leads.merging(viewer.tenant).await?;
    visible(&leads, &viewer, into, Action::EditLead).await?;
    match leads.merged_into(lead, into.lead).await? {
        Some(away) => leads.carry_out(&viewer, &away, into.lead, (Merging::TakeBack, turn)).await?,
        None => return Err(Fault::NotFound.into()),
    }
    leads.show(&viewer, into, StatusCode::OK).await
}

fn place(viewer: &Viewer, lead: uuid::Uuid) -> LeadRef {
    LeadRef { tenant: viewer.tenant, lead: LeadId(lead) }
}

impl Leads {
    /// The lead that goes on with this one: itself, or the one that it was merged into, however often.
    pub(super) async fn goes_on(&self, mut place: LeadRef) -> Result<LeadRef, RowError> {
        let ports = &self.gateway.ports;
        for _ in 0..MOST_HOPS {
            let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
            let into = stored.and_then(|stored| stored.row.slot.lead().and_then(|lead| lead.merged_into));
            match into {
                Some(into) => place = LeadRef { lead: into, ..place },
                None => break,
            }
        }
        Ok(place)
    }

    /// Merges a lead into another, for one who may change both. Asked for twice, it is done once.
    pub(super) async fn make_one(
        &self,
        viewer: &Viewer,
        into: LeadRef,
        lead: LeadRef,
    ) -> Result<(), Problem> {
        let turn = self.merging(viewer.tenant).await?;
        let (_, standing) = visible(self, viewer, into, Action::EditLead).await?;
        if standing.has_merged(lead.lead) {
            return Ok(());
        }
        if let Some(begun) = self.merged_into(lead, into.lead).await? {
            // By a process that died.
            return self.carry_out(viewer, &begun, into.lead, (Merging::Merge, turn)).await;
        }
        let unknown = || Problem(Fault::field("lead_id", "not_found", "must be a lead whom you may change"));
        let (_, other) = match visible(self, viewer, lead, Action::EditLead).await {
            Ok(seen) => seen,
            Err(Problem(fault)) if fault.status() < 500 => return Err(unknown()),
            Err(problem) => return Err(problem),
        };
        self.carry_out(viewer, &other, into.lead, (Merging::Merge, turn)).await
    }

    /// One merge of a tenant at a time.
    async fn merging(&self, tenant: TenantId) -> Result<Turn, Problem> {
        let lookup = self.gateway.ports.keyring.tenant_key(tenant, Purpose::Lookup).await;
        let name = lookup.map_err(RowError::from)?.keyed_hash("merges", tenant.as_bytes());
        Ok(self.gateway.in_flight.turn(name).await)
    }

    /// The lead, if it was merged into that one.
    async fn merged_into(&self, lead: LeadRef, into: LeadId) -> Result<Option<Box<Aggregate>>, Problem> {
        let ports = &self.gateway.ports;
        let stored = reading::lead(&*ports.store, &*ports.keyring, lead).await?;
        let known = stored.and_then(|stored| stored.row.slot.lead().cloned());
        Ok(known.filter(|known| known.merged_into == Some(into)).map(Box::new))
    }

    /// Notes it and does it. Whoever asked may go away meanwhile: it is finished all the same.
    async fn carry_out(
        &self,
        viewer: &Viewer,
        lead: &Aggregate,
        into: LeadId,
        (what, turn): (Merging, Turn),
    ) -> Result<(), Problem> {
        let place = LeadRef { tenant: viewer.tenant, lead: lead.id };
        let turns = self.turns(viewer.tenant, lead.identities.iter()).await?;
        let note = MergeNote { into, by: viewer.user, what, at: self.gateway.wall() };
        merge::begin(&*self.gateway.ports.store, place, &note).await?;
        let node = self.node.leads.clone();
        let carried = tokio::spawn(async move {
            let _turns = (turn, turns);
            node.merge(place, note).await
        });
        match carried.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(problem(place, error)),
            Err(_) => Err(Fault::Unavailable { retry_after_s: 10 }.into()),
        }
    }
}
