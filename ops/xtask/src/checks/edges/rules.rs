//! The table: what each folder may depend on, and which libraries stay behind which folder.
//!
//! It says what `ARCHITECTURE.md` says. A new crate gets a row here, with the reviewer's eyes on it.

use super::model::Use;

/// What a crate may use of ours.
pub enum MayUse {
    Everything,
    AllBut(&'static [&'static str]),
    Only(&'static [&'static str]),
}

/// One row: a crate, by its folder.
pub struct Room {
    pub folder: &'static str,
    pub may_use: MayUse,
    /// As dev-dependencies, beside what it may use anyway.
    pub tests_may_use: &'static [&'static str],
}

/// Nothing but the contracts leads to a store; tests of what stands on them run on the one in memory.
const STORES_OF_TESTS: &[&str] = &["storage/memory", "storage/sealing"];

const fn room(folder: &'static str, only: &'static [&'static str], tests: &'static [&'static str]) -> Room {
    Room { folder, may_use: MayUse::Only(only), tests_may_use: tests }
}

pub const ROOMS: &[Room] = &[
    room("engine", &[], &[]),
    room("storage/api", &["engine"], STORES_OF_TESTS),
    room("storage/sealing", &["engine", "storage/api"], STORES_OF_TESTS),
    room("storage/memory", &["engine", "storage/api"], STORES_OF_TESTS),
    room("storage/embedded", &["engine", "storage/api"], STORES_OF_TESTS),
    room("storage/scylla", &["engine", "storage/api"], &["storage/memory", "storage/sealing", "ops/cql"]),
    room("actors", &["engine", "storage/api"], STORES_OF_TESTS),
    room("gateway/api", &["engine"], STORES_OF_TESTS),
    room("gateway/live", &["engine", "storage/api", "actors", "gateway/api"], STORES_OF_TESTS),
    room("gateway/ingest", &["engine", "storage/api", "actors", "gateway/api"], STORES_OF_TESTS),
    // Its tests speak to the simulator, which shares no code with it.
    room("gateway/providers", &["engine"], &["simulators/providers"]),
    room(
        "gateway/http",
        &["engine", "storage/api", "actors", "gateway/api", "gateway/live", "gateway/ingest"],
        STORES_OF_TESTS,
    ),
    Room { folder: "gateway/server", may_use: MayUse::Everything, tests_may_use: &[] },
    // Two implementations of one protocol that share code share its bugs.
    room("simulators/providers", &[], &[]),
    // It sees of a server what anybody sees from outside.
    room("simulators/load", &["simulators/providers"], &[]),
    room("simulators/loadtest", &["simulators/load"], &[]),
    Room { folder: "simulators/world", may_use: MayUse::AllBut(&["gateway/server"]), tests_may_use: &[] },
    Room { folder: "benches", may_use: MayUse::Everything, tests_may_use: &[] },
    room("fuzz", &["engine"], &[]),
    room("ops/cql", &[], &[]),
    room("ops/xtask", &["ops/cql"], &[]),
];

impl Room {
    /// What it may depend on, in words.
    pub fn allowed(&self, used_by: Use) -> String {
        let tests: &[&str] = if used_by == Use::Tests { self.tests_may_use } else { &[] };
        match self.may_use {
            MayUse::Everything => "everything".to_owned(),
            MayUse::AllBut(excluded) => format!("everything but {}", excluded.join(", ")),
            MayUse::Only([]) if tests.is_empty() => "nothing of ours".to_owned(),
            MayUse::Only(allowed) => [allowed, tests].concat().join(", "),
        }
    }
}

/// Which folders see a library. A trailing `*` stands for any ending, in names and in folders.
pub struct Library {
    names: &'static [&'static str],
    folders: Folders,
    tests_too: &'static [&'static str],
    pub why: &'static str,
}

enum Folders {
    /// Seen by these alone.
    Only(&'static [&'static str]),
    /// Seen by all but these.
    Not(&'static [&'static str]),
}

pub const LIBRARIES: &[Library] = &[
    Library {
        names: &["actix", "actix-*"],
        folders: Folders::Only(&["benches"]),
        tests_too: &[],
        why: "actix is a measured comparison in benches and stands nowhere on the product's path",
    },
    Library {
        names: &["ractor", "ractor_*"],
        folders: Folders::Only(&["actors", "gateway/server", "benches"]),
        tests_too: &["simulators/world"],
        why: "only actors (and server, which starts them) know which actor library we use",
    },
    Library {
        names: &["fjall"],
        folders: Folders::Only(&["storage/embedded", "benches"]),
        tests_too: &[],
        why: "only storage/embedded knows which key-value library is below it",
    },
    Library {
        names: &["scylla", "scylla-*"],
        folders: Folders::Only(&["storage/scylla", "benches"]),
        tests_too: &["gateway/server"],
        why: "only storage/scylla speaks CQL",
    },
    Library {
        names: &["axum", "tower", "tower-http", "hyper", "hyper-util"],
        folders: Folders::Only(&["gateway/*", "simulators/*", "benches"]),
        tests_too: &[],
        why: "only the gateway and the simulators speak HTTP",
    },
    Library {
        names: &["aes-gcm"],
        folders: Folders::Only(&["storage/sealing", "gateway/server", "benches"]),
        tests_too: &[],
        why: "sealing is done in storage/sealing alone",
    },
    Library {
        names: &[
            "tokio",
            "tokio-*",
            "futures",
            "futures-*",
            "async-*",
            "ractor",
            "crossbeam*",
            "parking_lot",
        ],
        folders: Folders::Not(&["engine"]),
        tests_too: &["engine"],
        why: "the engine is pure: no async, no threads, no I/O",
    },
    Library {
        names: &["rand", "rand_*", "getrandom", "fastrand"],
        folders: Folders::Not(&["engine"]),
        tests_too: &["engine"],
        why: "the engine is pure: randomness comes in from outside",
    },
    Library {
        names: &["tracing", "tracing-*", "log", "prometheus-client"],
        folders: Folders::Not(&["engine"]),
        tests_too: &[],
        why: "the engine sees raw text and therefore neither logs nor measures",
    },
    Library {
        names: &["anyhow"],
        folders: Folders::Only(&["gateway/server", "simulators/*", "benches", "ops/*"]),
        tests_too: &["*"],
        why: "anyhow is for the binary, tasks and tests; a library's errors are its own types",
    },
];

impl Library {
    /// Whether this rule keeps the library out of that folder.
    pub fn refuses(&self, folder: &str, name: &str, used_by: Use) -> bool {
        let seen = match self.folders {
            Folders::Only(folders) => any_fits(folders, folder),
            Folders::Not(folders) => !any_fits(folders, folder),
        };
        let in_tests = used_by == Use::Tests && any_fits(self.tests_too, folder);
        any_fits(self.names, name) && !seen && !in_tests
    }
}

fn any_fits(patterns: &[&str], text: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => *pattern == text,
    })
}
