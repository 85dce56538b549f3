//! What every place for blobs is held to.

use bytes::Bytes;
use hearthline_engine::ids::{ContentId, TenantId};

use crate::{BlobName, Blobs};

/// Puts, gets, puts again, keeps apart and removes.
///
/// # Panics
/// When the contract is broken.
pub async fn hold_to_the_contract(blobs: &dyn Blobs) {
    let name = |tenant: u8, content: u8| BlobName {
        tenant: TenantId::from_bytes([tenant; 16]),
        content: ContentId::from_bytes([content; 16]),
    };
    assert_eq!(blobs.get(name(1, 1)).await, Ok(None));
    let large =
        Bytes::from((0..3_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect::<Vec<u8>>());
    assert_eq!(blobs.put(name(1, 1), large.clone()).await, Ok(()));
    assert_eq!(blobs.put(name(1, 2), Bytes::new()).await, Ok(()));
    assert_eq!(blobs.put(name(2, 1), Bytes::from_static(b"other")).await, Ok(()));
    assert_eq!(blobs.put(name(1, 1), large.clone()).await, Ok(()), "repeating it does no harm");
    assert_eq!(blobs.get(name(1, 1)).await, Ok(Some(large)));
    assert_eq!(blobs.get(name(1, 2)).await, Ok(Some(Bytes::new())));
    assert_eq!(blobs.get(name(2, 1)).await, Ok(Some(Bytes::from_static(b"other"))));
    assert_eq!(blobs.remove(name(1, 1)).await, Ok(()));
    assert_eq!(blobs.remove(name(1, 1)).await, Ok(()), "repeating it does no harm");
    assert_eq!(blobs.get(name(1, 1)).await, Ok(None));
    assert_eq!(blobs.get(name(2, 1)).await, Ok(Some(Bytes::from_static(b"other"))));
}
