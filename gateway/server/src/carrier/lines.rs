//! Which connection a message goes through (OUT-10): the one that is wished, the one that the client wrote to last, the
//! sender's own, their team's. A connection that belongs to somebody else is never used.

use hearthline_actors::{Line, LineWanted};
use hearthline_engine::{
    identity::{Address, IdentityKind},
    message::{Channel, Provider},
};
use hearthline_storage_api::{
    Keyring, Store,
    rows::{
        codec::RowError,
        connection::{self, ConnectionRow, Settings},
    },
};

/// Connections of a tenant read at once.
const PAGE: usize = 100;

pub(super) async fn choose(
    store: &dyn Store,
    keyring: &dyn Keyring,
    wanted: &LineWanted,
) -> Result<Option<Line>, RowError> {
    for known in [wanted.wished, wanted.last].into_iter().flatten() {
        let found = connection::load(store, keyring, known).await?;
        let line = found.and_then(|found| line(&found.row, wanted));
        // A wish is this one or none.
        if line.is_some() || wanted.wished.is_some() {
            return Ok(line);
        }
    }
    let (mut after, mut of_team) = (None, None);
    loop {
        let page = connection::list(store, keyring, wanted.tenant, after, PAGE).await?;
        for row in &page {
            match line(row, wanted) {
                Some(line) if row.owner.is_some() => return Ok(Some(line)),
                Some(line) => of_team = of_team.or(Some(line)),
                None => {}
            }
        }
        after = page.last().map(|row| row.id.0);
        if page.len() < PAGE {
            return Ok(of_team);
        }
    }
}

/// The line that a connection is for this sender, if it is one.
fn line(row: &ConnectionRow, wanted: &LineWanted) -> Option<Line> {
    let theirs = match row.owner {
        Some(owner) => owner == wanted.sender,
        None => row.team == wanted.team,
    };
    if row.tenant != wanted.tenant || row.deleted_at.is_some() || !theirs {
        return None;
    }
    match &row.settings {
        Settings::TwilioSms(settings) if wanted.channel == Channel::Sms => Some(Line {
            connection: row.id,
            provider: Provider::Twilio,
            from: Address::sms_sender(&settings.number, None).ok()?,
        }),
        Settings::Whatsapp(_) if wanted.channel == Channel::Whatsapp => of_meta(row, IdentityKind::Whatsapp),
        Settings::Messenger(_) if wanted.channel == Channel::Messenger => {
            of_meta(row, IdentityKind::Messenger)
        }
        Settings::Instagram(_) if wanted.channel == Channel::Instagram => {
            of_meta(row, IdentityKind::Instagram)
        }
        Settings::TwilioSms(_) | Settings::Whatsapp(_) | Settings::Messenger(_) | Settings::Instagram(_) => {
            None
        }
    }
}

/// The line of an account at Meta, which is called by its id there.
fn of_meta(row: &ConnectionRow, kind: IdentityKind) -> Option<Line> {
    let account = row.settings.accounts().first().copied()?;
    let from = Address::opaque(kind, account).ok()?;
    Some(Line { connection: row.id, provider: Provider::Meta, from })
}
