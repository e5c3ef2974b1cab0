use proptest::prelude::*;
use zarrio_model::DataType;
use zarrio_model::config::{PackingBits, PackingRange};

use super::dispatch;
use super::kernel::{self, Constants};
use super::{ByteOrder, Extent, PackStatistics, Packing};

fn packing(min: f64, max: f64, bits: u8) -> Packing {
    let bits = PackingBits::from_bits(bits).unwrap();
    Packing::for_range(PackingRange { min, max }, bits).unwrap()
}

fn bytes<const N: usize, T: Copy>(values: &[T], turn: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|v| turn(*v)).collect()
}

fn codes(packing: &Packing, bytes: &[u8]) -> Vec<i64> {
    let size = packing.bits() as usize / 8;
    let is_signed = packing.codes.0 < 0;
    let number = |code: &[u8]| match (code, is_signed) {
        ([a], true) => i64::from(*a as i8),
        ([a], false) => i64::from(*a),
        ([a, b], true) => i64::from(i16::from_ne_bytes([*a, *b])),
        ([a, b], false) => i64::from(u16::from_ne_bytes([*a, *b])),
        (_, true) => i64::from(i32::from_ne_bytes(code.try_into().unwrap())),
        (_, false) => i64::from(u32::from_ne_bytes(code.try_into().unwrap())),
    };
    bytes.chunks_exact(size).map(number).collect()
}

fn pack(packing: &Packing, values: &[f64], missing: &[f64]) -> (Vec<i64>, PackStatistics) {
    let mut out = vec![0; values.len() * packing.bits() as usize / 8];
    let source = bytes(values, f64::to_ne_bytes);
    let native = ByteOrder::Native;
    let statistics = packing.pack(DataType::Float64, native, &source, missing, &mut out);
    (codes(packing, &out), statistics)
}

/// The loops as the compiler makes them for every machine.
fn pack_narrow(packing: &Packing, values: &[f32], missing: &[f64]) -> (Vec<u8>, PackStatistics) {
    let source = bytes(values, f32::to_ne_bytes);
    let mut out = vec![0; values.len() * packing.bits() as usize / 8];
    let constants = Constants::new(packing);
    let statistics = match packing.bits() {
        8 => dispatch::pack_narrow::<f32, u8, false>(&source, missing, &constants, &mut out),
        16 => dispatch::pack_narrow::<f32, u16, false>(&source, missing, &constants, &mut out),
        _ => dispatch::pack_narrow::<f32, u32, false>(&source, missing, &constants, &mut out),
    };
    (out, statistics)
}

/// The same but for the mean of the errors, which is known to what is promised of it.
fn are_same(packing: &Packing, one: PackStatistics, other: PackStatistics) -> bool {
    let [a, b] = [one, other].map(|statistics| statistics.rms_error(packing));
    let rounding = packing.tolerance() - packing.scale().abs() / 2.0;
    let fraction = if packing.bits() == 32 { 19 } else { 32 };
    let bound = rounding + 2e-6 * a + packing.scale().abs() * 0.5f64.powi(fraction);
    // Infinite where squares overflow.
    let is_near = a == b || (a - b).abs() <= bound;
    let squares = 0.0;
    let [one, other] = [one, other].map(|statistics| PackStatistics {
        squares,
        ..statistics
    });
    is_near && format!("{one:?}") == format!("{other:?}")
}

#[test]
fn ends_and_middle_have_their_codes_and_the_least_code_is_for_missing() {
    let packing = packing(0.0, 100.0, 16);
    let (codes, statistics) = pack(&packing, &[0.0, 50.0, 100.0, f64::NAN], &[]);
    assert_eq!(codes, [-32767, 0, 32767, -32768]);
    assert_eq!(
        packing.range(),
        PackingRange {
            min: 0.0,
            max: 100.0
        }
    );
    assert_eq!((statistics.clamped, statistics.extent.missing), (0, 1));
}

/// The greatest value of a range was taken for missing: humidity of 100 % vanished.
#[test]
fn the_greatest_value_is_a_value() {
    for bits in [8, 16, 32] {
        let packing = packing(0.0, 100.0, bits);
        let values = [100.0, 99.9, 99.9999, 0.0];
        let (codes, _) = pack(&packing, &values, &[]);
        let mut decoded = vec![0.0; 4];
        let mut out = vec![0; 4 * bits as usize / 8];
        let source = bytes(&values, f64::to_ne_bytes);
        packing.pack(DataType::Float64, ByteOrder::Native, &source, &[], &mut out);
        packing.unpack(&out, &mut decoded);
        for (value, (back, code)) in values.iter().zip(decoded.iter().zip(codes)) {
            assert_ne!(Some(code), packing.missing());
            assert!(
                (value - back).abs() <= packing.tolerance(),
                "{bits}: {value} {back}"
            );
        }
    }
}

