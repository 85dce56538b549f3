//! What differs between ScyllaDB and Apache Cassandra, in one place: versions, tablets, compaction. Everything else in this
//! crate is CQL that both speak, and answers that are read by the names of their columns.

use std::fmt;

/// Which product answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Scylla,
    Cassandra,
}

/// A server's product and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub dialect: Dialect,
    /// As the server says it.
    pub version: String,
}

/// How the rows of a table come and go, which decides how their files are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Rows are written over: few files to read, at the price of more merging.
    Overwritten,
    /// Rows are added and stay.
    Added,
    /// Rows come and go like a queue: their tombstones must go soon.
    Passing,
}

/// Conditional writes work with tablets from here on.
const SCYLLA_WITH_TABLETS: (u32, u32) = (2025, 4);
/// Without tablets, from here on.
const SCYLLA_OLDEST: (u32, u32) = (2025, 1);
const CASSANDRA_OLDEST: (u32, u32) = (5, 0);

/// How long tombstones stay, in seconds: ten days, so that a node which was away for a week brings nothing back.
const TOMBSTONES_S: u32 = 864_000;
/// In tables where a row that comes back is a hint too many.
const PASSING_TOMBSTONES_S: u32 = 10_800;

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.dialect.name(), self.version)
    }
}

impl Server {
    /// Whether we know it to keep the contract.
    pub(crate) fn is_new_enough(&self) -> bool {
        self.at_least(match self.dialect {
            Dialect::Scylla => SCYLLA_OLDEST,
            Dialect::Cassandra => CASSANDRA_OLDEST,
        })
    }

    /// Whether conditional writes work in a key space with tablets.
    pub(crate) fn commits_with_tablets(&self) -> bool {
        self.dialect == Dialect::Scylla && self.at_least(SCYLLA_WITH_TABLETS)
    }

    /// What is appended to `CREATE KEYSPACE … WITH replication = …`.
    pub(crate) fn keyspace_options(&self) -> &'static str {
        match self.dialect {
            Dialect::Scylla if !self.commits_with_tablets() => " AND tablets = {'enabled': false}",
            Dialect::Scylla | Dialect::Cassandra => "",
        }
    }

    fn at_least(&self, wanted: (u32, u32)) -> bool {
        major_minor(&self.version).is_some_and(|version| version >= wanted)
    }
}

impl Dialect {
    /// The product's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scylla => "ScyllaDB",
            Self::Cassandra => "Apache Cassandra",
        }
    }

    /// Which versions we take, in words.
    #[must_use]
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Scylla => "ScyllaDB 2025.4 or newer (2025.1 or newer without tablets)",
            Self::Cassandra => "Apache Cassandra 5.0 or newer, or better ScyllaDB 2025.4 or newer",
        }
    }

    /// The options of a table, behind `WITH`.
    pub(crate) fn table_options(self, traffic: Traffic, ttl_s: u32) -> String {
        let compaction = match (traffic, self) {
            (Traffic::Overwritten | Traffic::Passing, _) => "LeveledCompactionStrategy",
            (Traffic::Added, Self::Scylla) => "IncrementalCompactionStrategy",
            (Traffic::Added, Self::Cassandra) => "UnifiedCompactionStrategy",
        };
        let tombstones_s = match traffic {
            Traffic::Overwritten | Traffic::Added => TOMBSTONES_S,
            Traffic::Passing => PASSING_TOMBSTONES_S,
        };
        format!(
            "compaction = {{'class': '{compaction}'}} AND gc_grace_seconds = {tombstones_s} AND default_time_to_live = {ttl_s}"
        )
    }
}

/// The first two numbers of `2025.4.1-0.20251201` or `5.0.9`.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-', '~']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(dialect: Dialect, version: &str) -> Server {
        Server { dialect, version: version.to_owned() }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        for (dialect, version, enough) in [
            (Dialect::Scylla, "2025.4.1-0.20251201.abcdef", true),
            (Dialect::Scylla, "2025.10.0~rc1", true),
            (Dialect::Scylla, "2026.1.0", true),
            (Dialect::Scylla, "2025.1.3", true),
            (Dialect::Scylla, "2024.2.9", false),
            (Dialect::Scylla, "6.2.3", false),
            (Dialect::Cassandra, "5.0.9", true),
            (Dialect::Cassandra, "5.1-alpha1", true),
            (Dialect::Cassandra, "4.1.7", false),
            (Dialect::Cassandra, "a dream", false),
        ] {
            assert_eq!(server(dialect, version).is_new_enough(), enough, "{version}");
        }
    }

    #[test]
    fn tablets_are_switched_off_where_conditional_writes_do_not_work_with_them() {
        assert_eq!(server(Dialect::Scylla, "2025.4.0").keyspace_options(), "");
        assert_eq!(
            server(Dialect::Scylla, "2025.3.2").keyspace_options(),
            " AND tablets = {'enabled': false}"
        );
        assert_eq!(server(Dialect::Cassandra, "5.0.9").keyspace_options(), "");
    }

    #[test]
    fn each_server_is_asked_for_a_compaction_that_it_has() {
        for (traffic, scylla, cassandra) in [
            (Traffic::Overwritten, "Leveled", "Leveled"),
            (Traffic::Passing, "Leveled", "Leveled"),
            (Traffic::Added, "Incremental", "Unified"),
        ] {
            assert!(Dialect::Scylla.table_options(traffic, 0).contains(&format!("'{scylla}Compaction")));
            assert!(
                Dialect::Cassandra.table_options(traffic, 0).contains(&format!("'{cassandra}Compaction"))
            );
        }
    }
}
