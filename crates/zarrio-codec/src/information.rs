//! Bitwise real information content: how much the bits of a number tell of the same bits of
//! its neighbour. Bits that tell nothing are noise, and can be rounded away
//! (Klöwer and others 2021, doi:10.1038/s43588-021-00156-2).

use zarrio_model::DataType;

use crate::rounding::significand_bits;

/// Bits of the widest type.
const WIDEST: usize = 64;
/// How many standard deviations a share must be from a half to be no chance in 99 of 100
/// cases.
const CONFIDENCE: f64 = 2.575_829_303_548_900_4;

/// Counts of the bits of neighbours, which add over the parts of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BitInformation {
    /// Bits of an element, and of its significand.
    width: u32,
    significand: u32,
    pairs: u64,
    /// How often a bit is set in the first of two neighbours, in the second, and in both; the
    /// least significant one first.
    first: [u64; WIDEST],
    second: [u64; WIDEST],
    both: [u64; WIDEST],
}

impl BitInformation {
    /// Nothing yet; `None` for types that are not floating-point.
    #[must_use]
    pub fn new(data_type: DataType) -> Option<Self> {
        let width = data_type.size().filter(|_| data_type.is_float())?;
        Some(Self {
            width: 8 * width as u32,
            significand: significand_bits(data_type),
            pairs: 0,
            first: [0; WIDEST],
            second: [0; WIDEST],
            both: [0; WIDEST],
        })
    }

    /// Counts the neighbours in rows of so many elements, in native byte order. Pairs with a
    /// number that is not finite, or one of `missing`, do not count.
    pub fn count(&mut self, bytes: &[u8], row: usize, missing: &[f64]) {
        match self.width {
            32 => {
                let missing: Vec<f32> = missing.iter().map(|m| *m as f32).collect();
                let read = |bytes: &[u8; 4]| {
                    let value = f32::from_ne_bytes(*bytes);
                    let there = value.is_finite() && !missing.contains(&value);
                    (there, u64::from(value.to_bits()))
                };
                self.rows(bytes.as_chunks::<4>().0, row, read);
            }
            _ => {
                let read = |bytes: &[u8; 8]| {
                    let value = f64::from_ne_bytes(*bytes);
                    let there = value.is_finite() && !missing.contains(&value);
                    (there, value.to_bits())
                };
                self.rows(bytes.as_chunks::<8>().0, row, read);
            }
        }
    }

    fn rows<const N: usize>(
        &mut self,
        elements: &[[u8; N]],
        row: usize,
        read: impl Fn(&[u8; N]) -> (bool, u64),
    ) {
        let width = self.width as usize;
        for row in elements.chunks(row.max(1)) {
            let mut before = (false, 0);
            for element in row {
                let now = read(element);
                if before.0 && now.0 {
                    self.pairs += 1;
                    let (a, b) = (before.1, now.1);
                    for bit in 0..width {
                        self.first[bit] += a >> bit & 1;
                        self.second[bit] += b >> bit & 1;
                        self.both[bit] += (a & b) >> bit & 1;
                    }
                }
                before = now;
            }
        }
    }

