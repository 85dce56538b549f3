//! What a brokerage sets for itself. Everybody of it may know; admins change it.

use axum::{extract::State, http::StatusCode, response::Response};
use hearthline_actors::Entry;
use hearthline_api::{Fault, ProblemDetails, TenantChange, TenantSettings, UnknownSenders};
use hearthline_engine::audit::{Field, Subject};
use hearthline_storage_api::rows::tenant::{self, TenantRow, Updated};

use super::versioned;
use crate::{
    gateway::Gateway,
    idempotency::Operation,
    input::{IfMatch, JsonInput},
    problem::Problem,
    viewer::Viewer,
};

/// Show your brokerage
#[utoipa::path(
    get,
    path = "/v1/tenant",
    tag = "tenants",
    responses((status = 200, description = "What it is set to; its version is the ETag", body = TenantSettings)),
)]
pub(crate) async fn get_tenant(State(gateway): State<Gateway>, viewer: Viewer) -> Result<Response, Problem> {
    let ports = &gateway.ports;
    let found = tenant::load_tenant(&*ports.store, &*ports.keyring, viewer.tenant).await?;
    let found = found.ok_or(Fault::NotFound)?;
    Ok(versioned(StatusCode::OK, found.version, shown(&found.row)))
}

/// Change your brokerage
///
/// What is absent stays.
#[utoipa::path(
    patch,
    path = "/v1/tenant",
    tag = "tenants",
    params(("If-Match" = Option<String>, Header, description = "The version that the change was made from")),
    request_body = TenantChange,
    responses(
        (status = 200, description = "What it is set to now", body = TenantSettings),
        (status = 403, description = "Not an admin", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
)]
pub(crate) async fn change_tenant(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    JsonInput(change): JsonInput<TenantChange>,
) -> Result<Response, Problem> {
    viewer.must_be_admin("TENANT_MANAGE")?;
    let ports = &gateway.ports;
    let standing = tenant::load_tenant(&*ports.store, &*ports.keyring, viewer.tenant).await?;
    let standing = standing.ok_or(Fault::NotFound)?;
    if_match.check(standing.version)?;
    let fields = [
        change.name.as_ref().map(|name| Field::new("name", name)),
        change.phone_required.map(|required| Field::new("phone_required", required)),
        change.unknown_senders.map(|fate| Field::new("unknown_senders", fate.name())),
    ];
    let entry = Entry::new(viewer.actor(), Subject::Tenant, "tenant.changed");
    let entry = entry.fields(fields.into_iter().flatten()).once(operation.id());
    gateway.record(viewer.tenant, entry).await?;
    let updated = tenant::update_tenant(ports.backing(), viewer.tenant, |row| {
        // A change to the same values is the same change, so a repeated one does no harm.
        row.name = change.name.clone().unwrap_or_else(|| row.name.clone());
        row.phone_required = change.phone_required.unwrap_or(row.phone_required);
        row.unknown_senders = change.unknown_senders.map_or(row.unknown_senders, stored);
        Ok::<(), std::convert::Infallible>(())
    });
    match updated.await? {
        Updated::Missing => Err(Fault::NotFound.into()),
        Updated::Written(_) => get_tenant(State(gateway), viewer).await,
    }
}

fn shown(row: &TenantRow) -> TenantSettings {
    let unknown_senders = match row.unknown_senders {
        tenant::UnknownSenders::NewLead => UnknownSenders::NewLead,
        tenant::UnknownSenders::Unassigned => UnknownSenders::Unassigned,
    };
    let (name, phone_required) = (row.name.clone(), row.phone_required);
    TenantSettings { id: row.id.0, name, phone_required, unknown_senders }
}

const fn stored(fate: UnknownSenders) -> tenant::UnknownSenders {
    match fate {
        UnknownSenders::NewLead => tenant::UnknownSenders::NewLead,
        UnknownSenders::Unassigned => tenant::UnknownSenders::Unassigned,
    }
}
