//! The states of a variable as a line of signs.

use zarrio_region::{State, Stretch};

/// What the signs mean.
pub(super) const LEGEND: &str = "█ written  ▒ written, all missing  ─ declared gap  · absent";

/// A line of at most `width` signs for an axis of a length; each stands for one position or
/// several, and shows the worst of their states.
pub(super) fn line(stretches: &[Stretch], length: u64, width: u64) -> String {
    let width = width.max(1);
    let mut line = String::new();
    let mut first = 0;
    for column in 0..width {
        let at = |column: u64| (u128::from(column) * u128::from(length) / u128::from(width)) as u64;
        let start = at(column);
        let end = at(column + 1).max(start + 1);
        while stretches.get(first).is_some_and(|s| s.end <= start) {
            first += 1;
        }
        let met = stretches.iter().skip(first).take_while(|s| s.start < end);
        if let Some(worst) = met.map(|stretch| stretch.state).max() {
            line.push(sign(worst));
        }
    }
    line
}

fn sign(state: State) -> char {
    match state {
        State::Written => '█',
        State::AllMissing => '▒',
        State::Gap => '─',
        State::Absent => '·',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(parts: &[(u64, State)]) -> Vec<Stretch> {
        let mut start = 0;
        let stretch = |&(end, state): &(u64, State)| {
            let stretch = Stretch {
                start,
                end,
                state,
                covered: None,
                lost: false,
                unfinished: false,
                time: None,
            };
            start = end;
            stretch
        };
        parts.iter().map(stretch).collect()
    }

    #[test]
    fn one_absent_hour_of_a_year_is_seen() {
        for hour in [0, 1, 4000, 8758, 8759] {
            let year = stretches(&[
                (hour, State::Written),
                (hour + 1, State::Absent),
                (8760, State::Written),
            ]);
            for width in [30, 80, 200] {
                let line = line(&year, 8760, width);
                assert_eq!(line.chars().count() as u64, width);
                assert_eq!(line.matches('·').count(), 1, "{line}");
            }
        }
    }

    #[test]
    fn every_position_and_every_state_is_shown() {
        let parts = [
            (1, State::Written),
            (2, State::Gap),
            (3, State::AllMissing),
            (4, State::Absent),
        ];
        let stretches = stretches(&parts);
        assert_eq!(line(&stretches, 4, 4), "█─▒·");
        assert_eq!(line(&stretches, 4, 8), "██──▒▒··");
        assert_eq!(line(&stretches, 4, 2), "─·");
        assert_eq!(line(&stretches, 4, 1), "·");
        assert_eq!(line(&[], 0, 10), "");
    }
}
