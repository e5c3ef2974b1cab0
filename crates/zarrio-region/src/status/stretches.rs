//! The states of a variable along its axis, from boxes of elements.

use std::ops::Range;

use serde::Serialize;

use crate::describe::TimeRange;

/// What there is at a stretch of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was written.
    Written,
    /// It was written, and all of it is missing.
    AllMissing,
    /// Somebody declared that there are no data.
    Gap,
    /// It was not written, not all of it, or it was lost.
    Absent,
}

/// Neighbouring positions along the axis with one state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    /// The first position.
    pub start: u64,
    /// The position behind the last one.
    pub end: u64,
    /// What there is; of several at one position, the last of the order written, all missing,
    /// gap, absent.
    pub state: State,
    /// The part of the elements that is there, or declared not to be, where it is absent only
    /// in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered: Option<f64>,
    /// Whether chunks that records tell of are not in the store.
    #[serde(skip_serializing_if = "is_false")]
    pub lost: bool,
    /// Whether somebody began to write here and has not finished.
    #[serde(skip_serializing_if = "is_false")]
    pub unfinished: bool,
    /// The labels at both ends, where they are times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeRange>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What elements are counted as; lost and all missing ones are counted as data too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Data,
    AllMissing,
    Gap,
    Lost,
    Begun,
}

/// Counts of elements along an axis.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Where how many elements of a class begin; where they end it is less than 0.
    changes: Vec<(u64, Class, i128)>,
}

impl Tally {
    /// At each of some positions there are so many elements of a class.
    pub(super) fn add(&mut self, positions: Range<u64>, class: Class, elements: u64) {
        if positions.start < positions.end && elements > 0 {
            self.changes.push((positions.start, class, elements.into()));
            self.changes
                .push((positions.end, class, -i128::from(elements)));
        }
    }

    /// The stretches of an axis of a length, with so many elements at each position.
    pub(super) fn stretches(mut self, length: u64, elements: u64) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        if elements == 0 {
            return stretches;
        }
        self.changes.sort_unstable_by_key(|(at, ..)| *at);
        let mut changes = self.changes.into_iter().peekable();
        let (mut counts, mut position) = ([0i128; 5], 0);
        while position < length {
            while let Some((_, class, by)) = changes.next_if(|(at, ..)| *at <= position) {
                counts[class as usize] += by;
            }
            let end = changes.peek().map_or(length, |(at, ..)| (*at).min(length));
            let stretch = stretch(position..end, &counts, elements.into());
            match stretches.last_mut() {
                Some(last) if last.is_like(&stretch) => last.end = end,
                _ => stretches.push(stretch),
            }
            position = end;
        }
        stretches
    }
}

fn stretch(positions: Range<u64>, counts: &[i128; 5], elements: i128) -> Stretch {
    let of = |class: Class| counts[class as usize];
    let present = of(Class::Data) - of(Class::Lost);
    let covered = present + of(Class::Gap);
    let absent = covered < elements;
    Stretch {
        start: positions.start,
        end: positions.end,
        state: if absent {
            State::Absent
        } else if of(Class::Gap) > 0 {
            State::Gap
        } else if of(Class::AllMissing) >= of(Class::Data) {
            State::AllMissing
        } else {
            State::Written
        },
        covered: (absent && covered > 0).then(|| covered as f64 / elements as f64),
        lost: of(Class::Lost) > 0,
        unfinished: of(Class::Begun) > 0,
        time: None,
    }
}

impl Stretch {
    /// Whether both differ in nothing but their positions.
    fn is_like(&self, other: &Self) -> bool {
        (self.state, self.covered, self.lost, self.unfinished)
            == (other.state, other.covered, other.lost, other.unfinished)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_state_counts() {
        let mut tally = Tally::default();
        tally.add(0..6, Class::Data, 4);
        tally.add(1..2, Class::AllMissing, 4);
        tally.add(2..3, Class::AllMissing, 1);
        tally.add(6..7, Class::Gap, 4);
        tally.add(7..8, Class::Data, 3);
        tally.add(7..8, Class::Gap, 1);
        tally.add(8..9, Class::Data, 1);
        tally.add(5..6, Class::Lost, 2);
        tally.add(9..10, Class::Begun, 4);
        let found: Vec<_> = tally
            .stretches(12, 4)
            .into_iter()
            .map(|s| (s.start..s.end, s.state, s.covered, s.lost, s.unfinished))
            .collect();
        assert_eq!(
            found,
            [
                (0..1, State::Written, None, false, false),
                (1..2, State::AllMissing, None, false, false),
                (2..5, State::Written, None, false, false),
                (5..6, State::Absent, Some(0.5), true, false),
                (6..8, State::Gap, None, false, false),
                (8..9, State::Absent, Some(0.25), false, false),
                (9..10, State::Absent, None, false, true),
                (10..12, State::Absent, None, false, false),
            ]
        );
        assert_eq!(Tally::default().stretches(5, 0), []);
    }
}
