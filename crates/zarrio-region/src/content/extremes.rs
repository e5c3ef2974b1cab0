//! Counts and extremes of numbers, many at a time.
//!
//! Every element of an archive goes through here, so the loops have neither branches nor
//! calls: numbers are taken in groups, with a minimum and a maximum for each place in a group,
//! which compilers turn into instructions for several numbers.

use super::{Content, Number};

/// Numbers of a group.
const GROUP: usize = 16;

/// A type of stored numbers.
pub(super) trait Stored: Copy + PartialOrd {
    /// No number is smaller.
    const LEAST: Self;
    /// No number is greater.
    const MOST: Self;

    /// The number in records.
    fn number(self) -> Number;
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Stored for $type {
            const LEAST: Self = Self::MIN;
            const MOST: Self = Self::MAX;

            fn number(self) -> Number {
                Number::Int(self.into())
            }
        }
    )*};
}

macro_rules! real {
    ($($type:ty),*) => {$(
        impl Stored for $type {
            const LEAST: Self = Self::NEG_INFINITY;
            const MOST: Self = Self::INFINITY;

            fn number(self) -> Number {
                // Of two zeros either may have been taken: the sign must not depend on the order.
                Number::Float(f64::from(self) + 0.0)
            }
        }
    )*};
}

whole!(i8, u8, i16, u16, i32, u32, i64, u64);
real!(f32, f64);

/// Whole numbers; `missing` are the codes that mean none.
pub(super) fn whole_numbers<T: Stored + TryFrom<i128>, const N: usize>(
    bytes: &[u8],
    missing: &[i128],
    read: impl Fn([u8; N]) -> T,
) -> Content {
    let codes: Vec<T> = missing
        .iter()
        .filter_map(|code| T::try_from(*code).ok())
        .collect();
    content(bytes, &codes, read)
}

/// Floating-point numbers; NaN is missing in any case.
pub(super) fn real_numbers<T: Stored + Into<f64>, const N: usize>(
    bytes: &[u8],
    missing: &[f64],
    narrow: impl Fn(f64) -> T,
    read: impl Fn([u8; N]) -> T,
) -> Content {
    // What the type does not have, no element is equal to.
    let codes: Vec<T> = missing
        .iter()
        .map(|code| (narrow(*code), *code))
        .filter(|(narrow, code)| Into::<f64>::into(*narrow) == *code)
        .map(|(narrow, _)| narrow)
        .collect();
    content(bytes, &codes, read)
}

fn content<T: Stored, const N: usize>(
    bytes: &[u8],
    codes: &[T],
    read: impl Fn([u8; N]) -> T,
) -> Content {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(
            unsafe_code,
            reason = "functions for some machines are unsafe on others"
        )]
        // SAFETY: the machine has what the function was compiled for.
        return unsafe { wide(bytes, codes, read) };
    }
    on_any_machine(bytes, codes, read)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn wide<T: Stored, const N: usize>(
    bytes: &[u8],
    codes: &[T],
    read: impl Fn([u8; N]) -> T,
) -> Content {
    on_any_machine(bytes, codes, read)
}

#[inline(always)]
fn on_any_machine<T: Stored, const N: usize>(
    bytes: &[u8],
    codes: &[T],
    read: impl Fn([u8; N]) -> T,
) -> Content {
    let (elements, _) = bytes.as_chunks::<N>();
    // NaN is not itself.
    #[expect(clippy::eq_op, reason = "a number that is not equal to itself is none")]
    let found = match codes {
        [] => extremes(elements, read, |v| v == v),
        [a] => extremes(elements, read, |v| (v == v) & (v != *a)),
        [a, b] => extremes(elements, read, |v| (v == v) & (v != *a) & (v != *b)),
        _ => extremes(elements, read, |v| v == v && !codes.contains(&v)),
    };
    let Extremes { there, least, most } = found;
    Content {
        values: elements.len() as u64,
        missing: elements.len() as u64 - there,
        min: (there > 0).then(|| least.number()),
        max: (there > 0).then(|| most.number()),
        ..Content::default()
    }
}

