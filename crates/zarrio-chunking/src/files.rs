//! Where the files that fill an archive end along its record dimension.

use serde::Serialize;

/// How many steps the source files bring.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileSteps {
    /// Nothing is known, or there is one file.
    #[default]
    Unknown,
    /// Each file brings so many, from the begin of the archive on.
    Each(u64),
    /// The positions at which one file ends and the next one begins, sorted, each once.
    Ends(Vec<u64>),
}

impl FileSteps {
    /// How many files there are.
    pub(crate) fn count(&self, length: u64) -> u64 {
        self.boundaries(length) + 1
    }

    /// How many boundaries between files lie within `length` steps.
    fn boundaries(&self, length: u64) -> u64 {
        match self {
            Self::Unknown | Self::Each(0) => 0,
            Self::Each(steps) => length.saturating_sub(1) / steps,
            Self::Ends(ends) => inner(ends, length).len() as u64,
        }
    }

    /// How many of them are boundaries of chunks too.
    fn on_chunks(&self, chunk: u64, length: u64) -> u64 {
        match self {
            Self::Unknown | Self::Each(0) => 0,
            Self::Each(steps) => {
                let both = (steps / gcd(*steps, chunk)).saturating_mul(chunk);
                length.saturating_sub(1) / both
            }
            Self::Ends(ends) => {
                let on = inner(ends, length).iter().filter(|end| **end % chunk == 0);
                on.count() as u64
            }
        }
    }

    /// The steps that a chunk should be a multiple or a divisor of; `None` where there are
    /// none.
    pub(crate) fn unit(&self, length: u64) -> Option<u64> {
        let unit = match self {
            Self::Unknown => 0,
            Self::Each(steps) => *steps,
            Self::Ends(ends) => inner(ends, length).iter().copied().fold(0, gcd),
        };
        (unit > 1 && unit < length).then_some(unit)
    }

    /// How badly chunks and files fit, from 0, where every boundary of chunks is one of files
    /// or the other way round, to 1. Files of any lengths may fit in part.
    pub(crate) fn misfit(&self, chunk: u64, length: u64) -> f64 {
        let files = self.boundaries(length);
        let chunks = length.div_ceil(chunk.max(1)).saturating_sub(1);
        if files == 0 || chunks == 0 {
            return 0.0;
        }
        let (on, most) = (self.on_chunks(chunk, length), files.min(chunks));
        match self {
            Self::Ends(_) => 1.0 - on as f64 / most as f64,
            _ => f64::from(u8::from(on < most)),
        }
    }

    /// Chunks along the record dimension that more than one file has a part of.
    pub(crate) fn shared_chunks(&self, chunk: u64, length: u64) -> u64 {
        let chunk = chunk.max(1);
        match self {
            Self::Unknown | Self::Each(0) => 0,
            Self::Each(steps) if *steps > chunk => {
                self.boundaries(length) - self.on_chunks(chunk, length)
            }
            Self::Each(steps) if *steps == chunk => 0,
            // Every whole chunk has a boundary within; the last may be too short for one.
            Self::Each(steps) => {
                let chunks = length.div_ceil(chunk).max(1);
                let start = (chunks - 1).saturating_mul(chunk);
                let next = (start / steps + 1).saturating_mul(*steps);
                chunks - 1 + u64::from(next < length)
            }
            Self::Ends(ends) => {
                let mut cut: Vec<u64> = inner(ends, length)
                    .iter()
                    .filter(|end| **end % chunk != 0)
                    .map(|end| end / chunk)
                    .collect();
                cut.dedup();
                cut.len() as u64
            }
        }
    }

    /// How often a chunk is written on average when every file is written by itself.
    pub(crate) fn amplification(&self, chunk: u64, length: u64) -> f64 {
        let chunk = chunk.max(1);
        let chunks = length.div_ceil(chunk).max(1);
        let within = self.boundaries(length) - self.on_chunks(chunk, length);
        1.0 + within as f64 / chunks as f64
    }
}

fn inner(ends: &[u64], length: u64) -> &[u64] {
    let first = ends.partition_point(|end| *end == 0);
    let last = ends.partition_point(|end| *end < length);
    ends.get(first..last).unwrap_or_default()
}

pub(crate) fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_closed_forms_count_what_is_there(
            length in 1u64..300, chunk in 1u64..80, steps in 1u64..80
        ) {
            let ends: Vec<u64> = (1..).map(|i| i * steps).take_while(|e| *e < length).collect();
            let (each, listed) = (FileSteps::Each(steps), FileSteps::Ends(ends.clone()));
            prop_assert_eq!(each.shared_chunks(chunk, length), listed.shared_chunks(chunk, length));
            prop_assert_eq!(each.misfit(chunk, length), listed.misfit(chunk, length).ceil());
            prop_assert_eq!(each.amplification(chunk, length), listed.amplification(chunk, length));
            if chunk.is_multiple_of(steps) || steps.is_multiple_of(chunk) {
                prop_assert_eq!(each.misfit(chunk, length), 0.0);
            }

            // By going through all files.
            let mut starts = vec![0];
            starts.extend(&ends);
            let (mut puts, mut touched) = (0, vec![0u64; length.div_ceil(chunk) as usize]);
            for (i, start) in starts.iter().enumerate() {
                let end = starts.get(i + 1).copied().unwrap_or(length);
                for at in start / chunk..=(end - 1) / chunk {
                    puts += 1;
                    touched[at as usize] += 1;
                }
            }
            let shared = touched.iter().filter(|n| **n > 1).count() as u64;
            prop_assert_eq!(each.shared_chunks(chunk, length), shared);
            let amplification = puts as f64 / touched.len() as f64;
            prop_assert!((each.amplification(chunk, length) - amplification).abs() < 1e-9);
        }
    }

    #[test]
    fn months_are_listed() {
        let months = FileSteps::Ends(vec![744, 1416, 2160]);
        assert_eq!(months.unit(2880), Some(24));
        assert_eq!(months.shared_chunks(720, 2880), 1);
        assert_eq!(months.shared_chunks(24, 2880), 0);
        assert_eq!(FileSteps::Unknown.amplification(7, 100), 1.0);
        assert_eq!(FileSteps::Each(0).unit(9), None);
    }
}
