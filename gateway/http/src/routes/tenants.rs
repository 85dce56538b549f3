//! Tenants: made by the operator, or once at the first start.

use axum::{
    Json,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::Response,
};
use hearthline_actors::Entry;
use hearthline_api::{Fault, NewTenant, ProblemDetails, Tenant};
use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::{TenantId, UserId},
};
use hearthline_storage_api::rows::{
    tenant::{self, FirstTenant, TenantRow, UnknownSenders},
    user::{self, Created, Moves, Role, UserRow},
};
use subtle::ConstantTimeEq;

use crate::{gateway::Gateway, idempotency::Operation, input::JsonInput, problem::Problem, viewer};

/// Lets through who has the operator's token. To all others, the route does not exist.
pub(crate) async fn operator_only(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let settings = &gateway.ports.settings;
    let shown = viewer::bearer(&request).unwrap_or_default();
    let right = settings
        .operator_token
        .as_ref()
        .is_some_and(|token| !token.0.is_empty() && bool::from(token.0.as_bytes().ct_eq(shown.as_bytes())));
    if right { Ok(next.run(request).await) } else { Err(Fault::NotFound.into()) }
}

/// Make a tenant with its first admin
///
/// Takes the operator's token; without it there is no such route.
#[utoipa::path(
    post,
    path = "/v1/tenants",
    tag = "tenants",
    request_body = NewTenant,
    responses(
        (status = 201, description = "Made", body = Tenant),
        (status = 404, description = "Not the operator", body = ProblemDetails),
        (status = 409, description = "The e-mail address is taken", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    ),
    security(("operator" = [])),
)]
pub(crate) async fn create_tenant(
    State(gateway): State<Gateway>,
    operation: Operation,
    JsonInput(new): JsonInput<NewTenant>,
) -> Result<(StatusCode, Json<Tenant>), Problem> {
    let ids = FirstTenant {
        tenant: TenantId(operation.new_id(0)),
        admin: UserId(operation.new_id(1)),
        done: false,
    };
    let tenant = make(&gateway, ids, new).await?;
    Ok((StatusCode::CREATED, Json(tenant)))
}

/// Whether [`ensure_first_tenant`] has something to make: so that what it takes need not be there for ever.
///
/// # Errors
/// The store is away.
pub async fn wants_first_tenant(gateway: &Gateway) -> Result<bool, Problem> {
    let first = tenant::claim_first_tenant(gateway.ports.backing(), gateway.now()).await?;
    Ok(first.is_some())
}

/// Makes the first tenant of an empty store (`[bootstrap]`). What an earlier start left half-way is finished; a store
/// that was begun otherwise is left alone.
///
/// # Errors
/// What [`create_tenant`] answers.
pub async fn ensure_first_tenant(gateway: &Gateway, new: NewTenant) -> Result<Option<Tenant>, Problem> {
    let backing = gateway.ports.backing();
    let Some(first) = tenant::claim_first_tenant(backing, gateway.now()).await? else { return Ok(None) };
    let tenant = make(gateway, first, new).await?;
    tenant::finish_first_tenant(backing, first).await?;
    Ok(Some(tenant))
}

/// The admin's e-mail address first: it is the unique claim.
async fn make(gateway: &Gateway, ids: FirstTenant, new: NewTenant) -> Result<Tenant, Problem> {
    let ports = &gateway.ports;
    let created_at = gateway.now();
    let hash = gateway.passwords.hash(new.admin_password, &*ports.random).await?;
    let admin = UserRow {
        id: ids.admin,
        tenant: ids.tenant,
        name: new.admin_email.clone(),
        email: new.admin_email,
        role: Role::Admin,
        team: None,
        language: "en".to_owned(),
        time_zone: None,
        password_hash: Some(hash),
        session_epoch: 0,
        created_at,
        moves: Moves::default(),
    };
    if user::create(ports.backing(), admin, gateway.wall()).await? == Created::EmailTaken {
        return Err(Fault::EmailTaken { field: "admin_email" }.into());
    }
    let entry = Entry::new(Actor::System, Subject::Tenant, "tenant.created")
        .fields([Field::new("name", &new.name), Field::new("admin_id", ids.admin)])
        .once(ids.tenant.0);
    gateway.record(ids.tenant, entry).await?;
    let row = TenantRow {
        id: ids.tenant,
        name: new.name,
        created_at,
        phone_required: false,
        unknown_senders: UnknownSenders::default(),
    };
    let row = tenant::create_tenant(ports.backing(), row).await?;
    Ok(Tenant { id: row.id.0, name: row.name, admin_id: ids.admin.0, created_at: row.created_at.into() })
}
