//! Floating-point numbers as packed integers.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use zarrio_codec::packing::{ByteOrder, Extent, PackStatistics, Packing};
use zarrio_model::config::{PackingRange, RangeExceededAction};
use zarrio_model::{DataType, VariableSchema};

use super::encoding::{Encoding, Meaning, Number, read};
use crate::RegionError;

/// Elements that one thread packs at a time. Sums are made in the order of these pieces, so
/// that they do not depend on the number of threads.
const PIECE: usize = 1 << 16;

/// A source's numbers, whatever they are encoded like.
#[derive(Debug)]
pub(crate) struct Numbers {
    source: Encoding,
    /// The numbers that mean missing, beside NaN.
    missing: Vec<f64>,
}

impl Numbers {
    /// The numbers of a variable.
    pub(crate) fn new(variable: &VariableSchema) -> Self {
        let source = Encoding::new(variable, None);
        // What has to be decoded first comes as NaN.
        let missing = source.missing().filter(|_| source.is_plain_float());
        Self {
            missing: missing.map(Number::to_f64).collect(),
            source,
        }
    }

    /// What they are like.
    pub(crate) fn extent(&self, bytes: &[u8]) -> Extent {
        let (data_type, bytes) = self.floats(bytes);
        let pieces = bytes.par_chunks(PIECE * data_type.size().unwrap_or(1));
        let native = ByteOrder::Native;
        pieces
            .map(|piece| Extent::of(data_type, native, piece, &self.missing))
            .reduce(Extent::default, Extent::and)
    }

    /// The numbers in a floating-point type.
    fn floats<'b>(&self, bytes: &'b [u8]) -> (DataType, Cow<'b, [u8]>) {
        match self.source.is_plain_float() {
            true => (self.source.data_type, Cow::Borrowed(bytes)),
            false => (DataType::Float64, Cow::Owned(self.decode(bytes))),
        }
    }

    /// Stored numbers as what they say, in binary64; missing ones as NaN.
    fn decode(&self, bytes: &[u8]) -> Vec<u8> {
        let width = self.source.data_type.size().unwrap_or(1);
        let mut numbers = vec![0; bytes.len() / width * size_of::<f64>()];
        let pieces = numbers.par_chunks_mut(PIECE * size_of::<f64>());
        pieces
            .zip(bytes.par_chunks(PIECE * width))
            .for_each(|(numbers, bytes)| {
                let elements = bytes.chunks_exact(width);
                for (number, element) in numbers.chunks_exact_mut(size_of::<f64>()).zip(elements) {
                    let stored = read(self.source.data_type, element);
                    let value = match self.source.decode(stored) {
                        Meaning::Value(value) => value.to_f64(),
                        _ => f64::NAN,
                    };
                    number.copy_from_slice(&value.to_ne_bytes());
                }
            });
        numbers
    }
}

/// The way of a variable into packed integers.
#[derive(Debug)]
pub(crate) struct Packed {
    source: Numbers,
    packing: Packing,
    /// Further codes of the archive that mean missing, which no value may get.
    reserved: Vec<i64>,
    action: RangeExceededAction,
    totals: Mutex<PackStatistics>,
}

/// What a packing cannot hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excess {
    /// Values beyond the range.
    pub count: u64,
    /// The least and the greatest value that was seen.
    pub found: PackingRange,
    /// The range that there is.
    pub held: PackingRange,
}

impl Excess {
    /// The range that holds what there is and what was found.
    #[must_use]
    pub fn needed(&self) -> PackingRange {
        PackingRange {
            min: self.held.min.min(self.found.min),
            max: self.held.max.max(self.found.max),
        }
    }
}

impl Packed {
    pub(super) fn new(
        source: &VariableSchema,
        packing: Packing,
        action: RangeExceededAction,
    ) -> Self {
        Self {
            source: Numbers::new(source),
            packing,
            reserved: Vec::new(),
            action,
            totals: Mutex::default(),
        }
    }

    /// The way of plain floating-point numbers into an archive's packed integers; `None`
    /// where one side is something else.
    pub(super) fn into_archive(
        source: &VariableSchema,
        archive: &VariableSchema,
        action: RangeExceededAction,
    ) -> Option<Self> {
        if !Encoding::new(source, None).is_plain_float() {
            return None;
        }
        let to = Encoding::new(archive, None);
        let packing = to.packing()?;
        let code = |number| match number {
            Number::Integer(code) => i64::try_from(code).ok(),
            Number::Float(_) => None,
        };
        let codes = to.missing().filter_map(code);
        let reserved = codes.filter(|code| Some(*code) != packing.missing());
        Some(Self {
            reserved: reserved.collect(),
            ..Self::new(source, packing, action)
        })
    }