struct Extremes<T> {
    /// How many numbers there are that are not missing.
    there: u64,
    least: T,
    most: T,
}

#[inline(always)]
fn extremes<T: Stored, const N: usize>(
    elements: &[[u8; N]],
    read: impl Fn([u8; N]) -> T,
    is_there: impl Fn(T) -> bool,
) -> Extremes<T> {
    let (groups, rest) = elements.as_chunks::<GROUP>();
    let mut there = [0u32; GROUP];
    let (mut least, mut most) = ([T::MOST; GROUP], [T::LEAST; GROUP]);
    let mut look = |place: usize, element: [u8; N]| {
        let value = read(element);
        let counts = is_there(value);
        there[place] += u32::from(counts);
        let low = if counts { value } else { T::MOST };
        let high = if counts { value } else { T::LEAST };
        least[place] = if low < least[place] {
            low
        } else {
            least[place]
        };
        most[place] = if high > most[place] {
            high
        } else {
            most[place]
        };
    };
    for group in groups {
        for (place, element) in group.iter().enumerate() {
            look(place, *element);
        }
    }
    for (place, element) in rest.iter().enumerate() {
        look(place, *element);
    }
    let smaller = |a: T, b: T| if b < a { b } else { a };
    let greater = |a: T, b: T| if b > a { b } else { a };
    Extremes {
        there: there.iter().map(|n| u64::from(*n)).sum(),
        least: least.into_iter().fold(T::MOST, smaller),
        most: most.into_iter().fold(T::LEAST, greater),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One after the other.
    fn simply<T: Stored>(values: &[T], codes: &[T]) -> Content {
        let there = || {
            values
                .iter()
                .filter(|v| v.partial_cmp(v).is_some() && !codes.contains(v))
        };
        let by = |a: &&T, b: &&T| a.partial_cmp(b).unwrap();
        Content {
            values: values.len() as u64,
            missing: (values.len() - there().count()) as u64,
            min: there().min_by(by).map(|v| v.number()),
            max: there().max_by(by).map(|v| v.number()),
            ..Content::default()
        }
    }

    proptest! {
        #[test]
        fn groups_find_what_there_is(
            values in prop::collection::vec(prop_oneof![
                -3.0f32..3.0, Just(0.0), Just(-0.0), Just(1.0), Just(2.0), Just(f32::NAN),
                Just(f32::INFINITY), Just(f32::NEG_INFINITY)
            ], 0..70),
            codes in prop::collection::vec(prop_oneof![
                Just(0.0), Just(1.0), Just(2.0), Just(0.1), Just(f64::NAN), Just(f64::INFINITY)
            ], 0..4)
        ) {
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
            let found = real_numbers(&bytes, &codes, |c| c as f32, f32::from_ne_bytes);
            let narrow: Vec<f32> =
                codes.iter().filter(|c| **c != 0.1).map(|c| *c as f32).collect();
            prop_assert_eq!(found, simply(&values, &narrow));
            prop_assert_eq!(on_any_machine(&bytes, &narrow, f32::from_ne_bytes), found);

            let whole: Vec<i16> = values.iter().map(|v| (*v * 10_000.0) as i16).collect();
            let bytes: Vec<u8> = whole.iter().flat_map(|v| v.to_ne_bytes()).collect();
            let codes: Vec<i128> = codes.iter().map(|c| (*c as i128).saturating_mul(10_000)).collect();
            let narrow: Vec<i16> = codes.iter().filter_map(|c| i16::try_from(*c).ok()).collect();
            let found = whole_numbers(&bytes, &codes, i16::from_ne_bytes);
            prop_assert_eq!(found, simply(&whole, &narrow));
        }
    }
}
