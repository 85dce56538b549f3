//! Messenger's webhooks: those of a Facebook Page (Meta documentation, "Messenger Platform, webhook events").

use super::messaging::Product;
use crate::{
    identity::IdentityKind,
    message::Channel,
    providers::{Normalized, Unreadable},
    raw::Raw,
};

const MESSENGER: Product =
    Product { object: "page", channel: Channel::Messenger, identity: IdentityKind::Messenger };

/// Reads one webhook. The account of each part is the page's id, empty if the request does not tell it.
///
/// # Errors
/// Why nothing of it can be read.
pub fn normalize(body: &Raw<Vec<u8>>) -> Result<Normalized, Unreadable> {
    MESSENGER.normalize(body)
}
