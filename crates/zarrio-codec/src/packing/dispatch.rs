//! The same loops, compiled for the instructions that the machine has.

use zarrio_model::DataType;

#[cfg(target_arch = "x86_64")]
use super::avx2;
use super::code::{Code, Sample};
use super::kernel::{self, Constants};
use super::{Extent, PackStatistics, Packing, unpack};
use super::{fixed, look};

/// In which order a number's bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// As the machine has them.
    #[default]
    Native,
    /// The most significant one first, as classic NetCDF files have them.
    Big,
}

/// Whether the machine has the vectors that loops are compiled for a second time.
#[cfg(target_arch = "x86_64")]
fn is_wide() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// Packs by the loops for the machine. Results are the same on all but for the last digits of
/// sums of squares.
fn pack_as<S: Sample, C: Code, const BIG: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
) -> PackStatistics {
    #[cfg(target_arch = "x86_64")]
    if is_wide() {
        #[expect(
            unsafe_code,
            reason = "functions for some machines are unsafe on others"
        )]
        // SAFETY: the machine has what the function was compiled for.
        return unsafe { pack_wide::<S, C, BIG>(source, missing, constants, out) };
    }
    pack_narrow::<S, C, BIG>(source, missing, constants, out)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn pack_wide<S: Sample, C: Code, const BIG: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
) -> PackStatistics {
    // It may use what this function was compiled for.
    let pack = |tile: &_, fixed: &_, out: &mut _| avx2::pack::<S, C, BIG>(tile, fixed, out);
    kernel::pack::<S, C, BIG>(source, missing, constants, out, pack)
}

/// As every machine can.
pub(super) fn pack_narrow<S: Sample, C: Code, const BIG: bool>(
    source: &[u8],
    missing: &[f64],
    constants: &Constants,
    out: &mut [u8],
) -> PackStatistics {
    let pack = fixed::pack::<S, C, BIG>;
    kernel::pack::<S, C, BIG>(source, missing, constants, out, pack)
}

/// Finds the extent of numbers by the loops for the machine.
fn scan_as<S: Sample, const BIG: bool>(source: &[u8], missing: &[f64]) -> Extent {
    #[cfg(target_arch = "x86_64")]
    if is_wide() {
        #[expect(
            unsafe_code,
            reason = "functions for some machines are unsafe on others"
        )]
        // SAFETY: the machine has what the function was compiled for.
        return unsafe { scan_wide::<S, BIG>(source, missing) };
    }
    look::scan::<S, BIG>(source, missing)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn scan_wide<S: Sample, const BIG: bool>(source: &[u8], missing: &[f64]) -> Extent {
    look::scan::<S, BIG>(source, missing)
}

impl Packing {
    /// Packs floating-point numbers of a type into codes in native byte order, as many as
    /// there are on both sides. NaN, infinities and the numbers of `missing` become the
    /// missing code; where there is none, the caller has to refuse data that have such.
    ///
    /// The codes are only good when the statistics say so: they count what lies beyond the
    /// range.
    pub fn pack(
        &self,
        source: DataType,
        order: ByteOrder,
        bytes: &[u8],
        missing: &[f64],
        codes: &mut [u8],
    ) -> PackStatistics {
        let (Some(width), Some(size)) = (source.size(), self.data_type.size()) else {
            return PackStatistics::default();
        };
        let count = (bytes.len() / width).min(codes.len() / size);
        let (bytes, codes) = (&bytes[..count * width], &mut codes[..count * size]);
        let constants = Constants::new(self);
        let pack = match (source, size, order) {
            (DataType::Float32, 1, ByteOrder::Native) => pack_as::<f32, u8, false>,
            (DataType::Float32, 2, ByteOrder::Native) => pack_as::<f32, u16, false>,
            (DataType::Float32, _, ByteOrder::Native) => pack_as::<f32, u32, false>,
            (DataType::Float32, 1, ByteOrder::Big) => pack_as::<f32, u8, true>,
            (DataType::Float32, 2, ByteOrder::Big) => pack_as::<f32, u16, true>,
            (DataType::Float32, _, ByteOrder::Big) => pack_as::<f32, u32, true>,
            (_, 1, ByteOrder::Native) => pack_as::<f64, u8, false>,
            (_, 2, ByteOrder::Native) => pack_as::<f64, u16, false>,
            (_, _, ByteOrder::Native) => pack_as::<f64, u32, false>,
            (_, 1, ByteOrder::Big) => pack_as::<f64, u8, true>,
            (_, 2, ByteOrder::Big) => pack_as::<f64, u16, true>,
            (_, _, ByteOrder::Big) => pack_as::<f64, u32, true>,
        };
        let mut statistics = pack(bytes, missing, &constants, codes);
        if self.is_missing_inside() {
            let read = statistics.missing_out();
            statistics.collided = self.count_missing(codes).saturating_sub(read);
        }
        statistics
    }

    /// How many codes mean missing.
    fn count_missing(&self, codes: &[u8]) -> u64 {
        let (Some(size), Some(missing)) = (self.data_type.size(), self.missing) else {
            return 0;
        };
        let pattern = missing.to_le_bytes();
        let mut code = pattern[..size].to_vec();
        if cfg!(target_endian = "big") {
            code.reverse();
        }
        codes.chunks_exact(size).filter(|c| **c == code).count() as u64
    }

    /// Decodes codes in native byte order into binary64, missing ones as NaN:
    /// as many as there are on both sides.
    pub fn unpack(&self, codes: &[u8], out: &mut [f64]) {
        unpack::unpack(self, codes, out);
    }
}

impl Extent {
    /// The extent of floating-point numbers of a type.
    #[must_use]
    pub fn of(source: DataType, order: ByteOrder, bytes: &[u8], missing: &[f64]) -> Self {
        match (source, order) {
            (DataType::Float32, ByteOrder::Native) => scan_as::<f32, false>(bytes, missing),
            (DataType::Float32, ByteOrder::Big) => scan_as::<f32, true>(bytes, missing),
            (_, ByteOrder::Native) => scan_as::<f64, false>(bytes, missing),
            (_, ByteOrder::Big) => scan_as::<f64, true>(bytes, missing),
        }
    }
}
