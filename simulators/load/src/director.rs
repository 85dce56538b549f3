//! What happens next while somebody looks: how often new clients write, old ones ask again, agents and the team lead work.
//!
//! Paced by wall time, so that a page is as lively at any speed of the engine's clock, within bounds; the faster that
//! clock runs, the more often people act, so that all four states of leads are there at any moment. Pure: told how much
//! wall time has passed, it says what is due.

use crate::{dice::Dice, people::AGENTS};

/// Something that is to happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Somebody new writes.
    NewClient,
    /// Somebody known writes again.
    Nudge,
    /// An agent of [`crate::people::STAFF`] looks at their deck.
    Work { agent: usize },
    /// The team lead looks at the rescue queue.
    Rescue,
    /// Old leads are put away if there are too many.
    KeepRoom,
}

/// How long a lead is New if nobody answers, by the usual rules: 48 minutes.
const NEW_LASTS_MS: u64 = 48 * 60_000;

/// Says what is due.
#[derive(Debug)]
pub struct Director {
    dice: Dice,
    /// What, every how many milliseconds, and when next.
    rounds: Vec<(Intent, u64, u64)>,
}

impl Director {
    /// For a clock that runs so many times as fast as people's.
    #[must_use]
    pub fn new(seed: u64, speed: u32) -> Self {
        let speed = u64::from(speed.max(1));
        // Four New leads at a time, and no more than one in six seconds, no less than one in 45.
        let new_ms = (NEW_LASTS_MS / speed / 4).clamp(6_000, 45_000);
        let work_ms = (600_000 / speed).clamp(9_000, 30_000);
        let rescue_ms = (1_200_000 / speed).clamp(15_000, 60_000);
        let mut rounds = vec![
            (Intent::NewClient, new_ms, 5_000),
            (Intent::Nudge, 15_000, 4_000),
            (Intent::Rescue, rescue_ms, rescue_ms),
            (Intent::KeepRoom, 60_000, 30_000),
        ];
        rounds.extend(
            (0..AGENTS).map(|agent| (Intent::Work { agent }, work_ms, work_ms + agent as u64 * 2_000)),
        );
        Self { dice: Dice::new(seed, 4_000_000), rounds }
    }

    /// What is due when so much wall time has passed since the start. Each kind once, however long nobody asked: what was
    /// missed is not made up for.
    pub fn due(&mut self, passed_ms: u64) -> Vec<Intent> {
        let Self { dice, rounds } = self;
        let mut due = Vec::new();
        for (intent, every, next) in rounds.iter_mut().filter(|(_, _, next)| *next <= passed_ms) {
            due.push(*intent);
            // Between three quarters of the round and five.
            *next = passed_ms + *every * 3 / 4 + dice.below(*every / 2 + 1);
        }
        due
    }

    /// When something is due next, in milliseconds since the start.
    #[must_use]
    pub fn next_ms(&self) -> u64 {
        self.rounds.iter().map(|(_, _, next)| *next).min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(speed: u32) -> (usize, Vec<Intent>) {
        let mut director = Director::new(5, speed);
        let mut all = Vec::new();
        while director.next_ms() < 600_000 {
            all.extend(director.due(director.next_ms()));
        }
        (all.iter().filter(|intent| **intent == Intent::NewClient).count(), all)
    }

    #[test]
    fn new_clients_come_often_enough_that_some_lead_is_new_at_any_time_and_never_too_often() {
        for (speed, least, most) in [(1, 10, 18), (60, 40, 66), (1_000_000, 80, 134)] {
            let (new, all) = counted(speed);
            assert!((least..=most).contains(&new), "{new} new clients in ten minutes at {speed}");
            assert!(all.len() < 600, "{} things in ten minutes at {speed}", all.len());
            assert!((0..AGENTS).all(|agent| all.contains(&Intent::Work { agent })));
            assert!(all.contains(&Intent::Rescue) && all.contains(&Intent::KeepRoom));
        }
    }

    #[test]
    fn what_was_missed_while_nobody_asked_is_not_made_up_for_and_the_same_seed_directs_the_same() {
        let mut director = Director::new(5, 60);
        let due = director.due(3_600_000);
        assert_eq!(due.len(), 4 + AGENTS);
        assert!(director.due(3_600_001).is_empty());
        assert_eq!(counted(60), counted(60));
    }
}
