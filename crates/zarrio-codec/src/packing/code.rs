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
    /// Bits of a number in fixed point behind the code.
    const FRACTION: u32;
    /// Added to a number that has a code, leaves it in fixed point in the bits of the sum: the
    /// last bit of the sum is that of the fraction, and bits of a code are none of its own.
    const LARGE: f64 = 1.5 * (1u64 << (52 - Self::FRACTION)) as f64;

    /// The code and the fraction in the bits of such a sum. The fraction fills 32 bits.
    #[inline(always)]
    fn split(bits: u64) -> (u32, u32) {
        let code = bits >> Self::FRACTION;
        let fraction = (bits as u32) << (32 - Self::FRACTION);
        (code as u32, fraction)
    }

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

    /// Writes the number in that order.
    fn write<const BIG: bool>(self, bytes: &mut [u8]);

    /// The nearest number to another.
    fn nearest(value: f64) -> Self;

    /// The least number that is not less than another.
    fn least_above(value: f64) -> Self;

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
    ($($type:ty: $fraction:literal),+) => { $(
        impl Code for $type {
            const SIZE: usize = size_of::<$type>();
            const FRACTION: u32 = $fraction;

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

// As many bits as are left of 52, and half of a sum for codes on either side of zero.
codes!(u8: 32, u16: 32, u32: 19);

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
            fn write<const BIG: bool>(self, bytes: &mut [u8]) {
                let array = if BIG { self.to_be_bytes() } else { self.to_ne_bytes() };
                bytes.copy_from_slice(&array);
            }

            #[inline(always)]
            fn nearest(value: f64) -> Self {
                value as $type
            }

            fn least_above(value: f64) -> Self {
                let nearest = value as $type;
                if f64::from(nearest) < value {
                    nearest.next_up()
                } else {
                    nearest
                }
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
