//! Files that are uploaded to be sent: what is taken, and what is said of them.
//!
//! What is taken is what Twilio sends by MMS (Twilio documentation, "Accepted content types for media"; the media size
//! limits of its Messages resource): pictures of up to 5 MB, and smaller files of other types.

use hearthline_engine::ids::LeadId;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{FieldError, Form, FromForm, form::read};

/// The largest picture (JPEG, PNG, GIF), in bytes.
pub const MAX_PICTURE_BYTES: usize = 5_000_000;
/// The largest file of another type, in bytes.
pub const MAX_FILE_BYTES: usize = 500_000;
/// The most files that one message carries.
pub const MAX_FILES: usize = 10;

/// Types that Twilio fits to the client's phone.
const PICTURES: [&str; 4] = ["image/jpeg", "image/jpg", "image/png", "image/gif"];
/// Types that it passes on as they are. By family, the rest of the name.
const OTHERS: [(&str, &[&str]); 5] = [
    ("image/", &["bmp", "tiff"]),
    (
        "audio/",
        &[
            "basic",
            "l24",
            "mp4",
            "mpeg",
            "ogg",
            "vorbis",
            "vnd.rn-realaudio",
            "vnd.wave",
            "3gpp",
            "3gpp2",
            "ac3",
            "webm",
            "amr-nb",
            "amr",
        ],
    ),
    (
        "video/",
        &[
            "mpeg",
            "mp4",
            "quicktime",
            "webm",
            "3gpp",
            "3gpp2",
            "3gpp-tt",
            "h261",
            "h263",
            "h263-1998",
            "h263-2000",
            "h264",
        ],
    ),
    ("text/", &["vcard", "x-vcard", "csv", "rtf", "richtext", "calendar", "directory"]),
    ("application/", &["pdf", "vcard", "vnd.apple.pkpass"]),
];

/// What is uploaded: for whom, and under which name. The file is the body.
#[derive(Clone)]
pub struct NewAttachment {
    pub lead: LeadId,
    pub filename: Option<String>,
}

/// [`NewAttachment`] as OpenAPI shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NewAttachmentParams {
    /// Whom it is for.
    pub lead_id: Uuid,
    /// As the sender calls it. The client does not see it.
    #[param(max_length = 255)]
    pub filename: Option<String>,
}

impl FromForm for NewAttachment {
    fn read(form: &mut Form) -> Option<Self> {
        let lead = form.required("lead_id", read::uuid);
        let filename = form.optional("filename", read::line(255));
        Some(Self { lead: lead.map(LeadId)?, filename: filename? })
    }
}

/// The type of a file that can be sent, from its `Content-Type` and its first bytes.
///
/// # Errors
/// What is wrong with type, size or bytes, and what is allowed.
pub fn sendable(content_type: Option<&str>, bytes: &[u8]) -> Result<String, FieldError> {
    let mime_type = content_type.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    let mime_type = mime_type.trim().to_ascii_lowercase();
    let picture = PICTURES.contains(&mime_type.as_str());
    let other = || {
        OTHERS
            .iter()
            .any(|(family, names)| mime_type.strip_prefix(family).is_some_and(|name| names.contains(&name)))
    };
    if !picture && !other() {
        let allowed = "must be image/jpeg, image/png, image/gif, or an audio, video, vCard, calendar or PDF type that MMS carries";
        return Err(FieldError::new("Content-Type", "not_allowed", allowed));
    }
    if bytes.is_empty() {
        return Err(FieldError::new("body", "too_short", "must be the file"));
    }
    if !picture && bytes.len() > MAX_FILE_BYTES {
        let allowed = format!(
            "must be at most {MAX_FILE_BYTES} bytes, or a JPEG, PNG or GIF of at most {MAX_PICTURE_BYTES}"
        );
        return Err(FieldError::new("body", "too_long", allowed));
    }
    if !begins_like(&mime_type, bytes) {
        return Err(FieldError::new(
            "body",
            "wrong_type",
            format!("must be what Content-Type says: {mime_type}"),
        ));
    }
    Ok(mime_type)
}

/// Whether a picture begins as its kind does. Twilio looks too, and then the message fails after it was accepted.
fn begins_like(mime_type: &str, bytes: &[u8]) -> bool {
    match mime_type {
        "image/jpeg" | "image/jpg" => bytes.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/gif" => bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a"),
        "application/pdf" => bytes.starts_with(b"%PDF-"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn out_2_what_mms_carries_is_taken_and_nothing_else() {
        let code = |kind: Option<&str>, bytes: &[u8]| {
            sendable(kind, bytes).map_err(|error| (error.field, error.code))
        };
        let refused = |field: &str, code: &str| Err((field.to_owned(), code.to_owned()));
        let taken = |kind: &str| Ok(kind.to_owned());
        let jpeg = [0xff, 0xd8, 0xff, 0xe0];
        let large = [&jpeg[..], &vec![0; MAX_FILE_BYTES]].concat();
        assert_eq!(code(Some("image/jpeg"), &jpeg), taken("image/jpeg"));
        assert_eq!(code(Some("Image/JPEG; name=x"), &large), taken("image/jpeg"));
        assert_eq!(code(Some("text/vcard"), b"BEGIN:VCARD"), taken("text/vcard"));
        assert_eq!(code(Some("application/pdf"), b"%PDF-1.7"), taken("application/pdf"));
        assert_eq!(code(Some("application/pdf"), &large), refused("body", "too_long"));
        assert_eq!(code(Some("image/png"), &jpeg), refused("body", "wrong_type"));
        assert_eq!(code(Some("image/gif"), b""), refused("body", "too_short"));
        for kind in [
            None,
            Some(""),
            Some("text/html"),
            Some("image/svg+xml"),
            Some("application/json"),
            Some("image/"),
        ] {
            assert_eq!(code(kind, &jpeg), refused("Content-Type", "not_allowed"), "{kind:?}");
        }
    }
}
