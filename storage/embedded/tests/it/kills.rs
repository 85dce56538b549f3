//! Processes that are killed while they write, and what the next one finds.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Group, InboundStream as _, KeyRange, Outcome, Store as _, StreamError, Table, Token,
};
use hearthline_storage_embedded::{Config, Embedded, EmbeddedStore, EmbeddedStream};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::store::{partition, put};

/// Set for a process that is to be killed: the folder it writes to.
const FOLDER: &str = "HEARTHLINE_TEST_KILLED_FOLDER";
const WRITERS: u64 = 8;
const KILLS: u64 = 25;

fn config(folder: &Path) -> Config {
    let mut config = Config::new(folder);
    config.store.segment_bytes = 64 * 1024;
    config.store.memory_bytes = 48 * 1024;
    config.stream.segment_bytes = 32 * 1024;
    config.stream.ack_interval = Duration::from_millis(5);
    config
}

/// Says what was answered, at once: whoever reads it holds us to it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("answered {line}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}

fn commit(lead: u64, version: u64) -> Commit {
    Commit {
        partition: partition(Table::LeadCore, &format!("lead {lead}")),
        expected: version,
        token: Token(u128::from(version) + 1),
        writes: vec![put("state", &version.to_string()), put(&format!("{version:06}"), &"x".repeat(300))],
    }
}

/// Commits and appends until `until`.
async fn write(store: Arc<EmbeddedStore>, stream: Arc<EmbeddedStream>, until: Instant) {
    let writers: Vec<_> = (0..WRITERS)
        .map(|lead| {
            let (store, stream) = (Arc::clone(&store), Arc::clone(&stream));
            tokio::spawn(async move {
                let mut version =
                    store.read(&commit(lead, 0).partition, &KeyRange::all()).await.unwrap().version;
                while Instant::now() < until {
                    assert_eq!(store.commit(commit(lead, version)).await.unwrap(), Outcome::Applied);
                    version += 1;
                    say(&format!("commit {lead} {version}"));
                    let entry = Bytes::from(format!("entry of {lead} at {version}"));
                    let position = stream.append(Group::of(lead), entry).await.unwrap();
                    say(&format!("append {lead} {} {version}", position.0));
                    if version % 2 == 0 {
                        let delivery = stream.next(Group::of(lead)).await.unwrap();
                        say(&format!("acknowledge {lead} {}", delivery.position.0));
                        stream.acknowledge(Group::of(lead), delivery.position).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

/// What all lives together were answered.
#[derive(Default)]
struct Answered {
    versions: BTreeMap<u64, u64>,
    waiting: BTreeMap<(u64, u64), u64>,
    acknowledged: BTreeSet<(u64, u64)>,
}

impl Answered {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let numbers: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
        match (words[1], numbers.as_slice()) {
            ("commit", [lead, version]) => drop(self.versions.insert(*lead, *version)),
            ("append", [lead, position, version]) => drop(self.waiting.insert((*lead, *position), *version)),
            ("acknowledge", [lead, position]) => drop(self.acknowledged.insert((*lead, *position))),
            _ => panic!("{line}"),
        }
    }

    async fn check(&mut self, folder: &Path) {
        let (store, stream) = Embedded::open(config(folder)).unwrap();
        for lead in 0..WRITERS {
            let answered = self.versions.get(&lead).copied().unwrap_or(0);
            let slice = store.read(&commit(lead, 0).partition, &KeyRange::all()).await.unwrap();
            assert!(
                slice.version == answered || slice.version == answered + 1,
                "{} {answered}",
                slice.version
            );
            assert_eq!(slice.token, Token(u128::from(slice.version)));
            assert_eq!(slice.rows.len() as u64, if slice.version == 0 { 0 } else { slice.version + 1 });
            self.versions.insert(lead, slice.version);
        }
        let mut missing: BTreeSet<_> = self.waiting.keys().copied().collect();
        let left = stream.backlog();
        for _ in 0..left {
            let next = (0..WRITERS).map(|lead| {
                let stream = &stream;
                Box::pin(async move { (lead, stream.next(Group::of(lead)).await.unwrap()) })
            });
            let ((lead, delivery), ..) = futures::future::select_all(next).await;
            let at = (lead, delivery.position.0);
            let version = self.waiting.entry(at).or_insert(self.versions[&lead]);
            assert_eq!(delivery.entry, format!("entry of {lead} at {version}"));
            missing.remove(&at);
        }
        assert!(missing.is_subset(&self.acknowledged), "lost: {missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_was_answered_before_it_was_killed_is_there() {
    if let Ok(folder) = std::env::var(FOLDER) {
        // This is the process that is killed.
        let (store, stream) = Embedded::open(config(Path::new(&folder))).unwrap();
        write(store, stream, Instant::now() + Duration::from_secs(60)).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut answered = Answered::default();
    for kill in 0..KILLS {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kills::what_a_process_was_answered_before_it_was_killed_is_there",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // Killed after so many answers, at whatever it is doing then.
        for _ in 0..20 + kill * 37 {
            let line = lines.next().unwrap().unwrap();
            if line.starts_with("answered ") {
                answered.hear(&line);
            }
        }
        process.kill().unwrap();
        process.wait().unwrap();
        for line in lines.map_while(Result::ok).filter(|line| line.starts_with("answered ")) {
            answered.hear(&line);
        }
        answered.check(folder.path()).await;
    }
    assert!(answered.versions.values().sum::<u64>() > 1000, "{:?}", answered.versions);
}

/// Set for a process with a limit on the size of its files: the folder it writes to.
const LIMITED: &str = "HEARTHLINE_TEST_LIMITED_FOLDER";

#[tokio::test]
async fn a_limit_on_the_size_of_files_is_a_full_disk() {
    let entry = |length: usize| Bytes::from(vec![5; length]);
    if let Ok(folder) = std::env::var(LIMITED) {
        // This is the process with the limit: a block of 200 KiB needs a larger file than it may have.
        let (store, stream) = Embedded::open(config(Path::new(&folder))).unwrap();
        for round in 0..3 {
            stream.append(Group::of(1), entry(1000)).await.unwrap();
            let refused = stream.append(Group::of(1), entry(200 << 10)).await;
            assert!(matches!(refused, Err(StreamError::Full(_))), "{refused:?}");
            assert_eq!(store.commit(commit(1, round)).await.unwrap(), Outcome::Applied);
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The shell's unit is 512 bytes. An ignored signal stays ignored: as it must be in the process that uses this crate.
    let limited = "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\"";
    let ended = Command::new("sh")
        .args(["-c", limited])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "kills::a_limit_on_the_size_of_files_is_a_full_disk", "--nocapture"])
        .env(LIMITED, folder.path())
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let (store, stream) = Embedded::open(config(folder.path())).unwrap();
    assert_eq!(stream.backlog(), 3);
    assert_eq!(store.read(&commit(1, 0).partition, &KeyRange::all()).await.unwrap().version, 3);
    stream.append(Group::of(1), entry(200 << 10)).await.unwrap();
}
