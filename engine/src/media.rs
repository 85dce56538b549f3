//! Files that clients send (DOC-1): what a message says of them, and why one is not taken.
//!
//! A message is read before its files are fetched. What is needed to fetch one is taken out of the message here, so that
//! nobody who fetches has to open the message.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Builder;

use crate::{
    ids::{AttachmentId, EventId, mix},
    message::{Attachment, Content},
    raw::Raw,
};

/// A file that a provider serves, as a message announces it. Its name and its address are the client's and the provider's:
/// no log shows them.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Announced {
    /// Where the provider serves it; empty where it tells only a [`Self::media_id`].
    pub url: String,
    /// Under which id the provider tells where it serves it.
    pub media_id: Option<String>,
    /// As the sender named it.
    pub filename: Option<String>,
    /// As the provider states it.
    pub mime_type: Option<String>,
    /// SHA-256 of its bytes, as the provider states it.
    pub sha256: Option<String>,
}

/// Shows nothing.
impl fmt::Debug for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Announced(…)")
    }
}

/// Words of providers for things that have an address and are no files: a web page somebody shared, a place, a template.
const NO_FILES: [&str; 5] = ["fallback", "location", "template", "product", "link"];

impl Announced {
    /// What has to be fetched of an attachment; nothing of one that we hold, or that is no file.
    #[must_use]
    pub fn of(attachment: &Attachment) -> Option<Self> {
        let no_file = attachment.kind.as_deref().is_some_and(|kind| NO_FILES.contains(&kind));
        let nowhere = attachment.url.is_empty() && attachment.media_id.is_none();
        if no_file || nowhere || attachment.held_as().is_some() {
            return None;
        }
        Some(Self {
            url: attachment.url.clone(),
            media_id: attachment.media_id.clone(),
            filename: attachment.filename.clone(),
            mime_type: attachment.mime_type.clone(),
            sha256: attachment.sha256.clone(),
        })
    }

    /// Whether these are the bytes that were announced. Where no hash was told, or none that can be read, any are.
    #[must_use]
    pub fn is(&self, bytes: &[u8]) -> bool {
        let stated = self.sha256.as_deref().and_then(hash);
        stated.is_none_or(|stated| stated == <[u8; 32]>::from(Sha256::digest(bytes)))
    }
}

/// A SHA-256 in base64, as webhooks state it, or in hexadecimal, as the Graph API describes a file.
fn hash(stated: &str) -> Option<[u8; 32]> {
    let stated = stated.trim();
    if stated.len() == 64 && stated.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        let digits = (0..64).step_by(2).map(|at| u8::from_str_radix(stated.get(at..at + 2)?, 16).ok());
        return digits.collect::<Option<Vec<u8>>>()?.try_into().ok();
    }
    STANDARD.decode(stated).ok()?.try_into().ok()
}

impl Raw<Content> {
    /// The files of a message that are to be fetched, each with its place among the message's attachments.
    #[must_use]
    pub fn announced(&self) -> Vec<(u32, Announced)> {
        let files = (0..).zip(&self.peek().attachments);
        files.filter_map(|(n, file)| Some((n, Announced::of(file)?))).collect()
    }
}

