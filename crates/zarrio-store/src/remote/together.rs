//! Objects and parts of objects that are requested together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::RemoteObject;
use super::object::BLOCK;
use crate::StoreError;

/// What is held of parts that were requested together, but for one that is larger.
const TOGETHER: u64 = 16 << 20;

/// What one request is for: parts that are small come in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Block(u64),
    Part { start: u64, end: u64 },
}

impl RemoteObject {
    /// The bytes of the first of some parts, at least of one, by requests that are under way at
    /// once.
    ///
    /// # Errors
    /// As [`read_exact_at`](Self::read_exact_at).
    pub fn read_together(&self, parts: &[Range<u64>]) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut wanted: BTreeSet<Unit> = BTreeSet::new();
        let (mut taken, mut held) = (0, 0_u64);
        for part in parts {
            self.check_within(part)?;
            let new = units_of(part).filter(|unit| !wanted.contains(unit));
            let new: Vec<Unit> = new.collect();
            held = held.saturating_add(new.iter().map(|unit| unit.bytes()).sum());
            if taken > 0 && held > TOGETHER {
                break;
            }
            wanted.extend(new);
            taken += 1;
        }
        let wanted: Vec<Unit> = wanted.into_iter().collect();
        let found = each(self.calls_at_once(), &wanted, |unit| match *unit {
            Unit::Block(number) => self.block(number),
            Unit::Part { start, end } => self.part(start, end - start),
        })?;
        let units: BTreeMap<Unit, Bytes> = wanted.into_iter().zip(found).collect();
        let assemble = |part: &Range<u64>| {
            let mut bytes = Vec::with_capacity((part.end - part.start) as usize);
            for unit in units_of(part) {
                let found = units.get(&unit);
                let wanted = found.and_then(|found| found.get(unit.cut(part, found.len())));
                bytes.extend_from_slice(wanted.unwrap_or_default());
            }
            match bytes.len() as u64 == part.end - part.start {
                true => Ok(bytes),
                false => Err(self.changed()),
            }
        };
        parts[..taken].iter().map(assemble).collect()
    }
}

/// The results of some work for each of several items, in their order, by threads that wait for
/// answers.
///
/// # Errors
/// The first error; nothing more is begun after it.
pub(super) fn each<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, StoreError> + Sync,
) -> Result<Vec<R>, StoreError> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Ok(Vec::new())));
    let carry_on = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return;
            };
            let result = work(item);
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            match (result, &mut *done) {
                (Ok(result), Ok(results)) => results.push((number, result)),
                (Ok(_), Err(_)) => return,
                (Err(error), _) => {
                    *done = Err(error);
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            let started = std::thread::Builder::new().name("zarrio-fetch".into());
            // This thread does all that others do not.
            if started.spawn_scoped(scope, carry_on).is_err() {
                break;
            }
        }
        carry_on();
    });
    let mut results = done.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    results.sort_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

fn units_of(part: &Range<u64>) -> impl Iterator<Item = Unit> {
    let Range { start, end } = *part;
    let is_small = end - start <= BLOCK;
    let blocks = match is_small && start < end {
        true => start / BLOCK..end.div_ceil(BLOCK),
        false => 0..0,
    };
    let whole = (!is_small).then_some(Unit::Part { start, end });
    blocks.map(Unit::Block).chain(whole)
}

impl Unit {
    const fn bytes(self) -> u64 {
        match self {
            Self::Block(_) => BLOCK,
            Self::Part { start, end } => end - start,
        }
    }

    /// Where in it, of so many bytes, what it has of a part is.
    fn cut(self, part: &Range<u64>, length: usize) -> Range<usize> {
        let offset = match self {
            Self::Block(number) => number * BLOCK,
            Self::Part { start, .. } => start,
        };
        let within = |at: u64| usize::try_from(at.saturating_sub(offset)).unwrap_or(usize::MAX);
        within(part.start).min(length)..within(part.end).min(length)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use proptest::prelude::*;

    use super::*;
    use crate::remote::{Address, RemoteStore};
    use crate::{Key, Store as _, StoreErrorKind};

    fn store(bytes: &[u8]) -> (RemoteStore, Key) {
        let address = Address::parse("s3://bucket/files").unwrap().unwrap();
        let store = RemoteStore::over(Arc::new(InMemory::new()), address).unwrap();
        let key = Key::new("a.nc").unwrap();
        store.put(&key, bytes).unwrap();
        (store, key)
    }

    fn object(bytes: &[u8]) -> RemoteObject {
        let (store, key) = store(bytes);
        RemoteObject::within(store, key).unwrap().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn parts_are_what_they_are_one_by_one(
            parts in prop::collection::vec((0u64..30 << 20, 0u64..3 << 20), 1..40),
        ) {
            let size = 33_u64 << 20;
            let bytes: Vec<u8> = (0..size / 4).flat_map(|i| (i as u32).to_le_bytes()).collect();
            let object = object(&bytes);
            let parts: Vec<Range<u64>> = parts.into_iter().map(|(at, n)| at..at + n).collect();
            let mut rest = &parts[..];
            while !rest.is_empty() {
                let read = object.read_together(rest).unwrap();
                prop_assert!(!read.is_empty());
                for (part, read) in rest.iter().zip(&read) {
                    prop_assert!(*read == bytes[part.start as usize..part.end as usize]);
                }
                let held: usize = read.iter().map(Vec::len).sum();
                prop_assert!(read.len() == 1 || held as u64 <= TOGETHER);
                rest = &rest[read.len()..];
            }
        }
    }

    #[test]
    fn small_parts_in_a_block_take_one_request_and_what_is_beyond_the_end_is_an_error() {
        let object = object(&[7; 3000]);
        let before = object.requests();
        let parts: Vec<Range<u64>> = (0..30).map(|i| i * 100..i * 100 + 50).collect();
        assert_eq!(object.read_together(&parts).unwrap().len(), 30);
        assert_eq!(object.requests().since(before).get, 1);
        let error = object.read_together(&[0..10, 2990..3001]).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidRange);
    }

    #[test]
    fn parts_of_an_object_that_was_replaced_are_an_error() {
        let (store, key) = store(&[7; 3000]);
        let object = RemoteObject::within(store.clone(), key.clone())
            .unwrap()
            .unwrap();
        store.put(&key, &[8; 3000]).unwrap();
        let error = object.read_together(&[0..10, 20..30]).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Changed);
    }
}
