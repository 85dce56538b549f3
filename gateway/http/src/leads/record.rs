//! Leads by hand (CRM-1, CRM-2): made, changed, put away and deleted.
//!
//! A create spans partitions and goes in one order: the operation's ids, then the claims of its addresses, then the lead.
//! Whatever dies in between is finished by the same key; a claim without its lead is nobody's, and the next create, or the
//! client's first message, goes on with its id. In this process those who write down the same address take turns; whoever
//! is refused lets go what it had claimed, and whoever goes on with an id lets go what a dead create had claimed beside.

use axum::{extract::State, http::StatusCode};
use hearthline_actors::{ActKind, AskError, Create, Point};
use hearthline_api::{Fault, FieldError, Lead, LeadChange, NewLead, ProblemDetails};
use hearthline_engine::{
    access::Action,
    identity::Address,
    ids::{LeadId, MutationId, TeamId, UserId},
    lead::{Placement, Rejected},
    time::Seconds,
};
use hearthline_storage_api::rows::{
    identity::{self, Holder, did},
    lead::LeadRef,
    reading, team, tenant,
    user::Role,
};

use super::{
    Leads,
    ask::{Shown, problem},
    deeds::new_owner,
    one::visible,
};
use crate::{
    idempotency::Operation,
    input::{IfMatch, JsonInput, PathId},
    problem::Problem,
    viewer::Viewer,
};

/// So long nobody must have had to do with a lead before it can be deleted (CRM-2): 30 days.
const QUIET_FOR: Seconds = Seconds(30 * 86_400);

