//! How many requests of each kind were made.

use std::fmt;
#[cfg(any(test, feature = "remote"))]
use std::sync::Arc;
#[cfg(any(test, feature = "remote"))]
use std::sync::atomic::{AtomicU64, Ordering};

/// Requests of one store since it was opened, without the client library's retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Requests {
    /// Objects or parts of them that were read.
    pub get: u64,
    /// Objects that were written.
    pub put: u64,
    /// Questions whether an object is there, and how large.
    pub head: u64,
    /// Pages of listings, at least: a listing counts once.
    pub list: u64,
    /// Objects that were removed.
    pub delete: u64,
}

impl Requests {
    /// The requests since an earlier count.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self {
            get: self.get.saturating_sub(earlier.get),
            put: self.put.saturating_sub(earlier.put),
            head: self.head.saturating_sub(earlier.head),
            list: self.list.saturating_sub(earlier.list),
            delete: self.delete.saturating_sub(earlier.delete),
        }
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "GET {}, PUT {}, HEAD {}, LIST {}, DELETE {}",
            self.get, self.put, self.head, self.list, self.delete
        )
    }
}

/// The counts, shared by all who ask.
#[cfg(any(test, feature = "remote"))]
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters(Arc<[AtomicU64; 5]>);

/// What kind of request.
#[cfg(any(test, feature = "remote"))]
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Get,
    Put,
    Head,
    List,
    Delete,
}

#[cfg(any(test, feature = "remote"))]
impl Counters {
    pub(crate) fn count(&self, kind: Kind) {
        self.0[kind as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn so_far(&self) -> Requests {
        let of = |kind: Kind| self.0[kind as usize].load(Ordering::Relaxed);
        Requests {
            get: of(Kind::Get),
            put: of(Kind::Put),
            head: of(Kind::Head),
            list: of(Kind::List),
            delete: of(Kind::Delete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_for_itself() {
        let counters = Counters::default();
        let other = counters.clone();
        counters.count(Kind::Put);
        other.count(Kind::Put);
        other.count(Kind::Delete);
        assert_eq!(
            counters.so_far().to_string(),
            "GET 0, PUT 2, HEAD 0, LIST 0, DELETE 1"
        );
    }
}
