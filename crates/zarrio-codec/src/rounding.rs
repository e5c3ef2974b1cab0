//! Rounding to fewer bits of the significand: the numbers stay floating-point, and the zeros
//! at their end compress well (BitRound; Klöwer and others 2021, Zender 2016).

use std::ops::{Add, BitAnd, Not, Shl, Shr};

use zarrio_model::DataType;

use crate::packing::PackStatistics;

/// The bits of the significand that keep so many significant decimal digits of every number:
/// the error stays below half a unit of the last digit.
#[must_use]
pub fn bits_for_digits(digits: u32) -> u32 {
    // Bits of a decimal digit: log2(10).
    (f64::from(digits) * std::f64::consts::LOG2_10).ceil() as u32
}

/// The bits of the significand that a type has; 0 where it is not floating-point.
#[must_use]
pub fn significand_bits(data_type: DataType) -> u32 {
    match data_type {
        DataType::Float32 => 23,
        DataType::Float64 => 52,
        _ => 0,
    }
}

/// Rounds floating-point numbers in native byte order to the nearest that has `bits` bits of
/// the significand, the even one of two. NaN, infinities and the numbers of `missing` stay as
/// they are, and no other number becomes infinite or one of those.
///
/// The relative error is below 2^-(bits + 1), or twice that beside a number of `missing` and
/// at the end of the type's range. The statistics count errors, with `squares` in the units
/// of the numbers.
pub fn keep_bits(
    data_type: DataType,
    bits: u32,
    missing: &[f64],
    bytes: &mut [u8],
) -> PackStatistics {
    let dropped = significand_bits(data_type).saturating_sub(bits);
    match data_type {
        DataType::Float32 => {
            let codes: Vec<u32> = missing.iter().map(|m| (*m as f32).to_bits()).collect();
            each::<4>(bytes, missing, |bytes| {
                let pattern = u32::from_ne_bytes(*bytes);
                let finite = f32::from_bits(pattern).is_finite();
                let result = if !finite || codes.contains(&pattern) {
                    pattern
                } else {
                    round(pattern, dropped, 1u32, |p| {
                        f32::from_bits(p).is_finite() && !codes.contains(&p)
                    })
                };
                *bytes = result.to_ne_bytes();
                [pattern, result].map(|p| f64::from(f32::from_bits(p)))
            })
        }
        DataType::Float64 => {
            let codes: Vec<u64> = missing.iter().map(|m| m.to_bits()).collect();
            each::<8>(bytes, missing, |bytes| {
                let pattern = u64::from_ne_bytes(*bytes);
                let finite = f64::from_bits(pattern).is_finite();
                let result = if !finite || codes.contains(&pattern) {
                    pattern
                } else {
                    round(pattern, dropped, 1u64, |p| {
                        f64::from_bits(p).is_finite() && !codes.contains(&p)
                    })
                };
                *bytes = result.to_ne_bytes();
                [pattern, result].map(f64::from_bits)
            })
        }
        _ => PackStatistics::default(),
    }
}

/// The pattern of a finite number with its last bits rounded away; the first of the nearest, the one towards
/// zero and the one away from it that is allowed.
fn round<P>(pattern: P, dropped: u32, one: P, allowed: impl Fn(P) -> bool) -> P
where
    P: Copy
        + Add<Output = P>
        + BitAnd<Output = P>
        + Not<Output = P>
        + Shl<u32, Output = P>
        + Shr<u32, Output = P>
        + std::ops::Sub<Output = P>,
{
    if dropped == 0 {
        return pattern;
    }
    let step = one << dropped;
    let mask = !(step - one);
    let half = (step >> 1) - one;
    let odd = (pattern >> dropped) & one;
    let nearest = (pattern + half + odd) & mask;
    let low = pattern & mask;
    let candidates = [nearest, low, low + step];
    candidates
        .into_iter()
        .find(|p| allowed(*p))
        .unwrap_or(pattern)
}

