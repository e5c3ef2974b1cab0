//! The same loops, compiled for the instructions that the machine has.

use zarrio_model::DataType;

use super::code::{Code, Sample};
use super::kernel::{self, Constants};
use super::look;
use super::{Extent, PackStatistics, Packing, unpack};

/// In which order a number's bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// As the machine has them.
    #[default]
    Native,
    /// The most significant one first, as classic NetCDF files have them.
    Big,
}

/// Whether every machine multiplies and adds in one step.
const FUSES: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

/// Compiles a function once for every machine and once for those with wider vectors. Results
/// are the same but for the last digits of sums of squares.
macro_rules! for_every_machine {
    ($name:ident / $wide:ident = $module:ident::$kernel:ident;
     <$($generic:ident: $bound:ident),*; $big:ident>
     ($($argument:ident: $type:ty),*) -> $result:ty) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn $wide<$($generic: $bound,)* const $big: bool>($($argument: $type),*) -> $result {
            $module::$kernel::<$($generic,)* $big, true>($($argument),*)
        }

        fn $name<$($generic: $bound,)* const $big: bool>($($argument: $type),*) -> $result {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2")
                && std::arch::is_x86_feature_detected!("fma")
            {
                #[expect(unsafe_code, reason = "functions for some machines are unsafe on others")]
                // SAFETY: the machine has what the function was compiled for.
                return unsafe { $wide::<$($generic,)* $big>($($argument),*) };
            }
            $module::$kernel::<$($generic,)* $big, FUSES>($($argument),*)
        }
    };
}

for_every_machine!(
    pack_as / pack_wide = kernel::pack; <S: Sample, C: Code; BIG>
    (source: &[u8], missing: &[f64], constants: &Constants, out: &mut [u8]) -> PackStatistics
);
for_every_machine!(
    scan_as / scan_wide = look::scan; <S: Sample; BIG>
    (source: &[u8], missing: &[f64]) -> Extent
);

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
