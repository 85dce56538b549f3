//! A server of one's own: a folder, a port, a log; killed, stopped and started again at will.

use rustix::process::Signal;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};
use tempfile::TempDir;

use super::{Cql, LONG_ENOUGH, Log, Options, POLL, Process, client::bare_client};

/// What makes tenants.
pub const OPERATOR_TOKEN: &str = "operator-token-of-the-tests";

/// A server on a loopback port, ready when it is given out.
pub struct Server {
    /// First, because what comes first ends first: the process before its folder.
    process: Option<Process>,
    /// Held for its end: it takes the folder with it.
    _temporary: Option<TempDir>,
    options: Options,
    folder: PathBuf,
    port: u16,
    log: Log,
    cql: Option<Cql>,
}

impl Server {
    /// Starts one, on the store of this test run, and waits until it is ready.
    pub async fn start(options: Options) -> Self {
        let cql = Cql::of_this_run().await;
        Self::start_on(cql, options).await
    }

    /// Starts one with its rows on a CQL server, or on disk, and waits until it is ready.
    pub async fn start_on(cql: Option<Cql>, options: Options) -> Self {
        let temporary = options.folder.is_none().then(|| {
            tempfile::Builder::new().prefix("hearthline-test-").tempdir().expect("a temporary folder")
        });
        let folder = match (&options.folder, &temporary) {
            (Some(folder), _) => folder.clone(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => unreachable!("without a folder, one is made"),
        };
        fs::create_dir_all(&folder).expect("the folder can be made");
        fs::write(folder.join("operator-token"), OPERATOR_TOKEN).expect("the token can be written");
        if let Some(toml) = &options.toml {
            fs::write(folder.join("hearthline.toml"), toml).expect("the configuration can be written");
        }
        let log = Log(folder.join("server.log"));
        if let Some(cql) = &cql {
            cql.migrate(&folder).await;
        }
        let mut server =
            Self { options, folder, _temporary: temporary, port: free_port(), log, process: None, cql };
        server.restart().await;
        server
    }

    /// `http://127.0.0.1:…`
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Where everything of it is: `data`, `master.key`, `server.log` …
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where its rows are, if they are not in its folder.
    pub const fn cql(&self) -> Option<&Cql> {
        self.cql.as_ref()
    }

    /// The folder of stores and streams.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Its standard error, restarts included.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Changes how the next start goes.
    pub fn change(&mut self, change: impl FnOnce(Options) -> Options) {
        self.options = change(std::mem::take(&mut self.options));
    }

    /// Starts it, on the same folder and port, without waiting for anything.
    pub fn launch(&mut self) {
        assert!(
            self.process.as_ref().is_none_or(|process| process.status().is_some()),
            "it is still running"
        );
        // The old one goes first, and its guard with it.
        self.process = None;
        let rubbish = if self._temporary.is_some() { self.folder.clone() } else { PathBuf::new() };
        self.process = Some(Process::start(self.command(), &rubbish));
    }

    /// Starts it again after its end, on the same folder and port, and waits until it is ready.
    pub async fn restart(&mut self) {
        self.launch();
        self.until_ready().await;
    }

    /// Waits for the address on its standard output and for `/readyz`.
    pub async fn until_ready(&mut self) {
        let log = self.log.clone();
        let process = self.process.as_mut().expect("it was launched");
        let first =
            log.within(LONG_ENOUGH, "the address line on standard output", process.first_line()).await;
        match first {
            Some(line) => assert_eq!(line, self.address(), "the first line is the address alone"),
            None => {
                let status = log.within(LONG_ENOUGH, "the end of the process", self.exited()).await;
                log.fail(&format!("it ended without an address, {status}"));
            }
        }
        let ready = async {
            let http = bare_client();
            let url = format!("{}/readyz", self.address());
            while !http.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
                tokio::time::sleep(POLL).await;
            }
        };
        log.within(LONG_ENOUGH, "200 from /readyz", ready).await;
    }

