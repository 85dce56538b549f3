//! Reading the log, newest first, across the chains of a tenant.

use hearthline_engine::{
    audit::{Actor, Subject},
    ids::TenantId,
    time::Timestamp,
};
use std::{cmp::Reverse, collections::VecDeque};

use super::{
    AUDIT_SHARDS, ChainId, Detail, EntryRow, HEAD_ROW, HeadRow, entry_key, read_register_key,
    register_partition,
};
use crate::{
    Binding, DataKey, KeyError, KeyRange, Keyring, Purpose, Store,
    rows::{
        codec::{RowError, decode, open_row},
        lead::LeadRef,
        timeline::Month,
    },
};
use std::sync::Arc;

/// Entries of one chain read at once.
const PAGE: u64 = 128;
/// Entries looked at for one answer; what a filter leaves of them may be few, and the next page goes on from there.
const EXAMINED: usize = 4_096;

/// Which entries are asked for. Everything that is set must fit.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<Actor>,
    pub subject: Option<Subject>,
    /// Any of these actions; an action that ends in a dot stands for all that begin so. Empty: every action.
    pub actions: Vec<String>,
    /// Happened at this moment or later.
    pub from: Option<Timestamp>,
    /// Happened before this moment.
    pub to: Option<Timestamp>,
}

impl AuditFilter {
    fn fits(&self, row: &EntryRow) -> bool {
        self.actor.is_none_or(|actor| row.actor == actor)
            && self.subject.is_none_or(|subject| row.subject == subject)
            && self.from.is_none_or(|from| row.at >= from)
            && self.to.is_none_or(|to| row.at < to)
            && (self.actions.is_empty() || self.actions.iter().any(|wanted| names(wanted, &row.action)))
    }
}

fn names(wanted: &str, action: &str) -> bool {
    if wanted.ends_with('.') { action.starts_with(wanted) } else { action == wanted }
}

/// A place in the log: months newest first, and in a month what was recorded last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPlace {
    pub month: Month,
    pub recorded_at: Timestamp,
    pub shard: u8,
    pub seq: u64,
}

/// Entries, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    pub entries: Vec<(AuditPlace, EntryRow)>,
    /// Where to go on; none: there are no more.
    pub next: Option<AuditPlace>,
}

