//! The groups and datasets of a file, with what NetCDF-4 hides in their attributes.

use std::collections::HashSet;

use hdf5_reader::messages::{MSG_DATA_LAYOUT, MSG_DATATYPE};
use zarrio_model::{AttributeValue, Attributes, NodePath, UnsupportedVariable};

use super::array::{self, Array, Shape};
use super::attribute::{self, RawAttribute};
use super::datatype::{Class, Datatype};
use super::fault::{Fault, Outcome};
use super::file::HdfFile;
use super::header::Header;
use super::links::{self, Target};
use super::value;

/// The most levels of groups: programs that walk them must not run out of stack.
const DEEPEST: usize = 64;
/// Attributes that netCDF-C keeps to itself.
const HIDDEN: [&str; 8] = [
    "CLASS",
    "NAME",
    "REFERENCE_LIST",
    "DIMENSION_LIST",
    "_Netcdf4Dimid",
    "_Netcdf4Coordinates",
    "_NCProperties",
    "_nc3_strict",
];
/// The scale name that marks a dimension without a variable.
const BARE_SCALE: &str = "This is a netCDF dimension but not a netCDF variable";
/// The prefix of a variable that is named as a dimension but is no coordinate of it.
const NOT_A_COORDINATE: &str = "_nc4_non_coord_";

/// What a file contains, in the order of netCDF-C.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Parents before children; the first is the root.
    pub(super) groups: Vec<RawGroup>,
    pub(super) dimensions: Vec<RawDimension>,
    pub(super) variables: Vec<RawVariable>,
    pub(super) notes: Vec<String>,
    /// The number of the next dimension that has none in the file.
    pub(super) next_dimension: i64,
}

/// A group.
#[derive(Debug, Default)]
pub(super) struct RawGroup {
    pub(super) path: NodePath,
    pub(super) parent: Option<usize>,
    pub(super) attributes: Attributes,
    pub(super) unsupported: Vec<UnsupportedVariable>,
}

/// A dimension, from a dimension scale or invented.
#[derive(Debug)]
pub(super) struct RawDimension {
    pub(super) group: usize,
    /// The number by which `_Netcdf4Coordinates` names it, and in whose order they are listed.
    pub(super) number: i64,
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) unlimited: bool,
    /// The address of its scale.
    pub(super) scale: Option<u64>,
}

/// A variable whose dimensions are not yet known.
#[derive(Debug)]
pub(super) struct RawVariable {
    pub(super) group: usize,
    pub(super) name: String,
    pub(super) datatype: Datatype,
    pub(super) shape: Shape,
    pub(super) attributes: Attributes,
    /// Whether it only lends its dimensions, because its type cannot be carried.
    pub(super) is_unsupported: bool,
    /// The data, or why they cannot be read.
    pub(super) array: Outcome<Array>,
    /// The dimension whose scale this is.
    pub(super) scale_of: Option<usize>,
    /// `_Netcdf4Coordinates`.
    pub(super) numbers: Option<Vec<i64>>,
    /// `DIMENSION_LIST`: the address of a scale for each dimension.
    pub(super) scales: Option<Vec<Option<u64>>>,
}

/// Reads everything but the data.
pub(super) fn contents(file: &HdfFile) -> Outcome<Contents> {
    let mut walk = Walk {
        file,
        contents: Contents::default(),
        seen: HashSet::new(),
        types: Vec::new(),
    };
    let mut pending = vec![Pending {
        address: file.root,
        path: NodePath::root(),
        parent: None,
        depth: 0,
    }];
    // Depth first, as netCDF-C numbers the dimensions; a stack of our own, because the depth
    // is the file's choice.
    while let Some(next) = pending.pop() {
        let mut children = walk.group(next)?;
        children.reverse();
        pending.append(&mut children);
    }
    Ok(walk.contents)
}

struct Pending {
    address: u64,
    path: NodePath,
    parent: Option<usize>,
    depth: usize,
}

