//! The slow sweep: the timer index is a hint, and this makes it again from the directory, lead by lead. It repairs what a
//! damaged or restored index lost; in a healthy store it changes nothing.

use futures::{StreamExt, stream};
use hearthline_engine::ids::TenantId;
use hearthline_storage_api::rows::{codec::RowError, lead::LeadRef};

use crate::{
    directory::{Directories, LeadFilter},
    timers::Timers,
};

/// Hints written at the same time: few, so that the sweep is not noticed.
const WRITTEN_AT_ONCE: usize = 4;
/// Leads read from the directory at once.
const PAGE: usize = 1_000;

/// Writes and arms the deadline of every lead of a tenant again. Answers how many there were.
pub(crate) async fn sweep(
    directories: &Directories,
    timers: &Timers,
    tenant: TenantId,
) -> Result<usize, RowError> {
    let mut filter = LeadFilter { limit: PAGE, ..LeadFilter::default() };
    let mut swept = 0;
    loop {
        let page = directories.list(tenant, filter.clone()).await?;
        filter.after = page.leads.last().map(|last| (last.created_at, last.lead));
        let due: Vec<_> =
            page.leads.iter().filter_map(|row| Some((row.lead, row.next_deadline_at?))).collect();
        swept += due.len();
        let kept: Vec<Result<(), RowError>> = stream::iter(due)
            .map(|(lead, at)| {
                let timers = timers.clone();
                async move { timers.keep_hint(LeadRef { tenant, lead }, at).await }
            })
            .buffer_unordered(WRITTEN_AT_ONCE)
            .collect()
            .await;
        kept.into_iter().collect::<Result<(), _>>()?;
        if !page.more {
            return Ok(swept);
        }
    }
}
