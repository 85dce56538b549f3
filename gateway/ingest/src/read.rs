//! From an entry's sealed bytes to messages: open, normalize with the connection's normalizer, and find the connection
//! that each part is for. A normalizer that panics is a reading that failed, not a consumer that dies.

use hearthline_engine::{
    health::{self, Seen},
    identity::HomeRegion,
    ids::ConnectionId,
    message::Incoming,
    providers::{
        Normalized, Notice, StatusUpdate, Unreadable, Watermark,
        given::{anybody, with_sender},
        meta::{self, instagram, messenger, whatsapp},
        twilio_sms,
    },
    raw::Raw,
    time::Timestamp,
};
use hearthline_storage_api::rows::{codec::RowError, inbound::InboundEntry, queues::DeadLetterCause};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    dead_letter::Letter,
    ports::{ConnectionFacts, ConnectionKind, Ports},
};

/// The connection that a part of a request is for.
pub(crate) struct Via {
    pub id: ConnectionId,
    pub facts: ConnectionFacts,
}

/// What an entry holds: parts that have each a fate of their own.
#[derive(Default)]
pub(crate) struct Parts {
    /// Messages of clients, and what was written to them elsewhere.
    pub messages: Vec<(Arc<Via>, Incoming)>,
    /// What is told of ours.
    pub statuses: Vec<(Arc<Via>, StatusUpdate)>,
    /// What is told of whole conversations.
    pub watermarks: Vec<(Arc<Via>, Watermark)>,
    /// What nobody can read, or is nobody's.
    pub dead: Vec<Letter>,
}

impl Parts {
    pub(crate) const fn len(&self) -> usize {
        self.messages.len() + self.statuses.len() + self.watermarks.len() + self.dead.len()
    }
}

/// An entry's body, as the provider sent it.
pub(crate) async fn open(ports: &Ports, entry: &InboundEntry) -> Result<Raw<Vec<u8>>, RowError> {
    let key = ports.keyring.ingest_key(entry.tenant, entry.day).await?;
    let binding = InboundEntry::binding(entry.tenant, &entry.connection);
    let body =
        key.open(binding, &entry.sealed).map_err(|source| RowError::Seal { column: "inbound", source })?;
    Ok(Raw::new(body.to_vec()))
}

/// Opens and reads an entry.
pub(crate) async fn read(ports: &Ports, entry: &InboundEntry) -> Result<Parts, RowError> {
    let body = open(ports, entry).await?;
    let whole = |cause, reason: String, body| {
        let letter = Letter { connection: entry.connection, part: String::new(), cause, reason, body };
        Parts { dead: vec![letter], ..Parts::default() }
    };
    let Some(facts) = ports.connections.connection(entry.connection).await? else {
        let gone = "the connection does not exist any more".to_owned();
        return Ok(whole(DeadLetterCause::ConnectionGone, gone, body));
    };
    let via = Via { id: entry.connection, facts };
    let normalized = catch_unwind(AssertUnwindSafe(|| normalize(&via.facts, &body)));
    let (kind, read) = match normalized {
        Ok(Ok(read)) => read,
        Ok(Err(unreadable)) => {
            return Ok(whole(cause(&via.facts, &body), unreadable.to_string(), body));
        }
        Err(_) => {
            let failed = "the normalizer failed".to_owned();
            return Ok(whole(DeadLetterCause::Unreadable, failed, body));
        }
    };
    // Twilio's requests hold one part each, and its signature is made with the account's own token.
    if kind == ConnectionKind::TwilioSms && !is_of(&read, &via.facts) {
        let other = "the request names another account".to_owned();
        return Ok(whole(DeadLetterCause::OtherAccount, other, body));
    }
    Router { ports, kind, own: Arc::new(via), found: BTreeMap::new() }
        .route(read, &body, entry.received_at)
        .await
}

/// What a request says, and of which kind of connection it is: an app at Meta may call one address for all of its
/// products.
fn normalize(
    connection: &ConnectionFacts,
    body: &Raw<Vec<u8>>,
) -> Result<(ConnectionKind, Normalized), Unreadable> {
    if connection.kind == ConnectionKind::TwilioSms {
        let home = HomeRegion::of_number(&connection.address);
        return twilio_sms::normalize(body, home).map(|read| (ConnectionKind::TwilioSms, read));
    }
    let of = |kind| normalizer(kind).map(|normalize| normalize(body).map(|read| (kind, read)));
    let own = of(connection.kind).unwrap_or(Err(Unreadable::NotJson));
    if !matches!(own, Err(Unreadable::OtherProduct { .. })) {
        return own;
    }
    let others = [ConnectionKind::Whatsapp, ConnectionKind::Messenger, ConnectionKind::Instagram];
    others.into_iter().filter_map(of).find_map(Result::ok).map_or(own, Ok)
}

/// Why what can't be read can't be: if it is a message once somebody is named for its sender, then that alone is missing.
fn cause(connection: &ConnectionFacts, body: &Raw<Vec<u8>>) -> DeadLetterCause {
    let mut named = anybody().into_iter().filter_map(|anybody| with_sender(body, &anybody));
    let message = |body: Raw<Vec<u8>>| {
        let read = catch_unwind(AssertUnwindSafe(|| normalize(connection, &body)));
        read.is_ok_and(|read| {
            read.is_ok_and(|(_, read)| matches!(&read.messages[..], [only] if only.opens_a_lead()))
        })
    };
    match named.any(message) {
        true => DeadLetterCause::SenderUnreadable,
        false => DeadLetterCause::Unreadable,
    }
}

