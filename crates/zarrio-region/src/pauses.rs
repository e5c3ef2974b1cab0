//! Waiting for somebody else to be done.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// Pauses between looks, of which each is twice as long as the one before: on a server a look
/// takes several requests.
#[derive(Debug)]
pub(crate) struct Pauses(Duration);

impl Pauses {
    pub(crate) const fn new() -> Self {
        Self(FIRST)
    }

    /// How long the next one is.
    fn next(&mut self) -> Duration {
        let next = self.0;
        self.0 = LONGEST.min(self.0 * 2);
        next
    }

    pub(crate) fn pause(&mut self) {
        std::thread::sleep(self.next());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_takes_few_looks() {
        let mut pauses = Pauses::new();
        assert_eq!(pauses.next(), FIRST);
        let mut waited = FIRST;
        let mut looks = 1;
        while waited < Duration::from_secs(60) {
            waited += pauses.next();
            looks += 1;
        }
        assert!(looks < 70, "{looks}");
    }
}
