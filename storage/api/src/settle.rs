//! Reading back after an `Unknown` (architecture: "read back, never assume").

use crate::{Commit, KeyRange, Outcome, Store, StoreError};

/// What is certain about a commit after reading back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Settled {
    /// It is true.
    Applied,
    /// It is not, and will not be: the partition is at this version.
    Conflict { version: u64 },
    /// It could not be found out. Whoever holds state of this partition drops it and reads again.
    Unresolved(StoreError),
}

/// Commits, and reads back until the answer is certain, within a few attempts.
///
/// After an `Unknown` the partition is read (on CQL serially, which finishes an undecided round): our token under the next
/// version means applied; the expected version means that it is not and may be tried again; anything else means that
/// somebody else was faster, before or after us, which the caller finds out by reading its own row.
///
/// # Errors
/// When nothing was written and nothing will be.
pub async fn commit_settled(store: &dyn Store, commit: Commit) -> Result<Settled, StoreError> {
    const ATTEMPTS: u32 = 4;
    let mut last = StoreError::Unavailable("no answer to a commit".to_owned());
    let mut sent_before = false;
    for _ in 0..ATTEMPTS {
        match store.commit(commit.clone()).await {
            Ok(Outcome::Applied) => return Ok(Settled::Applied),
            Ok(Outcome::Conflict { version }) if !sent_before => return Ok(Settled::Conflict { version }),
            Ok(Outcome::Conflict { .. } | Outcome::Unknown) => sent_before = true,
            // Only this attempt is known to have done nothing.
            Err(error) if sent_before => last = error,
            Err(error) => return Err(error),
        }
        match store.read(&commit.partition, &KeyRange::all().limit(1)).await {
            Ok(slice) if slice.version == commit.expected => {}
            Ok(slice) if slice.version == commit.expected + 1 && slice.token == commit.token => {
                return Ok(Settled::Applied);
            }
            Ok(slice) if slice.version == commit.expected + 1 => {
                return Ok(Settled::Conflict { version: slice.version });
            }
            Ok(slice) => {
                let text =
                    format!("overtaken: version {} where {} was expected", slice.version, commit.expected);
                return Ok(Settled::Unresolved(StoreError::Unavailable(text)));
            }
            Err(error) => last = error,
        }
    }
    Ok(Settled::Unresolved(last))
}
