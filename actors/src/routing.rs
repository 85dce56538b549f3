//! Whose a new lead becomes (IDN-1, IDN-5): asked once, by the lead that is about to begin.
//!
//! What it promises: a lead that is decided again after a crash goes to the same agent; agents who left, moved or were never
//! active get none; two leads that begin at once are counted both. What it deliberately does not know: who those agents
//! are, which the team's book tells.

use hearthline_engine::{
    ids::{LeadId, TeamId, TenantId, UserId},
    lead::Placement,
    rules::Routing,
};
use hearthline_storage_api::rows::{
    codec::RowError,
    lead::LeadRef,
    turn::{self, TurnRow},
};
use parking_lot::Mutex;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{directory::Directories, ports::Ports};

/// One decision of a team at a time in this process; between processes the row's version decides.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<BTreeMap<(TenantId, TeamId), Turn>>>);

/// Held while a decision of a team is made.
type Turn = Arc<tokio::sync::Mutex<()>>;

impl Turns {
    fn of(&self, team: (TenantId, TeamId)) -> Turn {
        Arc::clone(self.0.lock().entry(team).or_default())
    }
}

/// The place of a lead that is about to begin because somebody unknown wrote.
pub(crate) async fn placed(
    ports: &Ports,
    (directories, turns): (&Directories, &Turns),
    lead: LeadRef,
    place: Placement,
) -> Result<Placement, RowError> {
    if ports.teams.unknown_senders_wait(place.tenant).await? {
        return Ok(Placement { owner: None, ..place });
    }
    let in_turn = match place.rules.routing {
        Routing::Owner | Routing::Unassigned => return Ok(place),
        Routing::RoundRobin => true,
        Routing::LeastLoaded => false,
    };
    if place.owner.is_some() {
        return Ok(place);
    }
    let team = (place.tenant, place.team);
    let turn = turns.of(team);
    let _turn = turn.lock().await;
    let takers = ports.teams.takers(place.tenant, place.team).await?;
    let loads = if in_turn {
        Loads::default()
    } else {
        let given = turn::given(&*ports.store, place.tenant, place.team).await?.given;
        directories.loads(place.tenant, given.iter().map(|(lead, _)| *lead).collect()).await?
    };
    let choose = |row: &TurnRow| if in_turn { row.next(&takers) } else { least_loaded(row, &takers, &loads) };
    let owner = turn::give(&*ports.store, &*ports.random, team, lead.lead, &takers, choose).await?;
    Ok(Placement { owner, ..place })
}

/// How many live leads people have, and which of those that were asked about are listed.
#[derive(Default)]
pub(crate) struct Loads {
    pub live: BTreeMap<UserId, usize>,
    pub listed: BTreeSet<LeadId>,
}

/// Whoever has the fewest live leads, counting those that are given to them and not listed yet; of equals whoever waited
/// longest.
fn least_loaded(row: &TurnRow, takers: &[UserId], loads: &Loads) -> Option<UserId> {
    let mut load = loads.live.clone();
    for (_, user) in row.given.iter().filter(|(lead, _)| !loads.listed.contains(lead)) {
        *load.entry(*user).or_default() += 1;
    }
    let load = |user: &UserId| load.get(user).copied().unwrap_or_default();
    let waited = |user: &UserId| row.last_turn(*user).unwrap_or(usize::MAX);
    takers.iter().copied().min_by_key(|user| (load(user), Reverse(waited(user))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idn_1_whoever_has_least_gets_the_next_and_leads_on_their_way_count() {
        let (ana, ben) = (UserId::from_bytes([1; 16]), UserId::from_bytes([2; 16]));
        let lead = |n| LeadId::from_bytes([n; 16]);
        let loads = Loads { live: BTreeMap::from([(ana, 2), (ben, 1)]), listed: BTreeSet::from([lead(1)]) };
        let mut row = TurnRow { given: [(lead(1), ben)].into() };
        assert_eq!(least_loaded(&row, &[ana, ben], &loads), Some(ben), "what is listed counts once");
        row.given.push_back((lead(2), ben));
        assert_eq!(least_loaded(&row, &[ana, ben], &loads), Some(ana), "of equals whoever waited longest");
        assert_eq!(least_loaded(&row, &[], &loads), None);
    }
}
