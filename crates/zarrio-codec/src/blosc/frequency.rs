//! About how long bytes become when each is written in as many bits as its frequency asks for.
//!
//! To compress a sample tells the same, and takes several times as long.

/// Samples are no longer.
pub(super) const MOST: usize = 4 << 10;

/// The places behind the point of logarithms.
const PLACES: u32 = 12;

/// Logarithms to the base of 2, of numbers from 1.
static LOGARITHMS: [u16; MOST + 1] = logarithms();

const fn logarithms() -> [u16; MOST + 1] {
    let mut all = [0; MOST + 1];
    let mut number = 1;
    while number < all.len() {
        let whole = number.ilog2();
        // From 1 to 2, with 31 places; each square says one bit more.
        let mut rest = (number as u64) << (31 - whole);
        let (mut logarithm, mut place) = (whole, 0);
        while place < PLACES {
            let square = (rest * rest) >> 31;
            let is_more = square >> 32;
            logarithm = logarithm << 1 | is_more as u32;
            rest = square >> is_more;
            place += 1;
        }
        all[number] = logarithm as u16;
        number += 1;
    }
    all
}

/// About how many bytes the code of so many symbols and the symbols themselves take (RFC 8878,
/// 4.2); no more than there are.
pub(super) fn length(bytes: &[u8]) -> usize {
    if bytes.len() > MOST {
        return bytes.len();
    }
    // Equal bytes that follow each other do not wait for one counter.
    let mut counts = [[0u16; 256]; 4];
    let (fours, rest) = bytes.as_chunks::<4>();
    for four in fours {
        for (counts, byte) in counts.iter_mut().zip(four) {
            counts[usize::from(*byte)] += 1;
        }
    }
    for byte in rest {
        counts[0][usize::from(*byte)] += 1;
    }
    let all = u64::from(LOGARITHMS[bytes.len()]);
    let (mut bits, mut symbols) = (0, 0);
    for byte in 0..256 {
        let count: u16 = counts.iter().map(|counts| counts[byte]).sum();
        // No symbol has less than a bit.
        let each = (all - u64::from(LOGARITHMS[usize::from(count)])).max(1 << PLACES);
        bits += u64::from(count) * each;
        symbols += usize::from(count > 0);
    }
    if symbols < 2 {
        return symbols;
    }
    let code = symbols.div_ceil(2);
    bytes.len().min(code + (bits >> (PLACES + 3)) as usize)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zstd::zstd_safe::{CCtx, CParameter, ParamSwitch, Strategy};

    use super::*;

    #[test]
    fn logarithms_are_those_of_the_numbers() {
        for (number, logarithm) in LOGARITHMS.iter().enumerate().skip(1) {
            let exact = (number as f64).log2() * f64::from(1 << PLACES);
            assert!((f64::from(*logarithm) - exact).abs() < 1.5, "{number}");
        }
    }

    /// As Zstandard writes them that finds nothing repeated.
    fn written(bytes: &[u8]) -> usize {
        let mut context = CCtx::create();
        let nothing = [
            CParameter::CompressionLevel(1),
            CParameter::Strategy(Strategy::ZSTD_fast),
            CParameter::TargetLength(1 << 17),
            CParameter::MinMatch(7),
            CParameter::LiteralCompressionMode(ParamSwitch::Enable),
        ];
        for parameter in nothing {
            context.set_parameter(parameter).unwrap();
        }
        let mut place = Vec::with_capacity(2 * bytes.len() + 100);
        context.compress2(&mut place, bytes).unwrap()
    }

    proptest! {
        #[test]
        fn it_is_about_what_zstandard_writes(
            length in 1000..=MOST,
            weights in prop::collection::vec(1..1000u64, 2..256),
            mut seed in any::<u64>(),
        ) {
            let total: u64 = weights.iter().sum();
            let bytes: Vec<u8> = (0..length).map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let mut place = (seed >> 33) % total;
                weights.iter().position(|weight| {
                    let is_here = place < *weight;
                    place = place.wrapping_sub(*weight);
                    is_here
                }).unwrap() as u8
            }).collect();
            let (about, written) = (super::length(&bytes), written(&bytes));
            prop_assert!(about.abs_diff(written) <= 150 + written / 16, "{about} and {written}");
        }
    }

    #[test]
    fn nothing_and_one_symbol_take_next_to_nothing() {
        assert_eq!(length(&[]), 0);
        assert_eq!(length(&[7; 1000]), 1);
        assert_eq!(length(&[7; MOST + 1]), MOST + 1);
    }
}
