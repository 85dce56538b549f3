//! Leads that people make (CRM-1), in the API's order: the addresses are looked at, then claimed, then the lead is made.
//! Whatever dies in between is finished by the same action.

use hearthline_actors::{Ask, AskError, Create};
use hearthline_engine::{
    access::Viewer,
    identity::Address,
    ids::{LeadId, MutationId, TeamId, TenantId, UserId},
    lead::{Change, Name, Placement, ProfileChange, Rejected, Source},
    time::Timestamp,
};
use hearthline_storage_api::rows::{
    codec::RowError,
    identity::{Holder, claim, did, holder},
    lead::LeadRef,
    tenant::Backing,
};
use std::time::Duration;

use crate::{letters::may_pass, people::People};

/// A lead that somebody makes.
#[derive(Clone, Debug)]
pub(crate) struct ByHand {
    pub mutation: MutationId,
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// E.164, and perhaps a client's.
    pub phone: String,
    pub email: String,
    /// The id that it gets if nobody claimed one of its addresses before.
    pub own: LeadId,
    pub asked_at: Timestamp,
    pub became: Became,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Became {
    /// Nobody knows yet.
    Open,
    Lead {
        lead: LeadId,
        by: Timestamp,
    },
    /// Another lead has one of its addresses.
    Taken,
}

impl ByHand {
    fn addresses(&self) -> Vec<Address> {
        let addresses = [Address::email(&self.email), Address::phone(&self.phone, None)];
        addresses.into_iter().map(|address| address.expect("made of letters and digits")).collect()
    }
}

impl People {
    /// Somebody makes a lead, and tries until it stands or cannot.
    pub(crate) fn make(&self, mutation: MutationId) {
        let people = self.clone();
        tokio::spawn(async move {
            let Some(wanted) = people.ledger.lock().made.get(&mutation).cloned() else { return };
            let became = loop {
                match people.try_to_make(&wanted).await {
                    Ok(Some(lead)) => break Became::Lead { lead, by: people.running.clock.now() },
                    Ok(None) => break Became::Taken,
                    Err(()) => tokio::time::sleep(Duration::from_secs(1)).await,
                }
            };
            people.trace.note("made", &[mutation.as_bytes(), format!("{became:?}").as_bytes()]);
            if let Some(made) = people.ledger.lock().made.get_mut(&mutation) {
                made.became = became;
            }
        });
    }

    /// The lead that it became; none if somebody else has an address. Fails with what may pass.
    async fn try_to_make(&self, wanted: &ByHand) -> Result<Option<LeadId>, ()> {
        let Some(lead) = self.claimed(wanted).await.map_err(|_| ())? else { return Ok(None) };
        let rules = self.office.rules_of(wanted.tenant, wanted.team).ok_or(())?;
        let place = Placement { tenant: wanted.tenant, team: wanted.team, owner: wanted.owner, rules };
        let create = Create {
            mutation: wanted.mutation,
            by: wanted.viewer.user,
            place,
            source: Source::Manual,
            identities: wanted.addresses(),
            profile: ProfileChange { name: Change::Set(Name("Ada".to_owned())), ..ProfileChange::default() },
        };
        let place = LeadRef { tenant: wanted.tenant, lead };
        match self.running.node.leads().ask(place, Ask::Create(Box::new(create))).await {
            Ok(_) => Ok(Some(lead)),
            // A message of the client was faster under the same claim.
            Err(AskError::Rejected(Rejected::AlreadyExists)) => Ok(None),
            Err(error) if may_pass(&error) => Err(()),
            Err(error) => {
                let line = format!("a lead could not be made by hand: {error}");
                self.ledger.lock().contradictions.push(line);
                Ok(None)
            }
        }
    }

    async fn claimed(&self, wanted: &ByHand) -> Result<Option<LeadId>, RowError> {
        let running = &self.running;
        let backing =
            Backing { store: &*running.store, keyring: &*running.hook.keyring, random: &*running.random };
        let (tenant, addresses) = (wanted.tenant, wanted.addresses());
        let mut lead = None;
        for address in &addresses {
            match holder(backing, tenant, address).await? {
                Holder::Nobody => {}
                Holder::Lead(holder)
                    if did(backing, LeadRef { tenant, lead: holder }, wanted.mutation).await? =>
                {
                    lead = Some(holder);
                }
                Holder::Lead(_) | Holder::Stray(_) => return Ok(None),
                Holder::Vacant(vacant) => lead = lead.or(Some(vacant)),
            }
        }
        let lead = lead.unwrap_or(wanted.own);
        for address in &addresses {
            if claim(backing, tenant, address, lead, &addresses).await? != lead {
                return Ok(None);
            }
        }
        Ok(Some(lead))
    }
}
