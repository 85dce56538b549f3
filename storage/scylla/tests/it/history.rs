//! What was asked of one partition and answered, and whether one order of moments explains all of it.
//!
//! Versions are unique, so this is exact and quick: the commit of each version took effect at a moment between its call and
//! its answer; every look that saw the version happened between that moment and the one of the next version.

use hearthline_storage_api::Token;
use std::time::Instant;

/// From a call to its answer.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub called: Instant,
    pub answered: Instant,
}

/// What somebody learned.
#[derive(Clone, Copy, Debug)]
pub enum Learned {
    /// Their commit made this version.
    Made { version: u64, token: Token },
    /// The partition was at this version.
    Saw { version: u64 },
}

/// Checks the history of a partition that ended with `tokens`, those of versions 1, 2, 3 …
///
/// # Errors
/// What contradicts what.
pub fn check(history: &[(Span, Learned)], tokens: &[Token]) -> Result<(), String> {
    let last = tokens.len();
    let mut made: Vec<Option<Span>> = vec![None; last + 1];
    let mut saw: Vec<Vec<Span>> = vec![Vec::new(); last + 1];
    for (span, learned) in history {
        match learned {
            Learned::Made { version, token } => {
                let place = usize::try_from(*version).map_err(|_| "too many versions")?;
                if place == 0 || tokens.get(place - 1) != Some(token) {
                    return Err(format!("{token:?} was told that it made version {version}, and did not"));
                }
                if made[place].replace(*span).is_some() {
                    return Err(format!("two made version {version}"));
                }
            }
            Learned::Saw { version } => {
                let place = usize::try_from(*version).map_err(|_| "too many versions")?;
                saw.get_mut(place).ok_or(format!("somebody saw version {version} of {last}"))?.push(*span);
            }
        }
    }
    // The earliest moment at which each version can have become true, given those before it.
    let mut moment: Option<Instant> = None;
    for version in 0..=last {
        if version > 0 {
            // Whoever made it and never heard of it left no span: then nothing is known of when.
            moment = moment.max(made[version].map(|span| span.called));
        }
        let until = saw[version].iter().chain(made[version].iter()).map(|span| span.answered).min();
        if let (Some(moment), Some(until)) = (moment, until)
            && moment > until
        {
            return Err(format!("version {version} was seen before it can have been there"));
        }
        moment = moment.max(saw[version].iter().map(|span| span.called).max());
    }
    Ok(())
}

#[test]
fn a_history_with_a_stale_look_or_two_makers_of_one_version_is_found() {
    let start = Instant::now();
    let span = |from: u64, to: u64| Span {
        called: start + std::time::Duration::from_millis(from),
        answered: start + std::time::Duration::from_millis(to),
    };
    let made = |version, token| Learned::Made { version, token: Token(token) };
    let saw = |version| Learned::Saw { version };
    let tokens = [Token(1), Token(2)];
    let good =
        [(span(0, 5), made(1, 1)), (span(1, 9), saw(0)), (span(4, 8), saw(1)), (span(7, 9), made(2, 2))];
    assert_eq!(check(&good, &tokens), Ok(()));
    // Looked after version 2 was answered, and saw version 1.
    assert!(check(&[&good[..], &[(span(10, 11), saw(1))]].concat(), &tokens).is_err());
    // Saw version 2 before it was asked for.
    assert!(check(&[&good[..], &[(span(5, 6), saw(2))]].concat(), &tokens).is_err());
    assert!(check(&[&good[..], &[(span(7, 9), made(2, 2))]].concat(), &tokens).is_err());
    assert!(check(&[&good[..], &[(span(7, 9), made(2, 3))]].concat(), &tokens).is_err());
}
