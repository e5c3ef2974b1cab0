//! Values of any type, read and told apart.

use std::fmt;

use bytemuck::cast_slice as cast;
use zarrio_model::{
    AttributeValue, Attributes, DataType, NodePath, Region, Scalar, Source, SourceError,
    VariableSchema,
};

use super::integers::Integers;

/// Values in the order of their array. Integers of all sizes are one kind.
#[derive(Debug, Clone)]
pub(super) enum Values {
    Integers(Integers),
    Singles(Vec<f32>),
    Doubles(Vec<f64>),
    Texts(Vec<String>),
}

impl Values {
    /// Reads a region of a variable as it is stored; `_Unsigned` is applied, packing is not.
    pub(super) fn read(
        source: &dyn Source,
        variable: &VariableSchema,
        region: &Region,
    ) -> Result<Self, SourceError> {
        let Some(size) = variable.data_type.size() else {
            return Ok(Self::Texts(source.read_text(&variable.path, region)?));
        };
        let read = (source, &variable.path, region);
        Ok(match variable.data_type {
            // As they are: an axis may have a million labels.
            DataType::Float32 => Self::Singles(elements(read)?),
            DataType::Float64 => Self::Doubles(elements(read)?),
            DataType::Int64 if !is_unsigned(variable) => {
                Self::Integers(Integers::Signed(elements(read)?))
            }
            DataType::Int64 | DataType::UInt64 => {
                Self::Integers(Integers::Unsigned(elements(read)?))
            }
            _ => {
                let mut bytes = vec![0; count(region).saturating_mul(size)];
                source.read(&variable.path, region, &mut bytes)?;
                Self::of_bytes(variable, &bytes)
            }
        })
    }

    /// Elements of a variable of numbers, in native byte order.
    pub(super) fn of_bytes(variable: &VariableSchema, bytes: &[u8]) -> Self {
        let unsigned = is_unsigned(variable);
        match variable.data_type {
            DataType::Float32 => Self::Singles(bytemuck::pod_collect_to_vec(bytes)),
            DataType::Float64 => Self::Doubles(bytemuck::pod_collect_to_vec(bytes)),
            DataType::Int8 if unsigned => small::<u8>(bytes),
            DataType::Int16 if unsigned => small::<u16>(bytes),
            DataType::Int32 if unsigned => small::<u32>(bytes),
            DataType::Int8 => small::<i8>(bytes),
            DataType::Int16 => small::<i16>(bytes),
            DataType::Int32 => small::<i32>(bytes),
            DataType::Int64 if !unsigned => {
                Self::Integers(Integers::Signed(bytemuck::pod_collect_to_vec(bytes)))
            }
            DataType::UInt8 => small::<u8>(bytes),
            DataType::UInt16 => small::<u16>(bytes),
            DataType::UInt32 => small::<u32>(bytes),
            DataType::Int64 | DataType::UInt64 => {
                Self::Integers(Integers::Unsigned(bytemuck::pod_collect_to_vec(bytes)))
            }
            DataType::String => Self::Texts(Vec::new()),
        }
    }

