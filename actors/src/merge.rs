//! Two leads become one, and two again (IDN-3). Both have partitions of their own, so it is done in steps, each of which may
//! be done again: the lead that is merged away stands still, the other takes what it brings, the addresses follow; or the
//! other way round. The note of it is durable before the first step and goes after the last, so that whoever starts next
//! finishes what was begun. What the second lead refuses is taken back at the first.
//!
//! Between the steps nothing is lost: a lead that stands still names the other one, and whoever brings it a message goes
//! there.

use hearthline_engine::{
    identity::Address,
    ids::LeadId,
    lead::{Brought, Command, Lead},
    raw::SealedRaw,
};
use hearthline_storage_api::{
    DataKey, Sealing,
    rows::{
        codec::RowError,
        identity,
        lead::LeadRef,
        merge::{self, MergeNote, Merging},
        reading,
        tenant::Backing,
    },
};
use std::time::Duration;

use crate::{
    lead::{Ask, AskError},
    leads::Leads,
    points::Point,
};

/// Waits of a step that could not be done.
const RETRY: Duration = Duration::from_millis(200);

impl Leads {
    /// Carries out what is noted, until it is done or refused; then the note goes. Dropped half-way, it is to be done again.
    ///
    /// # Errors
    /// Why it cannot be: everything is as before. Or damage, and the note stays.
    pub async fn merge(&self, lead: LeadRef, note: MergeNote) -> Result<(), AskError> {
        loop {
            let done = match note.what {
                Merging::Merge => self.become_one(lead, &note).await,
                Merging::TakeBack => self.become_two(lead, &note).await,
            };
            let done = match done {
                Err(error @ AskError::Rejected(_)) => Err(error),
                Ok(()) => Ok(()),
                Err(error) if error.is_retryable() => {
                    tracing::warn!(lead = %lead.lead, %error, "a merge is put off");
                    tokio::time::sleep(RETRY).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match merge::finish(&*self.ports.store, lead, &note).await {
                Ok(()) => return done,
                Err(error) => {
                    tracing::warn!(lead = %lead.lead, %error, "the note of a merge stays for now");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn tell(&self, lead: LeadRef, command: Command) -> Result<(), AskError> {
        self.ask(lead, Ask::Do(Box::new(command))).await.map(drop)
    }

    async fn become_one(&self, lead: LeadRef, note: &MergeNote) -> Result<(), AskError> {
        let (into, by) = (LeadRef { lead: note.into, ..lead }, note.by);
        self.tell(lead, Command::MergeInto { into: note.into, by }).await?;
        let brought = Box::new(self.brought(lead, into).await?);
        let identities = brought.identities.clone();
        match self.tell(into, Command::Absorb { lead: lead.lead, brought, by }).await {
            Ok(()) => {}
            Err(error @ AskError::Rejected(_)) => {
                let back = Command::ComeBack { from: note.into, lost: Vec::new(), by };
                self.tell(lead, back).await?;
                return Err(error);
            }
            Err(error) => return Err(error),
        }
        let taken = self.standing(into).await?.identities;
        for address in &identities {
            let backing = self.backing();
            if taken.contains(address) {
                identity::pass(backing, lead.tenant, address, lead.lead, note.into).await?;
            } else {
                // Unlinked from the other one before it pointed there.
                identity::release(backing, lead.tenant, address, lead.lead).await?;
            }
            self.ports.points.reach(Point::Identified).await;
        }
        Ok(())
    }

    async fn become_two(&self, lead: LeadRef, note: &MergeNote) -> Result<(), AskError> {
        let (into, by) = (LeadRef { lead: note.into, ..lead }, note.by);
        self.tell(into, Command::LetGo { lead: lead.lead, by }).await?;
        let mut lost = Vec::new();
        for address in self.standing(lead).await?.identities {
            if !self.given_back(lead, note.into, &address).await? {
                lost.push(address);
            }
            self.ports.points.reach(Point::Identified).await;
        }
        self.tell(lead, Command::ComeBack { from: note.into, lost, by }).await
    }

    /// Whether an address points to this lead again. What was unlinked meanwhile, and is somebody else's, stays theirs.
    async fn given_back(&self, lead: LeadRef, from: LeadId, address: &Address) -> Result<bool, RowError> {
        let backing = self.backing();
        identity::pass(backing, lead.tenant, address, from, lead.lead).await?;
        Ok(identity::claim(backing, lead.tenant, address, lead.lead, &[]).await? == lead.lead)
    }

    /// What a lead that stands still brings, with its texts sealed for the other one.
    async fn brought(&self, lead: LeadRef, into: LeadRef) -> Result<Brought, RowError> {
        let mut brought = Brought::by(&*self.standing(lead).await?);
        let keyring = &self.ports.keyring;
        let old = keyring.lead_key(lead.tenant, lead.lead).await?;
        let new = keyring.lead_key(into.tenant, into.lead).await?;
        let sealed = brought.last_inbound.iter_mut().filter_map(|last| last.preview.as_mut());
        let titles = brought.follow_ups.iter_mut().filter_map(|follow_up| follow_up.title.as_mut());
        for text in sealed.chain(titles) {
            *text = resealed(text, (&*old, lead), (&*new, into))?;
        }
        Ok(brought)
    }

    async fn standing(&self, lead: LeadRef) -> Result<Box<Lead>, RowError> {
        let stored = reading::lead(&*self.ports.store, &*self.ports.keyring, lead).await?;
        let known = stored.and_then(|stored| stored.row.slot.lead().cloned());
        known.map(Box::new).ok_or(RowError::Form { column: "merge" })
    }

    fn backing(&self) -> Backing<'_> {
        let ports = &self.ports;
        Backing { store: &*ports.store, keyring: &*ports.keyring, random: &*ports.random }
    }
}

/// A short text of a card, sealed for another lead. Nobody reads it on the way.
fn resealed(
    text: &SealedRaw,
    (old, from): (&dyn DataKey, LeadRef),
    (new, to): (&dyn DataKey, LeadRef),
) -> Result<SealedRaw, RowError> {
    let sealing = Sealing { key: old, binding: from.binding("preview") };
    let plain = sealing.open_raw(text).map_err(|source| RowError::Seal { column: "preview", source })?;
    Ok(plain.seal(&Sealing { key: new, binding: to.binding("preview") }))
}
