//! The log under power loss, kills, failed syncs and full disks, at every call, with thousands of seeds.

use hearthline_storage_embedded::log::{Log, LogConfig, LogError, Record};
use std::sync::Arc;

use crate::{rng::Rng, sim_disk::SimDisk};

pub type Entry = (u64, Vec<u8>);

fn config(disk: &SimDisk) -> LogConfig {
    LogConfig {
        disk: Arc::new(disk.clone()),
        folder: "/log".into(),
        segment_bytes: 4096,
        reserve_bytes: 0,
        may_be_new: true,
    }
}

/// Opens the log and gives what it holds.
pub fn open(disk: &SimDisk) -> Result<(Log, Vec<Entry>), LogError> {
    let mut entries = Vec::new();
    let (log, _) =
        Log::open(config(disk), b"base", &mut |found| entries.push((found.label, found.payload.to_vec())))?;
    Ok((log, entries))
}

fn append(log: &mut Log, block: &[Entry]) -> Result<(), LogError> {
    let records: Vec<Record<'_>> =
        block.iter().map(|(label, payload)| Record { label: *label, payload: payload.as_slice() }).collect();
    log.append(b"base", &records).map(drop)
}

fn block(rng: &mut Rng, label: &mut u64) -> Vec<Entry> {
    (0..=rng.size(3))
        .map(|_| {
            *label += 1;
            let length = rng.size(900);
            (*label, rng.bytes(length))
        })
        .collect()
}

/// What must be there, and what may be: the block whose append was not answered.
#[derive(Default)]
struct Truth {
    certain: Vec<Entry>,
    in_doubt: Vec<Entry>,
}

impl Truth {
    /// All of what is certain, in order, and of what is in doubt all or nothing. What was found is certain from now on.
    fn check(&mut self, found: Vec<Entry>, seed: u64) {
        let doubted = std::mem::take(&mut self.in_doubt);
        if found.len() > self.certain.len() {
            self.certain.extend(doubted);
        }
        let labels = |entries: &[Entry]| entries.iter().map(|entry| entry.0).collect::<Vec<_>>();
        assert_eq!(labels(&found), labels(&self.certain), "seed {seed}");
        assert!(found == self.certain, "seed {seed}: other bytes");
    }
}

/// What ends a life of the log.
fn plan_trouble(disk: &SimDisk, rng: &mut Rng) {
    match rng.below(5) {
        0 => disk.fail_sync_after(rng.below(25)),
        1 => disk.set_capacity(Some(6000 + rng.size(20_000))),
        2 => disk.cut_write_after(rng.below(40)),
        _ => {}
    }
    disk.cut_power_after(rng.below(120));
}

fn live(disk: &SimDisk, rng: &mut Rng, truth: &mut Truth, label: &mut u64, seed: u64) {
    let mut log = match open(disk) {
        Ok((log, found)) => {
            truth.check(found, seed);
            log
        }
        Err(LogError::Corrupt { path, offset, what }) => {
            panic!("seed {seed}: {} {offset} {what}", path.display())
        }
        Err(LogError::Full(_) | LogError::Failed { .. } | LogError::Poisoned(_)) => return,
    };
    for _ in 0..60 {
        let block = block(rng, label);
        match append(&mut log, &block) {
            Ok(()) => truth.certain.extend(block),
            // Nothing was written; sometimes somebody makes room.
            Err(LogError::Full(_)) => {
                if rng.chance(4) {
                    disk.set_capacity(None);
                }
            }
            Err(_) => {
                truth.in_doubt = block;
                let refused = append(&mut log, &[(0, Vec::new())]);
                assert!(
                    matches!(refused, Err(LogError::Poisoned(_))),
                    "seed {seed}: it went on after a failure"
                );
                return;
            }
        }
        if rng.chance(5) && log.settle().is_err_and(|error| !matches!(error, LogError::Full(_))) {
            return;
        }
    }
}

#[test]
fn nothing_answered_is_lost_and_nothing_is_half_there_after_any_crash() {
    for seed in 0..4000 {
        let mut rng = Rng::new(seed);
        let mut disk = SimDisk::new();
        let (mut truth, mut label) = (Truth::default(), 0);
        for _ in 0..4 {
            plan_trouble(&disk, &mut rng);
            live(&disk, &mut rng, &mut truth, &mut label, seed);
            disk = if rng.chance(2) { disk.after_kill() } else { disk.after_power_loss(&mut rng) };
            disk.set_capacity(None);
        }
        let (_, found) = open(&disk).unwrap();
        truth.check(found, seed);
    }
}

#[test]
fn after_a_failed_sync_nothing_is_taken_and_what_came_back_is_made_durable_first() {
    for syncs in 0..12 {
        let disk = SimDisk::new();
        let (mut log, _) = open(&disk).unwrap();
        append(&mut log, &[(1, vec![1; 100])]).unwrap();
        disk.fail_sync_after(syncs);
        let mut label = 1;
        let failed = loop {
            label += 1;
            if append(&mut log, &[(label, vec![2; 700])]).is_err() {
                break label;
            }
        };
        assert!(matches!(append(&mut log, &[(99, Vec::new())]), Err(LogError::Poisoned(_))));
        // A new process finds the bytes in the page cache, believes them, and must bring them to the disk.
        let disk = disk.after_kill();
        let (mut log, found) = open(&disk).unwrap();
        let labels: Vec<u64> = found.iter().map(|entry| entry.0).collect();
        assert!(labels == (1..failed).collect::<Vec<_>>() || labels == (1..=failed).collect::<Vec<_>>());
        append(&mut log, &[(100, Vec::new())]).unwrap();
        for seed in 0..20 {
            let (_, found) = open(&disk.after_power_loss(&mut Rng::new(seed))).unwrap();
            let after: Vec<u64> = found.iter().map(|entry| entry.0).collect();
            assert_eq!(after, [labels.clone(), vec![100]].concat(), "{syncs} syncs, seed {seed}");
        }
    }
}

#[test]
fn a_full_disk_is_no_failure_and_writing_goes_on_when_there_is_room() {
    let disk = SimDisk::new();
    disk.set_capacity(Some(20_000));
    let (mut log, _) = open(&disk).unwrap();
    let mut label = 0;
    loop {
        let block = [(label + 1, vec![7; 500])];
        match append(&mut log, &block) {
            Ok(()) => label += 1,
            Err(LogError::Full(_)) => break,
            Err(error) => panic!("{}", error.in_full()),
        }
    }
    assert!(label > 20, "{label} fit");
    assert!(matches!(append(&mut log, &[(label + 1, vec![7; 500])]), Err(LogError::Full(_))));
    disk.set_capacity(None);
    append(&mut log, &[(label + 1, vec![7; 500])]).unwrap();
    let (_, found) = open(&disk.after_kill()).unwrap();
    assert_eq!(found.len() as u64, label + 1);
}
