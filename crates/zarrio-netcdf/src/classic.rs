//! The classic formats: CDF-1, CDF-2 and CDF-5.
//!
//! We read the header ourselves and the values by positioned reads. The crate that serves
//! for NetCDF-4 maps classic files into memory, where a file that is cut short kills the
//! process, and changes character data; what the format needs is small.

mod bytes;
mod header;
mod layout;
mod parts;
mod read;
mod values;

use std::collections::HashMap;
use std::io::BufReader;

use zarrio_model::{
    DataType, DatasetSchema, Dimension, GroupSchema, NativeLayout, NodePath, Region, Source,
    SourceError, SourceErrorKind, SourceIdentity, UnsupportedVariable, VariableSchema,
};

use self::layout::{Layout, Place};
use self::parts::{Header, Problem, Type};
use crate::axes::Axes;
use crate::chars;
use crate::data::{Data, FromStart, Input, cannot_read};
use crate::identity::Identity;
use crate::text::CharRows;

/// A classic file.
#[derive(Debug)]
pub(crate) struct ClassicSource {
    data: Data,
    identity: Identity,
    schema: DatasetSchema,
    slots: HashMap<NodePath, Slot>,
}

/// Where a variable is, and how its values are carried.
#[derive(Debug)]
struct Slot {
    place: Place,
    /// Set for characters that are carried as text.
    rows: Option<CharRows>,
}

impl ClassicSource {
    /// Opens a file, reads its header and checks that no value is missing.
    pub(crate) fn open(input: &Input) -> Result<Self, SourceError> {
        let (data, identity, header, layout) = examine(input)?;
        let mut source = Self {
            data,
            identity,
            schema: DatasetSchema {
                format: format!("NetCDF classic (CDF-{})", header.version.number()),
                ..DatasetSchema::default()
            },
            slots: HashMap::new(),
        };
        source.describe(header, layout)?;
        Ok(source)
    }

    /// Builds the schema.
    fn describe(&mut self, header: Header, layout: Layout) -> Result<(), SourceError> {
        let mut root = GroupSchema {
            attributes: header.attributes,
            ..GroupSchema::default()
        };
        let dimensions = header.dimensions.into_iter();
        root.dimensions = dimensions
            .map(|parts::Dimension { name, length }| match length {
                0 => Dimension {
                    name,
                    length: layout.records,
                    unlimited: true,
                },
                _ => Dimension {
                    name,
                    length,
                    unlimited: false,
                },
            })
            .collect();
        let mut axes = Axes::new();
        for variable in &header.variables {
            let path = NodePath::root().join(&variable.name);
            axes.add(path, variable.element == Type::Char, &variable.dimensions);
        }
        for (variable, place) in header.variables.into_iter().zip(layout.places) {
            let path = NodePath::root().join(&variable.name);
            if variable.name.contains('/') {
                root.unsupported.push(UnsupportedVariable {
                    path,
                    declared_type: type_name(variable.element),
                    reason: "its name contains a slash".to_owned(),
                });
                continue;
            }
            let dimensions = &root.dimensions;
            let mut schema = VariableSchema {
                path: path.clone(),
                data_type: match variable.element {
                    Type::Number(data_type) => data_type,
                    Type::Char => DataType::UInt8,
                },
                dimensions: variable
                    .dimensions
                    .iter()
                    .map(|&index| dimensions[index].name.clone())
                    .collect(),
                shape: place.shape.clone(),
                attributes: variable.attributes,
                layout: NativeLayout {
                    stored_bytes: Some(
                        place
                            .shape
                            .iter()
                            .copied()
                            .fold(place.size, u64::saturating_mul),
                    ),
                    ..NativeLayout::default()
                },
            };
            let mut slot = Slot { place, rows: None };
            if variable.element == Type::Char {
                let last_is_length = variable.dimensions.last().is_some_and(|&index| {
                    let name = &root.dimensions[index].name;
                    axes.is_text_length(&path, index, &root.path, name)
                });
                let presented = chars::present(&mut schema, last_is_length, |region, out| {
                    self.fetch(&path, &slot.place, region, out)
                })?;
                match presented {
                    Ok(rows) => slot.rows = Some(rows),
                    Err(note) => self.schema.notes.push(note),
                }
            }
            self.slots.insert(path, slot);
            root.variables.push(schema);
        }
        self.schema.root = root;
        Ok(())
    }