/// The id of the `n`-th attachment of a message: the same however often the message is read.
#[must_use]
pub fn attachment_id(event: EventId, n: u32) -> AttachmentId {
    let (high, low) = event.0.as_u64_pair();
    let first = mix(low ^ mix(high ^ u64::from(n)));
    let mut random = [0_u8; 10];
    random[..8].copy_from_slice(&first.to_be_bytes());
    random[8..].copy_from_slice(&mix(first ^ low).to_be_bytes()[..2]);
    AttachmentId(Builder::from_unix_timestamp_millis(high >> 16, &random).into_uuid())
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $says:literal, $again:literal;)*) => {
        /// Why a file is not taken, now or for good.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
        #[serde(rename_all = "snake_case")]
        pub enum MediaRefusal { $($(#[$doc])* #[error($says)] $name),* }

        impl MediaRefusal {
            /// The stable code that APIs carry.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code),* } }
            /// Whether another attempt can end better.
            #[must_use]
            pub const fn may_pass(self) -> bool { match self { $(Self::$name => $again),* } }
        }
    };
}

refusals! {
    /// Not an address that can be asked.
    BadAddress = "bad_address", "its address is not one that can be asked", false;
    /// Not a host of the provider's.
    HostNotAllowed = "host_not_allowed", "its address is not one of the provider's", false;
    /// The host's name leads into a private network.
    PrivateAddress = "private_address", "its address leads into a private network", false;
    /// Sent on more often than a provider does.
    TooManyRedirects = "too_many_redirects", "its address leads on and on", false;
    /// Over the cap.
    TooLarge = "too_large", "it is larger than what is taken", false;
    /// Not the kind of file that was announced, or a program.
    WrongType = "wrong_type", "it is not the kind of file that was announced", false;
    /// Packed, though we asked for it as it is.
    Encoded = "encoded", "it came packed, though that was not asked for", false;
    /// Not the bytes whose hash the message tells.
    NotAsAnnounced = "not_as_announced", "it is not the file that was announced", true;
    /// No bytes at all.
    Empty = "empty", "there is nothing in it", false;
    /// The provider has it no more, or not yet.
    Gone = "gone", "the provider does not have it", true;
    /// The connection through which it came was disconnected.
    Disconnected = "disconnected", "its connection was removed", false;
    /// The provider does not let us have it: its token may be renewed.
    NotAuthorized = "not_authorized", "the provider refused the connection's credentials", true;
    /// The body ended before its stated length.
    CutShort = "cut_short", "it ended before it was whole", true;
    /// The whole of it did not come in time.
    TooSlow = "too_slow", "it did not come in time", true;
    /// No connection.
    Unreachable = "unreachable", "the provider could not be reached", true;
    /// A 429.
    Throttled = "throttled", "the provider asked to come later", true;
    /// Another answer than a file.
    ProviderFailed = "provider_failed", "the provider answered with an error", true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_1_files_that_providers_serve_are_announced_and_nothing_else() {
        let of = |kind: &str, url: &str, media_id: Option<&str>| Attachment {
            kind: Some(kind.to_owned()),
            url: url.to_owned(),
            media_id: media_id.map(str::to_owned),
            ..Attachment::default()
        };
        let held = Attachment::held(AttachmentId::from_bytes([1; 16]), None, "image/png".to_owned(), 1);
        let attachments = vec![
            of("image", "https://a.example/1", None),
            of("location", "https://a.example/map", None),
            of("document", "", Some("7")),
            of("image", "", None),
            held,
        ];
        let content = Raw::new(Content { attachments, ..Content::default() });
        let places: Vec<u32> = content.announced().into_iter().map(|(n, _)| n).collect();
        assert_eq!(places, [0, 2]);
        assert_eq!(format!("{:?}", content.announced()[0].1), "Announced(…)");
    }

    #[test]
    fn doc_1_a_file_is_the_one_that_was_announced_if_its_hash_says_so() {
        let of =
            |sha256: Option<&str>| Announced { sha256: sha256.map(str::to_owned), ..Announced::default() };
        let base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for stated in [base64, hex, &hex.to_uppercase(), &format!(" {hex}\n")] {
            assert!(of(Some(stated)).is(b"abc"), "{stated}");
            assert!(!of(Some(stated)).is(b"abd"), "{stated}");
        }
        for unreadable in [None, Some(""), Some("abc"), Some(&hex[2..]), Some("not a hash at all, é")] {
            assert!(of(unreadable).is(b"whatever"), "{unreadable:?}");
        }
    }

    #[test]
    fn doc_1_an_attachments_id_follows_from_its_message_and_its_place() {
        let event = EventId(uuid::Uuid::from_u128(0x0192_f000_1111_7abc_8def_0123_4567_89ab));
        let id = attachment_id(event, 0);
        assert_eq!(id, attachment_id(event, 0));
        assert_ne!(id, attachment_id(event, 1));
        assert_ne!(id, attachment_id(EventId(uuid::Uuid::from_u128(7)), 0));
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(id.0.as_bytes()[..6], event.0.as_bytes()[..6], "made when its message was");
    }
}