type Normalizer = fn(&Raw<Vec<u8>>) -> Result<Normalized, Unreadable>;

fn normalizer(kind: ConnectionKind) -> Option<Normalizer> {
    match kind {
        ConnectionKind::TwilioSms => None,
        ConnectionKind::Whatsapp => Some(whatsapp::normalize),
        ConnectionKind::Messenger => Some(messenger::normalize),
        ConnectionKind::Instagram => Some(instagram::normalize),
    }
}

/// A request with this message alone, where a request may hold several.
pub(crate) fn alone(kind: ConnectionKind, body: &Raw<Vec<u8>>, message: &Incoming) -> Raw<Vec<u8>> {
    let found = normalizer(kind).and_then(|normalize| meta::split::of_message(normalize, body, message));
    found.unwrap_or_else(|| body.clone())
}

/// Whether every part is the connection's own.
fn is_of(read: &Normalized, connection: &ConnectionFacts) -> bool {
    let own = |account: &String| account.is_empty() || connection.accounts.contains(account);
    read.messages.iter().all(|message| own(&message.account))
        && read.statuses.iter().all(|status| own(&status.account))
}

/// Finds the connection of each part by its account (surface: "entries of another account").
struct Router<'a> {
    ports: &'a Ports,
    kind: ConnectionKind,
    /// The one that the request came for.
    own: Arc<Via>,
    found: BTreeMap<String, Option<Arc<Via>>>,
}

impl Via {
    /// The account at the provider by which what we sent through it is known.
    pub(crate) fn sends_as(&self) -> &str {
        self.facts.accounts.first().map(String::as_str).unwrap_or_default()
    }
}

impl Router<'_> {
    async fn route(
        mut self,
        read: Normalized,
        body: &Raw<Vec<u8>>,
        received_at: Timestamp,
    ) -> Result<Parts, RowError> {
        let mut parts = Parts::default();
        for mut message in read.messages {
            match self.via(&mut message.account).await? {
                Some(via) => parts.messages.push((via, message)),
                None => parts.dead.push(self.nobodys(body, &message)),
            }
        }
        for mut status in read.statuses {
            match self.via(&mut status.account).await? {
                Some(via) => parts.statuses.push((via, status)),
                None => drop(self.ports.metrics.unmatched_statuses.inc()),
            }
        }
        for (n, part) in read.unreadable.into_iter().enumerate() {
            let mut account = part.account;
            let via = self.via(&mut account).await?;
            parts.dead.push(Letter {
                connection: via.map_or(self.own.id, |via| via.id),
                part: format!("unreadable:{n}"),
                cause: cause(&self.own.facts, &part.request),
                reason: part.reason.to_string(),
                body: part.request,
            });
        }
        for mut watermark in read.watermarks {
            match self.via(&mut watermark.account).await? {
                Some(via) => parts.watermarks.push((via, watermark)),
                None => drop(self.ports.metrics.unmatched_statuses.inc()),
            }
        }
        for notice in &read.notices {
            self.tell(notice, received_at).await?;
        }
        Ok(parts)
    }

    /// What is told of an account is shown with its connection (ING-12), and is nobody's message.
    async fn tell(&mut self, notice: &Notice, received_at: Timestamp) -> Result<(), RowError> {
        self.ports.metrics.notices.inc();
        let Some((name, facts)) = health::facts(notice) else { return Ok(()) };
        if let Some(via) = self.via(&mut notice.account.clone()).await? {
            let (tenant, told) = (via.facts.tenant, Seen::Told { name, facts });
            self.ports.health.note_at(tenant, via.id, told, received_at);
        }
        Ok(())
    }

    /// The connection of an account; an account that is not told is the connection's own, and is named then.
    async fn via(&mut self, account: &mut String) -> Result<Option<Arc<Via>>, RowError> {
        let own = (self.own.facts.kind == self.kind).then_some(&self.own);
        if let Some(own) = own {
            if account.is_empty() {
                *account = own.facts.accounts.first().cloned().unwrap_or_default();
            }
            if account.is_empty() || own.facts.accounts.contains(account) {
                return Ok(Some(Arc::clone(own)));
            }
        }
        if let Some(found) = self.found.get(account) {
            return Ok(found.clone());
        }
        let found = self.ports.connections.of_account(self.own.id, self.kind, account).await?;
        let found = found.map(|(id, facts)| Arc::new(Via { id, facts }));
        self.found.insert(account.clone(), found.clone());
        Ok(found)
    }

    fn nobodys(&self, body: &Raw<Vec<u8>>, message: &Incoming) -> Letter {
        Letter {
            connection: self.own.id,
            part: format!("message:{}", message.claim_id),
            cause: DeadLetterCause::OtherAccount,
            reason: "no connection of this tenant and app has the account that it names".to_owned(),
            body: alone(self.kind, body, message),
        }
    }
}
