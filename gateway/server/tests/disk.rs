//! Disks that are full, limited or damaged, under the started binary.
//!
//! The full disk is a file system of its own in memory. To mount it, run this as root, as a container or CI does.

mod support;

use futures::future::join_all;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};
use support::{
    Answer, Brokerage, LONG_ENOUGH, Number, Options, POLL, Server, Sms, User, bare_client, stranger,
};
use tempfile::TempDir;

/// Small enough to be filled soon: segments of 1 MiB, tables of about as much.
fn small() -> Options {
    Options::default().set("store.reserve_bytes", 2 << 20).set("stream.max_bytes", 16 << 20)
}

/// A file system of its own, taken away at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Self {
        let folder =
            tempfile::Builder::new().prefix("hearthline-disk-").tempdir().expect("a temporary folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m", "hearthline-test"]).arg(folder.path());
        let mounted = mount.status().expect("there is a mount command");
        assert!(
            mounted.success(),
            "this test mounts a small file system: run it as root, or with CAP_SYS_ADMIN"
        );
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file that takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = fs::File::create(&path).expect("a file");
        while file.write_all(&[1; 4096]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}

/// A server with an agent who has a number, and all messages that were sent there.
struct Office {
    server: Server,
    agent: User,
    number: Number,
    admin: User,
    from: String,
    acknowledged: BTreeSet<String>,
    refused: Vec<Sms>,
}

