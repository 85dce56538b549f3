//! WhatsApp, Messenger and Instagram. What WhatsApp's statuses and Messenger's echoes repeat names the lead and the message,
//! so that any of them says which message it is even if the answer to the send was lost (OUT-3).

use hearthline_actors::{Handed, Order};
use hearthline_engine::{
    identity::IdentityKind,
    ids::{AttachmentId, TenantId},
    lead::ReplyWindow,
    providers::our_name::OurName,
    time::Seconds,
};
use hearthline_http::media;
use hearthline_providers::meta::{
    Account, Host, Request, SendError, instagram,
    messenger::{self, Answers},
    whatsapp::{self, FileKind, Recipient},
};
use hearthline_storage_api::rows::{
    attachment,
    codec::RowError,
    connection::{MetaApp, PageSettings, WhatsappSettings},
};

use super::Providers;

/// A file of a message, as its provider is told of it.
struct File {
    link: String,
    mime_type: String,
    filename: Option<String>,
}

impl Providers {
    pub(super) async fn send_by_whatsapp(&self, settings: &WhatsappSettings, order: Order) -> Handed {
        let id = settings.phone_number_id.as_str();
        let Some(account) = account(&settings.app, Host::Facebook, id) else { return unusable() };
        let file = match self.file_of(&order).await {
            Ok(file) => file,
            Err(handed) => return handed,
        };
        let (to, reference) = (order.to.clone(), name_of(&order));
        let text = order.text.into_request();
        let caption = Some(text.as_str()).filter(|text| !text.is_empty());
        let content = match &file {
            None => whatsapp::Content::Text(&text),
            Some(file) => {
                let kind = FileKind::of(&file.mime_type);
                if kind == FileKind::Audio && caption.is_some() {
                    // WhatsApp's own answer would be the same, after it had the text.
                    return Handed::Refused { code: Some("100".to_owned()), opted_out: false };
                }
                whatsapp::Content::File {
                    kind,
                    link: &file.link,
                    caption,
                    filename: file.filename.as_deref(),
                }
            }
        };
        let to = match to.kind {
            IdentityKind::Phone => Recipient::Phone(&to.value),
            IdentityKind::Whatsapp
            | IdentityKind::Email
            | IdentityKind::Messenger
            | IdentityKind::Instagram
            | IdentityKind::SmsSender => Recipient::UserId(&to.value),
        };
        let request = whatsapp::Message { to, content, reference: &reference }.request();
        self.hand_to_meta(&account, id, &request).await
    }

    pub(super) async fn send_by_messenger(&self, settings: &PageSettings, order: Order) -> Handed {
        let Some(id) = settings.page_id.as_deref().or(settings.account_id.as_deref()) else {
            return unusable();
        };
        let Some(account) = account(&settings.app, Host::Facebook, id) else { return unusable() };
        let file = match self.file_of(&order).await {
            Ok(file) => file,
            Err(handed) => return handed,
        };
        let (to, reference, answers) = (order.to.value.clone(), name_of(&order), answers(order.window));
        let text = order.text.into_request();
        let content = said(&text, file.as_ref());
        let request = messenger::Message { to: &to, content, answers, reference: &reference }.request();
        self.hand_to_meta(&account, id, &request).await
    }

    /// Through the page that the account is linked to, where there is one; else through Instagram's own host.
    pub(super) async fn send_by_instagram(&self, settings: &PageSettings, order: Order) -> Handed {
        let (host, id) = match (&settings.page_id, &settings.account_id) {
            (Some(page), _) => (Host::Facebook, page),
            (None, Some(account)) => (Host::Instagram, account),
            (None, None) => return unusable(),
        };
        let Some(account) = account(&settings.app, host, id) else { return unusable() };
        let file = match self.file_of(&order).await {
            Ok(file) => file,
            Err(handed) => return handed,
        };
        let (to, answers) = (order.to.value.clone(), answers(order.window));
        let text = order.text.into_request();
        let content = said(&text, file.as_ref());
        let request = instagram::Message { to: &to, content, answers }.request();
        let known_by = settings.account_id.as_ref().unwrap_or(id);
        self.hand_to_meta(&account, known_by, &request).await
    }

    /// `known_by`: the account that what is told of the message will name.
    async fn hand_to_meta(&self, account: &Account, known_by: &str, request: &Request) -> Handed {
        match self.meta.send(account, request).await {
            Ok(accepted) => Handed::Accepted { provider_event_id: accepted.id, account: known_by.to_owned() },
            Err(error) => handed(error),
        }
    }

    /// The one file of a message, if it has one: more are refused where it is asked for. A message never goes without it.
    async fn file_of(&self, order: &Order) -> Result<Option<File>, Handed> {
        let Some(id) = order.attachments.first().copied() else { return Ok(None) };
        let found = self.file(order.tenant, id).await.map_err(|_| Handed::NotSent)?;
        found.map(Some).ok_or_else(unusable)
    }

    async fn file(&self, tenant: TenantId, id: AttachmentId) -> Result<Option<File>, RowError> {
        let Some(row) = attachment::load(&*self.store, tenant, id).await? else { return Ok(None) };
        let key = self.keyring.lead_key(tenant, row.lead).await?;
        let info = row.info(&*key, tenant, id)?;
        let link = media::link(&*self.keyring, &self.public_url, tenant, id, self.wall.now());
        Ok(Some(File { link, mime_type: info.mime_type, filename: info.filename }))
    }
}

fn account(app: &MetaApp, host: Host, id: &str) -> Option<Account> {
    Account::new(app.api_base_url.as_deref(), host, id, app.access_token.0.clone()).ok()
}

/// The connection's settings can't be used.
const fn unusable() -> Handed {
    Handed::Refused { code: None, opted_out: false }
}

fn name_of(order: &Order) -> String {
    OurName { lead: order.lead, event: order.event }.to_string()
}

const fn answers(window: ReplyWindow) -> Answers {
    match window {
        ReplyWindow::ByHand { .. } => Answers::HumanAgent,
        ReplyWindow::Always | ReplyWindow::Open { .. } | ReplyWindow::Closed => Answers::Standard,
    }
}

/// A text or a file: both at once are refused where they are asked for.
fn said<'a>(text: &'a str, file: Option<&'a File>) -> messenger::Content<'a> {
    match file {
        None => messenger::Content::Text(text),
        Some(file) => {
            messenger::Content::File { kind: messenger::file_kind(&file.mime_type), link: &file.link }
        }
    }
}

fn handed(error: SendError) -> Handed {
    match error {
        SendError::Refused { status, code, subcode } => {
            let code = code.map_or_else(|| format!("http_{status}"), |code| with_subcode(code, subcode));
            Handed::Refused { code: Some(code), opted_out: false }
        }
        SendError::WindowClosed { code, subcode } => {
            Handed::WindowClosed { code: Some(with_subcode(code, subcode)) }
        }
        SendError::Throttled { retry_after } => Handed::Throttled {
            retry_after: retry_after.map(|after| Seconds(u32::try_from(after.as_secs()).unwrap_or(u32::MAX))),
        },
        SendError::NotSent => Handed::NotSent,
        SendError::Unknown { .. } => Handed::Unknown,
    }
}

/// `10/2018278`
pub(super) fn with_subcode(code: u32, subcode: Option<u32>) -> String {
    subcode.map_or_else(|| code.to_string(), |subcode| format!("{code}/{subcode}"))
}
