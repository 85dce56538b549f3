//! The inbound stream through its contract.

use bytes::Bytes;
use hearthline_storage_api::{Group, InboundStream as _, Position, StreamError};
use hearthline_storage_embedded::{Config, Embedded, EmbeddedStore, EmbeddedStream};
use std::{path::Path, sync::Arc, time::Duration};

fn open(config: &Config) -> (Arc<EmbeddedStore>, Arc<EmbeddedStream>) {
    Embedded::open(config.clone()).unwrap()
}

fn entry(number: u64) -> Bytes {
    format!("entry {number}").into()
}

fn small(path: &Path) -> Config {
    let mut config = Config::new(path);
    config.stream.segment_bytes = 4096;
    config
}

#[tokio::test]
async fn what_was_answered_comes_again_after_a_restart_until_it_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    {
        let (_store, stream) = open(&config);
        for number in 0..100 {
            let group = Group::of(number % 3);
            let position = stream.append(group, entry(number)).await.unwrap();
            assert_eq!(position, Position(number / 3 + 1));
        }
        assert_eq!(stream.backlog(), 100);
        for number in 0..10 {
            let delivery = stream.next(Group::of(0)).await.unwrap();
            assert_eq!(delivery.entry, entry(number * 3));
            stream.acknowledge(Group::of(0), delivery.position).await.unwrap();
        }
        assert_eq!(stream.backlog(), 90);
    }
    let (_store, stream) = open(&config);
    assert_eq!(stream.backlog(), 90);
    let delivery = stream.next(Group::of(0)).await.unwrap();
    assert_eq!((delivery.position, delivery.entry), (Position(11), entry(30)));
    let delivery = stream.next(Group::of(1)).await.unwrap();
    assert_eq!((delivery.position, delivery.entry), (Position(1), entry(1)));
    let position = stream.append(Group::of(1), entry(1000)).await.unwrap();
    assert_eq!(position, Position(34), "positions go on");
}

#[tokio::test]
async fn acknowledged_segments_go_also_between_others() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    let (_store, stream) = open(&config);
    for number in 0..400 {
        stream.append(Group::of(0), Bytes::from(vec![number as u8; 100])).await.unwrap();
    }
    let segments = || {
        let files = std::fs::read_dir(folder.path().join("stream")).unwrap();
        files
            .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().ends_with(".segment"))
            .count()
    };
    let before = segments();
    assert!(before > 10, "{before}");
    for number in 0..400 {
        let delivery = stream.next(Group::of(0)).await.unwrap();
        assert_eq!(delivery.entry[0], number as u8);
        if number != 0 && number != 200 {
            stream.acknowledge(Group::of(0), delivery.position).await.unwrap();
        }
    }
    stream.close();
    assert_eq!(segments(), 3, "two that are needed and the one being written");
    drop((stream, _store));
    let (_store, stream) = open(&config);
    assert_eq!(stream.backlog(), 2);
    assert_eq!(stream.next(Group::of(0)).await.unwrap().position, Position(1));
    assert_eq!(stream.next(Group::of(0)).await.unwrap().position, Position(201));
}

#[tokio::test]
async fn a_waiting_consumer_gets_what_comes_and_a_closed_stream_lets_it_go() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, stream) = open(&small(folder.path()));
    let waiting = tokio::spawn({
        let stream = Arc::clone(&stream);
        async move { (stream.next(Group::of(5)).await, stream.next(Group::of(5)).await) }
    });
    stream.append(Group::of(5), entry(1)).await.unwrap();
    let closing = Arc::clone(&stream);
    tokio::time::sleep(Duration::from_millis(20)).await;
    tokio::task::spawn_blocking(move || closing.close()).await.unwrap();
    let (first, second) = waiting.await.unwrap();
    assert_eq!(first.unwrap().entry, entry(1));
    assert!(matches!(second, Err(StreamError::Unavailable(_))));
    assert!(matches!(stream.append(Group::of(5), entry(2)).await, Err(StreamError::Unavailable(_))));
}

#[tokio::test]
async fn a_damaged_list_of_acknowledgements_brings_entries_again_and_no_position_twice() {
    let folder = tempfile::tempdir().unwrap();
    let config = small(folder.path());
    {
        let (_store, stream) = open(&config);
        for number in 0..200 {
            stream.append(Group::of(0), entry(number)).await.unwrap();
            let delivery = stream.next(Group::of(0)).await.unwrap();
            stream.acknowledge(Group::of(0), delivery.position).await.unwrap();
        }
    }
    {
        // A segment that starts behind all of them: nothing but its header knows where they ended.
        let mut next = config.clone();
        next.stream.segment_bytes = 1;
        let (_store, stream) = open(&next);
        let large = Bytes::from(vec![1; 8000]);
        assert_eq!(stream.append(Group::of(1), large).await.unwrap(), Position(1));
    }
    let list = folder.path().join("stream/acknowledged");
    let mut bytes = std::fs::read(&list).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&list, bytes).unwrap();
    let (_store, stream) = open(&config);
    assert_eq!(stream.backlog(), 1, "the segment with the others is gone");
    assert_eq!(stream.next(Group::of(1)).await.unwrap().position, Position(1));
    assert_eq!(stream.append(Group::of(0), entry(0)).await.unwrap(), Position(201));
}