/// Make a lead
///
/// Its addresses must be nobody else's. It belongs to whoever makes it, or to `owner_id`.
#[utoipa::path(
    post, path = "/v1/leads", tag = "leads",
    request_body = hearthline_api::NewLeadSchema,
    responses(
        (status = 201, description = "Made; its version is the ETag", body = Lead),
        (status = 409, description = "Another lead has the e-mail address or the phone number: `lead_id`, if you may know of it", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn create_lead(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    JsonInput(new): JsonInput<NewLead>,
) -> Result<Shown, Problem> {
    let identities = identities(&leads, &viewer, &new).await?;
    let (owner, team) = owner_and_team(&leads, &viewer, &new).await?;
    let place = placement(&leads, &viewer, owner, team).await?;
    let _turns = leads.turns(viewer.tenant, identities.iter().map(|(_, address)| address)).await?;
    let Claimed { lead, fresh } = claim(&leads, &viewer, operation, &identities).await?;
    let place_of = LeadRef { tenant: viewer.tenant, lead };
    let create = Create {
        mutation: MutationId(operation.id()),
        by: viewer.user,
        place,
        source: new.source,
        identities: identities.iter().map(|(_, address)| address.clone()).collect(),
        profile: new.profile(),
    };
    if let Err(error) = leads.make(place_of, create).await {
        let refused = match error {
            // The client wrote meanwhile, from one of these addresses.
            AskError::Rejected(Rejected::AlreadyExists) => {
                taken(&leads, &viewer, field_of(&leads, place_of, &identities).await?, lead).await
            }
            error => problem(place_of, error),
        };
        if refused.0.status() < 500 {
            leads.let_all_go(place_of, &fresh).await?;
        }
        return Err(refused);
    }
    leads.show(&viewer, place_of, StatusCode::CREATED).await
}

/// The addresses as they are claimed, each with the field that it came in.
async fn identities(
    leads: &Leads,
    viewer: &Viewer,
    new: &NewLead,
) -> Result<Vec<(&'static str, Address)>, Problem> {
    let ports = &leads.gateway.ports;
    let tenant = tenant::load_tenant(&*ports.store, &*ports.keyring, viewer.tenant).await?;
    let phone_required = tenant.is_some_and(|tenant| tenant.row.phone_required);
    let mut wrong = Vec::new();
    let mut addresses = Vec::new();
    match Address::email(&new.email) {
        Ok(address) => addresses.push(("email", address)),
        Err(_) => wrong.push(FieldError::new("email", "invalid_email", "must be an e-mail address")),
    }
    match new.phone.as_deref().map(|phone| Address::phone(phone, None)) {
        Some(Ok(address)) => addresses.push(("phone", address)),
        Some(Err(_)) => {
            wrong.push(FieldError::new("phone", "invalid_phone", "must be E.164, such as +14155550100"));
        }
        None if phone_required => wrong.push(FieldError::new("phone", "required", "is required")),
        None => {}
    }
    if wrong.is_empty() { Ok(addresses) } else { Err(Fault::Invalid(wrong).into()) }
}

/// Whose the lead will be, and of which team.
async fn owner_and_team(
    leads: &Leads,
    viewer: &Viewer,
    new: &NewLead,
) -> Result<(Option<UserId>, TeamId), Problem> {
    let wrong = |field: &str, code: &str, message: &str| Problem(Fault::field(field, code, message));
    let own = (viewer.role != Role::Admin && new.team.is_none()).then_some(viewer.user);
    let owner = new.owner.or(own);
    if viewer.role == Role::Agent && owner != Some(viewer.user) {
        return Err(wrong("owner_id", "not_allowed", "must be absent, or yourself"));
    }
    let Some(owner) = owner else {
        let team = new.team.ok_or_else(|| wrong("owner_id", "required", "is required, or team_id is"))?;
        return if viewer.knows_team(team) {
            Ok((None, team))
        } else {
            Err(wrong("team_id", "not_found", "must be a team whom you know of"))
        };
    };
    let team = new_owner(leads, viewer, owner).await?;
    match new.team {
        Some(named) if named != team => {
            Err(wrong("team_id", "not_allowed", "must be the owner's team, or absent"))
        }
        Some(_) | None => Ok((Some(owner), team)),
    }
}

async fn placement(
    leads: &Leads,
    viewer: &Viewer,
    owner: Option<UserId>,
    team: TeamId,
) -> Result<Placement, Problem> {
    let ports = &leads.gateway.ports;
    let found = team::load(&*ports.store, &*ports.keyring, viewer.tenant, team).await?;
    let missing = || Problem(Fault::field("team_id", "not_found", "must be a team of this tenant"));
    let rules = found.ok_or_else(missing)?.row.rules;
    Ok(Placement { tenant: viewer.tenant, team, owner, rules })
}

/// What was claimed.
struct Claimed {
    lead: LeadId,
    /// Addresses that were nobody's before.
    fresh: Vec<Address>,
}

/// Claims every address for one lead id: that of a create that died half-way, if one did, else a new one. The caller has
/// its turn with each of them.
async fn claim(
    leads: &Leads,
    viewer: &Viewer,
    operation: Operation,
    identities: &[(&'static str, Address)],
) -> Result<Claimed, Problem> {
    let (ports, tenant) = (&leads.gateway.ports, viewer.tenant);
    let (own, mutation) = (LeadId(operation.new_id(0)), MutationId(operation.id()));
    let all: Vec<Address> = identities.iter().map(|(_, address)| address.clone()).collect();
    let (mut lead, mut fresh) = (None, Vec::new());
    for (field, address) in identities {
        match identity::holder(ports.backing(), tenant, address).await? {
            Holder::Nobody => fresh.push(address.clone()),
            // Made by this very operation, before its answer was stored.
            Holder::Lead(holder)
                if did(ports.backing(), LeadRef { tenant, lead: holder }, mutation).await? =>
            {
                return Ok(Claimed { lead: holder, fresh: Vec::new() });
            }
            Holder::Lead(holder) => return Err(taken(leads, viewer, field, holder).await),
            // Nobody links it just now: it is our turn with it.
            Holder::Stray(holder) => {
                identity::release(ports.backing(), tenant, address, holder).await?;
                fresh.push(address.clone());
            }
            Holder::Vacant(vacant) => {
                identity::let_go_beside(ports.backing(), tenant, address, &all).await?;
                lead = lead.or(Some(vacant));
            }
        }
    }
    let lead = lead.unwrap_or(own);
    for (field, address) in identities {
        let winner = identity::claim(ports.backing(), tenant, address, lead, &all).await?;
        if winner != lead {
            leads.let_all_go(LeadRef { tenant, lead }, &fresh).await?;
            return Err(taken(leads, viewer, field, winner).await);
        }
        ports.points.reach(Point::Identified).await;
    }
    Ok(Claimed { lead, fresh })
}

/// In which field the address came that the lead has by now.
async fn field_of(
    leads: &Leads,
    place: LeadRef,
    identities: &[(&'static str, Address)],
) -> Result<&'static str, Problem> {
    let ports = &leads.gateway.ports;
    let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
    let known = stored.as_ref().and_then(|stored| stored.row.slot.lead());
    let has = |address: &Address| known.is_some_and(|lead| lead.identities.contains(address));
    Ok(identities.iter().find(|(_, address)| has(address)).map_or("email", |(field, _)| *field))
}

impl Leads {
    /// Lets go what was claimed for a lead that does not have it.
    async fn let_all_go(&self, place: LeadRef, fresh: &[Address]) -> Result<(), Problem> {
        for address in fresh {
            self.let_go(place, address).await?;
        }
        Ok(())
    }
}

/// Another lead has it, which is named to those who may know of it. Whoever may not, or cannot be told just now, learns
/// only that.
pub(super) async fn taken(leads: &Leads, viewer: &Viewer, field: &'static str, holder: LeadId) -> Problem {
    let place = LeadRef { tenant: viewer.tenant, lead: holder };
    let known = visible(leads, viewer, place, Action::SeeLead).await.is_ok();
    Problem(Fault::IdentityTaken { field, lead: known.then_some(holder.0) })
}

/// Change a lead
///
/// What is absent stays, null takes away. `status` puts the lead away, brings it back or makes it a client.
#[utoipa::path(
    patch, path = "/v1/leads/{id}", tag = "leads",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that the change was made from"),
    ),
    request_body = hearthline_api::LeadChangeSchema,
    responses(
        (status = 200, description = "The lead as it is now", body = Lead),
        (status = 403, description = "Not now, or not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(super) async fn change_lead(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
    JsonInput(LeadChange { profile, status }): JsonInput<LeadChange>,
) -> Result<Shown, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let kind = ActKind::Edit { change: Box::new(profile), status };
    leads.act(&viewer, place, operation, &if_match, kind).await?;
    leads.show(&viewer, place, StatusCode::OK).await
}

/// Delete a lead
///
/// Softly: everything stays, nobody sees it, and who still writes waits for review. Ask the person first. Refused while
/// there was contact within 30 days, or a call waits for its outcome: archive it instead.
#[utoipa::path(
    delete, path = "/v1/leads/{id}", tag = "leads",
    params(
        ("id" = uuid::Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The version that was seen"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Not by you", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
        (status = 409, description = "There was contact not long ago", body = ProblemDetails),
        (status = 412, description = "It was changed in the meantime", body = ProblemDetails),
    )
)]
pub(super) async fn delete_lead(
    State(leads): State<Leads>,
    viewer: Viewer,
    operation: Operation,
    if_match: IfMatch,
    PathId(id): PathId,
) -> Result<StatusCode, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let kind = ActKind::Delete { quiet_for: QUIET_FOR };
    leads.act(&viewer, place, operation, &if_match, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
