//! When a fault happens.

use parking_lot::Mutex;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::sync::atomic::{AtomicU64, Ordering};

use super::Site;

/// Picks the fault of each operation. Closures over a [`Site`] are plans, so plans are put together as closures are: a plan
/// that can be switched off asks another one only while a flag is set.
pub trait Plan<F>: Send + Sync + 'static {
    /// The fault of this operation, if any. Asked once for each, in the order in which they begin.
    fn pick(&self, site: Site) -> Option<F>;
}

impl<F, C: Fn(Site) -> Option<F> + Send + Sync + 'static> Plan<F> for C {
    fn pick(&self, site: Site) -> Option<F> {
        self(site)
    }
}

/// No fault at all.
#[must_use]
pub fn never<F>(_site: Site) -> Option<F> {
    None
}

/// One fault, at one operation.
pub struct Script<F> {
    counts: Box<dyn Fn(Site) -> bool + Send + Sync>,
    passed: AtomicU64,
    at: u64,
    fault: F,
}

impl<F> Script<F> {
    /// At the `n`-th operation, from 0.
    pub fn nth(n: u64, fault: F) -> Self {
        Self::nth_of(n, |_| true, fault)
    }

    /// At the `n`-th, from 0, of the operations that `counts` tells.
    pub fn nth_of(n: u64, counts: impl Fn(Site) -> bool + Send + Sync + 'static, fault: F) -> Self {
        Self { counts: Box::new(counts), passed: AtomicU64::new(0), at: n, fault }
    }
}

impl<F: Clone + Send + Sync + 'static> Plan<F> for Script<F> {
    fn pick(&self, site: Site) -> Option<F> {
        let hit = (self.counts)(site) && self.passed.fetch_add(1, Ordering::Relaxed) == self.at;
        hit.then(|| self.fault.clone())
    }
}

/// Faults by chance. The same seed and the same operations in the same order give the same faults.
pub struct Seeded<F> {
    dice: Mutex<ChaCha8Rng>,
    odds: Vec<Odds<F>>,
}

struct Odds<F> {
    share: f64,
    applies: Box<dyn Fn(Site) -> bool + Send + Sync>,
    fault: F,
}

impl<F> Seeded<F> {
    /// No fault yet; add some by [`Seeded::with`].
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { dice: Mutex::new(ChaCha8Rng::seed_from_u64(seed)), odds: Vec::new() }
    }

    /// That fault for a share (0 to 1) of the operations that `applies` tells. Shares that apply to one operation add up;
    /// above 1, later ones are cut short.
    #[must_use]
    pub fn with(
        mut self,
        share: f64,
        applies: impl Fn(Site) -> bool + Send + Sync + 'static,
        fault: F,
    ) -> Self {
        self.odds.push(Odds { share, applies: Box::new(applies), fault });
        self
    }
}

impl<F: Clone + Send + Sync + 'static> Plan<F> for Seeded<F> {
    fn pick(&self, site: Site) -> Option<F> {
        let mut left = drawn_share(&mut self.dice.lock());
        for odds in self.odds.iter().filter(|odds| (odds.applies)(site)) {
            if left < odds.share {
                return Some(odds.fault.clone());
            }
            left -= odds.share;
        }
        None
    }
}

/// A number from 0 up to but not 1, evenly, in steps of 2^-53.
pub(super) fn drawn_share(dice: &mut ChaCha8Rng) -> f64 {
    (dice.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::{Operation, Target};
    use hearthline_storage_api::Table;

    fn site(number: u64, operation: Operation) -> Site {
        Site { number, operation, target: Target::Table(Table::LeadCore) }
    }

    #[test]
    fn a_script_hits_once_among_what_it_counts() {
        let plan = Script::nth_of(1, |site| site.operation == Operation::Commit, 'x');
        let operations =
            [Operation::Commit, Operation::Read, Operation::Commit, Operation::Read, Operation::Commit];
        let picked = (0..).zip(operations).map(|(number, operation)| plan.pick(site(number, operation)));
        assert_eq!(picked.collect::<Vec<_>>(), [None, None, Some('x'), None, None]);
    }

    #[test]
    fn a_seed_keeps_to_its_shares_and_replays() {
        let picked = |seed| -> Vec<Option<char>> {
            let plan =
                Seeded::new(seed).with(0.2, |site| site.operation.is_write(), 'w').with(0.1, |_| true, 'a');
            (0..20_000)
                .map(|n| plan.pick(site(n, [Operation::Put, Operation::Read][n as usize % 2])))
                .collect()
        };
        let faults = picked(7);
        assert_eq!(faults, picked(7));
        assert_ne!(faults, picked(8));
        let count = |fault, parity| {
            faults.iter().skip(parity).step_by(2).filter(|picked| **picked == Some(fault)).count()
        };
        assert!((1_900..2_100).contains(&count('w', 0)), "{} of 10,000 writes", count('w', 0));
        assert!((900..1_100).contains(&count('a', 0)), "{} of 10,000 writes", count('a', 0));
        assert!((900..1_100).contains(&count('a', 1)), "{} of 10,000 reads", count('a', 1));
        assert_eq!(count('w', 1), 0);
    }

    #[test]
    fn a_share_of_one_hits_always_and_of_nothing_never() {
        let always = Seeded::new(1).with(1.0, |_| true, 'x');
        let nothing = Seeded::new(1).with(0.0, |_| true, 'x');
        assert!((0..1000).all(|n| always.pick(site(n, Operation::Read)).is_some()));
        assert!((0..1000).all(|n| nothing.pick(site(n, Operation::Read)).is_none()));
    }
}