/// What was out of range wrapped around: 120 read as 20, and anything as 0 with 32 bits.
#[test]
fn what_is_out_of_range_becomes_the_end_and_is_counted() {
    for bits in [8, 16, 32] {
        let packing = packing(0.0, 100.0, bits);
        let high = (1i64 << (bits - 1)) - 1;
        let values = [-20.0, 120.0, 1e300, -1e300, 50.0];
        let (codes, statistics) = pack(&packing, &values, &[]);
        assert_eq!(codes, [-high, high, high, -high, 0]);
        assert_eq!(statistics.clamped, 4);
        assert_eq!(statistics.worst_excess(&packing), 1e300);
        assert_eq!(
            (statistics.extent.min, statistics.extent.max),
            (-1e300, 1e300)
        );
    }
}

#[test]
fn nan_infinities_and_codes_are_missing() {
    let packing = packing(-1.0, 1.0, 8);
    let nan = f64::from_bits(0xfff0_0000_dead_beef);
    let values = [nan, f64::INFINITY, f64::NEG_INFINITY, -9.0, 0.5, 0.25, -0.0];
    let (codes, statistics) = pack(&packing, &values, &[-9.0, 0.25]);
    assert_eq!(codes, [-128, -128, -128, -128, 64, -128, 0]);
    assert_eq!(
        (statistics.extent.missing, statistics.extent.infinite),
        (3, 2)
    );
    assert_eq!(statistics.missing_out(), 5);
    assert_eq!((statistics.extent.min, statistics.extent.max), (0.0, 0.5));
    // One by one they have no code, rather than that of some value.
    assert_eq!(
        [values[0], values[1], values[2], 9.0].map(|v| packing.encode(v)),
        [None, None, None, Some(127)]
    );
}

#[test]
fn ranges_without_a_step_are_refused_and_constant_ones_have_the_step_one() {
    let of = |min, max| Packing::for_range(PackingRange { min, max }, PackingBits::Bits16);
    assert_eq!(of(5.0, 5.0).unwrap().scale(), 1.0);
    assert!(of(0.0, 1e-310).is_err());
    assert!(of(1.0, 0.0).is_err());
    assert!(of(0.0, f64::INFINITY).is_err());
    assert!(
        of(f64::MIN, f64::MAX).is_err(),
        "the greatest code decodes to infinity"
    );
    let wide = of(-1e308, 1e308).unwrap();
    let (codes, statistics) = pack(&wide, &[-1e308, 1e308, 0.0], &[]);
    assert_eq!(
        (codes.as_slice(), statistics.clamped),
        ([-32767, 32767, 0].as_slice(), 0)
    );
}

#[test]
fn a_code_for_missing_among_the_others_is_noticed() {
    let packing = Packing::existing(DataType::Int16, 0.1, 0.0, Some(-999)).unwrap();
    assert!(packing.is_missing_inside());
    let (_, statistics) = pack(&packing, &[-99.9, f64::NAN, 1.0], &[]);
    assert_eq!(statistics.collided, 1);
    let packing = Packing::existing(DataType::UInt8, 0.5, 0.0, Some(255)).unwrap();
    assert_eq!(
        packing.range(),
        PackingRange {
            min: 0.0,
            max: 127.0
        }
    );
    let (_, statistics) = pack(&packing, &[127.5, f64::NAN], &[]);
    assert_eq!((statistics.clamped, statistics.collided), (1, 0));
}

#[test]
fn a_precision_takes_the_fewest_bits_that_hold_it() {
    let of = |min, max, step| Packing::for_precision(PackingRange { min, max }, step);
    let bits = |min, max, step| of(min, max, step).unwrap().bits();
    assert_eq!(bits(0.0, 100.0, 0.5), 8);
    assert_eq!(bits(180.0, 340.0, 0.01), 16);
    assert_eq!(bits(0.0, 110_000.0, 0.01), 32);
    assert!(of(0.0, 1e9, 1e-3).is_err());
    assert!(of(0.0, 1.0, 1e-320).is_err());
    let packing = of(-3.0, 97.0, 0.5).unwrap();
    let (_, statistics) = pack(&packing, &[-3.0, 97.0, 12.26, 47.0], &[]);
    assert_eq!(
        (statistics.clamped, statistics.largest_error < 0.2401),
        (0, true)
    );
    assert_eq!(packing.decode(1) % 0.5, 0.0);
}

