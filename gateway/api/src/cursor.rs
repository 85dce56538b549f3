//! Lists in pages: `{"items": […], "next_cursor": "…"|null}`, with `limit` and `cursor` in the query.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Form, FromForm,
    form::read::{self, Wrong},
};

/// The most items a page has.
pub const MAX_LIMIT: u64 = 200;
/// How many it has when nobody asks for a number.
pub const DEFAULT_LIMIT: u64 = 50;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page starts; null: this was the last one.
    pub next_cursor: Option<String>,
}

/// A place in a list, opaque to clients: the key of the last item they saw. It grants nothing, because it is only ever
/// looked up in what its user may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

impl Cursor {
    /// As it is given to clients.
    #[must_use]
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
    /// From what a client sent: at most 256 bytes.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 344 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok().map(Self)
    }
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// 1 to 200.
    pub limit: usize,
    /// After this place.
    pub cursor: Option<Cursor>,
}

/// [`PageQuery`] as OpenAPI shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// How many items, 1 to 200; 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u64>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl FromForm for PageQuery {
    fn read(form: &mut Form) -> Option<Self> {
        let limit = form.optional("limit", read::integer(1..=MAX_LIMIT));
        let cursor = form.optional("cursor", |given| {
            let text = read::opaque(344)(given).ok();
            text.and_then(|text| Cursor::decode(&text)).ok_or_else(|| Wrong {
                code: "invalid_cursor",
                message: "must be the next_cursor of a page before".to_owned(),
            })
        });
        let limit = limit?.unwrap_or(DEFAULT_LIMIT);
        Some(Self { limit: usize::try_from(limit).unwrap_or(usize::MAX), cursor: cursor? })
    }
}

impl<T> Page<T> {
    /// A page from one item more than was asked for: that one says that there are more. `key` names the place of an item.
    #[must_use]
    pub fn cut(mut items: Vec<T>, limit: usize, key: impl Fn(&T) -> Cursor) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(|item| key(item).encode()) } else { None };
        Self { items, next_cursor }
    }
    /// The same page with other items.
    #[must_use]
    pub fn map<U>(self, with: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(with).collect(), next_cursor: self.next_cursor }
    }
}
