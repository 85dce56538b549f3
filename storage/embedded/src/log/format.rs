//! The bytes of a segment: its header, then blocks, then zeros.
//!
//! ```text
//! segment  = "HLLOG\0\0\1" salt:4 number:8 capacity:8 first:8 previous:8 previous_end:8 base_length:4 base crc:4   blocks… zeros
//! block    = "HLBK" count:4 body_length:4 first:8 crc:4   records…
//! record   = length:4 crc:4 label:8 payload
//! mark     = "HLMK" 0:4 0:4 next:8 crc:4                              everything before it was synced
//! finish   = "HLFI" 0:4 0:4 next:8 crc:4                              and the next segment was made
//! ```
//!
//! Numbers are little-endian. Every checksum starts from the segment's random salt and covers the sequence number, so that
//! bytes of another file, an older run, or a payload made to look like a block never pass. All bytes up to the end of the
//! last block are covered by one of them.

use crc32fast::Hasher;

/// The format, and its version in the last byte.
const SEGMENT_MAGIC: [u8; 8] = *b"HLLOG\0\0\x01";
const BLOCK_MAGIC: [u8; 4] = *b"HLBK";
const MARK_MAGIC: [u8; 4] = *b"HLMK";
const FINISH_MAGIC: [u8; 4] = *b"HLFI";

/// Bytes of a block's or mark's header.
pub(super) const FRAME_BYTES: usize = 24;
/// Bytes before a record's payload.
pub(super) const RECORD_BYTES: usize = 16;

/// What a segment says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub salt: u32,
    pub number: u64,
    /// The size the file was made with.
    pub capacity: u64,
    /// The sequence number of its first record.
    pub first: u64,
    /// The segment before it, 0 for none, and where that one's last block ends.
    pub previous: u64,
    pub previous_end: u64,
    /// The owner's words about everything before this segment.
    pub base: Vec<u8>,
}

impl SegmentHeader {
    pub fn encode(&self) -> Vec<u8> {
        let base_length = u32::try_from(self.base.len()).expect("the owner's base is a few hundred bytes");
        let mut bytes = Vec::with_capacity(64 + self.base.len());
        bytes.extend_from_slice(&SEGMENT_MAGIC);
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        for number in [self.number, self.capacity, self.first, self.previous, self.previous_end] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&base_length.to_le_bytes());
        bytes.extend_from_slice(&self.base);
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header and its length, if all of it is as it was written.
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut reader = Reader(bytes);
        if reader.take::<8>()? != SEGMENT_MAGIC {
            return None;
        }
        let salt = reader.u32()?;
        let (number, capacity, first) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let (previous, previous_end) = (reader.u64()?, reader.u64()?);
        let base_length = reader.u32()? as usize;
        let base = reader.slice(base_length)?.to_vec();
        let covered = bytes.len() - reader.0.len();
        if reader.u32()? != crc32fast::hash(&bytes[..covered]) {
            return None;
        }
        Some((Self { salt, number, capacity, first, previous, previous_end, base }, covered + 4))
    }
}

/// A block's header, or one of two words about what is before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Block { count: u32, body_length: u32, first: u64 },
    Mark { next: u64 },
    Finish { next: u64 },
}

impl Frame {
    pub fn encode(self, salt: u32) -> [u8; FRAME_BYTES] {
        let (magic, count, body_length, sequence) = match self {
            Self::Block { count, body_length, first } => (BLOCK_MAGIC, count, body_length, first),
            Self::Mark { next } => (MARK_MAGIC, 0, 0, next),
            Self::Finish { next } => (FINISH_MAGIC, 0, 0, next),
        };
        let mut bytes = [0; FRAME_BYTES];
        bytes[..4].copy_from_slice(&magic);
        bytes[4..8].copy_from_slice(&count.to_le_bytes());
        bytes[8..12].copy_from_slice(&body_length.to_le_bytes());
        bytes[12..20].copy_from_slice(&sequence.to_le_bytes());
        let crc = salted(salt, &bytes[..20]);
        bytes[20..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub fn decode(bytes: &[u8], salt: u32) -> Option<Self> {
        let head = bytes.first_chunk::<FRAME_BYTES>()?;
        let mut reader = Reader(head);
        let magic = reader.take::<4>()?;
        let (count, body_length, sequence) = (reader.u32()?, reader.u32()?, reader.u64()?);
        if reader.u32()? != salted(salt, &head[..20]) {
            return None;
        }
        match magic {
            BLOCK_MAGIC => Some(Self::Block { count, body_length, first: sequence }),
            MARK_MAGIC => Some(Self::Mark { next: sequence }),
            FINISH_MAGIC => Some(Self::Finish { next: sequence }),
            _ => None,
        }
    }

    /// The sequence number it carries.
    pub const fn sequence(self) -> u64 {
        match self {
            Self::Block { first, .. } => first,
            Self::Mark { next } | Self::Finish { next } => next,
        }
    }
}

/// Appends a record to a block's body.
pub(super) fn encode_record(into: &mut Vec<u8>, salt: u32, sequence: u64, label: u64, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a record fits a segment");
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&record_crc(salt, sequence, label, payload).to_le_bytes());
    into.extend_from_slice(&label.to_le_bytes());
    into.extend_from_slice(payload);
}

/// The record at the start of `bytes`, if it is as it was written under that sequence number.
pub(super) fn decode_record(bytes: &[u8], salt: u32, sequence: u64) -> Option<(u64, &[u8])> {
    let mut reader = Reader(bytes);
    let (length, crc, label) = (reader.u32()? as usize, reader.u32()?, reader.u64()?);
    let payload = reader.slice(length)?;
    (crc == record_crc(salt, sequence, label, payload)).then_some((label, payload))
}

fn record_crc(salt: u32, sequence: u64, label: u64, payload: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt);
    hasher.update(&sequence.to_le_bytes());
    hasher.update(&label.to_le_bytes());
    hasher.update(&(payload.len() as u64).to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

fn salted(salt: u32, bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new_with_initial(salt);
    hasher.update(bytes);
    hasher.finalize()
}

/// Takes fixed parts off the front of bytes.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*part)
    }
    pub fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
    pub fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
    pub fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flipped_bit_of_a_header_frame_or_record_passes() {
        let header = SegmentHeader {
            salt: 7,
            number: 3,
            capacity: 8192,
            first: 99,
            previous: 2,
            previous_end: 4000,
            base: vec![1, 2, 3],
        };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Some((header, bytes.len())));
        each_flip(&bytes, |flipped| SegmentHeader::decode(flipped).is_none());

        let frame = Frame::Block { count: 2, body_length: 70, first: 99 };
        assert_eq!(Frame::decode(&frame.encode(7), 7), Some(frame));
        each_flip(&frame.encode(7), |flipped| Frame::decode(flipped, 7).is_none());

        let mut record = Vec::new();
        encode_record(&mut record, 7, 99, 5, b"payload");
        assert_eq!(decode_record(&record, 7, 99), Some((5, b"payload".as_slice())));
        each_flip(&record, |flipped| decode_record(flipped, 7, 99).is_none());
        assert_eq!(decode_record(&record, 7, 100), None, "bound to its sequence number");
        assert_eq!(decode_record(&record, 8, 99), None, "bound to its segment");
    }

    fn each_flip(bytes: &[u8], detected: impl Fn(&[u8]) -> bool) {
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(detected(&flipped), "bit {bit}");
        }
    }
}
