//! One line of a voice as somebody writes it: its places filled in, and typed as clients type.

use crate::{
    dice::Dice,
    people::{Client, STAFF},
    voice::Line,
};

/// Of a hundred lines of clients, so many have a typing mistake.
const TYPOS: u64 = 22;
/// And so many were written without capitals and full stops.
const HURRIED: u64 = 18;

/// What is said at that moment, in the client's language.
#[must_use]
pub fn phrase(dice: &mut Dice, client: &Client, line: Line) -> String {
    let voice = client.voice();
    let template = dice.pick(voice.of(line)).clone();
    let agent = STAFF[client.agent].name.split(' ').next().unwrap_or_default();
    let mut text = template;
    for (place, words) in [
        ("{name}", std::slice::from_ref(&client.given)),
        ("{street}", voice.streets.as_slice()),
        ("{day}", voice.days.as_slice()),
        ("{price}", voice.prices.as_slice()),
        ("{rooms}", voice.rooms.as_slice()),
    ] {
        if text.contains(place) {
            text = text.replace(place, dice.pick::<String>(words));
        }
    }
    let text = text.replace("{agent}", agent);
    let text = capitalized(&text);
    if line.is_clients() { typed(dice, text) } else { text }
}

/// A place can stand at the beginning of a sentence.
fn capitalized(text: &str) -> String {
    let starts_small = text.chars().next().is_some_and(char::is_lowercase);
    let is_sentence = text.ends_with(['.', '!', '?']);
    if !(starts_small && is_sentence) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map(char::to_uppercase).into_iter().flatten().chain(chars).collect()
}

fn typed(dice: &mut Dice, text: String) -> String {
    let text = if dice.percent(HURRIED) {
        text.to_lowercase().trim_end_matches(['.', '!']).to_owned()
    } else {
        text
    };
    if dice.percent(TYPOS) { mistyped(dice, &text) } else { text }
}

/// Two letters change places, one is missing, or one comes twice. Numbers stay: nobody's offer is a typo.
fn mistyped(dice: &mut Dice, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let inside = |at: &usize| {
        *at > 0
            && chars.get(at - 1).is_some_and(|c| c.is_alphabetic())
            && chars.get(at + 1).is_some_and(|c| c.is_alphabetic())
    };
    let places: Vec<usize> =
        (0..chars.len()).filter(|at| chars[*at].is_alphabetic()).filter(inside).collect();
    if places.is_empty() {
        return text.to_owned();
    }
    let at = *dice.pick(&places);
    match dice.below(3) {
        0 => chars.swap(at, at + 1),
        1 => drop(chars.remove(at)),
        _ => chars.insert(at, chars[at]),
    }
    chars.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::CLIENTS;

    #[test]
    fn no_place_is_left_open_and_digits_stay_in_any_line_of_any_language() {
        for n in 0..CLIENTS / 4 {
            let client = Client::of(11, n);
            let mut dice = Dice::new(5, u64::from(n));
            for line in Line::ALL {
                let said = phrase(&mut dice, &client, line);
                assert!(!said.is_empty() && !said.contains(['{', '}']), "{line:?}: {said}");
                assert!(said.chars().count() < 320, "an SMS: {said}");
            }
        }
    }

    #[test]
    fn opt_out_words_are_never_mistyped() {
        for n in 0..500 {
            let client = Client::of(2, n);
            let said = phrase(&mut Dice::new(1, u64::from(n)), &client, Line::Stop);
            assert!(client.voice().stop.contains(&said), "{said}");
        }
    }

    #[test]
    fn some_lines_of_clients_have_typos_and_none_of_agents() {
        let said = |line: Line| -> usize {
            let made = (0..400).filter(|n| {
                let client = Client::of(2, *n);
                let words = phrase(&mut Dice::new(9, u64::from(*n)), &client, line);
                client.voice().of(line).iter().all(|template| *template != words)
            });
            made.count()
        };
        // Lists without places to fill in.
        assert!(said(Line::Wrong) > 40, "typed in a hurry, with mistakes");
        assert_eq!(said(Line::Answers), 0, "agents read what they send");
        assert_eq!(mistyped(&mut Dice::new(1, 1), "12 4"), "12 4");
    }
}
