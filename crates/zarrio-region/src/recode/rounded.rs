//! Floating-point numbers with fewer bits.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use zarrio_codec::packing::PackStatistics;
use zarrio_codec::rounding::keep_bits;
use zarrio_model::{DataType, VariableSchema};

use super::encoding::{Encoding, Number};
use crate::observer::RoundReport;

/// Elements that one thread rounds at a time, and in whose order errors are summed.
const PIECE: usize = 1 << 16;

/// The way of a variable's numbers to fewer bits.
#[derive(Debug)]
pub(crate) struct Rounded {
    data_type: DataType,
    missing: Vec<f64>,
    bits: u32,
    totals: Mutex<PackStatistics>,
}

impl Rounded {
    pub(super) fn new(source: &VariableSchema, bits: u32) -> Self {
        Self {
            data_type: source.data_type,
            missing: Encoding::new(source, None)
                .missing()
                .map(Number::to_f64)
                .collect(),
            bits,
            totals: Mutex::default(),
        }
    }

    pub(super) fn data_type(&self) -> DataType {
        self.data_type
    }

    /// Rounds elements in native byte order.
    pub(super) fn apply(&self, bytes: &[u8], out: &mut [u8]) {
        out.copy_from_slice(bytes);
        let width = self.data_type.size().unwrap_or(1);
        let pieces = out.par_chunks_mut(PIECE * width);
        let pieces = pieces.map(|piece| keep_bits(self.data_type, self.bits, &self.missing, piece));
        let pieces: Vec<PackStatistics> = pieces.collect();
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        *totals = pieces.into_iter().fold(*totals, PackStatistics::and);
    }

    /// What became of the numbers.
    pub(crate) fn report(&self) -> RoundReport {
        let totals = *self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let values = totals.extent.values();
        RoundReport {
            bits: self.bits,
            elements: totals.extent.count,
            missing: totals.extent.missing,
            largest_error: totals.largest_error,
            rms_error: match values {
                0 => 0.0,
                n => (totals.squares / n as f64).sqrt(),
            },
        }
    }
}
