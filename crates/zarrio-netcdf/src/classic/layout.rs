//! Where the values of a classic file lie, and whether they are all there.

use super::parts::{Header, Variable};

/// A rule that the places of the values break.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    /// The name of the variable.
    pub(super) variable: String,
    /// What is wrong with it.
    pub(super) message: String,
    /// Whether the file ends too early.
    pub(super) cut_short: bool,
}

/// Where the values of one variable lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The offset of the first byte.
    pub(super) begin: u64,
    /// The shape, with the number of records in it.
    pub(super) shape: Vec<u64>,
    /// The distance in bytes between neighbours along each dimension.
    pub(super) strides: Vec<u64>,
    /// The size of an element in bytes.
    pub(super) size: u64,
}

/// The places of all variables, in their order, and the number of records.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) records: u64,
    pub(super) places: Vec<Place>,
}

/// A variable's bytes without padding: all of them, or those of one record.
struct Extent<'a> {
    variable: &'a Variable,
    bytes: u64,
    is_record: bool,
}

impl Extent<'_> {
    fn padded(&self) -> u64 {
        self.bytes.div_ceil(4).saturating_mul(4)
    }
}

/// Finds the places of all variables in a file of `file_size` bytes and checks them.
pub(super) fn of(header: &Header, file_size: u64) -> Result<Layout, Misplaced> {
    let extents = extents(header)?;
    let record_bytes = record_bytes(&extents);
    let of_record = |extent: &&Extent<'_>| extent.is_record;
    let records = header.records.unwrap_or_else(|| {
        let complete = |extent: &Extent<'_>| {
            let last = extent.variable.begin.saturating_add(extent.bytes);
            file_size
                .checked_sub(last)
                .map_or(0, |rest| rest / record_bytes.max(1) + 1)
        };
        extents
            .iter()
            .filter(of_record)
            .map(complete)
            .min()
            .unwrap_or(0)
    });
    check_ends(&extents, header.end, file_size, records, record_bytes)?;
    check_overlap(&extents, records, record_bytes)?;
    let places = extents
        .iter()
        .map(|extent| place(extent, header, records, record_bytes))
        .collect();
    Ok(Layout { records, places })
}

fn extents(header: &Header) -> Result<Vec<Extent<'_>>, Misplaced> {
    let extent = |variable| {
        let lengths = lengths(variable, header);
        let is_record = lengths.first() == Some(&0);
        lengths
            .iter()
            .skip(usize::from(is_record))
            .try_fold(variable.element.size(), |bytes, &length| {
                bytes.checked_mul(length)
            })
            .filter(|&bytes| bytes <= i64::MAX as u64)
            .map(|bytes| Extent {
                variable,
                bytes,
                is_record,
            })
            .ok_or_else(|| misplaced(variable, "its size is beyond what a file can hold"))
    };
    header.variables.iter().map(extent).collect()
}

fn lengths(variable: &Variable, header: &Header) -> Vec<u64> {
    variable
        .dimensions
        .iter()
        .map(|&index| header.dimensions[index].length)
        .collect()
}

/// The distance from a record to the next.
///
/// Each variable's part of a record is padded to four bytes, except when it is the only
/// one: then its records follow each other without a gap.
fn record_bytes(extents: &[Extent<'_>]) -> u64 {
    let mut records = extents.iter().filter(|extent| extent.is_record);
    match (records.next(), records.next()) {
        (None, _) => 0,
        (Some(only), None) => only.bytes,
        (Some(first), Some(second)) => {
            let start = first.padded().saturating_add(second.padded());
            records.fold(start, |sum, extent| sum.saturating_add(extent.padded()))
        }
    }
}

/// Checks that values begin behind the header and end within the file.
///
/// Padding behind the last value may be missing: some writers leave it out.
fn check_ends(
    extents: &[Extent<'_>],
    header_end: u64,
    file_size: u64,
    records: u64,
    record_bytes: u64,
) -> Result<(), Misplaced> {
    let mut short: Option<(&Variable, u64)> = None;
    let mut others = 0;
    for extent in extents {
        let before = match (extent.is_record, records) {
            (false, _) => 0,
            (true, 0) => continue,
            (true, records) => (records - 1).saturating_mul(record_bytes),
        };
        if extent.variable.begin < header_end {
            return Err(misplaced(
                extent.variable,
                "its values begin within the header",
            ));
        }
        let end = extent
            .variable
            .begin
            .saturating_add(before)
            .saturating_add(extent.bytes);
        match (end.checked_sub(file_size), &short) {
            (None | Some(0), _) => {}
            (Some(missing), None) => short = Some((extent.variable, missing)),
            (Some(_), Some(_)) => others += 1,
        }
    }
    let Some((variable, missing)) = short else {
        return Ok(());
    };
    let others = match others {
        0 => String::new(),
        1 => ", and those of another variable".to_owned(),
        n => format!(", and those of {n} other variables"),
    };
    let message = format!(
        "the file is cut short: {missing} bytes of its values are missing{others}; \
         the file has {file_size} bytes"
    );
    Err(Misplaced {
        cut_short: true,
        ..misplaced(variable, message)
    })
}

/// Checks that no byte belongs to two variables.
fn check_overlap(extents: &[Extent<'_>], records: u64, record_bytes: u64) -> Result<(), Misplaced> {
    let mut sorted: Vec<_> = extents
        .iter()
        .filter(|extent| !extent.is_record || records > 0)
        .collect();
    sorted.sort_by_key(|extent| (extent.is_record, extent.variable.begin));
    for pair in sorted.windows(2) {
        // All records stand behind all fixed variables, so the order is one of offsets too.
        if pair[0].variable.begin.saturating_add(pair[0].bytes) > pair[1].variable.begin {
            let other = &pair[0].variable.name;
            return Err(misplaced(
                pair[1].variable,
                format!("its values overlap those of variable {other:?}"),
            ));
        }
    }
    let mut in_record = sorted.iter().filter(|extent| extent.is_record);
    if let (Some(first), Some(last)) = (in_record.next(), in_record.next_back()) {
        let span = last.variable.begin + last.bytes - first.variable.begin;
        if span > record_bytes {
            let message = "its values lie outside of its record";
            return Err(misplaced(last.variable, message));
        }
    }
    Ok(())
}

fn place(extent: &Extent<'_>, header: &Header, records: u64, record_bytes: u64) -> Place {
    let mut shape = lengths(extent.variable, header);
    let size = extent.variable.element.size();
    let mut strides = vec![0; shape.len()];
    let mut stride = size;
    for (place, &length) in strides.iter_mut().zip(&shape).rev() {
        *place = stride;
        stride = stride.saturating_mul(length);
    }
    if extent.is_record
        && let (Some(length), Some(stride)) = (shape.first_mut(), strides.first_mut())
    {
        *length = records;
        *stride = record_bytes;
    }
    Place {
        begin: extent.variable.begin,
        shape,
        strides,
        size,
    }
}

fn misplaced(variable: &Variable, message: impl Into<String>) -> Misplaced {
    Misplaced {
        variable: variable.name.clone(),
        message: message.into(),
        cut_short: false,
    }
}
