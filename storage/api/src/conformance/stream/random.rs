//! A backend beside the model, through thousands of random operations and a few restarts.

use super::{Checked, Stream, entry, group, rest, restarted};
use crate::{
    Delivery, Position,
    conformance::{
        StreamSubject,
        dice::{Dice, seeds_and_steps, show_seed},
    },
};
use std::collections::BTreeMap;

/// Few groups, so that each is busy.
const GROUPS: usize = 3;

/// What a group must hold: entries that are not acknowledged, and up to where this session was given them.
#[derive(Default)]
struct Held {
    waiting: BTreeMap<Position, u64>,
    given: Option<Position>,
    highest: Option<Position>,
}

pub async fn any_run_of_operations_agrees_with_the_model(subject: &dyn StreamSubject) -> Checked {
    let (seeds, steps) = seeds_and_steps();
    let mut held: [Held; GROUPS] = Default::default();
    let mut number = 0;
    for seed in seeds {
        show_seed(seed, steps);
        let (mut stream, mut dice) = (subject.open().await, Dice::new(seed));
        held.iter_mut().for_each(|held| held.given = None);
        for step in 0..steps {
            if dice.in_range(0..200) == 0 {
                stream = restarted(stream, subject).await;
                held.iter_mut().for_each(|held| held.given = None);
            }
            let of = dice.in_range(0..GROUPS);
            number += 1;
            one_step(&stream, &mut dice, of as u64, &mut held[of], number).await?;
            let backlog: usize = held.iter().map(|held| held.waiting.len()).sum();
            assert_eq!(stream.backlog(), backlog as u64, "step {step}");
        }
        for (of, held) in (0..).zip(&held) {
            let left = held.not_given();
            assert_eq!(rest(&stream, group(of)).await?, left, "at the end, group {of}");
        }
    }
    Ok(())
}

async fn one_step(stream: &Stream, dice: &mut Dice, of: u64, held: &mut Held, number: u64) -> Checked {
    match dice.in_range(0..100) {
        0..36 => {
            let position = stream.append(group(of), entry(number)).await?;
            assert!(held.highest < Some(position), "positions grow");
            held.highest = Some(position);
            held.waiting.insert(position, number);
        }
        36..70 => {
            let Some(wanted) = held.not_given().into_iter().next() else { return Ok(()) };
            held.given = Some(wanted.position);
            assert_eq!(stream.next(group(of)).await?, wanted);
        }
        70.. => {
            // Any of them, given or not, and sometimes one that is not there.
            let positions: Vec<_> = held.waiting.keys().copied().collect();
            let among = dice.in_range(0..positions.len() + 1);
            let position = positions.get(among).copied().unwrap_or(Position(dice.number() % 50));
            let is_there = held.highest >= Some(position);
            if is_there {
                held.waiting.remove(&position);
                stream.acknowledge(group(of), position).await?;
            }
        }
    }
    Ok(())
}

impl Held {
    fn not_given(&self) -> Vec<Delivery> {
        let waiting = self.waiting.iter().filter(|(position, _)| self.given < Some(**position));
        waiting.map(|(&position, &number)| Delivery { position, entry: entry(number) }).collect()
    }
}