    /// The same values decoded; integers that are not packed stay integers.
    pub(super) fn unpacked(self, packing: Packing) -> Self {
        if packing.is_none() {
            return self;
        }
        let decode = |value: f64| value * packing.scale + packing.offset;
        match self {
            Self::Integers(values) => {
                Self::Doubles(values.iter().map(|v| decode(v as f64)).collect())
            }
            Self::Singles(values) => {
                Self::Doubles(values.into_iter().map(|v| decode(v.into())).collect())
            }
            Self::Doubles(values) => Self::Doubles(values.into_iter().map(decode).collect()),
            Self::Texts(values) => Self::Texts(values),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Singles(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    /// Whether both are the same, bit for bit.
    pub(super) fn are(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integers(a), Self::Integers(b)) => a.iter().eq(b.iter()),
            (Self::Singles(a), Self::Singles(b)) => cast::<_, u8>(a) == cast::<_, u8>(b),
            (Self::Doubles(a), Self::Doubles(b)) => cast::<_, u8>(a) == cast::<_, u8>(b),
            (Self::Texts(a), Self::Texts(b)) => a == b,
            _ => false,
        }
    }

    /// Values that are numbers of a floating-point type, or were packed.
    pub(super) fn is_real(&self) -> bool {
        matches!(self, Self::Singles(_) | Self::Doubles(_))
    }

    /// A value as a number; `None` for text.
    pub(super) fn real(&self, index: usize) -> Option<f64> {
        match self {
            Self::Integers(values) => values.get(index).map(|v| v as f64),
            Self::Singles(values) => values.get(index).map(|v| f64::from(*v)),
            Self::Doubles(values) => values.get(index).copied(),
            Self::Texts(_) => None,
        }
    }

    /// A value for people.
    pub(super) fn text(&self, index: usize) -> String {
        let text = match self {
            Self::Integers(values) => values.get(index).map(|v| v.to_string()),
            Self::Singles(values) => values.get(index).map(|v| plain(f64::from(*v), v)),
            Self::Doubles(values) => values.get(index).map(|v| plain(*v, v)),
            Self::Texts(values) => values.get(index).map(|v| format!("{v:?}")),
        };
        text.unwrap_or_default()
    }
}

/// A number without an exponent where it is short without one.
pub(super) fn plain<T: fmt::Display + fmt::Debug>(size: f64, value: &T) -> String {
    if size == 0.0 || (1e-5..1e16).contains(&size.abs()) {
        value.to_string()
    } else {
        format!("{value:?}")
    }
}

fn count(region: &Region) -> usize {
    usize::try_from(region.num_elements()).unwrap_or(usize::MAX)
}

/// Reads elements into the memory that they stay in.
fn elements<T: bytemuck::Pod>(
    (source, path, region): (&dyn Source, &NodePath, &Region),
) -> Result<Vec<T>, SourceError> {
    let mut values = vec![T::zeroed(); count(region)];
    source.read(path, region, bytemuck::cast_slice_mut(&mut values))?;
    Ok(values)
}

/// Integers of less than 64 bits.
fn small<T: bytemuck::AnyBitPattern + Into<i64>>(bytes: &[u8]) -> Values {
    let values = bytes.chunks_exact(size_of::<T>());
    let values = values.map(|bytes| bytemuck::pod_read_unaligned::<T>(bytes).into());
    Values::Integers(Integers::Signed(values.collect()))
}

/// How stored numbers are turned into what they mean (CF 8.1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Packing {
    pub(super) scale: f64,
    pub(super) offset: f64,
}

impl Packing {
    pub(super) fn of(attributes: &Attributes) -> Self {
        Self {
            scale: number(attributes, "scale_factor").unwrap_or(1.0),
            offset: number(attributes, "add_offset").unwrap_or(0.0),
        }
    }

    pub(super) fn is_none(self) -> bool {
        self.scale == 1.0 && self.offset == 0.0
    }

    /// How far apart the numbers are that packed values can stand for.
    pub(super) fn precision(self) -> f64 {
        if self.is_none() {
            0.0
        } else {
            self.scale.abs()
        }
    }
}

/// Whether signed integers stand for unsigned ones, as classic files have to write them.
pub(super) fn is_unsigned(variable: &VariableSchema) -> bool {
    use DataType::{Int8, Int16, Int32, Int64};
    let text = variable.attributes.text("_Unsigned");
    matches!(variable.data_type, Int8 | Int16 | Int32 | Int64)
        && text.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The numbers of an attribute; none where it is text.
pub(super) fn numbers(value: &AttributeValue) -> Vec<f64> {
    let scalars = (0..value.len()).map_while(|i| value.get(i));
    scalars.filter_map(|scalar| real(&scalar)).collect()
}

/// The one number of an attribute.
pub(super) fn number(attributes: &Attributes, name: &str) -> Option<f64> {
    attributes
        .get(name)
        .map(numbers)
        .and_then(|n| n.first().copied())
}

/// A number of any type, rounded to binary64.
pub(super) fn real(scalar: &Scalar) -> Option<f64> {
    match scalar {
        Scalar::Float32(v) => Some((*v).into()),
        Scalar::Float64(v) => Some(*v),
        integer => exact(integer).map(|v| v as f64),
    }
}

/// A whole number of an integer type.
pub(super) fn exact(scalar: &Scalar) -> Option<i128> {
    Some(match scalar {
        Scalar::Int8(v) => (*v).into(),
        Scalar::UInt8(v) => (*v).into(),
        Scalar::Int16(v) => (*v).into(),
        Scalar::UInt16(v) => (*v).into(),
        Scalar::Int32(v) => (*v).into(),
        Scalar::UInt32(v) => (*v).into(),
        Scalar::Int64(v) => (*v).into(),
        Scalar::UInt64(v) => (*v).into(),
        Scalar::Float32(_) | Scalar::Float64(_) | Scalar::String(_) => return None,
    })
}
