//! What stands behind an id: a file, a phone number, a page, an Instagram account.

use axum::Json;
use serde_json::{Value, json};

use super::{
    account::{Account, Product},
    answers::{Asked, Sim, readable},
    media::described,
    refusal::Refusal,
};

/// `GET /{id}`, and `GET /me`.
pub(super) fn show(inner: &Sim, id: &str, asked: &Asked) -> Result<Json<Value>, Refusal> {
    let mut state = inner.state.lock();
    readable(&mut state)?;
    let theirs = state.signed_in(asked)?;
    if let Some(media) = state.media_for(id, asked)? {
        return Ok(Json(described(inner, &media)));
    }
    let named =
        |account: &&Account| account.answers_to(id) || (id == "me" && account.product != Product::Whatsapp);
    let account = theirs.iter().find(named).ok_or_else(|| Refusal::no_object(id))?;
    Ok(Json(match account.product {
        Product::Whatsapp => json!({
            "id": account.id,
            "display_phone_number": account.display_number,
            "verified_name": "Simulated",
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
        }),
        Product::Messenger => json!({ "id": account.id, "name": "Simulated" }),
        Product::Instagram => json!({ "id": account.id, "name": "Simulated", "username": "simulated" }),
    }))
}
