//! Path row 11: a lead without work leaves memory. The journal is trimmed, then the hot row goes.

use super::{AskError, actor::LeadActorState, commit::Beside};
use crate::points::Point;

impl LeadActorState {
    /// Makes durable what memory knows, then takes the hot row away. Answers whether the lead may go.
    ///
    /// # Errors
    /// Storage did not answer; the lead stays, and is asked again.
    pub(crate) async fn hibernate(&mut self) -> Result<bool, AskError> {
        // Without memory and with a hot row there may be effects that nobody else would carry out before the next start.
        let Some(awake) = self.awake.as_ref() else { return Ok(self.hot.is_absent()) };
        if awake.due() > 0 || !self.waiting.is_empty() || !self.calls.is_empty() {
            return Ok(false);
        }
        while self.has_to_commit()? {
            self.commit(Vec::new(), Beside::default()).await?;
        }
        self.ports.points.reach(Point::Trimmed).await;
        self.leave_hot().await?;
        self.ports.points.reach(Point::Hibernated).await;
        Ok(true)
    }

    /// Whether memory is ahead of the row, or no commit lies between the hot row and its deletion. A lead that was never
    /// committed has nothing to commit; its hot row waits for the message that made it.
    fn has_to_commit(&self) -> Result<bool, AskError> {
        let awake = self.awake()?;
        let ahead = awake.ahead || !awake.trim.is_empty();
        Ok(ahead || (awake.version > 0 && self.hot.may_be_as_new_as(awake.version)))
    }
}