    /// Both parts together.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.pairs += other.pairs;
        for bit in 0..WIDEST {
            self.first[bit] += other.first[bit];
            self.second[bit] += other.second[bit];
            self.both[bit] += other.both[bit];
        }
        self
    }

    /// The information of each bit, the most significant one first: between 0 and 1, and 0
    /// where it could be chance.
    #[must_use]
    pub fn bits(&self) -> Vec<f64> {
        let all = self.pairs as f64;
        let chance = 0.5 + CONFIDENCE / (2.0 * all.sqrt());
        let entropy = |p: f64| match p > 0.0 && p < 1.0 {
            true => -p * p.log2() - (1.0 - p) * (1.0 - p).log2(),
            false => 0.0,
        };
        let by_chance = 1.0 - entropy(chance.min(1.0));
        let one = |bit: usize| {
            if self.pairs == 0 {
                return 0.0;
            }
            let (a, b, ab) = (self.first[bit], self.second[bit], self.both[bit]);
            // Of 00, 01, 10 and 11.
            let joint = [self.pairs + ab - a - b, b - ab, a - ab, ab];
            let (a, b) = (a as f64 / all, b as f64 / all);
            let apart = [(1.0 - a) * (1.0 - b), (1.0 - a) * b, a * (1.0 - b), a * b];
            let terms = joint.iter().zip(apart).map(|(n, apart)| match n {
                0 => 0.0,
                n => {
                    let p = *n as f64 / all;
                    p * (p / apart).log2()
                }
            });
            let information: f64 = terms.sum();
            if information > by_chance {
                information
            } else {
                0.0
            }
        };
        (0..self.width as usize).rev().map(one).collect()
    }

    /// The bits of the significand that keep so much of all information, a part of one; at
    /// least one. `None` where nothing tells of its neighbour, so that nothing can be said.
    #[must_use]
    pub fn keep_bits(&self, level: f64) -> Option<u32> {
        let bits = self.bits();
        let total: f64 = bits.iter().sum();
        if total <= 0.0 {
            return None;
        }
        // Sums are rounded off.
        let wanted = total * level * (1.0 - 1e-12);
        let mut sum = 0.0;
        let enough = bits.iter().position(|bit| {
            sum += bit;
            sum >= wanted
        });
        let others = self.width - self.significand;
        let kept = enough.map_or(self.width, |i| i as u32 + 1);
        Some(kept.saturating_sub(others).clamp(1, self.significand))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Random bits, the same every time.
    fn noise(state: &mut u64) -> u32 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 20) as u32
    }

    /// A smooth wave with noise in the last bits of the significand.
    fn field(noisy: u32) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        let mask = (1u32 << noisy) - 1;
        let value = |i: usize| 1.5 + 0.4 * (i as f32 / 300.0).sin();
        let values = (0..200_000).map(|i| value(i).to_bits() & !mask | noise(&mut state) & mask);
        values.flat_map(u32::to_ne_bytes).collect()
    }

    fn information(bytes: &[u8], row: usize) -> BitInformation {
        let mut counts = BitInformation::new(DataType::Float32).unwrap();
        counts.count(bytes, row, &[]);
        counts
    }

    #[test]
    fn noise_tells_nothing_and_the_rest_is_kept() {
        for noisy in [9, 14] {
            let counts = information(&field(noisy), 1000);
            let bits = counts.bits();
            assert!(
                bits[32 - noisy as usize..].iter().all(|bit| *bit == 0.0),
                "{bits:?}"
            );
            let all = counts.keep_bits(1.0).unwrap();
            assert!(all <= 23 - noisy && all > 5, "{all}");
            let most = counts.keep_bits(0.99).unwrap();
            assert!(most <= all && counts.keep_bits(0.5).unwrap() <= most);
        }
        let constant: Vec<u8> = [280f32; 5000]
            .iter()
            .flat_map(|v| v.to_ne_bytes())
            .collect();
        assert_eq!(information(&constant, 5000).keep_bits(0.99), None);
        assert_eq!(information(&[], 1).keep_bits(0.99), None);
        assert_eq!(BitInformation::new(DataType::Int16), None);
    }

    /// Two bits that are equal or not in a known share of pairs.
    #[test]
    fn information_is_that_of_the_definition() {
        // Of eight pairs that do not overlap, the sign stays in six.
        let pairs = [
            (1, 1),
            (1, 1),
            (-1, -1),
            (-1, -1),
            (1, 1),
            (-1, -1),
            (1, -1),
            (-1, 1),
        ];
        let bytes: Vec<u8> = pairs
            .iter()
            .cycle()
            .take(80_000)
            .flat_map(|(a, b)| [*a as f32, *b as f32])
            .flat_map(f32::to_ne_bytes)
            .collect();
        let sign = information(&bytes, 2).bits()[0];
        let expected = 1.0 - (-0.75 * 0.75f64.log2() - 0.25 * 0.25f64.log2());
        assert!((sign - expected).abs() < 1e-12, "{sign} {expected}");
    }

    proptest! {
        #[test]
        fn counts_add_over_rows_and_gaps_do_not_count(
            patterns in prop::collection::vec(any::<u32>(), 1..300), row in 1usize..40,
        ) {
            let bytes: Vec<u8> = patterns.iter().flat_map(|p| p.to_ne_bytes()).collect();
            let whole = information(&bytes, row);
            let start = BitInformation::new(DataType::Float32).unwrap();
            let parts = bytes.chunks(4 * row).fold(start, |sum, part| sum.and(&information(part, row)));
            prop_assert_eq!(whole, parts);
            let there = |p: &u32| f32::from_bits(*p).is_finite();
            let pairs: usize = patterns.chunks(row)
                .map(|row| row.windows(2).filter(|w| there(&w[0]) && there(&w[1])).count()).sum();
            prop_assert_eq!(whole.pairs, pairs as u64);
            // What is missing by its code.
            let mut coded = start;
            coded.count(&bytes, row, &[f64::from(f32::from_bits(patterns[0]))]);
            prop_assert!(coded.pairs <= whole.pairs);
        }
    }
}
