//! Instagram's webhooks for messages: those of a professional account (Meta documentation, "Instagram messaging webhooks").

use super::messaging::Product;
use crate::{
    identity::IdentityKind,
    message::Channel,
    providers::{Normalized, Unreadable},
    raw::Raw,
};

const INSTAGRAM: Product =
    Product { object: "instagram", channel: Channel::Instagram, identity: IdentityKind::Instagram };

/// Reads one webhook. The account of each part is the professional account's id, empty if the request does not tell it.
/// Comments, mentions and the dashboard's test events come as `changes` and are notices.
///
/// # Errors
/// Why nothing of it can be read.
pub fn normalize(body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
    INSTAGRAM.normalize(body)
}
