//! The physical limit, and the way to bring any library to it: one thread takes everything queued, hands it over as one
//! group, and answers when the group is durable.

use anyhow::Context as _;
use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// Rows that become true together.
pub type Batch = Vec<(Vec<u8>, Vec<u8>)>;

/// Makes a group of batches durable.
pub trait Durable: Send + 'static {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()>;
}

/// The size of a file that is written full beforehand.
const ROOM_BYTES: u64 = 64 << 20;

/// Appends the bytes of a group and calls fdatasync, nothing else: no checksums, no index, no recovery.
pub struct RawFile {
    file: File,
    offset: u64,
    /// Where it begins again at the front, in bytes.
    room: u64,
    buffer: Vec<u8>,
}

impl RawFile {
    /// Grows with every append.
    pub fn create(folder: &Path) -> anyhow::Result<Self> {
        let file = File::create(folder.join("raw")).context("making the raw file")?;
        Ok(Self { file, offset: 0, room: u64::MAX, buffer: Vec::new() })
    }

    /// Written full beforehand, so that a sync has nothing but the bytes to bring to the disk: the least there is.
    pub fn with_room(folder: &Path) -> anyhow::Result<Self> {
        let raw = Self { room: ROOM_BYTES, ..Self::create(folder)? };
        let zeros = vec![0; 1 << 20];
        for offset in (0..ROOM_BYTES).step_by(zeros.len()) {
            raw.file.write_all_at(&zeros, offset).context("taking room")?;
        }
        raw.file.sync_all().context("taking room")?;
        Ok(raw)
    }
}

impl Durable for RawFile {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        self.buffer.clear();
        for (key, value) in group.iter().flatten() {
            self.buffer.extend_from_slice(key);
            self.buffer.extend_from_slice(value);
        }
        if self.offset + self.buffer.len() as u64 > self.room {
            self.offset = 0;
        }
        self.file.write_all_at(&self.buffer, self.offset).context("appending")?;
        self.file.sync_data().context("syncing")?;
        self.offset += self.buffer.len() as u64;
        Ok(())
    }
}

type Queued = (Batch, oneshot::Sender<()>);

/// One committer thread in front of something durable.
pub struct Grouped {
    queue: Option<Sender<Queued>>,
    thread: Option<JoinHandle<anyhow::Result<()>>>,
}

impl Grouped {
    pub fn new(durable: impl Durable) -> Self {
        let (queue, queued) = channel();
        let thread = std::thread::spawn(move || serve(durable, &queued));
        Self { queue: Some(queue), thread: Some(thread) }
    }

    /// Durable when it returns.
    pub async fn commit(&self, batch: Batch) -> anyhow::Result<()> {
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().context("it is closed")?;
        queue.send((batch, answer)).ok().context("the committer ended")?;
        answered.await.context("the committer ended")
    }

    /// Ends the thread and tells how it went.
    pub fn close(&mut self) -> anyhow::Result<()> {
        self.queue = None;
        match self.thread.take() {
            Some(thread) => thread.join().map_err(|_| anyhow::anyhow!("the committer panicked"))?,
            None => Ok(()),
        }
    }
}

fn serve(mut durable: impl Durable, queued: &Receiver<Queued>) -> anyhow::Result<()> {
    while let Ok(first) = queued.recv() {
        let (batches, answers): (Vec<_>, Vec<_>) = std::iter::once(first).chain(queued.try_iter()).unzip();
        durable.commit(batches)?;
        for answer in answers {
            // A caller whose turn is over may be gone.
            answer.send(()).ok();
        }
    }
    Ok(())
}
