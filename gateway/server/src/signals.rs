//! Signals: stop, and the one that a full file-size limit sends.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ (25 on Linux): a write beyond the file-size limit.
const SIGXFSZ: i32 = 25;

/// Makes a write beyond the file-size limit fail instead of ending the process: the store then answers that it is full.
///
/// # Errors
/// The handler could not be installed.
pub fn survive_file_size_limit() -> io::Result<()> {
    // Once a handler is installed it stays, also after the listener is dropped.
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

/// SIGTERM and Ctrl-C, heard from [`Self::listen`] on: neither ends the process by itself any more.
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Begins to listen.
    ///
    /// # Errors
    /// The handlers could not be installed.
    pub fn listen() -> io::Result<Self> {
        let (terminate, interrupt) = (SignalKind::terminate(), SignalKind::interrupt());
        Ok(Self { terminate: signal(terminate)?, interrupt: signal(interrupt)? })
    }

    /// Waits for either, also one that came since.
    pub async fn told(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Waits for SIGTERM or Ctrl-C.
pub async fn told_to_stop() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
