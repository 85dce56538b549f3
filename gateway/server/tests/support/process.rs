//! One run of a program: started, watched, ended with all that it started. A guard process ends it when the test process
//! is gone, whatever ended that.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};
use tokio::sync::{oneshot, watch};

use super::POLL;

/// A started process.
pub struct Process {
    pid: Pid,
    exit: watch::Receiver<Option<ExitStatus>>,
    first: Option<oneshot::Receiver<()>>,
    out: Arc<Mutex<String>>,
    guard: Child,
    waiting: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it. `rubbish` is removed by the guard when the test process is gone.
    pub fn start(mut command: Command, rubbish: &Path) -> Self {
        // A group of its own: what it starts can be ended with it.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let id = child.id();
        let guard = guard(id, rubbish);
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let (said, first) = oneshot::channel();
        let out = Arc::new(Mutex::new(String::new()));
        let reading = thread::spawn({
            let out = Arc::clone(&out);
            move || read(BufReader::new(stdout), &out, said)
        });
        let (ended, exit) = watch::channel(None);
        let waiting = thread::spawn(move || {
            let status = child.wait().expect("a child of ours can be waited for");
            // Whoever hears of the end finds all of the output.
            let _ = reading.join();
            let _ = ended.send(Some(status));
        });
        let pid = Pid::from_raw(i32::try_from(id).expect("a process id")).expect("not 0");
        Self { pid, exit, first: Some(first), out, guard, waiting: Some(waiting) }
    }

    /// The first line of its standard output; none if it ended without one. To be asked once.
    pub async fn first_line(&mut self) -> Option<String> {
        self.first.take().expect("asked once").await.ok()?;
        self.out().lines().next().map(str::to_owned)
    }

    /// The first lines of its standard output, once there are so many.
    pub async fn lines(&self, count: usize) -> Vec<String> {
        loop {
            let out = self.out();
            if out.lines().count() >= count {
                return out.lines().take(count).map(str::to_owned).collect();
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Its standard output so far.
    pub fn out(&self) -> String {
        self.out.lock().expect("the reader does not panic").clone()
    }

    /// Sends a signal, if it is still there.
    pub fn signal(&self, signal: Signal) {
        if self.status().is_none() {
            let _ = kill_process(self.pid, signal);
        }
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<ExitStatus> {
        *self.exit.borrow()
    }

    /// Waits until it has ended.
    pub async fn ended(&self) -> ExitStatus {
        let mut exit = self.exit.clone();
        let status =
            *exit.wait_for(Option::is_some).await.expect("the waiting thread reports before it ends");
        status.expect("waited for")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        if self.status().is_none() {
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.join();
        }
    }
}

fn read(lines: impl BufRead, out: &Mutex<String>, said: oneshot::Sender<()>) {
    let mut said = Some(said);
    for line in lines.lines().map_while(Result::ok) {
        let mut out = out.lock().expect("nobody panics with it");
        out.push_str(&line);
        out.push('\n');
        if let Some(said) = said.take() {
            let _ = said.send(());
        }
    }
}

/// Waits for the end of its standard input, which comes with the end of this process at the latest. In a group of its
/// own: what interrupts the tests must not interrupt it.
fn guard(pid: u32, rubbish: &Path) -> Child {
    let script = r#"cat >/dev/null; kill -9 "-$0" 2>/dev/null; rm -rf "$1""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, &pid.to_string()]).arg(rubbish);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command.spawn().expect("a guard starts")
}
