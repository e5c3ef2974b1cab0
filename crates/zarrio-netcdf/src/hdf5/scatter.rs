//! Copying boxes between arrays in C order.

use std::marker::PhantomData;
use std::ops::Range;

use super::fault::{Fault, Outcome};

/// Calls `each` with the runs of bytes that `inner` takes in two arrays in C order, which
/// cover the ranges `a` and `b`: the offset in the one, the offset in the other, the length.
///
/// `inner` has to lie within both. The offsets rise from run to run.
pub(super) fn for_each_run(
    inner: &[Range<u64>],
    a: &[Range<u64>],
    b: &[Range<u64>],
    element_size: usize,
    mut each: impl FnMut(usize, usize, usize) -> Outcome<()>,
) -> Outcome<()> {
    if inner.iter().any(Range::is_empty) {
        return Ok(());
    }
    let plan = Plan::new(inner, a, b, element_size).ok_or_else(super::file::overflow)?;
    let Plan {
        mut at_a,
        mut at_b,
        run,
        outer,
    } = plan;
    let mut position = vec![0; outer.len()];
    loop {
        each(at_a, at_b, run)?;
        // The next position: the last dimension counts fastest.
        let mut dimension = outer.len();
        loop {
            let Some(next) = dimension.checked_sub(1) else {
                return Ok(());
            };
            dimension = next;
            let step = &outer[dimension];
            position[dimension] += 1;
            if position[dimension] < step.count {
                at_a += step.a;
                at_b += step.b;
                break;
            }
            at_a -= step.a * (step.count - 1);
            at_b -= step.b * (step.count - 1);
            position[dimension] = 0;
        }
    }
}

/// Where the runs start and how they repeat, in bytes.
struct Plan {
    at_a: usize,
    at_b: usize,
    run: usize,
    outer: Vec<Step>,
}

struct Step {
    count: usize,
    a: usize,
    b: usize,
}

impl Plan {
    /// `None` when an array is larger than the address space.
    fn new(
        inner: &[Range<u64>],
        a: &[Range<u64>],
        b: &[Range<u64>],
        element_size: usize,
    ) -> Option<Self> {
        let length = |range: &Range<u64>| usize::try_from(range.end - range.start).ok();
        let mut this = Self {
            at_a: 0,
            at_b: 0,
            run: element_size,
            outer: Vec::new(),
        };
        let (mut stride_a, mut stride_b) = (element_size, element_size);
        // Inner dimensions that are whole in both arrays make one run with the next.
        let mut joins = true;
        for ((inner, a), b) in inner.iter().zip(a).zip(b).rev() {
            let offset =
                |range: &Range<u64>| usize::try_from(inner.start.checked_sub(range.start)?).ok();
            let count = length(inner)?;
            this.at_a = this.at_a.checked_add(offset(a)?.checked_mul(stride_a)?)?;
            this.at_b = this.at_b.checked_add(offset(b)?.checked_mul(stride_b)?)?;
            if joins {
                this.run = this.run.checked_mul(count)?;
            } else {
                this.outer.push(Step {
                    count,
                    a: stride_a,
                    b: stride_b,
                });
            }
            joins = joins && inner == a && inner == b;
            stride_a = stride_a.checked_mul(length(a)?)?;
            stride_b = stride_b.checked_mul(length(b)?)?;
        }
        this.outer.reverse();
        Some(this)
    }
}

/// A buffer for a region, which several threads fill at disjoint places.
pub(super) struct Target<'o> {
    start: *mut u8,
    length: usize,
    /// The region that the buffer holds.
    pub(super) ranges: &'o [Range<u64>],
    pub(super) element_size: usize,
    buffer: PhantomData<&'o mut [u8]>,
}

// SAFETY: the pointer stands for an exclusive borrow of bytes, which may go to any thread;
// sharing it gives access only through `piece`, whose callers keep to disjoint parts.
#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
unsafe impl Send for Target<'_> {}
// SAFETY: see above.
#[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
unsafe impl Sync for Target<'_> {}

impl<'o> Target<'o> {
    pub(super) fn new(buffer: &'o mut [u8], ranges: &'o [Range<u64>], element_size: usize) -> Self {
        let (start, length) = (buffer.as_mut_ptr(), buffer.len());
        Self {
            start,
            length,
            ranges,
            element_size,
            buffer: PhantomData,
        }
    }

