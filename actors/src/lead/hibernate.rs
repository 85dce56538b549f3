//! Path row 11: a lead without work leaves memory. The journal is trimmed, then the hot row goes.

use hearthline_storage_api::{
    Write,
    rows::lead::{hot_key, hot_partition},
};

use super::{AskError, actor::LeadActorState, commit::Beside};
use crate::points::Point;

impl LeadActorState {
    /// Makes durable what memory knows, then takes the hot row away. Answers whether the lead may go.
    ///
    /// # Errors
    /// Storage did not answer; the lead stays, and is asked again.
    pub(crate) async fn hibernate(&mut self) -> Result<bool, AskError> {
        let Some(awake) = self.awake.as_ref() else { return Ok(true) };
        if awake.due() > 0 || !self.waiting.is_empty() {
            return Ok(false);
        }
        while self.awake()?.ahead || !self.awake()?.trim.is_empty() {
            self.commit(Vec::new(), Beside::default()).await?;
        }
        self.ports.points.reach(Point::Trimmed).await;
        if self.hot {
            let version = self.awake()?.version;
            let write = Write::Delete { key: hot_key(self.epoch, self.me) };
            self.ports.store.put(&hot_partition(self.me.class()), 2 * version, vec![write]).await?;
            self.hot = false;
        }
        self.ports.points.reach(Point::Hibernated).await;
        Ok(true)
    }
}
