//! Which positions of a group are acknowledged, and the file that remembers it.
//!
//! The file may be behind by what was acknowledged since it was written; then entries come again. It is replaced as a
//! whole, so it is either the old one or the new one.

use std::{collections::BTreeMap, path::Path};

use crate::{
    disk::Disk,
    log::{LogError, Reader},
};
use hearthline_storage_api::GROUPS;

const MAGIC: [u8; 8] = *b"HLACK\0\0\x01";
const NAME: &str = "acknowledged";

/// A set of positions: all up to a floor, and ranges above it. Small as long as entries are acknowledged about in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Acked {
    floor: u64,
    /// First to last, both included; none touches another or the floor.
    above: BTreeMap<u64, u64>,
}

impl Acked {
    /// Everything up to `floor`.
    pub const fn up_to(floor: u64) -> Self {
        Self { floor, above: BTreeMap::new() }
    }

    pub fn contains(&self, position: u64) -> bool {
        position <= self.floor
            || self.above.range(..=position).next_back().is_some_and(|(_, last)| position <= *last)
    }

    pub fn insert(&mut self, position: u64) {
        if self.contains(position) {
            return;
        }
        let mut first = position;
        let mut last = position;
        if let Some((before, end)) = self.above.range(..position).next_back().map(|(a, b)| (*a, *b))
            && end + 1 == position
        {
            self.above.remove(&before);
            first = before;
        }
        if let Some(end) = self.above.remove(&(position + 1)) {
            last = end;
        }
        if first == self.floor + 1 {
            self.floor = last;
        } else {
            self.above.insert(first, last);
        }
    }

    /// The highest position in it.
    pub fn highest(&self) -> u64 {
        self.above.last_key_value().map_or(self.floor, |(_, last)| *last)
    }
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AckFile {
    pub groups: Vec<Acked>,
    /// The segments that may still be needed, of those that there were.
    pub segments: Vec<u64>,
}

impl AckFile {
    /// For when it can't be read: nothing is known to be acknowledged, and no segment to be missing.
    pub fn forgotten() -> Self {
        Self { groups: vec![Acked::default(); usize::from(GROUPS)], segments: Vec::new() }
    }

    /// Reads the file. A damaged one is told from a missing one, and both mean that entries may come again.
    pub fn read(disk: &dyn Disk, folder: &Path) -> Result<Option<Self>, LogError> {
        let path = folder.join(NAME);
        let fail = |doing| LogError::failed(doing, &path);
        if !disk.list(folder).map_err(fail("looking for"))?.iter().any(|name| name == NAME) {
            return Ok(None);
        }
        let file = disk.open(&path).map_err(fail("opening"))?;
        let mut bytes =
            vec![0; usize::try_from(file.size_bytes().map_err(fail("measuring"))?).unwrap_or(usize::MAX)];
        file.read_at(&mut bytes, 0).map_err(fail("reading"))?;
        match Self::decode(&bytes) {
            Some(read) => Ok(Some(read)),
            None => Err(LogError::Corrupt {
                path,
                offset: 0,
                what: "the list of what is acknowledged is damaged",
            }),
        }
    }

    /// Replaces the file; durable when it returns.
    pub fn write(&self, disk: &dyn Disk, folder: &Path) -> Result<(), LogError> {
        let path = folder.join(NAME);
        let new = folder.join("acknowledged.new");
        let fail = |doing| LogError::failed(doing, &new);
        let file = disk.create(&new).map_err(fail("making"))?;
        file.write_at(&self.encode(), 0).map_err(fail("writing"))?;
        file.sync().map_err(fail("syncing"))?;
        disk.rename(&new, &path).map_err(fail("naming"))?;
        disk.sync_folder(folder).map_err(LogError::failed("syncing", folder))
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for group in &self.groups {
            bytes.extend_from_slice(&group.floor.to_le_bytes());
            bytes.extend_from_slice(&(group.above.len() as u64).to_le_bytes());
            for (first, last) in &group.above {
                bytes.extend_from_slice(&first.to_le_bytes());
                bytes.extend_from_slice(&last.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&(self.segments.len() as u64).to_le_bytes());
        for segment in &self.segments {
            bytes.extend_from_slice(&segment.to_le_bytes());
        }
        let crc = crc32fast::hash(&bytes);
        bytes.extend_from_slice(&crc.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        if u32::from_le_bytes(*crc) != crc32fast::hash(covered) {
            return None;
        }
        let mut reader = Reader(covered);
        if reader.take::<8>()? != MAGIC {
            return None;
        }
        let mut groups = Vec::new();
        for _ in 0..GROUPS {
            let mut group = Acked::up_to(reader.u64()?);
            for _ in 0..reader.u64()? {
                let first = reader.u64()?;
                group.above.insert(first, reader.u64()?);
            }
            groups.push(group);
        }
        let count = reader.u64()?;
        let segments = (0..count).map(|_| reader.u64()).collect::<Option<Vec<_>>>()?;
        reader.0.is_empty().then_some(Self { groups, segments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledged_positions_are_a_set_in_any_order() {
        let mut acked = Acked::up_to(10);
        for position in [15, 13, 14, 20, 11, 12, 13] {
            acked.insert(position);
        }
        assert_eq!(acked, Acked { floor: 15, above: BTreeMap::from([(20, 20)]) });
        assert!(acked.contains(3) && acked.contains(20) && !acked.contains(19) && !acked.contains(21));
        assert_eq!(acked.highest(), 20);
    }

    #[test]
    fn every_flipped_bit_of_the_file_is_noticed() {
        let mut group = Acked::up_to(7);
        group.insert(9);
        let file = AckFile { groups: vec![group; usize::from(GROUPS)], segments: vec![1, 4] };
        let bytes = file.encode();
        assert_eq!(AckFile::decode(&bytes), Some(file));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(AckFile::decode(&flipped), None, "bit {bit}");
        }
    }
}
