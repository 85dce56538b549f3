//! What is bound to statements.

use scylla::{
    cluster::metadata::ColumnType,
    serialize::{
        SerializationError,
        value::SerializeValue,
        writers::{CellWriter, WrittenCellProof},
    },
};

/// One value of ours.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    Blob(&'a [u8]),
    /// A version, or none; or a stamp.
    Number(Option<i64>),
    /// Of rows.
    Limit(i32),
}

impl SerializeValue for Cell<'_> {
    fn serialize<'b>(
        &self,
        typ: &ColumnType<'_>,
        writer: CellWriter<'b>,
    ) -> Result<WrittenCellProof<'b>, SerializationError> {
        match self {
            Self::Blob(bytes) => bytes.serialize(typ, writer),
            Self::Number(number) => number.serialize(typ, writer),
            Self::Limit(limit) => limit.serialize(typ, writer),
        }
    }
}