struct Walk<'f> {
    file: &'f HdfFile,
    contents: Contents,
    /// Groups that were read: a link back to one of them would make a circle.
    seen: HashSet<u64>,
    /// Enumerations that have a name.
    types: Vec<(String, Datatype)>,
}

impl Walk<'_> {
    /// Reads one group and gives those in it.
    fn group(&mut self, this: Pending) -> Outcome<Vec<Pending>> {
        let Pending {
            address,
            path,
            parent,
            depth,
        } = this;
        if depth > DEEPEST {
            return Err(Fault::invalid(format!(
                "its groups are nested more than {DEEPEST} deep"
            )));
        }
        if !self.seen.insert(address) {
            let note = format!(
                "group {:?} is a group that was met before: it is left out",
                path.as_str()
            );
            self.contents.notes.push(note);
            return Ok(Vec::new());
        }
        let within = |fault: Fault| match path.is_root() {
            true => fault.within("the root group"),
            false => fault.within(&format!("group {:?}", path.as_str())),
        };
        let header = Header::read(self.file, address).map_err(within)?;
        let raw = attribute::of_object(self.file, &header).map_err(within)?;
        let attributes = self.visible(&raw, &path).map_err(within)?;
        let index = self.contents.groups.len();
        let group = RawGroup {
            path: path.clone(),
            parent,
            attributes,
            unsupported: Vec::new(),
        };
        self.contents.groups.push(group);

        let mut children = Vec::new();
        for link in links::of_group(self.file, &header).map_err(within)? {
            if link.name.is_empty() || link.name.contains('/') {
                return Err(within(Fault::invalid(format!(
                    "{:?} is no name of a member",
                    link.name
                ))));
            }
            let path = path.join(&link.name);
            let child = match &link.target {
                Target::Hard(address) => Some(*address),
                Target::Soft(target) => {
                    links::follow(self.file, address, target).map_err(within)?
                }
                Target::Elsewhere => None,
            };
            let Some(child) = child else {
                let note = format!(
                    "{:?} is a link that leads out of the file or nowhere: it is left out",
                    path.as_str()
                );
                self.contents.notes.push(note);
                continue;
            };
            let within = |fault: Fault| fault.within(&format!("{:?}", path.as_str()));
            let header = Header::read(self.file, child).map_err(within)?;
            if header.find(MSG_DATA_LAYOUT).is_some() {
                self.dataset(index, &link.name, child, &header)
                    .map_err(within)?;
            } else if links::is_group(&header) {
                children.push(Pending {
                    address: child,
                    path,
                    parent: Some(index),
                    depth: depth + 1,
                });
            } else if header.find(MSG_DATATYPE).is_some() {
                let datatype = array::datatype(self.file, &header).map_err(within)?;
                if matches!(datatype.class, Class::Enumeration { .. }) {
                    self.types.push((link.name, datatype));
                }
            } else {
                children.push(Pending {
                    address: child,
                    path,
                    parent: Some(index),
                    depth: depth + 1,
                });
            }
        }
        Ok(children)
    }

    fn dataset(&mut self, group: usize, name: &str, address: u64, header: &Header) -> Outcome<()> {
        let raw = attribute::of_object(self.file, header)?;
        let find = |name: &str| raw.iter().find(|attribute| attribute.name == name);
        let text = |name: &str| {
            find(name).and_then(
                |attribute| match value::of_attribute(self.file, attribute) {
                    Ok(Some(AttributeValue::Text(text))) => Some(text),
                    _ => None,
                },
            )
        };
        let integers = |name: &str| {
            find(name)
                .and_then(|attribute| value::of_attribute(self.file, attribute).ok().flatten())
        };
        let shape = array::shape(self.file, header)?;

        let mut scale_of = None;
        if text("CLASS").as_deref() == Some("DIMENSION_SCALE")
            && let (Some(&length), Some(&unlimited)) =
                (shape.extent.first(), shape.unlimited.first())
        {
            let number = match integers("_Netcdf4Dimid") {
                Some(AttributeValue::Int32(list)) => list.first().copied().map(i64::from),
                _ => None,
            };
            let next = &mut self.contents.next_dimension;
            let number = number.unwrap_or(*next);
            *next = (*next).max(number.saturating_add(1));
            self.contents.dimensions.push(RawDimension {
                group,
                number,
                name: name.to_owned(),
                length,
                unlimited,
                scale: Some(address),
            });
            if text("NAME").is_some_and(|name| name.starts_with(BARE_SCALE)) {
                return Ok(());
            }
            scale_of = Some(self.contents.dimensions.len() - 1);
        }

        let name = match name.strip_prefix(NOT_A_COORDINATE) {
            Some(rest) if !rest.is_empty() => rest,
            _ => name,
        };
        let path = self
            .contents
            .groups
            .get(group)
            .map(|group| group.path.join(name))
            .unwrap_or_default();
        let mut datatype = array::datatype(self.file, header)?;
        // NetCDF-C finds the name of a type by comparing, too: variables have copies of it.
        if let Some((name, _)) = self.types.iter().find(|(_, known)| *known == datatype) {
            datatype.name = format!("enum {name}");
        }
        let unsupported = match datatype.class {
            Class::ReferenceLists | Class::Other => {
                Some("Zarr has no such type that readers share")
            }
            _ if shape.null => Some("it has no elements, not even one"),
            _ => None,
        };
        if let Some(reason) = unsupported {
            self.unsupported(group, path.clone(), &datatype, reason);
            // NetCDF-C knows only some of these types, and no dimensions of the others.
            if shape.null
                || !["compound", "vlen"].contains(&datatype.name.as_str())
                    && !datatype.name.starts_with("opaque")
            {
                return Ok(());
            }
        }
        // What is not supported is said when it is read: another reader may know it.
        let array = match Array::open(self.file, header, datatype.size, &shape) {
            Ok(array) => Ok(array),
            Err(Fault::Unsupported(reason)) => Err(Fault::Unsupported(reason)),
            Err(other) => return Err(other),
        };
        let numbers = match integers("_Netcdf4Coordinates") {
            Some(AttributeValue::Int32(list)) if list.len() == shape.extent.len() => {
                Some(list.into_iter().map(i64::from).collect())
            }
            _ => None,
        };
        let scales = find("DIMENSION_LIST")
            .map(|attribute| value::scale_addresses(self.file, attribute))
            .transpose()?
            .filter(|scales| scales.len() == shape.extent.len());
        let attributes = self.visible(&raw, &path)?;
        self.contents.variables.push(RawVariable {
            group,
            name: name.to_owned(),
            datatype,
            shape,
            attributes,
            is_unsupported: unsupported.is_some(),
            array,
            scale_of,
            numbers,
            scales,
        });
        Ok(())
    }

    fn unsupported(&mut self, group: usize, path: NodePath, datatype: &Datatype, reason: &str) {
        let (declared_type, reason) = (datatype.name.clone(), reason.to_owned());
        if let Some(group) = self.contents.groups.get_mut(group) {
            group.unsupported.push(UnsupportedVariable {
                path,
                declared_type,
                reason,
            });
        }
    }

    /// The attributes that netCDF-C shows, with a note for each that cannot be carried.
    fn visible(&mut self, raw: &[RawAttribute], path: &NodePath) -> Outcome<Attributes> {
        let mut attributes = Attributes::new();
        for attribute in raw
            .iter()
            .filter(|raw| !HIDDEN.contains(&raw.name.as_str()))
        {
            match value::of_attribute(self.file, attribute)? {
                Some(value) => attributes.set(attribute.name.clone(), value),
                None => self.contents.notes.push(format!(
                    "attribute {:?} of {:?} is left out: its type is {}",
                    attribute.name,
                    path.as_str(),
                    attribute.datatype.name
                )),
            }
        }
        Ok(attributes)
    }
}