/// Changes every element and counts what became of it.
fn each<const N: usize>(
    bytes: &mut [u8],
    missing: &[f64],
    mut change: impl FnMut(&mut [u8; N]) -> [f64; 2],
) -> PackStatistics {
    let mut statistics = PackStatistics::default();
    for element in bytes.as_chunks_mut::<N>().0 {
        let [before, after] = change(element);
        let extent = &mut statistics.extent;
        extent.count += 1;
        if before.is_nan() || missing.contains(&before) {
            extent.missing += 1;
        } else if before.is_infinite() {
            extent.infinite += 1;
        } else {
            extent.min = extent.min.min(before);
            extent.max = extent.max.max(before);
            let error = (after - before).abs();
            statistics.largest_error = statistics.largest_error.max(error);
            statistics.squares += error * error;
        }
    }
    statistics
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounded(value: f64, bits: u32, missing: &[f64]) -> f64 {
        let mut bytes = value.to_ne_bytes();
        keep_bits(DataType::Float64, bits, missing, &mut bytes);
        f64::from_ne_bytes(bytes)
    }

    #[test]
    fn nothing_becomes_missing_or_infinite() {
        assert_eq!(rounded(f64::MAX, 3, &[]), 1.875 * 2f64.powi(1023));
        assert!(rounded(f64::NAN, 3, &[]).is_nan());
        assert_eq!(rounded(f64::INFINITY, 3, &[]), f64::INFINITY);
        let code = -32768.0;
        assert_eq!(rounded(code, 3, &[code]), code);
        for value in [-32767.9, -32768.1] {
            let result = rounded(value, 3, &[code]);
            assert!(
                result != code && (result - value).abs() <= 4096.1,
                "{result}"
            );
        }
        assert_eq!(rounded(-9999.0, 3, &[-9999.0]), -9999.0);
    }

    #[test]
    fn what_is_no_number_keeps_all_its_bits() {
        for bits in 0..24 {
            for pattern in [0x7f80_0001, 0xff80_0000, 0xffc0_0000, u32::MAX] {
                let mut bytes = pattern.to_ne_bytes();
                keep_bits(DataType::Float32, bits, &[], &mut bytes);
                assert_eq!(u32::from_ne_bytes(bytes), pattern, "{bits} bits");
            }
            for pattern in [0x7ff0_0000_0000_0001, 0xfff8_0000_0000_0000, u64::MAX] {
                let value = f64::from_bits(pattern);
                assert_eq!(rounded(value, bits, &[]).to_bits(), pattern, "{bits} bits");
            }
        }
    }

    proptest! {
        #[test]
        fn errors_are_bounded_and_bits_are_zero(pattern: u64, single: u32, bits in 1u32..24, digits in 1u32..8) {
            let value = f64::from_bits(pattern);
            let result = rounded(value, bits, &[]);
            if value.is_finite() {
                prop_assert_eq!(result.to_bits() & ((1 << (52 - bits)) - 1), 0);
                if value.is_normal() && result.is_normal() {
                    prop_assert!((result - value).abs() <= value.abs() * 2f64.powi(-(bits as i32)));
                    let digits_kept = rounded(value, bits_for_digits(digits), &[]);
                    let unit = 10f64.powi(value.abs().log10().floor() as i32 + 1 - digits as i32);
                    if unit.is_normal() && value.abs() < 1e300 {
                        prop_assert!((digits_kept - value).abs() <= unit / 2.0 * 1.000_001);
                    }
                }
            } else {
                prop_assert_eq!(result.to_bits(), value.to_bits());
            }
            let value = f32::from_bits(single);
            let mut bytes = value.to_ne_bytes();
            let statistics = keep_bits(DataType::Float32, bits, &[1.5], &mut bytes);
            let result = f32::from_ne_bytes(bytes);
            prop_assert_eq!(result.is_finite(), value.is_finite());
            if value.is_finite() && value != 1.5 {
                let error = (f64::from(result) - f64::from(value)).abs();
                prop_assert_eq!(statistics.largest_error, error);
                prop_assert!(result != 1.5);
            }
        }
    }
}