impl Office {
    async fn open(options: Options) -> Self {
        let server = Server::start(options).await;
        let brokerage = Brokerage::open(&server).await;
        let agent = brokerage.agent().await;
        let number = brokerage.connect(&agent).await;
        Self {
            server,
            agent,
            number,
            admin: brokerage.admin,
            from: stranger(),
            acknowledged: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    /// Sends so many new messages at once.
    async fn send(&mut self, count: usize) -> Vec<Answer> {
        let messages: Vec<Sms> =
            (0..count).map(|_| Sms::new(&self.from, &"A long text. ".repeat(100))).collect();
        self.deliver(messages).await
    }

    async fn deliver(&mut self, messages: Vec<Sms>) -> Vec<Answer> {
        let answers = join_all(messages.iter().map(|sms| self.number.call(&self.agent.client, sms))).await;
        for (sms, answer) in messages.into_iter().zip(&answers) {
            match answer.status {
                200 => drop(self.acknowledged.insert(sms.sid().to_owned())),
                503 => self.refused.push(sms),
                status => {
                    self.server.log().fail(&format!("a webhook was answered {status}: {}", answer.text))
                }
            }
        }
        answers
    }

    /// Sends until one is refused: that answer.
    async fn send_until_refused(&mut self) -> Answer {
        for _ in 0..500 {
            if let Some(refused) = self.send(32).await.into_iter().find(|answer| answer.status == 503) {
                return refused;
            }
        }
        self.server.log().fail("16,000 messages were taken by a full disk")
    }

    /// Delivers what was refused, as the provider does, until all is taken.
    async fn deliver_the_refused(&mut self) {
        let log = self.server.log().clone();
        let all = async {
            while !self.refused.is_empty() {
                let again = std::mem::take(&mut self.refused);
                self.deliver(again).await;
                tokio::time::sleep(POLL).await;
            }
        };
        log.within(LONG_ENOUGH, "the disk taking messages again", all).await;
    }

    /// Everything acknowledged is one event of the one lead, and nothing else is.
    async fn check(&self) {
        self.server.settled().await;
        let leads = self.agent.leads().await;
        assert_eq!(leads.len(), 1, "one sender, one lead");
        let events = self.agent.messages(leads[0]["id"].as_str().expect("an id")).await;
        let sids: Vec<String> = events.iter().map(|event| text(&event["provider_event_id"])).collect();
        assert_eq!(sids.iter().cloned().collect::<BTreeSet<_>>(), self.acknowledged);
        assert_eq!(sids.len(), self.acknowledged.len(), "nothing is there twice");
    }

    /// What the stream took is on its way into the store, until that is full too.
    async fn new_team_until_refused(&self) -> Answer {
        let refused = async {
            loop {
                let answer = self.new_team().await;
                if answer.status != 201 {
                    return answer;
                }
            }
        };
        self.server.log().within(LONG_ENOUGH, "the store being full", refused).await
    }

    async fn new_team(&self) -> Answer {
        self.admin.client.post("/v1/teams", &json!({"name": "South"})).await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

#[track_caller]
fn come_back_later(answer: &Answer) {
    answer.problem(503, "unavailable");
    let seconds =
        answer.headers.get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "Retry-After: {seconds:?}");
}

#[tokio::test]
async fn ing_7_a_full_disk_answers_503_and_recovers_by_itself_and_nothing_acknowledged_is_lost() {
    let disk = SmallDisk::mount();
    let mut office = Office::open(small().set("store.path", disk.path().join("data").display())).await;
    office.send(20).await;
    office.check().await;

    let ballast = disk.fill();
    come_back_later(&office.new_team().await);
    assert_eq!(office.agent.client.get("/v1/deck").await.status, 200, "reading goes on");
    let taken = office.acknowledged.len();
    come_back_later(&office.send_until_refused().await);
    let log = office.server.log().text();
    assert!(office.acknowledged.len() > taken, "the room that the stream has taken beforehand is used");
    let line = log.lines().find(|line| line.contains("made durable") && line.contains("does not fit into"));
    assert!(line.is_some(), "no line says that the stream is full:\n{log}");
    assert!(log.contains("bytes are free, the reserve is 2097152"), "the store says so too:\n{log}");
    assert!(office.server.is_running());

    fs::remove_file(ballast).expect("the ballast can go");
    office.deliver_the_refused().await;
    office.check().await;
    assert_eq!(office.new_team().await.status, 201);
}

#[tokio::test]
async fn ing_7_a_limit_on_file_sizes_answers_503_and_does_not_end_the_process() {
    let pid_first = ["sh", "-c", "echo $$ > pid; exec \"$0\" \"$@\""];
    let mut office = Office::open(small().through(&pid_first)).await;
    office.send(20).await;
    office.check().await;

    limit_file_size(&office.server, "262144:");
    come_back_later(&office.send_until_refused().await);
    come_back_later(&office.new_team_until_refused().await);
    assert!(office.server.is_running(), "SIGXFSZ did not end it");
    limit_file_size(&office.server, "unlimited:");
    office.deliver_the_refused().await;
    office.check().await;
    assert_eq!(office.new_team().await.status, 201);
    assert_eq!(office.server.terminate().await.code(), Some(0));
}

/// Sets the soft limit of the running server.
fn limit_file_size(server: &Server, limit: &str) {
    let pid = fs::read_to_string(server.folder().join("pid")).expect("the shell wrote it");
    let limited = Command::new("prlimit").args(["--pid", pid.trim(), &format!("--fsize={limit}")]).status();
    assert!(limited.expect("there is a prlimit command").success(), "prlimit --fsize={limit}");
}

#[tokio::test]
async fn a_start_without_room_says_what_has_none_and_ends_with_1() {
    let (status, log) = failing_start(small().through(&["prlimit", "--fsize=65536"])).await;
    assert_eq!(status, Some(1), "{log}");
    assert!(log.contains("full") && log.contains(".new: File too large"), "{log}");
}

/// Starts a server that can't: its exit code and what it said.
async fn failing_start(options: Options) -> (Option<i32>, String) {
    let mut server = Server::start(Options::default()).await;
    server.terminate().await;
    fs::remove_dir_all(server.data()).expect("its data can go");
    fs::remove_file(server.folder().join("master.key")).expect("its key can go");
    server.change(|_| options);
    start_once(&mut server).await
}

/// Starts a server that can't: its exit code and what it said this time.
async fn start_once(server: &mut Server) -> (Option<i32>, String) {
    let before = server.log().text().len();
    server.launch();
    let status = server.exited().await;
    (status.code(), server.log().text()[before..].to_owned())
}

#[tokio::test]
async fn a_start_on_a_full_disk_says_so_and_with_room_again_nothing_is_lost() {
    let disk = SmallDisk::mount();
    let mut office = Office::open(small().set("store.path", disk.path().join("data").display())).await;
    office.send(20).await;
    office.server.kill9().await;
    let ballast = disk.fill();
    let (status, said) = start_once(&mut office.server).await;
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("bytes are free, the reserve is 2097152"), "{said}");
    fs::remove_file(ballast).expect("the ballast can go");
    office.server.restart().await;
    office.check().await;
}

#[tokio::test]
async fn a_flipped_bit_is_named_with_its_file_and_never_read_as_something_else() {
    let mut office = Office::open(small()).await;
    while tables(&office.server).is_empty() {
        office.send(64).await;
        office.server.settled().await;
    }
    office.send(3).await;
    office.check().await;
    let before = everything(&office).await;
    assert_eq!(office.server.terminate().await.code(), Some(0));

    let data = office.server.data();
    for log in ["stream", "data/log", "keys/log"] {
        for segment in files(&data.join(log)).into_iter().filter(|path| is(path, "segment")) {
            let flipped = Flipped::within_what_was_written(&segment);
            stops_and_names(&mut office.server, &flipped).await;
        }
    }
    for file in [data.join("data/tree/current"), newest_version(&data.join("data/tree"))] {
        let flipped = Flipped::within_what_was_written(&file);
        stops_and_names(&mut office.server, &flipped).await;
    }
    for table in tables(&office.server) {
        let flipped = Flipped::within_what_was_written(&table);
        never_something_else(&mut office, &flipped, &before).await;
    }
    let acknowledged = Flipped::within_what_was_written(&data.join("stream/acknowledged"));
    office.server.restart().await;
    let log = office.server.log().text();
    assert!(log.contains(acknowledged.name()), "{log}");
    office.check().await;
    assert_eq!(everything(&office).await, before, "delivered again, and nothing is there twice");
    office.server.signal(Signal::TERM);
}

/// The start fails with 1 and says which file is damaged.
async fn stops_and_names(server: &mut Server, flipped: &Flipped) {
    let (status, said) = start_once(server).await;
    assert_eq!(status, Some(1), "{}: {said}", flipped.path.display());
    assert!(said.contains(flipped.name()), "{} is not named: {said}", flipped.path.display());
}

/// The start fails and names the file; or whatever can't be read fails and names the file, and all the rest is as before.
async fn never_something_else(office: &mut Office, flipped: &Flipped, before: &BTreeMap<String, Value>) {
    let from = office.server.log().text().len();
    office.server.launch();
    let said = |office: &Office| office.server.log().text()[from..].to_owned();
    let started = tokio::select! {
        _ = office.server.exited() => false,
        () = until_ready(&office.server) => true,
    };
    if !started {
        assert_eq!(office.server.exited().await.code(), Some(1));
        assert!(
            said(office).contains(flipped.name()),
            "{} is not named: {}",
            flipped.path.display(),
            said(office)
        );
        return;
    }
    let mut failed = 0;
    for (path, was) in before {
        let answer = office.agent.client.get(path).await;
        match answer.status {
            200 => assert_eq!(lasting(answer.json()), *was, "{path} with {}", flipped.path.display()),
            500 | 503 => failed += 1,
            status => panic!("{path}: {status}"),
        }
    }
    assert!(failed > 0, "{}: nobody noticed", flipped.path.display());
    assert!(
        said(office).contains(flipped.name()),
        "{} is not named: {}",
        flipped.path.display(),
        said(office)
    );
    office.server.kill9().await;
}

async fn until_ready(server: &Server) {
    let http = bare_client();
    let url = format!("{}/readyz", server.address());
    while !http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
        tokio::time::sleep(POLL).await;
    }
}

/// A file with one bit turned over, until it goes out of scope.
struct Flipped {
    path: PathBuf,
    was: Vec<u8>,
}

impl Flipped {
    /// In the middle of what is not the zeros behind the end.
    fn within_what_was_written(path: &Path) -> Self {
        let was = fs::read(path).expect("a file");
        let end = was.iter().rposition(|byte| *byte != 0).expect("something was written") + 1;
        let mut bytes = was.clone();
        bytes[end / 2] ^= 0x10;
        fs::write(path, bytes).expect("it can be written");
        Self { path: path.to_owned(), was }
    }

    fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).expect("a name")
    }
}

impl Drop for Flipped {
    fn drop(&mut self) {
        let _ = fs::write(&self.path, &self.was);
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| {
            entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect()
        })
        .unwrap_or_default();
    files.sort();
    files
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn tables(server: &Server) -> Vec<PathBuf> {
    files(&server.data().join("data/tree/tables"))
}

/// The list of tables that `current` points to.
fn newest_version(tree: &Path) -> PathBuf {
    let number = |path: &Path| path.file_name()?.to_str()?.strip_prefix('v')?.parse::<u64>().ok();
    files(tree).into_iter().max_by_key(|path| number(path)).expect("a version")
}

/// All that the agent can read, by path.
async fn everything(office: &Office) -> BTreeMap<String, Value> {
    let mut paths = vec!["/v1/deck".to_owned(), "/v1/leads?limit=200".to_owned()];
    for lead in office.agent.leads().await {
        let id = text(&lead["id"]);
        paths.push(format!("/v1/leads/{id}"));
        paths.push(format!("/v1/leads/{id}/events?limit=200"));
    }
    let mut all = BTreeMap::new();
    for path in paths {
        let answer = office.agent.client.get(&path).await.ok();
        all.insert(path, lasting(answer));
    }
    all
}

/// Without what changes as time goes on.
fn lasting(mut answer: Value) -> Value {
    for list in ["cards", "items"] {
        for item in answer.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            without_the_passing(item);
        }
    }
    without_the_passing(&mut answer);
    answer
}

fn without_the_passing(item: &mut Value) {
    if let Some(fields) = item.as_object_mut() {
        ["urgency", "reason", "explanation"].iter().for_each(|field| drop(fields.remove(*field)));
    }
}
