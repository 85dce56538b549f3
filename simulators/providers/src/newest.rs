//! Bounds on what a simulator remembers, for those that run for long.

/// Forgets all but the newest so many. How many went.
pub(crate) fn keep_newest<T>(rows: &mut Vec<T>, bound: usize) -> usize {
    let beyond = rows.len().saturating_sub(bound);
    drop(rows.drain(..beyond));
    beyond
}
