use super::*;

fn member(folder: &str, to: Target, used_by: Use) -> Member {
    Member { folder: folder.to_owned(), edges: vec![Edge { to, used_by }] }
}

fn ours(from: &str, to: &str, used_by: Use) -> Vec<String> {
    findings(&[member(from, Target::Ours(to.to_owned()), used_by)])
}

fn library(from: &str, name: &str, used_by: Use) -> Vec<String> {
    findings(&[member(from, Target::Library(name.to_owned()), used_by)])
}

#[test]
fn the_engine_depends_on_nothing_of_ours_not_even_in_tests() {
    for room in ROOMS.iter().filter(|room| room.folder != "engine") {
        assert_eq!(ours("engine", room.folder, Use::Product).len(), 1);
        assert_eq!(ours("engine", room.folder, Use::Tests).len(), 1);
    }
}

#[test]
fn concrete_stores_are_seen_by_server_world_and_benches_alone() {
    for store in ["storage/memory", "storage/embedded", "storage/sealing"] {
        for room in ROOMS {
            let sees = ["gateway/server", "simulators/world", "benches"].contains(&room.folder);
            assert_eq!(ours(room.folder, store, Use::Product).is_empty(), sees, "{} -> {store}", room.folder);
        }
    }
}

#[test]
fn tests_may_run_on_the_store_in_memory_but_not_on_disk() {
    assert!(ours("actors", "storage/memory", Use::Tests).is_empty());
    assert!(ours("gateway/http", "storage/sealing", Use::Tests).is_empty());
    assert_eq!(ours("actors", "storage/embedded", Use::Tests).len(), 1);
}

#[test]
fn a_refused_edge_is_named_with_what_is_allowed() {
    let finding = ours("gateway/live", "gateway/http", Use::Product).remove(0);
    assert_eq!(
        finding,
        "gateway/live -> gateway/http (dependency): gateway/live may depend on engine, storage/api, actors, gateway/api"
    );
    let finding = ours("storage/memory", "actors", Use::Tests).remove(0);
    assert!(finding.contains("dev-dependency") && finding.contains("storage/sealing"), "{finding}");
}

#[test]
fn nothing_but_benches_may_use_the_server() {
    for room in ROOMS.iter().filter(|room| !["benches", "gateway/server"].contains(&room.folder)) {
        assert_eq!(ours(room.folder, "gateway/server", Use::Product).len(), 1, "{}", room.folder);
    }
    assert!(ours("benches", "gateway/server", Use::Product).is_empty());
}

#[test]
fn the_provider_simulators_share_nothing_with_us_so_that_two_bugs_cannot_cancel_out() {
    assert_eq!(ours("simulators/providers", "engine", Use::Product).len(), 1);
}

#[test]
fn a_crate_without_a_row_is_a_finding() {
    let finding = ours("gateway/new", "engine", Use::Product).remove(0);
    assert!(finding.starts_with("gateway/new: no row"), "{finding}");
}

#[test]
fn libraries_stay_behind_their_folders() {
    assert!(library("actors", "ractor", Use::Product).is_empty());
    assert!(library("simulators/world", "ractor", Use::Tests).is_empty());
    assert_eq!(library("simulators/world", "ractor", Use::Product).len(), 1);
    assert_eq!(library("gateway/server", "actix-rt", Use::Product).len(), 1);
    assert!(library("benches", "actix", Use::Tests).is_empty());
    assert_eq!(library("actors", "fjall", Use::Tests).len(), 1);
    assert_eq!(library("actors", "anyhow", Use::Product).len(), 1);
    assert!(library("actors", "anyhow", Use::Tests).is_empty());
}

#[test]
fn the_engine_is_pure() {
    for name in ["tokio", "tokio-util", "futures", "getrandom", "rand_chacha", "tracing"] {
        assert_eq!(library("engine", name, Use::Product).len(), 1, "{name}");
    }
    assert!(library("engine", "rand_chacha", Use::Tests).is_empty());
    assert!(library("engine", "serde", Use::Product).is_empty());
}

#[test]
fn every_folder_has_one_row() {
    for (n, room) in ROOMS.iter().enumerate() {
        assert!(ROOMS[..n].iter().all(|earlier| earlier.folder != room.folder), "{} twice", room.folder);
    }
}
