//! A user leaves, becomes an administrator or changes teams (TEN-5): their connections and leads follow, and the decks of
//! those who lead the teams. Noted before the change, so that a crash in between is finished by the next start; a lead that
//! comes in meanwhile looks at its owner itself after it is listed.

use futures::{StreamExt, stream};
use hearthline_engine::{
    audit::{Actor, Field, Subject},
    ids::{LeadId, TenantId, UserId, derived},
    lead::{Rejected, StateName},
};
use hearthline_storage_api::rows::{
    codec::RowError,
    connection::{self, ConnectionRow},
    lead::LeadRef,
    settlement::{self, Settlement},
    tenant::{Backing, Updated},
    user,
};
use std::{convert::Infallible, time::Duration};
use uuid::Uuid;

use crate::{
    Entry,
    directory::LeadFilter,
    lead::{Ask, AskError},
    leads::{Handles, Leads},
    ports::Standing,
};

/// Leads told at the same time.
const TOLD_AT_ONCE: usize = 64;
/// Leads and connections read at once.
const PAGE: usize = 1_000;
/// Waits of a lead that could not be told.
const RETRY: Duration = Duration::from_millis(200);

/// One user whose place changed.
struct Moving<'a> {
    leads: &'a Leads,
    handles: &'a Handles,
    tenant: TenantId,
    user: UserId,
    note: Settlement,
    standing: Standing,
}

/// Lets everything follow a user to where they are now, then takes the note off.
///
/// # Errors
/// [`RowError`]; the note stays, and doing it again does no harm.
pub(crate) async fn settle(
    leads: &Leads,
    handles: &Handles,
    tenant: TenantId,
    user: UserId,
) -> Result<(), RowError> {
    let store = &*leads.ports.store;
    let Some(note) = settlement::of(store, tenant, user).await? else { return Ok(()) };
    let standing = leads.ports.teams.standing(tenant, user).await?;
    let count = note.count;
    let moving = Moving { leads, handles, tenant, user, note, standing };
    moving.lists().await?;
    // What comes in next belongs to whoever has the connection by then.
    moving.connections().await?;
    let owned = LeadFilter { owner: Some(user), limit: PAGE, ..LeadFilter::default() };
    let follow = Word::Follow { owner: user, by: moving.note.by };
    moving.each(owned, follow).await?;
    for team in &moving.note.teams {
        let stale = Some(StateName::Stale);
        let stale = LeadFilter { team: Some(*team), state: stale, limit: PAGE, ..LeadFilter::default() };
        moving.each(stale, Word::Show { user }).await?;
    }
    settlement::finish(store, tenant, user, count).await
}

impl Moving<'_> {
    /// Who leads which team, for a process that died before it had said so.
    async fn lists(&self) -> Result<(), RowError> {
        let ports = &self.leads.ports;
        let found = user::load(&*ports.store, &*ports.keyring, self.tenant, self.user).await?;
        match found {
            Some(found) => user::lead_as_they_stand(self.backing(), &found.row, &self.note.teams).await,
            None => Ok(()),
        }
    }

    fn backing(&self) -> Backing<'_> {
        let ports = &self.leads.ports;
        Backing { store: &*ports.store, keyring: &*ports.keyring, random: &*ports.random }
    }

    /// Tells every lead that fits.
    async fn each(&self, mut filter: LeadFilter, word: Word) -> Result<(), RowError> {
        loop {
            let page = self.handles.directories.list(self.tenant, filter.clone()).await?;
            filter.after = page.leads.last().map(|last| (last.created_at, last.lead));
            let places: Vec<LeadRef> =
                page.leads.iter().map(|row| LeadRef { tenant: self.tenant, lead: row.lead }).collect();
            let told: Vec<Result<(), RowError>> = stream::iter(places)
                .map(|lead| tell(self.leads.clone(), lead, word))
                .buffer_unordered(TOLD_AT_ONCE)
                .collect()
                .await;
            told.into_iter().collect::<Result<(), _>>()?;
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn connections(&self) -> Result<(), RowError> {
        let ports = &self.leads.ports;
        let mut after: Option<Uuid> = None;
        loop {
            let rows = connection::list(&*ports.store, &*ports.keyring, self.tenant, after, PAGE).await?;
            for row in rows.iter().filter(|row| row.owner == Some(self.user)) {
                self.hand_on(row).await?;
            }
            match rows.last().filter(|_| rows.len() == PAGE) {
                Some(last) => after = Some(last.id.0),
                None => return Ok(()),
            }
        }
    }

    /// Recorded before it is done, and once, however often it is done again.
    async fn hand_on(&self, row: &ConnectionRow) -> Result<(), RowError> {
        let (owner, team) = match self.standing {
            Standing::Member { team } => (Some(self.user), team),
            Standing::Gone { heir, .. } => (heir, row.team),
            Standing::Unknown => return Ok(()),
        };
        if (owner, team) == (row.owner, row.team) {
            return Ok(());
        }
        let once = derived(LeadId(row.id.0), self.note.count, row.revision as u32, row.created_at);
        let shown = owner.map_or_else(|| "nobody".to_owned(), |owner| owner.to_string());
        let entry =
            Entry::new(Actor::User(self.note.by), Subject::Connection(row.id), "connection.handed_on")
                .fields([Field::new("owner_id", shown), Field::new("team_id", team)])
                .once(once);
        self.handles.audit.record(self.tenant, entry).await?;
        let from = self.user;
        let updated = connection::update(self.backing(), self.tenant, row.id, |row| {
            if row.owner == Some(from) && (owner, team) != (row.owner, row.team) {
                (row.owner, row.team) = (owner, team);
                row.revision += 1;
            }
            Ok::<(), Infallible>(())
        });
        match updated.await? {
            Updated::Missing | Updated::Written(_) => Ok(()),
        }
    }
}

/// What a lead is told.
#[derive(Clone, Copy)]
enum Word {
    /// It may be somebody else's by now: it looks itself.
    Follow {
        owner: UserId,
        by: UserId,
    },
    Show {
        user: UserId,
    },
}

/// One lead. It is asked until it answers.
async fn tell(leads: Leads, lead: LeadRef, word: Word) -> Result<(), RowError> {
    loop {
        let ask = match word {
            Word::Follow { owner, by } => Ask::FollowOwner { owner, by },
            Word::Show { user } => Ask::Show { user },
        };
        match leads.ask(lead, ask).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(RETRY).await,
            // It follows already, or is beyond following.
            Ok(_)
            | Err(AskError::Rejected(
                Rejected::NothingChanges | Rejected::Deleted | Rejected::Forwarded { .. },
            )) => return Ok(()),
            Err(error) => {
                tracing::error!(lead = %lead.lead, %error, "a lead could not follow a user who moved");
                return Err(RowError::Contended("lead"));
            }
        }
    }
}
