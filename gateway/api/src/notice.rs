//! What a person is told of leads that are not theirs (IDN-6).

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, Channel, Explained, RawFields};

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A client of somebody else wrote to you.
    BelongsToAnother,
}

/// A message that came to you and is somebody else's client's. Of the lead itself it says only whose it is. Not printable:
/// the message is raw.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Notice {
    /// The message's.
    pub id: Uuid,
    pub kind: NoticeKind,
    /// Whose client it is now; null: nobody's.
    pub owner_id: Option<Uuid>,
    pub owner_name: Option<String>,
    /// Yours, through which it came.
    pub connection_id: Uuid,
    pub channel: Channel,
    #[schema(inline)]
    pub received_at: At,
    #[serde(flatten)]
    pub explained: Explained,
    /// The message itself, of one notice at a time.
    #[serde(flatten)]
    pub message: Option<RawFields>,
}
