//! Whoever writes to the store without the master key is found out: ten thousand random edits, deletions, swaps and
//! truncations, the sly ones with all hashes made anew and with heads and registers from copies that were kept.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_actors::Entry;
use hearthline_engine::audit::{Actor, Field, Subject};
use hearthline_storage_api::{
    Commit, KeyRange, Outcome, Partition, Row, Slice, Store, StoreError, Table, Token, Write,
    rows::{
        audit::{
            ChainId, EntryRow, HEAD_ROW, HeadRow, TOTAL_ROW, Verified, entry_hash, entry_key, origin_key,
            read_entry_key, read_register_key, register_key, register_partition, verify,
        },
        codec::{decode, encode},
    },
};
use hearthline_storage_memory::{MemoryStore, SeededRandom};
use std::collections::BTreeMap;

use crate::house::{House, OWNER, Running, TENANT, lead};
use hearthline_storage_api::Random;

/// The log as somebody holds it who can write anything.
#[derive(Clone, Default, PartialEq)]
struct Copy(BTreeMap<(Partition, Bytes), Bytes>);

#[async_trait]
impl Store for Copy {
    async fn read(&self, partition: &Partition, range: &KeyRange) -> Result<Slice, StoreError> {
        let of = self.0.iter().filter(|((place, key), _)| place == partition && range.contains(key));
        let rows = of.map(|((_, key), value)| Row { key: key.clone(), value: value.clone() });
        Ok(Slice { version: 1, token: Token(1), rows: rows.take(range.limit).collect() })
    }
    async fn commit(&self, _: Commit) -> Result<Outcome, StoreError> {
        unreachable!("the verifier only reads")
    }
    async fn put(&self, _: &Partition, _: u64, _: Vec<Write>) -> Result<(), StoreError> {
        unreachable!("the verifier only reads")
    }
    async fn clear(&self, _: &Partition, _: &KeyRange) -> Result<(), StoreError> {
        unreachable!("the verifier only reads")
    }
}

impl Copy {
    fn of(store: &MemoryStore) -> Self {
        let rows = store.dump().into_iter().filter(|(place, _)| place.table == Table::Audit);
        Self(rows.map(|(place, row)| ((place, row.key), row.value)).collect())
    }

    fn chains(&self) -> Vec<ChainId> {
        let register = register_partition(TENANT);
        let rows = self.0.keys().filter(|(place, key)| *place == register && key.starts_with(b"r"));
        rows.map(|(_, key)| read_register_key(TENANT, key).unwrap()).collect()
    }

    fn entries(&self, chain: &ChainId) -> Vec<EntryRow> {
        let place = chain.partition();
        let rows = self.0.iter().filter(|((of, key), _)| *of == place && key.starts_with(b"e"));
        rows.map(|(_, value)| decode("audit", value).unwrap()).collect()
    }

    fn write(&mut self, chain: &ChainId, row: &EntryRow) {
        self.0.insert((chain.partition(), entry_key(row.seq)), encode(row).into());
        self.0.insert((chain.partition(), origin_key(&row.origin)), encode(&row.seq).into());
    }

    fn remove(&mut self, chain: &ChainId, row: &EntryRow) {
        self.0.remove(&(chain.partition(), entry_key(row.seq)));
        self.0.remove(&(chain.partition(), origin_key(&row.origin)));
    }

    /// Makes every hash of a chain anew, and its head as far as that goes without the key.
    fn rehash(&mut self, chain: &ChainId) {
        let mut prev = [0; 32];
        let mut seq = 0;
        for mut row in self.entries(chain) {
            self.remove(chain, &row);
            seq += 1;
            row.seq = seq;
            row.hash = entry_hash(chain, &prev, &row);
            prev = row.hash;
            self.write(chain, &row);
        }
        let place = (chain.partition(), Bytes::from_static(HEAD_ROW));
        let mut head: HeadRow = decode("audit", &self.0[&place]).unwrap();
        (head.mark.count, head.mark.hash) = (seq, prev);
        self.0.insert(place, encode(&head).into());
    }
}

/// Every state that the log went through, as an attacker with patience would have kept it.
struct Kept {
    states: Vec<Copy>,
    now: Copy,
    running: Running,
    _house: House,
}

async fn kept() -> Kept {
    let house = House::new();
    let running = house.node().await;
    let mut states = Vec::new();
    for n in 0..12 {
        running.receive(lead(n), &format!("SM{n}")).await.unwrap();
        running.drained().await;
        let entry = Entry::new(Actor::User(OWNER), Subject::Lead(lead(n % 3).lead), "raw.opened");
        running.node.audit().record(TENANT, entry.reason("An answer is due")).await.unwrap();
        let entry = Entry::new(Actor::User(OWNER), Subject::Tenant, "team.created");
        running.node.audit().record(TENANT, entry.fields([Field::new("name", n)])).await.unwrap();
        states.push(Copy::of(&house.memory));
    }
    let now = states.pop().unwrap();
    Kept { states, now, running, _house: house }
}

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, n: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_be_bytes(bytes) % n as u64) as usize
    }
    fn of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// One random manipulation.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of manipulation")]
