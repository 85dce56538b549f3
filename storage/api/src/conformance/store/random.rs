//! A backend beside the model, through thousands of random operations and a few restarts.

use bytes::Bytes;

use super::{Checked, Hand, delete, model::Model, partition, put};
use crate::{
    Commit, Discipline, KeyRange, Partition, Table, Write,
    conformance::{
        StoreSubject,
        dice::{Dice, seeds_and_steps, show_seed},
    },
};

/// One of each kind and place is enough; two of each show mixing.
const TABLES: [Table; 5] =
    [Table::LeadCore, Table::InboundClaim, Table::LeadKey, Table::Timeline, Table::Directory];

pub async fn any_run_of_operations_agrees_with_the_model(subject: &dyn StoreSubject) -> Checked {
    let (seeds, steps) = seeds_and_steps();
    for seed in seeds {
        show_seed(seed, steps);
        run(subject, seed, steps).await?;
    }
    Ok(())
}

async fn run(subject: &dyn StoreSubject, seed: u64, steps: usize) -> Checked {
    let mut pair = Pair {
        hand: Hand::on(subject).await,
        model: Model::default(),
        dice: Dice::new(seed),
        places: places(seed),
        cleared: Vec::new(),
    };
    for step in 0..steps {
        if pair.dice.in_range(0..400) == 0 {
            pair.hand = pair.hand.restarted(subject).await;
        }
        pair.step(step).await?;
    }
    for at in &pair.places {
        assert_eq!(pair.hand.all(at).await?, pair.model.read(at, &KeyRange::all()), "at the end, {at:?}");
    }
    Ok(())
}

/// Partitions that no other seed uses, some beginning with each other.
fn places(seed: u64) -> Vec<Partition> {
    let ends: [&[u8]; 3] = [b"", b"\x00", b"a"];
    let places = TABLES.into_iter().flat_map(|table| ends.map(|end| (table, end)));
    places.map(|(table, end)| partition(table, &[&seed.to_be_bytes(), end].concat())).collect()
}

struct Pair {
    hand: Hand,
    model: Model,
    dice: Dice,
    places: Vec<Partition>,
    /// Where nothing is put any more.
    cleared: Vec<(Partition, KeyRange)>,
}

impl Pair {
    /// One operation on both, with the same answer.
    async fn step(&mut self, step: usize) -> Checked {
        let at = self.dice.one_of(&self.places).clone();
        let action = self.dice.in_range(0..100);
        match (action, at.table.discipline()) {
            (0..40, _) => self.read(&at, step).await,
            (40.., Discipline::Conditional) => self.commit(&at, step).await,
            (40..96, Discipline::Stamped) => self.put(&at, step).await,
            (96.., Discipline::Stamped) => self.clear(&at, step).await,
        }
    }

    async fn read(&mut self, at: &Partition, step: usize) -> Checked {
        let range = self.range();
        let slice = self.hand.store.read(at, &range).await?;
        assert_eq!(slice, self.model.read(at, &range), "step {step}: {at:?} {range:?}");
        Ok(())
    }

    async fn commit(&mut self, at: &Partition, step: usize) -> Checked {
        let real = self.model.version(at);
        let wrong = self.dice.in_range(0..5) as u64;
        let expected = if self.dice.chance(80) { real } else { wrong };
        let commit =
            Commit { partition: at.clone(), expected, token: self.hand.token(), writes: self.writes(at) };
        let outcome = self.hand.store.commit(commit.clone()).await?;
        assert_eq!(Ok(outcome), self.model.commit(commit.clone()), "step {step}: {commit:?}");
        Ok(())
    }

    async fn put(&mut self, at: &Partition, step: usize) -> Checked {
        let (stamp, writes) = (self.dice.in_range(0..12) as u64, self.writes(at));
        let answer = self.hand.store.put(at, stamp, writes.clone()).await;
        assert_eq!(answer, self.model.put(at, stamp, writes), "step {step}: {at:?} stamp {stamp}");
        Ok(())
    }

    async fn clear(&mut self, at: &Partition, step: usize) -> Checked {
        let range = self.range();
        self.replace(at, step);
        let answer = self.hand.store.clear(at, &range).await;
        assert_eq!(answer, self.model.clear(at, &range), "step {step}: {at:?} {range:?}");
        // Whether it was understood as it was meant shows in what is left.
        assert_eq!(
            self.hand.all(at).await?,
            self.model.read(at, &KeyRange::all()),
            "step {step}: {at:?} {range:?}"
        );
        self.cleared.push((at.clone(), range));
        Ok(())
    }

    /// Half of the time, a partition that will be cleared makes room for a new one: else nothing would be put anywhere in
    /// the end.
    fn replace(&mut self, at: &Partition, step: usize) {
        if self.dice.chance(50) {
            let fresh = partition(at.table, &[&at.key[..], &step.to_be_bytes()].concat());
            self.places.iter_mut().filter(|place| *place == at).for_each(|place| *place = fresh.clone());
        }
    }

    /// Any range, backwards ones too.
    fn range(&mut self) -> KeyRange {
        let from = Bytes::from(self.dice.short_key(3));
        let to = self.dice.chance(70).then(|| Bytes::from(self.dice.short_key(3)));
        let limit = if self.dice.chance(30) { self.dice.in_range(0..6) } else { usize::MAX };
        match self.dice.in_range(0..10) {
            0 => KeyRange::all(),
            1 => KeyRange::prefix(&from),
            2 => KeyRange::exactly(&from),
            3.. => KeyRange { from, to, limit },
        }
    }

    /// Up to five writes of different rows, none where something was cleared.
    fn writes(&mut self, at: &Partition) -> Vec<Write> {
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..self.dice.in_range(0..6) {
            let key = self.dice.short_key(3);
            let gone = self.cleared.iter().any(|(place, range)| place == at && range.contains(&key));
            if gone || writes.iter().any(|write| write.key() == &key) {
                continue;
            }
            let size = self.dice.in_range(0..40);
            let filler = self.dice.number().to_be_bytes()[0];
            writes.push(if self.dice.chance(35) { delete(&key) } else { put(&key, &vec![filler; size]) });
        }
        writes
    }
}
