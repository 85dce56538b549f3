//! The tables in CQL. Keys and values are opaque bytes. A server refuses an empty partition key, so one byte stands before
//! each; and the version of a table of commits is a static column, which is of the partition as a whole.

use hearthline_storage_api::{Discipline, KeySpace, Table};

use crate::dialect::{Dialect, Traffic};

/// Stands before every partition's key.
pub(crate) const KEY_PREFIX: u8 = 1;

/// 400 days, in seconds: after that no provider delivers a message again (storage: `inbound_claim`).
const CLAIM_TTL_S: u32 = 400 * 86_400;

/// The names of our two key spaces, as they are written in statements.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub data: String,
    pub keys: String,
}

impl Names {
    /// `keyspace.table`
    pub fn of(&self, table: Table) -> String {
        let keyspace = match table.key_space() {
            KeySpace::Data => &self.data,
            KeySpace::Keys => &self.keys,
        };
        format!("{keyspace}.{}", table.name())
    }

    /// The table of migrations.
    pub fn migrations(&self) -> String {
        format!("{}.schema_migration", self.data)
    }
}

/// The statement that makes a table, if it is not there.
pub(crate) fn create(names: &Names, table: Table, dialect: Dialect) -> String {
    let statics = match table.discipline() {
        Discipline::Conditional => "version bigint STATIC, attempt blob STATIC, ",
        Discipline::Stamped => "",
    };
    let options = dialect.table_options(traffic(table), ttl_s(table));
    let name = names.of(table);
    format!(
        "CREATE TABLE IF NOT EXISTS {name} (part blob, key blob, {statics}value blob, PRIMARY KEY ((part), key)) WITH {options}"
    )
}

/// Rows that are only ever written once, or seldom, take the cheap merging; a new table decides here.
const fn traffic(table: Table) -> Traffic {
    match table {
        Table::HotLead | Table::TimerDue | Table::Rollout | Table::Expiry | Table::MediaDue => {
            Traffic::Passing
        }
        Table::Timeline
        | Table::Blob
        | Table::Attachment
        | Table::DeadLetter
        | Table::ReviewQueue
        | Table::Notice
        | Table::Apart => Traffic::Added,
        Table::LeadCore
        | Table::Deck
        | Table::InboundClaim
        | Table::OutboundRef
        | Table::Identity
        | Table::Directory
        | Table::OptOut
        | Table::Ownership
        | Table::TimerWatermark
        | Table::Tenant
        | Table::Team
        | Table::User
        | Table::UserEmail
        | Table::Session
        | Table::Connection
        | Table::Idempotency
        | Table::Roster
        | Table::Audit
        | Table::Turn
        | Table::Content
        | Table::ConnectionHealth
        | Table::ContentKey
        | Table::TenantKey
        | Table::IngestKey
        | Table::LeadKey => Traffic::Overwritten,
    }
}

/// Only tables of commits may have one: under one write timestamp, a cell that will expire wins over one that will not.
const fn ttl_s(table: Table) -> u32 {
    match table {
        Table::InboundClaim => CLAIM_TTL_S,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_of_commits_forget_rows() {
        for table in Table::ALL {
            assert!(ttl_s(*table) == 0 || table.discipline() == Discipline::Conditional, "{}", table.name());
        }
    }

    #[test]
    fn keys_have_a_key_space_of_their_own() {
        let names = Names { data: "a".to_owned(), keys: "b".to_owned() };
        assert_eq!(names.of(Table::LeadCore), "a.lead_core");
        assert_eq!(names.of(Table::LeadKey), "b.lead_key");
    }
}
