//! Files of WhatsApp's: uploaded, described, taken away ("Cloud API, Media").

use axum::Json;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    account::Product,
    answers::{Asked, Sim, readable},
    multipart,
    refusal::Refusal,
    signature::hex,
    state::{Media, State},
};
use crate::simulator::Inner;

/// What WhatsApp takes of each type ("Supported media types"), in bytes.
const MIB: usize = 1024 * 1024;
const PICTURE_AT_MOST_BYTES: usize = 5 * MIB;
const SOUND_AT_MOST_BYTES: usize = 16 * MIB;
const DOCUMENT_AT_MOST_BYTES: usize = 100 * MIB;

/// `POST /{phone_number_id}/media`: a form with `messaging_product`, `type` and `file`.
pub(super) fn upload(inner: &Sim, id: &str, asked: &Asked) -> Result<Json<Value>, Refusal> {
    let mut state = inner.state.lock();
    let theirs = state.signed_in(asked)?;
    let account = theirs
        .into_iter()
        .find(|account| account.product == Product::Whatsapp && account.id == id)
        .ok_or_else(|| Refusal::no_object(id))?;
    readable(&mut state)?;
    let fields = multipart::read(asked.content_type(), &asked.body)
        .ok_or_else(|| Refusal::parameter("(#100) The parameter file is required"))?;
    let text = |name: &str| {
        let field = fields.iter().find(|field| field.name == name)?;
        std::str::from_utf8(field.bytes).ok().map(str::to_owned)
    };
    if text("messaging_product").as_deref() != Some("whatsapp") {
        return Err(Refusal::parameter("(#100) The parameter messaging_product is required."));
    }
    let file = fields.iter().find(|field| field.name == "file");
    let file = file.ok_or_else(|| Refusal::parameter("(#100) The parameter file is required"))?;
    let told = text("type").or_else(|| file.content_type.clone()).unwrap_or_default();
    check(&told, file.bytes.len())?;
    let media = state.keep(&account, &told, file.bytes.to_vec());
    Ok(Json(json!({ "id": media })))
}

/// Whether WhatsApp takes a file of that type and size.
pub(super) fn check(mime_type: &str, size_bytes: usize) -> Result<(), Refusal> {
    let at_most = match mime_type.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" | "image/png" | "image/webp" => PICTURE_AT_MOST_BYTES,
        "audio/aac" | "audio/amr" | "audio/mp4" | "audio/mpeg" | "audio/ogg" => SOUND_AT_MOST_BYTES,
        "video/3gpp" | "video/mp4" => SOUND_AT_MOST_BYTES,
        "text/plain"
        | "application/pdf"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        | "application/vnd.openxmlformats-officedocument.presentationml.presentation" => {
            DOCUMENT_AT_MOST_BYTES
        }
        other => {
            let message =
                format!("(#100) Param file must be a file with one of the supported types, not {other}");
            return Err(Refusal::parameter(message));
        }
    };
    if size_bytes > at_most {
        return Err(Refusal::whatsapp(131_053, "Media upload error", "The file is too large"));
    }
    Ok(())
}

/// What is told of a file before it is fetched.
pub(super) fn described(inner: &Inner<State>, media: &Media) -> Value {
    json!({
        "messaging_product": "whatsapp",
        "url": inner.file_url(Product::Whatsapp, &media.id),
        "mime_type": media.mime_type,
        "sha256": hex(&Sha256::digest(&media.bytes)),
        "file_size": media.bytes.len(),
        "id": media.id,
    })
}

impl State {
    /// The file of one of WhatsApp's numbers, for whoever shows the token.
    pub(super) fn media_for(&self, id: &str, asked: &Asked) -> Result<Option<Media>, Refusal> {
        let theirs = self.signed_in(asked)?;
        let own = |media: &&Media| {
            let (product, account) = &media.account;
            *product == Product::Whatsapp && theirs.iter().any(|known| known.id == *account)
        };
        Ok(self.media.get(id).filter(own).cloned())
    }
}

/// `DELETE /{media_id}`
pub(super) fn delete(inner: &Sim, id: &str, asked: &Asked) -> Result<Json<Value>, Refusal> {
    let mut state = inner.state.lock();
    let media = state.media_for(id, asked)?.ok_or_else(|| Refusal::no_object(id))?;
    state.media.remove(&media.id);
    Ok(Json(json!({ "success": true })))
}
