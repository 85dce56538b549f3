//! Looks teams and connections up for actors and consumers. Nothing is cached here: both rows are small, and a rule that
//! changed must be seen by the next message.

use async_trait::async_trait;
use hearthline_actors::{Standing, TeamBook, TeamFacts};
use hearthline_engine::{
    ids::{ConnectionId, TeamId, TenantId, UserId},
    time::Zone,
};
use hearthline_ingest::{ConnectionBook, ConnectionFacts, ConnectionKind};
use hearthline_live::TimeZones;
use hearthline_storage_api::{
    Keyring, Store,
    rows::{
        codec::RowError,
        connection::{self, ConnectionRow, Settings},
        team,
        tenant::{self, UnknownSenders},
        user,
    },
};
use std::sync::Arc;

/// Both books, on the store.
pub struct Books {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
}

#[async_trait]
impl TeamBook for Books {
    async fn standing(&self, tenant: TenantId, user: UserId) -> Result<Standing, RowError> {
        let found = user::load(&*self.store, &*self.keyring, tenant, user).await?.map(|found| found.row);
        Ok(match found {
            Some(row) if row.can_own_leads() => {
                row.team.map_or(Standing::Unknown, |team| Standing::Member { team })
            }
            Some(row) => match row.moves.by {
                Some(by) => Standing::Gone { heir: row.moves.heir, by },
                None => Standing::Unknown,
            },
            None => Standing::Unknown,
        })
    }

    async fn takers(&self, tenant: TenantId, team: TeamId) -> Result<Vec<UserId>, RowError> {
        const PAGE: usize = 200;
        let (mut takers, mut after) = (Vec::new(), None);
        loop {
            let page = user::list(&*self.store, &*self.keyring, tenant, after, PAGE).await?;
            after = page.last().map(|row| row.id.0);
            let full = page.len() == PAGE;
            let of_team = page.into_iter().filter(|row| row.team == Some(team) && row.takes_new_leads());
            takers.extend(of_team.map(|row| row.id));
            if !full {
                return Ok(takers);
            }
        }
    }

    async fn unknown_senders_wait(&self, tenant: TenantId) -> Result<bool, RowError> {
        let found = tenant::load_tenant(&*self.store, &*self.keyring, tenant).await?;
        Ok(found.is_some_and(|found| found.row.unknown_senders == UnknownSenders::Unassigned))
    }

    async fn team(&self, tenant: TenantId, team: TeamId) -> Result<Option<TeamFacts>, RowError> {
        let found = team::load(&*self.store, &*self.keyring, tenant, team).await?;
        Ok(found.map(|found| TeamFacts { rules: found.row.rules, team_leads: found.row.team_leads }))
    }
}

#[async_trait]
impl ConnectionBook for Books {
    async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionFacts>, RowError> {
        let found = connection::load(&*self.store, &*self.keyring, id).await?;
        Ok(found.map(|found| facts(found.row)))
    }

    async fn of_account(
        &self,
        named: ConnectionId,
        kind: ConnectionKind,
        account: &str,
    ) -> Result<Option<(ConnectionId, ConnectionFacts)>, RowError> {
        let (store, keyring) = (&*self.store, &*self.keyring);
        let Some(found) = connection::load(store, keyring, named).await? else { return Ok(None) };
        let Some(app) = found.row.settings.app() else { return Ok(None) };
        let wanted = (name_of(kind), account);
        let found = connection::of_account(store, keyring, found.row.tenant, wanted, app).await?;
        Ok(found.map(|row| (row.id, facts(row))))
    }
}

fn facts(row: ConnectionRow) -> ConnectionFacts {
    let accounts = row.settings.accounts().into_iter().map(str::to_owned).collect();
    let (kind, address) = match row.settings {
        Settings::TwilioSms(settings) => (ConnectionKind::TwilioSms, settings.number),
        Settings::Whatsapp(_) => (ConnectionKind::Whatsapp, String::new()),
        Settings::Messenger(_) => (ConnectionKind::Messenger, String::new()),
        Settings::Instagram(_) => (ConnectionKind::Instagram, String::new()),
    };
    ConnectionFacts { tenant: row.tenant, kind, owner: row.owner, team: row.team, address, accounts }
}

const fn name_of(kind: ConnectionKind) -> &'static str {
    match kind {
        ConnectionKind::TwilioSms => "twilio_sms",
        ConnectionKind::Whatsapp => "whatsapp",
        ConnectionKind::Messenger => "messenger",
        ConnectionKind::Instagram => "instagram",
    }
}

#[async_trait]
impl TimeZones for Books {
    async fn zone_of(&self, tenant: TenantId, user: UserId) -> Result<Zone, RowError> {
        let Some(found) = user::load(&*self.store, &*self.keyring, tenant, user).await? else {
            return Ok(Zone::UTC);
        };
        let own = found.row.time_zone.as_deref().and_then(Zone::named);
        if let Some(zone) = own {
            return Ok(zone);
        }
        let Some(id) = found.row.team else { return Ok(Zone::UTC) };
        let team = team::load(&*self.store, &*self.keyring, tenant, id).await?;
        Ok(team.and_then(|team| Zone::named(&team.row.time_zone)).unwrap_or(Zone::UTC))
    }
}
