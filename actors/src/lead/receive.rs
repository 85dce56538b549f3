//! A message comes in. It is new unless its id is among the recent ones or its claim is done (ING-8); what is raw is
//! sealed under the lead's key before anything is decided.

use hearthline_engine::{
    lead::{Command, Name, Placement, Rejected, Slot},
    message::{Delivery, Direction, Message, OptWord},
    raw::SealedRaw,
};
use hearthline_storage_api::{
    KeyRange, Sealing, Write,
    rows::{
        blob,
        codec::{RowError, decode},
        inbound::{CLAIM_ROW, Claim},
        lead::Recent,
    },
};

use super::{Answer, AskError, Receipt, actor::LeadActorState, commit::Beside};
use crate::routing;

/// What an owner's card shows of a message (surface: "first 140 characters").
const PREVIEW_CHARS: usize = 140;
/// Larger sealed content becomes a blob, written first (architecture: 8 KiB inline).
const INLINE_BYTES: usize = 8 * 1024;

impl LeadActorState {
    pub(crate) async fn receive(&mut self, receipt: Receipt) -> Result<Answer, AskError> {
        if self.took(&receipt).await? {
            self.ports.metrics.duplicates.inc();
            return Ok(Answer::Duplicate);
        }
        self.prepare_key().await?;
        let recent = Recent { claim: receipt.claim.clone(), event: receipt.event };
        let place = self.place(&receipt).await?;
        let name = receipt.incoming.profile_name.as_deref().and_then(Name::told);
        let message = self.seal(receipt).await?;
        let mut events = self.catch_up_with_rules(&place)?;
        events.extend(self.decide_after(&events, Command::Receive { message, place, name })?);
        let version = self.commit(events, Beside { recent: Some(recent), mutation: None }).await?;
        Ok(Answer::Applied { version, offset: None, made: None })
    }

    /// Where the lead belongs that this message begins; of one that stands, the rules that hold.
    async fn place(&self, receipt: &Receipt) -> Result<Placement, AskError> {
        let (incoming, place) = (&receipt.incoming, receipt.place.clone());
        let begins = self.awake()?.row.slot == Slot::Vacant
            && incoming.opens_a_lead()
            && incoming.opt_word != Some(OptWord::Stop);
        if !begins {
            return Ok(place);
        }
        let people = (&self.handles.directories, &self.handles.turns);
        Ok(routing::placed(&self.ports, people, self.me, place).await?)
    }

    /// Whether this lead has taken the message before.
    ///
    /// The recent ids are looked at first and the claim second: an id leaves the recent ones only after its claim is done,
    /// so a message that is in neither was never taken.
    async fn took(&self, receipt: &Receipt) -> Result<bool, AskError> {
        if self.awake()?.row.recent.iter().any(|recent| recent.claim == receipt.claim) {
            return Ok(true);
        }
        let slice = self.ports.store.read(&receipt.claim.partition(), &KeyRange::exactly(CLAIM_ROW)).await?;
        let Some(row) = slice.rows.first() else { return Ok(false) };
        Ok(decode::<Claim>("inbound_claim", &row.value)?.done)
    }

    /// The message as the lead keeps it.
    async fn seal(&self, receipt: Receipt) -> Result<Message, AskError> {
        let key = self.awake()?.key.clone().ok_or(AskError::Crashed)?;
        let incoming = receipt.incoming;
        let preview = incoming
            .content
            .preview(PREVIEW_CHARS)
            .map(|text| text.seal(&Sealing { key: &*key, binding: self.me.binding("preview") }));
        let content =
            incoming.content.encode().seal(&Sealing { key: &*key, binding: self.me.binding("content") });
        let content = self.keep(content, receipt.event).await?;
        Ok(Message {
            event: receipt.event,
            channel: incoming.channel,
            kind: incoming.kind,
            direction: incoming.direction,
            provider: incoming.provider,
            provider_event_id: incoming.provider_event_id,
            connection: receipt.connection,
            from: incoming.from,
            to: incoming.to,
            received_at: receipt.received_at,
            occurred_at: incoming.occurred_at.unwrap_or(receipt.received_at),
            late_from: receipt.late_from,
            status: match incoming.direction {
                Direction::In | Direction::Internal => Delivery::Received,
                // An echo: somebody sent it elsewhere, and the provider has it.
                Direction::Out => Delivery::Sent,
            },
            opt_word: incoming.opt_word,
            content,
            preview,
        })
    }

    /// Small content stays inline; large content is written as a blob first and leaves an empty mark.
    pub(super) async fn keep(
        &self,
        content: SealedRaw,
        event: hearthline_engine::ids::EventId,
    ) -> Result<SealedRaw, AskError> {
        if content.0.len() <= INLINE_BYTES {
            return Ok(content);
        }
        let partition = blob::partition(self.me, event);
        for (n, chunk) in (0_u32..).zip(content.0.chunks(blob::CHUNK_BYTES)) {
            let write = Write::Put { key: blob::key(n), value: chunk.to_vec().into() };
            self.ports.store.put(&partition, 1, vec![write]).await?;
        }
        Ok(blob::elsewhere())
    }

    /// Newer rules of the team come first, so that the message meets the clocks as they are now.
    fn catch_up_with_rules(
        &self,
        place: &Placement,
    ) -> Result<Vec<hearthline_engine::lead::Event>, AskError> {
        match &self.awake()?.row.slot {
            Slot::Present(lead) if lead.team == place.team && lead.rules.version < place.rules.version => {
                match self.decide(Command::ChangeRules { rules: place.rules.clone() }) {
                    Ok(events) => Ok(events),
                    Err(Rejected::NothingChanges | Rejected::Deleted | Rejected::Archived) => Ok(Vec::new()),
                    Err(rejected) => Err(rejected.into()),
                }
            }
            Slot::Present(_) | Slot::Vacant => Ok(Vec::new()),
        }
    }

    /// The lead's key, made durable if there is none (row 6b): needed before anything raw can be sealed.
    pub(super) async fn prepare_key(&mut self) -> Result<(), AskError> {
        if self.awake()?.key.is_none() {
            let key =
                self.ports.keyring.lead_key(self.me.tenant, self.me.lead).await.map_err(RowError::from)?;
            self.awake_mut()?.key = Some(key);
            self.ports.points.reach(crate::points::Point::Keyed).await;
        }
        Ok(())
    }
}
