//! The lives behind the endings: inquiry, viewing, offer, silence, return.
//!
//! A life is told backwards from its end, so that what decides the ending keeps its distance to the present; nights are
//! quiet. What is essential stands in a window with room for a seeding that runs an hour late.

use crate::{
    dice::Dice,
    people::Client,
    phrase::phrase,
    plan::{DAYS, Deed, Ending, HOUR, MIN, Outcome, SMALL_TALK, Step, answer_to},
    voice::Line,
};

/// The oldest inquiry.
const OLDEST: i64 = DAYS * 24 * HOUR - 2 * HOUR;

/// Everything that happened with a client.
pub(crate) fn life(dice: Dice, client: &Client, ending: Ending) -> Vec<Step> {
    let mut tale = Tale { dice, client, steps: Vec::new() };
    tale.tell(ending);
    tale.steps
}

struct Tale<'a> {
    dice: Dice,
    client: &'a Client,
    steps: Vec<Step>,
}

impl Tale<'_> {
    fn tell(&mut self, ending: Ending) {
        match ending {
            Ending::New => {
                self.inquired_between(2 * MIN, 38 * MIN);
            }
            Ending::Unanswered => {
                let ago = self.inquired_between(2 * HOUR, 28 * HOUR);
                self.colour(ago / 3, |tale| tale.writes(Line::Nudge), 40);
            }
            Ending::Active => {
                self.in_touch_until(30 * MIN, 30 * HOUR);
            }
            Ending::Waiting => {
                let last = self.in_touch_until(3 * HOUR, 34 * HOUR);
                let ago = self.dice.between(4 * MIN, last / 2);
                let line = *self.dice.pick(&SMALL_TALK);
                let deed = self.writes(line);
                self.push(ago, deed);
            }
            Ending::Quiet => {
                self.in_touch_until(40 * HOUR, 45 * HOUR);
            }
            Ending::Stale => {
                let last = self.in_touch_until(52 * HOUR, 92 * HOUR);
                self.colour(last / 2, |tale| tale.writes(Line::Nudge), 60);
            }
            Ending::Forgotten => {
                let ago = self.inquired_between(51 * HOUR, 90 * HOUR);
                self.colour(ago - 20 * HOUR, |tale| tale.writes(Line::Nudge), 70);
            }
            Ending::InRescue => {
                self.rescued(HOUR, 6 * HOUR);
            }
            Ending::RescueAnswered => {
                let called = self.rescued(4 * HOUR, 9 * HOUR);
                self.answers_the_team_lead(called / 3);
            }
            Ending::Rescued => {
                let called = self.rescued(16 * HOUR, 22 * HOUR);
                self.answers_the_team_lead(called - 4 * HOUR);
                self.push(called - 7 * HOUR, Deed::HandsBack);
                let deed = self.owner_calls(Outcome::Spoke);
                self.push(called - 10 * HOUR, deed);
            }
            Ending::OptedOut => {
                let last = self.in_touch_until(6 * HOUR, 30 * HOUR);
                let deed = self.writes(Line::Stop);
                self.push(last / 2, deed);
            }
            Ending::WrongNumber => self.wrong_number(),
            Ending::Returned => {
                let last = self.in_touch_until(30 * HOUR, 44 * HOUR);
                self.push(last - 5 * HOUR, Deed::Archives);
                let ago = self.dice.between(10 * MIN, 9 * HOUR);
                let deed = self.writes(Line::Returns);
                self.push(ago, deed);
            }
        }
    }

    /// A first message, a burst behind it, and sometimes a picture. When the first one came.
    fn inquired_between(&mut self, least: i64, most: i64) -> i64 {
        let ago = self.dice.between(least, most);
        let deed = self.writes(Line::Inquiry);
        self.push(ago, deed);
        let mut later = ago;
        for _ in 0..self.dice.below(4).saturating_sub(1) {
            later -= self.dice.between(MIN / 4, MIN);
            self.colour(later, |tale| tale.writes(Line::More), 100);
        }
        if self.dice.percent(9) {
            self.colour(later - MIN, |tale| tale.picture(), 100);
        }
        ago
    }

    /// A conversation whose last touch was so long ago. When that was.
    fn in_touch_until(&mut self, least: i64, most: i64) -> i64 {
        let last = self.dice.between(least, most);
        let turns = i64::try_from(1 + self.dice.below(4)).unwrap_or(1);
        let first_touch = (last + turns * self.dice.between(2 * HOUR, 9 * HOUR)).min(OLDEST - HOUR);
        let waited = self.dice.between(4 * MIN, 44 * MIN);
        self.inquired_between(first_touch + waited, first_touch + waited);
        if first_touch > last + HOUR {
            self.colour(first_touch, |tale| tale.answers(Line::Greets), 100);
            self.push(first_touch - 3 * MIN, Deed::Names);
            self.small_talk(first_touch, last, turns);
        } else {
            self.push(last, Deed::Names);
        }
        let deed = match self.dice.below(3) {
            0 => self.owner_calls(Outcome::LeftMessage),
            1 => self.owner_calls(Outcome::Spoke),
            _ => self.meets(),
        };
        self.push(last, deed);
        let (in_ms, title) = (self.dice.between(6 * HOUR, 90 * HOUR), self.says(Line::Task));
        self.colour(last - MIN, |_| Deed::Plans { in_ms, title }, 20);
        last
    }

    /// Question and answer, so many times, between the first touch and the last.
    fn small_talk(&mut self, first: i64, last: i64, turns: i64) {
        let gap = (first - last) / (turns + 1);
        for turn in 1..=turns {
            let asked = quiet_at_night(first - turn * gap + self.dice.between(0, gap / 3), first - 2 * MIN);
            let line = *self.dice.pick(&SMALL_TALK);
            self.colour(asked, |tale| tale.writes(line), 75);
            let answered = (asked - self.dice.between(5 * MIN, 50 * MIN)).max(last + MIN);
            self.colour(answered, |tale| tale.answers(answer_to(line)), 60);
        }
    }

    /// Left alone until Stale, then called by the team lead. When that was.
    fn rescued(&mut self, least: i64, most: i64) -> i64 {
        let called = self.dice.between(least, most);
        self.in_touch_until(called + 51 * HOUR, called + 70 * HOUR);
        let note = Some(self.says(Line::Note));
        self.push(called, Deed::Calls { result: Outcome::LeftMessage, note, by_team_lead: true });
        called
    }

    fn answers_the_team_lead(&mut self, ago: i64) {
        let line = *self.dice.pick(&[Line::Agrees, Line::Thanks, Line::Question]);
        let text = self.says(line);
        self.push(ago, Deed::Writes { text, picture: false, to_team_lead: true });
    }

    fn wrong_number(&mut self) {
        let ago = self.dice.between(5 * HOUR, 36 * HOUR);
        let deed = self.writes(Line::Wrong);
        self.push(ago, deed);
        let deed = self.owner_calls(Outcome::WrongNumber);
        self.push(ago - 20 * MIN, deed);
        let text = self.says(Line::Note);
        self.push(ago - 21 * MIN, Deed::Meets { text });
        self.push(ago - 22 * MIN, Deed::Archives);
    }

    fn says(&mut self, line: Line) -> String {
        phrase(&mut self.dice, self.client, line)
    }

    fn writes(&mut self, line: Line) -> Deed {
        Deed::Writes { text: self.says(line), picture: false, to_team_lead: false }
    }

    fn picture(&mut self) -> Deed {
        let picture = !self.client.whatsapp;
        Deed::Writes { text: self.says(Line::Picture), picture, to_team_lead: false }
    }

    fn answers(&mut self, line: Line) -> Deed {
        Deed::Answers { text: self.says(line) }
    }

    fn meets(&mut self) -> Deed {
        Deed::Meets { text: self.says(Line::Note) }
    }

    fn owner_calls(&mut self, result: Outcome) -> Deed {
        let note = self.dice.percent(70).then(|| self.says(Line::Note));
        Deed::Calls { result, note, by_team_lead: false }
    }

    fn push(&mut self, ago_ms: i64, deed: Deed) {
        self.steps.push(Step { ago_ms: ago_ms.max(0), client: self.client.n, deed, colour: false });
    }

    /// Something that may be left out, so many times of a hundred.
    fn colour(&mut self, ago_ms: i64, deed: impl FnOnce(&mut Self) -> Deed, share: u64) {
        if self.dice.percent(share) {
            let deed = deed(self);
            self.steps.push(Step { ago_ms: ago_ms.max(0), client: self.client.n, deed, colour: true });
        }
    }
}

/// Nobody writes about flats between eleven and seven, as far as that is known from how long ago it was: eight hours of
/// each day before the present are put off to the evening before, but never before `first`.
fn quiet_at_night(ago: i64, first: i64) -> i64 {
    let of_day = ago.rem_euclid(24 * HOUR);
    let asleep = (10 * HOUR..18 * HOUR).contains(&of_day);
    if asleep { (ago + 18 * HOUR - of_day).min(first) } else { ago }
}
