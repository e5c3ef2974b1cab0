//! Datatypes, as far as they can be carried.
//!
//! Only what NetCDF has is taken apart; everything else is named, so that it can be told.

use hdf5_reader::io::Cursor;
use zarrio_model::DataType;

use super::fault::{Fault, Outcome};

/// The longest fixed-length text that is carried.
const LONGEST_FIXED_TEXT: u32 = 16 << 20;

/// How a fixed-length text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// At its first NUL.
    NullTerminated,
    /// Before its trailing NULs. Trailing blanks, which HDF5 can declare to be padding, stay:
    /// netCDF-C and h5py keep them too.
    NullPadded,
}

/// What an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// A number of a type that zarrio carries.
    Number(DataType),
    /// A number with names for some of its values, which are in native byte order.
    Enumeration {
        base: DataType,
        members: Vec<(String, Vec<u8>)>,
    },
    /// One byte of text: NetCDF's `char`.
    Char,
    /// Text of a fixed length.
    FixedText(Padding),
    /// Text of any length, in the global heap.
    Text,
    /// Lists of references to objects: how a variable names its dimension scales.
    ReferenceLists,
    /// Anything else.
    Other,
}

/// The type of a dataset's or attribute's elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Datatype {
    pub(super) class: Class,
    /// Bytes of an element in the file.
    pub(super) size: usize,
    /// Whether the bytes of a number stand most significant first.
    pub(super) big_endian: bool,
    /// The type, for people.
    pub(super) name: String,
}

impl Datatype {
    /// The type of the numbers, if it is numbers that can be carried.
    pub(super) fn number(&self) -> Option<DataType> {
        match self.class {
            Class::Number(number) | Class::Enumeration { base: number, .. } => Some(number),
            _ => None,
        }
    }

    /// Takes the description apart.
    pub(super) fn parse(bytes: &[u8]) -> Outcome<Self> {
        let mut cursor = Cursor::new(bytes);
        let description = Description::read(&mut cursor)?;
        let mut this = Self {
            class: Class::Other,
            size: description.size as usize,
            big_endian: false,
            name: String::new(),
        };
        if description.size == 0 {
            return Err(Fault::invalid("a datatype of no bytes"));
        }
        match description.class {
            0 | 1 => {
                this.big_endian = description.flags & 1 != 0;
                (this.class, this.name) = description.number(&mut cursor)?;
            }
            3 => {
                this.class = match (description.size, description.flags & 0x0f) {
                    (1, _) => Class::Char,
                    (LONGEST_FIXED_TEXT.., _) => Class::Other,
                    (_, 1 | 2) => Class::FixedText(Padding::NullPadded),
                    _ => Class::FixedText(Padding::NullTerminated),
                };
                this.name = if description.size == 1 {
                    "char".to_owned()
                } else {
                    format!("text of {} bytes", description.size)
                };
            }
            8 => description.enumeration(&mut cursor, &mut this)?,
            9 => {
                let base = Description::read(&mut cursor).ok();
                (this.class, this.name) = match (description.flags & 0x0f, base) {
                    (1, _) => (Class::Text, "string".to_owned()),
                    (_, Some(base)) if base.class == 7 => {
                        (Class::ReferenceLists, "vlen".to_owned())
                    }
                    _ => (Class::Other, "vlen".to_owned()),
                };
            }
            5 => this.name = format!("opaque {}", description.size),
            _ => this.name = description.class_name().to_owned(),
        }
        Ok(this)
    }
}

/// The head of a datatype message.
struct Description {
    class: u8,
    version: u8,
    flags: u32,
    size: u32,
}

impl Description {
    fn read(cursor: &mut Cursor<'_>) -> Outcome<Self> {
        let word = cursor.read_u32_le()?;
        let size = cursor.read_u32_le()?;
        let [first, ..] = word.to_le_bytes();
        Ok(Self {
            class: first & 0x0f,
            version: first >> 4,
            flags: word >> 8,
            size,
        })
    }

    fn class_name(&self) -> &'static str {
        match self.class {
            0 => "integer",
            1 => "floating point",
            2 => "time",
            3 => "text",
            4 => "bitfield",
            5 => "opaque",
            6 => "compound",
            7 => "reference",
            8 => "enum",
            9 => "vlen",
            10 => "array",
            11 => "complex",
            _ => "unknown",
        }
    }

    /// The class of a number, and its name.
    fn number(&self, cursor: &mut Cursor<'_>) -> Outcome<(Class, String)> {
        let bits = self.size.saturating_mul(8);
        let (offset, precision) = (cursor.read_u16_le()?, cursor.read_u16_le()?);
        let whole = offset == 0 && u32::from(precision) == bits;
        let number = if self.class == 0 {
            let signed = self.flags & 0x08 != 0;
            let name = if signed {
                format!("int{precision}")
            } else {
                format!("uint{precision}")
            };
            let number = whole.then(|| DataType::from_name(&name)).flatten();
            (number, name)
        } else {
            let layout: Vec<u8> = cursor.read_bytes(4)?.to_vec();
            let bias = cursor.read_u32_le()?;
            let sign = (self.flags >> 8) & 0xff;
            // Location and size of exponent and mantissa, then where the sign stands.
            let number = match (self.size, layout.as_slice(), bias, sign) {
                (4, [23, 8, 0, 23], 127, 31) => Some(DataType::Float32),
                (8, [52, 11, 0, 52], 1023, 63) => Some(DataType::Float64),
                _ => None,
            };
            // Bit 6: the byte order of the VAX.
            let plain = whole && self.flags & 0x40 == 0;
            (number.filter(|_| plain), format!("float{precision}"))
        };
        Ok(match number {
            (Some(number), name) => (Class::Number(number), name),
            (None, name) => (Class::Other, format!("{name} in {} bytes", self.size)),
        })
    }

    fn enumeration(&self, cursor: &mut Cursor<'_>, this: &mut Datatype) -> Outcome<()> {
        let base = Self::read(cursor)?;
        "enum".clone_into(&mut this.name);
        if base.class != 0 || base.size != self.size {
            return Ok(());
        }
        this.big_endian = base.flags & 1 != 0;
        let (Class::Number(number), _) = base.number(cursor)? else {
            return Ok(());
        };
        let mut names = Vec::new();
        for _ in 0..self.flags & 0xffff {
            let start = cursor.position();
            let bytes = cursor.slice_from(start)?;
            let length = bytes
                .iter()
                .position(|&byte| byte == 0)
                .ok_or_else(|| Fault::invalid("the name of an enumeration does not end"))?;
            names.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            // Up to version 2 a name, with its NUL, fills whole words of eight bytes.
            let taken = length + 1;
            cursor.skip(if self.version < 3 {
                taken.next_multiple_of(8)
            } else {
                taken
            })?;
        }
        let mut members = Vec::new();
        for name in names {
            let mut value = cursor.read_bytes(this.size)?.to_vec();
            if this.big_endian != cfg!(target_endian = "big") {
                value.reverse();
            }
            members.push((name, value));
        }
        this.class = Class::Enumeration {
            base: number,
            members,
        };
        Ok(())
    }
}