    pub(crate) fn source_type(&self) -> DataType {
        self.source.source.data_type
    }

    pub(crate) fn packing(&self) -> &Packing {
        &self.packing
    }

    /// Whether some codes of values mean missing.
    pub(crate) fn has_reserved(&self) -> bool {
        !self.reserved.is_empty() || self.packing.is_missing_inside()
    }

    pub(crate) fn action(&self) -> RangeExceededAction {
        self.action
    }

    /// What was done so far.
    pub(crate) fn statistics(&self) -> PackStatistics {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was done so far, for the data come again.
    pub(crate) fn reset(&self) {
        *self.totals.lock().unwrap_or_else(PoisonError::into_inner) = PackStatistics::default();
    }

    /// Packs elements in native byte order.
    ///
    /// # Errors
    /// When a value has no code of its own, or lies beyond the range and that is an error.
    pub(super) fn apply(
        &self,
        variable: &str,
        bytes: &[u8],
        codes: &mut [u8],
    ) -> Result<(), RegionError> {
        let statistics = self.pack(bytes, codes);
        self.add(statistics);
        self.check(variable, &statistics)
    }

    /// Packs elements and looks only what they are like.
    pub(crate) fn look(&self, bytes: &[u8]) {
        let width = self.source_type().size().unwrap_or(1);
        let size = self.packing.data_type().size().unwrap_or(1);
        let statistics = self.pack(bytes, &mut vec![0; bytes.len() / width * size]);
        self.add(statistics);
    }

    fn add(&self, statistics: PackStatistics) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        *totals = totals.and(statistics);
    }

    /// Whether what was seen can be kept.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub(crate) fn check(
        &self,
        variable: &str,
        statistics: &PackStatistics,
    ) -> Result<(), RegionError> {
        if statistics.missing_out() > 0 && self.packing.missing().is_none() {
            return Err(lossy(
                variable,
                "missing has no place in the archive's encoding",
            ));
        }
        if statistics.collided > 0 {
            return Err(lossy(
                variable,
                "a value would become a code that means missing",
            ));
        }
        let stops = matches!(
            self.action,
            RangeExceededAction::Error | RangeExceededAction::Widen
        );
        if stops && statistics.clamped > 0 {
            return Err(RegionError::Range {
                variable: variable.to_owned(),
                excess: Excess {
                    count: statistics.clamped,
                    found: PackingRange {
                        min: statistics.extent.min,
                        max: statistics.extent.max,
                    },
                    held: self.packing.range(),
                },
            });
        }
        Ok(())
    }

    fn pack(&self, bytes: &[u8], codes: &mut [u8]) -> PackStatistics {
        let (data_type, bytes) = self.source.floats(bytes);
        let width = data_type.size().unwrap_or(1);
        let size = self.packing.data_type().size().unwrap_or(1);
        let pieces = bytes.par_chunks(PIECE * width);
        let pack = |(source, codes): (&[u8], &mut [u8])| {
            let native = ByteOrder::Native;
            self.packing
                .pack(data_type, native, source, &self.source.missing, codes)
        };
        let pieces = pieces.zip(codes.par_chunks_mut(PIECE * size)).map(pack);
        let pieces: Vec<PackStatistics> = pieces.collect();
        let nothing = PackStatistics::default();
        let mut statistics = pieces.into_iter().fold(nothing, PackStatistics::and);
        statistics.collided += self.reserved_in(codes);
        statistics
    }

    /// How many codes are among those that mean missing and are not written for it.
    fn reserved_in(&self, codes: &[u8]) -> u64 {
        if self.reserved.is_empty() {
            return 0;
        }
        let data_type = self.packing.data_type();
        let codes = codes.chunks_exact(data_type.size().unwrap_or(1));
        let reserved = codes.filter(|code| {
            let number = read(data_type, code);
            let is = |code: &i64| number == Number::Integer((*code).into());
            self.reserved.iter().any(is)
        });
        reserved.count() as u64
    }
}

fn lossy(variable: &str, reason: &str) -> RegionError {
    RegionError::Lossy {
        variable: variable.to_owned(),
        index: Vec::new(),
        labels: Vec::new(),
        reason: reason.to_owned(),
    }
}