    /// Some bytes of the buffer.
    ///
    /// # Safety
    /// While the result lives, no other piece may overlap it.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
    #[expect(clippy::mut_from_ref, reason = "the caller keeps pieces apart")]
    unsafe fn piece(&self, offset: usize, length: usize) -> Outcome<&mut [u8]> {
        if offset
            .checked_add(length)
            .is_none_or(|end| end > self.length)
        {
            return Err(Fault::invalid("a part of an array lies outside it"));
        }
        // SAFETY: the range is within the borrowed buffer, as just checked, and the caller
        // warrants that nothing else refers to it.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.start.add(offset), length) })
    }

    /// Hands out the places of `inner`, with their offsets in an array that covers `source`.
    ///
    /// # Safety
    /// No other thread may be writing a box that overlaps `inner`, and `each` must not keep
    /// what it is given.
    #[expect(unsafe_code, reason = "threads write disjoint parts of one buffer")]
    pub(super) unsafe fn write(
        &self,
        inner: &[Range<u64>],
        source: &[Range<u64>],
        mut each: impl FnMut(usize, &mut [u8]) -> Outcome<()>,
    ) -> Outcome<()> {
        for_each_run(
            inner,
            source,
            self.ranges,
            self.element_size,
            |from, to, length| {
                // SAFETY: disjoint boxes of one array have disjoint runs; the caller warrants
                // that the boxes are, and the runs of one box come one after the other.
                each(from, unsafe { self.piece(to, length)? })
            },
        )
    }
}

/// Fills `place` with repetitions of `pattern`, or with zeros when that is empty.
pub(super) fn fill(place: &mut [u8], pattern: &[u8]) {
    match pattern {
        [] => place.fill(0),
        [first, rest @ ..] if rest.iter().all(|byte| byte == first) => place.fill(*first),
        _ => {
            for element in place.chunks_mut(pattern.len()) {
                element.copy_from_slice(&pattern[..element.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A box, and a box around it.
    fn nested() -> impl Strategy<Value = Vec<(Range<u64>, Range<u64>, Range<u64>)>> {
        let dimension = (0..4u64, 1..5u64, 0..3u64, 0..3u64, 0..3u64, 0..3u64).prop_map(
            |(start, length, before_a, after_a, before_b, after_b)| {
                let inner = start + 3..start + 3 + length;
                let a = inner.start - before_a..inner.end + after_a;
                let b = inner.start - before_b..inner.end + after_b;
                (inner, a, b)
            },
        );
        prop::collection::vec(dimension, 0..4)
    }

    /// The numbers of the elements of `inner` within `outer`, one by one.
    fn numbers(inner: &[Range<u64>], outer: &[Range<u64>]) -> Vec<u64> {
        let mut numbers = vec![0];
        for (inner, outer) in inner.iter().zip(outer) {
            numbers = numbers
                .iter()
                .flat_map(|number| {
                    let length = outer.end - outer.start;
                    inner
                        .clone()
                        .map(move |at| number * length + at - outer.start)
                })
                .collect();
        }
        numbers
    }

    proptest! {
        #[test]
        fn runs_are_the_elements_in_order(dimensions in nested(), size in 1..4usize) {
            let inner: Vec<_> = dimensions.iter().map(|d| d.0.clone()).collect();
            let a: Vec<_> = dimensions.iter().map(|d| d.1.clone()).collect();
            let b: Vec<_> = dimensions.iter().map(|d| d.2.clone()).collect();
            let (mut from, mut to) = (Vec::new(), Vec::new());
            for_each_run(&inner, &a, &b, size, |at_a, at_b, length| {
                for element in (0..length).step_by(size) {
                    from.push(((at_a + element) / size) as u64);
                    to.push(((at_b + element) / size) as u64);
                }
                Ok(())
            })
            .map_err(|fault| TestCaseError::fail(format!("{fault:?}")))?;
            prop_assert_eq!(from, numbers(&inner, &a));
            prop_assert_eq!(to, numbers(&inner, &b));
        }
    }

    #[test]
    fn patterns_repeat() {
        let mut place = [9; 7];
        fill(&mut place, &[1, 2, 3]);
        assert_eq!(place, [1, 2, 3, 1, 2, 3, 1]);
        fill(&mut place, &[4, 4]);
        assert_eq!(place, [4; 7]);
        fill(&mut place, &[]);
        assert_eq!(place, [0; 7]);
    }
}
