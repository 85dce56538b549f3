//! Who read my thread (PRV-4): for the owner of a lead, and for administrators.

use std::collections::{BTreeMap, btree_map::Entry};

use axum::{Json, extract::State};
use hearthline_api::{Cursor, Fault, Page, PageParams, PageQuery, ProblemDetails, Reader};
use hearthline_engine::{
    access::{Action, Refusal},
    audit::{Actor, Subject as Of},
    ids::LeadId,
};
use hearthline_storage_api::rows::{
    audit::{AuditFilter, Detail, EntryRow, list, open_detail},
    lead::LeadRef,
    user::{self, Role},
};

use super::{Leads, one::visible};
use crate::{
    input::{PathId, QueryInput},
    problem::Problem,
    routes::audit::{cursor_of, place_of},
    viewer::Viewer,
};

/// Who read this lead
///
/// Newest first, from the audit log: every reading of its content by somebody else than you, and what else was looked at, in
/// batches. For the owner; administrators see it too. A page can hold few entries although more follow.
#[utoipa::path(
    get, path = "/v1/leads/{id}/readers", tag = "rescue",
    params(("id" = uuid::Uuid, Path), PageParams),
    responses(
        (status = 200, description = "A page, newest first", body = Page<Reader>),
        (status = 403, description = "You are not the owner", body = ProblemDetails),
        (status = 404, description = "No such lead", body = ProblemDetails),
    )
)]
pub(super) async fn list_readers(
    State(leads): State<Leads>,
    viewer: Viewer,
    PathId(id): PathId,
    QueryInput(page): QueryInput<PageQuery>,
) -> Result<Json<Page<Reader>>, Problem> {
    let place = LeadRef { tenant: viewer.tenant, lead: LeadId(id) };
    let (_, lead) = visible(&leads, &viewer, place, Action::SeeLead).await?;
    if lead.owner != Some(viewer.user) && viewer.role != Role::Admin {
        return Err(Fault::Refused(Refusal::RoleLacksRight).into());
    }
    let after = match page.cursor.as_ref().map(place_of) {
        Some(Some(after)) => Some(after),
        Some(None) => return Ok(Json(Page { items: Vec::new(), next_cursor: None })),
        None => None,
    };
    let ports = &leads.gateway.ports;
    ports.audit.flush().await?;
    let filter = AuditFilter {
        subject: Some(Of::Lead(lead.id)),
        actions: ["raw.", "lead.read", "timeline.read"].map(str::to_owned).to_vec(),
        ..AuditFilter::default()
    };
    let found = list(&*ports.store, viewer.tenant, &filter, after, page.limit).await?;
    let mut names: BTreeMap<_, Option<String>> = BTreeMap::new();
    let mut items = Vec::new();
    for (_, row) in &found.entries {
        let others = row.actor != Actor::User(viewer.user);
        if others && let Actor::User(reader) = row.actor {
            let detail = open_detail(&*ports.keyring, viewer.tenant, row).await?;
            let name = match names.entry(reader) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(unknown) => {
                    let found = user::load(&*ports.store, &*ports.keyring, viewer.tenant, reader).await?;
                    unknown.insert(found.map(|found| found.row.name)).clone()
                }
            };
            items.push(Reader { reader_name: name, ..shown(row, reader.0, detail) });
        }
    }
    Ok(Json(Page { items, next_cursor: found.next.map(|next| Cursor::encode(&cursor_of(next))) }))
}

fn shown(row: &EntryRow, reader_id: uuid::Uuid, detail: Option<Detail>) -> Reader {
    let (reason, values) = detail.map_or((None, Vec::new()), |detail| (detail.reason, detail.values));
    let count = row.fields.iter().position(|name| name == "count").and_then(|at| values.get(at));
    Reader {
        reader_id,
        reader_name: None,
        raw: row.action.starts_with("raw."),
        action: row.action.to_string(),
        reason,
        at: row.at.into(),
        count: count.and_then(|count| count.parse().ok()).unwrap_or(1),
    }
}
