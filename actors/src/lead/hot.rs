//! The lead's hot row, as far as its actor knows: a write whose answer was lost may have happened, and may not. The row is
//! put again before the next commit unless it is known to stand, and deleted unless it is known to be absent.

use bytes::Bytes;
use hearthline_storage_api::{
    Write,
    rows::lead::{hot_key, hot_partition},
};

use super::{AskError, actor::LeadActorState};
use crate::points::Point;

/// Where the row stands in this epoch. The number is the lead's version when it was last written, or perhaps written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HotRow {
    Absent,
    Standing { since: u64 },
    Doubtful { since: u64 },
}

impl HotRow {
    /// Not there; or nobody knows: of a lead that is woken because its row was found, or because its actor failed, another
    /// actor may have written the row or taken it away since. It is written again before anything is committed.
    pub(crate) const fn at_start(may_stand: bool) -> Self {
        if may_stand { Self::Doubtful { since: u64::MAX } } else { Self::Absent }
    }

    /// Nobody but this actor would look for the lead's effects.
    pub(crate) const fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) const fn stands(self) -> bool {
        matches!(self, Self::Standing { .. })
    }

    /// Whether a row written at this version may be there: the stamp of a deletion would not be above its own.
    pub(crate) fn may_be_as_new_as(self, version: u64) -> bool {
        match self {
            Self::Absent => false,
            Self::Standing { since } | Self::Doubtful { since } => since >= version,
        }
    }
}

impl LeadActorState {
    /// Path row 6: the row stands before anything of this lead is written.
    pub(crate) async fn stand_hot(&mut self) -> Result<(), AskError> {
        if self.hot.stands() {
            return Ok(());
        }
        let since = self.awake()?.version;
        self.hot = HotRow::Doubtful { since };
        let write = Write::Put { key: hot_key(self.epoch, self.me), value: Bytes::new() };
        self.ports.store.put(&hot_partition(self.me.class()), 2 * since + 1, vec![write]).await?;
        self.hot = HotRow::Standing { since };
        self.ports.points.reach(Point::Hot).await;
        Ok(())
    }

    /// Path row 11: the row goes, once nothing is due. Its stamp lies between that of the row and that of the next one.
    pub(crate) async fn leave_hot(&mut self) -> Result<(), AskError> {
        let (HotRow::Standing { since } | HotRow::Doubtful { since }) = self.hot else { return Ok(()) };
        let version = self.awake()?.version;
        self.hot = HotRow::Doubtful { since };
        let write = Write::Delete { key: hot_key(self.epoch, self.me) };
        self.ports.store.put(&hot_partition(self.me.class()), 2 * version, vec![write]).await?;
        self.hot = HotRow::Absent;
        Ok(())
    }
}
