//! One person on several channels, linked by a person (IDN-3). An address belongs to one lead, which its claim says.
//!
//! Linking claims the address first and then tells the lead; unlinking tells the lead first and then lets the address go.
//! Dying in between leaves an address that points to this lead alone, and doing it again finishes it. In this process,
//! those who link and unlink one address take turns.

use axum::{extract::State, http::StatusCode};
use hearthline_actors::{ActKind, Point};
use hearthline_api::{Fault, IdentityLink, Lead, ProblemDetails};
use hearthline_engine::{
    access::Action,
    identity::Address,
    ids::{LeadId, TenantId},
};
use hearthline_storage_api::rows::{identity, lead::LeadRef};
use std::collections::BTreeSet;
use tokio::sync::OwnedMutexGuard;

use super::{Leads, ask::Shown, one::visible, record::taken};
use crate::{
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId},
    problem::Problem,
    viewer::Viewer,
};

/// Lasts as long as it is held.
pub(super) type Turn = OwnedMutexGuard<()>;

/// Link an address to a lead
///
/// What is written from it is this client's from now on. Linked twice, it is linked once. To take it back, unlink it.
#[utoipa::path(
    post, path = "/v1/leads/{id}/identities", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    request_body = IdentityLink,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "Another lead has it: `identity_taken`, with `lead_id` if you may know of it", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn link(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(new): JsonInput<IdentityLink>,
) -> Result<Shown, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    visible(&leads, &viewer, place, Action::EditLead).await?;
    let address = new.address().map_err(|wrong| Fault::Invalid(vec![wrong]))?;
    let ports = &leads.gateway.ports;
    let _turn = leads.turn(place, &address).await?;
    let winner = identity::claim(ports.backing(), place.tenant, &address, place.lead, &[]).await?;
    if winner != place.lead {
        return Err(taken(&leads, &viewer, "value", winner).await);
    }
    ports.points.reach(Point::Identified).await;
    let kind = ActKind::Link { address: address.clone() };
    let linked = leads.act(&viewer, place, operation, &IfMatch::Any, kind).await;
    if let Err(Problem(fault)) = &linked
        && fault.status() < 500
    {
        leads.let_go(place, &address).await?;
    }
    linked?;
    leads.show(&viewer, place, StatusCode::OK).await
}

/// Unlink an address from a lead
///
/// What was written from it stays. Whoever writes from it next is somebody unknown. To take it back, link it.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/identities", tag = "leads",
    params(("id" = uuid::Uuid, Path)),
    request_body = IdentityLink,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn unlink(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    PathId(id): PathId,
    JsonInput(old): JsonInput<IdentityLink>,
) -> Result<Shown, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    visible(&leads, &viewer, place, Action::EditLead).await?;
    let address = old.address().map_err(|wrong| Fault::Invalid(vec![wrong]))?;
    let _turn = leads.turn(place, &address).await?;
    let kind = ActKind::Unlink { address: address.clone() };
    leads.act(&viewer, place, operation, &IfMatch::Any, kind).await?;
    leads.gateway.ports.points.reach(Point::Identified).await;
    leads.let_go(place, &address).await?;
    leads.show(&viewer, place, StatusCode::OK).await
}

impl Leads {
    /// Whoever links or unlinks an address, or makes a lead with it, does so alone.
    async fn turn(&self, place: LeadRef, address: &Address) -> Result<Turn, Problem> {
        let name = identity::name_of(self.gateway.ports.backing(), place.tenant, address).await?;
        Ok(self.gateway.in_flight.turn(name).await)
    }

    /// As [`Self::turn`], for several addresses. All take them in one order, so that nobody waits for ever.
    pub(super) async fn turns<'a>(
        &self,
        tenant: TenantId,
        addresses: impl Iterator<Item = &'a Address>,
    ) -> Result<Vec<Turn>, Problem> {
        let mut names = BTreeSet::new();
        for address in addresses {
            names.insert(identity::name_of(self.gateway.ports.backing(), tenant, address).await?);
        }
        let mut turns = Vec::with_capacity(names.len());
        for name in names {
            turns.push(self.gateway.in_flight.turn(name).await);
        }
        Ok(turns)
    }

    /// Lets an address go that the lead does not have.
    pub(super) async fn let_go(&self, place: LeadRef, address: &Address) -> Result<(), Problem> {
        let ports = &self.gateway.ports;
        let stored =
            hearthline_storage_api::rows::reading::lead(&*ports.store, &*ports.keyring, place).await?;
        let has = stored
            .as_ref()
            .and_then(|stored| stored.row.slot.lead())
            .is_some_and(|lead| lead.identities.contains(address));
        if !has {
            identity::release(ports.backing(), place.tenant, address, place.lead).await?;
        }
        Ok(())
    }
}
