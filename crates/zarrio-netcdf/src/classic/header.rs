//! The header of a classic file, read with distrust.
//!
//! Every count is compared with what is left of the file before anything is allocated for
//! it, so that a damaged or hostile header costs no more memory than the file has bytes.

use std::io::Read;

use zarrio_model::{AttributeValue, Attributes, DataType};

use super::bytes::Bytes;
use super::parts::{Dimension, Header, Problem, Type, Variable, Version};
use super::values;
use crate::chars::attribute_text;
use crate::numbers;

/// NetCDF's own limits: `NC_MAX_NAME`, `NC_MAX_VAR_DIMS` and `NC_MAX_ATTRS`.
const MAX_NAME: u64 = 256;
const MAX_DIMENSIONS_OF_VARIABLE: u64 = 1024;
const MAX_ATTRIBUTES: u64 = 8192;

/// Dimensions that all variables together may name. Each costs a copy of the name later.
const MAX_DIMENSION_USES: u64 = 1 << 18;

const TAG_DIMENSION: u32 = 10;
const TAG_VARIABLE: u32 = 11;
const TAG_ATTRIBUTE: u32 = 12;

/// Reads a header from the beginning of a file of `size` bytes.
pub(super) fn parse(file: impl Read, size: u64) -> Result<Header, Problem> {
    let mut parser = Parser {
        bytes: Bytes::new(file, size),
        version: Version::Classic,
    };
    parser.header()
}

struct Parser<R> {
    bytes: Bytes<R>,
    version: Version,
}

impl<R: Read> Parser<R> {
    fn header(&mut self) -> Result<Header, Problem> {
        self.version = match self.bytes.array::<4>("the version")? {
            [b'C', b'D', b'F', 1] => Version::Classic,
            [b'C', b'D', b'F', 2] => Version::Offset64,
            [b'C', b'D', b'F', 5] => Version::Data64,
            _ => return Err(self.bytes.invalid("it is not CDF-1, CDF-2 or CDF-5")),
        };
        let records = self.records()?;
        let dimensions = self.dimensions()?;
        let attributes = self.attributes()?;
        let variables = self.variables(&dimensions)?;
        let (version, end) = (self.version, self.bytes.position());
        Ok(Header {
            version,
            records,
            dimensions,
            attributes,
            variables,
            end,
        })
    }

    fn records(&mut self) -> Result<Option<u64>, Problem> {
        let streaming = match self.version {
            Version::Data64 => u64::MAX,
            _ => u64::from(u32::MAX),
        };
        let records = self.unsigned("the number of records")?;
        Ok((records != streaming).then_some(records))
    }

    fn dimensions(&mut self) -> Result<Vec<Dimension>, Problem> {
        let count = self.list(TAG_DIMENSION, "dimensions")?;
        let mut dimensions: Vec<Dimension> = Vec::new();
        let mut names = std::collections::HashSet::new();
        for _ in 0..count {
            let name = self.name("a dimension")?;
            let length = self.count("the length of a dimension")?;
            if length == 0 && dimensions.iter().any(|dimension| dimension.length == 0) {
                return Err(self.bytes.invalid("there are two record dimensions"));
            }
            if !names.insert(name.clone()) {
                return Err(self
                    .bytes
                    .invalid(format!("dimension {name:?} is there twice")));
            }
            dimensions.push(Dimension { name, length });
        }
        Ok(dimensions)
    }

    fn attributes(&mut self) -> Result<Attributes, Problem> {
        let count = self.list(TAG_ATTRIBUTE, "attributes")?;
        if count > MAX_ATTRIBUTES {
            return Err(self.bytes.invalid(format!(
                "there are {count} attributes, more than {MAX_ATTRIBUTES}"
            )));
        }
        let mut attributes = Attributes::new();
        for _ in 0..count {
            let name = self.name("an attribute")?;
            let element = self.element()?;
            let length = self.count("the length of an attribute")?;
            let bytes = length.checked_mul(element.size()).ok_or_else(|| {
                self.bytes
                    .invalid(format!("attribute {name:?} has {length} values"))
            })?;
            let mut bytes = self.bytes.padded(bytes, "the values of an attribute")?;
            let value = match element {
                Type::Char => AttributeValue::Text(attribute_text(&bytes)),
                Type::Number(data_type) => {
                    values::to_native(&mut bytes, element.size());
                    numbers::from_native(data_type, &bytes)
                }
            };
            attributes.set(name, value);
        }
        Ok(attributes)
    }

    fn variables(&mut self, dimensions: &[Dimension]) -> Result<Vec<Variable>, Problem> {
        let count = self.list(TAG_VARIABLE, "variables")?;
        let mut variables = Vec::new();
        let mut names = std::collections::HashSet::new();
        let mut uses = 0;
        for _ in 0..count {
            let variable = self.variable(dimensions)?;
            uses += variable.dimensions.len() as u64;
            if uses > MAX_DIMENSION_USES {
                return Err(self.bytes.invalid("the variables have too many dimensions"));
            }
            if !names.insert(variable.name.clone()) {
                let name = variable.name;
                return Err(self
                    .bytes
                    .invalid(format!("variable {name:?} is there twice")));
            }
            variables.push(variable);
        }
        Ok(variables)
    }

