//! One Cassandra node: started, stopped for a while, killed, started again on the same data.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

use crate::jars;

/// A first start takes 8 s on two idle cores; a machine that also builds takes several times as long.
const START: Duration = Duration::from_secs(180);
const LOOK: Duration = Duration::from_millis(100);

/// What Java 17 hides and Cassandra uses: from `conf/jvm17-server.options`.
const EXPORTS: &[&str] = &[
    "java.base/jdk.internal.misc",
    "java.base/java.lang.ref",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "jdk.attach/sun.tools.attach",
    "jdk.compiler/com.sun.tools.javac.file",
    "jdk.unsupported/sun.misc",
];
const OPENS: &[&str] = &[
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.lang.reflect",
    "java.base/java.util",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.compiler/com.sun.tools.javac",
    "jdk.management/com.sun.management.internal",
];
const OPTIONS: &[&str] = &[
    "-Xms1g",
    "-Xmx1g",
    "-Xss512k",
    "-XX:MaxDirectMemorySize=512m",
    "-XX:+UseG1GC",
    "-Djava.net.preferIPv4Stack=true",
    "-Djdk.attach.allowAttachSelf=true",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dcassandra-foreground=yes",
    "-Dcassandra.libjemalloc=-",
    // Nobody else is there to be waited for.
    "-Dcassandra.ring_delay_ms=0",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
];
/// Each table that is made would be followed by flushes of the system's own tables, and tests make hundreds. A killed server
/// has forgotten its tables then.
const QUICK_TABLES: &str = "-Dcassandra.unsafesystem=true";

/// A running node.
pub struct CqlServer {
    running: Option<Running>,
    folder: TempDir,
    jars: PathBuf,
    port: u16,
    survives: bool,
}

struct Running {
    java: Child,
    /// Ends Java and removes the folder when this process is gone.
    guard: Child,
}

impl CqlServer {
    /// Starts a new one, without data, and waits until it answers. It is quick at making tables, and not to be killed.
    ///
    /// # Errors
    /// The jars or Java are missing, or it ended; with the end of its log.
    pub fn start() -> Result<Self> {
        Self::with(false)
    }

    /// As [`CqlServer::start`], and what it answered survives [`CqlServer::kill`], its tables too.
    ///
    /// # Errors
    /// The jars or Java are missing, or it ended; with the end of its log.
    pub fn start_to_be_killed() -> Result<Self> {
        Self::with(true)
    }

    fn with(survives: bool) -> Result<Self> {
        let jars = jars::find().context("`cargo xtask setup --install` fetches them")?;
        let folder = tempfile::Builder::new().prefix("hearthline-cql-").tempdir()?;
        let (port, storage_port) = (free_port()?, free_port()?);
        let conf = folder.path().join("conf");
        fs::create_dir(&conf)?;
        let yaml = include_str!("../cassandra.yaml").replace("@STORAGE_PORT@", &storage_port.to_string());
        fs::write(conf.join("cassandra.yaml"), yaml.replace("@CQL_PORT@", &port.to_string()))?;
        fs::write(conf.join("logback.xml"), include_str!("../logback.xml"))?;
        let mut server = Self { running: None, folder, jars, port, survives };
        server.restart()?;
        Ok(server)
    }

    /// `host:port` of its CQL.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops every thread of it where it is; connections stay open and silent.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it as a failing machine would.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts it again on its data, and waits until it answers.
    ///
    /// # Errors
    /// It ended, or never answered; with the end of its log.
    pub fn restart(&mut self) -> Result<()> {
        self.launch()?;
        self.until_ready()
    }

    /// Starts it again on its data, without waiting.
    ///
    /// # Errors
    /// There is no Java.
    pub fn launch(&mut self) -> Result<()> {
        self.running = None;
        let java = self.java()?.spawn().context("starting java: `cargo xtask setup` says how to get it")?;
        let guard = guard(java.id(), self.folder.path())?;
        self.running = Some(Running { java, guard });
        Ok(())
    }

    /// Waits until it answers the greeting of the protocol.
    ///
    /// # Errors
    /// It ended, or never answered; with the end of its log.
    pub fn until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !answers(self.port) {
            let ended = self.running.as_mut().context("it was launched")?.java.try_wait()?;
            if let Some(status) = ended {
                bail!("Cassandra ended, {status}:\n{}", self.end_of_log());
            }
            if started.elapsed() > START {
                bail!("Cassandra did not answer in {START:?}:\n{}", self.end_of_log());
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        let id = self.running.as_ref().map(|running| running.java.id());
        if let Some(pid) = id.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
            // It may have ended by itself.
            let _gone = kill_process(pid, signal);
        }
    }

    fn java(&self) -> Result<Command> {
        let folder = self.folder.path();
        let log = fs::OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
        let mut java = Command::new("java");
        java.args(OPTIONS);
        if !self.survives {
            java.arg(QUICK_TABLES);
        }
        java.args(EXPORTS.iter().map(|name| format!("--add-exports={name}=ALL-UNNAMED")));
        java.args(OPENS.iter().map(|name| format!("--add-opens={name}=ALL-UNNAMED")));
        java.arg(format!("-javaagent:{}", jars::agent(&self.jars)?.display()));
        java.arg(format!("-Dcassandra.config=file://{}/conf/cassandra.yaml", folder.display()));
        java.arg(format!("-Dcassandra.storagedir={}/data", folder.display()));
        java.arg(format!("-Dcassandra.logdir={}", folder.display()));
        java.arg("-cp").arg(format!("{}/conf:{}/*", folder.display(), self.jars.display()));
        java.arg("org.apache.cassandra.service.CassandraDaemon");
        // A group of its own: what interrupts the tests ends it through the guard.
        java.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        Ok(java)
    }

    fn end_of_log(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.java.kill();
        let _ended_already = self.java.wait();
        let _ended_already = self.guard.kill();
        let _ended_already = self.guard.wait();
    }
}

/// Waits for the end of its standard input, which comes with the end of this process at the latest.
fn guard(java: u32, folder: &Path) -> Result<Child> {
    let script = r#"cat >/dev/null; kill -9 "$0" 2>/dev/null; sleep 1; rm -rf "$1""#;
    let mut guard = Command::new("sh");
    guard.args(["-c", script, &java.to_string()]).arg(folder);
    guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    guard.spawn().context("starting the guard")
}

/// Asks for the protocol's options, version 4; the answer is SUPPORTED.
fn answers(port: u16) -> bool {
    const OPTIONS: [u8; 9] = [4, 0, 0, 0, 5, 0, 0, 0, 0];
    const SUPPORTED: u8 = 6;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut socket) = TcpStream::connect_timeout(&address, LOOK) else { return false };
    let mut header = [0; 9];
    let asked =
        socket.set_read_timeout(Some(Duration::from_secs(2))).and_then(|()| socket.write_all(&OPTIONS));
    asked.and_then(|()| socket.read_exact(&mut header)).is_ok() && header[4] == SUPPORTED
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}
