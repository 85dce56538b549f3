//! What happened, as one number: two runs of a seed have equal traces, or something in them depends on more than the seed.

use parking_lot::Mutex;
use xxhash_rust::xxh3::Xxh3;

/// Takes in every operation, answer and delta, in order.
#[derive(Default)]
pub(crate) struct Trace(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    hash: Xxh3,
    lines: u64,
    /// Kept for the replay of one seed.
    kept: Option<Vec<String>>,
}

impl Trace {
    /// Keeps every line beside the hash.
    pub(crate) fn keeping() -> Self {
        Self(Mutex::new(Inner { kept: Some(Vec::new()), ..Inner::default() }))
    }

    pub(crate) fn note(&self, what: &str, parts: &[&[u8]]) {
        let mut inner = self.0.lock();
        inner.lines += 1;
        inner.hash.update(what.as_bytes());
        for part in parts {
            inner.hash.update(&(part.len() as u64).to_be_bytes());
            inner.hash.update(part);
        }
        if let Some(kept) = &mut inner.kept {
            let plain = |part: &&[u8]| match std::str::from_utf8(part) {
                Ok(text) if text.chars().all(|c| c.is_ascii_graphic() || c == ' ') => text.to_owned(),
                Ok(_) | Err(_) => part.iter().map(|byte| format!("{byte:02x}")).collect::<String>(),
            };
            kept.push(format!("{what} {}", parts.iter().map(plain).collect::<Vec<_>>().join(" ")));
        }
    }

    pub(crate) fn digest(&self) -> (u64, u64) {
        let inner = self.0.lock();
        (inner.hash.digest(), inner.lines)
    }

    pub(crate) fn take_lines(&self) -> Vec<String> {
        self.0.lock().kept.take().unwrap_or_default()
    }
}