    fn slot(&self, variable: &NodePath, text: bool) -> Result<&Slot, SourceError> {
        let request = |message| {
            let path = &self.identity.public.path;
            SourceError::new(SourceErrorKind::Request, path, message).variable(variable)
        };
        let slot = self
            .slots
            .get(variable)
            .ok_or_else(|| request("there is no such variable"))?;
        match (slot.rows.is_some(), text) {
            (true, false) => Err(request("its values are text")),
            (false, true) => Err(request("its values are not text")),
            _ => Ok(slot),
        }
    }

    /// Reads a region that fits.
    fn fetch(
        &self,
        variable: &NodePath,
        place: &Place,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        read::read(&self.data, place, region, out).map_err(|error| {
            let path = &self.identity.public.path;
            let error = match error.kind() {
                // Opening has seen every byte to be there.
                std::io::ErrorKind::UnexpectedEof => SourceError::new(
                    SourceErrorKind::Changed,
                    path,
                    "the file was cut short while it was read",
                )
                .caused_by(error),
                _ => cannot_read(path, error),
            };
            error.variable(variable)
        })
    }
}

/// Checks that the C library reads a file as it is meant: that the header keeps the rules,
/// that all values are there, and that the number of records is written down.
#[cfg(feature = "libnetcdf")]
pub(crate) fn check(path: &std::path::Path) -> Result<(), SourceError> {
    let (_, _, header, _) = examine(&Input::Local(path.to_owned()))?;
    if header.records.is_some() {
        return Ok(());
    }
    let message = "the writer left the number of records open, and the netCDF C library \
                   takes that for four thousand million";
    Err(
        SourceError::new(SourceErrorKind::Unsupported, path, message)
            .hint("read it with `--reader rust`"),
    )
}

fn examine(input: &Input) -> Result<(Data, Identity, Header, Layout), SourceError> {
    let path = input.path();
    let (data, identity) = input.open()?;
    let size = identity.public.size;
    let invalid = |message| SourceError::new(SourceErrorKind::Invalid, path, message);
    let again = "copy or download the file again; if it is the same, the writer was interrupted";
    let start = BufReader::new(FromStart::new(&data, size));
    let header = header::parse(start, size).map_err(|problem| match problem {
        Problem::Io(error) => cannot_read(path, error),
        Problem::Invalid(message) => invalid(message).hint(again),
    })?;
    let layout = layout::of(&header, size).map_err(|misplaced| {
        let error =
            invalid(misplaced.message).variable(&NodePath::root().join(&misplaced.variable));
        if misplaced.cut_short {
            error.hint(again)
        } else {
            error
        }
    })?;
    Ok((data, identity, header, layout))
}

fn type_name(element: Type) -> String {
    match element {
        Type::Number(data_type) => data_type.name().to_owned(),
        Type::Char => "char".to_owned(),
    }
}

impl Source for ClassicSource {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity.public
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let place = &self.slot(variable, false)?.place;
        let size = usize::try_from(place.size).unwrap_or(usize::MAX);
        let output = Some((size, out.len()));
        self.identity
            .check_request(variable, &place.shape, region, output)?;
        self.fetch(variable, place, region, out)
    }

    fn prefers_whole(&self, _variable: &NodePath) -> bool {
        self.data.is_remote()
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let slot = self.slot(variable, true)?;
        let Some(rows) = slot.rows else {
            return Ok(Vec::new());
        };
        self.identity
            .read_rows(variable, &slot.place.shape, region, rows, |region, out| {
                self.fetch(variable, &slot.place, region, out)
            })
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.identity.check_unchanged()
    }
}
