//! A row's bytes: MessagePack, sealed.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Binding, DataKey, KeyError, OpenError, StoreError, keys::ShortKey};

/// Why a row could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The store's own answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No key to open or seal it with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is sealed for another place, or damaged.
    #[error("a row of {column}: {source}")]
    Seal { column: &'static str, source: OpenError },
    /// It opened, but is not what this version writes.
    #[error("a row of {column} is not in a form this version knows")]
    Form { column: &'static str },
    /// Its key is too short.
    #[error(transparent)]
    ShortKey(#[from] ShortKey),
    /// Another writer was faster, again and again.
    #[error("{0} is being written by others")]
    Contended(&'static str),
}

impl RowError {
    /// Whether trying again later can help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) | Self::Key(KeyError::Store(error)) => error.is_retryable(),
            Self::Contended(_) => true,
            Self::Key(KeyError::Gone | KeyError::Wrapped)
            | Self::Seal { .. }
            | Self::Form { .. }
            | Self::ShortKey(_) => false,
        }
    }
}

/// The sealed bytes of a row.
pub fn seal_row<T: Serialize>(key: &dyn DataKey, binding: Binding<'_>, row: &T) -> Bytes {
    key.seal(binding, &encode(row)).into()
}

/// The row behind sealed bytes.
///
/// # Errors
/// [`RowError::Seal`], [`RowError::Form`].
pub fn open_row<T: DeserializeOwned>(
    key: &dyn DataKey,
    binding: Binding<'_>,
    sealed: &[u8],
) -> Result<T, RowError> {
    let column = binding.column;
    let plain = key.open(binding, sealed).map_err(|source| RowError::Seal { column, source })?;
    decode(column, &plain)
}

/// The plain bytes of a row that holds nothing but ids, numbers and times.
pub fn encode<T: Serialize>(row: &T) -> Vec<u8> {
    rmp_serde::to_vec_named(row).expect("rows hold only what MessagePack can hold")
}

/// The row behind plain bytes.
///
/// # Errors
/// [`RowError::Form`].
pub fn decode<T: DeserializeOwned>(column: &'static str, plain: &[u8]) -> Result<T, RowError> {
    rmp_serde::from_slice(plain).map_err(|_| RowError::Form { column })
}