fn tamper(dice: &Dice, kept: &Kept) -> (&'static str, Copy) {
    let mut log = kept.now.clone();
    let chains: Vec<ChainId> = log.chains();
    let chain = *dice.of(&chains);
    let entries = log.entries(&chain);
    let row = dice.of(&entries).clone();
    let what = match dice.below(10) {
        0 => {
            let keys: Vec<_> = log.0.keys().cloned().collect();
            let value = log.0.get_mut(dice.of(&keys)).unwrap();
            let mut bytes = value.to_vec();
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(8);
            *value = bytes.into();
            "a flipped bit"
        }
        1 => {
            log.write(&chain, &EntryRow { actor: Actor::System, action: "lead.read".into(), ..row });
            "an edited entry"
        }
        2 => {
            log.write(&chain, &EntryRow { actor: Actor::System, action: "lead.read".into(), ..row });
            log.rehash(&chain);
            "an edited entry in a chain that was hashed anew"
        }
        3 => {
            let keys: Vec<_> = log.0.keys().cloned().collect();
            log.0.remove(dice.of(&keys));
            "a deleted row"
        }
        4 => {
            log.remove(&chain, &row);
            log.rehash(&chain);
            "a deleted entry in a chain that was hashed anew"
        }
        5 => {
            let other = *dice.of(&chains);
            let theirs = dice.of(&log.entries(&other)).clone();
            let (one, two) =
                ((chain.partition(), entry_key(row.seq)), (other.partition(), entry_key(theirs.seq)));
            let (first, second) = (log.0[&one].clone(), log.0[&two].clone());
            log.0.insert(one, second);
            log.0.insert(two, first);
            "two swapped rows"
        }
        6 => {
            let other = dice.of(&entries).clone();
            log.write(&chain, &EntryRow { seq: other.seq, ..row.clone() });
            log.write(&chain, &EntryRow { seq: row.seq, ..other });
            log.rehash(&chain);
            "two swapped entries in a chain that was hashed anew"
        }
        7 => {
            entries.iter().skip(row.seq as usize - 1).for_each(|gone| log.remove(&chain, gone));
            "a truncated chain"
        }
        8 => {
            let (mine, before) = (chain.partition(), dice.of(&kept.states));
            log.0.retain(|(place, _), _| *place != mine);
            log.0.extend(before.0.clone().into_iter().filter(|((place, _), _)| *place == mine));
            "a chain set back to a kept copy, with its signed head"
        }
        _ => {
            let (mine, before) = (chain.partition(), dice.of(&kept.states));
            log.0.retain(|(place, _), _| *place != mine);
            log.0.extend(before.0.clone().into_iter().filter(|((place, _), _)| *place == mine));
            for key in [register_key(&chain), Bytes::from_static(TOTAL_ROW)] {
                let place = (register_partition(TENANT), key);
                match before.0.get(&place) {
                    Some(value) => drop(log.0.insert(place, value.clone())),
                    None => drop(log.0.remove(&place)),
                }
            }
            "a chain, its register row and the total set back together"
        }
    };
    (what, log)
}

async fn verified(kept: &Kept, log: &Copy) -> Verified {
    verify(log, &*kept.running.keyring(), TENANT, None).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn prv_4_every_one_of_ten_thousand_edits_deletions_swaps_and_truncations_is_found() {
    let kept = kept().await;
    let whole = verified(&kept, &kept.now).await;
    assert!(whole.findings.is_empty(), "{:?}", whole.findings);
    assert!(whole.entries > 40 && whole.chains > 5);
    let dice = Dice(SeededRandom::new(0xa0d1));
    let mut found: BTreeMap<&str, u32> = BTreeMap::new();
    let mut tried = 0;
    while tried < 10_000 {
        let (what, log) = tamper(&dice, &kept);
        // What came to nothing, and the whole log of an earlier moment, which only an anchor finds.
        if log == kept.now || kept.states.contains(&log) {
            continue;
        }
        tried += 1;
        let verdict = verified(&kept, &log).await;
        assert!(!verdict.findings.is_empty(), "{what} was not found (number {tried})");
        *found.entry(what).or_default() += 1;
    }
    assert!(found.len() == 10 && found.values().all(|count| *count > 300), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn prv_4_a_log_that_was_set_back_as_a_whole_is_found_by_an_anchor_that_was_noted() {
    let kept = kept().await;
    let anchor = verified(&kept, &kept.now).await.anchor;
    for state in &kept.states {
        let keyring = kept.running.keyring();
        let alone = verify(state, &*keyring, TENANT, None).await.unwrap();
        assert!(alone.findings.is_empty(), "a whole log of an earlier day is whole");
        let anchored = verify(state, &*keyring, TENANT, Some(&anchor)).await.unwrap();
        assert!(!anchored.findings.is_empty());
    }
    let noted = verified(&kept, &kept.states[3]).await.anchor;
    let now = verify(&kept.now, &*kept.running.keyring(), TENANT, Some(&noted)).await.unwrap();
    assert!(now.findings.is_empty(), "a log that went on holds every anchor: {:?}", now.findings);
}

#[tokio::test(start_paused = true)]
async fn prv_4_an_entry_that_was_put_in_by_hand_is_found() {
    let kept = kept().await;
    for chain in kept.now.chains() {
        let mut log = kept.now.clone();
        let mut row = log.entries(&chain).pop().unwrap();
        row.seq += 1;
        row.origin.n += 1;
        row.hash = entry_hash(&chain, &row.hash.clone(), &row);
        log.write(&chain, &row);
        assert!(!verified(&kept, &log).await.findings.is_empty());
        assert_eq!(read_entry_key(&entry_key(row.seq)).unwrap(), row.seq);
    }
}
