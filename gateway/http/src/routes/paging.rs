//! Cursors of lists that go by id.

use hearthline_api::{Fault, PageQuery};
use uuid::Uuid;

/// The id that a page starts after.
///
/// # Errors
/// 422: the cursor is of another list.
pub(super) fn after(page: &PageQuery) -> Result<Option<Uuid>, Fault> {
    let Some(cursor) = &page.cursor else { return Ok(None) };
    let id = Uuid::from_slice(&cursor.0);
    id.map(Some)
        .map_err(|_| Fault::field("cursor", "invalid_cursor", "must be the next_cursor of a page before"))
}