fn any_f32() -> impl Strategy<Value = f32> {
    any::<u32>().prop_map(f32::from_bits)
}

/// Ranges of every width and place.
fn any_range() -> impl Strategy<Value = PackingRange> {
    let end = prop_oneof![
        any::<f64>().prop_filter("finite", |v| v.is_finite()),
        -1e3f64..1e3,
        any::<i16>().prop_map(f64::from),
        any_f32()
            .prop_map(f64::from)
            .prop_filter("finite", |v| v.is_finite()),
    ];
    (end.clone(), end).prop_map(|(a, b)| PackingRange {
        min: a.min(b),
        max: a.max(b),
    })
}

/// A value of a range, often one in the middle between two codes or one that has a code.
fn value_of(packing: &Packing, kind: u8, part: f64, any: f64) -> f64 {
    let PackingRange { min, max } = packing.range();
    let (low, high) = (packing.codes.0 as f64, packing.codes.1 as f64);
    let code = low + part * (high - low);
    let middle = (code.floor() + 0.5) * packing.scale() + packing.offset();
    match kind {
        0 => any,
        1 => middle,
        2 => middle.next_up(),
        3 => middle.next_down(),
        4 => packing.decode(code as i64),
        _ => min / 2.0 + max / 2.0 + (max / 2.0 - min / 2.0) * (part * 2.0 - 1.0),
    }
}

