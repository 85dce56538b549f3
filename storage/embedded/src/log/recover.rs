//! Reading a log's folder back: what is whole, what is torn, what is damaged.

use std::{path::Path, sync::Arc};

use super::{
    LogConfig, LogError, Place, Recovered, TornTail,
    format::{FRAME_BYTES, Frame, RECORD_BYTES, SegmentHeader, decode_record},
    segments::{number_in, segment_name},
};
use crate::disk::DiskFile;

/// A segment that was found, its header read.
pub(super) struct Found {
    pub header: SegmentHeader,
    pub file: Arc<dyn DiskFile>,
    bytes: Vec<u8>,
    header_length: usize,
}

/// Where the log ends.
pub(super) struct End {
    pub segment: u64,
    pub salt: u32,
    /// Behind the last block.
    pub offset: u64,
    pub capacity: u64,
    pub next_sequence: u64,
    /// The last block, if no mark proves that it was synced, and its offset.
    pub doubtful: Option<(u64, Vec<u8>)>,
    pub torn: Option<TornTail>,
}

pub(super) struct Everything {
    pub segments: Vec<Found>,
    /// `None`: there is no segment yet.
    pub end: Option<End>,
}

/// Reads all segments, oldest first.
pub(super) fn recover(
    config: &LogConfig,
    visit: &mut dyn FnMut(Recovered<'_>),
) -> Result<Everything, LogError> {
    let numbers = segment_numbers(config)?;
    let mut segments: Vec<Found> = Vec::with_capacity(numbers.len());
    let mut end = None;
    for (at, number) in numbers.iter().enumerate() {
        let mut found = read_segment(config, *number)?;
        let path = config.folder.join(segment_name(*number));
        if let (Some(End { segment, offset, next_sequence, .. }), true) = (&end, follows(&segments, &found)) {
            check_joint(&path, &found.header, *segment, *offset, *next_sequence)?;
        }
        // The next segment says where this one ends; only the last one's end has to be found.
        let known_end = match numbers.get(at + 1) {
            Some(next) if *next == number + 1 => Some(peek_header(config, *next)?.previous_end),
            Some(_) | None => None,
        };
        end = Some(
            Scan { path: &path, found: &found, is_last: at + 1 == numbers.len(), known_end }.run(visit)?,
        );
        found.bytes = Vec::new();
        segments.push(found);
    }
    Ok(Everything { segments, end })
}

/// Numbers of all segments, ascending. What is left of a segment whose making was cut short is removed.
fn segment_numbers(config: &LogConfig) -> Result<Vec<u64>, LogError> {
    let fail = |doing| LogError::failed(doing, &config.folder);
    config.disk.create_folder(&config.folder).map_err(fail("making"))?;
    let mut numbers = Vec::new();
    for name in config.disk.list(&config.folder).map_err(fail("listing"))? {
        if let Some(number) = number_in(&name) {
            numbers.push(number);
        } else if name.ends_with(".new") {
            config.disk.remove(&config.folder.join(&name)).map_err(fail("removing a leftover in"))?;
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn read_segment(config: &LogConfig, number: u64) -> Result<Found, LogError> {
    let path = config.folder.join(segment_name(number));
    let fail = |doing| LogError::failed(doing, &path);
    let file = config.disk.open(&path).map_err(fail("opening"))?;
    let size = file.size_bytes().map_err(fail("asking for the size of"))?;
    let mut bytes = vec![0; usize::try_from(size).expect("a segment fits the memory")];
    file.read_at(&mut bytes, 0).map_err(fail("reading"))?;
    let (header, header_length) = decode_header(&path, &bytes, number)?;
    Ok(Found { header, file, bytes, header_length })
}

fn peek_header(config: &LogConfig, number: u64) -> Result<SegmentHeader, LogError> {
    let path = config.folder.join(segment_name(number));
    let fail = |doing| LogError::failed(doing, &path);
    let file = config.disk.open(&path).map_err(fail("opening"))?;
    let size = file.size_bytes().map_err(fail("asking for the size of"))?;
    // Longer than any header; its own length is inside.
    let mut bytes = vec![0; usize::try_from(size.min(64 * 1024)).expect("64 KiB fit")];
    file.read_at(&mut bytes, 0).map_err(fail("reading"))?;
    Ok(decode_header(&path, &bytes, number)?.0)
}

/// A segment gets its name only after its header was synced, so a bad header is damage, never a torn write.
fn decode_header(path: &Path, bytes: &[u8], number: u64) -> Result<(SegmentHeader, usize), LogError> {
    match SegmentHeader::decode(bytes) {
        Some((header, length)) if header.number == number => Ok((header, length)),
        Some(_) | None => Err(LogError::Corrupt {
            path: path.to_owned(),
            offset: 0,
            what: "the segment's header is damaged",
        }),
    }
}

/// Whether the segment before it is there (owners may remove segments in the middle).
fn follows(segments: &[Found], found: &Found) -> bool {
    segments.last().is_some_and(|before| before.header.number + 1 == found.header.number)
}

fn check_joint(
    path: &Path,
    header: &SegmentHeader,
    segment: u64,
    end: u64,
    next: u64,
) -> Result<(), LogError> {
    if header.previous == segment && header.previous_end == end && header.first == next {
        return Ok(());
    }
    Err(LogError::Corrupt {
        path: path.to_owned(),
        offset: 0,
        what: "the segment does not continue the one before it",
    })
}

struct Scan<'a> {
    path: &'a Path,
    found: &'a Found,
    is_last: bool,
    known_end: Option<u64>,
}

impl Scan<'_> {
    /// Reads blocks until the end.
    fn run(&self, visit: &mut dyn FnMut(Recovered<'_>)) -> Result<End, LogError> {
        let bytes = self.bytes();
        let mut offset = self.found.header_length;
        let mut next = self.found.header.first;
        let mut last_block = None;
        let torn = loop {
            match self.frame(bytes, offset, next) {
                Some(Frame::Block { count, body_length, .. }) => {
                    let length = FRAME_BYTES + body_length as usize;
                    self.show(offset, count, next, visit);
                    last_block = Some((offset, length));
                    offset += length;
                    next += u64::from(count);
                }
                Some(Frame::Mark { .. }) => {
                    last_block = None;
                    break self.torn(offset + FRAME_BYTES, next)?;
                }
                Some(Frame::Finish { .. }) if self.is_last => return Err(self.next_is_missing()),
                Some(Frame::Finish { .. }) => {
                    last_block = None;
                    break self.torn(offset + FRAME_BYTES, next)?;
                }
                None => break self.torn(offset, next)?,
            }
        };
        if self.known_end.is_some_and(|end| end != offset as u64) {
            return Err(self.corrupt(offset, "a block is damaged"));
        }
        Ok(End {
            segment: self.found.header.number,
            salt: self.found.header.salt,
            offset: offset as u64,
            capacity: self.found.header.capacity,
            next_sequence: next,
            doubtful: last_block.map(|(at, length)| (at as u64, bytes[at..at + length].to_vec())),
            torn,
        })
    }

    /// The bytes that count.
    fn bytes(&self) -> &[u8] {
        let all = &self.found.bytes;
        let end = self.known_end.and_then(|end| usize::try_from(end).ok()).unwrap_or(all.len());
        &all[..end.min(all.len())]
    }

    /// The frame at `offset`, if it and all of its records are whole and the next in order.
    fn frame(&self, bytes: &[u8], offset: usize, next: u64) -> Option<Frame> {
        let frame = Frame::decode(bytes.get(offset..)?, self.found.header.salt)?;
        if frame.sequence() != next {
            return None;
        }
        let Frame::Block { count, body_length, .. } = frame else { return Some(frame) };
        let mut body = bytes.get(offset + FRAME_BYTES..)?.get(..body_length as usize)?;
        for sequence in next..next + u64::from(count) {
            let (_, payload) = decode_record(body, self.found.header.salt, sequence)?;
            body = &body[RECORD_BYTES + payload.len()..];
        }
        body.is_empty().then_some(frame)
    }

    fn show(&self, offset: usize, count: u32, first: u64, visit: &mut dyn FnMut(Recovered<'_>)) {
        let bytes = self.bytes();
        let mut at = offset + FRAME_BYTES;
        for sequence in first..first + u64::from(count) {
            let (label, payload) = decode_record(&bytes[at..], self.found.header.salt, sequence)
                .expect("the whole block was checked before");
            let place = Place {
                segment: self.found.header.number,
                offset: u32::try_from(at).expect("a segment is smaller than 4 GiB"),
                length: u32::try_from(payload.len()).expect("a segment is smaller than 4 GiB"),
                sequence,
            };
            visit(Recovered { place, label, payload });
            at += RECORD_BYTES + payload.len();
        }
    }

    /// Nothing whole is at `offset`: is it the end, a torn tail (returned), or damage (an error)?
    fn torn(&self, offset: usize, next: u64) -> Result<Option<TornTail>, LogError> {
        let rest = self.bytes().get(offset..).unwrap_or_default();
        let Some(last_written) = last_written(rest) else { return Ok(None) };
        if !self.is_last {
            // A finished segment was cut to its last block.
            return Err(self.corrupt(offset, "a block is damaged"));
        }
        if (self.found.bytes.len() as u64) < self.found.header.capacity {
            // It has its full size before anything is written to it, and when we cut it, it ends with a block.
            return Err(self.corrupt(offset, "the file was cut"));
        }
        self.damage_if_followed(offset, &rest[..=last_written], next)?;
        let size_bytes = last_written as u64 + 1;
        Ok(Some(TornTail { path: self.path.to_owned(), offset: offset as u64, size_bytes }))
    }

    /// A block is written only after the one before it was synced, and a mark too: anything whole behind a bad place proves
    /// that the bad place was whole once.
    fn damage_if_followed(&self, offset: usize, written: &[u8], next: u64) -> Result<(), LogError> {
        let bytes = self.bytes();
        let followed = (offset + 1..offset + written.len()).any(|at| {
            Frame::decode(&bytes[at..], self.found.header.salt).is_some_and(|frame| frame.sequence() > next)
        });
        if followed { Err(self.corrupt(offset, "a block is damaged")) } else { Ok(()) }
    }

    fn next_is_missing(&self) -> LogError {
        let path = self.path.with_file_name(segment_name(self.found.header.number + 1));
        LogError::Corrupt { path, offset: 0, what: "the segment is missing" }
    }

    fn corrupt(&self, offset: usize, what: &'static str) -> LogError {
        LogError::Corrupt { path: self.path.to_owned(), offset: offset as u64, what }
    }
}

/// The last byte that is not zero. Most of a segment that was not filled is zeros: they are compared by the page, which
/// even without optimization takes no time (byte by byte, it was most of a start after a crash).
fn last_written(bytes: &[u8]) -> Option<usize> {
    const ZEROS: [u8; 4096] = [0; 4096];
    let mut end = bytes.len();
    for page in bytes.rchunks(ZEROS.len()) {
        if page != &ZEROS[..page.len()] {
            return page.iter().rposition(|byte| *byte != 0).map(|at| end - page.len() + at);
        }
        end -= page.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::last_written;

    #[test]
    fn the_last_written_byte_is_found_at_every_place_of_a_page() {
        assert_eq!(last_written(&[]), None);
        assert_eq!(last_written(&[0; 10_000]), None);
        for at in [0, 1, 1_807, 1_808, 1_809, 4_095, 4_096, 5_903, 5_904, 9_999] {
            let mut bytes = vec![0; 10_000];
            bytes[at] = 1;
            bytes[0] = 1;
            assert_eq!(last_written(&bytes), Some(at));
        }
    }
}
