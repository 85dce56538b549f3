//! Every bit of a log's files, flipped.

use hearthline_storage_embedded::{
    disk::Disk as _,
    log::{Log, LogError, Place, Record},
};

use crate::{
    log_crashes::{Entry, open},
    rng::Rng,
    sim_disk::SimDisk,
};

/// A log of three segments, and where its records are.
fn written(settled: bool) -> (SimDisk, Vec<Entry>, Vec<Place>) {
    let disk = SimDisk::new();
    let mut rng = Rng::new(7);
    let (mut log, _) = open(&disk).unwrap();
    let (mut truth, mut places) = (Vec::new(), Vec::new());
    while log.segments().count() < 3 || truth.len() % 2 != 0 {
        let length = 50 + rng.size(200);
        let label = truth.len() as u64;
        truth.push((label, rng.bytes(length)));
        let payload = &truth.last().unwrap().1;
        places.extend(log.append(b"base", &[Record { label, payload }]).unwrap());
    }
    if settled {
        log.settle().unwrap();
    }
    (disk.after_kill(), truth, places)
}

/// Behind the last record of a segment.
fn end(places: &[Place], path: &std::path::Path, segments: &Log) -> usize {
    let last = places.iter().rfind(|place| segments.segments().path(place.segment) == path);
    last.map_or(0, |place| (place.offset + 16 + place.length) as usize)
}

#[test]
fn every_flipped_bit_of_what_was_answered_is_named_and_every_other_one_is_harmless() {
    for settled in [true, false] {
        let (disk, truth, places) = written(settled);
        let (log, _) = open(&disk.fork()).unwrap();
        let (mut detected, mut harmless) = (0, 0);
        for (path, bytes) in disk.files() {
            let used = end(&places, &path, &log);
            for bit in 0..bytes.len() * 8 {
                // Of the zeros behind the end, some.
                if bit / 8 > used + 64 && bit % 1009 != 0 {
                    continue;
                }
                let damaged = disk.fork();
                damaged.flip(&path, bit);
                match open(&damaged) {
                    Err(LogError::Corrupt { path: named, .. }) => {
                        detected += 1;
                        assert_eq!(named, path, "bit {bit}");
                    }
                    Err(error) => panic!("{} bit {bit}: {}", path.display(), error.in_full()),
                    Ok((_, found)) => {
                        harmless += 1;
                        assert!(
                            bit / 8 >= used,
                            "{} bit {bit} of {used} bytes went unnoticed",
                            path.display()
                        );
                        assert!(found == truth, "{} bit {bit}: other entries", path.display());
                    }
                }
            }
        }
        assert!(detected > 50_000 && harmless > 0, "{detected} detected, {harmless} harmless");
    }
}

#[test]
fn a_bit_flipped_under_an_open_log_is_named_when_the_record_is_read() {
    let (disk, truth, places) = written(true);
    let (log, _) = open(&disk).unwrap();
    let segments = log.segments();
    for (place, (label, payload)) in places.iter().zip(&truth) {
        assert_eq!(segments.read(*place).unwrap(), (*label, payload.clone()));
        let path = segments.path(place.segment);
        for byte in place.offset..place.offset + 16 + place.length {
            disk.flip(&path, byte as usize * 8 + 3);
            let named =
                matches!(segments.read(*place), Err(LogError::Corrupt { path: named, .. }) if named == path);
            assert!(named, "byte {byte}");
            disk.flip(&path, byte as usize * 8 + 3);
        }
    }
}

#[test]
fn a_file_that_was_cut_or_a_segment_of_another_log_is_named() {
    let (disk, _, places) = written(true);
    let (log, _) = open(&disk.fork()).unwrap();
    let last = log.segments().path(places.last().unwrap().segment);
    for (path, _) in disk.files() {
        for size in (0..end(&places, &path, &log)).step_by(13) {
            let damaged = disk.fork();
            let file = damaged.open(&path).unwrap();
            file.set_size(size as u64).unwrap();
            match open(&damaged) {
                Err(LogError::Corrupt { path: named, .. }) => assert_eq!(named, path),
                Err(error) => panic!("{}", error.in_full()),
                // A last segment that ends with a block could have been cut by ourselves, after a write that failed.
                Ok(_) => {
                    assert!(path == last && places.iter().any(|place| place.offset as usize == size + 24))
                }
            }
        }
    }

    let without_last = disk.fork();
    without_last.remove(&last).unwrap();
    let named = matches!(open(&without_last), Err(LogError::Corrupt { path, .. }) if path == last);
    assert!(named, "the last segment is missing");

    let shuffled = disk.fork();
    let first = disk.files()[0].0.clone();
    let bytes = disk.files()[0].1.clone();
    shuffled.create(&last).unwrap().write_at(&bytes, 0).unwrap();
    let named = matches!(open(&shuffled), Err(LogError::Corrupt { path, .. }) if path == last);
    assert!(named, "{} under the name of {}", first.display(), last.display());
}
