//! Leads in pages: which ones is the directory's answer, what they are the store's.

use axum::{Json, extract::State};
use futures::{StreamExt, stream};
use hearthline_actors::LeadFilter;
use hearthline_api::{Cursor, Lead, LeadParams, LeadQuery, Page, PageParams};
use hearthline_engine::{ids::LeadId, lead::Slot, time::Timestamp};
use hearthline_storage_api::{
    keys::{KeyReader, KeyWriter},
    rows::{codec::RowError, directory::DirectoryRow, lead::LeadRef, reading, user::Role},
};

use super::{Leads, one::shown};
use crate::{input::QueryInput, problem::Problem, viewer::Viewer};

/// Leads read from the store at the same time.
pub(super) const READ_AT_ONCE: usize = 16;

/// Leads
///
/// An agent sees their own, a team lead their team's, an administrator the tenant's.
#[utoipa::path(
    get, path = "/v1/leads", tag = "leads",
    params(LeadParams, PageParams),
    responses((status = 200, description = "A page, newest first", body = Page<Lead>))
)]
pub(super) async fn list_leads(
    State(leads): State<Leads>,
    viewer: Viewer,
    QueryInput(query): QueryInput<LeadQuery>,
) -> Result<Json<Page<Lead>>, Problem> {
    let limit = query.page.limit;
    let Some(filter) = scoped(&viewer, query) else {
        return Ok(Json(Page { items: Vec::new(), next_cursor: None }));
    };
    let action = if filter.query.is_some() { "leads.searched" } else { "leads.listed" };
    leads.gateway.saw_list(&viewer, action, filter.query.clone())?;
    let page = leads.node.directories.list(viewer.tenant, filter).await?;
    let next_cursor = page.leads.last().filter(|_| page.more).map(|row| cursor(row).encode());
    let now = leads.gateway.now();
    let read: Vec<Result<Option<Lead>, RowError>> = stream::iter(page.leads)
        .map(|row| one(&leads, &viewer, row.lead, now))
        .buffered(READ_AT_ONCE)
        .collect()
        .await;
    let mut items = Vec::with_capacity(limit);
    for lead in read {
        items.extend(lead?);
    }
    Ok(Json(Page { items, next_cursor }))
}

/// What is asked for, within what the viewer may see; none when nothing is left.
fn scoped(viewer: &Viewer, query: LeadQuery) -> Option<LeadFilter> {
    let after = query.page.cursor.as_ref().map(place);
    let mut filter = LeadFilter {
        owner: query.owner,
        team: None,
        state: query.state,
        status: query.status,
        source: query.source,
        tag: query.tag,
        unassigned: false,
        query: query.q,
        // A cursor that names no place ends the list.
        after: match after {
            Some(Some(after)) => Some(after),
            Some(None) => return None,
            None => None,
        },
        limit: query.page.limit,
    };
    match viewer.role {
        Role::Agent if filter.owner.is_some_and(|owner| owner != viewer.user) => return None,
        Role::Agent => filter.owner = Some(viewer.user),
        Role::TeamLead => filter.team = Some(viewer.team?),
        Role::Admin => {}
    }
    Some(filter)
}

/// The lead as it stands now; one that is gone since the directory heard of it is left out.
async fn one(leads: &Leads, viewer: &Viewer, lead: LeadId, now: Timestamp) -> Result<Option<Lead>, RowError> {
    let ports = &leads.gateway.ports;
    let place = LeadRef { tenant: viewer.tenant, lead };
    let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
    Ok(stored.and_then(|stored| match stored.row.slot {
        Slot::Present(lead) if !lead.deleted => Some(shown(&lead, viewer, now)),
        Slot::Present(_) | Slot::Vacant => None,
    }))
}

pub(super) fn cursor(row: &DirectoryRow) -> Cursor {
    let key = KeyWriter::new()
        .number(row.created_at.as_millis().unsigned_abs())
        .fixed(row.lead.as_bytes())
        .finish();
    Cursor(key.to_vec())
}

pub(super) fn place(cursor: &Cursor) -> Option<(Timestamp, LeadId)> {
    let mut reader = KeyReader::new(&cursor.0);
    let at = Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?);
    Some((at, LeadId::from_bytes(reader.fixed().ok()?)))
}
