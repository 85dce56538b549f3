//! What a file is: by its first bytes, held against what was said of it. Bytes that are something else than announced are
//! somebody's trick, or an error page.

use hearthline_engine::media::MediaRefusal;
use infer::MatcherType;

/// Sounds without a mark of their own at the beginning.
const BARE_SOUNDS: [&str; 5] = ["audio/basic", "audio/l16", "audio/l24", "audio/mpeg", "audio/aac"];
const UNKNOWN: &str = "application/octet-stream";

/// The type of a file: what both its bytes and its sender say.
///
/// # Errors
/// [`MediaRefusal::WrongType`]: they don't agree, or it is a program.
pub(super) fn agreed(stated: Option<&str>, bytes: &[u8]) -> Result<String, MediaRefusal> {
    let stated = stated.and_then(|kind| kind.split(';').next()).map(|kind| kind.trim().to_ascii_lowercase());
    let stated = stated.filter(|kind| kind.contains('/') && !is_nothing_said(kind));
    let found = infer::get(bytes);
    if found.is_some_and(|found| found.matcher_type() == MatcherType::App) {
        return Err(MediaRefusal::WrongType);
    }
    match (stated, found) {
        (None, found) => Ok(found.map_or(UNKNOWN, |found| found.mime_type()).to_owned()),
        (Some(stated), None) => {
            if needs_its_mark(&stated) {
                Err(MediaRefusal::WrongType)
            } else {
                Ok(stated)
            }
        }
        (Some(stated), Some(found)) => {
            if !fits(&stated, &found) {
                return Err(MediaRefusal::WrongType);
            }
            // Providers turn one kind of picture into another and go on calling it by its old name.
            Ok(if family(&stated) == "image" { found.mime_type().to_owned() } else { stated })
        }
    }
}

fn is_nothing_said(kind: &str) -> bool {
    matches!(kind, "application/octet-stream" | "binary/octet-stream" | "application/unknown")
}

fn family(kind: &str) -> &str {
    kind.split('/').next().unwrap_or_default()
}

/// Whether what begins like nothing known can't be of that kind.
fn needs_its_mark(stated: &str) -> bool {
    match family(stated) {
        "image" | "video" => true,
        "audio" => !BARE_SOUNDS.contains(&stated),
        _ => stated == "application/pdf" || stated == "text/html",
    }
}

fn fits(stated: &str, found: &infer::Type) -> bool {
    let kind = found.mime_type();
    match family(stated) {
        "image" => found.matcher_type() == MatcherType::Image,
        // One container serves both.
        "audio" | "video" => matches!(found.matcher_type(), MatcherType::Audio | MatcherType::Video),
        "text" => found.matcher_type() == MatcherType::Text && (kind != "text/html" || stated == kind),
        _ if stated == "application/pdf" => kind == stated,
        _ if stated.ends_with("/ogg") => {
            matches!(found.matcher_type(), MatcherType::Audio | MatcherType::Video)
        }
        _ => {
            matches!(found.matcher_type(), MatcherType::Doc | MatcherType::Archive | MatcherType::Book)
                || (stated.contains("xml") && kind == "text/xml")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'];
    const HTML: &[u8] = b"<!DOCTYPE html><html><script>alert(1)</script>";
    const OGG: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0";
    const ELF: &[u8] = &[
        0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x3e, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    #[test]
    fn doc_1_a_file_is_what_both_its_bytes_and_its_sender_say() {
        let taken = |stated: Option<&str>, bytes: &[u8]| agreed(stated, bytes).expect("it fits");
        assert_eq!(taken(Some("image/png"), PNG), "image/png");
        assert_eq!(taken(Some("Image/JPEG; x=y"), PNG), "image/png", "the bytes say which picture");
        assert_eq!(taken(None, JPEG), "image/jpeg");
        assert_eq!(taken(Some("application/octet-stream"), PNG), "image/png");
        assert_eq!(taken(Some("audio/ogg; codecs=opus"), OGG), "audio/ogg");
        assert_eq!(taken(Some("application/pdf"), b"%PDF-1.7 x"), "application/pdf");
        assert_eq!(taken(Some("text/vcard"), b"BEGIN:VCARD"), "text/vcard");
        assert_eq!(taken(Some("application/msword"), b"PK\x03\x04xxxx"), "application/msword");
        assert_eq!(taken(None, b"words"), "application/octet-stream");
        for (stated, bytes) in [
            (Some("image/png"), HTML),
            (Some("image/png"), b"no mark of a picture" as &[u8]),
            (Some("image/svg+xml"), b"<svg onload=x>"),
            (Some("text/plain"), HTML),
            (Some("video/mp4"), PNG),
            (Some("application/pdf"), HTML),
            (Some("application/pdf"), PNG),
            (Some("application/msword"), PNG),
            (Some("image/png"), ELF),
            (Some("application/octet-stream"), ELF),
            (None, ELF),
        ] {
            assert_eq!(agreed(stated, bytes), Err(MediaRefusal::WrongType), "{stated:?}");
        }
    }
}