    fn variable(&mut self, dimensions: &[Dimension]) -> Result<Variable, Problem> {
        let name = self.name("a variable")?;
        let rank = self.count("the number of dimensions of a variable")?;
        if rank > MAX_DIMENSIONS_OF_VARIABLE {
            return Err(self
                .bytes
                .invalid(format!("variable {name:?} has {rank} dimensions")));
        }
        let mut ids = Vec::new();
        for place in 0..rank {
            let id = self.count("a dimension of a variable")?;
            let index = usize::try_from(id).unwrap_or(usize::MAX);
            let Some(dimension) = dimensions.get(index) else {
                return Err(self.bytes.invalid(format!(
                    "variable {name:?} has dimension number {id}, but there are {}",
                    dimensions.len()
                )));
            };
            if dimension.length == 0 && place > 0 {
                return Err(self.bytes.invalid(format!(
                    "the record dimension of variable {name:?} is not its first"
                )));
            }
            ids.push(index);
        }
        let attributes = self.attributes()?;
        let element = self.element()?;
        // The size that follows is redundant, and too narrow for large variables.
        self.unsigned("the size of a variable")?;
        let begin = match self.version {
            Version::Classic => u64::from(self.bytes.u32("an offset")?),
            _ => self.bytes.u64("an offset")?,
        };
        if begin > i64::MAX as u64 || (self.version == Version::Classic && begin >> 31 != 0) {
            return Err(self
                .bytes
                .invalid(format!("the offset of variable {name:?} is negative")));
        }
        Ok(Variable {
            name,
            dimensions: ids,
            attributes,
            element,
            begin,
        })
    }

    /// The number of entries of a list; none when the list is absent.
    fn list(&mut self, tag: u32, what: &str) -> Result<u64, Problem> {
        let found = self.bytes.u32("the tag of a list")?;
        let count = self.count("the length of a list")?;
        // The shortest entry is an attribute without name and values.
        let shortest = match self.version {
            Version::Data64 => 20,
            _ => 12,
        };
        match found {
            0 if count == 0 => Ok(0),
            _ if found != tag => Err(self.bytes.invalid(format!(
                "the list of {what} has tag {found} and {count} entries, its tag is {tag}"
            ))),
            _ if count > self.bytes.left() / shortest => Err(self
                .bytes
                .invalid(format!("{count} {what} do not fit into the file"))),
            _ => Ok(count),
        }
    }

    fn name(&mut self, of: &str) -> Result<String, Problem> {
        let length = self.count("the length of a name")?;
        if length > MAX_NAME {
            return Err(self
                .bytes
                .invalid(format!("the name of {of} has {length} bytes")));
        }
        let mut bytes = self.bytes.padded(length, "a name")?;
        // Some writers count the NUL, or several, as part of the name.
        if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
            bytes.truncate(end);
        }
        let name = String::from_utf8(bytes).map_err(|error| {
            let name = String::from_utf8_lossy(error.as_bytes()).into_owned();
            self.bytes
                .invalid(format!("the name {name:?} of {of} is not UTF-8"))
        })?;
        if name.is_empty() && of != "an attribute" {
            return Err(self.bytes.invalid(format!("the name of {of} is empty")));
        }
        Ok(name)
    }

    fn element(&mut self) -> Result<Type, Problem> {
        let code = self.bytes.u32("a type")?;
        let number = match (code, self.version) {
            (1, _) => DataType::Int8,
            (2, _) => return Ok(Type::Char),
            (3, _) => DataType::Int16,
            (4, _) => DataType::Int32,
            (5, _) => DataType::Float32,
            (6, _) => DataType::Float64,
            (7, Version::Data64) => DataType::UInt8,
            (8, Version::Data64) => DataType::UInt16,
            (9, Version::Data64) => DataType::UInt32,
            (10, Version::Data64) => DataType::Int64,
            (11, Version::Data64) => DataType::UInt64,
            _ => {
                return Err(self
                    .bytes
                    .invalid(format!("there is no type with number {code}")));
            }
        };
        Ok(Type::Number(number))
    }

    /// A number that must not be negative.
    fn count(&mut self, what: &str) -> Result<u64, Problem> {
        let count = self.unsigned(what)?;
        let most = match self.version {
            Version::Data64 => i64::MAX as u64,
            _ => i32::MAX as u64,
        };
        if count > most {
            return Err(self.bytes.invalid(format!("{what} is negative")));
        }
        Ok(count)
    }

    fn unsigned(&mut self, what: &str) -> Result<u64, Problem> {
        match self.version {
            Version::Data64 => self.bytes.u64(what),
            _ => Ok(u64::from(self.bytes.u32(what)?)),
        }
    }
}
