//! What clients send: messages, with files that are kept and served.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;

use super::{
    account::{Account, Product},
    payloads,
    state::State,
    webhook::Webhook,
};
use crate::simulator::Inner;

/// A message from a client.
#[derive(Clone, Debug)]
pub struct Inbound {
    pub product: Product,
    /// The account's id.
    pub to: String,
    /// The client's: digits of a phone, or an id that is scoped to the account.
    pub from: String,
    pub text: String,
    pub file: Option<InboundFile>,
}

/// A file of a client's.
#[derive(Clone, Debug)]
pub struct InboundFile {
    /// `image`, `audio`, `video`, `document` or `sticker`; Messenger and Instagram call a document `file`.
    pub kind: String,
    pub mime_type: String,
    /// WhatsApp tells it of documents.
    pub filename: Option<String>,
    pub bytes: Vec<u8>,
}

/// There is no such account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such account")]
pub struct NoSuchAccount;

impl Inner<State> {
    pub(super) async fn receive(self: &Arc<Self>, inbound: Inbound) -> Result<String, NoSuchAccount> {
        let (id, webhook) = self.take_in(inbound)?;
        self.call(&webhook).await;
        Ok(id)
    }

    fn take_in(&self, inbound: Inbound) -> Result<(String, Webhook), NoSuchAccount> {
        let mut state = self.state.lock();
        let key = (inbound.product, inbound.to.clone());
        let account = state.accounts.get(&key).cloned().ok_or(NoSuchAccount)?;
        let id = state.message_id(inbound.product);
        let now = Timestamp::now() - SignedDuration::from_hours(state.knobs.late_hours.into());
        state.heard.insert((inbound.product, inbound.to.clone(), inbound.from.clone()), now);
        let body = match inbound.product {
            Product::Whatsapp => self.to_whatsapp(&mut state, &account, &inbound, &id, now),
            Product::Messenger | Product::Instagram => {
                self.to_conversation(&mut state, &account, &inbound, &id, now)
            }
        };
        Ok((id.clone(), Webhook { account: key, id, about: "received", body }))
    }

    fn to_whatsapp(
        &self,
        state: &mut State,
        account: &Account,
        inbound: &Inbound,
        id: &str,
        now: Timestamp,
    ) -> Value {
        // Since usernames came, everybody has an id of the business's own; some show no phone beside it.
        let phone = Some(&inbound.from).filter(|from| from.bytes().all(|byte| byte.is_ascii_digit()));
        let user_id = phone.map_or_else(|| inbound.from.clone(), |phone| format!("US.{phone}"));
        let mut message = json!({
            "from_user_id": user_id, "id": id, "timestamp": now.as_second().to_string(), "type": "text",
        });
        let name = state.profiles.get(&inbound.from).map_or("Simulated Client", String::as_str);
        let mut contact = json!({ "profile": { "name": name }, "user_id": user_id });
        if let Some(phone) = phone {
            (message["from"], contact["wa_id"]) = (json!(phone), json!(phone));
        }
        match &inbound.file {
            None => message["text"] = json!({ "body": inbound.text }),
            Some(file) => {
                let media = state.keep(account, &file.mime_type, file.bytes.clone());
                let mut told = json!({
                    "mime_type": file.mime_type,
                    "sha256": STANDARD.encode(Sha256::digest(&file.bytes)),
                    "id": media,
                    "url": self.file_url(Product::Whatsapp, &media),
                });
                if !inbound.text.is_empty() {
                    told["caption"] = json!(inbound.text);
                }
                if let Some(filename) = &file.filename {
                    told["filename"] = json!(filename);
                }
                message["type"] = json!(file.kind);
                message[&file.kind] = told;
            }
        }
        payloads::of_whatsapp(account, Some(contact), "messages", message)
    }

    fn to_conversation(
        &self,
        state: &mut State,
        account: &Account,
        inbound: &Inbound,
        id: &str,
        now: Timestamp,
    ) -> Value {
        let mut message = json!({ "mid": id });
        if !inbound.text.is_empty() {
            message["text"] = json!(inbound.text);
        }
        if let Some(file) = &inbound.file {
            let media = state.keep(account, &file.mime_type, file.bytes.clone());
            let url = self.file_url(account.product, &media);
            message["attachments"] = json!([{ "type": file.kind, "payload": { "url": url } }]);
        }
        payloads::of_conversation(account, &inbound.from, &account.id, now, "message", message)
    }
}
