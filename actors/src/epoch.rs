//! Taking a partition over: its ownership epoch is raised before anything is written under it, and the leads that an
//! earlier owner left with unfinished effects are found.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, KeyRange, Settled, Write, commit_settled,
    keys::{KeyReader, KeyWriter},
    rows::{
        codec::RowError,
        lead::{LeadRef, hot_key, hot_partition, ownership_partition, read_hot_key},
    },
};

use crate::ports::Ports;

const EPOCH_ROW: &[u8] = b"e";
/// Hot rows carried into the new epoch by one write.
const CARRIED_AT_ONCE: usize = 256;

/// Raises the epoch of a partition by one, and answers with the new one.
pub(crate) async fn raise(ports: &Ports, class: u8) -> Result<u64, RowError> {
    let partition = ownership_partition(class);
    for _ in 0..8 {
        let slice = ports.store.read(&partition, &KeyRange::all()).await?;
        let standing =
            slice.rows.first().map(|row| KeyReader::new(&row.value).number()).transpose()?.unwrap_or(0);
        let epoch = standing + 1;
        let value = KeyWriter::new().number(epoch).finish();
        let commit = Commit {
            partition: partition.clone(),
            expected: slice.version,
            token: ports.random.token(),
            writes: vec![Write::Put { key: Bytes::from_static(EPOCH_ROW), value }],
        };
        match commit_settled(&*ports.store, commit).await? {
            Settled::Applied => return Ok(epoch),
            Settled::Conflict { .. } => {}
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    Err(RowError::Contended("ownership"))
}

/// The leads that were hot in any earlier epoch. Their rows stand in `epoch` from now on, and nowhere else.
pub(crate) async fn take_over(ports: &Ports, class: u8, epoch: u64) -> Result<Vec<LeadRef>, RowError> {
    let partition = hot_partition(class);
    let slice = ports.store.read(&partition, &KeyRange::all()).await?;
    let mut leads = Vec::new();
    for row in &slice.rows {
        let (_, lead) = read_hot_key(&row.key)?;
        leads.push(lead);
    }
    leads.sort_unstable();
    leads.dedup();
    for some in leads.chunks(CARRIED_AT_ONCE) {
        let writes = some.iter().map(|lead| Write::Put { key: hot_key(epoch, *lead), value: Bytes::new() });
        ports.store.put(&partition, 1, writes.collect()).await?;
    }
    let earlier =
        KeyRange { from: Bytes::new(), to: Some(KeyWriter::new().number(epoch).finish()), limit: usize::MAX };
    ports.store.clear(&partition, &earlier).await?;
    Ok(leads)
}
