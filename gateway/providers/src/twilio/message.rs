//! A message to be sent, and its form.

/// Who it comes from.
#[derive(Clone, Copy)]
pub enum Sender<'a> {
    /// A number of the account (E.164), a short code, or an address of a channel (`whatsapp:+15552229999`).
    From(&'a str),
    /// The sid of a Messaging Service, which picks the number.
    MessagingService(&'a str),
}

/// What a person approved (OUT-4). Has no `Debug`: it is text and addresses.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub sender: Sender<'a>,
    /// E.164, or an address of a channel.
    pub to: &'a str,
    /// At most 1,600 characters; empty only with media.
    pub body: &'a str,
    /// Public URLs that Twilio fetches, ten at most. With one, an SMS becomes an MMS.
    pub media_urls: &'a [&'a str],
    /// Told of every status the message takes. It carries the outbox id, by which an unknown send is resolved (OUT-3).
    pub status_callback: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// Twilio's fields. Empty ones are left out: an empty `Body` is refused even beside media.
    pub(super) fn fields(&self) -> Vec<(&'static str, &'a str)> {
        let sender = match self.sender {
            Sender::From(number) => ("From", number),
            Sender::MessagingService(sid) => ("MessagingServiceSid", sid),
        };
        let mut fields = vec![("To", self.to), sender];
        if !self.body.is_empty() {
            fields.push(("Body", self.body));
        }
        fields.extend(self.media_urls.iter().map(|url| ("MediaUrl", *url)));
        fields.extend(self.status_callback.map(|url| ("StatusCallback", url)));
        fields
    }
}