fn bits() -> impl Strategy<Value = PackingBits> {
    use PackingBits::{Bits8, Bits16, Bits32};
    prop::sample::select(vec![Bits8, Bits16, Bits32])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn values_come_back_within_the_bound_and_only_missing_is_missing(
        range in any_range(), bits in bits(),
        picks in prop::collection::vec((0u8..6, 0f64..=1.0, any::<u64>()), 1..2600),
        // Tiles of nothing but easy values, and those with gaps between.
        (least, gaps) in (0u8..6, any::<bool>()),
        code in any::<f64>(),
    ) {
        let Ok(packing) = Packing::for_range(range, bits) else { return Ok(()) };
        let values: Vec<f64> = picks.iter()
            .map(|(kind, part, any)| match gaps && any % 5 == 0 {
                true => f64::NAN,
                false => value_of(&packing, *kind.max(&least), *part, f64::from_bits(*any)),
            })
            .collect();
        let (codes, statistics) = pack(&packing, &values, &[code]);
        let mut largest = 0f64;
        let (mut clamped, mut missing, mut squares) = (0, 0, 0.0);
        for (value, stored) in values.iter().zip(&codes) {
            let is_missing = !value.is_finite() || *value == code;
            missing += u64::from(is_missing);
            prop_assert_eq!(Some(*stored) == packing.missing(), is_missing);
            if is_missing {
                prop_assert!(value.is_finite() || packing.encode(*value).is_none());
                continue;
            }
            // The twin.
            prop_assert_eq!(Some(*stored), packing.encode(*value));
            let error = (packing.decode(*stored) - value).abs();
            largest = largest.max(error);
            squares += (error / packing.scale()).powi(2);
            let PackingRange { min, max } = range;
            if (min..=max).contains(value) {
                prop_assert!(error <= packing.tolerance(), "{value} of {packing:?} is off by {error}");
            }
            clamped += u64::from(error > packing.tolerance());
        }
        prop_assert_eq!(statistics.largest_error, largest);
        let exact = PackStatistics { squares, ..statistics };
        prop_assert!(are_same(&packing, statistics, exact), "{statistics:?}, not {squares}");
        prop_assert_eq!(statistics.clamped, clamped);
        prop_assert_eq!(statistics.missing_out(), missing);
        prop_assert_eq!(statistics.collided, 0);
        // What is packed already stays as it is.
        let decoded: Vec<f64> = codes.iter().map(|code| packing.decode(*code)).collect();
        let valid: Vec<f64> = decoded.iter().zip(&codes)
            .filter(|(_, stored)| Some(**stored) != packing.missing()).map(|(v, _)| *v).collect();
        let again: Vec<f64> = pack(&packing, &valid, &[]).0.iter().map(|c| packing.decode(*c)).collect();
        prop_assert_eq!(again, valid);
    }

    /// What others packed: with unsigned codes, steps downwards, any code for missing or none.
    #[test]
    fn packings_of_others_give_the_nearest_codes(
        data_type in prop::sample::select(vec![
            DataType::Int8, DataType::UInt8, DataType::Int16,
            DataType::UInt16, DataType::Int32, DataType::UInt32,
        ]),
        (scale, offset) in (-1e3f64..1e3, prop_oneof![Just(0.0), -1e6f64..1e6]),
        (kind, any) in (0u8..4, any::<i64>()),
        picks in prop::collection::vec((0u8..6, 0f64..=1.0, any::<u64>()), 1..1300),
        (least, gaps) in (0u8..6, any::<bool>()),
        numbers in prop::collection::vec(0usize..1300, 0..4),
    ) {
        let (low, high) = super::code::limits(data_type).unwrap();
        let code = [None, Some(low), Some(high), Some(low + any.rem_euclid(high - low))];
        let packing = Packing::existing(data_type, scale, offset, code[usize::from(kind)]);
        let Ok(packing) = packing else { return Ok(()) };
        let values: Vec<f32> = picks.iter()
            .map(|(kind, part, any)| match gaps && any % 5 == 0 {
                true => f32::NAN,
                false => value_of(&packing, *kind.max(&least), *part, f64::from_bits(*any)) as f32,
            })
            .collect();
        let missing: Vec<f64> = numbers.iter()
            .filter_map(|number| values.get(*number)).copied().map(f64::from).collect();
        let source = bytes(&values, f32::to_ne_bytes);
        let mut out = vec![0; values.len() * packing.bits() as usize / 8];
        let native = ByteOrder::Native;
        let statistics = packing.pack(DataType::Float32, native, &source, &missing, &mut out);
        let constants = Constants::new(&packing);
        let (mut gone, mut clamped, mut collided, mut largest) = (0, 0, 0, 0f64);
        for (value, stored) in values.iter().zip(codes(&packing, &out)) {
            let value = f64::from(*value);
            if !value.is_finite() || missing.contains(&value) {
                gone += 1;
                prop_assert_eq!(stored, packing.missing().unwrap_or(packing.codes.0));
                continue;
            }
            prop_assert_eq!(stored, kernel::nearest(value, &constants).0 as i64, "{} of {:?}", value, packing);
            let error = |code: i64| (packing.decode(code) - value).abs();
            for other in [stored - 1, stored + 1] {
                let (low, high) = packing.codes;
                prop_assert!(!(low..=high).contains(&other) || error(stored) <= error(other));
            }
            let PackingRange { min, max } = packing.range();
            prop_assert!(!(min..=max).contains(&value) || error(stored) <= packing.tolerance());
            clamped += u64::from(error(stored) > packing.tolerance());
            collided += u64::from(packing.missing() == Some(stored));
            largest = largest.max((packing.decode(stored) - value).abs());
        }
        prop_assert_eq!(statistics.missing_out(), gone);
        prop_assert_eq!(statistics.collided, collided);
        prop_assert_eq!(statistics.clamped, clamped);
        prop_assert_eq!(statistics.largest_error, largest);
    }

    #[test]
    fn every_machine_gives_the_same_bits(
        range in any_range(), bits in bits(), near in any::<bool>(),
        patterns in prop::collection::vec(any::<u32>(), 0..2600),
        code in any_f32(),
    ) {
        let Ok(packing) = Packing::for_range(range, bits) else { return Ok(()) };
        let middle = range.min / 2.0 + range.max / 2.0;
        let values: Vec<f32> = patterns.iter().map(|bits| match near {
            true => (middle + (range.max / 2.0 - middle / 2.0) * f64::from(*bits) / 4e9) as f32,
            false => f32::from_bits(*bits),
        }).collect();
        let missing = [f64::from(code)];
        let (narrow, statistics) = pack_narrow(&packing, &values, &missing);
        for order in [ByteOrder::Native, ByteOrder::Big] {
            let source = match order {
                ByteOrder::Native => bytes(&values, f32::to_ne_bytes),
                ByteOrder::Big => bytes(&values, f32::to_be_bytes),
            };
            let mut out = vec![0; narrow.len()];
            let wide = packing.pack(DataType::Float32, order, &source, &missing, &mut out);
            prop_assert_eq!(&out, &narrow);
            prop_assert!(are_same(&packing, wide, statistics), "{wide:?} {statistics:?}");
            prop_assert_eq!(Extent::of(DataType::Float32, order, &source, &missing), wide.extent);
        }
        // Binary32 is a part of binary64.
        let doubles: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let (of_doubles, double_statistics) = pack(&packing, &doubles, &missing);
        prop_assert_eq!(of_doubles, codes(&packing, &narrow));
        prop_assert!(are_same(&packing, double_statistics, statistics));
    }
}
