//! Whose turn it is to get a new lead of a team's (IDN-1). A decision is durable before the lead is made, by the lead's id:
//! who decides again after a crash finds it, so that no lead is given to two agents.

use bytes::Bytes;
use hearthline_engine::ids::{LeadId, TeamId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::codec::{RowError, decode, encode};
use crate::{
    Commit, KeyRange, Partition, Random, Settled, Store, Table, Write, commit_settled, keys::KeyWriter,
};

/// So many decisions are remembered: more than can be under way for one team at a time.
const REMEMBERED: usize = 256;
const ATTEMPTS: u32 = 16;
const ROW: &[u8] = b"t";

/// The latest decisions of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRow {
    /// Oldest first; ids only.
    pub given: VecDeque<(LeadId, UserId)>,
}

impl TurnRow {
    /// How long ago somebody got a lead, in leads; none: not within memory.
    #[must_use]
    pub fn last_turn(&self, user: UserId) -> Option<usize> {
        self.given.iter().rev().position(|(_, given)| *given == user)
    }
    /// Who comes next when everybody takes turns: whoever got none for longest, in the order of `takers` among those who
    /// are not remembered.
    #[must_use]
    pub fn next(&self, takers: &[UserId]) -> Option<UserId> {
        let waited = |user: &UserId| self.last_turn(*user).unwrap_or(usize::MAX);
        // Of equals `max_by_key` takes the last.
        takers.iter().rev().copied().max_by_key(waited)
    }
}

/// The latest decisions of a team.
///
/// # Errors
/// [`RowError`].
pub async fn given(store: &dyn Store, tenant: TenantId, team: TeamId) -> Result<TurnRow, RowError> {
    let slice = store.read(&partition(tenant, team), &KeyRange::exactly(ROW)).await?;
    let row = slice.rows.first().map(|row| decode::<TurnRow>("turn", &row.value)).transpose()?;
    Ok(row.unwrap_or_default())
}

fn partition(tenant: TenantId, team: TeamId) -> Partition {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(team.as_bytes()).finish();
    Partition { table: Table::Turn, key }
}

/// Gives a lead to one of `takers`, by `choose`, unless it was given to one of them before. Durable when it answers.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn give(
    store: &dyn Store,
    random: &dyn Random,
    (tenant, team): (TenantId, TeamId),
    lead: LeadId,
    takers: &[UserId],
    choose: impl Fn(&TurnRow) -> Option<UserId>,
) -> Result<Option<UserId>, RowError> {
    let partition = partition(tenant, team);
    for _ in 0..ATTEMPTS {
        let slice = store.read(&partition, &KeyRange::exactly(ROW)).await?;
        let row = slice.rows.first().map(|row| decode::<TurnRow>("turn", &row.value)).transpose()?;
        let mut row = row.unwrap_or_default();
        let before = row.given.iter().find(|(given, _)| *given == lead).map(|(_, user)| *user);
        if let Some(user) = before.filter(|user| takers.contains(user)) {
            return Ok(Some(user));
        }
        row.given.retain(|(given, _)| *given != lead);
        let Some(user) = choose(&row) else { return Ok(None) };
        row.given.push_back((lead, user));
        while row.given.len() > REMEMBERED {
            row.given.pop_front();
        }
        let commit = Commit {
            partition: partition.clone(),
            expected: slice.version,
            token: random.token(),
            writes: vec![Write::Put { key: Bytes::from_static(ROW), value: encode(&row).into() }],
        };
        match commit_settled(store, commit).await? {
            Settled::Applied => return Ok(Some(user)),
            Settled::Conflict { .. } => {}
            Settled::Unresolved(error) => return Err(error.into()),
        }
    }
    Err(RowError::Contended("turn"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u8) -> UserId {
        UserId::from_bytes([n; 16])
    }

    #[test]
    fn idn_1_turns_go_round_and_newcomers_come_first() {
        let mut row = TurnRow::default();
        let mut takers = vec![user(1), user(2), user(3)];
        let mut order = Vec::new();
        for n in 0..5 {
            let next = row.next(&takers).expect("somebody takes leads");
            row.given.push_back((LeadId::from_bytes([n; 16]), next));
            order.push(next);
        }
        assert_eq!(order, [1, 2, 3, 1, 2].map(user));
        takers.push(user(4));
        assert_eq!(row.next(&takers), Some(user(4)), "never had a turn");
        assert_eq!(row.next(&[user(1), user(2)]), Some(user(1)), "who left is skipped");
        assert_eq!(row.next(&[]), None);
    }
}
