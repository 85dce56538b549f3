//! Row writes as one log record: absolute, so that applying them again changes nothing.

use bytes::Bytes;

use crate::log::Reader;

const DELETED: u32 = u32::MAX;

/// A key and what it becomes; `None`: it is removed.
pub(super) type RowWrite = (Bytes, Option<Bytes>);

pub(super) fn encode(writes: &[RowWrite]) -> Vec<u8> {
    let size = writes.iter().map(|(key, value)| 8 + key.len() + value.as_ref().map_or(0, Bytes::len)).sum();
    let mut bytes = Vec::with_capacity(size);
    for (key, value) in writes {
        bytes.extend_from_slice(&length(key.len()).to_le_bytes());
        bytes.extend_from_slice(&value.as_ref().map_or(DELETED, |value| length(value.len())).to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value.as_deref().unwrap_or_default());
    }
    bytes
}

fn length(length: usize) -> u32 {
    u32::try_from(length).expect("batches are at most 40 KiB")
}

/// What [`encode`] was given. `None`: the bytes are not of this form.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<RowWrite>> {
    let mut reader = Reader(bytes);
    let mut writes = Vec::new();
    while !reader.0.is_empty() {
        let (key_length, value_length) = (reader.u32()?, reader.u32()?);
        let key = Bytes::copy_from_slice(reader.slice(key_length as usize)?);
        let value = match value_length {
            DELETED => None,
            length => Some(Bytes::copy_from_slice(reader.slice(length as usize)?)),
        };
        writes.push((key, value));
    }
    Some(writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_reads_back_as_it_was() {
        let writes = vec![
            (Bytes::from_static(b"key"), Some(Bytes::from_static(b"value"))),
            (Bytes::from_static(b"gone"), None),
            (Bytes::from_static(b"empty"), Some(Bytes::new())),
        ];
        let bytes = encode(&writes);
        assert_eq!(decode(&bytes), Some(writes));
        assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
    }
}
