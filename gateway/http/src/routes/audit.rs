//! The audit log (PRV-4): for administrators.

use axum::{Json, extract::State};
use hearthline_api::{
    AuditEntry, AuditField, AuditFinding, AuditMark, AuditParams, AuditQuery, AuditVerdict, Cursor, Fault,
    Page, PageParams, ProblemDetails,
};
use hearthline_engine::{
    audit::{Actor, Subject},
    time::Timestamp,
};
use hearthline_storage_api::{
    keys::{KeyReader, KeyWriter},
    rows::{
        audit::{AuditFilter, AuditPlace, ChainId, Detail, EntryRow, Verified, list, open_detail, verify},
        timeline::Month,
    },
};

use crate::{gateway::Gateway, input::QueryInput, problem::Problem, viewer::Viewer};

/// The audit log
///
/// Newest first: months, and in a month what was recorded last. Values and reasons are absent once their lead's key was
/// destroyed. A page can hold few entries, or none, although more follow: `next_cursor` says so.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit",
    params(AuditParams, PageParams),
    responses(
        (status = 200, description = "A page, newest first", body = Page<AuditEntry>),
        (status = 403, description = "This takes AUDIT_VIEW", body = ProblemDetails),
        (status = 422, description = "Fields are wrong", body = ProblemDetails),
    )
)]
pub(crate) async fn list_audit(
    State(gateway): State<Gateway>,
    viewer: Viewer,
    QueryInput(query): QueryInput<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    viewer.must_be_admin("AUDIT_VIEW")?;
    let after = match query.page.cursor.as_ref().map(place_of) {
        Some(Some(after)) => Some(after),
        Some(None) => return Ok(Json(Page { items: Vec::new(), next_cursor: None })),
        None => None,
    };
    let ports = &gateway.ports;
    ports.audit.flush().await?;
    gateway.saw_list(&viewer, "audit.read", None)?;
    let filter = AuditFilter {
        actor: query.actor.map(Actor::User),
        subject: query.lead.map(Subject::Lead),
        actions: query.action.into_iter().collect(),
        from: query.from,
        to: query.to,
    };
    let found = list(&*ports.store, viewer.tenant, &filter, after, query.page.limit).await?;
    let mut items = Vec::with_capacity(found.entries.len());
    for (place, row) in &found.entries {
        let detail = open_detail(&*ports.keyring, viewer.tenant, row).await?;
        items.push(shown(place, row, detail));
    }
    Ok(Json(Page { items, next_cursor: found.next.map(|next| cursor_of(next).encode()) }))
}

/// Verify the audit log
///
/// Reads all of it, and says what is not as it was written. `hearthline admin verify-audit` does the same on a stopped
/// store.
#[utoipa::path(
    get, path = "/v1/audit/verification", tag = "audit",
    responses(
        (status = 200, description = "What was found", body = AuditVerdict),
        (status = 403, description = "This takes AUDIT_VIEW", body = ProblemDetails),
        (status = 429, description = "It is being verified", body = ProblemDetails),
    )
)]
pub(crate) async fn verify_audit(
    State(gateway): State<Gateway>,
    viewer: Viewer,
) -> Result<Json<AuditVerdict>, Problem> {
    viewer.must_be_admin("AUDIT_VIEW")?;
    // One at a time: it reads everything there is.
    let Ok(_turn) = gateway.verifying.try_lock() else {
        return Err(Fault::RateLimited { retry_after_s: 5 }.into());
    };
    let ports = &gateway.ports;
    gateway.saw_list(&viewer, "audit.verified", None)?;
    let verified = verify(&*ports.store, &*ports.keyring, viewer.tenant, None).await?;
    Ok(Json(verdict(verified)))
}

fn shown(place: &AuditPlace, row: &EntryRow, detail: Option<Detail>) -> AuditEntry {
    let (reason, values) = detail.map_or((None, Vec::new()), |detail| (detail.reason, detail.values));
    let names = row.fields.iter().map(ToString::to_string);
    let fields = names.enumerate().map(|(n, name)| AuditField { name, value: values.get(n).cloned() });
    AuditEntry {
        id: format!("{}-{:02}-{:012}", place.month.0, place.shard, place.seq),
        at: row.at.into(),
        recorded_at: row.recorded_at.into(),
        actor: row.actor.into(),
        subject: row.subject.into(),
        lead_id: row.subject.lead().map(|lead| lead.0),
        action: row.action.to_string(),
        reason,
        fields: fields.collect(),
        hash: hexadecimal(&row.hash),
    }
}

fn verdict(verified: Verified) -> AuditVerdict {
    let name = |month: Month, shard: u8| format!("{}-{shard:02}", month.0);
    let findings = verified.findings.iter().map(|finding| AuditFinding {
        chain: finding.chain.map(|ChainId { month, shard, .. }| name(month, shard)),
        seq: finding.seq,
        wrong: finding.wrong.name().to_owned(),
    });
    let anchor = verified.anchor.chains.iter().map(|seen| AuditMark {
        chain: name(seen.month, seen.shard),
        count: seen.mark.count,
        hash: hexadecimal(&seen.mark.hash),
    });
    AuditVerdict {
        intact: verified.findings.is_empty(),
        chains: verified.chains,
        entries: verified.entries,
        findings: findings.collect(),
        anchor: anchor.collect(),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A place in the log as a cursor.
pub(crate) fn cursor_of(place: AuditPlace) -> Cursor {
    let key = KeyWriter::new()
        .fixed(&place.month.0.to_be_bytes())
        .number(place.recorded_at.as_millis().unsigned_abs())
        .byte(place.shard)
        .number(place.seq);
    Cursor(key.finish().to_vec())
}

/// The place that a cursor names.
pub(crate) fn place_of(cursor: &Cursor) -> Option<AuditPlace> {
    let mut reader = KeyReader::new(&cursor.0);
    Some(AuditPlace {
        month: Month(u32::from_be_bytes(reader.fixed().ok()?)),
        recorded_at: Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?),
        shard: reader.byte().ok()?,
        seq: reader.number().ok()?,
    })
}
