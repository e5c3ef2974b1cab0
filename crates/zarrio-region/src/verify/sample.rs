//! Which parts of a large archive are looked at.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::options::VerifyOptions;

/// A share of all work, within a time.
#[derive(Debug)]
pub(super) struct Sample {
    share: Option<f64>,
    until: Option<Instant>,
    over: AtomicBool,
    /// Elements that were looked at, and all that there are.
    seen: AtomicU64,
    all: AtomicU64,
}

impl Sample {
    pub(super) fn new(options: &VerifyOptions, begun: Instant) -> Self {
        Self {
            share: options.sample,
            until: options
                .max_duration
                .and_then(|time| begun.checked_add(time)),
            over: AtomicBool::default(),
            seen: AtomicU64::default(),
            all: AtomicU64::default(),
        }
    }

    /// Whether less than everything may be looked at.
    pub(super) fn is_part(&self) -> bool {
        self.share.is_some() || self.until.is_some()
    }

    /// Whether a piece of work belongs to the sample. The same pieces do in every run.
    pub(super) fn takes(&self, name: &str, piece: u64) -> bool {
        let within = |share: f64| (rank(name, piece) as f64) < share * u64::MAX as f64;
        // What is small is looked at whole where the first piece is all.
        self.share.is_none_or(|share| piece == 0 || within(share))
    }

    /// Whether the time is over.
    pub(super) fn is_late(&self) -> bool {
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        if late {
            self.over.store(true, Ordering::Relaxed);
        }
        late
    }

    /// Whether work was left because the time was over.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, seen: u64, all: u64) {
        self.seen.fetch_add(seen, Ordering::Relaxed);
        self.all.fetch_add(all, Ordering::Relaxed);
    }

    pub(super) fn share(&self) -> f64 {
        let all = self.all.load(Ordering::Relaxed);
        let seen = self.seen.load(Ordering::Relaxed);
        if all == 0 {
            1.0
        } else {
            (seen as f64 / all as f64).min(1.0)
        }
    }
}

/// A number for a piece of work by which pieces are mixed.
pub(super) fn rank(name: &str, piece: u64) -> u64 {
    let mut bytes = name.as_bytes().to_vec();
    bytes.extend(piece.to_le_bytes());
    crate::content::hash(&bytes) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_about_that_and_always_the_same() {
        let options = VerifyOptions {
            sample: Some(0.1),
            ..VerifyOptions::default()
        };
        let sample = Sample::new(&options, Instant::now());
        let taken: Vec<u64> = (0..10_000).filter(|i| sample.takes("t", *i)).collect();
        assert!((900..1100).contains(&taken.len()), "{}", taken.len());
        assert_eq!(taken[0], 0, "something of every variable is looked at");
        let again: Vec<u64> = (0..10_000).filter(|i| sample.takes("t", *i)).collect();
        assert_eq!(taken, again);
        let all = Sample::new(&VerifyOptions::default(), Instant::now());
        assert!((0..100).all(|i| all.takes("t", i)) && !all.is_part());
    }
}