/// A page of a tenant's log behind `after`. It may hold fewer than `limit` entries, and none, although there are more.
///
/// # Errors
/// [`RowError`].
pub async fn list(
    store: &dyn Store,
    tenant: TenantId,
    filter: &AuditFilter,
    after: Option<AuditPlace>,
    limit: usize,
) -> Result<AuditPage, RowError> {
    let mut page = AuditPage::default();
    let mut examined = 0;
    for (month, shards) in months(store, tenant, filter, after).await? {
        let mut chains = Vec::with_capacity(shards.len());
        for shard in shards {
            chains.push(Backwards::open(store, ChainId { tenant, month, shard }, after).await?);
        }
        while let Some((place, row)) = newest(store, &mut chains).await? {
            examined += 1;
            if filter.fits(&row) {
                page.entries.push((place, row));
            }
            if page.entries.len() >= limit || examined >= EXAMINED {
                page.next = Some(place);
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// The months that hold anything of what is asked for, newest first, with their chains.
async fn months(
    store: &dyn Store,
    tenant: TenantId,
    filter: &AuditFilter,
    after: Option<AuditPlace>,
) -> Result<Vec<(Month, Vec<u8>)>, RowError> {
    let shard = filter.subject.as_ref().map(|subject| ChainId::shard_of(tenant, subject));
    let newest = filter.to.map(Month::of).into_iter().chain(after.map(|after| after.month)).min();
    let oldest = filter.from.map(Month::of);
    let slice = store.read(&register_partition(tenant), &KeyRange::prefix(b"r")).await?;
    let mut months: Vec<(Month, Vec<u8>)> = Vec::new();
    for row in slice.rows.iter().rev() {
        let chain = read_register_key(tenant, &row.key)?;
        let wanted = chain.shard < AUDIT_SHARDS
            && shard.is_none_or(|shard| chain.shard == shard)
            && newest.is_none_or(|newest| chain.month <= newest)
            && oldest.is_none_or(|oldest| chain.month >= oldest);
        match months.last_mut() {
            Some((month, shards)) if wanted && *month == chain.month => shards.push(chain.shard),
            Some(_) | None if wanted => months.push((chain.month, vec![chain.shard])),
            Some(_) | None => {}
        }
    }
    Ok(months)
}

/// A chain read from its end.
struct Backwards {
    chain: ChainId,
    after: Option<AuditPlace>,
    /// The highest seq that is not in `rows` yet.
    left: u64,
    /// The newest one first.
    rows: VecDeque<EntryRow>,
}

impl Backwards {
    async fn open(store: &dyn Store, chain: ChainId, after: Option<AuditPlace>) -> Result<Self, RowError> {
        let slice = store.read(&chain.partition(), &KeyRange::exactly(HEAD_ROW)).await?;
        let head = slice.rows.first().map(|row| decode::<HeadRow>("audit", &row.value)).transpose()?;
        let mut left = head.map_or(0, |head| head.mark.count);
        let after = after.filter(|after| after.month == chain.month);
        if let Some(after) = after.filter(|after| after.shard == chain.shard) {
            left = left.min(after.seq.saturating_sub(1));
        }
        Ok(Self { chain, after, left, rows: VecDeque::new() })
    }

    async fn fill(&mut self, store: &dyn Store) -> Result<(), RowError> {
        while self.rows.is_empty() && self.left > 0 {
            let from = self.left.saturating_sub(PAGE - 1).max(1);
            let range =
                KeyRange { from: entry_key(from), to: Some(entry_key(self.left + 1)), limit: usize::MAX };
            let slice = store.read(&self.chain.partition(), &range).await?;
            for row in slice.rows.iter().rev() {
                let row = decode::<EntryRow>("audit", &row.value)?;
                if self.after.is_none_or(|after| self.place(&row) < after) {
                    self.rows.push_back(row);
                }
            }
            self.left = from - 1;
        }
        Ok(())
    }

    fn place(&self, row: &EntryRow) -> AuditPlace {
        let ChainId { month, shard, .. } = self.chain;
        AuditPlace { month, recorded_at: row.recorded_at, shard, seq: row.seq }
    }
}

async fn newest(
    store: &dyn Store,
    chains: &mut [Backwards],
) -> Result<Option<(AuditPlace, EntryRow)>, RowError> {
    for chain in chains.iter_mut() {
        chain.fill(store).await?;
    }
    let newest = chains.iter_mut().filter(|chain| !chain.rows.is_empty());
    let newest = newest.min_by_key(|chain| chain.rows.front().map(|row| Reverse(chain.place(row))));
    Ok(newest.and_then(|chain| {
        let row = chain.rows.pop_front()?;
        Some((chain.place(&row), row))
    }))
}

/// The key that an entry's detail is sealed with: the lead's, or the tenant's where there is no lead.
///
/// # Errors
/// [`KeyError`].
pub async fn detail_key(
    keyring: &dyn Keyring,
    tenant: TenantId,
    subject: &Subject,
) -> Result<Arc<dyn DataKey>, KeyError> {
    match subject.lead() {
        Some(lead) => keyring.lead_key(tenant, lead).await,
        None => keyring.tenant_key(tenant, Purpose::Administration).await,
    }
}

/// The sealed form of a detail.
#[must_use]
pub fn seal_detail(key: &dyn DataKey, tenant: TenantId, subject: &Subject, detail: &Detail) -> Vec<u8> {
    match subject.lead() {
        Some(lead) => {
            let place = LeadRef { tenant, lead };
            super::super::codec::seal_row(key, place.binding(DETAIL), detail).to_vec()
        }
        None => super::super::codec::seal_row(key, of_tenant(&tenant), detail).to_vec(),
    }
}

/// The detail of an entry; none if it has none, or its key was destroyed: the chain stands without it.
///
/// # Errors
/// [`RowError`].
pub async fn open_detail(
    keyring: &dyn Keyring,
    tenant: TenantId,
    row: &EntryRow,
) -> Result<Option<Detail>, RowError> {
    let Some(sealed) = &row.sealed else { return Ok(None) };
    let key = match detail_key(keyring, tenant, &row.subject).await {
        Ok(key) => key,
        Err(KeyError::Gone) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match row.subject.lead() {
        Some(lead) => {
            let place = LeadRef { tenant, lead };
            open_row(&*key, place.binding(DETAIL), sealed).map(Some)
        }
        None => open_row(&*key, of_tenant(&tenant), sealed).map(Some),
    }
}

const DETAIL: &str = "audit";

const fn of_tenant(tenant: &TenantId) -> Binding<'_> {
    Binding { tenant: *tenant, subject: tenant.0.as_bytes(), column: DETAIL }
}
