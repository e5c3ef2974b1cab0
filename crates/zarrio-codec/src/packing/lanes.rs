//! What is found out about the elements of a tile, in several lanes side by side.

use super::code::Sample;

/// Independent sums of one statistic. Their number fixes the order of additions, so that
/// results do not depend on the machine.
pub(super) const LANES: usize = 8;

/// The least and the greatest numbers.
#[derive(Clone, Copy)]
pub(super) struct Ends<S> {
    low: [S; LANES],
    high: [S; LANES],
}

impl<S: Sample> Ends<S> {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self {
            low: [S::INFINITY; LANES],
            high: [S::INFINITY.negative(); LANES],
        }
    }

    #[inline(always)]
    pub(super) fn one(&mut self, lane: usize, value: S) {
        // NaN is neither less nor greater than anything.
        self.low[lane] = less(value, self.low[lane]);
        self.high[lane] = greater(value, self.high[lane]);
    }

    #[inline(always)]
    pub(super) fn and(mut self, other: &Self) -> Self {
        for l in 0..LANES {
            self.low[l] = less(other.low[l], self.low[l]);
            self.high[l] = greater(other.high[l], self.high[l]);
        }
        self
    }

    /// Whether all numbers lie between two, or are one of them.
    #[inline(always)]
    pub(super) fn lie_within(&self, (low, high): (S, S)) -> bool {
        let mut within = true;
        for l in 0..LANES {
            within &= (self.low[l] >= low) & (self.high[l] <= high);
        }
        within
    }

    #[inline(always)]
    pub(super) fn least(&self) -> S {
        fold(self.low, less)
    }

    #[inline(always)]
    pub(super) fn greatest(&self) -> S {
        fold(self.high, greater)
    }
}

/// The first of two numbers where it is less; else the second.
#[inline(always)]
fn less<T: PartialOrd>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

/// The first of two numbers where it is greater; else the second.
#[inline(always)]
pub(super) fn greater<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// One number of all lanes.
#[inline(always)]
fn fold<T>(lanes: [T; LANES], both: impl Fn(T, T) -> T) -> T {
    // Measured: a compiler that sees through to the end cuts the vectors of the loop before
    // it into the halves and quarters that are wanted here.
    let [a, b, c, d, e, f, g, h] = std::hint::black_box(lanes);
    both(both(both(a, b), both(c, d)), both(both(e, f), both(g, h)))
}

/// Sums of errors.
#[derive(Default)]
pub(super) struct Sums {
    largest: [f64; LANES],
    squares: [f64; LANES],
}

impl Sums {
    #[inline(always)]
    pub(super) fn new(errors: &[f64], inverse: f64) -> Self {
        let mut sums = Self::default();
        for group in errors.as_chunks::<LANES>().0 {
            for (l, error) in group.iter().enumerate() {
                sums.one(l, *error, inverse);
            }
        }
        sums
    }

    #[inline(always)]
    fn one(&mut self, lane: usize, error: f64, inverse: f64) {
        let size = error.abs();
        self.largest[lane] = greater(size, self.largest[lane]);
        let codes = error * inverse;
        self.squares[lane] += codes * codes;
    }

    #[inline(always)]
    pub(super) fn add(&mut self, other: &Self) {
        for l in 0..LANES {
            self.largest[l] = greater(self.largest[l], other.largest[l]);
            self.squares[l] += other.squares[l];
        }
    }

    #[inline(always)]
    pub(super) fn largest(&self) -> f64 {
        fold(self.largest, greater)
    }

    pub(super) fn squares(&self) -> f64 {
        self.squares.into_iter().sum()
    }
}
