//! Keys as ordered bytes: the same bytes on every backend. Fixed-size parts stand as they are, numbers big-endian, text
//! and opaque bytes behind their length, so that no two different keys have the same bytes.

use bytes::Bytes;

/// Builds a key part by part.
#[derive(Clone, Debug, Default)]
pub struct KeyWriter(Vec<u8>);

impl KeyWriter {
    /// An empty key.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }
    /// A part of a size that the table fixes (an id, a hash, a kind).
    #[must_use]
    pub fn fixed(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(part);
        self
    }
    /// One byte.
    #[must_use]
    pub fn byte(mut self, part: u8) -> Self {
        self.0.push(part);
        self
    }
    /// A number, ordered as numbers are.
    #[must_use]
    pub fn number(self, part: u64) -> Self {
        self.fixed(&part.to_be_bytes())
    }
    /// A number, ordered the other way round: newest first.
    #[must_use]
    pub fn number_descending(self, part: u64) -> Self {
        self.fixed(&(u64::MAX - part).to_be_bytes())
    }
    /// A part of any length up to 65,535 bytes, behind its length. Callers bound what comes from outside.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        let length = u16::try_from(part.len()).expect("callers bound the parts of a key");
        self.fixed(&length.to_be_bytes()).fixed(part.as_bytes())
    }
    /// The finished key.
    #[must_use]
    pub fn finish(self) -> Bytes {
        self.0.into()
    }
}

/// Reads a key back, part by part.
#[derive(Clone, Copy, Debug)]
pub struct KeyReader<'a>(&'a [u8]);

/// A stored key that is shorter than its table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored key is too short")]
pub struct ShortKey;

impl<'a> KeyReader<'a> {
    /// At the start of a key.
    #[must_use]
    pub const fn new(key: &'a [u8]) -> Self {
        Self(key)
    }
    /// A part of `N` bytes.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ShortKey> {
        let (part, rest) = self.0.split_first_chunk::<N>().ok_or(ShortKey)?;
        self.0 = rest;
        Ok(*part)
    }
    /// One byte.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn byte(&mut self) -> Result<u8, ShortKey> {
        Ok(self.fixed::<1>()?[0])
    }
    /// A number.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn number(&mut self) -> Result<u64, ShortKey> {
        Ok(u64::from_be_bytes(self.fixed()?))
    }
    /// A number that was written descending.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn number_descending(&mut self) -> Result<u64, ShortKey> {
        Ok(u64::MAX - self.number()?)
    }
}

/// A hash that is the same on every node and for all time: placement depends on it. FNV-1a, 64 bits, with a final mix
/// so that the low bits are as good as the high ones.
#[must_use]
pub fn placement_hash(parts: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}
