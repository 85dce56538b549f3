//! Faults to order, around any store and any stream.
//!
//! Each wrapper does one thing and asks a [`Plan`] when: a script (the third commit), a seed with odds, or any closure over
//! a [`Site`]. They stack; the innermost is closest to the store. What a simulated process sees of its storage is built as
//!
//! ```text
//! recorder ( cut ( failing ( unknown ( slow ( memory )))))
//! ```
//!
//! and when the cut has happened, the next incarnation gets a new stack on the same [`MemoryStore`] and on
//! [`MemoryStream::reopen`]. Plans are values of their stack; nothing is global.
//!
//! [`MemoryStore`]: crate::MemoryStore
//! [`MemoryStream::reopen`]: crate::MemoryStream::reopen

mod cut;
mod failing;
mod plan;
mod recorder;
mod slow;
mod trace;
mod unknown;

pub use cut::{Cut, CutAt};
pub use failing::{Failing, Failure};
pub use plan::{Plan, Script, Seeded, never};
pub use recorder::{Answered, Record, Recorder};
pub use slow::{Delay, SeededDelays, Slow};
pub use unknown::{Lost, Unknown};

use hearthline_storage_api::{Group, Partition, Table};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is asked of a store or a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    Read,
    Commit,
    Put,
    Clear,
    Append,
    Next,
    Acknowledge,
}

impl Operation {
    /// Whether it changes what is stored.
    #[must_use]
    pub const fn is_write(self) -> bool {
        match self {
            Self::Commit | Self::Put | Self::Clear | Self::Append | Self::Acknowledge => true,
            Self::Read | Self::Next => false,
        }
    }
}

/// Of which part it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    Table(Table),
    Group(Group),
}

/// One operation on its way through a wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// How many operations went through this wrapper before it, through its store and its stream together.
    pub number: u64,
    pub operation: Operation,
    pub target: Target,
}

/// Numbers the operations of one wrapper.
#[derive(Debug, Default)]
struct Sites(AtomicU64);

impl Sites {
    fn next(&self, operation: Operation, target: Target) -> Site {
        Site { number: self.0.fetch_add(1, Ordering::Relaxed), operation, target }
    }

    fn of_store(&self, operation: Operation, partition: &Partition) -> Site {
        self.next(operation, Target::Table(partition.table))
    }

    fn of_stream(&self, operation: Operation, group: Group) -> Site {
        self.next(operation, Target::Group(group))
    }
}
