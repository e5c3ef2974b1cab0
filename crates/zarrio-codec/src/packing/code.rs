//! The integers that packed values are kept as, and the numbers that are packed.

use std::ops::Add;

use zarrio_model::DataType;

/// The least and the greatest integer of a type that packed values can have.
pub(super) fn limits(data_type: DataType) -> Option<(i64, i64)> {
    Some(match data_type {
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::UInt16 => (0, u16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::UInt32 => (0, u32::MAX.into()),
        _ => return None,
    })
}

/// An unsigned integer as wide as a code; signs do not matter to its bytes.
pub(super) trait Code: Copy {
    /// Bytes of a code.
    const SIZE: usize;

    /// The code with these low bits.
    fn cut(bits: u32) -> Self;

    /// Writes the code in native byte order.
    fn write(self, bytes: &mut [u8]);
}

/// A number that is packed.
pub(super) trait Sample: Copy + PartialOrd + Add<Output = Self> {
    /// Bytes of a number.
    const SIZE: usize;
    /// Not a number.
    const NAN: Self;
    /// Zero.
    const NOTHING: Self;
    /// Infinity.
    const INFINITY: Self;

    /// The number that bytes hold, native or with the most significant one first.
    fn read<const BIG: bool>(bytes: &[u8]) -> Self;

    /// The nearest number to another.
    fn nearest(value: f64) -> Self;

    /// The number in binary64.
    fn wide(self) -> f64;

    /// Without its sign.
    fn magnitude(self) -> Self;

    /// With the other sign.
    fn negative(self) -> Self;

    /// Whether it is no number.
    fn none(self) -> bool;
}

macro_rules! codes {
    ($($type:ty),+) => { $(
        impl Code for $type {
            const SIZE: usize = size_of::<$type>();

            #[inline(always)]
            fn cut(bits: u32) -> Self {
                bits as $type
            }

            #[inline(always)]
            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_ne_bytes());
            }
        }
    )+ };
}

codes!(u8, u16, u32);

macro_rules! samples {
    ($($type:ty as $bits:ty),+) => { $(
        impl Sample for $type {
            const SIZE: usize = size_of::<$type>();
            const NAN: Self = <$type>::NAN;
            const NOTHING: Self = 0.0;
            const INFINITY: Self = <$type>::INFINITY;

            #[inline(always)]
            fn read<const BIG: bool>(bytes: &[u8]) -> Self {
                let mut array = [0; size_of::<$type>()];
                array.copy_from_slice(bytes);
                let bits = if BIG {
                    <$bits>::from_be_bytes(array)
                } else {
                    <$bits>::from_ne_bytes(array)
                };
                <$type>::from_bits(bits)
            }

            #[inline(always)]
            fn nearest(value: f64) -> Self {
                value as $type
            }

            #[inline(always)]
            fn wide(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn magnitude(self) -> Self {
                self.abs()
            }

            #[inline(always)]
            fn negative(self) -> Self {
                -self
            }

            #[inline(always)]
            fn none(self) -> bool {
                self.is_nan()
            }
        }
    )+ };
}

samples!(f32 as u32, f64 as u64);