    /// Sends a signal without waiting for what it does.
    pub fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("it was launched").signal(signal);
    }

    /// Ends it with SIGKILL: nothing of ours runs any more when this returns.
    pub async fn kill9(&self) {
        self.signal(Signal::KILL);
        self.exited().await;
    }

    /// Asks it to stop, and waits until it has.
    pub async fn terminate(&self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.exited().await
    }

    /// Waits for its end, whoever brings it about.
    pub async fn exited(&self) -> ExitStatus {
        let process = self.process.as_ref().expect("it was launched");
        self.log.within(LONG_ENOUGH, "the end of the process", process.ended()).await
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.status().is_none())
    }

    /// Waits until everything received is applied and every effect carried out: both backlogs are 0 (surface:
    /// "`/metrics`"). A slow store may take its time, as long as the backlogs fall.
    pub async fn settled(&self) {
        let http = bare_client();
        let left = async || {
            let text = self.metrics_text(&http).await;
            let of = |name| sample(&text, name).unwrap_or(f64::INFINITY);
            of("hearthline_inbound_backlog") + of("hearthline_outbox_backlog")
        };
        let mut fewest = f64::INFINITY;
        while fewest > 0.0 {
            let falling = async {
                loop {
                    let now = left().await;
                    if now < fewest {
                        return now;
                    }
                    tokio::time::sleep(POLL).await;
                }
            };
            let what = format!("both backlogs, {fewest} together, falling to 0");
            fewest = self.log.within(LONG_ENOUGH, &what, falling).await;
        }
    }

    /// A metric without labels, or with exactly those given in braces; 0 if it is not there.
    pub async fn metric(&self, name: &str) -> f64 {
        sample(&self.metrics().await, name).unwrap_or(0.0)
    }

    /// `/metrics` as it is.
    pub async fn metrics(&self) -> String {
        self.metrics_text(&bare_client()).await
    }

    async fn metrics_text(&self, http: &reqwest::Client) -> String {
        let answer = http.get(format!("{}/metrics", self.address())).send().await;
        let answer = answer.unwrap_or_else(|error| self.log.fail(&format!("/metrics: {error}")));
        answer.text().await.unwrap_or_else(|error| self.log.fail(&format!("/metrics: {error}")))
    }

    fn command(&self) -> Command {
        let program = self.options.program.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_hearthline").into());
        let mut command = match self.options.through.split_first() {
            None => Command::new(program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.arg("serve").current_dir(&self.folder).stderr(self.appended_log());
        if self.options.toml.is_some() {
            command.args(["--config", "hearthline.toml"]);
        }
        without_our_variables(&mut command);
        command.envs(self.variables());
        command
    }

    fn variables(&self) -> Vec<(String, String)> {
        let url = self.options.public_url.clone().unwrap_or_else(|| self.address());
        let path = |name: &str| self.folder.join(name).display().to_string();
        let usual = Options::default()
            .set("http.listen", format!("127.0.0.1:{}", self.port))
            .set("http.public_url", url)
            .set("http.operator_token_file", path("operator-token"))
            .set("store.path", path("data"))
            .set("keys.master_file", path("master.key"))
            // Payloads name real providers' files: no test asks a real provider for one.
            .set("media.fetch", false)
            // All tests sign in from one address.
            .set("limits.address_per_second", 10_000)
            .set("limits.address_burst", 10_000);
        let rows = self.cql.as_ref().map(|cql| cql.options().variables).unwrap_or_default();
        [usual.variables, rows, self.options.variables.clone()].concat()
    }

    fn appended_log(&self) -> Stdio {
        let file = fs::OpenOptions::new().create(true).append(true).open(&self.log.0);
        file.expect("the log can be written").into()
    }
}

/// How a run of the binary ended.
#[derive(Debug)]
pub struct Ended {
    /// None: by a signal.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs the binary with these arguments and variables in that folder until it ends by itself.
pub async fn run_to_end(args: &[&str], variables: &[(&str, &str)], folder: &Path) -> Ended {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let log = Log(folder.join(format!("run-{n}.log")));
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearthline"));
    command.args(args).current_dir(folder);
    command.stderr(fs::File::create(&log.0).expect("the log can be written"));
    without_our_variables(&mut command);
    command.envs(variables.iter().copied());
    let process = Process::start(command, Path::new(""));
    let what = format!("hearthline {args:?} with {variables:?} ending by itself");
    let status = log.within(LONG_ENOUGH, &what, process.ended()).await;
    Ended { code: status.code(), out: process.out(), err: log.text() }
}

/// The tests' own environment must not configure the servers they start.
fn without_our_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HEARTHLINE_"))
    {
        command.env_remove(name);
    }
}

/// A port that nobody has, below those that the system gives to outgoing connections, so that it stays free across
/// restarts.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 500).expect("below 500") * 40;
    for _ in 0..2_000 {
        let port = 10_000 + (own + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port below the ephemeral ones")
}

fn sample(metrics: &str, name: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}
