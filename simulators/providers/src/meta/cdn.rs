//! Where files are: WhatsApp's only for whoever shows the account's token, Messenger's and Instagram's for whoever has the
//! address. At Meta these are other hosts than the API's.

use axum::{
    body::Body,
    extract::{Query, State as Shared},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::convert::Infallible;

use super::{
    account::Product,
    answers::Sim,
    ledger::FetchedMedia,
    signature::hex,
    state::{Media, State},
};
use crate::simulator::Inner;

pub(super) const WHATSAPP: &str = "/whatsapp_business/attachments/";
pub(super) const CONVERSATIONS: &str = "/ig_messaging_cdn/";

/// What makes an address one that can't be guessed.
fn mark(media: &str) -> String {
    hex(&Sha256::digest(format!("mark of {media}")))[..32].to_owned()
}

impl Inner<State> {
    /// Where that file is served.
    pub(super) fn file_url(&self, product: Product, media: &str) -> String {
        let (base, mark) = (&self.base_url, mark(media));
        match product {
            Product::Whatsapp => format!("{base}{WHATSAPP}?mid={media}&ext=1999999999&hash={mark}"),
            Product::Messenger | Product::Instagram => {
                format!("{base}{CONVERSATIONS}?asset_id={media}&signature={mark}")
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct OfWhatsapp {
    mid: String,
    hash: String,
}

pub(super) async fn of_whatsapp(
    Shared(inner): Shared<Sim>,
    Query(asked): Query<OfWhatsapp>,
    headers: HeaderMap,
) -> Response {
    let mut state = inner.state.lock();
    let token = headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
    let token = token.and_then(|header| header.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    let media = state.media.get(&asked.mid).filter(|media| media.account.0 == Product::Whatsapp).cloned();
    let allowed = media.as_ref().is_some_and(|media| {
        state.accounts.get(&media.account).is_some_and(|account| account.access_token == token)
    });
    if !allowed && media.is_some() {
        return served(&mut state, &asked.mid, StatusCode::UNAUTHORIZED, None);
    }
    answer(&mut state, &asked.mid, &asked.hash, media)
}

#[derive(Deserialize)]
pub(super) struct OfConversations {
    asset_id: String,
    signature: String,
}

pub(super) async fn of_conversations(
    Shared(inner): Shared<Sim>,
    Query(asked): Query<OfConversations>,
) -> Response {
    let mut state = inner.state.lock();
    let media = state.media.get(&asked.asset_id).filter(|media| media.account.0 != Product::Whatsapp);
    let media = media.cloned();
    answer(&mut state, &asked.asset_id, &asked.signature, media)
}

fn answer(state: &mut State, id: &str, shown: &str, media: Option<Media>) -> Response {
    let State { knobs, dice, .. } = state;
    let (unreadable, expired) = (knobs.unreadable.strikes(dice), knobs.expired_link.strikes(dice));
    let (stalled, altered) = (knobs.stalled_file.strikes(dice), knobs.altered_file.strikes(dice));
    match media.filter(|_| shown == mark(id) && !expired) {
        _ if unreadable => served(state, id, StatusCode::SERVICE_UNAVAILABLE, None),
        None => served(state, id, StatusCode::NOT_FOUND, None),
        Some(media) if stalled => {
            // Its beginning, and nothing after it: not even an end.
            let beginning = stream::iter([Ok::<_, Infallible>(media.bytes)]);
            let mut response = Response::new(Body::from_stream(beginning.chain(stream::pending())));
            let kind = media.mime_type.parse().expect("it was a header when it came");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Some(mut media) => {
            if let Some(last) = media.bytes.last_mut().filter(|_| altered) {
                *last ^= 1;
            }
            served(state, id, StatusCode::OK, Some(media))
        }
    }
}

fn served(state: &mut State, id: &str, status: StatusCode, media: Option<Media>) -> Response {
    state.ledger.media.push(FetchedMedia {
        media: id.to_owned(),
        how: "served".to_owned(),
        answered: Some(status.as_u16()),
        size_bytes: media.as_ref().map_or(0, |media| media.bytes.len()),
    });
    match media {
        None => status.into_response(),
        Some(media) => {
            let name = format!("attachment; filename=\"{id}\"");
            let headers = [(header::CONTENT_TYPE, media.mime_type), (header::CONTENT_DISPOSITION, name)];
            (status, headers, media.bytes).into_response()
        }
    }
}
