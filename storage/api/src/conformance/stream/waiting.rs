//! Waiting for the next entry.

use super::{Checked, append_all, ask_once, delivered, entry, group, rest};
use crate::conformance::StreamSubject;
use std::sync::Arc;

pub async fn next_waits_and_an_append_wakes_it(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let mut waiting = stream.next(group(2));
    assert!(ask_once(waiting.as_mut()).is_pending(), "there is nothing to give");
    stream.append(group(5), entry(5)).await?;
    assert!(ask_once(waiting.as_mut()).is_pending(), "another group's entry is not this group's");
    let position = stream.append(group(2), entry(2)).await?;
    let delivery = waiting.await?;
    assert_eq!((delivery.position, delivery.entry), (position, entry(2)));
    // A consumer that sleeps on another thread is woken, each time.
    for number in 0..100 {
        let consumer = Arc::clone(&stream);
        let asleep = tokio::spawn(async move { consumer.next(group(9)).await });
        if number % 2 == 0 {
            tokio::task::yield_now().await;
        }
        stream.append(group(9), entry(number)).await?;
        assert_eq!(asleep.await.expect("a task does not panic")?.entry, entry(number));
    }
    Ok(())
}

pub async fn giving_up_a_wait_loses_nothing(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let mut waiting = stream.next(group(2));
    assert!(ask_once(waiting.as_mut()).is_pending());
    drop(waiting);
    let mut woken = stream.next(group(2));
    assert!(ask_once(woken.as_mut()).is_pending());
    let positions = append_all(&stream, group(2), 0..2).await?;
    // It was woken and never asked again: as when a consumer is told to stop at that moment.
    drop(woken);
    assert_eq!(stream.next(group(2)).await?, delivered(&positions, 0..2)[0]);
    assert_eq!(stream.next(group(2)).await?, delivered(&positions, 0..2)[1]);
    Ok(())
}

pub async fn an_entry_is_given_once_in_a_session(subject: &dyn StreamSubject) -> Checked {
    let stream = subject.open().await;
    let positions = append_all(&stream, group(4), 0..3).await?;
    assert_eq!(rest(&stream, group(4)).await?, delivered(&positions, 0..3));
    assert_eq!(rest(&stream, group(4)).await?, []);
    assert_eq!(stream.backlog(), 3);
    Ok(())
}
