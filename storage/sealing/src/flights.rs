//! One load of a key at a time: who comes second waits for the first and finds the key in the cache.

use parking_lot::Mutex;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{Mutex as Turns, OwnedMutexGuard};

use crate::name::Name;

/// The loads under way. Holds nothing for a key that nobody waits for.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<Name, Arc<Turns<()>>>>);

/// The right to load or destroy one key, until dropped.
pub struct Turn<'a> {
    // Before the seat: the last one out has to find nobody else holding the lock.
    _guard: OwnedMutexGuard<()>,
    _seat: Seat<'a>,
}

/// A place in the queue; leaving it, even while waiting, cleans up behind the last one.
struct Seat<'a> {
    flights: &'a Flights,
    name: Name,
    turns: Arc<Turns<()>>,
}

impl Flights {
    /// Waits until nobody else loads or destroys that key.
    pub async fn turn(&self, name: Name) -> Turn<'_> {
        let turns = Arc::clone(self.0.lock().entry(name).or_default());
        let seat = Seat { flights: self, name, turns };
        let guard = Arc::clone(&seat.turns).lock_owned().await;
        Turn { _guard: guard, _seat: seat }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock();
        // The map's own and ours: nobody else sits here, and nobody can come while the map is locked.
        if Arc::strong_count(&self.turns) == 2 {
            flights.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::pin, task::Poll};

    async fn is_waiting(waiting: std::pin::Pin<&mut impl Future>) -> bool {
        let mut waiting = waiting;
        std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn a_second_load_waits_for_the_first_and_nothing_is_left_behind() {
        let flights = Flights::default();
        let first = flights.turn(Name::MasterCheck).await;
        let mut second = Box::pin(flights.turn(Name::MasterCheck));
        assert!(is_waiting(second.as_mut()).await);
        drop(first);
        drop(second.await);
        assert!(flights.0.lock().is_empty());
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_nothing_behind_and_holds_nobody_up() {
        let flights = Flights::default();
        let first = flights.turn(Name::MasterCheck).await;
        {
            let mut gone = pin!(flights.turn(Name::MasterCheck));
            assert!(is_waiting(gone.as_mut()).await);
        }
        assert_eq!(flights.0.lock().len(), 1);
        drop(first);
        assert!(flights.0.lock().is_empty());
        drop(flights.turn(Name::MasterCheck).await);
    }
}
