//! What people and providers ask of a lead's messages: send this, take that back, this one got so far (OUT-3, ING-13).

use hearthline_engine::{
    access::{self, Access, Action, Viewer},
    identity::Address,
    ids::{AttachmentId, ConnectionId, EventId, MutationId},
    lead::{Command, Lead, Outgoing, Rejected, SendCommand, SendName, Slot},
    message::{Attachment, Channel, Content, Delivery, Direction, EventKind, Message},
    raw::Raw,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::{
    KeyRange, Purpose, Sealing, Write,
    rows::{
        attachment::{self, FileInfo},
        blob,
        codec::{RowError, decode},
        lead::{MadeRow, MutationRow, mutation_key},
        outbound::{OutboundRef, claim_outbound_ref, outbound_partition},
        queues::{OPT_OUT_ROW, OptOutRow, opt_out_partition},
    },
};

use super::{Answer, AskError, Made, actor::LeadActorState, commit::Beside};
use crate::{
    carrier::{Line, LineWanted},
    ports::Ports,
};

/// What the files of one message may be together (Twilio documentation, "Messages resource": `MediaUrl`).
const FILES_AT_MOST_BYTES: u64 = 5_000_000;

/// A text that a person approved for the client (OUT-4).
#[derive(Debug)]
pub struct SendRequest {
    pub viewer: Viewer,
    /// Its id in the timeline, if the caller has made one.
    pub event: Option<EventId>,
    /// The action: asked again, it is sent once; and by it the message can be taken back.
    pub mutation: MutationId,
    pub channel: Channel,
    /// Empty only with files.
    pub text: Raw<String>,
    /// Files that were uploaded for this lead.
    pub attachments: Vec<AttachmentId>,
    /// The sender's wish.
    pub connection: Option<ConnectionId>,
    /// How long it can be taken back.
    pub undo: Seconds,
    /// When the agent wants to be reminded, in place of the team's default (DECK-8).
    pub follow_up_at: Option<Timestamp>,
}

/// Takes a message back before it goes.
#[derive(Clone, Copy, Debug)]
pub struct TakeBack {
    pub viewer: Viewer,
    pub which: SendName,
}

/// What a provider tells of a message.
#[derive(Clone, Debug)]
pub struct StatusReport {
    pub event: EventId,
    pub account: String,
    pub provider_event_id: String,
    pub status: Delivery,
    /// The provider's own, of a failure.
    pub code: Option<String>,
}

impl LeadActorState {
    /// Durable when it answers: from then on it is sent, unless it is taken back.
    pub(crate) async fn request_send(&mut self, request: SendRequest) -> Result<Answer, AskError> {
        let earlier = self.earlier(request.mutation).await?.filter(|row| row.refused.is_none());
        // Before rights are looked at: they may have changed since, and what was answered holds.
        if let Some(answer) = self.answered_before(&request, earlier.as_ref())? {
            return Ok(answer);
        }
        let lead = self.lead_for(&request.viewer)?;
        if earlier.is_some() || lead.sends.iter().any(|known| known.mutation == Some(request.mutation)) {
            return Err(Rejected::SendNotKnown.into());
        }
        if !matches!(
            request.channel,
            Channel::Sms | Channel::Whatsapp | Channel::Messenger | Channel::Instagram
        ) {
            return Err(Rejected::ChannelNotSupported.into());
        }
        let to = lead.address_on(request.channel).cloned().ok_or(Rejected::NoAddress)?;
        let line = self.line_for(lead, &request).await?;
        let opted_out = opted_out(&self.ports, self.me.tenant, request.channel, &to).await?;
        let (mutation, undo, user) = (request.mutation, request.undo, request.viewer.user);
        self.prepare_key().await?;
        let outgoing = Box::new(self.outgoing(request, line, to).await?);
        let event = outgoing.id();
        let events = self.decide(Command::Send(SendCommand::Request { outgoing, undo, opted_out }))?;
        let result = MutationRow { made: Some(MadeRow::Entry(event)), ..self.result(user, None)? };
        let beside = Beside { recent: None, mutation: Some((mutation, result)) };
        let version = self.commit(events, beside).await?;
        match self.present_lead()?.outgoing(event) {
            Some(outgoing) => Ok(requested(version, outgoing)),
            None => Ok(Answer::Applied { version, offset: None, made: None }),
        }
    }

    /// What the sender was told when they first asked for it, with what is known of it now.
    fn answered_before(
        &self,
        request: &SendRequest,
        earlier: Option<&MutationRow>,
    ) -> Result<Option<Answer>, AskError> {
        let (mutation, user) = (request.mutation, request.viewer.user);
        let sends = &self.present_lead()?.sends;
        if let Some(known) = sends.iter().find(|known| known.mutation == Some(mutation) && known.by == user) {
            return Ok(Some(requested(self.awake()?.version, known)));
        }
        let own = earlier.filter(|row| row.user == user);
        Ok(own.map(|row| {
            let made = row.made.and_then(|made| match made {
                MadeRow::Entry(event) => Some(Made::Entry(event)),
                MadeRow::Call(_) | MadeRow::Task(_) => None,
            });
            Answer::Applied { version: row.version, offset: None, made }
        }))
    }

    /// Whoever asked for it takes it back; twice is as good as once.
    pub(crate) async fn take_back(&mut self, asked: TakeBack) -> Result<Answer, AskError> {
        self.lead_for(&asked.viewer)?;
        let command = SendCommand::TakeBack { which: asked.which, by: asked.viewer.user };
        self.told(command).await
    }

    /// What a provider tells makes its id ours, before anything else comes of it.
    pub(crate) async fn status(&mut self, report: StatusReport) -> Result<Answer, AskError> {
        let StatusReport { event, account, provider_event_id, status, code } = report;
        let known = self.present_lead()?.outgoing(event).ok_or(Rejected::SendNotKnown)?;
        if known.accepted_at.is_none() || known.message.provider_event_id.is_empty() {
            let provider = known.message.provider;
            let standing = self.claim_reference(event, provider, &account, &provider_event_id).await?;
            if standing.event != event {
                tracing::warn!(lead = %self.me.lead, %event, "a provider's message is told of under two of our ids");
            }
        }
        self.told(SendCommand::Status { send: event, provider_event_id, status, code }).await
    }

    /// Decides and commits; what holds already is nothing to do.
    pub(crate) async fn told(&mut self, command: SendCommand) -> Result<Answer, AskError> {
        match self.run(Command::Send(command)).await {
            Err(AskError::Rejected(Rejected::NothingChanges)) => Ok(Answer::Nothing),
            other => other,
        }
    }

    /// The provider's id names this message, or the one that was first.
    pub(crate) async fn claim_reference(
        &self,
        event: EventId,
        provider: hearthline_engine::message::Provider,
        account: &str,
        provider_event_id: &str,
    ) -> Result<OutboundRef, AskError> {
        let tenant = self.me.tenant;
        let lookup = self.ports.keyring.tenant_key(tenant, Purpose::Lookup).await.map_err(RowError::from)?;
        let partition = outbound_partition(&*lookup, tenant, provider, account, provider_event_id);
        let ours = OutboundRef { lead: self.me.lead, event };
        Ok(claim_outbound_ref(&*self.ports.store, &*self.ports.random, partition, ours).await?)
    }

    /// The lead, for one who may write to the client (RSC-1).
    fn lead_for(&self, viewer: &Viewer) -> Result<&Lead, AskError> {
        let lead = self.present_lead()?;
        match access::on_lead(viewer, lead, Action::Send) {
            Access::Allowed => Ok(lead),
            Access::NotFound => Err(AskError::NotFound),
            Access::Forbidden(refusal) => Err(AskError::Forbidden(refusal)),
        }
    }

    pub(crate) fn present_lead(&self) -> Result<&Lead, AskError> {
        match &self.awake()?.row.slot {
            Slot::Present(lead) => Ok(lead),
            Slot::Vacant => Err(AskError::NotFound),
        }
    }

    /// What the same action came to, long ago: its message may be forgotten, its answer is kept.
    async fn earlier(&self, mutation: MutationId) -> Result<Option<MutationRow>, AskError> {
        let range = KeyRange::exactly(&mutation_key(mutation));
        let slice = self.ports.store.read(&self.me.partition(), &range).await?;
        Ok(slice.rows.first().map(|row| decode("mutation", &row.value)).transpose()?)
    }

    async fn line_for(&self, lead: &Lead, request: &SendRequest) -> Result<Line, AskError> {
        let heard = lead.latest_conversation(request.channel).map(|known| known.connection);
        let last = lead.last_inbound.as_ref().filter(|last| last.channel == request.channel);
        let wanted = LineWanted {
            tenant: lead.tenant,
            team: lead.team,
            sender: request.viewer.user,
            channel: request.channel,
            wished: request.connection,
            last: heard.or_else(|| last.and_then(|last| last.connection)),
        };
        let line = self.ports.carrier.line(&wanted).await?;
        Ok(line.ok_or(Rejected::NoConnection)?)
    }

    /// The message as the lead keeps it. Its text is sealed and durable before anything speaks of it.
    async fn outgoing(&self, request: SendRequest, line: Line, to: Address) -> Result<Outgoing, AskError> {
        let lookup = self.ports.keyring.tenant_key(self.me.tenant, Purpose::Lookup).await;
        let text_tag = request.text.tag(&Tagging(&*lookup.map_err(RowError::from)?));
        let now = self.ports.clock.now();
        let event = request.event.unwrap_or_else(|| EventId(self.ports.random.uuid_v7(now)));
        self.keep_text(event, request.text, &request.attachments).await?;
        let message = Message {
            event,
            channel: request.channel,
            kind: EventKind::Message,
            direction: Direction::Out,
            provider: line.provider,
            provider_event_id: String::new(),
            connection: line.connection,
            from: line.from,
            to: vec![to],
            received_at: now,
            occurred_at: now,
            late_from: None,
            status: Delivery::Pending,
            opt_word: None,
            content: blob::elsewhere(),
            preview: None,
        };
        let (by, mutation) = (request.viewer.user, Some(request.mutation));
        Ok(Outgoing::approved(message, by, mutation, text_tag, request.follow_up_at))
    }

    /// The files as the message names them. Each was uploaded for this lead.
    async fn files(
        &self,
        key: &dyn hearthline_storage_api::DataKey,
        attachments: &[AttachmentId],
    ) -> Result<Vec<Attachment>, AskError> {
        let (mut files, mut size_bytes) = (Vec::with_capacity(attachments.len()), 0_u64);
        for id in attachments {
            let row = attachment::load(&*self.ports.store, self.me.tenant, *id).await?;
            let row = row.filter(|row| row.lead == self.me.lead).ok_or(Rejected::AttachmentNotKnown)?;
            let file_bytes = row.size_bytes().ok_or(Rejected::AttachmentNotKnown)?;
            size_bytes += file_bytes;
            let FileInfo { filename, mime_type, .. } = row.info(key, self.me.tenant, *id)?;
            files.push(Attachment::held(*id, filename, mime_type, file_bytes));
        }
        if size_bytes > FILES_AT_MOST_BYTES { Err(Rejected::AttachmentsTooLarge.into()) } else { Ok(files) }
    }

    async fn keep_text(
        &self,
        event: EventId,
        text: Raw<String>,
        attachments: &[AttachmentId],
    ) -> Result<(), AskError> {
        let key = self.awake()?.key.clone().ok_or(AskError::Crashed)?;
        let files = self.files(&*key, attachments).await?;
        let sealing = Sealing { key: &*key, binding: self.me.binding("content") };
        let content = Content::to_send(text, files).encode().seal(&sealing);
        let partition = blob::partition(self.me, event);
        for (n, chunk) in (0_u32..).zip(content.0.chunks(blob::CHUNK_BYTES)) {
            let write = Write::Put { key: blob::key(n), value: chunk.to_vec().into() };
            self.ports.store.put(&partition, 1, vec![write]).await?;
        }
        Ok(())
    }
}

fn requested(version: u64, outgoing: &Outgoing) -> Answer {
    Answer::Requested {
        version,
        event: outgoing.id(),
        status: outgoing.message.status,
        not_before: outgoing.not_before,
    }
}

/// Whether the address asked not to be written to, wherever in the tenant it said so (ING-1).
pub(crate) async fn opted_out(
    ports: &Ports,
    tenant: hearthline_engine::ids::TenantId,
    channel: Channel,
    address: &Address,
) -> Result<bool, RowError> {
    let lookup = ports.keyring.tenant_key(tenant, Purpose::Lookup).await?;
    let partition = opt_out_partition(&*lookup, tenant, channel, address);
    let slice = ports.store.read(&partition, &KeyRange::exactly(OPT_OUT_ROW)).await?;
    let Some(row) = slice.rows.first() else { return Ok(false) };
    Ok(decode::<OptOutRow>("opt_out", &row.value)?.out)
}

/// Tags texts by a keyed hash.
pub(super) struct Tagging<'a>(pub(super) &'a dyn hearthline_storage_api::DataKey);

impl hearthline_engine::raw::Tag for Tagging<'_> {
    fn tag(&self, plain: &[u8]) -> u64 {
        let hash = self.0.keyed_hash("send_text", plain);
        u64::from_be_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]])
    }
}
