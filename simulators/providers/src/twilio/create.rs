//! Sending: what is asked, what is refused, and what is taken.

use jiff::Timestamp;

use super::{
    account::Account, ledger::Accepted, message::Message, refusal::Refusal, segments::segments, state::State,
};

/// The fields of one request, decoded.
pub(super) struct Asked(Vec<(String, String)>);

/// Parameters that change what is sent in a way that is not simulated: ignoring them would be a wrong answer.
const NOT_SIMULATED: [&str; 7] = [
    "ApplicationSid",
    "ContentSid",
    "ContentVariables",
    "PersistentAction",
    "ScheduleType",
    "SendAt",
    "ShortenUrls",
];

const BODY_AT_MOST: usize = 1600;
const MEDIA_AT_MOST: usize = 10;

impl Asked {
    pub fn read(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Present, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.clone()).collect()
    }
}

/// A number, or a number on a channel (`whatsapp:`).
fn parts(address: &str) -> (&str, &str) {
    address.split_once(':').map_or(("", address), |(channel, number)| (channel, number))
}

fn is_number(address: &str) -> bool {
    let (channel, number) = parts(address);
    let digits = number.strip_prefix('+').unwrap_or_default();
    matches!(channel, "" | "whatsapp")
        && (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

fn is_url(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Twilio's magic numbers of its test credentials: each refuses in its own way ("Test Credentials").
fn magic(from: Option<&str>, to: &str) -> Option<Refusal> {
    let from_refused = match from? {
        "+15005550001" => Some((21212, "is not a valid phone number")),
        "+15005550007" => Some((21606, "is not a valid, SMS-capable inbound phone number for your account")),
        "+15005550008" => Some((21611, "has exceeded the maximum number of queued messages")),
        _ => None,
    };
    let to_refused = match to {
        "+15005550001" => Some((21211, "is not a valid phone number")),
        "+15005550002" => Some((21612, "is not currently reachable using the 'From' phone number")),
        "+15005550003" => Some((21408, "is in a region for which sending has not been enabled")),
        "+15005550004" => Some((21610, "has been unsubscribed from the 'From' number")),
        "+15005550009" => Some((21614, "is not a mobile number")),
        _ => None,
    };
    let refused = |field: &str, number: &str, (code, why): (u32, &str)| {
        Refusal::bad(code, format!("The '{field}' number {number} {why}."))
    };
    let by_from = from_refused.map(|why| refused("From", from.unwrap_or_default(), why));
    by_from.or_else(|| to_refused.map(|why| refused("To", to, why)))
}

impl State {
    /// Takes a message, or says why not. `answered` of its row in the ledger is for the caller to correct.
    pub(super) fn create(
        &mut self,
        account: &Account,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<Message, Refusal> {
        let message = self.check(account, asked, now)?;
        self.ledger.accepted.push(Accepted {
            account_sid: message.account_sid.clone(),
            sid: message.sid.clone(),
            from: message.from.clone(),
            messaging_service_sid: message.service.clone(),
            to: message.to.clone(),
            body: message.body.clone(),
            media_urls: asked.all("MediaUrl"),
            status_callback: message.status_callback.clone(),
            answered: true,
        });
        self.keep(message.clone());
        Ok(message)
    }

    fn check(&mut self, account: &Account, asked: &Asked, now: Timestamp) -> Result<Message, Refusal> {
        if let Some(name) = NOT_SIMULATED.iter().find(|name| asked.has(name)) {
            return Err(Refusal::bad(20001, format!("The simulator does not know the parameter {name}.")));
        }
        let to = asked.get("To").ok_or_else(|| Refusal::bad(21604, "A 'To' phone number is required."))?;
        let (from, service) = (asked.get("From"), asked.get("MessagingServiceSid"));
        if from.is_none() && service.is_none() {
            return Err(Refusal::bad(21603, "A 'From' phone number is required."));
        }
        let (body, media) = (asked.get("Body").unwrap_or_default(), asked.all("MediaUrl"));
        check_content(body, &media)?;
        if let Some(refusal) = magic(from, to) {
            return Err(refusal);
        }
        check_addresses(account, from, service, to)?;
        let sender = from.or(service).unwrap_or_default();
        if self.has_opted_out(account, sender, to) {
            return Err(Refusal::bad(21610, "Attempt to send to unsubscribed recipient"));
        }
        let status_callback = callback(account, asked, service)?;
        Ok(Message {
            sid: self.dice.sid(if media.is_empty() { "SM" } else { "MM" }),
            account_sid: account.account_sid.clone(),
            direction: "outbound-api",
            from: from.map(str::to_owned),
            to: to.to_owned(),
            body: body.to_owned(),
            service: service.map(str::to_owned),
            status: if service.is_some() { "accepted" } else { "queued" }.to_owned(),
            error_code: None,
            segments: segments(body),
            num_media: media.len(),
            media: Vec::new(),
            status_callback,
            created: now,
            updated: now,
            sent: None,
        })
    }

    /// Said STOP to the number, to the service, or to the number that the service sends from.
    fn has_opted_out(&self, account: &Account, sender: &str, to: &str) -> bool {
        let pool = account.service(sender).map(|service| service.numbers.as_slice()).unwrap_or_default();
        let mut senders = std::iter::once(sender).chain(pool.iter().map(String::as_str));
        senders.any(|sender| self.opted_out.contains(&(sender.to_owned(), to.to_owned())))
    }
}

fn check_content(body: &str, media: &[String]) -> Result<(), Refusal> {
    if body.is_empty() && media.is_empty() {
        return Err(Refusal::bad(21602, "Message body is required."));
    }
    if body.chars().count() > BODY_AT_MOST {
        let message = "The concatenated message body exceeds the 1600 character limit.";
        return Err(Refusal::bad(21617, message));
    }
    if media.len() > MEDIA_AT_MOST {
        return Err(Refusal::bad(21623, "Number of media files exceeds allowed limit."));
    }
    match media.iter().find(|url| !is_url(url)) {
        Some(_) => Err(Refusal::bad(21620, "Invalid media URL(s)")),
        None => Ok(()),
    }
}

fn check_addresses(
    account: &Account,
    from: Option<&str>,
    service: Option<&str>,
    to: &str,
) -> Result<(), Refusal> {
    if !is_number(to) {
        return Err(Refusal::bad(21211, format!("The 'To' number {to} is not a valid phone number.")));
    }
    if let Some(sid) = service {
        let Some(service) = account.service(sid) else {
            return Err(Refusal::bad(21705, format!("The Messaging Service Sid {sid} is invalid.")));
        };
        if service.numbers.is_empty() {
            let message = "The Messaging Service contains no phone numbers.";
            return Err(Refusal::bad(21704, message));
        }
    }
    let Some(from) = from else { return Ok(()) };
    if !is_number(from) {
        let message = format!(
            "The 'From' number {from} is not a valid phone number, shortcode, or alphanumeric sender ID."
        );
        return Err(Refusal::bad(21212, message));
    }
    if from == to {
        return Err(Refusal::bad(21266, "'To' and 'From' number cannot be the same"));
    }
    if parts(from).0 != parts(to).0 {
        return Err(Refusal::bad(
            21910,
            "Invalid From and To pair. From and To should be of the same channel",
        ));
    }
    if account.number(from).is_none() {
        let message = format!(
            "The 'From' phone number provided ({from}) is not a valid message-capable Twilio phone number for this destination/account."
        );
        return Err(Refusal::bad(21606, message));
    }
    Ok(())
}

fn callback(account: &Account, asked: &Asked, service: Option<&str>) -> Result<Option<String>, Refusal> {
    match asked.get("StatusCallback") {
        Some(url) if is_url(url) => Ok(Some(url.to_owned())),
        Some(url) => Err(Refusal::bad(21609, format!("The 'StatusCallback' URL {url} is not a valid URL."))),
        None => Ok(service.and_then(|sid| account.service(sid)?.status_callback.clone())),
    }
}
